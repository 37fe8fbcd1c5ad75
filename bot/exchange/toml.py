"""The knowledge as TOML, a file a chapter, as `read_knowledge` reads it."""

import io
import re
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.knowledge import Asked, Chapter, Entry, Knowledge
from bot.exchange.rows import MAX_PIECES, Fault, Row, by_chapter, clean, lines, only_faults, row_of

# `read_knowledge` wants a source; this says that there is none. No chapter's id holds an underscore.
NO_SOURCE: Final = "…"
_WITHOUT_CHAPTER: Final = "without_chapter"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

# tomllib needs the square of the time for a key of so many parts; nobody writes one.
_ENDLESS_KEY = re.compile(
    r"""(?<![A-Za-z0-9_.-])(?:(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}"""
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Entry(_Table):
    id: str = ""
    question_km: str = ""
    question_en: str = ""
    answer_km: str = ""
    answer_en: str = ""
    asked: list[Asked] = []
    asks: list[str] = []
    source: str = ""
    related: list[str] = []


class _File(_Table):
    title_km: str = ""
    title_en: str = ""
    entry: list[dict[str, Any]] = []
    small_talk: list[Any] = []
    questions: list[Any] = []


def to_toml(knowledge: Knowledge) -> bytes:
    """Return the entries and the chapters as a zip of TOML files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for chapter, entries in by_chapter(knowledge):
            if chapter or entries:
                name = chapter.id if chapter else _WITHOUT_CHAPTER
                info = zipfile.ZipInfo(f"{name}.toml", _EPOCH)
                archive.writestr(info, _document(chapter, entries), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _document(chapter: Chapter | None, entries: Sequence[Entry]) -> str:
    title = {"title_km": chapter.title_km, "title_en": chapter.title_en} if chapter else {}
    tables = {"entry": [_table(entry) for entry in entries]} if entries else {}
    return tomli_w.dumps(title | tables, multiline_strings=True, indent=2)


def _table(entry: Entry) -> dict[str, Any]:
    """Return an entry's fields in their order, the texts as `row_of` writes them."""
    row = row_of(entry, "")
    texts = {name: row[name] for name in asdict(entry) if name in row}
    lists = {"asks": lines(row["asks"]), "related": entry.related}
    return asdict(entry) | texts | lists | {"source": row["source"] or NO_SOURCE}


def read_toml(name: str, files: Sequence[tuple[str, bytes]], chapters: Sequence[Chapter]) -> list[Row]:
    """Return the entries of TOML files, in the chapters whose title the files have. Raises Fault."""
    if sum(body.count(b"\n") + body.count(b",") for _, body in files) > MAX_PIECES:
        raise Fault("too_large", name)
    return [row for file, body in files for row in _rows(file, _read(file, body), chapters)]


def _read(name: str, body: bytes) -> _File:
    with only_faults("not_a_file_of_ours", name):
        text = body.decode("utf-8-sig")
    if _ENDLESS_KEY.search(text):
        raise Fault("bad_toml", name)
    with only_faults("bad_toml", name):
        raw = tomllib.loads(text)
        if not raw:
            raise Fault("not_a_file_of_ours", name)
        return _File.model_validate(raw)


def _rows(name: str, file: _File, chapters: Sequence[Chapter]) -> Iterator[Row]:
    chapter = _chapter(name, file, chapters)
    for raw in file.entry:
        own = raw.get("id")
        place = own if isinstance(own, str) and own else name
        try:
            table = _Entry.model_validate(raw)
        except ValidationError as problem:
            raise Fault("bad_toml", place) from problem
        yield Row(place, _cells(table) | {"chapter": chapter}, tuple(table.asked))


def _chapter(name: str, file: _File, chapters: Sequence[Chapter]) -> str:
    """Return the id of the chapter of a file's title, empty without a title. Raises Fault."""
    title = clean(file.title_km), clean(file.title_en)
    if title == ("", ""):
        return ""
    for chapter in chapters:
        if title == (clean(chapter.title_km), clean(chapter.title_en)):
            return chapter.id
    raise Fault("unknown_chapter", name)


def _cells(table: _Entry) -> dict[str, str]:
    """Return what a table says, as texts. A key that it does not have is left out."""
    said = table.model_dump(exclude_unset=True, exclude={"asked"})
    return {key: _text(key, value) for key, value in said.items()}


def _text(key: str, value: str | list[str]) -> str:
    if isinstance(value, list):
        return "\n".join(value)
    return "" if key == "source" and clean(value) == NO_SOURCE else value
