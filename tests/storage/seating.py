"""People at an event: how they register, what is counted, and what they were told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import func, select

from bot.core.events.registrations import (
    HOLDING,
    Already,
    Note,
    Registered,
    Registering,
    Registration,
    Waiting,
)
from bot.core.forms import Form
from storage.database import Database
from storage.events.offers import StoredOffers
from storage.events.registrations import StoredRegistrations
from storage.tables import broadcasts, deliveries, events, registrations
from tests.storage.records import NOW, TEXTS, TONLE_BASAK, filled_form

NOTE = Note("វេទិកា", TEXTS)
UNTIL = NOW + timedelta(hours=24)
SEATS = 5


def codes() -> Callable[[], str]:
    """Codes one after another, each drawn twice: the second must not be used."""
    numbers = count()
    return lambda: f"CODE{next(numbers) // 2}"


async def come(
    seats: StoredRegistrations, event_id: int, person_id: int, now: datetime = NOW, commune: str = TONLE_BASAK
) -> Registering:
    """Somebody presses «I am coming»."""
    return await seats.register(event_id, person_id, f"person {person_id}", commune, now)


async def guest_form(database: Database, name: str, chat_id: int, commune: str = TONLE_BASAK) -> Form:
    return await filled_form(database, "party", {"name": name, "gender": "f", "council": commune}, chat_id)


async def taken(database: Database, event_id: int) -> tuple[int, int]:
    """The seats that are counted as held, and the rows that hold one."""
    holding = select(func.count()).where(
        registrations.c.event_id == event_id, registrations.c.state.in_(HOLDING)
    )
    async with database.read() as connection:
        counted = await connection.scalar(select(events.c.taken).where(events.c.id == event_id))
        return int(counted or 0), int(await connection.scalar(holding) or 0)


async def told(database: Database, subject: str) -> list[int]:
    """Who was told something of this subject."""
    async with database.read() as connection:
        rows = await connection.scalars(
            select(deliveries.c.chat_id)
            .join(broadcasts)
            .where(broadcasts.c.subject == subject)
            .order_by(deliveries.c.id)
        )
        return list(rows)


def seat(outcome: Registering) -> Registration:
    assert isinstance(outcome, Registered | Waiting | Already)
    return outcome.registration


async def offer_next(offers: StoredOffers, now: datetime = NOW) -> Registration:
    (first,) = await offers.next_to_offer(now)
    assert await offers.offer(first, UNTIL, NOTE, now)
    return first
