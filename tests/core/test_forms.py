"""The moves between a form's steps, and what free text may be kept."""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.forms import (
    REVIEW,
    Field,
    Form,
    Moment,
    Refused,
    answer,
    back,
    begin,
    change,
    clean,
    current_field,
    skip,
    text_between,
)

MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh")))
NAME, NOTE, PLACE = (
    Field("name", text_between(2, 20)),
    Field("note", text_between(2, 20), optional=True),
    Field("place", text_between(2, 20)),
)
FIELDS = (NAME, NOTE, PLACE)
FILLED = {"name": "សុខា", "note": "", "place": "តាកែវ"}
DIRECTION_SIGNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# Any code point at all, halves of surrogate pairs too.
anything = st.text(st.characters(exclude_categories=()))


def form(step: str, **answers: str) -> Form:
    return Form(7, "join", step, answers, 41)


def answered(before: Form, text: str) -> Form:
    after = answer(before, FIELDS, text, MOMENT)
    assert isinstance(after, Form)
    return after


def test_begin_at_first_field() -> None:
    """A new form asks its first field, holds nothing, and is not saved yet."""
    assert begin(7, "join", FIELDS) == Form(7, "join", "name", {}, 0)


def test_begin_with_answers() -> None:
    """A form that begins with some answers asks the first field that has none."""
    assert begin(7, "join", FIELDS, {"name": "សុខា"}).step == "note"
    assert begin(7, "join", FIELDS, {"note": "ក្រុម"}).step == "name"


def test_begin_with_all_answers() -> None:
    """A form that begins with every answer stands at the review."""
    assert begin(7, "join", FIELDS, FILLED).step == REVIEW


def test_begin_keeps_what_is_no_field() -> None:
    """What a form is about may be kept among its answers, though no field asks it."""
    begun = begin(7, "decline", FIELDS, {"request": "12"})
    assert begun.step == "name"
    assert begun.answers == {"request": "12"}


def test_begin_copies_the_answers() -> None:
    """A form does not change when the answers that it began with do."""
    given_answers = {"name": "សុខា"}
    begun = begin(7, "join", FIELDS, given_answers)
    given_answers["name"] = "ចាន់ណា"
    assert begun.answers == {"name": "សុខា"}


def test_answers_lead_to_review() -> None:
    """Each answer is kept and leads one field on; the last leads to the review."""
    one = answered(begin(7, "join", FIELDS), " សុខា ")
    two = answered(one, "ប្រធាន")
    three = answered(two, "តាកែវ")
    assert [one.step, two.step, three.step] == ["note", "place", REVIEW]
    assert three.answers == {"name": "សុខា", "note": "ប្រធាន", "place": "តាកែវ"}


def test_answer_leaves_the_former_form() -> None:
    """A move makes a new form and leaves the one before as it was."""
    before = form("name")
    answered(before, "សុខា")
    assert before == form("name")


def test_answer_keeps_version_chat_and_kind() -> None:
    """An answer changes neither the version nor the chat nor the kind: saving does."""
    after = answered(form("name"), "សុខា")
    assert (after.chat_id, after.kind, after.version) == (7, "join", 41)


def test_refused_answer() -> None:
    """An answer that does not fit gives the reason and no form."""
    assert answer(form("name"), FIELDS, "ក", MOMENT) == Refused("too_short")
    assert answer(form("name"), FIELDS, "ក" * 21, MOMENT) == Refused("too_long")


def test_answer_at_review() -> None:
    """At the review there is nothing to answer."""
    assert answer(form(REVIEW, **FILLED), FIELDS, "សុខា", MOMENT) == Refused("review")


def test_check_is_given_the_moment() -> None:
    """A field's check learns the text and the moment as they are."""
    seen: list[tuple[str, Moment]] = []

    def check(text: str, moment: Moment) -> str:
        seen.append((text, moment))
        return "kept"

    after = answer(begin(7, "join", (Field("one", check),)), (Field("one", check),), " ១ ", MOMENT)
    assert isinstance(after, Form)
    assert after.answers == {"one": "kept"}
    assert seen == [(" ១ ", MOMENT)]


def test_skip_optional() -> None:
    """A field that may stay empty is skipped with an empty answer."""
    assert skip(form("note", name="សុខា"), FIELDS) == form("place", name="សុខា", note="")


def test_skip_takes_an_answer_away() -> None:
    """Skipping a field that was answered before empties it."""
    assert skip(form("note", **{**FILLED, "note": "ប្រធាន"}), FIELDS) == form(REVIEW, **FILLED)


@pytest.mark.parametrize("step", ["name", "place", REVIEW, "unheard-of"])
def test_skip_refused(step: str) -> None:
    """A field that is needed cannot be skipped, nor can the review."""
    assert skip(form(step), FIELDS) == Refused("needed")


@pytest.mark.parametrize(("step", "earlier"), [("place", "note"), ("note", "name"), ("name", "name")])
def test_back(step: str, earlier: str) -> None:
    """Going back leads one step back, from the first field nowhere, and keeps every answer."""
    filled = {"name": FILLED["name"]}
    assert back(form(step, **filled), FIELDS) == form(earlier, **filled)


@pytest.mark.parametrize(
    ("step", "earlier"), [("place", REVIEW), ("note", REVIEW), ("name", REVIEW), (REVIEW, "place")]
)
def test_back_from_a_change(step: str, earlier: str) -> None:
    """Going back from a field that was being changed leads to the review, and keeps every answer."""
    assert back(form(step, **FILLED), FIELDS) == form(earlier, **FILLED)


def test_answer_after_back() -> None:
    """After going back, an answer replaces the former and leads to the first field that is still open."""
    after = answered(back(form("place", name="សុខា", note=""), FIELDS), "ប្រធាន")
    assert after == form("place", name="សុខា", note="ប្រធាន")
    twice = back(back(form("place", name="សុខា", note=""), FIELDS), FIELDS)
    assert answered(twice, "ចាន់ណា") == form("place", name="ចាន់ណា", note="")


def test_change_leads_back_to_review() -> None:
    """From the review any field can be asked again; its answer leads back to the review."""
    changing = change(form(REVIEW, **FILLED), FIELDS, "name")
    assert changing == form("name", **FILLED)
    assert answered(changing, "ចាន់ណា") == form(REVIEW, **{**FILLED, "name": "ចាន់ណា"})


def test_refused_change_keeps_the_answer() -> None:
    """When the new answer to a changed field does not fit, the former one is still there."""
    changing = change(form(REVIEW, **FILLED), FIELDS, "name")
    assert isinstance(answer(changing, FIELDS, "", MOMENT), Refused)
    assert changing.answers["name"] == "សុខា"


@pytest.mark.parametrize("name", ["", REVIEW, "request", "unheard-of"])
def test_change_of_no_field(name: str) -> None:
    """A change of something that is no field of the form changes nothing."""
    assert change(form(REVIEW, **FILLED), FIELDS, name) == form(REVIEW, **FILLED)


def test_current_field() -> None:
    """The current field is the one at the form's step, and none at the review."""
    assert current_field(form("note", **FILLED), FIELDS) is NOTE
    assert current_field(form(REVIEW, **FILLED), FIELDS) is None


@pytest.mark.parametrize("step", [REVIEW, "a step of an earlier version"])
def test_a_form_that_is_not_whole(step: str) -> None:
    """A form that stands at no field and lacks an answer, as after a new version, asks for that answer."""
    assert current_field(form(step, name="សុខា"), FIELDS) is NOTE
    assert answered(form(step, name="សុខា"), "ប្រធាន") == form("place", name="សុខា", note="ប្រធាន")


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["good", "bad", "skip", "back", "name", "note", "place", "unheard-of"])))
def test_any_moves(moves: list[str]) -> None:
    """Whatever is pressed and typed, no answer is lost, and the review comes only when all is answered."""
    now = begin(7, "join", FIELDS)
    for move in moves:
        before = set(now.answers)
        match move:
            case "good" | "bad":
                after = answer(now, FIELDS, "សុខា" if move == "good" else "", MOMENT)
            case "skip":
                after = skip(now, FIELDS)
            case "back":
                after = back(now, FIELDS)
            case name:
                after = change(now, FIELDS, name)
        now = now if isinstance(after, Refused) else after
        assert before <= set(now.answers) <= {"name", "note", "place"}
        assert now.step in {"name", "note", "place", REVIEW}
        if now.step == REVIEW:
            assert len(now.answers) == 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("សុខា", "សុខា"),
        ("  សុខា \n", "សុខា"),
        ("សុខា\n\nប្រធាន", "សុខា ប្រធាន"),
        ("សុខា   ប្រធាន", "សុខា ប្រធាន"),
        ("សុ\u200bខា", "សុ\u200bខា"),  # a zero-width space between Khmer words is right
        ("a\x00b\x07c\x7f", "abc"),
        ("\u202eabc\u202c", "abc"),
        ("\u2066a\u2067b\u2068c\u2069", "abc"),
        ("a\ud800b\udfff", "ab"),
        ("a\ue000b\uffffc", "abc"),
        ("<b>&\"'", "<b>&\"'"),
        ("🙂🙂", "🙂🙂"),
        ("សុខា\tប្រធាន", "សុខា ប្រធាន"),
        ("សុខា\rប្រធាន", "សុខា ប្រធាន"),
    ],
)
def test_text_kept(typed: str, kept: str) -> None:
    """A line of text is kept as typed, without what cannot be seen and with single spaces."""
    assert text_between(2, 20)(typed, MOMENT) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ក",
        " \n ",
        "\u200b" * 5,
        "\u200b\u200c\u200d\u2060\ufeff",
        "\xa0\u3000\u2003",
        "\x00\x01\x02",
        "\ud800\udc00\ud800",
        DIRECTION_SIGNS,
        "\ue000\ue001\ue002",
        "\U000e0041\U000e0042\U000e0043",
        "\u2800\u2800\u2800",
        "\u3164\u115f\u1160\uffa0",
        "\u17b4\u17b5\u17b4",
        "\ufe0f\u034f\ufe0f",
    ],
    ids=ascii,
)
def test_nothing_to_see_is_too_short(typed: str) -> None:
    """A text in which nothing, or too little, can be seen is too short, however many characters it has."""
    assert text_between(2, 20)(typed, MOMENT) == Refused("too_short")


@pytest.mark.parametrize(
    ("typed", "fits"), [("ក" * 20, True), ("ក" * 21, False), ("🙂" * 10, True), ("🙂" * 10 + "ក", False)]
)
def test_length_in_utf16_units(typed: str, fits: bool) -> None:
    """The longest text is measured as Telegram measures: an emoji counts two."""
    assert text_between(2, 20)(typed, MOMENT) == (typed if fits else Refused("too_long"))


def test_length_after_cleaning() -> None:
    """What is taken away does not count towards the longest length."""
    assert text_between(2, 20)("ក" * 20 + "\u202e" * 50 + " \n" * 50, MOMENT) == "ក" * 20


def test_lines_are_kept_on_request() -> None:
    """Line ends are kept where the field asks for lines, in either way of writing them."""
    lines = text_between(2, 50, lines=True)
    assert lines("\nមួយ\r\nពីរ\n\nបី\n", MOMENT) == "មួយ\nពីរ\n\nបី"
    assert text_between(2, 50)("មួយ\r\nពីរ", MOMENT) == "មួយ ពីរ"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("ក" * 100_000, "too_long"),
        ("🙂" * 100_000, "too_long"),
        ("\u200b" * 100_000, "too_short"),
        (" \n" * 50_000, "too_short"),
        ("\ud800" * 100_000, "too_short"),
    ],
    ids=["letters", "emoji", "zero-width", "spaces", "halves"],
)
@pytest.mark.parametrize("lines", [False, True])
def test_100_kilobytes(typed: str, reason: str, lines: bool) -> None:
    """A text of 100 KB and more is refused like any other."""
    assert text_between(2, 3000, lines=lines)(typed, MOMENT) == Refused(reason)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(anything)
def test_clean_any_text(text: str) -> None:
    """A cleaned text can be stored and sent: no controls, no direction overrides, no halves of letters."""
    kept = clean(text)
    kept.encode("utf-8")
    assert not set(kept) & set(DIRECTION_SIGNS)
    assert not [c for c in kept if c != "\n" and unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"}]
    assert kept == kept.strip()
    assert clean(kept) == kept


@settings(derandomize=True, deadline=None, max_examples=300)
@given(anything, st.booleans())
def test_check_any_text(text: str, lines: bool) -> None:
    """Any text is kept within its bounds or refused with a reason, and what is kept would be kept again."""
    check = text_between(2, 20, lines=lines)
    kept = check(text, MOMENT)
    if isinstance(kept, Refused):
        assert kept.reason in {"too_short", "too_long"}
        return
    assert isinstance(kept, str)
    assert len(kept) >= 2
    assert len(kept.encode("utf-16-le")) <= 2 * 20
    assert check(kept, MOMENT) == kept
