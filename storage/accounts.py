"""The account of a broadcast, read from its deliveries."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, func, select

from bot.core.accounts import Changes, ProvinceCount, Recipient, Tally
from bot.core.broadcasts import DeliveryState, Subject
from bot.core.people import LANGUAGES, Language
from storage.changes import DOING, DUE, REFUSED
from storage.database import Database
from storage.parcels import language_of_row
from storage.tables import broadcasts, deliveries, people, readings, subscribers, subscriptions

_TRIED: Final = (DeliveryState.SENT, DeliveryState.BLOCKED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)


class StoredAccounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def languages(self, broadcast_id: int) -> list[Language]:
        query = select(deliveries.c.language).where(deliveries.c.broadcast_id == broadcast_id).distinct()
        async with self._database.read() as connection:
            read = set(await connection.scalars(query))
        return [language for language in LANGUAGES if language in read]

    async def tally(self, broadcast_id: int) -> Tally:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(deliveries.c.state, func.count())
                .where(deliveries.c.broadcast_id == broadcast_id)
                .group_by(deliveries.c.state)
            )
            return Tally({DeliveryState(state): count for state, count in rows})

    async def changes(self, broadcast_id: int) -> Changes:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(deliveries.c.change, func.count())
                .where(deliveries.c.broadcast_id == broadcast_id, deliveries.c.change.is_not(None))
                .group_by(deliveries.c.change)
            )
            counts = {str(row[0]): int(row[1]) for row in rows}
        return Changes(counts.get(DUE, 0) + counts.get(DOING, 0), counts.get(REFUSED, 0))

    async def recipients(self, broadcast_id: int) -> list[Recipient]:
        async with self._database.read() as connection:
            codes = await connection.execute(
                select(subscriptions.c.chat_id, subscriptions.c.commune_code)
                .where(subscriptions.c.ended_at.is_(None))
                .order_by(subscriptions.c.commune_code)
            )
            councils: dict[int, list[str]] = {}
            for chat_id, code in codes:
                councils.setdefault(chat_id, []).append(code)
            rows = await connection.execute(
                select(deliveries, people.c.name, subscribers.c.title, _is_read().label("read"))
                .select_from(
                    deliveries.outerjoin(people, people.c.id == deliveries.c.chat_id).outerjoin(
                        subscribers, subscribers.c.chat_id == deliveries.c.chat_id
                    )
                )
                .where(deliveries.c.broadcast_id == broadcast_id)
                .order_by(deliveries.c.id)
            )
            return [
                Recipient(
                    chat_id=row.chat_id,
                    name=row.name or row.title or "",
                    councils=tuple(councils.get(row.chat_id, ())),
                    language=language_of_row(row.language),
                    state=DeliveryState(row.state),
                    attempts=row.attempts,
                    settled_at=row.settled_at,
                    reason=row.reason,
                    read=bool(row.read),
                )
                for row in rows
            ]

    async def by_province(self, broadcast_id: int) -> list[ProvinceCount]:
        province = func.substr(subscriptions.c.commune_code, 1, 2)
        got = deliveries.c.state == DeliveryState.SENT
        chats = func.count(deliveries.c.chat_id.distinct())
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(province.label("code"), chats.filter(got).label("reached"), chats.label("total"))
                .select_from(deliveries.join(subscriptions, subscriptions.c.chat_id == deliveries.c.chat_id))
                .where(deliveries.c.broadcast_id == broadcast_id, subscriptions.c.ended_at.is_(None))
                .group_by(province)
                .order_by(province)
            )
            return [ProvinceCount(row.code, row.reached, row.total - row.reached) for row in rows]

    async def waiting(self, broadcast_id: int, now: datetime) -> int:
        query = select(func.count()).where(
            deliveries.c.broadcast_id == broadcast_id,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.attempts == 0,
            deliveries.c.next_attempt_at > now,
        )
        async with self._database.read() as connection:
            return await connection.scalar(query) or 0

    async def tried(self, broadcast_id: int, since: datetime) -> int:
        async with self._database.read() as connection:
            return await connection.scalar(tried_since(broadcast_id, since)) or 0


def tried_since(broadcast_id: int, since: datetime) -> Select[int]:
    """How many copies were sent, or could not be, since then: few rows, however many the broadcast has.

    Its end is written into `next_attempt_at` as well, which the index holds; another attempt at changing a
    message that arrived is later still.
    """
    return select(func.count()).where(
        deliveries.c.broadcast_id == broadcast_id,
        deliveries.c.state.in_(_TRIED),
        deliveries.c.next_attempt_at >= since,
        deliveries.c.settled_at >= since,
    )


def _is_read() -> ColumnElement[bool]:
    """Whether somebody in the chat of the delivery at hand has read the lesson that it brought."""
    lesson = select(broadcasts.c.subject_id).where(
        broadcasts.c.id == deliveries.c.broadcast_id, broadcasts.c.subject == Subject.LESSON
    )
    return exists().where(
        readings.c.lesson_id == lesson.scalar_subquery(), readings.c.chat_id == deliveries.c.chat_id
    )
