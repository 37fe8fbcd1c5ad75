"""Councils' subscriptions in the database."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.core.councils import Commune, commune
from storage.database import Database
from storage.tables import subscriptions


class StoredSubscriptions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscribe(self, chat_id: int, commune_code: str, person_id: int, now: datetime) -> bool:
        fresh = {"person_id": person_id, "subscribed_at": now, "ended_at": None}
        async with self._database.write() as connection:
            done = await connection.execute(
                insert(subscriptions)
                .values(chat_id=chat_id, commune_code=commune_code, **fresh)
                .on_conflict_do_update(
                    index_elements=[subscriptions.c.chat_id, subscriptions.c.commune_code],
                    set_=fresh,
                    where=subscriptions.c.ended_at.is_not(None),
                )
            )
        return done.rowcount == 1

    async def unsubscribe(self, chat_id: int, commune_code: str | None, now: datetime) -> int:
        ending = update(subscriptions).where(current(), subscriptions.c.chat_id == chat_id)
        if commune_code is not None:
            ending = ending.where(subscriptions.c.commune_code == commune_code)
        async with self._database.write() as connection:
            return (await connection.execute(ending.values(ended_at=now))).rowcount

    async def take_back(self, chat_id: int, ended_at: datetime) -> int:
        again = update(subscriptions).where(
            subscriptions.c.chat_id == chat_id, subscriptions.c.ended_at == ended_at
        )
        async with self._database.write() as connection:
            return (await connection.execute(again.values(ended_at=None))).rowcount

    async def of_chat(self, chat_id: int) -> list[Commune]:
        async with self._database.read() as connection:
            codes = await connection.scalars(
                select(subscriptions.c.commune_code)
                .where(current(), subscriptions.c.chat_id == chat_id)
                .order_by(subscriptions.c.commune_code)
            )
            return [place for code in codes if (place := commune(code))]


def current() -> ColumnElement[bool]:
    """Whether a subscription has not been ended."""
    return subscriptions.c.ended_at.is_(None)
