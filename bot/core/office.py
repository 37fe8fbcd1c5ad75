"""Office hours: when coordinators are at work, and which days are public holidays."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from holidays import country_holidays
from opening_hours import OpeningHours, State, validate

from bot.core.people import Language

# Round the clock, also on public holidays.
ALWAYS: Final = "24/7"
# How far ahead an opening or a closing is looked for.
FARTHEST: Final = timedelta(days=366)

_DAY: Final = timedelta(days=1)
# Days and times that the syntax knows, but that differ from country to country or from place to place.
_LOCAL: Final = re.compile(r"\b(?:PH|SH|dawn|sunrise|sunset|dusk)\b")


def read_hours(hours: str) -> OpeningHours:
    """Hours in the syntax of OpenStreetMap. Raises ValueError when they are written in another way."""
    if not validate(hours.strip()):
        raise ValueError(
            f"{hours!r} are no office hours; write days and times like Mo-Fr 08:00-12:00,13:30-17:00"
        )
    read = OpeningHours(hours.strip())
    if local := _LOCAL.search(str(read)):
        raise ValueError(
            f"the office hours {hours!r} name {local[0]}, which the bot cannot tell; "
            "leave it out (public holidays are closed anyhow) and write times like 08:00-17:00"
        )
    return read


class Office:
    """The office hours in one time zone. Cambodia's public holidays are closed, unless it is open ALWAYS.

    Every moment is an aware datetime, in any zone; those returned are in the office's own.
    """

    def __init__(self, hours: str, zone: ZoneInfo) -> None:
        """Raises ValueError when the hours are written in another way."""
        self._hours, self._zone = read_hours(hours), zone
        self._always = str(self._hours) == ALWAYS
        self._holidays = {
            "km": country_holidays("KH", language="km"),
            "en": country_holidays("KH", language="en_US"),
        }

    def is_open(self, now: datetime) -> bool:
        """Whether coordinators are at work."""
        return self._always or self._present(now) is not None

    def closes_at(self, now: datetime) -> datetime | None:
        """When the present stretch of work ends, be it for lunch; None when closed, or open ALWAYS."""
        closes = None if self._always else self._present(now)
        return closes and closes.astimezone(self._zone)

    def opens_at(self, now: datetime) -> datetime | None:
        """The next opening after now; None when there is none within FARTHEST."""
        now = now.astimezone(UTC)
        opens = next((opens for opens, _ in self._stretches(now, now + FARTHEST) if opens > now), None)
        return opens and opens.astimezone(self._zone)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The office time between two moments; nothing when the end is not after the start."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        shares = (min(end, closes) - max(start, opens) for opens, closes in self._stretches(start, end))
        return sum((max(share, timedelta()) for share in shares), timedelta())

    def holiday(self, day: date, language: Language) -> str | None:
        """The name of the public holiday, if the day is one."""
        return self._holidays[language].get(day)

    def _present(self, now: datetime) -> datetime | None:
        """The end of the stretch of work that goes on now, in UTC."""
        now = now.astimezone(UTC)
        opens, closes = next(self._stretches(now, now + FARTHEST), (now, now))
        return closes if opens <= now < closes else None

    def _stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of work that end after start and begin before end, in order, in UTC."""
        stretch: tuple[datetime, datetime] | None = None
        for opens, closes in self._pieces(start, end):
            if stretch and stretch[1] == opens:  # it went on past midnight
                stretch = stretch[0], closes
                continue
            if stretch and stretch[1] > start:
                yield stretch
            stretch = opens, closes
        if stretch and stretch[1] > start:
            yield stretch

    def _pieces(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of work on each day, cut at midnight, from the day of start on."""
        day = datetime.combine(start.astimezone(self._zone).date(), time())
        while self._utc(day) < end:
            if self._always or day.date() not in self._holidays["en"]:
                for opens, closes, state, _ in self._hours.intervals(day, day + _DAY):
                    if state == State.OPEN:
                        yield self._utc(opens), self._utc(closes)
            day += _DAY

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)
