"""An event as its announcement keeps it, in the transaction that begins the broadcast."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.event import EventState, details_of, moves_calendars
from bot.core.events.series import first_of
from bot.core.forms import Form
from storage.events.rows import event_of, values_of
from storage.events.series import keep_series, make_ahead
from storage.tables import events


async def keep_announced(
    connection: AsyncConnection, form: Form, by: int, now: datetime, zone: ZoneInfo
) -> int | None:
    """Keep the event that a form tells, and its series if it comes again; the event's id.

    A form may tell of an event that is there: None when somebody changed that meanwhile.
    """
    if "event" in form.answers:
        return await _keep_present(connection, form, now, zone)
    told = {**values_of(details_of(form.answers, zone)), "created_by": by, "created_at": now}
    repeated = first_of(form.answers, zone)
    if repeated is None:
        return await _insert(connection, told)
    recurrence, start = repeated
    series = await keep_series(connection, recurrence, start, form.answers, by, now)
    event_id = await _insert(connection, {**told, "series_id": series.id, "occurrence_at": start})
    await make_ahead(connection, series, now, zone)
    return event_id


async def _keep_present(connection: AsyncConnection, form: Form, now: datetime, zone: ZoneInfo) -> int | None:
    event_id, version = int(form.answers["event"]), int(form.answers["version"])
    unchanged = (
        events.c.id == event_id,
        events.c.version == version,
        events.c.state == EventState.PLANNED,
    )
    row = (await connection.execute(select(events).where(*unchanged))).one_or_none()
    if row is None:
        return None
    details = details_of(form.answers, zone)
    sequence = row.sequence + moves_calendars(event_of(row).details, details)
    kept = await connection.execute(
        update(events)
        .where(*unchanged)
        .values(version=version + 1, sequence=sequence, changed_at=now, **values_of(details))
    )
    return event_id if kept.rowcount else None


async def _insert(connection: AsyncConnection, values: dict[str, object]) -> int:
    keeping = insert(events).values(**values).returning(events.c.id)
    return int((await connection.execute(keeping)).scalar_one())
