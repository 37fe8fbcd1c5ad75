"""Published versions of knowledge entries in the database; nothing published is ever overwritten."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.forms import Form
from bot.core.knowledge import Change, Entry, Version
from storage.database import Database
from storage.forms import close_form
from storage.tables import entry_versions


class StoredVersions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> int:
        async with self._database.read() as connection:
            return int(await connection.scalar(select(func.max(entry_versions.c.id))) or 0)

    async def current(self) -> list[Version]:
        ends = (
            select(func.min(entry_versions.c.id).label("first"), func.max(entry_versions.c.id).label("last"))
            .group_by(entry_versions.c.topic)
            .subquery()
        )
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(entry_versions).join(ends, entry_versions.c.id == ends.c.last).order_by(ends.c.first)
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
        async with self._database.write() as connection:
            return await _publish(connection, change, after, by, now)

    async def publish_form(
        self, form: Form, changes: Sequence[tuple[Change, int]], by: int, now: datetime
    ) -> list[Version] | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            tried = [await _publish(connection, change, after, by, now) for change, after in changes]
            published = [version for version in tried if version]
            if not published:
                await connection.rollback()  # the form stays
        return published


async def _publish(
    connection: AsyncConnection, change: Change, after: int, by: int, now: datetime
) -> Version | None:
    """A transaction that writes is alone: nobody publishes between the look and the writing."""
    latest = await connection.scalar(
        select(func.max(entry_versions.c.number)).where(entry_versions.c.topic == change.entry.id)
    )
    if (latest or 0) != after:
        return None
    row = await connection.execute(
        insert(entry_versions)
        .values(
            topic=change.entry.id,
            number=after + 1,
            entry=asdict(change.entry),
            chapter=change.chapter,
            retired=change.retired,
            published_by=by,
            published_at=now,
        )
        .returning(entry_versions)
    )
    return _version(row.one())


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
