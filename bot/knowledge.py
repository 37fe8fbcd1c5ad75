"""Read what the bot knows from a folder of TOML files."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.core.knowledge import Asked, Chapter, Entry, Knowledge, SmallTalk

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class KnowledgeError(Exception):
    """The knowledge cannot be used; the message names the file, the entry and the fault."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Entry(_Table):
    id: Id
    question_km: Text
    question_en: Text
    answer_km: Text
    answer_en: Text
    asked: Annotated[list[Asked], Field(min_length=1)]
    asks: Annotated[list[Text], Field(min_length=1)]
    source: Text
    related: list[Id] = []


class _SmallTalk(_Table):
    id: Id
    answer_km: Text
    answer_en: Text
    asks: Annotated[list[Text], Field(min_length=1)]
    place: str = ""


class _File(_Table):
    title_km: Text | None = None
    title_en: Text | None = None
    entry: list[_Entry] = []
    small_talk: list[_SmallTalk] = []
    questions: list[Text] = []


def read_knowledge(folder: Path) -> Knowledge:
    """Read every *.toml file of a folder, in the order of their names. Raises KnowledgeError."""
    files = {path.name: _read(path) for path in sorted(folder.glob("*.toml"))}
    entries = [(name, entry) for name, file in files.items() for entry in file.entry]
    small_talk = [(name, talk) for name, file in files.items() for talk in file.small_talk]
    if not entries:
        raise KnowledgeError(f"{folder}: there is no [[entry]] in any *.toml file here.")
    _check_ids([*entries, *small_talk])
    _check_related(entries)
    return Knowledge(
        entries=tuple(Entry(**_frozen(entry)) for _, entry in entries),
        small_talk=tuple(SmallTalk(**_frozen(talk)) for _, talk in small_talk),
        unanswerable=tuple(question for file in files.values() for question in file.questions),
        chapters=tuple(_chapters(files)),
    )


def _chapters(files: dict[str, _File]) -> Iterator[Chapter]:
    """A file with a title is a chapter to look through."""
    for name, file in files.items():
        if (file.title_km is None) != (file.title_en is None):
            raise KnowledgeError(f"{name}: a title is needed in both languages, title_km and title_en.")
        if file.title_km and file.title_en:
            topics = tuple(entry.id for entry in file.entry)
            yield Chapter(_chapter_id(name), file.title_km, file.title_en, topics)


def _chapter_id(name: str) -> str:
    """The file's name as an id: small letters, figures and hyphens, for buttons."""
    stem = name.removesuffix(".toml")
    if not re.fullmatch(r"[a-z0-9_-]{1,40}", stem):
        raise KnowledgeError(f"{name}: a file with a title is named in small letters, figures, - and _ only.")
    return stem.replace("_", "-")


def _read(path: Path) -> _File:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(f"{path.name}: cannot be read as TOML: {error}.") from error
    try:
        return _File.model_validate(raw)
    except ValidationError as error:
        raise KnowledgeError(f"{path.name}: {_fault(raw, error)}") from error


def _fault(raw: dict[str, Any], error: ValidationError) -> str:
    """Word the first thing that is wrong with a file, naming the entry by its id where it has one."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    if len(where) > 1 and isinstance(first["loc"][1], int):
        table: Any = raw[where[0]][first["loc"][1]]
        number = first["loc"][1] + 1
        name = repr(table["id"]) if isinstance(table, dict) and "id" in table else f"number {number}"
        where = [f"{where[0]} {name}", *where[2:]]
    fault = {"missing": "is missing", "extra_forbidden": "is not a known key"}.get(
        first["type"], first["msg"]
    )
    return f"{', '.join(where)}: {fault}."


def _check_ids(tables: Iterable[tuple[str, _Entry | _SmallTalk]]) -> None:
    seen: dict[str, str] = {}
    for name, table in tables:
        if table.id in seen:
            raise KnowledgeError(f"{name}: the id {table.id!r} is already used in {seen[table.id]}.")
        seen[table.id] = name


def _check_related(entries: Iterable[tuple[str, _Entry]]) -> None:
    entries = list(entries)
    known = {entry.id for _, entry in entries}
    for name, entry in entries:
        for other in entry.related:
            if other not in known or other == entry.id:
                raise KnowledgeError(
                    f"{name}: entry {entry.id!r} is related to {other!r}, which is no other entry."
                )


def _frozen(table: _Table) -> dict[str, Any]:
    """Return a table's fields with tuples for lists."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table}
