"""When people are asked about the steps of a plan, and how councils are counted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.plans import (
    MOST_ASKED,
    Progress,
    StepState,
    asked_next_at,
    busiest,
    first_asked_at,
)

ZONE = ZoneInfo("Asia/Phnom_Penh")


@pytest.mark.parametrize(
    ("due", "asked_on"),
    [
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2028, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 1)),
        (date(2027, 2, 28), date(2027, 3, 1)),
    ],
)
def test_asked_the_next_morning(due: date, asked_on: date) -> None:
    """People are asked at 08:00 on the morning after, also at the end of a year and of February."""
    assert first_asked_at(due, ZONE) == datetime(asked_on.year, asked_on.month, asked_on.day, 8, tzinfo=ZONE)


def test_asked_again() -> None:
    """What is not done is asked about again after two weeks, three times in all."""
    due, asked = date(2026, 12, 10), [first_asked_at(date(2026, 12, 10), ZONE)]
    while (following := asked_next_at(due, len(asked), asked[-1], ZONE)) is not None:
        asked.append(following)
    assert len(asked) == MOST_ASKED
    assert [one - asked[0] for one in asked] == [timedelta(), timedelta(days=14), timedelta(days=28)]


def test_reported_before_its_day() -> None:
    """A step on which somebody reports too early is still asked about after its day."""
    early = datetime(2026, 12, 1, 9, tzinfo=ZONE)
    assert asked_next_at(date(2026, 12, 10), 0, early, ZONE) == datetime(2026, 12, 11, 8, tzinfo=ZONE)


def test_the_busiest() -> None:
    """The councils with most steps come first, and all the others are counted together."""
    progress = [Progress(f"1201{n:02}", {StepState.DONE: n, StepState.OPEN: 1}) for n in range(1, 6)]
    first, second, rest = busiest(progress, 2)
    assert [first.commune_code, second.commune_code, rest.commune_code] == ["120105", "120104", ""]
    assert (rest.counts[StepState.DONE], rest.counts[StepState.OPEN], rest.total) == (6, 3, 9)
    assert len(busiest(progress, 5)) == 5
