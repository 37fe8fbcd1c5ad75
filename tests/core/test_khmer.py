"""Khmer text: one form for every way of typing it, its words, its language."""

import logging
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.khmer import MAX_CHARACTERS, language_of, load_segmenter, normalise, sounds, words
from bot.core.spelling import VARIANTS

checked = settings(derandomize=True, deadline=None, max_examples=300)

QUESTIONS = (
    "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?",
    "ស្ត្រីខ្មែរធ្វើអ្វីខ្លះនៅក្នុងឃុំ",
    "ខ្ញុំចង់ចូលរួមការប្រជុំដើម្បីឱ្យបណ្តាញរឹងមាំ",
    "តើស៊ីសេជាអ្វី ហ៊ឺ ម៉ឺន ញ៉ាំ ប៉ុន្មាន យ៉ាងម៉េច",
    "អ្នកសម្របសម្រួលសម្រេចលើព័ត៌មានឆ្នាំ ២០០៣ ដោយអង្គការ",
)

LETTERS = [chr(code) for code in range(0x1780, 0x17F0)]
KHMER = st.text(st.sampled_from([*LETTERS, " ", "a", "\u200b"]))
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()))

BELOW_FOR_SHIFTER = {shifter + vowel: "ុ" + vowel for shifter in "៉៊" for vowel in "ិីឹឺ"}
OTHERWISE = (
    BELOW_FOR_SHIFTER,
    {"ុំ": "ំុ"},
    {"្ត": "្ដ"},
    {"ើ": "េី", "ោ": "េា"},
    {"្ត្រ": "្រ្ត"},
    {"្មែ": "ែ្ម", "្វើ": "ើ្វ", "្វី": "ី្វ", "្រុ": "ុ្រ", "្នាំ": "ា្នំ"},
    {"ឱ្យ": "អោយ"},
    {"ឱ្យ": "ឲ្យ"},
    {"សម្រ": "សំរ"},
    {"២០០៣": "2003"},
    {mark: mark * 2 for mark in "ាិីុូេើែោំ៉៊"},
    {letter: letter + "\u200b" for letter in "កតរនមងរស"},
    {"អ": "ឣ"},
    {"ំ": "៓"},
)


def typed_otherwise(question: str, chance: random.Random) -> str:
    """Type a question as people do: other orders, look-alikes, doubled marks, invisible characters."""
    for habit in OTHERWISE:
        if chance.random() < 0.6:
            for standard, typed in habit.items():
                question = question.replace(standard, typed)
    return question


@checked
@given(st.one_of(ANYTHING, KHMER))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    """Any string, lone surrogates included, is normalised without raising, and is done after one time."""
    once = normalise(text)
    assert normalise(once) == once


@checked
@given(st.lists(st.sampled_from([*VARIANTS, *VARIANTS.values(), " ", "ក", "្", "ា"]), max_size=6))
def test_variants_side_by_side_settle(parts: list[str]) -> None:
    """However spelling variants stand beside each other, one time is enough."""
    once = normalise("".join(parts))
    assert normalise(once) == once


@checked
@given(st.sampled_from(QUESTIONS), st.randoms(use_true_random=False))
def test_every_way_of_typing_has_one_form(question: str, chance: random.Random) -> None:
    """A question has the same normal form and the same words however it was typed."""
    typed = typed_otherwise(question, chance)
    assert normalise(typed) == normalise(question)
    assert words(typed) == words(question)


def test_the_habits_are_not_idle() -> None:
    """Every habit of typing that is promised above changes at least one of the questions."""
    for habit in OTHERWISE:
        assert any(standard in question for standard in habit for question in QUESTIONS), habit


@pytest.mark.parametrize(("typed", "kept"), VARIANTS.items())
def test_spelling_variants_are_folded(typed: str, kept: str) -> None:
    """Both spellings of a word in the table come to the same, and the kept one is already normal."""
    assert normalise(typed) == kept
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("អោយ", "ឲ្យ"),
        ("ឲ្យ", "ឱ្យ"),
        ("ខែ្មរ", "ខ្មែរ"),
        ("ស្រ្តី", "ស្ត្រី"),
        ("ហុី", "ហ៊ី"),
        ("មុឺន", "ម៉ឺន"),
        ("ប្រជំុ", "ប្រជុំ"),
        ("ដេីម្បី", "ដើម្បី"),
        ("បណ្ដាញ", "បណ្តាញ"),
        ("២០០៣", "2003"),
        ("WGPD", "wgpd"),
        ("ក\u200bខ", "កខ"),
        ("  ក \n ខ ", "ក ខ"),
    ],
)
def test_known_pairs_meet(one: str, other: str) -> None:
    """The pairs that real people type differently have one form."""
    assert normalise(one) == normalise(other)


def test_different_words_stay_different() -> None:
    """Normalising does not merge words that merely look close, nor change a word that contains a variant."""
    assert len({normalise(word) for word in ("ដី", "តី", "ដុំ", "ដំ", "ដាំ", "ព្រឺ", "ឬ", "រឹង")}) == 8
    assert normalise("ព្រឺ") == "ព្រឺ"
    assert normalise("ដើរ") == "ដើរ"


def test_long_text_is_cut() -> None:
    """A hundred kilobytes are normalised, and cut before they are segmented."""
    text = "តើក្រុមការងារ" * 2_600
    load_segmenter()
    assert normalise(text)
    assert len("".join(words(text))) <= MAX_CHARACTERS


def test_words_keep_scripts_and_numbers_apart() -> None:
    """Khmer words, Latin words and numbers come apart, lines too, and punctuation is dropped."""
    found = words("ក្រុមការងារ(WGPD)ឆ្នាំ២០០៣៖ or\nឃុំ2005ឃុំ។ don't «ឃុំ»")
    assert found == ["ក្រុមការងារ", "wgpd", "ឆ្នាំ", "2003", "or", "ឃុំ", "2005", "ឃុំ", "don't", "ឃុំ"]


@checked
@given(st.one_of(ANYTHING, KHMER))
def test_words_take_anything(text: str) -> None:
    """Any string can be segmented, lone surrogates and orphan marks included, and loses no letter."""
    kept = "".join(character for character in normalise(text)[:MAX_CHARACTERS] if character.isalnum())
    found = "".join(words(text))
    assert "".join(character for character in found if character.isalnum()) == "".join(
        character for character in kept if character.isalpha() or character.isdecimal()
    )


def test_loading_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    """Loading writes no temporary file and no coloured log line."""
    before = set(Path(tempfile.gettempdir()).glob("tmp*"))
    load_segmenter()
    assert words("ក្រុមការងារ") == ["ក្រុមការងារ"]
    assert set(Path(tempfile.gettempdir()).glob("tmp*")) <= before
    assert not logging.getLogger("khmer-nltk").handlers
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("តើ WGPD ជាអ្វី?", "km"),
        ("WGPD ជា what", "km"),
        ("When was the working group formed?", "en"),
        ("contact phone number", "en"),
        ("Hello", "en"),
        ("what's WGPD", "en"),
        ("WGPD", None),
        ("wgpd jea avey", None),
        ("tver yang mech chol ruom", None),
        ("karyalay wgpd nov na", None),
        ("023 217 855", None),
        ("😀", None),
        ("", None),
        ("\ud800", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    """Khmer letters mean Khmer, English words mean English, and anything else is left undecided."""
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("khmer", "latin"),
    [
        ("សមាជិក", ("samachik", "smachek", "sammajik")),
        ("អង្គការ", ("angkar", "ongka", "onkar")),
        ("ក្រុម", ("krom", "krum")),
        ("ប្រជុំ", ("prochum", "brachum")),
        ("សិក្ខាសាលា", ("sikkhasala", "seksala")),
        ("ឆ្នាំ", ("chnam", "chhnam")),
        ("ទៅ", ("tov", "tow", "tau")),
    ],
)
def test_romanised_words_sound_like_the_khmer(khmer: str, latin: tuple[str, ...]) -> None:
    """However a word is romanised, the consonants that are heard are those of the Khmer word."""
    assert {sounds(word) for word in latin} == {sounds(normalise(khmer))}


@checked
@given(st.one_of(ANYTHING, KHMER))
def test_sounds_take_anything(text: str) -> None:
    """Any string sounds like something."""
    assert sounds(normalise(text))
