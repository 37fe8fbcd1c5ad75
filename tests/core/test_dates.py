"""How a typed date and time of a forum or meeting are understood."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dates import FARTHEST, coming_day, date_of, deadline_of, end_of, moment_of, start_of, time_of
from bot.core.events.event import Misfit, details_of, misfit
from bot.core.forms import Check, Moment, Refused
from messages.dates import day, day_and_time

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=PHNOM_PENH))  # a Tuesday
KHMER_MONTHS = ("មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ")


def at(*when: int) -> Moment:
    return Moment(datetime(*when, tzinfo=PHNOM_PENH))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    "typed",
    [
        "15/1/2027",
        "15/01/2027",
        "15/1/27",
        "15-1-2027",
        "15.1.2027",
        "2027-01-15",
        "១៥/១/២០២៧",
        "១៥-០១-២០២៧",
        " 15/1/2027 ",
        "15/1",
        "15 January 2027",
        "15 january",
        "15 Jan",
        "15th January 2027",
        "January 15, 2027",
        "Friday 15 January 2027",
        "១៥ មករា ២០២៧",
        "15 មករា 2027",
        "១៥មករា២០២៧",
        "១៥ មករា",
        "១៥\u200bមករា\u200b២០២៧",
        "ថ្ងៃទី ១៥/១/២០២៧",
        "ថ្ងៃទី១៥ មករា ២០២៧",
        "ថ្ងៃទី១៥ ខែមករា ឆ្នាំ២០២៧",
        "ថ្ងៃទី ១៥ ខែ មករា ឆ្នាំ ២០២៧",
        "ទី១៥ ខែមករា ឆ្នាំ២០២៧",
        "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧",
    ],
)
def test_one_day_in_many_ways(typed: str) -> None:
    """A day is understood as people write it: day before month, in either digits and either language."""
    assert date_of(typed, MOMENT) == "2027-01-15"


@pytest.mark.parametrize(("number", "month"), list(enumerate(KHMER_MONTHS, 1)))
def test_khmer_months(number: int, month: str) -> None:
    """Every Khmer month is known."""
    assert date_of(f"១០ {month} ២០២៨", MOMENT) == f"2028-{number:02}-10"


@pytest.mark.parametrize("typed", ["១៥ ខែ១ ឆ្នាំ២០២៧", "១៥ ខែ ១", "ថ្ងៃ១៥ ខែ១"])
def test_month_as_a_number_in_words(typed: str) -> None:
    """A month told by its number is that month, or the day is not understood; it is never another day."""
    assert date_of(typed, MOMENT) in {"2027-01-15", Refused("no_date")}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("today", "2026-12-01"),
        ("Today", "2026-12-01"),
        ("ថ្ងៃនេះ", "2026-12-01"),
        ("tomorrow", "2026-12-02"),
        ("ថ្ងៃស្អែក", "2026-12-02"),
        ("ស្អែក", "2026-12-02"),
        ("day after tomorrow", "2026-12-03"),
        ("ខានស្អែក", "2026-12-03"),
    ],
)
def test_today_and_tomorrow(typed: str, meant: str) -> None:
    """Today and tomorrow are understood in both languages."""
    assert date_of(typed, MOMENT) == meant


@pytest.mark.parametrize(
    ("moment", "today", "tomorrow"),
    [
        (at(2026, 12, 31, 23, 59), "2026-12-31", "2027-01-01"),
        (at(2027, 1, 1, 0, 0), "2027-01-01", "2027-01-02"),
        (at(2027, 1, 1, 6, 59), "2027-01-01", "2027-01-02"),  # in UTC it is still the day before
        (at(2028, 2, 28, 9, 0), "2028-02-28", "2028-02-29"),
        (at(2027, 2, 28, 9, 0), "2027-02-28", "2027-03-01"),
    ],
)
def test_today_where_the_group_is(moment: Moment, today: str, tomorrow: str) -> None:
    """Today is the day in Cambodia, at midnight, at the end of a year and in a leap year too."""
    assert (date_of("today", moment), date_of("tomorrow", moment)) == (today, tomorrow)


@pytest.mark.parametrize(
    ("typed", "moment", "meant"),
    [
        ("31/12", MOMENT, "2026-12-31"),
        ("1/1", MOMENT, "2027-01-01"),
        ("30/11", MOMENT, "2027-11-30"),
        ("1/12", MOMENT, "2026-12-01"),
        ("1 December", MOMENT, "2026-12-01"),
        ("2/12", MOMENT, "2026-12-02"),
        ("31/12", at(2026, 12, 31, 23, 59), "2026-12-31"),
        ("1/1", at(2026, 12, 31, 23, 59), "2027-01-01"),
        ("29/2", MOMENT, "2028-02-29"),
    ],
)
def test_no_year_means_the_next_time(typed: str, moment: Moment, meant: str) -> None:
    """A day without its year is the next one of that name, today included."""
    assert date_of(typed, moment) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "31/2/2027",
        "30 February 2027",
        "29/2/2027",
        "31/4/2027",
        "31/6/2027",
        "32/1/2027",
        "0/1/2027",
        "15/13/2027",
        "30/2",
        "31 វិច្ឆិកា ២០២៧",
        "៣១/១១/២០២៧",
        "0/0/0",
    ],
)
def test_impossible_day(typed: str) -> None:
    """A day that no calendar has is not taken for another one."""
    assert date_of(typed, MOMENT) == Refused("no_date")


@pytest.mark.parametrize("typed", ["29/2/2028", "29 កុម្ភៈ ២០២៨", "29 February 2028"])
def test_leap_day(typed: str) -> None:
    """The 29th of February is a day in a leap year."""
    assert date_of(typed, MOMENT) == "2028-02-29"


@pytest.mark.parametrize(
    "typed",
    [
        "30/11/2026",
        "30 November 2026",
        "1/1/2026",
        "yesterday",
        "ម្សិលមិញ",
        "30/11/26",
        "30 November 26",
        "៣០/១១/២០២៦",
        "15/1/2003",
    ],
)
def test_past_day(typed: str) -> None:
    """A day that is over cannot be announced."""
    assert date_of(typed, MOMENT) == Refused("past_date")


def test_a_day_after_today() -> None:
    """A pause lasts until a day after today; what is no date at all is refused as such."""
    assert coming_day("tomorrow", MOMENT) == date_of("tomorrow", MOMENT)
    assert coming_day("ថ្ងៃនេះ", MOMENT) == Refused("only_today")
    assert coming_day("x", MOMENT) == Refused("no_date")


def test_far_day() -> None:
    """A day some three years ahead is taken, and one day later is not: the year is probably a slip."""
    last = MOMENT.now.date() + FARTHEST
    assert date_of(f"{last:%d/%m/%Y}", MOMENT) == last.isoformat()
    assert date_of(f"{last + timedelta(days=1):%d/%m/%Y}", MOMENT) == Refused("far_date")
    assert date_of("15/1/2570", MOMENT) == Refused("far_date")  # the Buddhist year


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "ក",
        "15",
        "2027",
        "January",
        "មករា",
        "8:30",
        "?",
        "1/2/3/4",
        "\x00",
        "\ud800",
        "9" * 100_000,
    ],
    ids=lambda typed: ascii(typed[:20]),
)
def test_no_day(typed: str) -> None:
    """What names no single day is not understood."""
    assert date_of(typed, MOMENT) == Refused("no_date")


@pytest.mark.parametrize("language", ["km", "en"])
def test_a_day_that_the_bot_wrote(language: str) -> None:
    """A day copied from the bot's own messages is understood, in both languages."""
    days = [MOMENT.now.date() + timedelta(days=days) for days in range(0, 400, 13)]
    assert [date_of(day(language, meant), MOMENT) for meant in days] == [meant.isoformat() for meant in days]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("8:30", "08:30"),
        ("08:30", "08:30"),
        ("8.30", "08:30"),
        ("8h30", "08:30"),
        ("៨:៣០", "08:30"),
        ("8：30", "08:30"),
        ("8", "08:00"),
        ("8h", "08:00"),
        ("14h", "14:00"),
        ("14:05", "14:05"),
        ("23:59", "23:59"),
        ("8:30 AM", "08:30"),
        ("8:30 pm", "20:30"),
        ("2pm", "14:00"),
        ("2 p.m.", "14:00"),
        ("ម៉ោង ៨", "08:00"),
        ("ម៉ោង៨:៣០", "08:30"),
        ("៨:៣០ ព្រឹក", "08:30"),
        ("8:30ព្រឹក", "08:30"),
        ("២ រសៀល", "14:00"),
        ("ម៉ោង ២ រសៀល", "14:00"),
        ("៥:៣០ ល្ងាច", "17:30"),
        ("៧ យប់", "19:00"),
        ("១១:៤៥ យប់", "23:45"),
        ("14:00 pm", "14:00"),
        ("៨ កន្លះ", "08:30"),
        ("២ កន្លះ រសៀល", "14:30"),
    ],
)
def test_time(typed: str, meant: str) -> None:
    """A time is understood as people write it, in either digits and with the word for the part of the day."""
    assert time_of(typed, MOMENT) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12:00", "12:00"),
        ("12", "12:00"),
        ("12 pm", "12:00"),
        ("12:30 pm", "12:30"),
        ("១២ រសៀល", "12:00"),
        ("ថ្ងៃត្រង់", "12:00"),
        ("0:00", "00:00"),
        ("12 am", "00:00"),
        ("12:30 am", "00:30"),
        ("១២ ព្រឹក", "00:00"),
        ("១២ យប់", "00:00"),
        ("១២:៣០ យប់", "00:30"),
        ("១ យប់", "01:00"),
    ],
)
def test_noon_and_midnight(typed: str, meant: str) -> None:
    """Twelve at noon and at night are told apart, and the small hours are no afternoon."""
    assert time_of(typed, MOMENT) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "24:00", "25", "8:60", "8:5", "8:300", "-1", "123", "abc", "ព្រឹក", "8 ព្រឹក ល្ងាច", "8:30:15", "\ud800"],
    ids=ascii,
)
def test_no_time(typed: str) -> None:
    """What is no time of day is not understood."""
    assert time_of(typed, MOMENT) == Refused("no_time")


@pytest.mark.parametrize("typed", ["13 am", "15:00 ព្រឹក", "0 pm", "8:15 កន្លះ"])
def test_contradiction(typed: str) -> None:
    """What contradicts itself is not guessed at."""
    assert time_of(typed, MOMENT) == Refused("no_time")


@pytest.mark.parametrize("language", ["km", "en"])
def test_a_time_that_the_bot_wrote(language: str) -> None:
    """A time copied from the bot's own messages is the same time again, in both languages."""
    for hour in range(24):
        written = day_and_time(language, datetime(2027, 1, 15, hour, 30, tzinfo=PHNOM_PENH))
        copied = re.split(" at |ម៉ោង ", written)[1]
        assert time_of(copied, MOMENT) == f"{hour:02}:30", copied


@pytest.mark.parametrize(
    "typed",
    [
        "១៥ មករា ២០២៧ ម៉ោង ៨ ព្រឹក",
        "១៥ មករា ២០២៧ម៉ោង៨ព្រឹក",
        "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ ម៉ោង ៨:០០ ព្រឹក",
        "ម៉ោង ៨ ព្រឹក ថ្ងៃទី ១៥/១/២០២៧",
        "15/1/2027 8:00",
        "15/1/2027 8h",
        "15/1/2027, 8:00",
        "8:00 15/1/2027",
        "8 am 15 January",
        "15 January 8 am",
        "Friday 15 January 2027 at 8:00 AM",
    ],
)
def test_a_day_and_its_time(typed: str) -> None:
    """An answer that tells the day and the time fills in both."""
    assert start_of(typed, MOMENT) == {"date": "2027-01-15", "time": "08:00"}


@pytest.mark.parametrize(
    ("typed", "day_meant", "time_meant"),
    [
        ("tomorrow 14h", "2026-12-02", "14:00"),
        ("ស្អែក ម៉ោង ២ រសៀល", "2026-12-02", "14:00"),
        ("ថ្ងៃស្អែកម៉ោង៨", "2026-12-02", "08:00"),
        ("Friday 8:30 am", "2026-12-04", "08:30"),
        ("ថ្ងៃសុក្រ ម៉ោង ៨ កន្លះ ព្រឹក", "2026-12-04", "08:30"),
        ("ថ្ងៃសុក្រ ថ្ងៃត្រង់", "2026-12-04", "12:00"),
        ("29/2 8:00", "2028-02-29", "08:00"),
        ("31/12 23:59", "2026-12-31", "23:59"),
    ],
)
def test_a_near_day_and_its_time(typed: str, day_meant: str, time_meant: str) -> None:
    """So does one that tells the day by its name."""
    assert start_of(typed, MOMENT) == {"date": day_meant, "time": time_meant}


@pytest.mark.parametrize("typed", ["15/1/2027", "15 January 2027", "15.1.2027", "15 January 27"])
def test_a_day_alone(typed: str) -> None:
    """A year, or a day with points, is taken for no time."""
    assert start_of(typed, MOMENT) == "2027-01-15"


@pytest.mark.parametrize("typed", ["15/1/2027 2:00", "១៥ មករា ២០២៧ ម៉ោង ២"])
def test_only_the_half_of_the_day_is_asked(typed: str) -> None:
    """Where the hour may be meant in either half of the day, the day is kept and both hours are offered."""
    refused = start_of(typed, MOMENT)
    assert refused == Refused("which_half", ("02:00", "14:00"), {"date": "2027-01-15"}, "time")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("31/2/2027 8:00", "no_date"),
        ("1/1/2020 8:00", "past_date"),
        ("today 8:00", "past_time"),
        ("15/1/2570 8:00", "far_date"),
        ("Monday 15 January 2027 8:00", "other_weekday"),
        ("15/1/2027 25:00", "no_date"),
        ("8:00", "no_date"),
    ],
)
def test_a_start_that_cannot_be(typed: str, reason: str) -> None:
    """What is wrong with a day is told also where a time stands beside it."""
    assert start_of(typed, MOMENT) == Refused(reason)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Friday", "2026-12-04"),
        ("next Friday", "2026-12-04"),
        ("ថ្ងៃសុក្រ", "2026-12-04"),
        ("ថ្ងៃសុក្រក្រោយ", "2026-12-04"),
        ("ថ្ងៃសៅរ៍ ខាងមុខ", "2026-12-05"),
        ("Tuesday", "2026-12-08"),  # today is one
        ("monday", "2026-12-07"),
    ],
)
def test_a_weekday(typed: str, meant: str) -> None:
    """A weekday is the next of that name, from tomorrow on."""
    assert date_of(typed, MOMENT) == meant


@pytest.mark.parametrize("check", [start_of, end_of, deadline_of])
def test_an_hour_that_does_not_exist(check: Check) -> None:
    """Where clocks are put forward, the hour that they pass over is refused; those beside it count."""
    berlin = Moment(datetime(2027, 3, 1, 9, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    assert check("28/3/2027 02:30", berlin) == Refused("no_such_time")
    assert check("28/3/2027 01:59", berlin) != Refused("no_such_time")
    assert check("28/3/2027 03:00", berlin) != Refused("no_such_time")
    assert check("31/10/2027 02:30", berlin) != Refused(
        "no_such_time"
    )  # it comes twice, and the first counts


def test_an_event_in_an_hour_that_does_not_exist() -> None:
    """So is a day and a time that were told one after the other, and the end."""
    told = {"kind": "meeting", "title": "x", "place": "y", "date": "2027-03-28", "time": "02:30"}
    zone = ZoneInfo("Europe/Berlin")
    assert misfit(details_of(told, zone), MOMENT.now) == Misfit("time", "no_such_time")
    ends = {**told, "time": "01:30", "ends": "02:45"}
    assert misfit(details_of(ends, zone), MOMENT.now) == Misfit("ends", "no_such_time")
    assert misfit(details_of({**told, "time": "03:00"}, zone), MOMENT.now) is None
    assert misfit(details_of({**told, "date": "2027-10-31"}, zone), MOMENT.now) is None


def test_a_moment_with_an_unclear_hour() -> None:
    """A deadline or a time of sending asks for the half of the day as well, and drops no hour unsaid."""
    assert moment_of("tomorrow 2", MOMENT) == Refused("which_half")
    assert deadline_of("15/1/2027 ម៉ោង ២", MOMENT) == Refused("which_half")
    assert end_of("5", MOMENT) == Refused("which_half", ("05:00", "17:00"))


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(st.characters(exclude_categories=())) | st.text("0123456789/-. ១២ថ្ងៃទីមករាJan:", max_size=15))
def test_any_text(text: str) -> None:
    """Any text gives a day that can be announced, a time of day, or a reason; it never fails."""
    day_meant, time_meant = date_of(text, MOMENT), time_of(text, MOMENT)
    start = start_of(text, MOMENT)
    if isinstance(start, dict):
        assert datetime.fromisoformat(f"{start['date']}T{start['time']}+07:00") > MOMENT.now
    if not isinstance(day_meant, Refused):
        assert MOMENT.now.date() <= date.fromisoformat(day_meant) <= MOMENT.now.date() + FARTHEST
    if not isinstance(time_meant, Refused):
        assert time.fromisoformat(time_meant).isoformat("minutes") == time_meant
