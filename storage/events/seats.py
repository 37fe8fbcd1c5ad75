"""The statements that hold, free and count seats; inside a larger transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.event import EventState
from bot.core.events.registrations import CONCERNED, HOLDING, Gender, Registration, RegistrationState
from storage.tables import events, registrations

NO_SEAT = {"code": None, "queued_at": None, "offered_until": None}
"""What a row holds of one who neither has a seat nor waits for one."""


async def hold(connection: AsyncConnection, event_id: int, *wanted: ColumnElement[bool]) -> bool:
    """Hold one more seat of a planned event, as far as wanted: the one statement that counts seats up."""
    held = await connection.execute(
        update(events)
        .where(events.c.id == event_id, events.c.state == EventState.PLANNED, *wanted)
        .values(taken=events.c.taken + 1)
    )
    return held.rowcount == 1


async def free(connection: AsyncConnection, event_id: int, number: int) -> None:
    """Hold so many seats no longer."""
    await connection.execute(
        update(events).where(events.c.id == event_id).values(taken=events.c.taken - number)
    )


async def give_up(
    connection: AsyncConnection,
    registration_id: int,
    state: RegistrationState,
    *wanted: ColumnElement[bool],
) -> Row[*tuple[Any, ...]] | None:
    """End what is held, offered or waited for, and free the seat if there was one; None if there is none.

    Who came has had the seat.
    """
    ending = (
        update(registrations)
        .where(registrations.c.id == registration_id, registrations.c.attended_at.is_(None), *wanted)
        .values(NO_SEAT | {"state": state})
        .returning(registrations)
    )
    held = await connection.execute(ending.where(registrations.c.state.in_(HOLDING)))
    row: Row[*tuple[Any, ...]] | None = held.one_or_none()
    if row:
        await free(connection, row.event_id, 1)
    else:
        row = (await connection.execute(ending.where(waits()))).one_or_none()
    return row


async def coming(connection: AsyncConnection, new_code: Callable[[], str]) -> Mapping[str, object]:
    """What a row holds of one who comes, with a code that no other has."""
    code = new_code()
    while await connection.scalar(select(exists().where(registrations.c.code == code))):
        code = new_code()
    return NO_SEAT | {"state": RegistrationState.COMING, "code": code}


async def place_in_queue(connection: AsyncConnection, registration_id: int) -> int:
    own, others = registrations.alias(), registrations
    ahead = (
        select(func.count())
        .select_from(others.join(own, others.c.event_id == own.c.event_id))
        .where(own.c.id == registration_id, waits(), comes_before(others.c, own.c))
    )
    return 1 + int((await connection.execute(ahead)).scalar_one())


async def seats_of_council(connection: AsyncConnection, event_id: int, commune_code: str) -> int:
    counting = (
        select(func.count())
        .select_from(registrations)
        .where(
            registrations.c.event_id == event_id,
            registrations.c.commune_code == commune_code,
            registrations.c.state.in_(CONCERNED),
        )
    )
    return int((await connection.execute(counting)).scalar_one())


def has_room() -> ColumnElement[bool]:
    return or_(events.c.capacity.is_(None), events.c.taken < events.c.capacity)


def nobody_waits() -> ColumnElement[bool]:
    """Who comes later does not get past the queue."""
    return ~exists().where(registrations.c.event_id == events.c.id, waits())


def waits() -> ColumnElement[bool]:
    return registrations.c.state == RegistrationState.WAITING


def comes_before(one: Any, other: Any) -> ColumnElement[bool]:
    """Whether one (the columns of a row) came to the queue before the other."""
    return or_(one.queued_at < other.queued_at, and_(one.queued_at == other.queued_at, one.id < other.id))


def registration_of(row: Row[*tuple[Any, ...]]) -> Registration:
    return Registration(
        id=row.id,
        event_id=row.event_id,
        person_id=row.person_id,
        own=row.own,
        name=row.name,
        gender=Gender(row.gender) if row.gender else None,
        commune_code=row.commune_code,
        organisation=row.organisation,
        state=RegistrationState(row.state),
        code=row.code,
        registered_at=row.registered_at,
        queued_at=row.queued_at,
        offered_until=row.offered_until,
        added_by=row.added_by,
        attended_at=row.attended_at,
    )
