"""Published versions of knowledge entries in the database; nothing published is ever overwritten."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from bot.core.knowledge import Change, Entry, Version
from storage.database import Database
from storage.tables import entry_versions


class StoredVersions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> int:
        async with self._database.read() as connection:
            return int(await connection.scalar(select(func.max(entry_versions.c.id))) or 0)

    async def current(self) -> list[Version]:
        newest = select(func.max(entry_versions.c.id)).group_by(entry_versions.c.topic)
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(entry_versions).where(entry_versions.c.id.in_(newest)).order_by(entry_versions.c.id)
            )
            return [_version(row) for row in rows]

    async def of(self, topic: str) -> list[Version]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(entry_versions)
                .where(entry_versions.c.topic == topic)
                .order_by(entry_versions.c.number.desc())
            )
            return [_version(row) for row in rows]

    async def publish(self, change: Change, after: int, by: int, now: datetime) -> Version | None:
        latest = (
            select(func.coalesce(func.max(entry_versions.c.number), 0))
            .where(entry_versions.c.topic == change.entry.id)
            .scalar_subquery()
        )
        values = {
            "topic": change.entry.id,
            "number": after + 1,
            "entry": asdict(change.entry),
            "chapter": change.chapter,
            "retired": change.retired,
            "published_by": by,
            "published_at": now,
        }
        try:
            async with self._database.write() as connection:
                if await connection.scalar(select(latest)) != after:
                    return None
                row = await connection.execute(
                    insert(entry_versions).values(**values).returning(entry_versions)
                )
                return _version(row.one())
        except IntegrityError:  # another replica published this number in between
            return None


def _version(row: Row[*tuple[Any, ...]]) -> Version:
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.entry.items()
    }
    return Version(
        topic=row.topic,
        number=row.number,
        change=Change(Entry(**kept), row.chapter, row.retired),
        published_by=row.published_by,
        published_at=row.published_at,
    )
