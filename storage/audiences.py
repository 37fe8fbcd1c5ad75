"""Whom a broadcast is for, as one statement that the database can freeze or count."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, Select, case, false, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audiences import Audience, Offer, Reach
from bot.core.events.registrations import CONCERNED
from bot.core.people import LANGUAGES
from bot.core.subscribers import Rhythm
from storage.database import Database
from storage.tables import muted_themes, people, registrations, representatives, subscribers, subscriptions

Chats = Select[tuple[int, str, str]]
"""Chats, each once, with the language it reads and its rhythm."""


def chats_of(offer: Offer) -> Chats:
    """Every chat that would receive this."""
    rows = _addressed(offer).subquery()
    return select(
        rows.c.chat_id, func.min(rows.c.language).label("language"), func.min(rows.c.rhythm).label("rhythm")
    ).group_by(rows.c.chat_id)


def readers(chosen: ColumnElement[bool]) -> Chats:
    """People who can be reached, as far as chosen; what is meant for them waits for no digest."""
    return select(
        people.c.id.label("chat_id"),
        _PERSONS_LANGUAGE.label("language"),
        literal(Rhythm.AT_ONCE.value).label("rhythm"),
    ).where(chosen, people.c.blocked_at.is_(None))


class StoredAudiences:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def reach(self, offer: Offer) -> Reach:
        rows = _addressed(offer).subquery()
        chats, councils = func.count(rows.c.chat_id.distinct()), func.count(rows.c.commune_code.distinct())
        async with self._database.read() as connection:
            total = (await connection.execute(select(chats.label("chats"), councils.label("councils")))).one()
            read = set(await connection.scalars(select(rows.c.language).distinct()))
            provinces = await _by_place(connection, offer, "")
        return Reach(
            total.chats, total.councils, frozenset(one for one in LANGUAGES if one in read), provinces
        )

    async def includes(self, audience: Audience, person_id: int) -> bool:
        follows = select(subscriptions.c.commune_code).where(
            subscriptions.c.person_id == person_id,
            subscriptions.c.ended_at.is_(None),
            _in_places(audience.places),
        )
        wanted = [*_named(audience), *([follows.exists()] if audience.places else [])]
        async with self._database.read() as connection:
            found = select(people.c.id).where(people.c.id == person_id, *wanted)
            return await connection.scalar(found) is not None

    async def places(self, offer: Offer, within: str) -> Mapping[str, int]:
        everywhere = replace(offer, audience=replace(offer.audience, places=()))
        async with self._database.read() as connection:
            return await _by_place(connection, everywhere, within)


async def _by_place(connection: AsyncConnection, offer: Offer, within: str) -> dict[str, int]:
    """Chats by the next smaller place in a place; each level adds two digits to the code."""
    rows = _addressed(offer).subquery()
    place = func.substr(rows.c.commune_code, 1, len(within) + 2)
    counted = await connection.execute(
        select(place, func.count(rows.c.chat_id.distinct()))
        .where(rows.c.commune_code.startswith(within))
        .group_by(place)
        .order_by(place)
    )
    return {str(code): int(count) for code, count in counted}


def _addressed(offer: Offer) -> Select[tuple[int, str | None, str, str]]:
    """Chats with each council that they are addressed for."""
    audience = offer.audience
    source = (
        subscriptions.outerjoin(people, people.c.id == subscriptions.c.chat_id)
        if not audience.names_people
        else people.outerjoin(
            subscriptions,
            (people.c.id == subscriptions.c.chat_id) & subscriptions.c.ended_at.is_(None),
        )
    )
    chat_id = people.c.id if audience.names_people else subscriptions.c.chat_id
    wanted = [
        people.c.blocked_at.is_(None),
        subscribers.c.left_at.is_(None),
        or_(subscribers.c.paused_until.is_(None), subscribers.c.paused_until <= offer.at),
    ]
    wanted += _named(audience) if audience.names_people else [subscriptions.c.ended_at.is_(None)]
    if offer.category:
        wanted.append(func.coalesce(subscribers.c[offer.category.value], True))
    if audience.places:
        wanted.append(_in_places(audience.places))
    wanted += [_not_all_muted(chat_id, some) for some in (offer.themes, audience.themes) if some]
    return (
        select(
            chat_id.label("chat_id"),
            subscriptions.c.commune_code,
            _LANGUAGE.label("language"),
            func.coalesce(subscribers.c.rhythm, Rhythm.AT_ONCE.value).label("rhythm"),
        )
        .select_from(source.outerjoin(subscribers, subscribers.c.chat_id == chat_id))
        .where(*wanted)
    )


def _named(audience: Audience) -> list[ColumnElement[bool]]:
    """Whether a person is one of those for whom it is."""
    chosen: list[ColumnElement[bool]] = [people.c.id.in_(_REPRESENTATIVES)] if audience.members else []
    if audience.event is not None:
        coming = select(registrations.c.person_id).where(
            registrations.c.event_id == audience.event, registrations.c.state.in_(CONCERNED)
        )
        chosen.append(people.c.id.in_(coming))
    return chosen


def _in_places(places: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(subscriptions.c.commune_code.startswith(code) for code in places))


def _not_all_muted(chat_id: ColumnElement[int], themes: Collection[str]) -> ColumnElement[bool]:
    muted = (
        select(func.count())
        .select_from(muted_themes)
        .where(muted_themes.c.chat_id == chat_id, muted_themes.c.theme.in_(themes))
    )
    return muted.scalar_subquery() < len(set(themes))


_REPRESENTATIVES = select(representatives.c.person_id)
# The rule of bot.core.people.Person.language, where the database can apply it.
_PERSONS_LANGUAGE = case(
    (people.c.chosen_language.is_not(None), people.c.chosen_language),
    (people.c.client_language.ilike("en%"), "en"),
    else_="km",
)
_LANGUAGE = case((subscribers.c.language.is_not(None), subscribers.c.language), else_=_PERSONS_LANGUAGE)
