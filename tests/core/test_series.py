"""How often an event comes again: as people say it, and when it then is."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.events.event import Details, Event, EventKind, EventState, Misfit
from bot.core.events.rules import Every, Rule, misfit_of_rule, rule_from, rule_told, usual_rules
from bot.core.events.series import AHEAD, Series, carried_over, first_of, goes_on, occurrences, start_along
from bot.core.events.typed_rules import begin_of, rule_of
from bot.core.forms import Answered, Moment, Refused

PHNOM_PENH, BERLIN = ZoneInfo("Asia/Phnom_Penh"), ZoneInfo("Europe/Berlin")
MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=PHNOM_PENH))
TOLD = {
    "kind": "meeting",
    "title": "ការប្រជុំ",
    "date": "2027-01-12",  # the second Tuesday
    "time": "08:30",
    "place": "ភ្នំពេញ",
}


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=PHNOM_PENH)  # type: ignore[arg-type, misc]  # as mypy counts no star


def _told(start: datetime) -> Details:
    return Details(EventKind.MEETING, "ការប្រជុំ", start, "ភ្នំពេញ")


EVENT = Event(8, _told(at(2027, 3, 31, 8, 30)), EventState.PLANNED, 1, 0, 0, 1, at(2026, 12, 1))


def starts(rule: str, first: datetime, number: int) -> list[datetime]:
    """The first starts of what comes again by a rule."""
    kept = rule_from(rule)
    assert kept
    recurrence = kept.recurrence(first.date())
    return list(islice(occurrences(recurrence, first, first - timedelta(seconds=1)), number))


def days(rule: str, first: date, number: int) -> list[str]:
    start = datetime(first.year, first.month, first.day, 8, 30, tzinfo=PHNOM_PENH)
    return [f"{one:%Y-%m-%d}" for one in starts(rule, start, number)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("every week", "week"),
        ("weekly", "week"),
        ("រៀងរាល់សប្តាហ៍", "week"),
        ("រៀងរាល់អាទិត្យ", "week"),
        ("every Tuesday", "week-tu"),
        ("Tuesdays", "week-tu"),
        ("រៀងរាល់ថ្ងៃអង្គារ", "week-tu"),
        ("រៀងរាល់ថ្ងៃអាទិត្យ", "week-su"),
        ("every other Tuesday", "fortnight-tu"),
        ("every two weeks", "fortnight"),
        ("every second week", "fortnight"),
        ("every second week on Tuesday", "fortnight-tu"),
        ("ពីរសប្តាហ៍ម្តង", "fortnight"),
        ("២ សប្តាហ៍ម្តង", "fortnight"),
        ("every month", "month"),
        ("once a month", "month"),
        ("រៀងរាល់ខែ", "month"),
        ("រៀង រាល់ ខែ", "month"),
        ("មួយខែម្តង", "month"),
        ("ប្រចាំខែ", "month"),
        ("every month on the 15th", "month-15"),
        ("រៀងរាល់ថ្ងៃទី១៥", "month-15"),
        ("រៀងរាល់ខែ ថ្ងៃទី៣១", "month-31"),
        ("every second Tuesday of the month", "month-2tu"),
        ("second Tuesday of every month", "month-2tu"),
        ("first Monday", "month-1mo"),
        ("last Friday of every month", "month-lfr"),
        ("រៀងរាល់ថ្ងៃអង្គារទី២", "month-2tu"),
        ("រៀងរាល់ថ្ងៃអង្គារទី២ នៃខែ", "month-2tu"),
        ("រៀងរាល់ថ្ងៃសុក្រចុងក្រោយនៃខែ", "month-lfr"),
        ("every quarter", "quarter"),
        ("every three months", "quarter"),
        ("រៀងរាល់ត្រីមាស", "quarter"),
        ("៣ខែម្តង", "quarter"),
        ("twice a year", "halfyear"),
        ("every six months", "halfyear"),
        ("ពីរដងក្នុងមួយឆ្នាំ", "halfyear"),
        ("មួយឆ្នាំ ២ ដង", "halfyear"),
        ("២ ដងក្នុងមួយឆ្នាំ", "halfyear"),
        ("ប្រាំមួយខែម្តង", "halfyear"),
        ("មួយឆ្នាំម្តង", "year"),
        ("every year", "year"),
        ("រៀងរាល់ឆ្នាំ", "year"),
    ],
)
def test_how_often_in_words(typed: str, kept: str) -> None:
    """How often is understood as people say it, in both languages."""
    assert rule_of(typed, MOMENT) == kept


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("every Tuesday 8:30", {"repeats": "week-tu", "time": "08:30"}),
        ("រៀងរាល់ថ្ងៃអង្គារទី២ ម៉ោង ២ រសៀល", {"repeats": "month-2tu", "time": "14:00"}),
    ],
)
def test_how_often_and_when(typed: str, answered: dict[str, str]) -> None:
    """The time of day may stand beside it, and fills in the time."""
    assert rule_of(typed, MOMENT) == answered


def test_every_second_tuesday() -> None:
    """«Every second Tuesday» may be one in two, or one a month: both are offered, the time is kept."""
    meant = ("fortnight-tu", "month-2tu")
    assert rule_of("every second Tuesday", MOMENT) == Refused("which_rule", meant)
    assert rule_of("every 2nd Tuesday 8:30", MOMENT) == Refused("which_rule", meant, {"time": "08:30"})


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("every Tuesday 8:30", {"date": "2026-12-08", "time": "08:30", "repeats": "week-tu"}),
        ("រៀងរាល់ថ្ងៃអង្គារទី២ ម៉ោង ៨:៣០", {"date": "2026-12-08", "time": "08:30", "repeats": "month-2tu"}),
        ("រៀងរាល់ថ្ងៃទី៣១", {"date": "2026-12-31", "repeats": "month-31"}),
        ("first Monday of every month", {"date": "2026-12-07", "repeats": "month-1mo"}),
        ("every second Tuesday", Refused("which_rule", ("fortnight-tu", "month-2tu"), at="repeats")),
        ("every month", Refused("no_date")),
        ("sometimes", Refused("no_date")),
        ("15/1/2027", "2027-01-15"),
        ("Tuesday", "2026-12-08"),
        ("1/1/2020", Refused("past_date")),
    ],
)
def test_a_rule_for_a_day(typed: str, answered: Answered) -> None:
    """Where a day is asked for, a rule that tells one begins with the next; others are no day."""
    assert begin_of(typed, MOMENT) == answered


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "sometimes",
        "every day",
        "every month on Tuesday",
        "every Tuesday and Friday",
        "every month except August",
        "every 12 months",
        "every year on Tuesday",
        "fifth Tuesday",
        "every 45th",
        "រៀងរាល់ថ្ងៃអង្គារទី២ លើកលែងខែសីហា",
        "month-5tu",
        "month-0",
        "month-32",
        "week-2tu",
        "\ud800",
        "9" * 10_000,
    ],
    ids=lambda typed: ascii(typed[:20]),
)
def test_no_rule(typed: str) -> None:
    """What tells no rule, or more than one can keep, is refused and not kept half."""
    assert rule_of(typed, MOMENT) == Refused("no_rule")


@pytest.mark.parametrize(
    ("rule", "first", "come"),
    [
        ("week-tu", date(2026, 12, 22), ["2026-12-22", "2026-12-29", "2027-01-05"]),
        ("fortnight-tu", date(2026, 12, 22), ["2026-12-22", "2027-01-05", "2027-01-19"]),
        ("month-2tu", date(2027, 1, 12), ["2027-01-12", "2027-02-09", "2027-03-09"]),
        ("month-lfr", date(2027, 1, 29), ["2027-01-29", "2027-02-26", "2027-03-26"]),
        ("month", date(2027, 1, 15), ["2027-01-15", "2027-02-15", "2027-03-15"]),
        ("quarter", date(2026, 11, 30), ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ("halfyear", date(2027, 1, 15), ["2027-01-15", "2027-07-15", "2028-01-15"]),
        ("year", date(2027, 1, 15), ["2027-01-15", "2028-01-15", "2029-01-15"]),
    ],
)
def test_when_it_comes(rule: str, first: date, come: list[str]) -> None:
    """Each rule tells the days that a calendar shows, over the end of a year too."""
    assert days(rule, first, 3) == come


def test_the_end_of_a_month() -> None:
    """What is held on the 31st is held on the last day of a shorter month, and on the 31st again after it."""
    assert days("month", date(2027, 1, 31), 4) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    assert days("month-30", date(2027, 1, 30), 3) == ["2027-01-30", "2027-02-28", "2027-03-30"]
    assert days("month-31", date(2027, 2, 28), 2) == ["2027-02-28", "2027-03-31"]


def test_the_29th_of_february() -> None:
    """A year after the 29th of February comes the 28th, and four years after the 29th again."""
    come = ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
    assert days("year", date(2028, 2, 29), 5) == come


def test_the_clock_is_kept_where_it_is_changed() -> None:
    """A start stays on the clock in summer; in the night that lacks its hour it is as much later."""
    at_eight = starts("week-su", datetime(2027, 3, 21, 8, 0, tzinfo=BERLIN), 3)
    assert [f"{one:%d %H:%M %z}" for one in at_eight] == [
        "21 08:00 +0100",
        "28 08:00 +0200",
        "04 08:00 +0200",
    ]
    at_night = starts("week-su", datetime(2027, 3, 21, 2, 30, tzinfo=BERLIN), 3)
    assert [f"{one:%d %H:%M}" for one in at_night] == ["21 02:30", "28 03:30", "04 02:30"]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.dates(date(2026, 1, 1), date(2099, 1, 1)), st.integers(0, 6))
def test_every_usual_rule_begins_with_its_day(first: date, number: int) -> None:
    """A rule that is offered for a day begins on it, is kept as it is, and goes on evenly."""
    rule = usual_rules(first)[number]
    assert rule.begins_on(first)
    assert rule_from(rule.kept) == rule
    come = starts(rule.kept, datetime(first.year, first.month, first.day, 8, tzinfo=PHNOM_PENH), 14)
    assert come[0].date() == first
    usual = {Every.WEEK: 7, Every.FORTNIGHT: 14, Every.MONTH: 30, Every.QUARTER: 91}
    apart = usual.get(rule.every, 182 if rule.every is Every.HALF_YEAR else 365)
    assert all(abs((later - sooner).days - apart) <= 7 for sooner, later in pairwise(come))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_categories=())) | st.text("every 2nd tuesday រៀងរាល់ខែ-:", max_size=30))
def test_any_text(text: str) -> None:
    """Any text tells a rule that can be kept, or is refused; it never fails."""
    answered = rule_of(text, MOMENT)
    if isinstance(answered, str):
        assert rule_from(answered)
    assert begin_of(text, MOMENT)


def test_a_rule_must_fit_its_first_day() -> None:
    """A rule that the first day does not follow is a misfit, and so is one for an event that is there."""
    assert misfit_of_rule({**TOLD, "repeats": "month-2tu"}) is None
    assert misfit_of_rule({**TOLD, "repeats": ""}) is None
    assert misfit_of_rule(TOLD) is None
    assert misfit_of_rule({**TOLD, "repeats": "week-fr"}) == Misfit("repeats", "other_day_of_rule")
    present = {**TOLD, "repeats": "month-2tu", "event": "1"}
    assert misfit_of_rule(present) == Misfit("repeats", "rule_for_one")


def _series(**told: str) -> Series:
    answers = {**TOLD, "repeats": "month-2tu", **told}
    first = first_of(answers, PHNOM_PENH)
    assert first
    return Series(1, first[0], first[1], answers, 1, 1)


def test_one_that_was_moved_away_tells_no_rule() -> None:
    """On a day that is not of the rule, nothing is told of it: the page would contradict itself."""
    tuesday = date(2027, 1, 12)
    assert rule_told("month-2tu", tuesday) == Rule(Every.MONTH, weekday=1, nth=2)
    assert rule_told("month-2tu", tuesday + timedelta(days=2)) is None
    assert rule_told("", tuesday) is None


def test_what_is_told_of_a_later_one() -> None:
    """End and deadline move with the start; the agenda is not taken along, as it was of the first."""
    series = _series(ends="11:00", closes="2027-01-10T17:00", title="ការប្រជុំ")
    second = series.coming(series.starts_at, PHNOM_PENH)[0]
    details = series.details(second, PHNOM_PENH)
    assert details.title == "ការប្រជុំ"
    told = (details.starts_at, details.ends_at, details.closes_at)
    assert [f"{one:%m-%d %H:%M}" for one in told if one] == ["02-09 08:30", "02-09 11:00", "02-07 17:00"]
    assert details.agenda is None


def test_the_next_three() -> None:
    """However long nothing looked after it, the next three are those that come."""
    series = _series()
    late = datetime(2031, 6, 30, tzinfo=PHNOM_PENH)
    coming = series.coming(late, PHNOM_PENH)
    assert [f"{one:%Y-%m-%d}" for one in coming] == ["2031-07-08", "2031-08-12", "2031-09-09"]
    assert len(coming) == AHEAD


@pytest.mark.parametrize(
    ("rule", "start", "kept", "come"),
    [
        ("month-2tu", at(2027, 2, 10, 9, 0), "month-2we", ["2027-02-10", "2027-03-10"]),
        ("month-2tu", at(2027, 2, 23, 8, 30), "month-4tu", ["2027-02-23", "2027-03-23"]),
        ("week-tu", at(2027, 2, 11, 8, 30), "week-th", ["2027-02-11", "2027-02-18"]),
        ("month-12", at(2027, 2, 15, 8, 30), "month", ["2027-02-15", "2027-03-15"]),
    ],
)
def test_a_series_that_is_moved(rule: str, start: datetime, kept: str, come: list[str]) -> None:
    """Moved from one on, it comes on the new weekday, or the new day of the month, at the new time."""
    changed = {"date": f"{start:%Y-%m-%d}", "time": f"{start:%H:%M}"}
    moved = goes_on(_series(repeats=rule), [], changed, start, PHNOM_PENH).series
    assert moved.rule.kept == kept
    coming = [start, *moved.coming(start, PHNOM_PENH)]
    assert [f"{one:%Y-%m-%d}" for one in coming[:2]] == come
    assert all(f"{one:%H:%M}" == f"{start:%H:%M}" for one in coming)
    assert moved.details(coming[1], PHNOM_PENH).starts_at == coming[1]


def test_another_time_keeps_the_days() -> None:
    """At another time, each of a series stays on its day: the rule's last of a month, and one moved alone."""
    series = _series(repeats="month-31", date="2027-01-31", ends="11:00")
    alone = replace(EVENT, id=7, occurrence_at=at(2027, 2, 28, 8, 30), details=_told(at(2027, 3, 2, 8, 30)))
    course = goes_on(series, [alone, EVENT], {"time": "09:00"}, at(2027, 3, 2, 9, 0), PHNOM_PENH)
    assert course.series.rule.kept == "month-31"
    assert course.wanted == {7: at(2027, 2, 28, 9, 0), EVENT.id: at(2027, 3, 31, 9, 0)}
    assert start_along(course, alone, {"time": "09:00"}, PHNOM_PENH) == at(2027, 3, 2, 9, 0)
    assert [f"{one:%m-%d %H:%M}" for one in course.series.coming(at(2027, 3, 31, 9, 0), PHNOM_PENH)] == [
        "04-30 09:00",
        "05-31 09:00",
        "06-30 09:00",
    ]
    assert course.series.details(at(2027, 4, 30, 9, 0), PHNOM_PENH).ends_at == at(2027, 4, 30, 11, 0)


def test_what_is_carried_over() -> None:
    """End and deadline keep their days from the start, told anew as well; the agenda does not."""
    own = {**TOLD, "date": "2027-02-09", "ends": "11:00", "closes": "2027-02-05T17:00", "agenda": "own"}
    changed = {"closes": "2027-01-10T12:00", "agenda": "new", "place": "កំពត"}
    carried = carried_over(own, changed, at(2027, 1, 12, 8, 30), at(2027, 2, 9, 8, 30))
    assert carried == {**own, "closes": "2027-02-07T12:00", "place": "កំពត"}
    moved = carried_over(own, {"date": "2027-01-13"}, at(2027, 1, 13, 8, 30), at(2027, 2, 10, 8, 30))
    assert moved == {**own, "date": "2027-02-10", "closes": "2027-02-06T17:00"}
    over_night = carried_over({**own, "ends": "2027-02-10T16:00"}, {}, at(2027, 1, 12), at(2027, 3, 9, 8, 30))
    assert over_night["ends"] == "2027-03-10T16:00"
