"""Take in a file of knowledge that somebody sends: what is new in it, what is changed, what is wrong."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import PurePosixPath
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.core.entries import LONGEST_ANSWER, LONGEST_ASK, LONGEST_QUESTION, MOST_ASKS, kinds
from bot.core.forms import units
from bot.core.knowledge import Asked, Entry, Knowledge
from bot.exchange.archive import unpack
from bot.exchange.rows import (
    COLUMNS,
    LARGEST,
    MAX_ENTRIES,
    MAX_SOURCE,
    Fault,
    Row,
    clean,
    ids,
    lines,
    row_of,
)
from bot.exchange.toml import read_toml
from bot.exchange.workbook import read_workbook
from bot.knowledge import Id

_ID: Final = TypeAdapter(Id)
_MAX_LENGTHS: Final = {
    "question_km": LONGEST_QUESTION,
    "question_en": LONGEST_QUESTION,
    "answer_km": LONGEST_ANSWER,
    "answer_en": LONGEST_ANSWER,
    "source": MAX_SOURCE,
}


@dataclass(frozen=True)
class Imported:
    """An entry that is new or changed, and the id of the chapter it belongs to, empty for none."""

    entry: Entry
    chapter: str


def read_upload(name: str, body: bytes, knowledge: Knowledge) -> list[Imported]:
    """Return the entries of an .xlsx, .toml or .zip that are new or changed, in its order. Raises Fault.

    A large file takes seconds.
    """
    if len(body) > LARGEST:
        raise Fault("too_large", name)
    rows = _rows(name, body, knowledge)
    if len(rows) > MAX_ENTRIES:
        raise Fault("too_many", name)
    topics = _topics(rows, knowledge)
    found = [
        (row.place, imported)
        for row, topic in zip(rows, topics, strict=True)
        if (imported := _imported(row, topic, knowledge, clean(name)))
    ]
    known = {*topics, *(entry.id for entry in knowledge.entries)}
    for place, imported in found:
        if not set(imported.entry.related) <= known - {imported.entry.id}:
            raise Fault("unknown_related", place)
    return [imported for _, imported in found]


def _rows(name: str, body: bytes, knowledge: Knowledge) -> list[Row]:
    """Read a file for what its name says it is."""
    match PurePosixPath(clean(name).lower()).suffix:
        case ".xlsx":
            return read_workbook(name, body)
        case ".toml":
            return read_toml(name, [(name, body)], knowledge.chapters)
        case ".zip":
            files = [(PurePosixPath(path).name, content) for path, content in unpack(name, body)]
            # A Mac packs a hidden file beside each file.
            ours = [
                file for file in files if file[0].lower().endswith(".toml") and not file[0].startswith(".")
            ]
            if ours:
                return read_toml(name, ours, knowledge.chapters)
    raise Fault("not_a_file_of_ours", name)


def _topics(rows: Sequence[Row], knowledge: Knowledge) -> list[str]:
    """Return the id of each row: its own, or a fresh one. Raises Fault."""
    taken = {talk.id for talk in knowledge.small_talk}
    for row in rows:
        if own := _own_id(row):
            if own in taken:
                raise Fault("same_id_twice", row.place)
            taken.add(own)
    taken.update(entry.id for entry in knowledge.entries)
    return [_own_id(row) or _fresh_id(row.cells.get("question_en", ""), taken) for row in rows]


def _own_id(row: Row) -> str:
    own = clean(row.cells.get("id", ""))
    try:
        return _ID.validate_python(own) if own else ""
    except ValidationError as problem:
        raise Fault("bad_id", row.place) from problem


def _fresh_id(question: str, taken: set[str]) -> str:
    """Take an id after the English question, or a numbered one."""
    slug = re.sub("[^a-z0-9]+", "-", question.lower()).strip("-")[:40].strip("-")
    stem = slug[:35].strip("-") or "entry"
    numbered = (f"{stem}-{number}" for number in count(2 if slug else 1))
    fresh = next(one for one in chain([slug], numbered) if one and one not in taken)
    taken.add(fresh)
    return fresh


def _imported(row: Row, topic: str, knowledge: Knowledge, name: str) -> Imported | None:
    """Return what a row changes, or None. Raises Fault."""
    known = knowledge.entry(topic) if topic in knowledge else None
    before = row_of(known, knowledge.chapter_of(topic)) if known else {}
    asked = known.asked if known else ()
    said = _completed({**row.cells, "id": topic}, before, name)
    _check_there(row.place, said, knowledge)
    if said == before and set(row.asked) <= set(asked):
        return None
    _check_bounds(row.place, said)
    return Imported(_entry(said, (*asked, *row.asked)), said["chapter"])


def _completed(cells: Mapping[str, str], before: Mapping[str, str], name: str) -> dict[str, str]:
    """Return what a row says, and what it leaves open as it was before or as the other language has it.

    What somebody adds without a source has the file's name as its source.
    """
    said = {column: clean(cells.get(column, before.get(column, ""))) for column in COLUMNS}
    said["chapter"] = said["chapter"] or before.get("chapter", "")
    said["source"] = said["source"] or before.get("source", name)
    for km, en in (("question_km", "question_en"), ("answer_km", "answer_en")):
        said[km], said[en] = said[km] or said[en], said[en] or said[km]
    for question in ("question_km", "question_en"):
        said[question] = " ".join(lines(said[question]))
    questions = dict.fromkeys((said["question_km"], said["question_en"]))
    said["asks"] = "\n".join(lines(said["asks"]) or questions)
    said["related"] = ", ".join(ids(said["related"]))
    return said


def _check_there(place: str, said: Mapping[str, str], knowledge: Knowledge) -> None:
    if said["chapter"] and all(said["chapter"] != chapter.id for chapter in knowledge.chapters):
        raise Fault("unknown_chapter", place)
    if not said["question_km"]:
        raise Fault("missing_question", place)
    if not said["answer_km"]:
        raise Fault("missing_answer", place)


def _check_bounds(place: str, said: Mapping[str, str]) -> None:
    asks = lines(said["asks"])
    if any(units(said[column]) > longest for column, longest in _MAX_LENGTHS.items()):
        raise Fault("too_long", place)
    if any(len(ask) > LONGEST_ASK for ask in asks):
        raise Fault("too_long", place)
    if len(asks) > MOST_ASKS:
        raise Fault("too_many", place)


def _entry(said: Mapping[str, str], asked: Iterable[Asked]) -> Entry:
    """Return a row as an entry that can be asked for `asked`, and for whatever its questions ask for."""
    asks = lines(said["asks"])
    return Entry(
        id=said["id"],
        question_km=said["question_km"],
        question_en=said["question_en"],
        answer_km=said["answer_km"],
        answer_en=said["answer_en"],
        asked=kinds((said["question_km"], said["question_en"], *asks), asked),
        asks=asks,
        source=said["source"],
        related=ids(said["related"]),
    )
