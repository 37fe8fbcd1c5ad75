"""Notices by the clock, planned in the transaction that keeps or changes their event."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.event import Details
from bot.core.events.notices import NoticeState, notices_of
from bot.core.subscribers import Hours
from storage.tables import notices


async def plan_notices(
    connection: AsyncConnection, event_id: int, details: Details, hours: Hours, now: datetime
) -> None:
    """Plan what an event is to be told of by the clock, instead of what was due before.

    For everybody who keeps an event, or changes when it is or its reminders; in the same transaction.
    """
    await drop_notices(connection, event_id, now)
    planned = notices_of(details.starts_at, details.ends_at, details.reminders, hours.zone, now)
    rows = [
        {
            "event_id": event_id,
            "notice": due.notice,
            "starts_at": details.starts_at,
            "due_at": due.at,
            "useful_until": due.until,
            "state": NoticeState.DUE,
        }
        for due in planned
    ]
    if not rows:
        return
    planning = upsert(notices).values(rows)
    anew = {name: planning.excluded[name] for name in ("due_at", "useful_until", "state", "settled_at")}
    await connection.execute(
        planning.on_conflict_do_update(  # it was planned for this start before
            index_elements=[notices.c.event_id, notices.c.notice, notices.c.starts_at],
            set_=anew,
            where=notices.c.state == NoticeState.DROPPED,
        )
    )


async def drop_notices(connection: AsyncConnection, event_id: int, now: datetime) -> None:
    """Nothing that is due is told of an event any more."""
    await connection.execute(
        update(notices)
        .where(notices.c.event_id == event_id, notices.c.state == NoticeState.DUE)
        .values(state=NoticeState.DROPPED, settled_at=now)
    )
