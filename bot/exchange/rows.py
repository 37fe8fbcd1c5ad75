"""What the kinds of files have in common: an entry as a row of texts, the bounds, and what can be wrong."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, get_args

from bot.core.knowledge import Asked, Chapter, Entry, Knowledge

COLUMNS: Final = (
    "id",
    "chapter",
    "question_km",
    "question_en",
    "answer_km",
    "answer_en",
    "asks",
    "related",
    "source",
)

# In bytes; what is packed is also bounded when it is unpacked.
LARGEST: Final = 2 * 1024 * 1024
MAX_UNPACKED: Final = 20 * 1024 * 1024
# Tags of XML, or lines and commas of TOML: in memory each is a hundred times as large.
MAX_PIECES: Final = 500_000
MAX_ENTRIES: Final = 2_000
# In characters.
MAX_SOURCE: Final = 3_500
MAX_PLACE: Final = 64

Reason = Literal[
    "not_a_file_of_ours",
    "too_large",
    "too_many",
    "no_header",
    "cell_error",
    "bad_toml",
    "bad_id",
    "same_id_twice",
    "unknown_chapter",
    "missing_question",
    "missing_answer",
    "too_long",
    "unknown_related",
]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# What XML and TOML cannot hold, or nobody can see.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Invisible at an end, while a zero-width space between Khmer words is kept.
_BLANK_ENDS = re.compile(r"\A[\s\u200b-\u200f\u2060\ufeff]+|[\s\u200b-\u200f\u2060\ufeff]+\Z")


class Fault(Exception):
    """A file cannot be taken in: why, and the row, the entry's id or the file's name. No sentences."""

    def __init__(self, reason: Reason, place: str) -> None:
        super().__init__(reason, place)
        self.reason: Reason = reason
        self.place = clean(place)[:MAX_PLACE]


@dataclass(frozen=True)
class Row:
    """What a file says of one entry. A column that the file does not have is not in `cells`."""

    place: str
    cells: Mapping[str, str]
    asked: tuple[Asked, ...] = ()


@contextmanager
def only_faults(reason: Reason, place: str) -> Iterator[None]:
    """Turn whatever a broken file makes a library raise into a Fault."""
    try:
        yield
    except Fault:
        raise
    except Exception as problem:
        raise Fault(reason, place) from problem


def clean(text: str) -> str:
    """Return a text with plain line ends, and without what cannot be seen or written at its ends."""
    text = _UNWRITABLE.sub("", _LINE_ENDS.sub("\n", text))
    return _BLANK_ENDS.sub("", text)


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text that hold something."""
    return tuple(line for line in map(clean, clean(text).split("\n")) if line)


def ids(text: str) -> tuple[str, ...]:
    """Return the ids of a text with commas, each once."""
    return tuple(dict.fromkeys(one for one in re.split(r"[\s,;]+", clean(text)) if one))


def row_of(entry: Entry, chapter: str) -> dict[str, str]:
    """Return an entry as texts by the name of their column, cleaned so that they can be compared."""
    return {
        "id": entry.id,
        "chapter": chapter,
        "question_km": " ".join(lines(entry.question_km)),
        "question_en": " ".join(lines(entry.question_en)),
        "answer_km": clean(entry.answer_km),
        "answer_en": clean(entry.answer_en),
        "asks": "\n".join(lines("\n".join(entry.asks))),
        "related": ", ".join(entry.related),
        "source": clean(entry.source),
    }


def by_chapter(knowledge: Knowledge) -> Iterator[tuple[Chapter | None, list[Entry]]]:
    """Return the chapters with their entries, and at the end the entries that are in none."""
    for chapter in knowledge.chapters:
        own = [topic for topic in chapter.topics if knowledge.chapter_of(topic) == chapter.id]
        yield chapter, [knowledge.entry(topic) for topic in own]
    yield None, [entry for entry in knowledge.entries if not knowledge.chapter_of(entry.id)]
