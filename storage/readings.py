"""Who has read what, in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select, true
from sqlalchemy.dialects.sqlite import insert

from bot.core.broadcasts import DeliveryState
from bot.core.councils import Commune, commune
from bot.core.readings import Readership
from bot.core.subscribers import Rhythm
from storage.audiences import Chats
from storage.database import Database
from storage.subscriptions import current
from storage.tables import broadcasts, deliveries, lessons, readings, subscriptions


class StoredReadings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self, lesson_id: int, chat_id: int, person_id: int | None, now: datetime
    ) -> Sequence[Commune] | None:
        columns = ["lesson_id", "commune_code", "chat_id", "person_id", "read_at"]
        followed = (
            select(
                lessons.c.id,
                subscriptions.c.commune_code,
                literal(chat_id),
                literal(person_id, readings.c.person_id.type),
                literal(now, readings.c.read_at.type),
            )
            .select_from(lessons.join(subscriptions, true()))
            .where(lessons.c.id == lesson_id, subscriptions.c.chat_id == chat_id, current())
        )
        noting = insert(readings).from_select(columns, followed).on_conflict_do_nothing()
        async with self._database.write() as connection:
            if not await connection.scalar(select(exists().where(lessons.c.id == lesson_id))):
                return None
            codes = await connection.scalars(noting.returning(readings.c.commune_code))
            return [place for code in codes if (place := commune(code))]

    async def readership(self, broadcast_id: int) -> Readership:
        waiting = select(func.count()).select_from(unread_chats(broadcast_id).subquery())
        reminders = select(func.count()).select_from(broadcasts).where(broadcasts.c.reminds == broadcast_id)
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    _councils_reached(broadcast_id).add_columns(
                        waiting.scalar_subquery().label("waiting"),
                        reminders.scalar_subquery().label("reminders"),
                    )
                )
            ).one()
        return Readership(row.councils, row.read, row.waiting, row.reminders)


def unread_chats(broadcast_id: int) -> Chats:
    """Chats that got a lesson and follow a council that has not read it."""
    waiting = exists().where(
        subscriptions.c.chat_id == deliveries.c.chat_id,
        current(),
        broadcasts.c.id == broadcast_id,
        ~_is_read(),
    )
    return (
        select(
            deliveries.c.chat_id,
            deliveries.c.language,
            literal(Rhythm.AT_ONCE.value).label("rhythm"),  # the claim sees who reads digests
        )
        .join_from(deliveries, broadcasts)
        .where(deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == DeliveryState.SENT, waiting)
    )


def _councils_reached(broadcast_id: int) -> Select[int, int]:
    council = subscriptions.c.commune_code
    return (
        select(
            func.count(council.distinct()).label("councils"),
            func.count(case((_is_read(), council)).distinct()).label("read"),
        )
        .select_from(
            deliveries.join(broadcasts).join(
                subscriptions, (subscriptions.c.chat_id == deliveries.c.chat_id) & current()
            )
        )
        .where(deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == DeliveryState.SENT)
    )


def _is_read() -> ColumnElement[bool]:
    """Whether somebody of the council at hand has read the lesson of the broadcast at hand."""
    return exists().where(
        readings.c.lesson_id == broadcasts.c.subject_id,
        readings.c.commune_code == subscriptions.c.commune_code,
    )
