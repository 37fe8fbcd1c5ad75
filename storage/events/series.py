"""Events that come again: the series, and the events that are made of it ahead of time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.event import Event
from bot.core.events.series import Course, Series
from bot.core.subscribers import USUAL_HOURS, Hours
from storage.database import Database
from storage.events.notices import plan_notices
from storage.events.rows import event_of, values_of
from storage.tables import events
from storage.tables import series as kept


class StoredSeries:
    """`hours` hold the zone on whose clocks events come again."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def series(self, series_id: int) -> Series | None:
        async with self._database.read() as connection:
            return await _series(connection, series_id)

    async def make_ahead(self, now: datetime) -> int:
        async with self._database.read() as connection:
            rows = await connection.execute(select(kept).where(kept.c.ended_at.is_(None)).order_by(kept.c.id))
            running = [_series_of(row) for row in rows]
        made = 0
        for one in running:
            async with self._database.write() as connection:
                made += await make_ahead(connection, one, self._hours, now)
        return made

    async def end(self, series_id: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            return await end_series(connection, series_id, now)

    async def following(self, event: Event) -> list[Event]:
        async with self._database.read() as connection:
            return await follow(connection, event)


async def keep_series(
    connection: AsyncConnection,
    recurrence: str,
    starts_at: datetime,
    answers: Mapping[str, str],
    by: int,
    now: datetime,
) -> Series:
    """Keep a series in the caller's transaction; its first event is kept by the caller."""
    keeping = insert(kept).values(
        rule=recurrence, starts_at=starts_at, answers=dict(answers), created_by=by, created_at=now
    )
    return _series_of((await connection.execute(keeping.returning(kept))).one())


async def make_ahead(connection: AsyncConnection, series: Series, hours: Hours, now: datetime) -> int:
    """Make the next events of a series that are not there, if nobody ended or changed it; how many.

    One that was moved or cancelled is there.
    """
    goes_on = exists().where(
        kept.c.id == series.id, kept.c.version == series.version, kept.c.ended_at.is_(None)
    )
    made = 0
    for at in series.coming(now, hours.zone):
        details = series.details(at, hours.zone)
        values = {
            **values_of(details),
            "series_id": series.id,
            "occurrence_at": at,
            "created_by": series.organiser,
            "created_at": now,
        }
        row = select(*(literal(value, events.c[name].type) for name, value in values.items())).where(goes_on)
        making = upsert(events).from_select(list(values), row).on_conflict_do_nothing()
        event_id = await connection.scalar(making.returning(events.c.id))
        if event_id is not None:
            await plan_notices(connection, event_id, details, hours, now)
            made += 1
    return made


async def keep_course(connection: AsyncConnection, event: Event, course: Course) -> bool:
    """Let a series go on otherwise from one of its events on, in the caller's transaction.

    False where somebody changed the series. The caller changes the events.
    """
    series = course.series
    kept_so = await connection.execute(
        update(kept)
        .where(kept.c.id == series.id, kept.c.version == series.version)
        .values(
            rule=series.recurrence,
            starts_at=series.starts_at,
            answers=dict(series.answers),
            version=kept.c.version + 1,
        )
    )
    if kept_so.rowcount == 0:
        return False
    # First out of the way: one may go to where another stands.
    await connection.execute(update(events).where(events.c.id.in_(course.wanted)).values(occurrence_at=None))
    for event_id, moment in course.wanted.items():
        await connection.execute(update(events).where(events.c.id == event_id).values(occurrence_at=moment))
    return True


async def end_series(connection: AsyncConnection, series_id: int, now: datetime) -> bool:
    """No more of a series are made, in the caller's transaction; False when it had ended already."""
    ended = await connection.execute(
        update(kept)
        .where(kept.c.id == series_id, kept.c.ended_at.is_(None))
        .values(ended_at=now, version=kept.c.version + 1)
    )
    return ended.rowcount == 1


async def follow(connection: AsyncConnection, event: Event) -> list[Event]:
    """All of a series from an event on, in the caller's transaction."""
    return [event_of(row) for row in await connection.execute(_from_on(event))]


def _from_on(event: Event) -> Select[Any]:
    """Events of a series from this one on, in the order in which the rule wanted them."""
    own = select(events.c.occurrence_at).where(events.c.id == event.id).scalar_subquery()
    return (
        select(events)
        .where(events.c.series_id == event.series_id, events.c.occurrence_at >= own)
        .order_by(events.c.occurrence_at)
    )


async def _series(connection: AsyncConnection, series_id: int) -> Series | None:
    row = (await connection.execute(select(kept).where(kept.c.id == series_id))).one_or_none()
    return _series_of(row) if row else None


def _series_of(row: Row[*tuple[Any, ...]]) -> Series:
    return Series(
        id=row.id,
        recurrence=row.rule,
        starts_at=row.starts_at,
        answers=row.answers,
        organiser=row.created_by,
        version=row.version,
        ended_at=row.ended_at,
    )
