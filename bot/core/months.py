"""A month of the calendar as it is offered to press: its days, and which of them can be chosen."""

import re
from calendar import Calendar
from datetime import date
from typing import Final

from dateutil.relativedelta import relativedelta

from bot.core.dates import FARTHEST


def month_of(text: str, today: date) -> date:
    """The first day of the month that a date or month names (YYYY-MM…), the nearest that can be chosen.

    Where it names none, this month.
    """
    named = _MONTH.match(text)
    month = date(int(named["year"]), int(named["month"]), 1) if named else today
    return min(max(month, today), today + FARTHEST).replace(day=1)


def beside(month: date, today: date) -> tuple[date | None, date | None]:
    """The months before and after it, where days of theirs can be chosen."""
    before, after = month + relativedelta(months=-1), month + relativedelta(months=1)
    return before if month > today else None, after if can_be_chosen(after, today) else None


def weeks_of(month: date, today: date, first_weekday: int) -> list[list[date | None]]:
    """Its weeks that are not over, None for every day that cannot be chosen; Monday is weekday 0."""
    weeks = Calendar(first_weekday).monthdatescalendar(month.year, month.month)
    offered = [
        [day if day.month == month.month and can_be_chosen(day, today) else None for day in week]
        for week in weeks
    ]
    return [week for week in offered if any(week)]


def can_be_chosen(day: date, today: date) -> bool:
    """Whether a day is neither past nor too far ahead."""
    return today <= day <= today + FARTHEST


_MONTH: Final = re.compile(r"(?P<year>[1-9]\d{3})-(?P<month>0[1-9]|1[0-2])", re.ASCII)
