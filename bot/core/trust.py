"""How far to trust the best topic for a question, from what speaks for and against it."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Matrix = NDArray[np.float64]

# How far the weights of the trust may grow (the smaller, the less).
HELD = 0.01


class Trust:
    """Logistic regression over the evidence and its products, with weights held small."""

    def __init__(self, evidence: Matrix, right: NDArray[np.bool_], weights: Matrix) -> None:
        self._usual, self._spread = _usual(evidence)
        crossed = _crossed((evidence - self._usual) / self._spread)
        self._crossed_usual, self._crossed_spread = _usual(crossed)
        model = LogisticRegression(C=HELD, max_iter=1_000)
        model.fit((crossed - self._crossed_usual) / self._crossed_spread, right, sample_weight=weights)
        self._slopes, self._start = model.coef_[0], model.intercept_[0]

    def confidence(self, evidence: Matrix) -> float:
        """Return the probability that what the one row of evidence speaks for is right."""
        crossed = _crossed((evidence - self._usual) / self._spread)
        favour = (crossed - self._crossed_usual) / self._crossed_spread @ self._slopes + self._start
        return round(float(1 / (1 + np.exp(-favour[0]))), 4)


def _usual(values: Matrix) -> tuple[Matrix, Matrix]:
    """Return the mean and the spread of each column."""
    return values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)


def _crossed(values: Matrix) -> Matrix:
    """Return the columns and the products of each two."""
    first, second = np.triu_indices(values.shape[1])
    return np.hstack([values, values[:, first] * values[:, second]])
