"""Which days of a calendar can be pressed."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dates import FARTHEST
from bot.core.months import beside, month_of, weeks_of

TODAY = date(2026, 12, 16)
SUNDAY = 6


def test_a_month_from_today_on() -> None:
    """Weeks that are over are left out, and so is every day before today and of another month."""
    assert [[day.day if day else None for day in week] for week in weeks_of(TODAY, TODAY, SUNDAY)] == [
        [None, None, None, 16, 17, 18, 19],
        [20, 21, 22, 23, 24, 25, 26],
        [27, 28, 29, 30, 31, None, None],
    ]


def test_from_month_to_month() -> None:
    """One can turn from this month, over the end of the year, to three years ahead, and no farther."""
    month, seen = month_of("", TODAY), []
    assert beside(month, TODAY)[0] is None
    while month:
        seen.append(month)
        following = beside(month, TODAY)[1]
        assert following is None or beside(following, TODAY)[0] == month
        month = following  # type: ignore[assignment]
    assert seen[0] == date(2026, 12, 1)
    assert seen[-1] == (TODAY + FARTHEST).replace(day=1)
    assert len(seen) == len(set(seen)) == 37


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2027-02", date(2027, 2, 1)),
        ("2027-02-28T17:00", date(2027, 2, 1)),
        ("2020-01", date(2026, 12, 1)),
        ("9999-12", date(2029, 12, 1)),
        ("2027-13", date(2026, 12, 1)),
        ("0000-00", date(2026, 12, 1)),
        ("", date(2026, 12, 1)),
        ("08:30", date(2026, 12, 1)),
    ],
)
def test_a_month_that_is_asked_for(typed: str, shown: date) -> None:
    """Any month that a button or an answer names is shown, or the nearest that can be; none fails."""
    assert month_of(typed, TODAY) == shown


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(0, 6))
def test_each_day_once(today: date, first_weekday: int) -> None:
    """Every day from today to three years ahead can be pressed in exactly one month, under its weekday."""
    month: date | None = month_of("", today)
    offered: list[date] = []
    while month:
        for week in weeks_of(month, today, first_weekday):
            assert len(week) == 7
            for column, day in enumerate(week):
                assert day is None or day.weekday() == (first_weekday + column) % 7
            offered += [day for day in week if day]
        month = beside(month, today)[1]
    assert offered == [today + timedelta(days=number) for number in range(FARTHEST.days + 1)]
