"""An event as its announcement keeps it, in the transaction that begins the broadcast."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.event import details_of
from bot.core.events.series import first_of
from bot.core.forms import Form
from bot.core.subscribers import Hours
from storage.events.series import keep_series, make_ahead
from storage.events.writing import change_event, keep_event


async def keep_announced(
    connection: AsyncConnection, form: Form, by: int, hours: Hours, now: datetime
) -> int | None:
    """Keep the event that a form tells, and its series if it comes again; the event's id.

    A form may tell of an event that is there: None when somebody changed that meanwhile.
    """
    if "event" in form.answers:
        event_id, version = int(form.answers["event"]), int(form.answers["version"])
        details = details_of(form.answers, hours.zone)
        return event_id if await change_event(connection, event_id, version, details, hours, now) else None
    repeated = first_of(form.answers, hours.zone)
    if repeated is None:
        return await keep_event(connection, form, by, hours, now)
    recurrence, start = repeated
    series = await keep_series(connection, recurrence, start, form.answers, by, now)
    event_id = await keep_event(connection, form, by, hours, now, series_id=series.id, occurrence_at=start)
    await make_ahead(connection, series, hours, now)
    return event_id
