"""Whom a broadcast is for, as one statement that the database can freeze or count."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, false, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import Audience, Reach
from bot.core.membership import RequestState
from bot.core.people import LANGUAGES
from bot.core.subscribers import Category, Rhythm
from storage.tables import membership_requests, muted_themes, people, subscribers, subscriptions

Chats = Select[tuple[int, str, str]]
"""Chats, each once, with the language it reads and its rhythm."""


def chats_of(audience: Audience, category: Category | None, themes: Collection[str], now: datetime) -> Chats:
    """Every chat that would receive a broadcast of this category and these themes now."""
    rows = _addressed(audience, category, themes, now).subquery()
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


async def reach_of(
    connection: AsyncConnection,
    audience: Audience,
    category: Category | None,
    themes: Collection[str],
    now: datetime,
) -> Reach:
    """How many that would be now."""
    rows = _addressed(audience, category, themes, now).subquery()
    chats, councils = func.count(rows.c.chat_id.distinct()), func.count(rows.c.commune_code.distinct())
    total = (await connection.execute(select(chats.label("chats"), councils.label("councils")))).one()
    read = set(await connection.scalars(select(rows.c.language).distinct()))
    province = func.substr(rows.c.commune_code, 1, 2)
    provinces = await connection.execute(
        select(province, chats).where(rows.c.commune_code.is_not(None)).group_by(province).order_by(province)
    )
    return Reach(
        total.chats,
        total.councils,
        frozenset(one for one in LANGUAGES if one in read),
        {str(code): int(count) for code, count in provinces},
    )


def _addressed(
    audience: Audience, category: Category | None, themes: Collection[str], now: datetime
) -> Select[tuple[int, str | None, str, str]]:
    """Chats with each council that they are addressed for."""
    source = (
        subscriptions.outerjoin(people, people.c.id == subscriptions.c.chat_id)
        if not audience.members
        else people.outerjoin(
            subscriptions,
            (people.c.id == subscriptions.c.chat_id) & subscriptions.c.ended_at.is_(None),
        )
    )
    chat_id = people.c.id if audience.members else subscriptions.c.chat_id
    wanted = [
        people.c.blocked_at.is_(None),
        subscribers.c.left_at.is_(None),
        or_(subscribers.c.paused_until.is_(None), subscribers.c.paused_until <= now),
    ]
    if audience.members:
        wanted.append(people.c.id.in_(_REPRESENTATIVES))
    else:
        wanted.append(subscriptions.c.ended_at.is_(None))
    if category:
        wanted.append(func.coalesce(subscribers.c[category.value], True))
    if audience.places:
        wanted.append(
            or_(false(), *(subscriptions.c.commune_code.startswith(code) for code in audience.places))
        )
    wanted += [_not_all_muted(chat_id, some) for some in (themes, audience.themes) if some]
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


def _not_all_muted(chat_id: ColumnElement[int], themes: Collection[str]) -> ColumnElement[bool]:
    muted = (
        select(func.count())
        .select_from(muted_themes)
        .where(muted_themes.c.chat_id == chat_id, muted_themes.c.theme.in_(themes))
    )
    return muted.scalar_subquery() < len(set(themes))


_REPRESENTATIVES = select(membership_requests.c.person_id).where(
    membership_requests.c.state == RequestState.APPROVED
)
# The rule of bot.core.people.Person.language, where the database can apply it.
_PERSONS_LANGUAGE = case(
    (people.c.chosen_language.is_not(None), people.c.chosen_language),
    (people.c.client_language.ilike("en%"), "en"),
    else_="km",
)
_LANGUAGE = case((subscribers.c.language.is_not(None), subscribers.c.language), else_=_PERSONS_LANGUAGE)
