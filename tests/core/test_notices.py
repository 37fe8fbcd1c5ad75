"""When people are told of an event by the clock, and how long that is of use."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.events.event import Details, Event, EventKind, EventState
from bot.core.events.notices import REMINDERS, USUAL_REMINDERS, Notice, NoticeState, notices_of
from bot.core.events.telling import Ahead, PlannedNotice, ahead, asked_for_minutes

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
BERLIN = ZoneInfo("Europe/Berlin")
LONG_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


def local(text: str, zone: ZoneInfo = PHNOM_PENH) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def dues(
    start: str,
    end: str | None = None,
    reminders: tuple[Notice, ...] = USUAL_REMINDERS,
    zone: ZoneInfo = PHNOM_PENH,
    now: datetime = LONG_BEFORE,
) -> dict[Notice, str]:
    """When each notice is due, in local time with the offset."""
    ends_at = local(end, zone) if end else None
    planned = notices_of(local(start, zone).astimezone(UTC), ends_at, reminders, zone, now)
    return {due.notice: due.at.astimezone(zone).isoformat(timespec="minutes") for due in planned}


def test_usual() -> None:
    """Days before are due at 8:00, hours before to the hour; then come feedback and the minutes at 8:00."""
    assert dues("2027-01-15T08:30", "2027-01-16T17:00") == {
        Notice.WEEK: "2027-01-08T08:00+07:00",
        Notice.DAY: "2027-01-14T08:00+07:00",
        Notice.TWO_HOURS: "2027-01-15T06:30+07:00",
        Notice.FEEDBACK: "2027-01-17T08:00+07:00",
        Notice.MINUTES_3: "2027-01-19T08:00+07:00",
        Notice.MINUTES_7: "2027-01-23T08:00+07:00",
        Notice.MINUTES_14: "2027-01-30T08:00+07:00",
    }


@pytest.mark.parametrize(
    ("start", "zone", "notice", "due"),
    [
        ("2027-01-03T09:00", PHNOM_PENH, Notice.TWO_WEEKS, "2026-12-20T08:00+07:00"),  # over the year's end
        ("2026-12-31T09:00", PHNOM_PENH, Notice.FEEDBACK, "2027-01-01T08:00+07:00"),
        ("2027-01-01T00:30", PHNOM_PENH, Notice.HOUR, "2026-12-31T23:30+07:00"),
        ("2028-03-01T09:00", PHNOM_PENH, Notice.DAY, "2028-02-29T08:00+07:00"),  # a leap year
        ("2027-03-01T09:00", PHNOM_PENH, Notice.DAY, "2027-02-28T08:00+07:00"),
        ("2028-02-29T09:00", PHNOM_PENH, Notice.MINUTES_3, "2028-03-03T08:00+07:00"),
        ("2027-04-01T09:00", BERLIN, Notice.WEEK, "2027-03-25T08:00+01:00"),  # summer time begins between
        ("2027-03-28T03:30", BERLIN, Notice.TWO_HOURS, "2027-03-28T00:30+01:00"),  # of which there is no 2:30
        ("2027-10-31T03:30", BERLIN, Notice.TWO_HOURS, "2027-10-31T02:30+02:00"),  # an hour comes twice
        ("2027-10-30T09:00", BERLIN, Notice.FEEDBACK, "2027-10-31T08:00+01:00"),
    ],
)
def test_calendar(start: str, zone: ZoneInfo, notice: Notice, due: str) -> None:
    """The calendar's turns change nothing: a day before is a day before, two hours are two hours."""
    assert dues(start, reminders=REMINDERS, zone=zone)[notice] == due


def test_end_in_another_zones_day() -> None:
    """Without an end, an event ends on its first local day, also where that is another day in UTC."""
    assert dues("2027-01-15T00:30")[Notice.FEEDBACK] == "2027-01-16T08:00+07:00"


def test_until_when_it_is_of_use() -> None:
    """A reminder is of use until the next one, or the start; a question after the event for its days."""
    start = local("2027-01-15T08:30")
    planned = notices_of(start, None, USUAL_REMINDERS, PHNOM_PENH, LONG_BEFORE)
    until = {due.notice: due.until for due in planned}
    at = {due.notice: due.at for due in planned}
    assert until[Notice.WEEK] == at[Notice.DAY]
    assert until[Notice.DAY] == at[Notice.TWO_HOURS]
    assert until[Notice.TWO_HOURS] == start
    assert until[Notice.FEEDBACK] == at[Notice.FEEDBACK] + timedelta(days=7)
    assert until[Notice.MINUTES_3] == at[Notice.MINUTES_7]
    assert until[Notice.MINUTES_14] == at[Notice.MINUTES_14] + timedelta(days=7)


def test_announced_late() -> None:
    """Reminders whose time is past are not planned, and what comes after the event is."""
    planned = dues("2027-01-15T08:30", now=local("2027-01-14T08:00"))
    assert list(planned)[:2] == [Notice.TWO_HOURS, Notice.FEEDBACK]
    assert Notice.FEEDBACK in dues("2027-01-15T08:30", reminders=())


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2027-01-08T08:00", (Ahead.DAYS, 7)),
        ("2027-01-13T23:00", (Ahead.DAYS, 2)),
        ("2027-01-14T08:00", (Ahead.TOMORROW, 1)),
        ("2027-01-15T00:10", (Ahead.TODAY, 0)),
        ("2027-01-15T06:30", (Ahead.HOURS, 2)),
        ("2027-01-15T06:31", (Ahead.HOURS, 2)),
        ("2027-01-15T08:20", (Ahead.SOON, 0)),
    ],
)
def test_how_far_off(now: str, said: tuple[Ahead, int]) -> None:
    """How far off the start is, is said as people say it, at the moment of sending."""
    assert ahead(local("2027-01-15T08:30"), PHNOM_PENH, local(now)) == said


def test_who_is_asked_for_the_minutes() -> None:
    """The organiser is asked, or every coordinator when that is no coordinator any more."""
    assert asked_for_minutes(1, [1, 2]) == [1]
    assert asked_for_minutes(3, [1, 2]) == [1, 2]


@pytest.mark.parametrize(
    ("notice", "state", "planned_for", "now", "possible"),
    [
        (Notice.WEEK, NoticeState.MISSED, "2027-01-15T08:30", "2027-01-15T08:00", True),
        (Notice.WEEK, NoticeState.MISSED, "2027-01-15T08:30", "2027-01-15T08:30", False),  # it begins
        (Notice.WEEK, NoticeState.MISSED, "2027-01-12T08:30", "2027-01-15T08:00", False),  # moved since
        (Notice.WEEK, NoticeState.SENT, "2027-01-15T08:30", "2027-01-15T08:00", False),
        (Notice.FEEDBACK, NoticeState.MISSED, "2027-01-15T08:30", "2027-02-15T08:00", True),
    ],
)
def test_made_up_for(notice: Notice, state: NoticeState, planned_for: str, now: str, possible: bool) -> None:
    """What was missed can be sent late while that makes sense; a reminder only before the start."""
    start = local("2027-01-15T08:30")
    details = Details(EventKind.MEETING, "x", start, "y")
    event = Event(1, details, EventState.PLANNED, 1, 0, 0, 1, start)
    planned = PlannedNotice(1, 1, notice, local(planned_for), start, state)
    assert planned.can_be_made_up_for(event, local(now)) is possible
