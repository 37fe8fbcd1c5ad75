"""Chats as subscribers in the database: what each wants, and where it can be reached."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import DeliveryState, Standing
from bot.core.people import LANGUAGES
from bot.core.subscribers import Category, Preferences, QuietHours, Rhythm, Subscriber
from storage.database import Database
from storage.tables import deliveries, muted_themes, people, subscribers, subscriptions


class StoredSubscribers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscriber(self, chat_id: int) -> Subscriber:
        async with self._database.read() as connection:
            found = await connection.execute(select(subscribers).where(subscribers.c.chat_id == chat_id))
            row = found.one_or_none()
            muted = (await _muted(connection, [chat_id])).get(chat_id, frozenset())
        if row is None:
            return Subscriber(chat_id, Preferences(muted_themes=muted))
        language = next((one for one in LANGUAGES if one == row.language), None)
        return Subscriber(chat_id, _preferences(row, muted), row.title, language)

    async def mark_out_of_reach(self, chat_ids: Collection[int], now: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(people).where(people.c.id.in_(chat_ids)).values(blocked_at=now))
            await connection.execute(
                update(subscribers).where(subscribers.c.chat_id.in_(chat_ids)).values(left_at=now)
            )

    async def move(self, old: int, new: int) -> None:
        async with self._database.write() as connection:
            for table in (subscribers, muted_themes, subscriptions):
                await _move_rows(connection, table, old, new)
            await connection.execute(
                update(deliveries)
                .where(deliveries.c.chat_id == old, deliveries.c.state == DeliveryState.PENDING)
                .values(chat_id=new)
            )


async def standings(connection: AsyncConnection, chat_ids: Collection[int]) -> dict[int, Standing]:
    """How each of these chats stands, in the caller's transaction."""
    blocked = await connection.scalars(
        select(people.c.id).where(people.c.id.in_(chat_ids), people.c.blocked_at.is_not(None))
    )
    current = await connection.scalars(
        select(subscriptions.c.chat_id).where(
            subscriptions.c.chat_id.in_(chat_ids), subscriptions.c.ended_at.is_(None)
        )
    )
    rows = await connection.execute(select(subscribers).where(subscribers.c.chat_id.in_(chat_ids)))
    chosen = {row.chat_id: row for row in rows}
    muted = await _muted(connection, chat_ids)
    unreachable = {*blocked, *(chat_id for chat_id, row in chosen.items() if row.left_at)}
    subscribed = set(current)
    return {
        chat_id: Standing(
            reachable=chat_id not in unreachable,
            subscribed=chat_id in subscribed,
            preferences=_preferences(chosen.get(chat_id), muted.get(chat_id, frozenset())),
        )
        for chat_id in chat_ids
    }


async def _muted(connection: AsyncConnection, chat_ids: Collection[int]) -> dict[int, frozenset[str]]:
    rows = await connection.execute(select(muted_themes).where(muted_themes.c.chat_id.in_(chat_ids)))
    muted: dict[int, frozenset[str]] = {}
    for row in rows:
        muted[row.chat_id] = muted.get(row.chat_id, frozenset()) | {row.theme}
    return muted


def _preferences(row: Row[*tuple[Any, ...]] | None, muted: frozenset[str]) -> Preferences:
    if row is None:
        return Preferences(muted_themes=muted)
    quiet = None if row.quiet_from is None else QuietHours(row.quiet_from, row.quiet_to)
    wanted = frozenset(category for category in Category if getattr(row, category))
    return Preferences(wanted, muted, Rhythm(row.rhythm), quiet, row.paused_until)


async def _move_rows(connection: AsyncConnection, table: Table, old: int, new: int) -> None:
    """Put the rows of one chat under another; what stands there already stays."""
    there = table.alias()
    same = [column == there.c[column.name] for column in table.primary_key if column.name != "chat_id"]
    await connection.execute(
        delete(table).where(table.c.chat_id == old, exists().where(there.c.chat_id == new, *same))
    )
    await connection.execute(update(table).where(table.c.chat_id == old).values(chat_id=new))
