"""Notices of an event as they stand: what is due, what was told to how many, what was missed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bot.core.events.event import Event
from bot.core.events.notices import REMINDERS, Notice, NoticeState
from bot.core.people import Language

_FEW_HOURS: Final = 6
"""What is at most so far off is counted in hours, also over midnight."""


class Ahead(StrEnum):
    """How far off something is, as people say it; days and hours are counted."""

    DAYS = "days"
    TOMORROW = "tomorrow"
    TODAY = "today"
    HOURS = "hours"
    SOON = "soon"


def ahead(starts_at: datetime, zone: ZoneInfo, now: datetime) -> tuple[Ahead, int]:
    """How far off a start is, and how many of days or hours that are."""
    days = (starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    hours = round((starts_at - now) / timedelta(hours=1))
    if hours < 1:
        return Ahead.SOON, 0
    if hours <= _FEW_HOURS:
        return Ahead.HOURS, hours
    if days < 1:
        return Ahead.TODAY, 0
    return (Ahead.TOMORROW, 1) if days == 1 else (Ahead.DAYS, days)


@dataclass(frozen=True)
class PlannedNotice:
    """A notice of an event, reckoned from the start that the event had then, and what became of it.

    `broadcast_id` is how it was sent, to `told` persons, of whom it `reached` so many.
    """

    id: int
    event_id: int
    notice: Notice
    starts_at: datetime
    due_at: datetime
    state: NoticeState
    broadcast_id: int | None = None
    told: int = 0
    reached: int = 0

    def can_be_made_up_for(self, event: Event, now: datetime) -> bool:
        """Whether it was missed, and makes sense all the same: a reminder as long as it has not begun."""
        start = event.details.starts_at
        if self.state is not NoticeState.MISSED or not event.is_planned or self.starts_at != start:
            return False
        return self.notice not in REMINDERS or now < start


def asked_for_minutes(organiser: int, coordinators: Collection[int]) -> list[int]:
    """Whom to ask for the minutes: the organiser, or all where that is no coordinator any more."""
    return [organiser] if organiser in coordinators else list(coordinators)


class Notices(Protocol):
    """What the bot remembers of notices."""

    async def of_event(self, event_id: int) -> list[PlannedNotice]:
        """All that were planned for it, in order of time."""

    async def notice(self, notice_id: int) -> PlannedNotice | None: ...

    async def due(self, now: datetime) -> list[PlannedNotice]:
        """What is to go out now; what is of no use any more is missed or dropped instead."""

    async def send(
        self,
        notice: PlannedNotice,
        event: Event,
        texts: Mapping[Language, str],
        askable: Collection[int],
        now: datetime,
    ) -> bool:
        """Begin to send a notice that stands as given, of an event as worded, to those whom it is for.

        Minutes are asked of those who are `askable`. False when it or the event has changed, or was sent.
        """
