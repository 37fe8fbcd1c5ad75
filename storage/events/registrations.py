"""Seats in the database: each is held by one conditional statement, and `events.taken` counts those held."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import Subject
from bot.core.events.event import Event
from bot.core.events.registrations import (
    ADMISSIBLE,
    CONCERNED,
    Already,
    Beyond,
    Closed,
    CouncilFull,
    Full,
    Gender,
    Guest,
    Note,
    Registered,
    Registering,
    Registration,
    RegistrationState,
    Removed,
    Stale,
    Waiting,
    Why,
    guest_of,
    why_closed,
)
from bot.core.forms import Form
from bot.core.subscribers import Hours
from storage.beginnings import Beginning
from storage.database import Database
from storage.events.rows import event_of
from storage.events.seats import (
    NO_SEAT,
    coming,
    give_up,
    has_room,
    hold,
    nobody_waits,
    place_in_queue,
    registration_of,
    seats_of_council,
)
from storage.forms import close_form
from storage.tables import events, registrations

Values = Mapping[str, object]


@dataclass(frozen=True)
class StoredRegistrations:
    """`new_code` draws the codes for the door; one council gets `seats_per_council` at an event."""

    database: Database
    hours: Hours
    new_code: Callable[[], str]
    seats_per_council: int

    async def register(
        self, event_id: int, person_id: int, name: str, commune_code: str, now: datetime
    ) -> Registering:
        async with self.database.write() as connection:
            if closed := await _closed(connection, event_id, now):
                return closed
            found = await connection.execute(select(registrations).where(*_own(event_id, person_id)))
            before = found.one_or_none()
            if before and before.state == RegistrationState.REMOVED:
                return Removed(registration_of(before))
            if before and before.state in CONCERNED:
                return await _already(connection, before)
            values: dict[str, object] = {"name": name, "added_by": None, "gender": _told_before(person_id)}
            if commune_code or not before:
                values["commune_code"] = commune_code
            if not before:
                values |= {"event_id": event_id, "person_id": person_id, "own": True}
            room = (has_room(), nobody_waits())
            return await self._seat(connection, event_id, values, now, room, before.id if before else None)

    async def register_guest(self, form: Form, event_id: int, person_id: int, now: datetime) -> Registering:
        guest = guest_of(form)
        async with self.database.write() as connection:
            if not await close_form(connection, form):
                return Stale()
            if closed := await _closed(connection, event_id, now):
                return closed
            named = and_(registrations.c.name == guest.name, ~registrations.c.own)
            theirs = select(registrations).where(
                registrations.c.event_id == event_id, registrations.c.person_id == person_id
            )
            removed = theirs.where(
                or_(named, registrations.c.own), registrations.c.state == RegistrationState.REMOVED
            )
            if row := (await connection.execute(removed.limit(1))).one_or_none():
                return Removed(registration_of(row))
            same = theirs.where(
                named,
                registrations.c.commune_code == guest.commune_code,
                registrations.c.state.in_(CONCERNED),
            )
            if before := (await connection.execute(same.limit(1))).one_or_none():
                return await _already(connection, before)
            if await seats_of_council(connection, event_id, guest.commune_code) >= self.seats_per_council:
                return CouncilFull(self.seats_per_council)
            values = _guest_values(event_id, guest) | {"person_id": person_id}
            return await self._seat(connection, event_id, values, now, (has_room(), nobody_waits()))

    async def add_guest(
        self, form: Form, event_id: int, coordinator_id: int, beyond: Beyond, now: datetime
    ) -> Registering:
        async with self.database.write() as connection:
            if not await close_form(connection, form):
                return Stale()
            closed = await _closed(connection, event_id, now)
            if closed and closed.why is not Why.LATE:
                return closed
            values = _guest_values(event_id, guest_of(form)) | {"added_by": coordinator_id}
            room = () if beyond is Beyond.ADD else (has_room(), nobody_waits())
            done = await self._seat(connection, event_id, values, now, room)
            if isinstance(done, Waiting) and beyond is Beyond.ASK:
                await connection.rollback()
                return Full(await self._capacity(event_id))
            return done

    async def decline(self, event_id: int, person_id: int, name: str, now: datetime) -> bool:
        saying = {"state": RegistrationState.CANNOT, "registered_at": now}
        async with self.database.write() as connection:
            again = await connection.execute(
                update(registrations)
                .where(
                    *_own(event_id, person_id),
                    registrations.c.state.not_in([*CONCERNED, RegistrationState.REMOVED]),
                )
                .values(saying)
            )
            if again.rowcount:
                return True
            if await connection.scalar(select(registrations.c.id).where(*_own(event_id, person_id))):
                return False
            new = {"event_id": event_id, "person_id": person_id, "own": True, "name": name}
            await connection.execute(insert(registrations).values(new | saying))
        return True

    async def release(self, registration_id: int, person_id: int) -> Registration | None:
        async with self.database.write() as connection:
            theirs = registrations.c.person_id == person_id
            row = await give_up(connection, registration_id, RegistrationState.CANCELLED, theirs)
        return registration_of(row) if row else None

    async def remove(
        self, registration_id: int, coordinator_id: int, note: Note, now: datetime
    ) -> Registration | None:
        async with self.database.write() as connection:
            row = await give_up(connection, registration_id, RegistrationState.REMOVED)
            if row and row.person_id is not None:
                beginning = self._beginning(connection, note, coordinator_id, now)
                await beginning.of_notice(Subject.SEATING, row.event_id, [row.person_id])
        return registration_of(row) if row else None

    async def admit(
        self, registration_id: int, coordinator_id: int, note: Note, beyond: bool, now: datetime
    ) -> Registering:
        async with self.database.write() as connection:
            row = await self._let_in(connection, registration_id)
            if row is None:
                return Stale()
            closed = await _closed(connection, row.event_id, now)
            if closed and closed.why is not Why.LATE:
                await connection.rollback()
                return closed
            if not await hold(connection, row.event_id, *([] if beyond else [has_room()])):
                await connection.rollback()
                return Full(await self._capacity(row.event_id))
            if row.person_id is not None:
                beginning = self._beginning(connection, note, coordinator_id, now)
                await beginning.of_notice(Subject.SEATING, row.event_id, [row.person_id])
        return Registered(registration_of(row))

    async def set_council(self, registration_id: int, person_id: int, commune_code: str) -> bool:
        return await self._set(registration_id, person_id, commune_code=commune_code)

    async def set_gender(self, registration_id: int, person_id: int, gender: Gender) -> bool:
        return await self._set(registration_id, person_id, gender=gender)

    async def of_person(self, event_id: int, person_id: int) -> list[Registration]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(registrations)
                .where(registrations.c.event_id == event_id, registrations.c.person_id == person_id)
                .order_by(registrations.c.own.desc(), registrations.c.id)
            )
            return [registration_of(row) for row in rows]

    async def concerning(self, person_id: int) -> Mapping[int, Registration]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(registrations)
                .where(registrations.c.person_id == person_id, registrations.c.state.in_(CONCERNED))
                .order_by(registrations.c.own, registrations.c.id.desc())
            )
            return {row.event_id: registration_of(row) for row in rows}

    async def of_event(self, event_id: int) -> list[Registration]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(registrations)
                .where(registrations.c.event_id == event_id, registrations.c.state.in_(CONCERNED))
                .order_by(registrations.c.queued_at, registrations.c.id)
            )
            found = [registration_of(row) for row in rows]
        return sorted(found, key=lambda one: CONCERNED.index(one.state))

    async def registration(self, registration_id: int) -> Registration | None:
        async with self.database.read() as connection:
            row = (
                await connection.execute(select(registrations).where(registrations.c.id == registration_id))
            ).one_or_none()
        return registration_of(row) if row else None

    async def place(self, registration: Registration) -> int:
        async with self.database.read() as connection:
            return await place_in_queue(connection, registration.id)

    async def _seat(
        self,
        connection: AsyncConnection,
        event_id: int,
        values: Values,
        now: datetime,
        room: Collection[ColumnElement[bool]],
        kept_id: int | None = None,
    ) -> Registered | Waiting:
        """Hold a seat where there is room, else queue; in a new row, or in the one that there was before."""
        held = await hold(connection, event_id, *room)
        state: Values = (
            await coming(connection, self.new_code)
            if held
            else NO_SEAT | {"state": RegistrationState.WAITING, "queued_at": now}
        )
        kept = {**values, **state, "registered_at": now}
        writing = (
            insert(registrations).values(kept).returning(registrations)
            if kept_id is None
            else update(registrations)
            .where(registrations.c.id == kept_id)
            .values(kept)
            .returning(registrations)
        )
        registration = registration_of((await connection.execute(writing)).one())
        return (
            Registered(registration)
            if held
            else Waiting(registration, await place_in_queue(connection, registration.id))
        )

    async def _let_in(
        self, connection: AsyncConnection, registration_id: int
    ) -> Row[*tuple[Any, ...]] | None:
        admitted = await connection.execute(
            update(registrations)
            .where(registrations.c.id == registration_id, registrations.c.state.in_(ADMISSIBLE))
            .values(await coming(connection, self.new_code))
            .returning(registrations)
        )
        row: Row[*tuple[Any, ...]] | None = admitted.one_or_none()
        return row

    async def _capacity(self, event_id: int) -> int:
        async with self.database.read() as connection:
            return int(await connection.scalar(select(events.c.capacity).where(events.c.id == event_id)) or 0)

    async def _set(self, registration_id: int, person_id: int, **values: object) -> bool:
        theirs = (registrations.c.id == registration_id, registrations.c.person_id == person_id)
        async with self.database.write() as connection:
            done = await connection.execute(update(registrations).where(*theirs).values(**values))
        return done.rowcount == 1

    def _beginning(self, connection: AsyncConnection, note: Note, by: int, now: datetime) -> Beginning:
        return Beginning(connection, self.hours, note.title, note.texts, by, now)


async def _closed(connection: AsyncConnection, event_id: int, now: datetime) -> Closed | None:
    """Why nobody can register for the event, which somebody may have changed a moment ago."""
    event = await _event(connection, event_id)
    why = why_closed(event, now) if event else Why.OVER
    return Closed(why) if why else None


async def _event(connection: AsyncConnection, event_id: int) -> Event | None:
    row = (await connection.execute(select(events).where(events.c.id == event_id))).one_or_none()
    return event_of(row) if row else None


async def _already(connection: AsyncConnection, row: Row[*tuple[Any, ...]]) -> Already:
    queues = row.state == RegistrationState.WAITING
    return Already(registration_of(row), await place_in_queue(connection, row.id) if queues else None)


def _own(event_id: int, person_id: int) -> tuple[ColumnElement[bool], ...]:
    return registrations.c.event_id == event_id, registrations.c.person_id == person_id, registrations.c.own


def _told_before(person_id: int) -> ColumnElement[str]:
    """The gender that a person told when they registered for something, if they did."""
    told = (
        select(registrations.c.gender)
        .where(registrations.c.person_id == person_id, registrations.c.own, registrations.c.gender != "")
        .order_by(registrations.c.registered_at.desc())
        .limit(1)
    )
    return func.coalesce(told.scalar_subquery(), "")


def _guest_values(event_id: int, guest: Guest) -> dict[str, object]:
    return {
        "event_id": event_id,
        "own": False,
        "name": guest.name,
        "gender": guest.gender or "",
        "commune_code": guest.commune_code,
        "organisation": guest.organisation,
    }
