"""Events that come again by a rule: which comes when, and what is told of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from bot.core.events.event import Details, Event, details_of
from bot.core.events.rules import Rule, rule_from

AHEAD: Final = 3
"""So many of a series stand in the calendar before they come."""


@dataclass(frozen=True)
class Series:
    """Events that come again. `recurrence` is a rule of RFC 5545, and `starts_at` the first that follows it.

    `answers` are those of the form that told the first.
    """

    id: int
    recurrence: str
    starts_at: datetime
    answers: Mapping[str, str]
    organiser: int
    version: int
    ended_at: datetime | None = None

    @property
    def rule(self) -> Rule:
        """How often they come."""
        rule = rule_from(self.answers["repeats"])
        if rule is None:
            raise ValueError("a series is kept only of a form that tells its rule")
        return rule

    def coming(self, now: datetime, zone: ZoneInfo) -> list[datetime]:
        """When the next are."""
        return list(islice(occurrences(self.recurrence, self.starts_at.astimezone(zone), now), AHEAD))

    def details(self, at: datetime, zone: ZoneInfo) -> Details:
        """What is told of the one at this moment: all that was of the first, but its day and its agenda."""
        first = details_of(self.answers, zone)
        apart = _wall_clock(at, zone) - _wall_clock(first.starts_at, zone)

        def moved(moment: datetime | None) -> datetime | None:
            return moment and _on_clock(_wall_clock(moment, zone) + apart, zone)

        return replace(
            first, starts_at=at, ends_at=moved(first.ends_at), closes_at=moved(first.closes_at), agenda=None
        )


def first_of(answers: Mapping[str, str], zone: ZoneInfo) -> tuple[str, datetime] | None:
    """The rule of RFC 5545 and the first start of the events that a form tells; None if there is only one."""
    rule = rule_from(answers.get("repeats", ""))
    start = details_of(answers, zone).starts_at
    return (rule.recurrence(start.date()), start) if rule else None


def occurrences(recurrence: str, first: datetime, after: datetime) -> Iterator[datetime]:
    """The moments after this one that a rule tells, in the time zone of the first.

    They keep the time on the clock. Where clocks are put forward over one, it is as much later (RFC 5545).
    """
    if not isinstance(first.tzinfo, ZoneInfo):
        raise TypeError("the first moment has no place's time zone")
    rule = rrulestr(recurrence, dtstart=first.replace(tzinfo=None))
    since = after.astimezone(first.tzinfo).replace(tzinfo=None) - timedelta(days=1)
    for moment in rule.xafter(since):
        real = _on_clock(moment, first.tzinfo)
        if real > after:
            yield real


def moved_along(series: Series, start: datetime, zone: ZoneInfo) -> Series:
    """The series where one of it, and all that follow, are moved so that this is the first start."""
    first = start.astimezone(zone).date()
    rule = series.rule.along(first)
    return replace(
        series,
        recurrence=rule.recurrence(first),
        starts_at=start,
        answers={**series.answers, "repeats": rule.kept},
    )


def _wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _on_clock(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    return wall_clock.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


class SeriesOfEvents(Protocol):
    """What the bot remembers of events that come again."""

    async def series(self, series_id: int) -> Series | None: ...

    async def make_ahead(self, now: datetime) -> int:
        """Put the next ones of every series into the calendar that are not there; how many those were."""

    async def end(self, series_id: int, now: datetime) -> bool:
        """No more of it are put there; False when it had ended already."""

    async def following(self, event: Event) -> list[Event]:
        """The planned ones of its series from this one on, as the rule wanted them."""
