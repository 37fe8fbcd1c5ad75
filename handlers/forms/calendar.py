"""A small calendar of buttons: one month, with the weekdays above and ways to the months beside it."""

from collections.abc import Callable
from datetime import date
from typing import Final

from telegram import InlineKeyboardButton

from bot.core.months import beside, weeks_of
from handlers.keyboards import Row
from messages.dates import FIRST_WEEKDAY, digits, month_name, weekday_letters

_NOTHING: Final = "·"
"""Stands where no day can be pressed; Telegram takes no empty button."""


def month_rows(
    language: str, month: date, today: date, tap: Callable[[str, str], InlineKeyboardButton]
) -> list[Row]:
    """The month as rows of buttons; `tap` makes one with its label and the move of the form that it does."""
    before, after = beside(month, today)
    head = [tap(month_name(language, month), "idle")]
    if before:
        head.insert(0, tap("‹", f"month-{before:%Y-%m}"))
    if after:
        head.append(tap("›", f"month-{after:%Y-%m}"))
    weekdays = [tap(letters, "idle") for letters in weekday_letters(language)]
    weeks = [
        [
            tap(digits(language, day.day), f"pick-{day.isoformat()}") if day else tap(_NOTHING, "idle")
            for day in week
        ]
        for week in weeks_of(month, today, FIRST_WEEKDAY)
    ]
    return [head, weekdays, *weeks]
