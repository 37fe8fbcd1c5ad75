"""Subscribers: the chats that receive broadcasts; what each wants, how often, and when not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bot.core.people import Language

DIGEST_TIME: Final = time(8, 0)
"""When a digest is sent, local time."""
DIGEST_WEEKDAY: Final = 0
"""And on which day the weekly one: Monday."""
MINUTES_OF_DAY: Final = 24 * 60


class Category(StrEnum):
    """What a subscriber may receive or decline."""

    LESSONS = "lessons"
    FORUMS = "forums"
    MEETINGS = "meetings"


class Pause(StrEnum):
    """For how long a subscriber wants nothing, where no date is typed."""

    WEEK = "week"
    MONTH = "month"

    @property
    def days(self) -> int:
        return 7 if self is Pause.WEEK else 30


class Rhythm(StrEnum):
    """How often."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class QuietHours:
    """The part of the local day in which nothing is sent, in minutes since midnight; the same twice: none."""

    begin: int
    end: int

    @property
    def begins_at(self) -> time:
        return _time_of(self.begin)

    @property
    def ends_at(self) -> time:
        return _time_of(self.end)

    def over_at(self, local: datetime) -> datetime | None:
        """When the quiet hours end in which this moment lies; None outside them."""
        minute = local.hour * 60 + local.minute
        since = (minute - self.begin) % MINUTES_OF_DAY
        if since >= (self.end - self.begin) % MINUTES_OF_DAY:
            return None
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        end = midnight + timedelta(minutes=self.end)
        return end if end > local else end + timedelta(days=1)


def _time_of(minute: int) -> time:
    return time(*divmod(minute, 60))


@dataclass(frozen=True)
class Hours:
    """The group's time zone, and the quiet hours of whoever chose none."""

    zone: ZoneInfo
    quiet: QuietHours

    def quiet_until(self, quiet: QuietHours | None, now: datetime) -> datetime | None:
        """When somebody's quiet hours are over; None when it is not quiet now."""
        return (quiet or self.quiet).over_at(now.astimezone(self.zone))

    def day_after(self, days: int, now: datetime) -> datetime:
        """When the local day begins that is so many days ahead."""
        return self.begin_of(now.astimezone(self.zone).date() + timedelta(days=days))

    def begin_of(self, day: date) -> datetime:
        """When a local day begins."""
        return datetime.combine(day, time(), self.zone)

    def next_digest(self, rhythm: Rhythm, now: datetime) -> datetime:
        """When the next message of this rhythm goes; `now` itself where everything goes at once."""
        if rhythm is Rhythm.AT_ONCE:
            return now
        local = now.astimezone(self.zone)
        coming = datetime.combine(local.date(), DIGEST_TIME, self.zone)
        if rhythm is Rhythm.WEEKLY:
            coming += timedelta(days=(DIGEST_WEEKDAY - coming.weekday()) % 7)
        if coming >= local:
            return coming
        return coming + timedelta(days=7 if rhythm is Rhythm.WEEKLY else 1)


def read_quiet_hours(text: str) -> QuietHours:
    """Quiet hours as a setting has them, `20:00-07:00` or `none`; ValueError for anything else."""
    if text.strip().lower() == "none":
        return QuietHours(0, 0)
    begin, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    return QuietHours(begin.hour * 60 + begin.minute, end.hour * 60 + end.minute)


QUIET_CHOICES: Final = (
    QuietHours(18 * 60, 7 * 60),
    QuietHours(21 * 60, 6 * 60),
    QuietHours(22 * 60, 5 * 60),
    QuietHours(0, 0),
)
"""What a subscriber may choose beside the quiet hours of the settings; the last is none."""
USUAL_HOURS: Final = Hours(ZoneInfo("Asia/Phnom_Penh"), QuietHours(20 * 60, 7 * 60))


@dataclass(frozen=True)
class Preferences:
    """What a chat wants. `quiet` is None until chosen; a pause ends by itself."""

    categories: frozenset[Category] = frozenset(Category)
    muted_themes: frozenset[str] = frozenset()
    rhythm: Rhythm = Rhythm.AT_ONCE
    quiet: QuietHours | None = None
    paused_until: datetime | None = None

    def wants(self, category: Category | None, themes: Collection[str], now: datetime) -> bool:
        """Whether it wants this; of what has several themes, one that it did not mute is enough.

        What has no category is meant for this person, and always wanted.
        """
        if category is None:
            return True
        if category not in self.categories or self.is_paused(now):
            return False
        return not themes or not self.muted_themes.issuperset(themes)

    def is_paused(self, now: datetime) -> bool:
        """Whether it wants nothing at all for a while."""
        return self.paused_until is not None and now < self.paused_until


@dataclass(frozen=True)
class Subscriber:
    """A chat with what it wants; a group has a title and a language of its own."""

    chat_id: int
    preferences: Preferences = Preferences()
    title: str = ""
    language: Language | None = None

    @property
    def is_group(self) -> bool:
        """Whether it is a group chat; Telegram numbers those downwards."""
        return self.chat_id < 0

    @property
    def reads(self) -> Language:
        """The language of a group: Khmer until its administrators choose."""
        return self.language or "km"


class Subscribers(Protocol):
    """What the bot remembers of chats as subscribers. What changes a wish tells whether it was another."""

    async def subscriber(self, chat_id: int) -> Subscriber:
        """The chat with what it wants: everything, until it said otherwise."""

    async def want(self, chat_id: int, category: Category, wanted: bool) -> bool:
        """Receive or decline a category."""

    async def mute(self, chat_id: int, theme: str, muted: bool) -> bool:
        """Decline a theme, or receive it again."""

    async def set_rhythm(self, chat_id: int, rhythm: Rhythm, now: datetime) -> bool:
        """Receive so often, also what waits already."""

    async def set_quiet(self, chat_id: int, quiet: QuietHours | None) -> bool:
        """Be left in peace then; None: in the quiet hours of the settings."""

    async def pause(self, chat_id: int, until: datetime | None) -> bool:
        """Receive nothing until then; None ends the pause."""

    async def speak(self, chat_id: int, language: Language) -> bool:
        """The language that a group reads."""

    async def meet_group(self, chat_id: int, title: str) -> None:
        """The bot is in a group and may write there: remembered if new, and reachable again."""

    async def mark_out_of_reach(self, chat_ids: Collection[int], now: datetime) -> None:
        """These persons blocked the bot, or it is no longer in these groups."""

    async def move(self, old: int, new: int) -> None:
        """A group became a supergroup and has another id: all that it subscribed and chose goes along."""
