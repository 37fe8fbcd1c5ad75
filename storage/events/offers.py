"""Offered seats in the database: each is held, passed on and freed by one conditional statement."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import Subject
from bot.core.events.event import EventState
from bot.core.events.registrations import Note, Registration, RegistrationState
from bot.core.subscribers import Hours
from storage.beginnings import Beginning
from storage.database import Database
from storage.events.seats import NO_SEAT, comes_before, coming, free, has_room, hold, registration_of, waits
from storage.tables import events, people, registrations


@dataclass(frozen=True)
class StoredOffers:
    """`new_code` draws the codes for the door; `hours` are those of the messages that tell of offers."""

    database: Database
    hours: Hours
    new_code: Callable[[], str]

    async def next_to_offer(self, now: datetime, event_id: int | None = None) -> list[Registration]:
        earlier = registrations.alias()
        first = ~exists().where(
            earlier.c.event_id == registrations.c.event_id,
            earlier.c.state == RegistrationState.WAITING,
            comes_before(earlier.c, registrations.c),
        )
        wanted = [waits(), first, events.c.state == EventState.PLANNED, has_room(), events.c.starts_at > now]
        if event_id is not None:
            wanted.append(events.c.id == event_id)
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(registrations).join(events).where(*wanted).order_by(registrations.c.event_id)
            )
            return [registration_of(row) for row in rows]

    async def offer(self, registration: Registration, until: datetime, note: Note, now: datetime) -> bool:
        offered = {"state": RegistrationState.OFFERED, "offered_until": until}
        told = [registration.person_id] if registration.person_id is not None else []
        return await self._pass_on(registration, offered, Subject.SEAT, told, note, now)

    async def seat_without_asking(self, registration: Registration, note: Note, now: datetime) -> bool:
        told = [registration.added_by] if registration.added_by is not None else []
        return await self._pass_on(registration, {}, Subject.SEATING, told, note, now)

    async def pass_over(self, registration: Registration) -> bool:
        async with self.database.write() as connection:
            passed = await connection.execute(
                update(registrations)
                .where(registrations.c.id == registration.id, waits(), _is_out_of_reach())
                .values(NO_SEAT | {"state": RegistrationState.LAPSED})
            )
        return passed.rowcount == 1

    async def take(self, registration_id: int, person_id: int, now: datetime) -> Registration | None:
        async with self.database.write() as connection:
            taken = await connection.execute(
                update(registrations)
                .where(
                    registrations.c.id == registration_id,
                    registrations.c.person_id == person_id,
                    registrations.c.state == RegistrationState.OFFERED,
                    registrations.c.offered_until > now,
                    exists().where(
                        events.c.id == registrations.c.event_id, events.c.state == EventState.PLANNED
                    ),
                )
                .values(await coming(connection, self.new_code))
                .returning(registrations)
            )
            row = taken.one_or_none()
        return registration_of(row) if row else None

    async def unanswered(self, now: datetime) -> list[Registration]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(registrations).where(_is_unanswered(now)).order_by(registrations.c.id)
            )
            return [registration_of(row) for row in rows]

    async def lapse(
        self, registration: Registration, note: Note | None, can_come_again: bool, now: datetime
    ) -> bool:
        async with self.database.write() as connection:
            lapsed = await connection.execute(
                update(registrations)
                .where(registrations.c.id == registration.id, _is_unanswered(now))
                .values(NO_SEAT | {"state": RegistrationState.LAPSED})
            )
            if not lapsed.rowcount:
                return False
            await free(connection, registration.event_id, 1)
            if note and registration.person_id is not None:
                subject = Subject.LAPSED if can_come_again else Subject.SEATING
                await self._tell(connection, registration, subject, [registration.person_id], note, now)
        return True

    async def _pass_on(
        self,
        registration: Registration,
        values: Mapping[str, object],
        subject: Subject,
        told: Collection[int],
        note: Note,
        now: datetime,
    ) -> bool:
        """Hold a free seat for one who waits, and tell of it; without `values` it is theirs at once."""
        async with self.database.write() as connection:
            if not await hold(connection, registration.event_id, has_room(), events.c.starts_at > now):
                return False
            done = await connection.execute(
                update(registrations)
                .where(registrations.c.id == registration.id, waits())
                .values(values or await coming(connection, self.new_code))
            )
            if not done.rowcount:
                await connection.rollback()
                return False
            if told:
                await self._tell(connection, registration, subject, told, note, now)
        return True

    async def _tell(
        self,
        connection: AsyncConnection,
        registration: Registration,
        subject: Subject,
        told: Collection[int],
        note: Note,
        now: datetime,
    ) -> None:
        """Begin to tell them, in the organiser's name."""
        organiser = select(events.c.created_by).where(events.c.id == registration.event_id)
        by = (await connection.execute(organiser)).scalar_one()
        beginning = Beginning(connection, self.hours, note.title, note.texts, by, now)
        await beginning.of_notice(subject, registration.event_id, told)


def _is_unanswered(now: datetime) -> ColumnElement[bool]:
    """Whether an offer is over: in time, or since nobody is there to answer."""
    return and_(
        registrations.c.state == RegistrationState.OFFERED,
        or_(registrations.c.offered_until <= now, _is_out_of_reach()),
    )


def _is_out_of_reach() -> ColumnElement[bool]:
    """Whether whoever answers for a seat has blocked the bot."""
    return exists().where(people.c.id == registrations.c.person_id, people.c.blocked_at.is_not(None))
