"""An entry as it is written in the chat: the form's fields, and what becomes of them."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from bot.core.asked import kinds_asked
from bot.core.features import bare
from bot.core.forms import Field, Moment, Refused, clean, text_between
from bot.core.khmer import normalise
from bot.core.knowledge import Asked, Change, Entry, Knowledge

LONGEST_QUESTION: Final = 300
LONGEST_ANSWER: Final = 3500
LONGEST_ASK: Final = 300
MOST_ASKS: Final = 60
# Of all entries together: questions, answers and ways of asking. So many train in a quarter of a minute.
MOST_TEXTS: Final = 3000


def _asks(text: str, _: Moment) -> str | Refused:
    """Ways of asking, one a line."""
    lines = [" ".join(line.lstrip("•-* ").split()) for line in clean(text).splitlines()]
    kept = list(dict.fromkeys(line for line in lines if line))
    if not kept:
        return Refused("too_short")
    if len(kept) > MOST_ASKS or any(len(line) > LONGEST_ASK for line in kept):
        return Refused("too_long")
    return "\n".join(kept)


FIELDS: Final = (
    Field("question_km", text_between(3, LONGEST_QUESTION)),
    Field("answer_km", text_between(1, LONGEST_ANSWER, lines=True)),
    Field("question_en", text_between(3, LONGEST_QUESTION), optional=True),
    Field("answer_en", text_between(1, LONGEST_ANSWER, lines=True), optional=True),
    Field("asks", _asks, optional=True),
)


def answers_of(change: Change, after: int) -> dict[str, str]:
    """What the form holds when an entry is to be changed; `after` is the version that was read."""
    entry = change.entry
    return {
        "topic": entry.id,
        "chapter": change.chapter,
        "after": str(after),
        "question_km": entry.question_km,
        "answer_km": entry.answer_km,
        "question_en": entry.question_en,
        "answer_en": entry.answer_en,
        "asks": "\n".join(entry.asks),
    }


def change_of(answers: Mapping[str, str], knowledge: Knowledge) -> Change:
    """The change that a filled form means. What is missing in English is said in Khmer."""
    question_km, answer_km = answers["question_km"], answers["answer_km"]
    question_en = answers["question_en"] or question_km
    asks = tuple(answers["asks"].splitlines()) or tuple(dict.fromkeys((question_km, question_en)))
    topic = answers["topic"]
    known = knowledge.entry(topic) if topic in knowledge else None
    entry = Entry(
        id=topic,
        question_km=question_km,
        question_en=question_en,
        answer_km=answer_km,
        answer_en=answers["answer_en"] or answer_km,
        asked=kinds([question_km, question_en, *asks], known.asked if known else ()),
        asks=asks,
        source=known.source if known else "",
        related=known.related if known else (),
    )
    return Change(entry, answers["chapter"])


def with_asks(entry: Entry, asks: Iterable[str]) -> Entry:
    """The entry with more ways of asking it; what it can be asked for grows with them."""
    more = tuple(dict.fromkeys((*entry.asks, *asks)))[-MOST_ASKS:]
    return replace(entry, asks=more, asked=kinds(more, entry.asked))


def kinds(texts: Iterable[str], known: Iterable[Asked] = ()) -> tuple[Asked, ...]:
    """What questions like these ask for: who, when, where …; "what" where nothing shows it."""
    found: set[Asked] = set(known).union(*map(kinds_asked, texts))
    return tuple(sorted(found or {"what"}))


def one_language_changed(entry: Entry, knowledge: Knowledge) -> bool:
    """Whether the answer is new in one language and as before in the other, which may no longer hold."""
    if entry.id not in knowledge:
        return False
    before = knowledge.entry(entry.id)
    return (entry.answer_km == before.answer_km) != (entry.answer_en == before.answer_en)


def left_elsewhere(before: Entry, after: Entry, knowledge: Knowledge) -> dict[str, list[str]]:
    """Numbers and addresses that a change took out of an answer, each with the entries that still say it."""
    gone = {piece: as_written for piece, as_written in _pieces(before).items() if piece not in _pieces(after)}
    others = [(entry.id, _pieces(entry)) for entry in knowledge.entries if entry.id != after.id]
    found = {written: [topic for topic, said in others if piece in said] for piece, written in gone.items()}
    return {written: topics for written, topics in found.items() if topics}


def _pieces(entry: Entry) -> dict[str, str]:
    """The telephone numbers, links and addresses of an answer: as they compare, and as they are written."""
    found = [
        written.strip() for text in (entry.answer_en, entry.answer_km) for written in _PIECE.findall(text)
    ]
    return {re.sub(r"[\s.-]", "", normalise(written)): written for written in reversed(found)}


_PIECE: Final = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+\w|\d(?:[\s.-]?\d){5,}")


def asked_elsewhere(entries: Collection[Entry], knowledge: Knowledge) -> list[tuple[str, str]]:
    """Ways of asking that, word for word, ask another entry already; each with that entry's id."""
    changed = {entry.id: entry for entry in entries}
    owners: dict[str, set[str]] = {}
    for entry in (*entries, *(other for other in knowledge.entries if other.id not in changed)):
        for ask in _all_asks(entry):
            owners.setdefault(bare(ask), set()).add(entry.id)
    found = ((ask, owners[bare(ask)] - {entry.id}) for entry in entries for ask in _all_asks(entry))
    return [(ask, other) for ask, others in found for other in sorted(others) if other in knowledge]


def too_many(knowledge: Knowledge) -> bool:
    """Whether training would take too long: it grows with the cube of the number of texts."""
    return sum(2 + len(_all_asks(entry)) for entry in knowledge.entries) > MOST_TEXTS


def _all_asks(entry: Entry) -> dict[str, None]:
    return dict.fromkeys((entry.question_km, entry.question_en, *entry.asks))
