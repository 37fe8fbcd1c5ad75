"""Forums and meetings: what is announced, and how a typed date and time are understood."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

import dateparser

from bot.core.forms import Field, Form, Moment, Refused, text_between
from bot.core.khmer import normalise

FARTHEST: Final = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Event:
    """A forum or meeting. `starts_at` carries its time zone."""

    id: int
    title: str
    starts_at: datetime
    place: str


def date_of(text: str, moment: Moment) -> str | Refused:
    """A form's check: the day meant, as YYYY-MM-DD; Khmer, English, digits, today and tomorrow."""
    parsed: datetime | None = dateparser.parse(
        _typed(text),
        languages=["km", "en"],
        settings={
            "DATE_ORDER": "DMY",
            "PREFER_DATES_FROM": "future",
            "REQUIRE_PARTS": ["day", "month"],
            "RELATIVE_BASE": moment.now.replace(tzinfo=None),
        },
    )
    if parsed is None:
        return Refused("no_date")
    today = moment.now.date()
    if parsed.date() < today:
        return Refused("past_date")
    if parsed.date() > today + FARTHEST:
        return Refused("far_date")
    return parsed.date().isoformat()


def time_of(text: str, _: Moment) -> str | Refused:
    """A form's check: the time of day meant, as HH:MM; `8:30`, `២ រសៀល`, `14h`, `2 pm`."""
    found = _TIME.fullmatch(_typed(text))
    if not found:
        return Refused("no_time")
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    later = found["period"] in _AFTERNOON
    if later and hour < 12:
        hour += 12
    if found["period"] in _MORNING and hour == 12:
        hour = 0
    if hour > 23 or minute > 59:
        return Refused("no_time")
    return f"{hour:02}:{minute:02}"


def starts_at(form: Form, moment: Moment) -> datetime:
    """The start that a finished form tells, in the group's time zone."""
    day = date.fromisoformat(form.answers["date"])
    hour = time.fromisoformat(form.answers["time"])
    return datetime.combine(day, hour, tzinfo=moment.now.tzinfo)


def _typed(text: str) -> str:
    return re.sub(r"^(ថ្ងៃទី|ម៉ោង)\s*", "", normalise(text[:60])).strip()


_MORNING: Final = {normalise("ព្រឹក"), "am", "a.m."}
_AFTERNOON: Final = {normalise(word) for word in ("រសៀល", "ល្ងាច", "យប់")} | {"pm", "p.m."}
_PERIODS: Final = "|".join(re.escape(word) for word in sorted(_MORNING | _AFTERNOON))
_TIME: Final = re.compile(rf"(?P<hour>\d{{1,2}})(?:[:.h](?P<minute>\d{{2}})|h)?\s*(?P<period>{_PERIODS})?")


FIELDS: Final = (
    Field("title", text_between(3, 200)),
    Field("date", date_of),
    Field("time", time_of),
    Field("place", text_between(2, 300)),
)


class Events(Protocol):
    """What the bot remembers of forums and meetings."""

    async def upcoming(self, now: datetime) -> list[Event]: ...

    async def event(self, event_id: int) -> Event | None: ...
