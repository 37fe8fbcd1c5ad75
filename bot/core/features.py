"""Turn questions into vectors: their words, character n-grams for slips and new words, and their sounds."""

import itertools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from bot.core.asked import kinds_asked
from bot.core.khmer import ENGLISH_WORDS, language_of, normalise, sounds, words

Matrix = NDArray[np.float64]
Counts = NDArray[np.int64]

# The shares of the words, the character n-grams and the sounds in a likeness of 1, by the language of the
# text: Khmer in Latin letters is best compared by how it sounds, English not at all.
SHARES = {"km": (0.35, 0.5, 0.15), "en": (0.4, 0.6, 0.0), None: (0.2, 0.3, 0.5)}
SHORTEST, LONGEST = 2, 4
COLUMNS = 2**18

_SEPARATOR = re.compile(r"[^\w\u1780-\u17d3\u17dd]+")
_KHMER_SPACE = re.compile(r"(?<=[\u1780-\u17dd]) (?=[\u1780-\u17dd])")
_ENDING = re.compile("(?<=[a-z]{3})(?:ations?|ators?|ates?|ated|ating|ings?|ers?|ed|es|s|e)$")


def word_features(text: str) -> list[str]:
    """Return a question's words, the pairs of neighbours, and what it asks for (so that synonyms meet)."""
    found = stems(text)
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(found)]
    return [*found, *pairs, *(f"?{kind}" for kind in sorted(kinds_asked(text)))]


def stems(text: str) -> list[str]:
    """Return a text's words, English ones without their endings."""
    return [_ENDING.sub("", word) if word.isascii() else word for word in words(text)]


def bare(text: str) -> str:
    """Return a question normalised, without punctuation and the optional spaces between Khmer letters."""
    return _KHMER_SPACE.sub("", _SEPARATOR.sub(" ", normalise(text)).strip())


def character_features(text: str) -> list[str]:
    """Return the character n-grams of a question."""
    text = f" {bare(text)} "
    sizes = range(SHORTEST, LONGEST + 1)
    return [text[start : start + size] for size in sizes for start in range(len(text) - size + 1)]


def sound_features(text: str) -> list[str]:
    """Return the sounds of a question's words, alone and run together: romanised words split anywhere."""
    if language_of(text) == "en":
        return []
    heard = [word if word.isdecimal() else sounds(word) for word in words(text) if word not in ENGLISH_WORDS]
    return [
        "".join(heard[start : start + size]) for size in (1, 2, 3) for start in range(len(heard) - size + 1)
    ]


class Features:
    """TF-IDF vectors of length 1, weighted by the examples given.

    Features are hashed, not looked up, so that what no example contains still takes its part of the length:
    a question made of unknown words is like nothing.
    """

    def __init__(self, examples: Sequence[str]) -> None:
        self._kinds = [
            HashingVectorizer(
                analyzer=analyzer, n_features=COLUMNS, alternate_sign=False, norm=None, dtype=np.float64
            )
            for analyzer in (word_features, character_features, sound_features)
        ]
        counts = [hashing.transform(examples) for hashing in self._kinds]
        self._rarity = [_rarity(each) for each in counts]
        self.examples = self._weighed(examples, counts)

    def vectors(self, texts: Sequence[str]) -> Any:
        """Return one sparse row a text."""
        return self._weighed(texts, [hashing.transform(texts) for hashing in self._kinds])

    def _weighed(self, texts: Sequence[str], counts: Sequence[Any]) -> Any:
        shares = np.sqrt([SHARES[language_of(text)] for text in texts])
        for kind, (rarity, each) in enumerate(zip(self._rarity, counts, strict=True)):
            each.data = (np.log(each.data) + 1) * rarity[each.indices]
            rows = np.repeat(np.arange(len(texts)), np.diff(each.indptr))
            lengths = np.sqrt(np.bincount(rows, each.data**2, minlength=len(texts)))
            each.data *= (shares[:, kind] / np.maximum(lengths, 1e-12))[rows]
        return sparse.hstack(counts, format="csr")

    def counted(self, labels: NDArray[np.int64]) -> Any:
        """Return how many examples of each label contain each feature, one sparse row a label."""
        members = sparse.csr_matrix(
            (np.ones(len(labels)), (labels, np.arange(len(labels)))), shape=(labels.max() + 1, len(labels))
        )
        return (members @ (self.examples > 0).astype(np.float64)).tocsr()


def _rarity(counts: Any) -> Matrix:
    """Return how telling each feature is (the logarithm of one over the share of examples that have it)."""
    number = counts.shape[0]
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + number) / (1 + seen)) + 1)
