"""Councils' subscriptions in the database."""

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.core.councils import Audience, Commune, commune
from bot.core.people import LANGUAGES
from storage.database import Database
from storage.tables import people, subscriptions


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
        ending = update(subscriptions).where(_current(), subscriptions.c.chat_id == chat_id)
        if commune_code is not None:
            ending = ending.where(subscriptions.c.commune_code == commune_code)
        async with self._database.write() as connection:
            return (await connection.execute(ending.values(ended_at=now))).rowcount

    async def of_chat(self, chat_id: int) -> list[Commune]:
        async with self._database.read() as connection:
            codes = await connection.scalars(
                select(subscriptions.c.commune_code)
                .where(_current(), subscriptions.c.chat_id == chat_id)
                .order_by(subscriptions.c.commune_code)
            )
            return [place for code in codes if (place := commune(code))]

    async def audience(self) -> Audience:
        languages = select(LANGUAGE).select_from(_REACHABLE).where(_current_and_reachable()).distinct()
        async with self._database.read() as connection:
            read = set(await connection.scalars(languages))
            row = (
                await connection.execute(
                    select(
                        func.count(subscriptions.c.chat_id.distinct()).label("chats"),
                        func.count(subscriptions.c.commune_code.distinct()).label("councils"),
                    )
                    .select_from(_REACHABLE)
                    .where(_current_and_reachable())
                )
            ).one()
        return Audience(row.chats, row.councils, frozenset(one for one in LANGUAGES if one in read))


def recipients() -> Select[tuple[int, str]]:
    """Every chat that would receive a broadcast now, once, with the language it reads."""
    return (
        select(subscriptions.c.chat_id, func.min(LANGUAGE).label("language"))
        .select_from(_REACHABLE)
        .where(_current_and_reachable())
        .group_by(subscriptions.c.chat_id)
    )


def readers(chosen: ColumnElement[bool]) -> Select[tuple[int, str]]:
    """People who can be reached, with the language that they read, as far as chosen."""
    return select(people.c.id.label("chat_id"), LANGUAGE.label("language")).where(
        chosen, people.c.blocked_at.is_(None)
    )


def _current() -> ColumnElement[bool]:
    return subscriptions.c.ended_at.is_(None)


def _current_and_reachable() -> ColumnElement[bool]:
    return and_(_current(), people.c.blocked_at.is_(None))


# The rule of bot.core.people.Person.language, where the database can apply it.
LANGUAGE = case(
    (people.c.chosen_language.is_not(None), people.c.chosen_language),
    (people.c.client_language.ilike("en%"), "en"),
    else_="km",
)
_REACHABLE: FromClause = subscriptions.join(people, people.c.id == subscriptions.c.chat_id)
