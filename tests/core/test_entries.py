"""Entries as they are written in the chat: what each field takes, and what becomes of a filled form."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.entries import (
    FIELDS,
    LONGEST_ANSWER,
    LONGEST_ASK,
    LONGEST_QUESTION,
    MOST_ASKS,
    answers_of,
    asked_elsewhere,
    change_of,
    kinds,
    one_language_changed,
    with_asks,
)
from bot.core.forms import REVIEW, Answered, Form, Moment, Refused, begin, skip
from bot.core.knowledge import Asked, Change, Chapter
from tests.core.library import BOOKS, BORROW, LIBRARY, OPENED

MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh")))
FIELD = {field.name: field for field in FIELDS}
SHELVES = replace(LIBRARY, chapters=(Chapter("house", "ផ្ទះ", "The house", ("opened-when", "books")),))
NEW = {
    "topic": "entry-1",
    "chapter": "house",
    "after": "0",
    "question_km": "តើបណ្ណាល័យបិទម៉ោងប៉ុន្មាន?",
    "answer_km": "ម៉ោងប្រាំ។",
    "question_en": "",
    "answer_en": "",
    "asks": "",
}


def check(name: str, text: str) -> Answered:
    return FIELD[name].check(text, MOMENT)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ចំនួនសៀវភៅ", "ចំនួនសៀវភៅ"),
        ("ចំនួនសៀវភៅ\n\n  how   many books  \n", "ចំនួនសៀវភៅ\nhow many books"),
        ("• ចំនួនសៀវភៅ\n- how many\n* number", "ចំនួនសៀវភៅ\nhow many\nnumber"),
        ("-- • how many", "how many"),
        ("well-known books", "well-known books"),
        ("how many\r\nnumber\rhow many", "how many\nnumber"),
        ("how many\n-\n•", "how many"),
    ],
)
def test_ways_of_asking(written: str, kept: str) -> None:
    """Ways of asking are kept one a line, each once, without bullets, empty lines and spaces to spare."""
    assert check("asks", written) == kept


@pytest.mark.parametrize("nothing", ["", "   ", "\n\n", "•\n-\n*", "\u200e", "\u3164"])
def test_no_way_of_asking(nothing: str) -> None:
    """What holds no way of asking is refused, and no empty one is kept."""
    assert check("asks", nothing) == Refused("too_short")


def test_bounds_of_ways_of_asking() -> None:
    """As many and as long ways of asking as the bounds say are taken, and no more."""
    most = "\n".join(f"question {number}" for number in range(MOST_ASKS))
    assert check("asks", most) == most
    assert check("asks", f"{most}\none more") == Refused("too_long")
    assert check("asks", f"{most}\nquestion 1") == most
    assert check("asks", "ក" * LONGEST_ASK) == "ក" * LONGEST_ASK
    assert check("asks", "ក" * (LONGEST_ASK + 1)) == Refused("too_long")


@pytest.mark.parametrize("name", ["question_km", "question_en"])
def test_bounds_of_questions(name: str) -> None:
    """A question is one line of three to three hundred characters."""
    assert check(name, "ក" * LONGEST_QUESTION) == "ក" * LONGEST_QUESTION
    assert check(name, "ក" * (LONGEST_QUESTION + 1)) == Refused("too_long")
    assert check(name, "ក?") == Refused("too_short")
    assert check(name, "តើមាន\nសៀវភៅទេ?") == "តើមាន សៀវភៅទេ?"


@pytest.mark.parametrize("name", ["answer_km", "answer_en"])
def test_bounds_of_answers(name: str) -> None:
    """An answer keeps its lines, may be one word, and fits into one message."""
    assert check(name, "ទេ\nសូមអភ័យទោស") == "ទេ\nសូមអភ័យទោស"
    assert check(name, "ក" * LONGEST_ANSWER) == "ក" * LONGEST_ANSWER
    assert check(name, "ក" * (LONGEST_ANSWER + 1)) == Refused("too_long")
    assert check(name, " \n ") == Refused("too_short")


def test_what_may_be_left_out() -> None:
    """A new entry needs a question and an answer in Khmer; the rest may be skipped."""
    assert [field.name for field in FIELDS if not field.optional] == ["question_km", "answer_km"]
    form: Form | Refused = begin(7, "entry", FIELDS, {"question_km": "សំណួរ", "answer_km": "ចម្លើយ"})
    for _ in range(3):
        assert isinstance(form, Form)
        form = skip(form, FIELDS)
    assert isinstance(form, Form) and form.step == REVIEW


@pytest.mark.parametrize("entry", LIBRARY.entries, ids=lambda entry: entry.id)
def test_there_and_back(entry: object) -> None:
    """An entry that is opened in the form and published without a change is the same entry."""
    known = next(one for one in LIBRARY.entries if one is entry)
    change = Change(known, SHELVES.chapter_of(known.id))
    back = change_of(answers_of(change, 4), SHELVES)
    assert replace(back.entry, asked=known.asked) == known
    assert set(known.asked) <= set(back.entry.asked)
    assert (back.chapter, back.retired) == (change.chapter, False)
    assert change_of(answers_of(back, 5), SHELVES) == back


def test_the_form_knows_its_entry() -> None:
    """The form holds the entry's id, its chapter, and the version that was read."""
    answers = answers_of(Change(OPENED, "house"), 4)
    assert (answers["topic"], answers["chapter"], answers["after"]) == ("opened-when", "house", "4")
    assert begin(7, "entry", FIELDS, answers).step == REVIEW


def test_missing_english_is_khmer() -> None:
    """What is missing in English is said in Khmer, and the question is the one way of asking."""
    entry = change_of(NEW, SHELVES).entry
    assert entry.question_en == entry.question_km == NEW["question_km"]
    assert entry.answer_en == entry.answer_km == NEW["answer_km"]
    assert entry.asks == (NEW["question_km"],)
    assert (entry.source, entry.related) == ("", ())


def test_questions_are_ways_of_asking() -> None:
    """Without ways of asking, the questions of both languages are these."""
    both = change_of({**NEW, "question_en": "When does the library close?"}, SHELVES).entry
    assert both.asks == (NEW["question_km"], "When does the library close?")


def test_a_change_keeps_what_the_form_does_not_ask() -> None:
    """Source, related entries and what an entry could be asked for stay when the rest is changed."""
    known = replace(OPENED, source="brief", asked=("why",))
    library = replace(SHELVES, entries=(known, BOOKS, BORROW))
    changed = change_of({**answers_of(Change(known, "house"), 0), "answer_km": "ឆ្នាំ២០០០"}, library).entry
    assert (changed.source, changed.related) == ("brief", ("books",))
    assert {"why", "when"} <= set(changed.asked)
    assert (changed.answer_km, changed.answer_en) == ("ឆ្នាំ២០០០", OPENED.answer_en)


def test_with_asks() -> None:
    """More ways of asking come after the others, none twice, and widen what can be asked for."""
    more = with_asks(BOOKS, ["តើសៀវភៅនៅឯណា?", "ចំនួនសៀវភៅ"])
    assert more.asks == (*BOOKS.asks, "តើសៀវភៅនៅឯណា?")
    assert set(more.asked) == {"how-many", "where"}
    assert replace(more, asks=BOOKS.asks, asked=BOOKS.asked) == BOOKS


def test_with_too_many_asks() -> None:
    """Of too many ways of asking the newest stay, as many as a form takes."""
    asks = [f"question {number}" for number in range(MOST_ASKS)]
    more = with_asks(BOOKS, asks)
    assert more.asks == tuple(asks)
    assert check("asks", "\n".join(more.asks)) == "\n".join(asks)


@pytest.mark.parametrize(
    ("texts", "known", "found"),
    [
        (["បណ្ណាល័យបើកនៅពេលណា?"], (), {"when"}),
        (["how many books", "តើនៅឯណា?"], (), {"how-many", "where"}),
        (["សៀវភៅ"], (), {"what"}),
        (["សៀវភៅ"], ("who",), {"who"}),
        ([], (), {"what"}),
    ],
)
def test_kinds(texts: list[str], known: tuple[Asked, ...], found: set[str]) -> None:
    """What questions ask for is gathered, with what was known; "what" stands where nothing shows it."""
    assert set(kinds(texts, known)) == found
    assert kinds(texts, known) == tuple(sorted(found))


@pytest.mark.parametrize(
    ("changes", "one"),
    [
        ({}, False),
        ({"answer_km": "ថ្មី"}, True),
        ({"answer_en": "New"}, True),
        ({"answer_km": "ថ្មី", "answer_en": "New"}, False),
        ({"question_km": "ថ្មី?"}, False),
        ({"id": "entry-1", "answer_km": "ថ្មី"}, False),
    ],
)
def test_one_language_changed(changes: dict[str, str], one: bool) -> None:
    """An answer that is new in one language only is noticed, in an entry that there is already."""
    entry = replace(OPENED, **changes)  # type: ignore[arg-type]
    assert one_language_changed(entry, LIBRARY) == one


def test_asked_elsewhere() -> None:
    """A way of asking that stands in another entry is named with it, whatever its spaces and signs."""
    thief = replace(BORROW, id="thief", asks=("number  of books!", "ខ្ចីម៉ូតូ"), question_en="borrowing books")
    assert asked_elsewhere([thief], LIBRARY) == [
        (BORROW.question_km, "borrow"),
        ("borrowing books", "borrow"),
        ("number  of books!", "books"),
    ]


@pytest.mark.parametrize("entry", LIBRARY.entries, ids=lambda entry: entry.id)
def test_own_ways_of_asking_are_not_elsewhere(entry: object) -> None:
    """An entry does not collide with itself, however it is changed."""
    known = next(one for one in LIBRARY.entries if one is entry)
    assert asked_elsewhere([replace(known, answer_km="ថ្មី")], LIBRARY) == []
