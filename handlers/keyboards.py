"""Rows of buttons. A button's data is a verb and its arguments, parted by colons, in at most 64 bytes."""

from collections.abc import Iterable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

Row = list[InlineKeyboardButton]


def button(label: str, verb: str, *arguments: object) -> InlineKeyboardButton:
    """An inline button that sends `verb:argument:…` when pressed."""
    return InlineKeyboardButton(label, callback_data=":".join([verb, *(str(a) for a in arguments)]))


def column(buttons: Iterable[InlineKeyboardButton]) -> list[Row]:
    """One button a row."""
    return [[one] for one in buttons]


def grid(buttons: Sequence[InlineKeyboardButton], width: int = 2) -> list[Row]:
    """Rows of `width` buttons."""
    return [list(buttons[i : i + width]) for i in range(0, len(buttons), width)]


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """The rows that have buttons, as Telegram wants them."""
    return InlineKeyboardMarkup([row for row in rows if row])
