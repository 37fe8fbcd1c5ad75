"""Changes made to the knowledge, and the beginning of a long answer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.knowledge import LONG_ANSWER, Change, Chapter, Entry, Knowledge, changed, lead
from tests.core.library import BOOKS, BORROW, LIBRARY, OPENED

HOUSE = Chapter("house", "ផ្ទះ", "The house", ("opened-when", "books"))
LENDING = Chapter("lending", "ការខ្ចី", "Lending", ("borrow",))
SHELVES = replace(LIBRARY, chapters=(HOUSE, LENDING))
CARDS = replace(BORROW, id="cards", related=("borrow",))


def topics(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    return {chapter.id: chapter.topics for chapter in knowledge.chapters}


def ids(knowledge: Knowledge) -> list[str]:
    return [entry.id for entry in knowledge.entries]


def test_nothing_changes_nothing() -> None:
    """Without changes the knowledge is the same, and counts as the same."""
    assert changed(SHELVES, []) == SHELVES
    assert hash(changed(SHELVES, [])) == hash(SHELVES)


@pytest.mark.parametrize("entry", [OPENED, BOOKS, BORROW], ids=lambda entry: entry.id)
def test_replace_keeps_the_order(entry: Entry) -> None:
    """A changed entry stands where it stood, among the entries and in its chapter."""
    new = replace(entry, answer_km="ថ្មី")
    after = changed(SHELVES, [Change(new, SHELVES.chapter_of(entry.id))])
    assert after.entry(entry.id) == new
    assert ids(after) == ids(SHELVES)
    assert topics(after) == topics(SHELVES)


def test_a_new_entry_comes_last() -> None:
    """A new entry stands after the others, and at the end of its chapter."""
    after = changed(SHELVES, [Change(CARDS, "house")])
    assert ids(after) == ["opened-when", "books", "borrow", "cards"]
    assert topics(after) == {"house": ("opened-when", "books", "cards"), "lending": ("borrow",)}
    assert after.related("cards") == (BORROW,)


def test_retire() -> None:
    """A retired entry is gone from the entries, from its chapter, and from what others name as related."""
    after = changed(SHELVES, [Change(BOOKS, "house", retired=True)])
    assert "books" not in after
    assert topics(after) == {"house": ("opened-when",), "lending": ("borrow",)}
    assert after.entry("opened-when").related == ()
    assert after.chapter_of("books") == ""


def test_retire_what_is_not_there() -> None:
    """To retire an entry that is not there changes nothing."""
    assert changed(SHELVES, [Change(CARDS, "house", retired=True)]) == SHELVES


def test_retired_and_brought_back() -> None:
    """An entry that is brought back is answered again, in its chapter."""
    after = changed(SHELVES, [Change(BOOKS, "house", retired=True), Change(BOOKS, "house")])
    assert after.entry("books") == BOOKS
    assert after.chapter_of("books") == "house"
    assert after.entry("opened-when").related == ("books",)


def test_another_chapter() -> None:
    """An entry that moves is found in its new chapter only."""
    after = changed(SHELVES, [Change(BOOKS, "lending")])
    assert topics(after) == {"house": ("opened-when",), "lending": ("borrow", "books")}


@pytest.mark.parametrize("chapter", ["", "garden"])
def test_no_chapter(chapter: str) -> None:
    """An entry of no chapter, or of one that there is not, is answered all the same."""
    after = changed(SHELVES, [Change(CARDS, chapter), Change(BORROW, chapter)])
    assert {"cards", "borrow"} <= set(ids(after))
    assert topics(after) == {"house": ("opened-when", "books"), "lending": ()}


def test_the_last_change_counts() -> None:
    """Of two changes of an entry the later one counts."""
    first, second = replace(BOOKS, answer_km="មួយ"), replace(BOOKS, answer_km="ពីរ")
    assert changed(SHELVES, [Change(first, "house"), Change(second, "house")]).entry("books") == second


def test_the_rest_stays() -> None:
    """Small talk and unanswerable questions are not touched, nor is the knowledge that was given."""
    before = replace(SHELVES)
    after = changed(SHELVES, [Change(BOOKS, "house", retired=True)])
    assert (after.small_talk, after.unanswerable) == (SHELVES.small_talk, SHELVES.unanswerable)
    assert before == SHELVES


@pytest.mark.parametrize("answer", ["", "ទេ។", "ក" * LONG_ANSWER])
def test_a_short_answer_is_said_whole(answer: str) -> None:
    """An answer that is not long is said whole."""
    assert lead(answer) == answer


@pytest.mark.parametrize(
    ("answer", "beginning"),
    [
        ("One two three. Four five six seven", "One two three. …"),
        ("One. Two three four five six seven", "One. Two three four …"),
        ("មួយ ពីរ បី បួន។ ប្រាំ ប្រាំមួយ ប្រាំពីរ", "មួយ ពីរ បី បួន។ …"),
        ("មួយពីរបីបួន។ប្រាំប្រាំមួយប្រាំពីរប្រាំបី", "មួយពីរបីបួន។ …"),
        ("One two three\nfour five six seven", "One two three …"),
        ("One two three four five six seven", "One two three four …"),
        ("x" * 30, "x" * 20 + " …"),
    ],
)
def test_lead(answer: str, beginning: str) -> None:
    """A long answer is cut after a sentence, else between words, else where it must be."""
    assert lead(answer, 20) == beginning


@given(st.text(), st.integers(3, 80))
def test_lead_is_the_beginning(answer: str, longest: int) -> None:
    """Whatever is written, what is said first is how the answer begins, and no longer than wished."""
    said = lead(answer, longest)
    assert said == answer or answer.startswith(said.removesuffix(" …"))
    assert len(said.removesuffix(" …")) <= longest or said == answer
    assert said == answer or len(answer) > longest
