"""How often an event comes again, as a form keeps it and as a rule of RFC 5545."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from dateutil.rrule import rrulestr

from bot.core.events.event import Misfit

OF_SERIES: Final = "of_series"
"""The answer that holds how often an event that is in the calendar comes again: it is told, and not asked."""
LAST: Final = -1
"""The last of a weekday in a month."""


class Every(StrEnum):
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "halfyear"
    YEAR = "year"


@dataclass(frozen=True)
class Rule:
    """How often, and on which day: a weekday (Monday is 0), also the `nth` of a month, or a `day` of it.

    Without any of these it is the day of the first event. What a shorter month lacks is its last day.
    """

    every: Every
    weekday: int | None = None
    nth: int | None = None
    day: int | None = None

    @property
    def kept(self) -> str:
        """As a form's answer and a button hold it: `fortnight-tu`, `month-2tu`, `month-31`, `year`."""
        nth = "l" if self.nth == LAST else self.nth or ""
        on = self.day or ("" if self.weekday is None else f"{nth}{_CODES[self.weekday]}")
        return f"{self.every}-{on}" if on else self.every.value

    def recurrence(self, first: date) -> str:
        """The rule of RFC 5545 for events of which this is the first day."""
        frequency, interval = _FREQUENCIES[self.every]
        if frequency == "WEEKLY":
            on = {"BYDAY": _CODES[first.weekday() if self.weekday is None else self.weekday].upper()}
        elif self.weekday is not None:
            on = {"BYDAY": f"{self.nth}{_CODES[self.weekday].upper()}"}
        else:
            on = _on_day(self.day or first.day)
        if frequency == "YEARLY":
            on["BYMONTH"] = str(first.month)
        parts = {"FREQ": frequency, "INTERVAL": str(interval), **on}
        return ";".join(f"{name}={value}" for name, value in parts.items())

    def begins_on(self, first: date) -> bool:
        """Whether an event on this day follows the rule."""
        start = datetime.combine(first, time())
        return bool(rrulestr(self.recurrence(first), dtstart=start)[0] == start)

    def next_begin(self, today: date) -> date | None:
        """The next day after today on which it can begin; None where it tells no day."""
        if self.weekday is None and self.day is None:
            return None
        ahead = (today + timedelta(days=days) for days in range(1, _TWO_MONTHS))
        return next((day for day in ahead if self.begins_on(day)), None)

    def along(self, first: date) -> "Rule":
        """The same where the events are moved so that this day is the first of them."""
        if self.weekday is None:
            return Rule(self.every)
        return Rule(self.every, first.weekday(), nth_of_month(first) if self.nth else None)


def _on_day(day: int) -> dict[str, str]:
    """Of the days up to this one, the last that a month has: such as the 31st, else the 30th."""
    if day <= _SHORTEST_MONTH:
        return {"BYMONTHDAY": str(day)}
    return {"BYMONTHDAY": ",".join(map(str, range(_SHORTEST_MONTH, day + 1))), "BYSETPOS": "-1"}


def nth_of_month(day: date) -> int:
    """As which of its weekdays a day comes in its month; a fifth, which few months have, is the last."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth * 7 <= _SHORTEST_MONTH else LAST


def usual_rules(first: date) -> list[Rule]:
    """How events of which this is the first day may come again."""
    weekday = first.weekday()
    return [
        Rule(Every.WEEK, weekday),
        Rule(Every.FORTNIGHT, weekday),
        Rule(Every.MONTH, weekday, nth_of_month(first)),
        Rule(Every.MONTH, day=first.day),
        *(Rule(every) for every in (Every.QUARTER, Every.HALF_YEAR, Every.YEAR)),
    ]


def rule_from(kept: str) -> Rule | None:
    """The rule that a form's answer holds; None where it holds none."""
    found = _KEPT.fullmatch(kept)
    if not found:
        return None
    weekday = found["weekday"] or found["of_month"]
    nth = LAST if found["nth"] == "l" else found["nth"]
    return Rule(
        Every(found["weekly"] or found["monthly"] or found["yearly"]),
        _CODES.index(weekday) if weekday else None,
        int(nth) if nth else None,
        int(found["day"]) if found["day"] else None,
    )


def rule_told(repeats: str, day: date) -> Rule | None:
    """The rule that is told of an event on this day: none of one that was moved away from its rule."""
    rule = rule_from(repeats)
    return rule if rule and rule.begins_on(day) else None


def misfit_of_rule(answers: Mapping[str, str]) -> Misfit | None:
    """Why the event that a form tells cannot come again as the form says."""
    rule = rule_from(answers.get("repeats", ""))
    if rule and "event" in answers:
        return Misfit("repeats", "rule_for_one")
    if rule and not rule.begins_on(date.fromisoformat(answers["date"])):
        return Misfit("repeats", "other_day_of_rule")
    return None


_TWO_MONTHS: Final = 63  # days; in so many, every day of a month comes
_SHORTEST_MONTH: Final = monthrange(2027, 2)[1]
_CODES: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
_FREQUENCIES: Final = {
    Every.WEEK: ("WEEKLY", 1),
    Every.FORTNIGHT: ("WEEKLY", 2),
    Every.MONTH: ("MONTHLY", 1),
    Every.QUARTER: ("MONTHLY", 3),
    Every.HALF_YEAR: ("MONTHLY", 6),
    Every.YEAR: ("YEARLY", 1),
}
_WEEKDAY: Final = "|".join(_CODES)
_KEPT: Final = re.compile(
    rf"(?P<weekly>week|fortnight)(?:-(?P<weekday>{_WEEKDAY}))?"
    rf"|(?P<monthly>month|quarter|halfyear)"
    rf"(?:-(?:(?P<nth>[1-4l])(?P<of_month>{_WEEKDAY})|(?P<day>[1-9]|[12][0-9]|3[01])))?"
    r"|(?P<yearly>year)"
)
