"""Find lessons by words in Khmer or English: words, pieces of words for slips, and exact phrases."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from bot.core.features import COLUMNS, bare, stems
from bot.core.khmer import MAX_CHARACTERS
from bot.core.lessons import Lesson

LONGEST_SEARCH: Final = 200
MOST_FOUND: Final = 60
# What share of the words (rare ones weigh more), or of the pieces of words, must be in a lesson.
WORDS_NEEDED: Final = 0.5
PIECES_NEEDED: Final = 0.55
TITLE: Final = 0.5
"""How much more a word counts in the title."""

_PIECE: Final = 4
_KHMER: Final = re.compile("[\u1780-\u17dd]")


@dataclass(frozen=True)
class _Page:
    """One lesson as it is searched. The rows hold which features it has."""

    lesson_id: int
    version: int
    text: str
    title: str
    words: Any
    pieces: Any
    title_words: Any


class LessonIndex:
    """The lessons of one moment. A new one takes over what has not changed from the one before."""

    def __init__(self, lessons: Sequence[Lesson] = (), before: "LessonIndex | None" = None) -> None:
        known = {(page.lesson_id, page.version): page for page in before.pages} if before else {}
        self.pages: list[_Page] = [
            known.get((lesson.id, lesson.version)) or _page(lesson) for lesson in lessons
        ]
        self._words = _stacked([page.words for page in self.pages])
        self._pieces = _stacked([page.pieces for page in self.pages])
        self._titles = _stacked([page.title_words for page in self.pages])
        self._weights = _weights(self._words)

    def search(self, text: str) -> list[int]:
        """The ids of the lessons that fit, best first and newer before older; none for an empty text."""
        wanted = bare(text[:LONGEST_SEARCH])
        if not wanted or not self.pages:
            return []
        words, pieces = _WORDS.transform([wanted]), _PIECES.transform([wanted])
        whole = np.array([float(wanted in page.text) for page in self.pages])
        in_title = np.array([float(wanted in page.title) for page in self.pages])
        by_words = _share(self._words, words, self._weights)
        by_pieces = _share(self._pieces, pieces, _ALIKE)
        fits = (whole > 0) | (by_words >= WORDS_NEEDED) | (by_pieces >= PIECES_NEEDED)
        titles = np.maximum(in_title, _share(self._titles, words, self._weights))
        score = np.maximum.reduce([whole, by_words, by_pieces]) + TITLE * titles
        newest_first = np.array([page.lesson_id for page in self.pages])
        order = np.lexsort((-newest_first, -np.round(score, 3)))
        return [self.pages[place].lesson_id for place in order if fits[place]][:MOST_FOUND]


def _page(lesson: Lesson) -> _Page:
    places = (lesson.commune, *((lesson.commune.district, lesson.commune.province) if lesson.commune else ()))
    names = [name for place in places if place for name in (place.km, place.en)]
    text = "\n".join([lesson.title, lesson.body, lesson.organisation, *names])
    return _Page(
        lesson.id,
        lesson.version,
        bare(text),
        bare(lesson.title),
        _WORDS.transform([text]),
        _PIECES.transform([text]),
        _WORDS.transform([lesson.title]),
    )


def _stems(text: str) -> Iterator[str]:
    """The words of a text of any length: the segmenter takes only so much at once."""
    for line in text.splitlines():
        for start in range(0, len(line), MAX_CHARACTERS):
            yield from stems(line[start : start + MAX_CHARACTERS])


def _pieces(text: str) -> list[str]:
    """Every few letters in a row; Latin words begin and end with a space, Khmer ones run into each other."""
    padded = f" {bare(text)} "
    pieces = (padded[start : start + _PIECE] for start in range(len(padded) - _PIECE + 1))
    return [piece for piece in pieces if " " not in piece or not _KHMER.search(piece)]


def _hashing(analyzer: Any) -> HashingVectorizer:
    return HashingVectorizer(
        analyzer=analyzer, n_features=COLUMNS, alternate_sign=False, norm=None, binary=True, dtype=np.float32
    )


def _stacked(rows: Sequence[Any]) -> Any:
    return sparse.vstack(rows, format="csr") if rows else sparse.csr_matrix((0, COLUMNS), dtype=np.float32)


def _weights(rows: Any) -> NDArray[np.float64]:
    """How telling each feature is: the rarer, the more."""
    seen = np.bincount(rows.indices, minlength=rows.shape[1])
    return np.asarray(np.log((1 + rows.shape[0]) / (1 + seen)) + 1)


def _share(rows: Any, wanted: Any, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of what is wanted each row has, from 0 to 1."""
    weighed = wanted.astype(np.float64)
    weighed.data *= weights[weighed.indices]
    found = (rows @ weighed.T).toarray().ravel()
    return np.asarray(found / max(float(weighed.data.sum()), 1e-12))


_ALIKE = np.ones(COLUMNS)
_WORDS = _hashing(_stems)
_PIECES = _hashing(_pieces)
