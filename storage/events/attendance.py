"""Who came, in the database: a seat is checked in by one conditional statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.attendance import Seat
from bot.core.events.event import EventState
from bot.core.events.registrations import HOLDING, Guest, RegistrationState
from bot.core.forms import Form
from storage.database import Database
from storage.events.seats import free, hold, registration_of
from storage.forms import close_form
from storage.tables import events, people, registrations


class StoredAttendance:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def seat(self, seat_id: int) -> Seat | None:
        return await self._one(registrations.c.id == seat_id)

    async def with_code(self, code: str) -> Seat | None:
        return await self._one(registrations.c.code == code)

    async def of_event(self, event_id: int) -> list[Seat]:
        return await self._all(
            _SEATS.where(registrations.c.event_id == event_id).order_by(_THOSE_WHO_COME_FIRST, *_IN_ORDER)
        )

    async def of_holder(self, event_id: int, person_id: int) -> list[Seat]:
        return await self._all(
            _SEATS.where(
                registrations.c.event_id == event_id, registrations.c.person_id == person_id
            ).order_by(registrations.c.own.desc(), registrations.c.id)
        )

    async def check_in(self, seat_id: int, coordinator_id: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            return await _came(
                connection, seat_id, coordinator_id, now, registrations.c.state == RegistrationState.COMING
            )

    async def let_in(self, seat_id: int, coordinator_id: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            if await _came(
                connection, seat_id, coordinator_id, now, registrations.c.state == RegistrationState.OFFERED
            ):
                return True  # the seat was held for them already
            if not await _came(
                connection, seat_id, coordinator_id, now, registrations.c.state.not_in(HOLDING)
            ):
                return False
            event = select(registrations.c.event_id).where(registrations.c.id == seat_id)
            return await hold(connection, (await connection.execute(event)).scalar_one())

    async def take_back(self, seat_id: int) -> bool:
        here = (registrations.c.id == seat_id, registrations.c.attended_at.is_not(None))
        async with self._database.write() as connection:
            forgotten = await connection.scalar(
                delete(registrations).where(*here, *_WALKED_IN).returning(registrations.c.event_id)
            )
            if forgotten is not None:
                await free(connection, forgotten, 1)
                return True
            back = await connection.execute(
                update(registrations).where(*here).values(attended_at=None, attended_by=None)
            )
        return back.rowcount == 1

    async def walk_in(
        self, form: Form, event_id: int, guest: Guest, coordinator_id: int, now: datetime
    ) -> Seat | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form) or not await hold(connection, event_id):
                await connection.rollback()
                return None
            kept = await connection.execute(
                insert(registrations)
                .values(
                    event_id=event_id,
                    own=False,
                    name=guest.name,
                    gender=guest.gender or "",
                    commune_code=guest.commune_code,
                    organisation=guest.organisation,
                    state=RegistrationState.COMING,
                    registered_at=now,
                    added_by=coordinator_id,
                    attended_at=now,
                    attended_by=coordinator_id,
                )
                .returning(registrations.c.id)
            )
            seat_id = kept.scalar_one()
        return await self.seat(seat_id)

    async def _one(self, wanted: ColumnElement[bool]) -> Seat | None:
        return next(iter(await self._all(_SEATS.where(wanted))), None)

    async def _all(self, query: Select[Any]) -> list[Seat]:
        async with self._database.read() as connection:
            return [_seat(row) for row in await connection.execute(query)]


async def _came(
    connection: AsyncConnection,
    seat_id: int,
    coordinator_id: int,
    now: datetime,
    wanted: ColumnElement[bool],
) -> bool:
    """Note that somebody came who did not before; whatever else they waited for is over."""
    planned = exists().where(events.c.id == registrations.c.event_id, events.c.state == EventState.PLANNED)
    done = await connection.execute(
        update(registrations)
        .where(registrations.c.id == seat_id, registrations.c.attended_at.is_(None), planned, wanted)
        .values(
            state=RegistrationState.COMING,
            queued_at=None,
            offered_until=None,
            attended_at=now,
            attended_by=coordinator_id,
        )
    )
    return done.rowcount == 1


_holders, _coordinators = people.alias(), people.alias()
_SEATS = (
    select(registrations, _holders.c.name.label("holder"), _coordinators.c.name.label("coordinator"))
    .outerjoin(_holders, _holders.c.id == registrations.c.person_id)
    .outerjoin(_coordinators, _coordinators.c.id == registrations.c.attended_by)
)
# As Seat.is_walk_in says.
_WALKED_IN = (
    registrations.c.person_id.is_(None),
    registrations.c.code.is_(None),
    registrations.c.registered_at == registrations.c.attended_at,
)
_THOSE_WHO_COME_FIRST = case((registrations.c.state == RegistrationState.COMING, 0), else_=1)
_IN_ORDER = (registrations.c.registered_at, registrations.c.id)


def _seat(row: Row[*tuple[Any, ...]]) -> Seat:
    return Seat(registration_of(row), row.holder or "", row.coordinator or "")
