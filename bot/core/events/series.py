"""Events that come again by a rule: which comes when, and what is told of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from bot.core.events.event import Details, Event, details_of
from bot.core.events.rules import Rule, rule_from

_DATED: Final = ("ends", "closes")
"""The answers that may tell a day besides the event's own."""
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


@dataclass(frozen=True)
class Course:
    """How a series goes on from one of its events: as told by `series`, which is to be kept so.

    `wanted` says when the rule wants its events from that one on, by their ids; it is empty where nothing of
    that changes.
    """

    series: Series
    wanted: Mapping[int, datetime]


def goes_on(
    series: Series, events: Sequence[Event], changed: Mapping[str, str], to: datetime, zone: ZoneInfo
) -> Course:
    """How a series goes on where the first of these events, and all that follow, are changed.

    `changed` are the answers that are otherwise than before, of a form that lets the first start at `to`. On
    another day, all come by the rule from that day on; only at another time, each keeps its day.
    """
    to = to.astimezone(zone)
    rule, recurrence, start = series.rule, series.recurrence, to
    if "date" in changed:
        rule = rule.along(to.date())
        recurrence = rule.recurrence(to.date())
    elif "time" in changed:
        start = at_time_of(to, events[0].occurrence_at or to, zone)
    else:
        first = details_of(series.answers, zone).starts_at
        return Course(replace(series, answers=carried_over(series.answers, changed, to, first)), {})
    answers = {**carried_over(series.answers, changed, to, start), "repeats": rule.kept}
    after = replace(series, recurrence=recurrence, starts_at=start, answers=answers)
    coming = occurrences(recurrence, start, start - timedelta(microseconds=1))
    return Course(after, {event.id: moment for event, moment in zip(events, coming, strict=False)})


def start_along(course: Course, event: Event, changed: Mapping[str, str], zone: ZoneInfo) -> datetime:
    """When an event after the first is, where its series goes on so."""
    if "date" in changed:
        return course.wanted[event.id]
    if "time" in changed:
        return at_time_of(course.series.starts_at, event.details.starts_at, zone)
    return event.details.starts_at.astimezone(zone)


def at_time_of(moment: datetime, day: datetime, zone: ZoneInfo) -> datetime:
    """The moment on this day at which a clock shows the same time as at another."""
    return _on_clock(datetime.combine(_wall_clock(day, zone), _wall_clock(moment, zone).time()), zone)


def carried_over(
    answers: Mapping[str, str], changed: Mapping[str, str], to: datetime, start: datetime
) -> dict[str, str]:
    """What a later event is told as, where one before it is changed so that it starts at `to`.

    The later one starts at `start`. End and deadline stay as many days away from the start as they were; the
    agenda is its own.
    """
    own = date.fromisoformat(answers["date"])
    carried = {**answers, "date": start.date().isoformat(), "time": f"{start:%H:%M}"}
    for name in changed.keys() - {"date", "time", "agenda"}:
        carried[name] = changed[name]
    for name in _DATED:
        since = to.date() if name in changed else own
        carried[name] = _days_later(carried.get(name, ""), start.date() - since)
    return carried


def _days_later(answer: str, apart: timedelta) -> str:
    """A time of the day stays as it is; a day and time are moved."""
    return f"{datetime.fromisoformat(answer) + apart:%Y-%m-%dT%H:%M}" if "T" in answer else answer


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
        """All of its series from this one on, in the order in which the rule wanted them."""
