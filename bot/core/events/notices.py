"""What people are told of an event by the clock: reminders before it, questions after it."""

from enum import StrEnum
from typing import Final


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
