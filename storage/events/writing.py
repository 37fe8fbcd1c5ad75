"""An event as a form tells it, written with what the clock is to tell of it; inside a larger transaction."""

from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.event import Details, EventState, details_of, moves_calendars
from bot.core.forms import Form
from bot.core.subscribers import Hours
from storage.events.notices import plan_notices
from storage.events.rows import event_of, values_of
from storage.tables import events


async def keep_event(
    connection: AsyncConnection, form: Form, by: int, hours: Hours, now: datetime, **of_series: object
) -> int:
    """Keep a new event; its id. `of_series` are the columns that make it one of a series."""
    details = details_of(form.answers, hours.zone)
    keeping = insert(events).values(created_by=by, created_at=now, **values_of(details), **of_series)
    event_id = int((await connection.execute(keeping.returning(events.c.id))).scalar_one())
    await plan_notices(connection, event_id, details, hours, now)
    return event_id


async def change_event(
    connection: AsyncConnection, event_id: int, version: int, details: Details, hours: Hours, now: datetime
) -> bool:
    """Change what is told of an event.

    False where it is not of that version any more, or now holds more people than it would have seats.
    """
    room = true() if details.capacity is None else events.c.taken <= details.capacity
    seen = (*to_come(event_id, version, now), room)
    row = (await connection.execute(select(events).where(*seen))).one_or_none()
    if row is None:
        return False
    await connection.execute(
        update(events)
        .where(*seen)
        .values(
            version=events.c.version + 1,
            sequence=events.c.sequence + moves_calendars(event_of(row).details, details),
            changed_at=now,
            **values_of(details),
        )
    )
    await plan_notices(connection, event_id, details, hours, now)
    return True


def to_come(event_id: int, version: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether an event is still as it was seen, not cancelled, and has not begun."""
    return (
        events.c.id == event_id,
        events.c.version == version,
        events.c.state == EventState.PLANNED,
        events.c.starts_at > now,
    )
