"""Which telephone numbers an organisation may give."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.applications import FIELDS, email, known_provinces, telephone, website
from bot.core.directory import EVERYWHERE, Organisation, OrganisationKind, find, name_key, same_names
from bot.core.forms import Moment, Refused
from bot.core.membership import DECLINE_FIELDS, Reason, reason

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


def test_what_may_be_left_out() -> None:
    """What not everybody has may be skipped; only the telephone takes a contact; refusing needs a reason."""
    assert [field.name for field in FIELDS if field.contact] == ["telephone"]
    optional = ["other_name", "email", "website", "heard", "document"]
    assert [field.name for field in FIELDS if field.optional] == optional
    assert not [field.name for field in DECLINE_FIELDS if field.optional]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("office@example.org", "office@example.org"),
        (" Office.Phnom-Penh+wgpd@mail.example.com.kh ", "Office.Phnom-Penh+wgpd@mail.example.com.kh"),
        ("mailto:o'neil@example.org", "o'neil@example.org"),
        *((wrong, None) for wrong in ("", "x", "a@b", "a b@example.org", "a@example..org", ".a@example.org")),
        *((wrong, None) for wrong in ("a..b@example.org", "a.@example.org", "a@-example.org", "a@b@c.org")),
        *(
            (wrong, None)
            for wrong in ("ក@example.org", "a@example.org, b@example.org", f"{'a' * 65}@example.org")
        ),
    ],
)
def test_email(typed: str, kept: str | None) -> None:
    """What can be an e-mail address is kept as it was typed; what cannot is refused."""
    assert email(typed, MOMENT) == (kept or Refused("no_email"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.example.org", "https://www.example.org"),
        ("http://Example.ORG/", "http://example.org"),
        ("facebook.com/phum.thmey", "https://facebook.com/phum.thmey"),
        ("https://example.org/km?x=1", "https://example.org/km?x=1"),
        *(
            (wrong, None)
            for wrong in ("", "គ្មាន", "no", "http://", "localhost", "https://10.0.0.1", "a b.org")
        ),
        *(
            (wrong, None)
            for wrong in ("javascript:alert(1)", "ftp://example.org", "https://bank.com@evil.org")
        ),
    ],
)
def test_website(typed: str, kept: str | None) -> None:
    """An address is kept with its scheme; what leads nowhere, or elsewhere than it seems, is refused."""
    assert website(typed, MOMENT) == (kept or Refused("no_website"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("03", "03"),
        (EVERYWHERE, EVERYWHERE),
        ("កំពង់ចាម", "03"),
        ("Kampong Cham, siem reap", "03 17"),
        ("ខេត្តកំពង់ចាម និងសៀមរាប", "03 17"),
        ("Phnom Penh and Kandal", "12 08"),
        ("សៀមរាប / សៀមរាប", "17"),
        *((wrong, None) for wrong in ("", "99", "ភ្នំស្រួច", "Kampong Cham, Atlantis", ",")),
    ],
)
def test_provinces(typed: str, kept: str | None) -> None:
    """Provinces are known by code and by name in both scripts, several at once; else none is kept."""
    assert known_provinces(typed, MOMENT) == (kept or Refused("no_province"))


def test_reasons() -> None:
    """A reason is one of the ready ones, or own words that say something."""
    assert [reason(one, MOMENT) for one in Reason] == list(Reason)
    assert reason("សូមភ្ជាប់លិខិត", MOMENT) == "សូមភ្ជាប់លិខិត"
    assert reason(" . ", MOMENT) == Refused("too_short")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("អង្គការ ភ្នំស្រួច", "ភ្នំស្រួច"),
        ("អង្គការភ្នំ ស្រួច", "អង្គការ\u200bភ្នំស្រួច"),
        ("សំរាប់ភូមិ", "សម្រាប់ភូមិ"),
        ("The N.G.O. Forum", "the n g o forum"),
        ("Oxfam GB", "oxfam-gb"),
        ("Phum Thmey Organisation", "phum thmey organization"),
        ("ក្រុម ៣", "ក្រុម 3"),
    ],
)
def test_the_same_name(first: str, second: str) -> None:
    """A name is the same however it is spaced, spelt or capitalised, with or without "organisation"."""
    assert same_names([first, "x"], ["y", second])


def test_other_names() -> None:
    """Different names differ, and a name of signs only is nobody's."""
    assert not same_names(["ភ្នំស្រួច"], ["ភ្នំក្រវាញ"])
    assert not same_names(["!!!"], ["..."])
    assert name_key("អង្គការ") == name_key("អង្គការ ") != ""


SPACES = st.sampled_from(["", " ", "\u200b", "  ", "\u00a0"])


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(["អង្គការ", "ភូមិ", "ថ្មី", "អភិវឌ្ឍន៍", "សំរាប់", "ស្ត្រី"]), min_size=1), st.data())
def test_any_spacing_of_a_name(parts: list[str], data: st.DataObject) -> None:
    """However the words of a Khmer name are parted, by spaces seen or unseen, it is the same name."""
    spaced = "".join(part + data.draw(SPACES) for part in parts)
    assert same_names([spaced], ["".join(parts)])


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=())))
def test_any_name(name: str) -> None:
    """Any text has a key, and it does not depend on spaces around the text."""
    assert name_key(name) == name_key(f"  {name}\n")


PLACES = Organisation(1, "អង្គការអភិវឌ្ឍន៍ភូមិ", False, "Village Support", OrganisationKind.LOCAL, ("03",))
OTHERS = (
    Organisation(2, "CIDSE", True, "ស៊ីសេកម្ពុជា"),
    Organisation(3, "CCSP", True, "ស៊ីស៊ីអេសភី"),
    Organisation(4, "Everywhere Foundation", provinces=(EVERYWHERE,)),
)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("អភិវឌ្ឍន៍ភូមិ", 1),
        ("អភិវឌ្ឍន៍ ភូមិ", 1),
        ("village", 1),
        ("Vilage Suport", 1),
        ("kampong cham", 1),
        ("កំពង់ចាម", 1),
        ("cidse", 2),
        ("អង្គការស៊ីសេ", 2),
        ("ccsp", 3),
        ("ស៊ីស៊ីអេសភី", 3),
        ("foundation everywhere", 4),
        ("នាវាអវកាស", None),
        ("???", None),
        ("", None),
    ],
)
def test_finding(words: str, first: int | None) -> None:
    """A member is found by its name in either script, a part of it, with slips, or by a province."""
    assert next((one.id for one in find((*OTHERS, PLACES), words)), None) == first
