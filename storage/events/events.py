"""What is told of forums and meetings, and how they stand."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, not_, or_, select

from bot.core.broadcasts import BroadcastState, Subject
from bot.core.events.event import PAGE_SIZE, USUAL_LENGTH, Event, EventState
from storage.database import Database
from storage.events.rows import event_of
from storage.tables import broadcasts, events, series


class StoredEvents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def event(self, event_id: int) -> Event | None:
        async with self._database.read() as connection:
            row = (await connection.execute(_EVENTS.where(events.c.id == event_id))).one_or_none()
        return _event(row) if row else None

    async def upcoming(self, now: datetime) -> list[Event]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                _EVENTS.where(events.c.state == EventState.PLANNED, not_(is_over(now))).order_by(
                    events.c.starts_at, events.c.id
                )
            )
            return [_event(row) for row in rows]

    async def past(self, now: datetime, page: int) -> tuple[list[Event], int]:
        over = (events.c.state == EventState.PLANNED) & is_over(now)
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(events).where(over)) or 0
            rows = await connection.execute(
                _EVENTS.where(over)
                .order_by(events.c.starts_at.desc(), events.c.id.desc())
                .limit(PAGE_SIZE)
                .offset(page * PAGE_SIZE)
            )
            return [_event(row) for row in rows], -(-total // PAGE_SIZE)

    async def is_announced(self, event_id: int) -> bool:
        announced = exists().where(
            broadcasts.c.subject == Subject.EVENT,
            broadcasts.c.subject_id == event_id,
            broadcasts.c.state != BroadcastState.CANCELLED,
        )
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(announced)))

    async def around(self, now: datetime) -> list[Event]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                _EVENTS.where(
                    events.c.state == EventState.PLANNED, events.c.starts_at >= now - _LATELY
                ).order_by(events.c.starts_at.desc(), events.c.id.desc())
            )
            return [_event(row) for row in rows]


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    return replace(event_of(row), repeats=row.repeats or "")


def is_over(now: datetime) -> ColumnElement[bool]:
    """Whether an event has ended, by the rule of `Event.ends_at`."""
    untold = events.c.ends_at.is_(None) & (events.c.starts_at <= now - USUAL_LENGTH)
    told = events.c.ends_at.is_not(None) & (events.c.ends_at <= now)
    return or_(told, untold)


_EVENTS = select(
    events,
    select(series.c.answers["repeats"].as_string())
    .where(series.c.id == events.c.series_id, series.c.ended_at.is_(None))
    .scalar_subquery()
    .label("repeats"),
)
"""Events, each with how often it comes again, if it does."""
_LATELY = timedelta(days=92)
