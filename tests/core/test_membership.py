"""Which telephone numbers an organisation may give."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.forms import Moment, Refused
from bot.core.membership import DECLINE_FIELDS, FIELDS, telephone

MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh")))


@pytest.mark.parametrize(
    "typed",
    [
        "012 345 678",
        "012345678",
        " 012-345-678 ",
        "(012) 345.678",
        "+855 12 345 678",
        "+85512345678",
        "855 12 345 678",
        "+855 (0)12 345 678",
        "tel:+85512345678",
        "០១២ ៣៤៥ ៦៧៨",
        "+៨៥៥១២៣៤៥៦៧៨",
        "０１２ ３４５ ６７８",
        "012\u200b345\u200b678",
        "ទូរស័ព្ទ ០១២ ៣៤៥ ៦៧៨",
    ],
)
def test_one_number_in_many_ways(typed: str) -> None:
    """A number is kept in its international form, however it is written, Khmer digits too."""
    assert telephone(typed, MOMENT) == "+855 12 345 678"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("023 217 855", "+855 23 217 855"),
        ("096 123 4567", "+855 96 123 4567"),
        ("+66 2 123 4567", "+66 2 123 4567"),
        ("+33 1 23 45 67 89", "+33 1 23 45 67 89"),
    ],
)
def test_other_numbers(typed: str, kept: str) -> None:
    """Fixed lines, longer mobile numbers and numbers abroad are kept."""
    assert telephone(typed, MOMENT) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12",
        "117",
        "abc",
        "សុខា",
        "012 345 67",
        "012 345 678 901 234",
        "+855",
        "+999 12 345 678",
        "000 000 000",
        "\x00",
        "\ud800",
        "9" * 100_000,
        "+" * 100_000,
    ],
    ids=lambda typed: ascii(typed[:20]),
)
def test_no_number(typed: str) -> None:
    """What cannot be called is refused."""
    assert telephone(typed, MOMENT) == Refused("no_telephone")


@pytest.mark.parametrize(
    "typed", ["012 345 678 / 011 222 333", "012 345 678 ឬ 011 222 333", "សុខា 012 345 678, ចាន់ណា 011 222 333"]
)
def test_several_numbers(typed: str) -> None:
    """Of several numbers the first is kept."""
    assert telephone(typed, MOMENT) == "+855 12 345 678"


def test_kept_number_is_accepted_again() -> None:
    """The form in which a number is kept, and in which Telegram shares one, is itself a number."""
    kept = telephone("012 345 678", MOMENT)
    assert isinstance(kept, str)
    assert telephone(kept, MOMENT) == kept


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=())) | st.text("+0123456789 ០១២-()", max_size=20))
def test_any_text(text: str) -> None:
    """Any text gives a number that fits its column, or is refused; it never fails."""
    kept = telephone(text, MOMENT)
    assert kept == Refused("no_telephone") or (isinstance(kept, str) and kept[0] == "+" and len(kept) <= 30)


def test_only_the_telephone_takes_a_contact() -> None:
    """Only the telephone may be answered by a contact, and only the reason for declining be skipped."""
    assert [field.name for field in FIELDS if field.contact] == ["telephone"]
    assert not [field.name for field in FIELDS if field.optional]
    assert [field.name for field in DECLINE_FIELDS if field.optional] == ["reason"]
