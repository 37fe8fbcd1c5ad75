"""Chats as subscribers in the database: what each wants, and where it can be reached."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, delete, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import DeliveryState, Standing
from bot.core.people import LANGUAGES, Language
from bot.core.subscribers import (
    USUAL_HOURS,
    Category,
    Hours,
    Preferences,
    QuietHours,
    Rhythm,
    Subscriber,
)
from storage.database import Database
from storage.personal.numbers import LEAST_STRANGER
from storage.tables import broadcasts, deliveries, muted_themes, people, subscribers, subscriptions


class StoredSubscribers:
    """`hours` say when digests go."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def subscriber(self, chat_id: int) -> Subscriber:
        async with self._database.read() as connection:
            found = await connection.execute(select(subscribers).where(subscribers.c.chat_id == chat_id))
            row = found.one_or_none()
            themes = select(muted_themes.c.theme).where(muted_themes.c.chat_id == chat_id)
            muted = frozenset(await connection.scalars(themes))
        if row is None:
            return Subscriber(chat_id, Preferences(muted_themes=muted))
        language = next((one for one in LANGUAGES if one == row.language), None)
        return Subscriber(chat_id, _preferences(row, muted), row.title, language)

    async def want(self, chat_id: int, category: Category, wanted: bool) -> bool:
        return await self._set(chat_id, **{category.value: wanted})

    async def mute(self, chat_id: int, theme: str, muted: bool) -> bool:
        row = {"chat_id": chat_id, "theme": theme}
        async with self._database.write() as connection:
            if muted:
                done = await connection.execute(insert(muted_themes).values(row).on_conflict_do_nothing())
            else:
                done = await connection.execute(delete(muted_themes).filter_by(**row))
        return done.rowcount == 1

    async def set_rhythm(self, chat_id: int, rhythm: Rhythm, now: datetime) -> bool:
        async with self._database.write() as connection:
            fresh = await _set(connection, chat_id, rhythm=rhythm.value)
            if fresh:
                await self._replan(connection, chat_id, rhythm, now)
        return fresh

    async def set_quiet(self, chat_id: int, quiet: QuietHours | None) -> bool:
        begin, end = (quiet.begin, quiet.end) if quiet else (None, None)
        return await self._set(chat_id, quiet_from=begin, quiet_to=end)

    async def pause(self, chat_id: int, until: datetime | None) -> bool:
        return await self._set(chat_id, paused_until=until)

    async def speak(self, chat_id: int, language: Language) -> bool:
        return await self._set(chat_id, language=language)

    async def meet_group(self, chat_id: int, title: str) -> None:
        await self._set(chat_id, title=title, left_at=None)

    async def mark_out_of_reach(self, chat_ids: Collection[int], now: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(people).where(people.c.id.in_(chat_ids)).values(blocked_at=now))
            left = subscribers.c.chat_id.in_([one for one in chat_ids if one < 0])
            await connection.execute(update(subscribers).where(left).values(left_at=now))

    async def move(self, old: int, new: int) -> None:
        async with self._database.write() as connection:
            for table in (subscribers, muted_themes, subscriptions):
                await _move_rows(connection, table, old, new)
            await _set(connection, new, left_at=None)
            there = deliveries.alias()
            twice = exists().where(there.c.chat_id == new, there.c.broadcast_id == deliveries.c.broadcast_id)
            theirs = update(deliveries).where(deliveries.c.chat_id == old)
            pending = deliveries.c.state == DeliveryState.PENDING
            await connection.execute(theirs.where(pending, twice).values(state=DeliveryState.SKIPPED))
            # What is on its way to the old id will be refused there; its next attempt is at the new one.
            on_its_way = deliveries.c.state == DeliveryState.SENDING
            await connection.execute(theirs.where(or_(pending, on_its_way), ~twice).values(chat_id=new))

    async def _set(self, chat_id: int, **values: object) -> bool:
        async with self._database.write() as connection:
            return await _set(connection, chat_id, **values)

    async def _replan(self, connection: AsyncConnection, chat_id: int, rhythm: Rhythm, now: datetime) -> None:
        """Put what waits for its first attempt, and can be declined, where the new rhythm has it."""
        waiting = await connection.execute(
            select(deliveries.c.id, broadcasts.c.starts_at)
            .join_from(deliveries, broadcasts)
            .where(
                deliveries.c.chat_id == chat_id,
                deliveries.c.state == DeliveryState.PENDING,
                deliveries.c.attempts == 0,
                broadcasts.c.category.is_not(None),
            )
        )
        for row in waiting.all():
            goes_at = self._hours.next_digest(rhythm, max(row.starts_at, now))
            await connection.execute(
                update(deliveries).where(deliveries.c.id == row.id).values(next_attempt_at=goes_at)
            )


async def _set(connection: AsyncConnection, chat_id: int, **values: object) -> bool:
    """Write what a chat chose, in one statement; whether it was another before."""
    other = or_(*(subscribers.c[name].is_distinct_from(value) for name, value in values.items()))
    done = await connection.execute(
        insert(subscribers)
        .values(chat_id=chat_id, **values)
        .on_conflict_do_update(index_elements=[subscribers.c.chat_id], set_=values, where=other)
    )
    return done.rowcount == 1


def with_standing(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Deliveries, each with how its chat stands, for `standing_of`."""
    return (
        query.add_columns(*_STANDING)
        .outerjoin(people, people.c.id == deliveries.c.chat_id)
        .outerjoin(subscribers, subscribers.c.chat_id == deliveries.c.chat_id)
    )


def standing_of(row: Row[*tuple[Any, ...]]) -> Standing:
    muted = frozenset(row.muted.split()) if row.muted else frozenset()
    return Standing(
        reachable=row.blocked_at is None and row.left_at is None and row.chat_id > LEAST_STRANGER,
        subscribed=row.subscribed,
        preferences=_preferences(row if row.rhythm else None, muted),
    )


_STANDING = (
    people.c.blocked_at,
    subscribers.c.left_at,
    exists()
    .where(subscriptions.c.chat_id == deliveries.c.chat_id, subscriptions.c.ended_at.is_(None))
    .label("subscribed"),
    subscribers.c.rhythm,
    subscribers.c.quiet_from,
    subscribers.c.quiet_to,
    subscribers.c.paused_until,
    *(subscribers.c[category] for category in Category),
    select(func.aggregate_strings(muted_themes.c.theme, " "))
    .where(muted_themes.c.chat_id == deliveries.c.chat_id)
    .scalar_subquery()
    .label("muted"),
)


def _preferences(row: Row[*tuple[Any, ...]] | None, muted: frozenset[str]) -> Preferences:
    if row is None:
        return Preferences(muted_themes=muted)
    quiet = None if row.quiet_from is None else QuietHours(row.quiet_from, row.quiet_to)
    wanted = frozenset(category for category in Category if getattr(row, category))
    return Preferences(wanted, muted, Rhythm(row.rhythm), quiet, row.paused_until)


async def _move_rows(connection: AsyncConnection, table: Table, old: int, new: int) -> None:
    """Put the rows of one chat under another, in the place of what stands there already."""
    here = table.alias()
    same = [column == here.c[column.name] for column in table.primary_key if column.name != "chat_id"]
    await connection.execute(
        delete(table).where(table.c.chat_id == new, exists().where(here.c.chat_id == old, *same))
    )
    await connection.execute(update(table).where(table.c.chat_id == old).values(chat_id=new))
