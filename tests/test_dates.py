"""Dates and times as readers expect them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messages.dates import day, day_and_time, digits

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")


@pytest.mark.parametrize(
    ("number", "khmer", "english"),
    [
        (0, "០", "0"),
        (1234567890, "១២៣៤៥៦៧៨៩០", "1234567890"),
        ("2/4", "២/៤", "2/4"),
        (-1, "-១", "-1"),
    ],
)
def test_digits(number: int | str, khmer: str, english: str) -> None:
    """Numbers stand in the digits of the language."""
    assert (digits("km", number), digits("en", number)) == (khmer, english)


@pytest.mark.parametrize(
    ("when", "khmer", "english"),
    [
        (date(2027, 1, 15), "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧", "Friday 15 January 2027"),
        (date(2027, 2, 1), "ថ្ងៃច័ន្ទ ទី១ ខែកុម្ភៈ ឆ្នាំ២០២៧", "Monday 1 February 2027"),
        (date(2027, 3, 2), "ថ្ងៃអង្គារ ទី២ ខែមីនា ឆ្នាំ២០២៧", "Tuesday 2 March 2027"),
        (date(2027, 4, 14), "ថ្ងៃពុធ ទី១៤ ខែមេសា ឆ្នាំ២០២៧", "Wednesday 14 April 2027"),
        (date(2027, 5, 20), "ថ្ងៃព្រហស្បតិ៍ ទី២០ ខែឧសភា ឆ្នាំ២០២៧", "Thursday 20 May 2027"),
        (date(2027, 6, 18), "ថ្ងៃសុក្រ ទី១៨ ខែមិថុនា ឆ្នាំ២០២៧", "Friday 18 June 2027"),
        (date(2027, 7, 31), "ថ្ងៃសៅរ៍ ទី៣១ ខែកក្កដា ឆ្នាំ២០២៧", "Saturday 31 July 2027"),
        (date(2027, 8, 1), "ថ្ងៃអាទិត្យ ទី១ ខែសីហា ឆ្នាំ២០២៧", "Sunday 1 August 2027"),
        (date(2027, 9, 24), "ថ្ងៃសុក្រ ទី២៤ ខែកញ្ញា ឆ្នាំ២០២៧", "Friday 24 September 2027"),
        (date(2027, 10, 23), "ថ្ងៃសៅរ៍ ទី២៣ ខែតុលា ឆ្នាំ២០២៧", "Saturday 23 October 2027"),
        (date(2027, 11, 9), "ថ្ងៃអង្គារ ទី៩ ខែវិច្ឆិកា ឆ្នាំ២០២៧", "Tuesday 9 November 2027"),
        (date(2027, 12, 31), "ថ្ងៃសុក្រ ទី៣១ ខែធ្នូ ឆ្នាំ២០២៧", "Friday 31 December 2027"),
        (date(2028, 2, 29), "ថ្ងៃអង្គារ ទី២៩ ខែកុម្ភៈ ឆ្នាំ២០២៨", "Tuesday 29 February 2028"),
    ],
)
def test_day(when: date, khmer: str, english: str) -> None:
    """A day is told with its weekday, in both languages."""
    assert (day("km", when), day("en", when)) == (khmer, english)


@pytest.mark.parametrize(
    ("hour", "minute", "khmer", "english"),
    [
        (8, 30, "៨:៣០ ព្រឹក", "8:30 AM"),
        (11, 59, "១១:៥៩ ព្រឹក", "11:59 AM"),
        (12, 0, "១២:០០ ថ្ងៃត្រង់", "12:00 PM"),
        (14, 5, "២:០៥ រសៀល", "2:05 PM"),
        (15, 59, "៣:៥៩ រសៀល", "3:59 PM"),
        (16, 0, "៤:០០ ល្ងាច", "4:00 PM"),
        (18, 59, "៦:៥៩ ល្ងាច", "6:59 PM"),
        (19, 0, "៧:០០ យប់", "7:00 PM"),
        (23, 59, "១១:៥៩ យប់", "11:59 PM"),
    ],
)
def test_day_and_time(hour: int, minute: int, khmer: str, english: str) -> None:
    """A time is told on a clock of twelve hours, with the part of the day."""
    when = datetime(2027, 1, 15, hour, minute, tzinfo=PHNOM_PENH)
    assert day_and_time("km", when) == f"ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ ម៉ោង {khmer}"
    assert day_and_time("en", when) == f"Friday 15 January 2027 at {english}"


def test_the_example_of_the_house() -> None:
    """The example by which the translators go is told to the letter."""
    when = datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH)
    assert day_and_time("km", when) == "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ ម៉ោង ៨:៣០ ព្រឹក"


def test_midnight() -> None:
    """Midnight belongs to the day that begins, and is not noon."""
    midnight = datetime(2027, 1, 15, 0, 0, tzinfo=PHNOM_PENH)
    told = {language: day_and_time(language, midnight) for language in ("km", "en")}
    assert told["en"] == "Friday 15 January 2027 at 12:00 AM"
    assert "ទី១៥" in told["km"]
    assert told["km"] != day_and_time("km", midnight + timedelta(hours=12))


@pytest.mark.parametrize("language", ["km", "en"])
def test_every_minute_is_told_apart(language: str) -> None:
    """No two minutes of a day read the same."""
    midnight = datetime(2027, 1, 15, tzinfo=PHNOM_PENH)
    told = {day_and_time(language, midnight + timedelta(minutes=minute)) for minute in range(24 * 60)}
    assert len(told) == 24 * 60


@pytest.mark.parametrize("language", ["km", "en"])
def test_no_odd_spaces(language: str) -> None:
    """A date holds no narrow or unbreakable space and nothing invisible: it can be copied and searched."""
    for hour in range(24):
        told = day_and_time(language, datetime(2027, 5, 20, hour, 30, tzinfo=PHNOM_PENH))
        assert not set(told) & set("\u00a0\u202f\u2009\u200b\u200c\u200d")
        assert all(character.isprintable() for character in told)
