"""What is told of forums and meetings, and how they stand."""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from bot.core.broadcasts import BroadcastState, Subject
from bot.core.events.event import Event, EventState
from storage.database import Database
from storage.events.rows import event_of
from storage.tables import broadcasts, events


class StoredEvents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def event(self, event_id: int) -> Event | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(events).where(events.c.id == event_id))).one_or_none()
        return event_of(row) if row else None

    async def upcoming(self, now: datetime) -> list[Event]:
        over = func.coalesce(events.c.ends_at, events.c.starts_at)
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(events)
                .where(events.c.state == EventState.PLANNED, over >= now)
                .order_by(events.c.starts_at, events.c.id)
            )
            return [event_of(row) for row in rows]

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
                select(events)
                .where(events.c.state == EventState.PLANNED, events.c.starts_at >= now - _LATELY)
                .order_by(events.c.starts_at.desc(), events.c.id.desc())
            )
            return [event_of(row) for row in rows]


_LATELY = timedelta(days=92)
