"""How a typed date and time are understood, in Khmer and English, in words and figures."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import dateparser
from dateutil.relativedelta import relativedelta

from bot.core.forms import Answered, Moment, Refused
from bot.core.khmer import normalise

FARTHEST: Final = timedelta(days=3 * 366)


def date_of(text: str, moment: Moment) -> str | Refused:
    """A form's check: the day meant, as YYYY-MM-DD; in Khmer or English, in words or figures."""
    typed = _typed(text).split(_CLOCK)[0].strip()  # the time is asked for by itself
    today = moment.now.date()
    if typed in _DAYS_AHEAD:
        return (today + timedelta(days=_DAYS_AHEAD[typed])).isoformat()
    if weekday := _ONLY_WEEKDAY.fullmatch(typed):
        coming_one: date = today + relativedelta(days=1, weekday=WEEKDAYS[weekday["day"]])
        return coming_one.isoformat()
    day = _parsed(typed, today, "current_period")
    coming = _parsed(typed, today, "future") if day is None or day < today else None
    if coming and (day is None or coming.year - day.year <= _LEAP_YEARS_APART):
        day = coming  # no year was written, or the day's name alone
    if day is None:
        return Refused("no_date")
    if not _fits_weekday(typed, day):
        return Refused("other_weekday")
    if day < today:
        return Refused("past_date")
    if day > today + FARTHEST:
        return Refused("far_date")
    return day.isoformat()


def coming_day(text: str, moment: Moment) -> str | Refused:
    """A form's check: the same for a day after today."""
    day = date_of(text, moment)
    return Refused("only_today") if day == moment.now.date().isoformat() else day


def _fits_weekday(typed: str, day: date) -> bool:
    """Whether the day of the week that was written, if any, is that of the date."""
    written = {number for name, number in WEEKDAYS.items() if name in typed}
    return not written or day.weekday() in written


def _parsed(typed: str, today: date, prefer: str) -> date | None:
    parsed: datetime | None = dateparser.parse(
        _WORDS_AROUND.sub(" ", typed),
        languages=["km", "en"],
        settings={
            "DATE_ORDER": "DMY",
            "PARSERS": ["relative-time", "absolute-time"],
            "PREFER_DATES_FROM": prefer,
            "REQUIRE_PARTS": ["day", "month"],
            "RELATIVE_BASE": datetime.combine(today, time()),
        },
    )
    return parsed.date() if parsed else None


def start_of(text: str, moment: Moment) -> Answered:
    """A form's check: the day meant and, where it is told as well, the time: the fields `date` and `time`."""
    for words, clock in with_clock(text):
        hour = time_of(clock, moment)
        day = date_of(words, moment)
        if hour == Refused("no_time") or day == Refused("no_date"):
            continue
        if isinstance(day, Refused):
            return day
        if isinstance(hour, Refused):
            return replace(hour, kept={"date": day}, at="time")
        meant = _coming(day, hour, moment)
        if isinstance(meant, Refused):
            return meant
        return {"date": day, "time": hour}
    return date_of(text, moment)


def with_clock(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read a text as some words with a time before or behind them: the words, and the time."""
    words = _AT.sub(" ", _typed(text)).replace(_CLOCK, f" {_CLOCK} ").split()
    for cut in range(1, len(words)):
        first, last = " ".join(words[:cut]), " ".join(words[cut:])
        for rest, clock in ((first, last), (last, first)):
            if _PLAINLY_TIME.search(clock):
                yield rest, clock


def moment_of(text: str, moment: Moment) -> datetime | Refused:
    """The day and time meant, in the zone of the moment; a time alone is today's. `tomorrow 8 am`."""
    words = _AT.sub(" ", _typed(text)).split()
    trouble = Refused("no_time")
    for cut in range(len(words)):
        day = date_of(" ".join(words[:cut]), moment) if cut else moment.now.date().isoformat()
        hour = time_of(" ".join(words[cut:]), moment)
        if isinstance(day, str) and isinstance(hour, str):
            return _coming(day, hour, moment)
        if isinstance(day, str) and isinstance(hour, Refused) and hour.reason == "which_half":
            trouble = Refused("which_half")
    return trouble


def _coming(day: str, hour: str, moment: Moment) -> datetime | Refused:
    """A moment still to come; Refused where it is past, or where the clocks are put forward over it."""
    meant = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=moment.now.tzinfo)
    if not is_real(meant):
        return Refused("no_such_time")
    return meant if meant > moment.now else Refused("past_time")


def is_real(moment: datetime) -> bool:
    """Whether clocks ever show this local time; when they are put forward, they pass over an hour."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(
        tzinfo=None
    )


def time_of(text: str, _: Moment) -> str | Refused:
    """A form's check: the time of day meant, as HH:MM; `8:30`, `២ រសៀល`, `៨ កន្លះ ព្រឹក`, `14h`, `2 pm`."""
    typed = _typed(text).removeprefix(_CLOCK).strip()
    if typed in _NOON:
        return "12:00"
    found = _TIME.fullmatch(typed)
    if not found:
        return Refused("no_time")
    minute = 30 if found["half"] else int(found["minute"] or 0)
    if not found["period"] and found["hour"] in _EITHER_HALF:
        halves = (int(found["hour"]), int(found["hour"]) + 12)
        return Refused("which_half", tuple(f"{one:02}:{minute:02}" for one in halves))
    hour = _hour_of_day(int(found["hour"]), found["period"])
    if hour is None or hour > 23 or minute > 59:
        return Refused("no_time")
    return f"{hour:02}:{minute:02}"


def end_of(text: str, moment: Moment) -> str | Refused:
    """A form's check: when something ends; a time of its first day (HH:MM), or a day and time (ISO 8601)."""
    hour = time_of(text, moment)
    return _day_and_time(text, moment) if hour == Refused("no_time") else hour


def deadline_of(text: str, moment: Moment) -> str | Refused:
    """A form's check: until when something can be done (ISO 8601); a day alone counts to its end."""
    meant = _day_and_time(text, moment)
    if meant != Refused("no_time"):
        return meant
    day = date_of(text, moment)
    return f"{day}T23:59" if isinstance(day, str) else day


def _day_and_time(text: str, moment: Moment) -> str | Refused:
    meant = moment_of(text, moment)
    return meant if isinstance(meant, Refused) else f"{meant:%Y-%m-%dT%H:%M}"


def _hour_of_day(hour: int, period: str | None) -> int | None:
    """The hour meant with a part of the day; «២ យប់» is after midnight. None when they contradict."""
    if not period:
        return hour
    if period == _MIDDAY:
        return {11: 11, 12: 12, 1: 13}.get(hour)
    if period in _MORNING or (period == _NIGHT and (hour < 5 or hour == 12)):
        return hour % 12 if hour <= 12 else None
    if hour > 12:
        return hour
    return hour % 12 + 12 if hour else None


def _typed(text: str) -> str:
    return " ".join(normalise(text[:_LONGEST]).split())


def _normal(*words: str) -> list[str]:
    return [normalise(word) for word in words]


# Days that dateparser does not know in Khmer, or takes for the moment itself.
_DAYS_AHEAD: Final = {
    **dict.fromkeys([*_normal("ថ្ងៃនេះ"), "today"], 0),
    **dict.fromkeys([*_normal("ស្អែក", "ថ្ងៃស្អែក"), "tomorrow"], 1),
    **dict.fromkeys(_normal("ខានស្អែក", "ថ្ងៃខានស្អែក"), 2),
}
# Without a year, the same day comes again after one year, 29 February after four. Farther is a written year.
_LEAP_YEARS_APART: Final = 4
WEEKDAYS: Final = {
    normalise(name): number
    for number, names in enumerate(
        (
            ("ថ្ងៃច័ន្ទ", "ថ្ងៃចន្ទ", "monday"),
            ("ថ្ងៃអង្គារ", "tuesday"),
            ("ថ្ងៃពុធ", "wednesday"),
            ("ថ្ងៃព្រហស្បតិ៍", "ថ្ងៃព្រហស្បត្តិ៍", "thursday"),
            ("ថ្ងៃសុក្រ", "friday"),
            ("ថ្ងៃសៅរ៍", "saturday"),
            ("ថ្ងៃអាទិត្យ", "sunday"),
        )
    )
    for name in names
}
"""The days of the week by name; Monday is 0."""
# dateparser would need a day and a month beside it, as nothing less is a date.
_COMING: Final = "|".join(_normal("ក្រោយ", "ខាងមុខ", "នេះ"))
_ONLY_WEEKDAY: Final = re.compile(
    rf"(?:(?:on|next|this|coming)\s+)?(?P<day>{'|'.join(WEEKDAYS)})\s*(?:{_COMING})?"
)
# What a written-out date holds beside its figures and the month's name.
_WORDS_AROUND: Final = re.compile("|".join([*WEEKDAYS, *_normal("ថ្ងៃទី", "ទី", "ខែ", "ឆ្នាំ", "ថ្ងៃ")]))
# Alone, these may be meant in the morning or in the afternoon; «02:00» and «14:00» are plain.
_EITHER_HALF: Final = frozenset("123456")
_CLOCK: Final = normalise("ម៉ោង")
_NOON: Final = _normal("ថ្ងៃត្រង់", "១២ ថ្ងៃត្រង់", "12 noon", "noon")
_MIDDAY: Final = normalise("ថ្ងៃត្រង់")
_NIGHT: Final = normalise("យប់")
_MORNING: Final = [*_normal("ព្រឹក", "ព្រលឹម"), "am", "a.m."]
_AFTERNOON: Final = [*_normal("រសៀល", "ល្ងាច", "យប់"), "pm", "p.m."]
_PERIODS: Final = "|".join(re.escape(word) for word in [*_MORNING, *_AFTERNOON, _MIDDAY])
_TIME: Final = re.compile(
    rf"(?P<hour>\d{{1,2}})(?:[:.h](?P<minute>\d{{2}})|h|\s*(?P<half>{normalise('កន្លះ')}))?"
    rf"\s*(?P<period>{_PERIODS})?"
)
# A bare number beside a date may be a year, and «8.30» a day of August: these are times beyond doubt.
_PLAINLY_TIME: Final = re.compile(rf"{_CLOCK}|:|\dh|\bnoon\b|{_PERIODS}")
_AT: Final = re.compile(r"(?:\bat\b|,)(?=\s)")
_LONGEST: Final = 80
