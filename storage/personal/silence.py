"""Takes a person's name and words out of the texts of broadcasts, which are frozen when they begin."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from markupsafe import escape
from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import Subject
from storage.personal.declared import ERASED_WORDS
from storage.tables import (
    broadcasts,
    deliveries,
    events,
    inquiries,
    people,
    plan_steps,
    questions,
    series,
)

TO_PERSONS: Final = (Subject.ANSWER, Subject.SEAT, Subject.SEATING, Subject.STEP)
"""What is told to certain people about themselves, or what they wrote."""
_NOTHING: Final = {"title": ERASED_WORDS, "texts": {"km": ERASED_WORDS, "en": ERASED_WORDS}}


async def silence(connection: AsyncConnection, person_id: int) -> None:
    """Empty what was told to this person alone, and take their name and words out of what others got."""
    theirs, others = deliveries.alias(), deliveries.alias()
    alone = and_(
        exists().where(theirs.c.broadcast_id == broadcasts.c.id, theirs.c.chat_id == person_id),
        ~exists().where(others.c.broadcast_id == broadcasts.c.id, others.c.chat_id != person_id),
    )
    await connection.execute(
        update(broadcasts).where(broadcasts.c.subject.in_(TO_PERSONS), alone).values(_NOTHING)
    )
    steps = select(plan_steps.c.id).where(plan_steps.c.person_id == person_id)
    quoting = or_(
        broadcasts.c.subject == Subject.ANSWER,
        and_(broadcasts.c.subject == Subject.STEP, broadcasts.c.subject_id.in_(steps)),
        broadcasts.c.created_by == person_id,
    )
    words = await _words(connection, person_id)
    rows = await connection.execute(select(broadcasts).where(quoting))
    for row in rows.all():
        texts = {language: _without(text, words) for language, text in row.texts.items()}
        title = _without(row.title, words)
        if (title, texts) != (row.title, row.texts):
            changed = update(broadcasts).where(broadcasts.c.id == row.id)
            await connection.execute(changed.values(title=title, texts=texts))
    await _take_contact_out(connection, person_id)


async def silence_old(connection: AsyncConnection, before: datetime) -> int:
    """Empty what was told to certain people so long ago; how many."""
    old = broadcasts.c.subject.in_(TO_PERSONS) & (broadcasts.c.finished_at < before)
    kept = broadcasts.c.title != ERASED_WORDS
    return (await connection.execute(update(broadcasts).where(old, kept).values(_NOTHING))).rowcount


async def _words(connection: AsyncConnection, person_id: int) -> Sequence[str]:
    """The person's name, and what they wrote that broadcasts may quote, the longest first."""
    written: list[ColumnElement[Any]] = [
        select(people.c.name).where(people.c.id == person_id),  # type: ignore[list-item]
        select(questions.c.text).where(questions.c.person_id == person_id),  # type: ignore[list-item]
        select(inquiries.c.question).where(inquiries.c.person_id == person_id),  # type: ignore[list-item]
        select(plan_steps.c.who).where(plan_steps.c.person_id == person_id),  # type: ignore[list-item]
        select(events.c.contact).where(events.c.created_by == person_id),  # type: ignore[list-item]
    ]
    found: set[str] = set()
    for query in written:
        found |= {str(one) for one in await connection.scalars(query)}  # type: ignore[call-overload]
    found |= {word[:LONGEST_QUOTED] for word in found}
    return sorted((word for word in found if len(word) > 1), key=len, reverse=True)


LONGEST_QUOTED: Final = 300
"""Where an answer to many people cuts the question that it quotes."""


def _without(text: str, words: Iterable[str]) -> str:
    for word in words:
        for form in (str(escape(word)), word):
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", ERASED_WORDS, text)
    return text


async def _take_contact_out(connection: AsyncConnection, person_id: int) -> None:
    """An event of a series that comes later must not name them again."""
    rows = await connection.execute(select(series).where(series.c.created_by == person_id))
    for row in rows.all():
        answers = {**row.answers, "contact": ""}
        await connection.execute(update(series).where(series.c.id == row.id).values(answers=answers))
