"""What people are told of an event by the clock: reminders before it, questions after it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

MORNING: Final = time(8)
HOLDS: Final = timedelta(days=7)
"""So long the question how it was, and the last one for the minutes, are of use."""


class Notice(StrEnum):
    """By when it is due. Days before and after are whole ones, at a fixed hour; hours count to the start."""

    TWO_WEEKS = "14d"
    WEEK = "7d"
    THREE_DAYS = "3d"
    DAY = "1d"
    TWO_HOURS = "2h"
    HOUR = "1h"
    FEEDBACK = "feedback"  # of those who came, the next morning
    MINUTES_3 = "minutes-3d"  # of the organiser, where they are still missing
    MINUTES_7 = "minutes-7d"
    MINUTES_14 = "minutes-14d"


class NoticeState(StrEnum):
    DUE = "due"
    SENT = "sent"
    MISSED = "missed"  # the bot was down until it was of no use any more
    DROPPED = "dropped"  # the event was moved or cancelled, or what was to be asked for is there


REMINDERS: Final = (
    Notice.TWO_WEEKS,
    Notice.WEEK,
    Notice.THREE_DAYS,
    Notice.DAY,
    Notice.TWO_HOURS,
    Notice.HOUR,
)
USUAL_REMINDERS: Final = (Notice.WEEK, Notice.DAY, Notice.TWO_HOURS)
MINUTES: Final = (Notice.MINUTES_3, Notice.MINUTES_7, Notice.MINUTES_14)
_DAYS_BEFORE: Final = {Notice.TWO_WEEKS: 14, Notice.WEEK: 7, Notice.THREE_DAYS: 3, Notice.DAY: 1}
_HOURS_BEFORE: Final = {Notice.TWO_HOURS: 2, Notice.HOUR: 1}
_DAYS_AFTER: Final = {Notice.MINUTES_3: 3, Notice.MINUTES_7: 7, Notice.MINUTES_14: 14}


@dataclass(frozen=True)
class Due:
    """A notice that goes out from `at` on, and is of use until then; both in UTC."""

    notice: Notice
    at: datetime
    until: datetime


def notices_of(
    starts_at: datetime,
    ends_at: datetime | None,
    reminders: Collection[Notice],
    zone: ZoneInfo,
    now: datetime,
) -> list[Due]:
    """What is to be told by the clock, in order of time; what should have gone already is left out.

    An event of which no end was told ends on its first day, in the group's time zone.
    """
    over = (ends_at or starts_at).astimezone(zone).date()
    before = sorted((_before(one, starts_at, zone), one) for one in reminders)
    asking = [(_morning(over + timedelta(days=days), zone), one) for one, days in _DAYS_AFTER.items()]
    feedback = _morning(over + timedelta(days=1), zone)
    planned = [
        *_each_until_the_next(before, starts_at.astimezone(UTC)),
        Due(Notice.FEEDBACK, feedback, feedback + HOLDS),
        *_each_until_the_next(asking, asking[-1][0] + HOLDS),
    ]
    return [due for due in planned if due.at > now]


def _each_until_the_next(dues: Sequence[tuple[datetime, Notice]], last: datetime) -> list[Due]:
    _, *ends = [*(at for at, _ in dues), last]
    return [Due(notice, at, until) for (at, notice), until in zip(dues, ends, strict=True)]


def _before(reminder: Notice, starts_at: datetime, zone: ZoneInfo) -> datetime:
    if reminder in _HOURS_BEFORE:
        return starts_at.astimezone(UTC) - timedelta(hours=_HOURS_BEFORE[reminder])
    return _morning(starts_at.astimezone(zone).date() - timedelta(days=_DAYS_BEFORE[reminder]), zone)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MORNING, zone).astimezone(UTC)
