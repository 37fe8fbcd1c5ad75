"""Dates and times as a Cambodian reader expects them, and in English."""

from datetime import date, datetime
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime, get_day_names

FIRST_WEEKDAY: Final = Locale("km", "KH").first_week_day
"""The day with which weeks begin in Cambodia; Monday is 0."""
_KHMER_DIGITS: Final = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


def digits(language: str, number: int | str) -> str:
    """A number in the digits of the language."""
    return str(number).translate(_KHMER_DIGITS) if language == "km" else str(number)


def day(language: str, when: date) -> str:
    """For example ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧, Friday 15 January 2027."""
    if language == "km":
        return digits("km", format_date(when, "ថ្ងៃEEEE ទីd ខែMMMM ឆ្នាំy", locale="km"))
    return format_date(when, "EEEE d MMMM y", locale="en")


def short_day(language: str, when: date) -> str:
    """For example ១៥ មករា, 15 Jan."""
    if language == "km":
        return digits("km", format_date(when, "d MMMM", locale="km"))
    return format_date(when, "d MMM", locale="en")


def month_name(language: str, when: date) -> str:
    """For example មករា ២០២៧, January 2027."""
    return digits(language, format_date(when, "LLLL y", locale=language))


def weekday_name(language: str, number: int) -> str:
    """For example ថ្ងៃអង្គារ, Tuesday; Monday is 0."""
    name = get_day_names("wide", locale=language)[number]
    return f"ថ្ងៃ{name}" if language == "km" else name


def weekday_letters(language: str) -> list[str]:
    """The days of a week as short as a calendar heads its columns, from the first on."""
    names = get_day_names("short", locale=language)
    return [names[(FIRST_WEEKDAY + number) % 7] for number in range(7)]


def day_and_time(language: str, when: datetime) -> str:
    """For example ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ ម៉ោង ៨:៣០ ព្រឹក, Friday 15 January 2027 at 8:30 AM."""
    return f"{day(language, when)} {'ម៉ោង' if language == 'km' else 'at'} {clock_time(language, when)}"


def clock_time(language: str, when: datetime) -> str:
    """For example ៨:៣០ ព្រឹក, 8:30 AM."""
    if language == "km":
        return f"{digits('km', format_datetime(when, 'h:mm', locale='km'))} {_part_of_day(when.hour)}"
    return format_datetime(when, "h:mm a", locale="en").replace("\u202f", " ")


def _part_of_day(hour: int) -> str:
    """The Khmer word after a clock time; Babel's own carry «នៅពេល» and joiners that nobody writes there."""
    if hour < 12:
        return "ព្រឹក"
    if hour == 12:
        return "ថ្ងៃត្រង់"
    if hour < 16:
        return "រសៀល"
    return "ល្ងាច" if hour < 19 else "យប់"
