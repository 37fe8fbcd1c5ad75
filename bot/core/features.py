"""Turn questions into vectors: their words, and character n-grams for slips and unseen words."""

import itertools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from bot.core.asked import kinds_asked
from bot.core.khmer import normalise, words

Matrix = NDArray[np.float64]
Counts = NDArray[np.int64]

# The share of the words in a likeness of 1; the rest is the character n-grams'.
WORDS = 0.4
SHORTEST, LONGEST = 2, 4
COLUMNS = 2**18

_SEPARATOR = re.compile(r"[^\w\u1780-\u17d3\u17dd]+")
_KHMER_SPACE = re.compile(r"(?<=[\u1780-\u17dd]) (?=[\u1780-\u17dd])")


def word_features(text: str) -> list[str]:
    """Return a question's words, the pairs of neighbours, and what it asks for (so that synonyms meet)."""
    found = words(text)
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(found)]
    return [*found, *pairs, *(f"?{kind}" for kind in sorted(kinds_asked(text)))]


def bare(text: str) -> str:
    """Return a question normalised, without punctuation and the optional spaces between Khmer letters."""
    return _KHMER_SPACE.sub("", _SEPARATOR.sub(" ", normalise(text)).strip())


def character_features(text: str) -> list[str]:
    """Return the character n-grams of a question."""
    text = f" {bare(text)} "
    sizes = range(SHORTEST, LONGEST + 1)
    return [text[start : start + size] for size in sizes for start in range(len(text) - size + 1)]


class Features:
    """TF-IDF vectors of length 1, weighted by the examples given.

    Features are hashed, not looked up, so that what no example contains still takes its part of the length:
    a question made of unknown words is like nothing.
    """

    def __init__(self, examples: Sequence[str]) -> None:
        self._kinds: list[tuple[Any, Any, float]] = []
        parts = []
        for analyzer, share in ((word_features, WORDS), (character_features, 1 - WORDS)):
            hashing = HashingVectorizer(
                analyzer=analyzer, n_features=COLUMNS, alternate_sign=False, norm=None, dtype=np.float64
            )
            weighting = TfidfTransformer(sublinear_tf=True)
            parts.append(weighting.fit_transform(hashing.transform(examples)) * share**0.5)
            self._kinds.append((hashing, weighting, share**0.5))
        self.examples = sparse.hstack(parts, format="csr")
        self._counts = self.counted(self.examples)

    def vectors(self, texts: Sequence[str]) -> Any:
        """Return one sparse row a text."""
        parts = [weight.transform(hashing.transform(texts)) * part for hashing, weight, part in self._kinds]
        return sparse.hstack(parts, format="csr")

    def coverage(self, vectors: Any, less: Counts | int = 0) -> Matrix:
        """Return the share of each vector that the examples contain, `less` of each feature not counted."""
        return np.asarray(vectors.power(2) @ (self._counts > less).astype(np.float64))

    def counted(self, vectors: Any) -> Counts:
        """Return how many of the vectors contain each feature."""
        return np.bincount(vectors.indices, minlength=2 * COLUMNS)
