"""Forums and meetings in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from bot.core.events import Event, EventKind
from storage.database import Database
from storage.tables import events


class StoredEvents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def event(self, event_id: int) -> Event | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(events).where(events.c.id == event_id))).one_or_none()
        return _event(row) if row else None

    async def upcoming(self, now: datetime) -> list[Event]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(events).where(events.c.starts_at >= now).order_by(events.c.starts_at, events.c.id)
            )
            return [_event(row) for row in rows]


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    return Event(row.id, EventKind(row.kind), row.title, row.starts_at, row.place)
