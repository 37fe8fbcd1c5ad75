"""An event and its seats as rows, to begin with where people have registered."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.core.events.event import Event, EventState
from bot.core.events.registrations import HOLDING, RegistrationState
from storage.database import Database
from storage.events.events import StoredEvents
from storage.tables import events, registrations
from tests.storage.records import COORDINATOR, NOW

FORUM = "វេទិកាថ្នាក់ជាតិ"


async def forum(database: Database, starts_at: datetime, **values: Any) -> int:
    """A forum that was announced; its id."""
    told = {
        "kind": "national",
        "title": FORUM,
        "starts_at": starts_at,
        "place": "សាលាខេត្តកំពង់ចាម",
        "created_by": COORDINATOR,
        "created_at": NOW,
        "audience": {},
        **values,
    }
    async with database.write() as connection:
        inserted = await connection.execute(insert(events).values(told).returning(events.c.id))
        return int(inserted.scalar_one())


async def seat(
    database: Database,
    event_id: int,
    name: str,
    code: str | None = None,
    state: RegistrationState = RegistrationState.COMING,
    **values: Any,
) -> int:
    """A seat that somebody has or wishes for, counted as the bot counts it; its id."""
    kept = {"registered_at": NOW, "event_id": event_id, "name": name, "code": code, "state": state, **values}
    async with database.write() as connection:
        inserted = await connection.execute(insert(registrations).values(kept).returning(registrations.c.id))
        if state in HOLDING:
            held = update(events).where(events.c.id == event_id).values(taken=events.c.taken + 1)
            await connection.execute(held)
        return int(inserted.scalar_one())


async def cancel(database: Database, event_id: int) -> None:
    """The event is cancelled."""
    async with database.write() as connection:
        cancelled = {"state": EventState.CANCELLED, "reason": "ទឹកជំនន់"}
        await connection.execute(update(events).where(events.c.id == event_id).values(cancelled))


async def counted(database: Database, event_id: int) -> tuple[int, int]:
    """How many seats the event says are held, and how many are."""
    event: Event | None = await StoredEvents(database).event(event_id)
    assert event
    held = select(func.count()).where(
        registrations.c.event_id == event_id, registrations.c.state.in_(HOLDING)
    )
    async with database.read() as connection:
        return event.taken, int((await connection.execute(held)).scalar_one())
