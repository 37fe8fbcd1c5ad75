"""Questions that are nearly the same are put side by side."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.core.features import Features
from bot.core.grouping import LIKE, groups

Matrix = NDArray[np.float64]


def alike(number: int, *pairs: tuple[int, int, float]) -> Matrix:
    """A matrix in which texts are like nothing but themselves, apart from these pairs."""
    likeness = np.eye(number)
    for one, other, how in pairs:
        likeness[one, other] = likeness[other, one] = how
    return likeness


def letters(number: int) -> list[str]:
    return [f"word {chr(97 + index)}" for index in range(number)]


@pytest.mark.parametrize("texts", [[], ["one"]])
def test_nothing_to_group(texts: list[str]) -> None:
    """No text is no group, one is one."""
    assert groups(texts, alike(len(texts))) == [[index] for index in range(len(texts))]


def test_order() -> None:
    """The biggest group comes first, then the one that began first; within a group, the first text."""
    likeness = alike(6, (5, 3, 0.9), (5, 1, 0.9), (3, 1, 0.9), (4, 2, 0.9))
    assert groups(letters(6), likeness) == [[1, 3, 5], [2, 4], [0]]
    assert groups(letters(3), alike(3)) == [[0], [1], [2]]


def test_how_like() -> None:
    """Two texts are joined from LIKE on."""
    assert groups(letters(2), alike(2, (0, 1, LIKE + 0.001))) == [[0, 1]]
    assert groups(letters(2), alike(2, (0, 1, LIKE - 0.001))) == [[0], [1]]


def test_no_chains() -> None:
    """A text is joined to what it is like on average: a chain of neighbours is not one group."""
    links = [(index, index + 1, 0.9 - index / 100) for index in range(5)]
    assert groups(letters(6), alike(6, *links)) == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(
    "texts",
    [
        ["Who funds it?", "who funds it", "  WHO funds it ?!"],
        ["តើថវិកាមកពីណា?", "តើ ថវិកា មក ពី ណា", "តើ\u200bថវិកា\u200bមកពីណា"],
    ],
)
def test_equal_texts(texts: Sequence[str]) -> None:
    """Texts that differ only in spaces, punctuation and the like are one group, whatever their likeness."""
    assert groups(texts, alike(3)) == [[0, 1, 2]]


def test_equal_texts_weigh_once() -> None:
    """What many people sent counts once when it is decided whether another text belongs to it."""
    texts = ["who funds it", "Who funds it?", "who pays it"]
    assert groups(texts, alike(3, (0, 1, 1.0), (0, 2, 0.7), (1, 2, 0.7))) == [[0, 1, 2]]


def test_real_questions() -> None:
    """Real questions that say nearly the same meet; others do not."""
    texts = [
        "តើក្រុមការងារធ្វើការបានប៉ុន្មានឆ្នាំហើយ?",
        "Who funds the working group?",
        "ក្រុមការងារធ្វើការបានប៉ុន្មានឆ្នាំហើយ",
        "តើថ្ងៃស្អែកមានភ្លៀងទេ?",
    ]
    vectors = Features(texts).vectors(texts)
    assert groups(texts, (vectors @ vectors.T).toarray()) == [[0, 2], [1], [3]]


def test_many() -> None:
    """Of two thousand texts, each is in exactly one group."""
    vectors = np.random.default_rng(1).random((2_000, 50))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"question {index}" for index in range(2_000)]
    found = groups(texts, vectors @ vectors.T)
    assert sorted(index for group in found for index in group) == list(range(2_000))
