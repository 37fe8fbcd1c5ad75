"""What coordinators take along as a spreadsheet: recipients, seats, steps of plans, members."""

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

WIDTHS = (28, 50, 10, 18, 10, 22, 40)


def to_workbook(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str | int]],
    widths: Sequence[int] = WIDTHS,
) -> bytes:
    """Return an .xlsx with one sheet, its columns so many signs wide; texts are never read as formulas."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("openpyxl made a workbook without a sheet")
    sheet.title = title[:31]
    for number, values in enumerate([headings, *rows], 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(number, column)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"
    for column, width in enumerate(widths, 1):
        cell = sheet.cell(1, column)
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()
