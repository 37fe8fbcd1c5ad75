"""The knowledge as a spreadsheet, a row an entry."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from itertools import islice
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.chartsheet import Chartsheet
from openpyxl.packaging.relationship import Relationship
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.core.knowledge import Knowledge
from bot.exchange.archive import unpack
from bot.exchange.rows import (
    COLUMNS,
    MAX_ENTRIES,
    MAX_PIECES,
    Fault,
    Row,
    by_chapter,
    clean,
    only_faults,
    row_of,
)

_WIDTHS: Final = {"id": 24, "chapter": 14, "question_km": 36, "question_en": 36, "related": 28, "source": 40}
_WIDTH: Final = 60
_WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
_HELP: Final = (
    "សូមកែសំណួរ ចម្លើយ និងរបៀបសួរ (asks មួយក្នុងមួយបន្ទាត់) ក្នុងសន្លឹក Knowledge រួចរក្សាទុកជា .xlsx ហើយផ្ញើឯកសារមកប្រព័ន្ធវិញ។",
    "ជួរដែលគ្មាន id គឺជាសំណួរថ្មី។ សូមកុំប្តូរ id ដែលមានស្រាប់។",
    "បើ chapter ទទេ សំណួរដែលមានស្រាប់នៅក្នុងប្រធានបទដដែល ហើយសំណួរថ្មីមិនស្ថិតក្នុងប្រធានបទណាឡើយ។",
    "ជួរដែលមិនមានក្នុងឯកសារ នៅដដែលក្នុងប្រព័ន្ធ។ ការលុបជួរមិនដកអ្វីចេញពីប្រព័ន្ធទេ។",
    "",
    "Edit the questions, the answers and the ways of asking (asks, one a line) in the sheet Knowledge, "
    "save it as .xlsx, and send the file back to the bot.",
    "A row without an id is a new entry. Please do not change an id that is there.",
    "Where the chapter is empty, an entry stays in its chapter, and a new entry is in none.",
    "A row that is left out stays as it is in the bot: nothing is retired by leaving it out.",
)

# Excel's own bounds, and ours for what a small table needs.
_MAX_ROWS: Final = 1_048_576
_MAX_CELL: Final = 32_767
_MAX_COLUMNS: Final = 100
_HEADER_WITHIN: Final = 20

# How Excel writes a carriage return, and how people tell it that what follows is text.
_CARRIAGE_RETURN = re.compile("_x000d_", re.IGNORECASE)
_TEXT_MARK = re.compile(r"\A'(?=[^']*\Z)")


def to_workbook(knowledge: Knowledge) -> bytes:
    """Return the entries as an .xlsx file."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Knowledge"
    sheet.freeze_panes = "A2"
    for number, name in enumerate(COLUMNS, start=1):
        _write(sheet, 1, number, name)
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, _WIDTH)
    rows = [
        row_of(entry, chapter.id if chapter else "")
        for chapter, entries in by_chapter(knowledge)
        for entry in entries
    ]
    for line, row in enumerate(rows, start=2):
        for number, name in enumerate(COLUMNS, start=1):
            _write(sheet, line, number, row[name])
    _write_help(book.create_sheet("Help"))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_help(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width = 2 * _WIDTH
    for number, sentence in enumerate(_HELP, start=1):
        _write(sheet, number, 1, sentence)


def _write(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Write a text as text, also where a spreadsheet would take it for a formula or an error."""
    cell = sheet.cell(row, column, text)
    cell.data_type = "s"
    cell.alignment = _WRAPPED
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))


def read_workbook(name: str, body: bytes) -> list[Row]:
    """Return the rows of the sheet that has our header. Raises Fault."""
    parts = unpack(name, body)
    if sum(content.count(b"<") for _, content in parts) > MAX_PIECES:
        raise Fault("too_large", name)
    with only_faults("not_a_file_of_ours", name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they name what is in cells
        reader = _Reader(_repacked(parts), read_only=True, data_only=True, keep_links=False)
        reader.read()
        for sheet in reader.wb.worksheets:
            if (found := _header(sheet)) is not None:
                rows = list(islice(_rows(sheet, *found), MAX_ENTRIES + 1))
                if len(rows) > MAX_ENTRIES:
                    raise Fault("too_many", name)
                return rows
    raise Fault("no_header", name)


class _Reader(ExcelReader):
    """openpyxl's reader, without charts, and without the same sheet read a thousand times."""

    def read_worksheets(self) -> None:
        targets = [relation.target for _, relation in self.parser.find_sheets()]
        if len(set(targets)) < len(targets):
            raise ValueError("two sheets are one part")
        super().read_worksheets()

    def read_chartsheet(self, sheet: Chartsheet, rel: Relationship) -> None:
        """A chart has no rows."""


def _repacked(parts: Iterable[tuple[str, bytes]]) -> io.BytesIO:
    """Return a zip of nothing but what was measured."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in dict(parts).items():
            archive.writestr(path, content)
    return file


def _header(sheet: Worksheet) -> tuple[int, dict[str, int]] | None:
    """Return the number of the header's row, and where each of our columns stands in it."""
    for number, cells in enumerate(_cells(sheet, _HEADER_WITHIN), start=1):
        names = [_column(cell.value) for cell in cells]
        columns: dict[str, int] = {name: names.index(name) for name in COLUMNS if name in names}
        if any("question" in name for name in columns) and any("answer" in name for name in columns):
            return number, columns
    return None


def _column(value: object) -> str:
    return re.sub(r"[\s_-]+", "_", clean(value).lower()) if isinstance(value, str) and len(value) < 40 else ""


def _rows(sheet: Worksheet, header: int, columns: dict[str, int]) -> Iterator[Row]:
    for number, cells in enumerate(_cells(sheet, _MAX_ROWS), start=1):
        if number > header and any(cells[index].value is not None for index in columns.values()):
            texts = {name: _text(cells[index], str(number)) for name, index in columns.items()}
            if any(texts.values()):
                yield Row(str(number), texts)


def _cells(sheet: Worksheet, rows: int) -> Iterator[tuple[Any, ...]]:
    """Return every row from the first on, blank ones too, all of the same width."""
    return iter(sheet.iter_rows(min_row=1, max_row=rows, min_col=1, max_col=_MAX_COLUMNS))


def _text(cell: Any, place: str) -> str:
    """Return what a cell holds, whatever Excel took it for, as the text that was meant. Raises Fault."""
    if cell.data_type == "e":
        raise Fault("cell_error", place)
    match cell.value:
        case None:
            return ""
        case bool(value):
            return str(value).upper()
        case float(value):
            return f"{value:.15g}"
        case datetime() as value if value.time() == time():
            return value.date().isoformat()
        case datetime() as value:
            return value.isoformat(" ", "minutes")
        case value:
            text = str(value)
    if len(text) > _MAX_CELL:
        raise Fault("too_long", place)
    return _TEXT_MARK.sub("", clean(_CARRIAGE_RETURN.sub("\r", text)))
