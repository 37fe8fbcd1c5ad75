"""Rows of buttons. A button's data is a verb and its arguments, parted by colons, in at most 64 bytes."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

Row = list[InlineKeyboardButton]
MOST_BUTTONS: Final = 90
"""Telegram takes a hundred under a message; the others of a long list are found by words."""


def button(label: str, verb: str, *arguments: object) -> InlineKeyboardButton:
    """An inline button that sends `verb:argument:…` when pressed."""
    return InlineKeyboardButton(label, callback_data=":".join([verb, *(str(a) for a in arguments)]))


def column(buttons: Iterable[InlineKeyboardButton]) -> list[Row]:
    """One button a row; of a very long list, the first."""
    return [[one] for one in islice(buttons, MOST_BUTTONS)]


def grid(buttons: Sequence[InlineKeyboardButton], width: int = 2) -> list[Row]:
    """Rows of `width` buttons."""
    return [list(buttons[i : i + width]) for i in range(0, len(buttons), width)]


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """The rows that have buttons, as Telegram wants them."""
    return InlineKeyboardMarkup([row for row in rows if row])
