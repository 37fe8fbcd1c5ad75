"""When coordinators are at work, how long they worked, and which days are public holidays."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.office import Office

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
HOURS = "Mo-Fr 08:00-12:00,13:30-17:00"
WEEK = timedelta(hours=37, minutes=30)
OFFICE = Office(HOURS, PHNOM_PENH)


def at(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=PHNOM_PENH)


# 1 June 2026 is a Monday; that month's only public holiday is Thursday the 18th.


@pytest.mark.parametrize(
    ("now", "closes", "opens"),
    [
        (at(6, 1, 7, 59, 59), None, at(6, 1, 8)),
        (at(6, 1, 8), at(6, 1, 12), at(6, 1, 13, 30)),
        (at(6, 1, 11, 59, 59), at(6, 1, 12), at(6, 1, 13, 30)),
        (at(6, 1, 12), None, at(6, 1, 13, 30)),
        (at(6, 1, 16), at(6, 1, 17), at(6, 2, 8)),
        (at(6, 1, 17), None, at(6, 2, 8)),
        (at(6, 5, 20), None, at(6, 8, 8)),
        (at(6, 6, 10), None, at(6, 8, 8)),
        (at(6, 17, 18), None, at(6, 19, 8)),
        (at(6, 18, 10), None, at(6, 19, 8)),
        (at(4, 13, 18), None, at(4, 17, 8)),
    ],
)
def test_open_and_closed(now: datetime, closes: datetime | None, opens: datetime) -> None:
    """Nights, lunch, weekends and public holidays are closed; the next change is told."""
    assert OFFICE.is_open(now) == (closes is not None)
    assert OFFICE.closes_at(now) == closes
    assert OFFICE.opens_at(now) == opens


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=-5)), ZoneInfo("America/New_York"), PHNOM_PENH]
)
def test_any_zone(zone: timezone | ZoneInfo) -> None:
    """A moment may be told in any zone; the answer is in the office's own."""
    now = at(6, 2, 8, 30).astimezone(zone)
    assert OFFICE.is_open(now)
    assert not OFFICE.is_open(now - timedelta(hours=1))
    for moment in (OFFICE.closes_at(now), OFFICE.opens_at(now)):
        assert moment is not None
        assert moment.tzinfo is PHNOM_PENH
    assert OFFICE.worked(now, now + timedelta(hours=24)) == timedelta(hours=7, minutes=30)


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        (at(6, 1, 8), at(6, 1, 8), timedelta()),
        (at(6, 1, 9), at(6, 1, 8), timedelta()),
        (at(6, 1, 9, 0, 7), at(6, 1, 9, 0, 9), timedelta(seconds=2)),
        (at(6, 1, 11, 59, 59), at(6, 1, 13, 30, 1), timedelta(seconds=2)),
        (at(6, 1, 16), at(6, 2, 11), timedelta(hours=4)),
        (at(6, 5, 16, 30), at(6, 8, 8, 30), timedelta(hours=1)),
        (at(6, 6), at(6, 8), timedelta()),
        (at(6, 17, 16, 59), at(6, 19, 8, 1), timedelta(minutes=2)),
        (at(4, 13, 17), at(4, 17, 8), timedelta()),
        (at(6, 1), at(6, 8), WEEK),
        (at(6, 1, 10, 15), at(6, 15, 10, 15), 2 * WEEK),
        (at(6, 1), at(6, 29), 4 * WEEK - timedelta(hours=7, minutes=30)),
    ],
)
def test_worked(start: datetime, end: datetime, worked: timedelta) -> None:
    """Only office time counts, to the second, over lunch, nights, weekends and holidays."""
    assert OFFICE.worked(start, end) == worked


def test_worked_over_years() -> None:
    """Many years are counted as the sum of their days."""
    days = [at(1, 1) + timedelta(days=number) for number in range(4 * 365)]
    each = (OFFICE.worked(day, day + timedelta(days=1)) for day in days)
    assert OFFICE.worked(days[0], days[-1] + timedelta(days=1)) == sum(each, timedelta())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40 * 86400), min_size=3, max_size=3).map(sorted))
def test_worked_adds_up(seconds: list[int]) -> None:
    """The office time of two spans that meet is that of the whole."""
    first, middle, last = (at(4, 1) + timedelta(seconds=each) for each in seconds)
    assert OFFICE.worked(first, middle) + OFFICE.worked(middle, last) == OFFICE.worked(first, last)


def test_always() -> None:
    """24/7 is open also on a public holiday, and never closes."""
    office, now = Office("24/7", PHNOM_PENH), at(4, 14, 3)
    assert office.is_open(now)
    assert office.closes_at(now) is None
    assert office.opens_at(now) is None
    assert office.worked(now, now + timedelta(days=10, seconds=1)) == timedelta(days=10, seconds=1)


@pytest.mark.parametrize("hours", ["24/7 off", "2020 Mo 08:00-12:00"])
def test_never(hours: str) -> None:
    """Hours that do not come within a year have no opening."""
    office = Office(hours, PHNOM_PENH)
    assert not office.is_open(at(6, 1, 9))
    assert office.closes_at(at(6, 1, 9)) is None
    assert office.opens_at(at(6, 1, 9)) is None


def test_past_midnight() -> None:
    """A stretch may go past midnight; it ends where a holiday begins."""
    office = Office("Mo-Su 22:00-02:00", PHNOM_PENH)
    assert office.closes_at(at(6, 1, 23)) == at(6, 2, 2)
    assert office.closes_at(at(6, 2, 1)) == at(6, 2, 2)
    assert office.opens_at(at(6, 1, 23)) == at(6, 2, 22)
    assert office.closes_at(at(6, 17, 23)) == at(6, 18)


def test_clock_put_forward() -> None:
    """Where clocks are put forward, the hour that is missing is not counted."""
    berlin = ZoneInfo("Europe/Berlin")
    office, night = Office("24/7", berlin), datetime(2026, 3, 29, tzinfo=berlin)
    assert office.worked(night, datetime(2026, 3, 30, tzinfo=berlin)) == timedelta(hours=23)


def test_holidays() -> None:
    """Public holidays are named in the reader's language."""
    assert OFFICE.holiday(date(2026, 4, 15), "en") == "Khmer New Year's Day"
    assert OFFICE.holiday(date(2026, 4, 15), "km") == "ពិធីបុណ្យចូលឆ្នាំថ្មីប្រពៃណីជាតិ"
    assert OFFICE.holiday(date(2026, 4, 17), "en") is None
    assert OFFICE.holiday(date(2031, 11, 9), "en") is not None


@pytest.mark.parametrize("hours", ["", "8-17", "Mo-Fr 9am-5pm", "Mo-Fr 25:00-30:00", "ពេញម៉ោង"])
def test_wrong_hours(hours: str) -> None:
    """Hours written in another way are refused, with an example."""
    with pytest.raises(ValueError, match="write days and times like Mo-Fr 08:00-12:00,13:30-17:00"):
        Office(hours, PHNOM_PENH)


@pytest.mark.parametrize("named", ["PH 08:00-12:00", "PH off", "SH off", "Mo-Fr sunrise-17:00"])
def test_hours_of_a_place(named: str) -> None:
    """Hours that differ from place to place are refused, for the bot would guess them."""
    with pytest.raises(ValueError, match="leave it out"):
        Office(f"Mo 08:00-12:00; {named}", PHNOM_PENH)


def test_spaces_do_no_harm() -> None:
    """Spaces around the hours, and between them, do no harm."""
    assert Office(" Mo-Fr 8:00-12:00, 13:30 - 17:00 ", PHNOM_PENH).closes_at(at(6, 1, 9)) == at(6, 1, 12)
