"""Put questions that are nearly the same side by side."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from bot.core.features import bare

# How like each other, on average, two groups are that become one. On the 258 development questions, with the
# likeness of Answerer.likeness, 11 of 12 joined pairs are on one topic (at 0.3: 31 of 37), of 468 pairs that
# there are: what is joined is nearly the same wording. Of the knowledge's own ways of asking, which were
# written to lie close together, half of the joined pairs are. So a group is for a person to check.
LIKE: Final = 0.4


def groups(texts: Sequence[str], likeness: NDArray[np.float64]) -> list[list[int]]:
    """Return the indices of the texts in groups, the biggest group first, then by the first index.

    `likeness` holds the cosine similarity of each two texts. Those that are equal but for spelling habits,
    spaces and punctuation count as one; the rest is average-linkage clustering.
    """
    equal: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        equal.setdefault(bare(text), []).append(index)
    firsts = [indices[0] for indices in equal.values()]
    found: dict[int, list[int]] = {}
    for label, indices in zip(_clusters(likeness[np.ix_(firsts, firsts)]), equal.values(), strict=True):
        found.setdefault(label, []).extend(indices)
    return sorted(map(sorted, found.values()), key=lambda group: (-len(group), group[0]))


def _clusters(likeness: NDArray[np.float64]) -> list[int]:
    """Return the number of each text's cluster."""
    if len(likeness) < 2:
        return list(range(len(likeness)))
    apart = np.maximum(1 - likeness, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average")
    return [int(number) for number in fcluster(tree, 1 - LIKE, criterion="distance")]
