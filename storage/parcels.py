"""What goes to a chat as one message, read from the rows of its deliveries and their broadcasts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from bot.core.audiences import audience_from
from bot.core.broadcasts import Broadcast, BroadcastState, Delivery, Parcel, Subject
from bot.core.people import LANGUAGES, Language
from bot.core.subscribers import Category
from storage.tables import broadcasts, deliveries

Found = Row[*tuple[Any, ...]]

FOUND = select(
    broadcasts,
    deliveries.c.id.label("delivery_id"),
    deliveries.c.chat_id,
    deliveries.c.language,
    deliveries.c.attempts,
    deliveries.c.message_id,
).join_from(deliveries, broadcasts)
"""Deliveries, each with its broadcast."""


def parcel_of(rows: Sequence[Found], *, claimed: bool = False) -> Parcel:
    """These deliveries, which all go to one chat; `claimed`: since they were read."""
    first = rows[0]
    held = tuple(delivery_of(row, claimed=claimed) for row in rows)
    return Parcel(first.chat_id, language_of_row(first.language), held)


def delivery_of(row: Found, *, claimed: bool = False) -> Delivery:
    return Delivery(row.delivery_id, broadcast_of(row), row.attempts + claimed)


def language_of_row(code: str) -> Language:
    return next(language for language in LANGUAGES if language == code)


def broadcast_of(row: Found) -> Broadcast:
    return Broadcast(
        id=row.id,
        subject=Subject(row.subject),
        subject_id=row.subject_id,
        title=row.title,
        texts=row.texts,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        state=BroadcastState(row.state),
        starts_at=row.starts_at,
        reason=row.reason,
        revision=row.revision,
        recalled_at=row.recalled_at,
        category=Category(row.category) if row.category else None,
        themes=tuple(row.themes),
        audience=audience_from(row.audience),
        reminds=row.reminds,
    )
