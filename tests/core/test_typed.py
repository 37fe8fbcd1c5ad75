"""Names, telephone numbers and dates as anybody may type them: what is meant is kept, whatever is typed."""

import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.applications import telephone
from bot.core.dates import FARTHEST, date_of
from bot.core.forms import Moment, Refused, text_between, units
from messages.dates import day, digits

MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh")))
name = text_between(2, 60)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)
_EACH = settings(derandomize=True, deadline=None, max_examples=200)


@_EACH
@given(ANYTHING)
def test_any_name(typed: str) -> None:
    """A name is kept in one line that fits, without signs that cannot be seen, or refused for its length."""
    kept = name(typed, MOMENT)
    if isinstance(kept, Refused):
        assert kept.reason in ("too_short", "too_long")
        return
    assert isinstance(kept, str)
    assert len(kept) >= 2 and units(kept) <= 60
    assert "\n" not in kept and kept == kept.strip()
    assert not {unicodedata.category(sign) for sign in kept} & {"Cc", "Cs", "Co", "Cn"}
    assert name(kept, MOMENT) == kept


@_EACH
@given(
    st.lists(st.sampled_from(["សុខ", "ដារ៉ា", "Sok", "Dara", "អ៊ុំ", "O'Neil", "<b>"]), min_size=1, max_size=4),
    st.data(),
)
def test_a_name_is_kept_as_it_is(words: list[str], data: st.DataObject) -> None:
    """A name in either script keeps its letters; only the spaces between its words become one each."""
    spaces = st.sampled_from([" ", "  ", "\t", "\n", " \u00a0"])
    typed = "".join(word + data.draw(spaces) for word in words)
    assert name(typed, MOMENT) == " ".join(words)


@_EACH
@given(
    st.sampled_from(["11", "12", "17", "77", "78", "92", "95"]),
    st.integers(200_000, 999_999),
    st.sampled_from(["0", "+855", "+855 ", "855 ", "+855 (0)"]),
    st.booleans(),
    st.data(),
)
def test_a_mobile_number(network: str, rest: int, prefix: str, khmer: bool, data: st.DataObject) -> None:
    """A Cambodian mobile number is the same however it is grouped, in either digits, at home or abroad."""
    separator = st.sampled_from(["", " ", "-", "."])
    number = f"{rest:06}"
    typed = f"{prefix}{network}{data.draw(separator)}{number[:3]}{data.draw(separator)}{number[3:]}"
    kept = telephone(digits("km", typed) if khmer else typed, MOMENT)
    assert kept == f"+855 {network} {number[:3]} {number[3:]}"


@_EACH
@given(
    st.integers(0, FARTHEST.days),
    st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%-d.%-m.%Y", "%-d %B %Y", "%-d %b %Y"]),
    st.booleans(),
)
def test_a_day_in_figures(ahead: int, form: str, khmer: bool) -> None:
    """Any day that can be announced is understood in the usual ways of writing it, in either digits."""
    meant = MOMENT.now.date() + timedelta(days=ahead)
    typed = meant.strftime(form)
    assert date_of(digits("km", typed) if khmer else typed, MOMENT) == meant.isoformat()


@_EACH
@given(st.integers(0, FARTHEST.days), st.sampled_from(["km", "en"]))
def test_a_day_as_the_bot_writes_it(ahead: int, language: str) -> None:
    """What the bot itself writes for a day is understood as that day."""
    meant: date = MOMENT.now.date() + timedelta(days=ahead)
    assert date_of(day(language, meant), MOMENT) == meant.isoformat()
