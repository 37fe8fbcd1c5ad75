"""The knowledge as files: out and back unchanged, what is edited in them, and what is refused."""

import io
import re
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot.core.knowledge import Chapter, Entry, Knowledge, SmallTalk
from bot.exchange import REASONS, Fault, Imported, read_upload, to_toml, to_workbook
from bot.exchange import rows as bounds
from bot.knowledge import read_knowledge

FOLDER = Path(__file__).parents[1] / "messages" / "knowledge"

OPENED = Entry(
    id="opened-when",
    question_km="តើបណ្ណាល័យបើកនៅពេលណា?",
    question_en="When was the library opened?",
    answer_km="បណ្ណាល័យ\u200bបើកនៅឆ្នាំ១៩៩៨។",
    answer_en="It opened in 1998.\nIt is open still.",
    asked=("when",),
    asks=("ថ្ងៃបើកបណ្ណាល័យ", "library opening year"),
    source="the guide book",
    related=("books",),
)
BOOKS = Entry(
    id="books",
    question_km="តើបណ្ណាល័យមានសៀវភៅប៉ុន្មាន?",
    question_en="How many books are there?",
    answer_km="ពីរពាន់ក្បាល។",
    answer_en="Two thousand.",
    asked=("how-many",),
    asks=("ចំនួនសៀវភៅ",),
    source="",
)
LIBRARY = Knowledge(
    (OPENED, BOOKS),
    (SmallTalk("hello", "សួស្តី", "Hello", ("hi",)),),
    chapters=(Chapter("history", "ប្រវត្តិ", "History", ("opened-when",)), Chapter("empty", "ទទេ", "Empty", ())),
)
HEADER: list[object] = [
    "id",
    "chapter",
    "question_km",
    "question_en",
    "answer_km",
    "answer_en",
    "asks",
    "related",
    "source",
]

TYPES, SHEET, STRINGS = "[Content_Types].xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
SPREADSHEETS = b"http://schemas.openxmlformats.org/spreadsheetml/2006"
SHARED = (
    STRINGS.encode(),
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml",
)


@pytest.fixture(scope="module")
def group() -> Knowledge:
    return read_knowledge(FOLDER)


def _sheet(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _row(**cells: object) -> list[object]:
    return [cells.get(str(column)) for column in HEADER]


def _zip(*files: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return file.getvalue()


def _changed(changes: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """The library's workbook as Excel saves it, its strings shared, with some of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(to_workbook(LIBRARY))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    strings: list[bytes] = []

    def share(cell: re.Match[bytes]) -> bytes:
        strings.append(b"<si>%s</si>" % cell[1])
        return b't="s"><v>%d</v>' % (len(strings) - 1)

    parts[SHEET] = re.sub(rb't="inlineStr"><is>(.*?)</is>', share, parts[SHEET], flags=re.DOTALL)
    parts[STRINGS] = b'<sst xmlns="%s/main">%s</sst>' % (SPREADSHEETS, b"".join(strings))
    parts[TYPES] = parts[TYPES].replace(
        b"</Types>", b'<Override PartName="/%s" ContentType="%s"/></Types>' % SHARED
    )
    return _zip(*(parts | {part: change(parts[part]) for part, change in changes.items()}).items())


def _toml(*entries: Mapping[str, object], **file: object) -> bytes:
    return tomli_w.dumps({**file, "entry": list(entries)}).encode()


def _fault(name: str, body: bytes, knowledge: Knowledge = LIBRARY) -> tuple[str, str]:
    with pytest.raises(Fault) as caught:
        read_upload(name, body, knowledge)
    assert caught.value.reason in REASONS
    return caught.value.reason, caught.value.place


def test_nothing_changes_on_the_way_out_and_back(group: Knowledge) -> None:
    """The working group's knowledge and the library come back from both kinds of file as they were."""
    for knowledge in (group, LIBRARY):
        assert read_upload("knowledge.xlsx", to_workbook(knowledge), knowledge) == []
        assert read_upload("knowledge.zip", to_toml(knowledge), knowledge) == []


def test_the_toml_files_are_knowledge(group: Knowledge, tmp_path: Path) -> None:
    """What is exported as TOML is read as the bot's own files are, and says the same."""
    with zipfile.ZipFile(io.BytesIO(to_toml(group))) as archive:
        archive.extractall(tmp_path)
    read = read_knowledge(tmp_path)
    assert (read.entries, read.chapters) == (group.entries, group.chapters)
    assert (read.small_talk, read.unanswerable) == ((), ())


def test_entries_without_a_chapter_or_a_source_are_knowledge_too(tmp_path: Path) -> None:
    """An entry of no chapter is in a file without a title, and one without a source gets a mark for it."""
    with zipfile.ZipFile(io.BytesIO(to_toml(LIBRARY))) as archive:
        assert archive.namelist() == ["history.toml", "empty.toml", "without_chapter.toml"]
        archive.extractall(tmp_path)
    read = read_knowledge(tmp_path)
    assert {entry.id: entry.source for entry in read.entries} == {
        "books": "…",
        "opened-when": "the guide book",
    }
    assert read.entry("opened-when") == OPENED
    assert set(read.chapters) == set(LIBRARY.chapters)


def test_the_workbook_is_easy_to_edit() -> None:
    """The header is bold and stays in sight, long texts wrap, and a second sheet helps."""
    book = load_workbook(io.BytesIO(to_workbook(LIBRARY)))
    assert book.sheetnames == ["Knowledge", "Help"]
    sheet = book["Knowledge"]
    assert [cell.value for cell in sheet[1]] == HEADER
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert sheet["G2"].value == "ថ្ងៃបើកបណ្ណាល័យ\nlibrary opening year"
    assert sheet["G2"].alignment.wrap_text
    assert sheet["B3"].value is None
    assert book["Help"]["A1"].value


@pytest.mark.parametrize("text", ["=1+1", "+855 12", "-5 °C", "@wgpd", '=HYPERLINK("http://x")', "#N/A"])
def test_a_text_is_never_a_formula(text: str) -> None:
    """A text that a spreadsheet could take for a formula or an error is written as text, and comes back."""
    entry = Entry("books", text, text, text, text, ("what",), (text,), text)
    body = to_workbook(Knowledge((entry,)))
    row = load_workbook(io.BytesIO(body))["Knowledge"][2]
    assert [cell.data_type for cell in row if cell.value == text] == ["s"] * 6
    assert read_upload("a.xlsx", body, Knowledge((entry,))) == []


def test_one_edited_cell_is_one_changed_entry(group: Knowledge) -> None:
    """Editing a cell changes that entry and nothing else, and keeps what it can be asked for."""
    book = load_workbook(io.BytesIO(to_workbook(group)))
    sheet = book["Knowledge"]
    sheet["F5"] = "To help."
    [imported] = read_upload("knowledge.xlsx", _saved(book), group)
    old = group.entry(str(sheet["A5"].value))
    assert imported.chapter == "about"
    assert imported.entry.answer_en == "To help."
    assert set(old.asked) <= set(imported.entry.asked)
    assert imported.entry.asks == old.asks


def test_what_is_left_out_stays() -> None:
    """A column that is not there, an empty chapter and an empty source leave an entry as it was."""
    body = _sheet(["answer_en", "question_en", "id"], ["In 1997.", "When was it opened?", "opened-when"])
    [imported] = read_upload("a.xlsx", body, LIBRARY)
    assert imported.chapter == "history"
    assert imported.entry.question_km == OPENED.question_km
    assert (imported.entry.asks, imported.entry.related) == (OPENED.asks, OPENED.related)
    assert imported.entry.source == OPENED.source
    body = _toml({"id": "opened-when", "answer_en": "In 1997."})
    [imported] = read_upload("a.toml", body, LIBRARY)
    assert (imported.entry.answer_en, imported.entry.answer_km) == ("In 1997.", OPENED.answer_km)


def test_an_entry_moves_to_another_chapter() -> None:
    """Another chapter in the row, or the title of another chapter in the file, moves an entry."""
    moved = [Imported(BOOKS, "history")]
    assert read_upload("a.xlsx", _sheet(HEADER, _row(**_cells(BOOKS), chapter="history")), LIBRARY) == moved
    body = _toml({"id": "books"}, title_km="ប្រវត្តិ", title_en="History")
    assert read_upload("about (1).toml", body, LIBRARY) == moved


def _cells(entry: Entry) -> dict[str, object]:
    return {column: value for column, value in vars(entry).items() if column in HEADER} | {
        "asks": "\n".join(entry.asks),
        "related": ", ".join(entry.related),
    }


def test_a_row_without_an_id_is_new() -> None:
    """A new entry gets an id after its English question, the other language, asks, kinds and a source."""
    body = _sheet(
        HEADER,
        _row(question_en="Who is the librarian?", answer_km="សុខា"),
        _row(question_km="តើបិទនៅពេលណា?", answer_km="ម៉ោង៥", asks="បិទម៉ោងប៉ុន្មាន\n\n  closing time "),
        _row(question_en="Who is the librarian?", answer_en="Vanna", related="books; opened-when,books"),
        _row(question_en="Library", answer_en="A house", source="brief", chapter="empty"),
    )
    first, second, third, fourth = read_upload("new.xlsx", body, LIBRARY)
    assert first.entry == Entry(
        id="who-is-the-librarian",
        question_km="Who is the librarian?",
        question_en="Who is the librarian?",
        answer_km="សុខា",
        answer_en="សុខា",
        asked=("who",),
        asks=("Who is the librarian?",),
        source="new.xlsx",
    )
    assert first.chapter == ""
    assert second.entry.id == "entry-1"
    assert second.entry.asks == ("បិទម៉ោងប៉ុន្មាន", "closing time")
    assert second.entry.asked == ("when",)
    assert third.entry.id == "who-is-the-librarian-2"
    assert third.entry.related == ("books", "opened-when")
    assert (fourth.entry.asked, fourth.entry.source, fourth.chapter) == (("what",), "brief", "empty")


def test_fresh_ids_fit(group: Knowledge) -> None:
    """A fresh id is at most forty letters long, and never one that is there, small talk's included."""
    questions = ["Hello!", "Books", "x" * 60, "x" * 60, "a" * 39 + " b", "សៀវភៅ"]
    body = _toml(*({"question_en": question, "answer_en": "Yes."} for question in questions))
    ids = [imported.entry.id for imported in read_upload("a.toml", body, LIBRARY)]
    assert ids == ["hello-2", "books-2", "x" * 40, "x" * 35 + "-2", "a" * 39, "entry-1"]


def test_what_an_entry_can_be_asked_for_grows() -> None:
    """New ways of asking, and kinds that a TOML file names, are added to what the entry has."""
    body = _toml({"id": "books", "asks": ["ចំនួនសៀវភៅ", "where are the books"], "asked": ["which"]})
    [imported] = read_upload("a.toml", body, LIBRARY)
    assert imported.entry.asked == ("how-many", "where", "which")
    assert read_upload("a.toml", _toml({"id": "books", "asked": ["how-many"]}), LIBRARY) == []


def test_the_habits_of_spreadsheets() -> None:
    """Columns, sheets and rows stand anywhere, cells hold anything, and what was meant is understood."""
    book = Workbook()
    book.worksheets[0].append(["my notes"])
    sheet = book.create_sheet("ស្លឹក")
    sheet.append(["The library's answers"])
    sheet.merge_cells("A1:E1")
    sheet.append([" Answer KM ", "remarks", "QUESTION_EN", "Id", "answer_en", "asks", None])
    sheet.append([])
    sheet.append(
        [
            1998,
            "n",
            "'Opened?  ",
            "opened-when",
            datetime.fromisoformat("1998-01-15"),
            "a_x000D_\nb\r\n  \nc",
            "z",
        ]
    )
    sheet.append([" \u200b ", None, None, None, None, "  "])
    sheet.append(["បាទ\u200bចាស\u200b ", 5, True, None, 2.50, 7])
    sheet.append(["ទេ", 5, "When?", 2003, datetime.fromisoformat("1998-01-15 08:30"), None])
    first, second, third = (imported.entry for imported in read_upload("A.XLSX", _saved(book), LIBRARY))
    assert (first.answer_km, first.answer_en) == ("1998", "1998-01-15")
    assert (first.question_en, first.asks) == ("Opened?", ("a", "b", "c"))
    assert (second.answer_km, second.answer_en) == ("បាទ\u200bចាស", "2.5")
    assert (second.question_en, second.id, second.asks) == ("TRUE", "true", ("7",))
    assert (third.id, third.answer_en) == ("2003", "1998-01-15 08:30")


def test_quotes_at_the_beginning_are_kept() -> None:
    """Only a lonely apostrophe at the beginning is the spreadsheet's own."""
    body = _sheet(HEADER, _row(question_en="'Book'?", answer_en="'=1"))
    [imported] = read_upload("a.xlsx", body, LIBRARY)
    assert (imported.entry.question_en, imported.entry.answer_en) == ("'Book'?", "=1")


def test_the_habits_of_text_editors() -> None:
    """A byte order mark and other line ends are understood, and a Mac's hidden files are passed over."""
    body = b"\xef\xbb\xbf" + _toml({"id": "books", "answer_en": "Three."}).replace(b"\n", b"\r\n")
    files = _zip(
        ("../x/b.toml", body), ("__MACOSX/._b.toml", b"\x00\x05\x16\x07"), ("readme.txt", b"?"), ("d/", b"")
    )
    for name, upload in (("b.toml", body), ("b.zip", files)):
        [imported] = read_upload(name, upload, LIBRARY)
        assert imported.entry.answer_en == "Three."


BOOK: dict[str, object] = {"id": "books"}


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([["id", "answer"]], ("no_header", "a.xlsx")),
        ([], ("no_header", "a.xlsx")),
        ([HEADER, _row(id="books"), _row(id="Bad id", question_en="?")], ("bad_id", "3")),
        ([HEADER, _row(id="x" * 41)], ("bad_id", "2")),
        ([HEADER, _row(answer_en="Yes.")], ("missing_question", "2")),
        ([HEADER, [], _row(id="books", question_en="Is it?")], ("missing_answer", "3")),
        ([HEADER, _row(**_cells(BOOKS)), _row(**_cells(BOOKS))], ("same_id_twice", "3")),
        ([HEADER, _row(id="hello", question_en="Hi?", answer_en="Hi.")], ("same_id_twice", "2")),
        ([HEADER, _row(**_cells(BOOKS), chapter="nowhere")], ("unknown_chapter", "2")),
        ([HEADER, _row(**_cells(BOOKS) | {"related": "books"})], ("unknown_related", "2")),
        ([HEADER, _row(**_cells(BOOKS) | {"related": "hello"})], ("unknown_related", "2")),
        ([HEADER, _row(**_cells(BOOKS) | {"question_km": "x" * 301})], ("too_long", "2")),
        ([HEADER, _row(**_cells(BOOKS) | {"answer_en": "x" * 3_501})], ("too_long", "2")),
        ([HEADER, _row(**_cells(BOOKS) | {"asks": "x" * 301})], ("too_long", "2")),
        ([HEADER, _row(**_cells(BOOKS) | {"asks": "\n".join("x" * 61)})], ("too_many", "2")),
        ([HEADER, *([["", "", "x"]] * 2_001)], ("too_many", "a.xlsx")),
        ([HEADER, _row(question_en="#NAME?", answer_en="Yes.")], ("cell_error", "2")),
    ],
)
def test_a_fault_in_a_sheet_has_a_place(rows: list[list[object]], fault: tuple[str, str]) -> None:
    """What is wrong with a spreadsheet is said with the number of its row."""
    assert _fault("a.xlsx", _sheet(*rows)) == fault


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", ("not_a_file_of_ours", "a.toml")),
        (b"\xff\xfe[\x00", ("not_a_file_of_ours", "a.toml")),
        (b"[[entry]\n", ("bad_toml", "a.toml")),
        (b"entry = 5\n", ("bad_toml", "a.toml")),
        (b"entry = [5]\n", ("bad_toml", "a.toml")),
        (b"colour = 1\n", ("bad_toml", "a.toml")),
        (b"a = " + b"9" * 5_000, ("bad_toml", "a.toml")),
        (b"a = " + b"[" * 500_000, ("bad_toml", "a.toml")),
        (b"a = [" + b"1," * 900_000 + b"]", ("too_large", "a.toml")),
        (b"a." * 900_000 + b"a = 1", ("bad_toml", "a.toml")),
        (b'"\\"" . ' * 200_000 + b"a = 1", ("bad_toml", "a.toml")),
        (_toml(BOOK | {"anwser_en": "Yes."}), ("bad_toml", "books")),
        (_toml(BOOK | {"asks": ["a", 5]}), ("bad_toml", "books")),
        (_toml(BOOK | {"asked": ["whither"]}), ("bad_toml", "books")),
        (_toml({"id": 7}), ("bad_toml", "a.toml")),
        (_toml({"id": "Books!"}), ("bad_id", "Books!")),
        (_toml({"answer_en": "Yes."}), ("missing_question", "a.toml")),
        (_toml(BOOK | {"answer_en": "", "answer_km": " "}), ("missing_answer", "books")),
        (_toml(BOOK, BOOK), ("same_id_twice", "books")),
        (_toml(BOOK | {"related": ["cars"]}), ("unknown_related", "books")),
        (_toml(BOOK, title_km="ប្រវត្តិ"), ("unknown_chapter", "a.toml")),
    ],
)
def test_a_fault_in_toml_has_a_place(body: bytes, fault: tuple[str, str]) -> None:
    """What is wrong with a TOML file is said with the entry's id or the file's name, and at once."""
    began = time.monotonic()
    assert _fault("a.toml", body) == fault
    assert time.monotonic() - began < 5


def test_an_import_may_name_its_own_entries_as_related() -> None:
    """New entries of one file are related to each other by the ids they bring."""
    body = _toml(
        {"id": "cars", "question_en": "Cars?", "answer_en": "No.", "related": ["bikes"]},
        {"id": "bikes", "question_en": "Bikes?", "answer_en": "No.", "related": ["books"]},
    )
    assert [imported.entry.id for imported in read_upload("a.toml", body, LIBRARY)] == ["cars", "bikes"]


def test_a_name_does_not_make_a_file() -> None:
    """A file that is not what its name says is refused, and so is any other name."""
    toml, sheet, packed = _toml(BOOK), to_workbook(LIBRARY), to_toml(LIBRARY)
    wrong = {
        "a.xlsx": [toml, packed, b"", sheet[: len(sheet) // 2], _zip(("[Content_Types].xml", b"<x/>"))],
        "a.zip": [toml, sheet, b"", packed[:-40], _zip(("a.toml", b""))],
        "a.toml": [sheet, packed],
        "a.csv": [toml],
        "": [toml],
    }
    for name, bodies in wrong.items():
        for body in bodies:
            assert _fault(name, body)[0] == "not_a_file_of_ours"


def test_a_place_is_short() -> None:
    """The place of a fault is a short text without line ends at its ends, whatever the file is called."""
    assert _fault("\r\n" + "x" * 500, b"")[1] == "x" * bounds.MAX_PLACE


def test_a_locked_zip_is_refused() -> None:
    """A zip with a password is a file that we cannot read."""
    body = bytearray(_zip(("a.toml", _toml(BOOK))))
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    assert _fault("a.zip", bytes(body)) == ("not_a_file_of_ours", "a.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_cannot_be_measured_is_refused(method: int) -> None:
    """Only what is unpacked piece by piece is unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a.toml", _toml(BOOK))
    assert _fault("a.zip", file.getvalue()) == ("not_a_file_of_ours", "a.zip")


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_a_bomb_is_refused(name: str) -> None:
    """What grows beyond the bound is refused, whether its directory admits it or not."""
    honest = _zip(("a.toml", b" " * (bounds.MAX_UNPACKED + 1)))
    assert _fault(name, honest) == ("too_large", name)
    size = (bounds.MAX_UNPACKED + 1).to_bytes(4, "little")
    assert _fault(name, honest.replace(size, b"\x10\x00\x00\x00"))[0] == "not_a_file_of_ours"
    many = _zip(*((f"{number}.toml", b" " * (bounds.MAX_UNPACKED // 4)) for number in range(5)))
    assert _fault(name, many) == ("too_large", name)
    assert _fault(name, b"x" * (bounds.LARGEST + 1)) == ("too_large", name)


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]>"
)


@pytest.mark.parametrize("part", [SHEET, STRINGS, TYPES, *PARTS])
def test_a_billion_laughs_are_refused_quickly(part: str) -> None:
    """Entities of XML are not read at all."""
    body = _changed({part: lambda xml: LAUGHS + xml.replace(b"</", b"&m;</", 1)})
    began = time.monotonic()
    assert _fault("a.xlsx", body) == ("not_a_file_of_ours", "a.xlsx")
    assert time.monotonic() - began < 2


def test_a_sheet_is_not_read_twice() -> None:
    """Many sheets over one part are refused before any is read, and so is a part of countless cells."""
    again = {PARTS[1]: lambda xml: xml.replace(b"/sheet2", b"/sheet1")}
    assert _fault("a.xlsx", _changed(again)) == ("not_a_file_of_ours", "a.xlsx")
    countless = {SHEET: lambda xml: xml.replace(b"</sheetData>", b"<row/>" * 600_000 + b"</sheetData>")}
    assert _fault("a.xlsx", _changed(countless)) == ("too_large", "a.xlsx")


def test_a_workbook_without_sheets_has_no_header() -> None:
    """Without a sheet there is no header to find."""
    none = {PARTS[0]: lambda xml: xml[: xml.index(b"<sheets>")] + b"<sheets/></workbook>"}
    assert _fault("a.xlsx", _changed(none)) == ("no_header", "a.xlsx")


def test_strings_may_be_shared() -> None:
    """A workbook that Excel saved is read as one that we wrote, carriage returns and all."""
    assert read_upload("a.xlsx", _changed({}), LIBRARY) == []
    saved = {STRINGS: lambda xml: xml.replace(b"1998.\nIt", b"1998._x000D_\nThat")}
    [imported] = read_upload("a.xlsx", _changed(saved), LIBRARY)
    assert imported.entry.answer_en == "It opened in 1998.\nThat is open still."


def _survives(name: str, body: bytes) -> None:
    try:
        read_upload(name, body, LIBRARY)
    except Fault as fault:
        assert fault.reason in REASONS


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.sampled_from(["a.xlsx", "a.zip", "a.toml", "a"]), st.binary(max_size=300), st.booleans())
def test_garbage_is_a_fault(name: str, body: bytes, packed: bool) -> None:
    """Whatever the bytes are, they are refused in the one way that callers expect."""
    _survives(name, b"PK\x03\x04" + body if packed else body)


FILES = {
    "a.xlsx": to_workbook(LIBRARY),
    "a.zip": to_toml(LIBRARY),
    "a.toml": _toml({"id": "books", "question_en": "How many?", "asks": ["a", "b"], "related": []}),
}


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.sampled_from(sorted(FILES)), st.integers(0, 2**20), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_a_fault(name: str, at: int, damage: bytes) -> None:
    """A file of ours with bytes overwritten anywhere is taken in or refused, and nothing else happens."""
    body = FILES[name]
    at %= len(body)
    _survives(name, body[:at] + damage + body[at + len(damage) :])


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.sampled_from([TYPES, SHEET, STRINGS, *PARTS]), st.integers(0, 2**20), st.binary(max_size=4))
def test_a_damaged_part_is_a_fault(part: str, at: int, damage: bytes) -> None:
    """So is a workbook whose zip is whole and whose XML is not."""

    def damaged(xml: bytes) -> bytes:
        return xml[: at % len(xml)] + damage + xml[at % len(xml) + max(len(damage), 1) :]

    _survives("a.xlsx", _changed({part: damaged}))


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_comes_back(question: str, answer: str, asks: list[str]) -> None:
    """Whatever the texts are, an exported entry is unchanged when it is sent back."""
    entry = Entry("books", f"q{question}", "Q", f"a{answer}", "A", ("what",), ("x", *asks), "s")
    knowledge = Knowledge((entry,))
    assert read_upload("a.xlsx", to_workbook(knowledge), knowledge) == []
    assert read_upload("a.zip", to_toml(knowledge), knowledge) == []
