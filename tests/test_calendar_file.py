"""Calendar files: what a calendar reads out of them, and that a later one replaces an earlier one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from bot.calendar_file import to_calendar
from bot.core.attachments import Attachment, AttachmentKind
from bot.core.events.event import Details, Event, EventKind, EventState

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
START = datetime(2027, 1, 15, 1, 30, tzinfo=UTC)
DETAILS = Details(
    EventKind.WORKSHOP,
    "សិក្ខាសាលា; ថវិកា, ២០២៧",
    START,
    "សាលាខេត្តកំពង់ចាម",
    ends_at=START + timedelta(hours=8),
    description="យក:\nសៀវភៅ",
    pin=Attachment(AttachmentKind.LOCATION, place=(11.99, 105.46)),
)
EVENT = Event(7, DETAILS, EventState.PLANNED, 1, 0, 0, 1, datetime(2026, 11, 25, tzinfo=UTC))


def entry_of(event: Event, zone: ZoneInfo = PHNOM_PENH) -> icalendar.Event:
    """The one entry of the event's file, read as a calendar would."""
    calendar = icalendar.Calendar.from_ical(to_calendar([event], zone, "wgpd_bot.t.me"))
    (entry,) = calendar.walk("VEVENT")
    assert isinstance(entry, icalendar.Event)
    return entry


def test_what_a_calendar_reads() -> None:
    """Title, times in the group's zone, place and map point are there, Khmer and signs unharmed."""
    entry = entry_of(EVENT)
    assert str(entry["SUMMARY"]) == DETAILS.title
    assert entry["LOCATION"] == DETAILS.place
    assert "សៀវភៅ" in str(entry["DESCRIPTION"])
    assert entry.start == START
    assert entry.end == START + timedelta(hours=8)
    assert entry["DTSTART"].params["TZID"] == "Asia/Phnom_Penh"
    assert "GEO" in entry


def test_zone_is_in_the_file() -> None:
    """The file brings its time zone along, for calendars that do not know it."""
    calendar = icalendar.Calendar.from_ical(to_calendar([EVENT], PHNOM_PENH, "x"))
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Phnom_Penh"]


def test_moved_event_replaces() -> None:
    """A moved event has the same id and a higher number, so that calendars replace what they have."""
    later = START + timedelta(days=7)
    moved = replace(EVENT, sequence=1, details=replace(DETAILS, starts_at=later, ends_at=None))
    before, after = entry_of(EVENT), entry_of(moved)
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.start == later


def test_cancelled_event() -> None:
    """A cancelled event says so."""
    assert entry_of(replace(EVENT, state=EventState.CANCELLED))["STATUS"] == "CANCELLED"


@pytest.mark.parametrize(
    "start", [datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2026, 12, 31, 22, tzinfo=UTC)]
)
def test_other_zones(start: datetime) -> None:
    """Beside a change of the clocks, and over the year's end, the moment stays the moment."""
    event = replace(EVENT, details=replace(DETAILS, starts_at=start, ends_at=start + timedelta(hours=3)))
    entry = entry_of(event, ZoneInfo("Europe/Berlin"))
    assert (entry.start, entry.end) == (start, start + timedelta(hours=3))
