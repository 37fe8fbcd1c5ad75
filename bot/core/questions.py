"""Find what a question is about, or say that the bot does not know.

Every way of asking that the knowledge lists is an example of its topic; small talk and unanswerable
questions are classes of their own that compete with the rest. A linear model over words and character
n-grams scores the topics; a second, small one has learned from the first one's mistakes, on examples
left out in turn, how far to trust it. A question that is word for word an example needs none of this.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bot.core.asked import kinds_asked
from bot.core.features import Features, bare
from bot.core.khmer import MAX_CHARACTERS, normalise
from bot.core.knowledge import Asked, Knowledge
from bot.core.names import Names

# The confidence (a probability of being right) from which the bot answers, and from which it offers topics.
ANSWER = 0.75
SUGGEST = 0.15

# How many topics are offered at once, and how many are named as alternatives.
SUGGESTIONS = 3
ALTERNATIVES = 5

# How much the scores are smoothed (the ridge).
SMOOTHING = 0.2

# What a topic gains that can be asked what is asked, and loses otherwise.
FITTING = 0.15

# In learning the trust, beside an example left out alone (1): what one that was seen weighs, and what one
# whose whole topic is left out.
EXACT = 0.2
OUTSIDE = 0.5

# Question words that name what is wanted so clearly that an entry without it cannot be the answer.
PLAIN_KINDS: frozenset[Asked] = frozenset(
    {"when", "where", "who", "why", "how-many", "how-much", "how-often"}
)

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """Sure enough to answer. `confidence` is a probability; `alternatives`: the next topics, best first."""

    topic: str
    confidence: float
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class Suggest:
    """Not sure: at most three topics to choose from, best first."""

    topics: tuple[str, ...]
    confidence: float


@dataclass(frozen=True)
class Unknown:
    """Nothing the bot knows answers this."""

    confidence: float = 0.0
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class SmallTalk:
    """A greeting, thanks and the like."""

    topic: str
    confidence: float


Reply = Answer | Suggest | Unknown | SmallTalk


class Answerer:
    """Answers from the knowledge as it is. Training takes under two seconds, `reply` some milliseconds."""

    def __init__(self, knowledge: Knowledge) -> None:
        groups = [
            (entry.question_km, entry.question_en, *entry.asks, entry.answer_km, entry.answer_en)
            for entry in knowledge.entries
        ]
        groups += [talk.asks for talk in knowledge.small_talk]
        groups.append(knowledge.unanswerable)
        texts = [ask for group in groups for ask in group]
        self._topics = [entry.id for entry in knowledge.entries] + [talk.id for talk in knowledge.small_talk]
        self._asked = [frozenset(entry.asked) for entry in knowledge.entries]
        self._asked += [frozenset()] * len(knowledge.small_talk)
        self._entries = len(knowledge.entries)
        self._names = Names(groups[:-1])
        self._labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        self._features = Features(texts)
        self._exact = dict(zip(map(bare, texts), self._labels.tolist(), strict=True))
        answers = {text for entry in knowledge.entries for text in (entry.answer_km, entry.answer_en)}
        self._train(
            self._fits(texts, self._labels), np.array([text not in answers for text in texts], dtype=float)
        )

    def reply(self, question: str) -> Reply:
        """Decide what to do with a question: any string; the same one always gets the same reply."""
        text = normalise(question) if len(question) <= 20 * MAX_CHARACTERS else ""
        if len(text) > MAX_CHARACTERS or not any(character.isalnum() for character in text):
            return Unknown()
        vector = self._features.vectors([text])
        likeness = (vector @ self._features.examples.T).toarray()
        coverage = self._features.coverage(vector)
        fits = self._fits([text])
        ranked, evidence = self._weigh(likeness @ self._weights, likeness, coverage, fits)
        confidence = round(float(self._trust.predict_proba(evidence)[0, 1]), 4)
        order, may_answer = ranked[0], bool(fits[0, ranked[0, 0], 0] > -2)
        example = self._exact.get(bare(text))
        if example == len(self._topics):
            confidence = 0.0
        elif example is not None:
            order, confidence, may_answer = np.r_[example, order[order != example]], 1.0, True
        return self._decide(order, confidence, may_answer=may_answer)

    def _decide(self, ranked: NDArray[np.intp], confidence: float, *, may_answer: bool) -> Reply:
        best = self._topics[ranked[0]]
        chatting = ranked[0] >= self._entries
        entries = tuple(self._topics[topic] for topic in ranked if topic < self._entries)
        if confidence < SUGGEST or not entries:
            return Unknown(confidence, entries[:ALTERNATIVES])
        if confidence < ANSWER or not may_answer:
            return Suggest(entries[:SUGGESTIONS], min(confidence, ANSWER))
        if chatting:
            return SmallTalk(best, confidence)
        return Answer(best, confidence, entries[1 : ALTERNATIVES + 1])

    def _train(self, fits: Matrix, worth: Matrix) -> None:
        """Fit the scores by kernel ridge regression, then the trust in them on examples left out.

        What ridge regression would have said of examples that it had not seen has a closed form:
        `members - inverse(inverse[block, block]) @ weights[block]`. An example left out alone
        should find its own topic; one left out with its whole topic is an unanswerable question
        near the subject.
        """
        examples, labels = self._features.examples, self._labels
        likeness = (examples @ examples.T).toarray()
        members = np.eye(len(self._topics) + 1)[labels]
        inverse = np.linalg.inv(likeness + SMOOTHING * np.eye(len(labels)))
        self._weights: Matrix = inverse @ members

        alone = members - self._weights / inverse.diagonal()[:, None]
        unlike = likeness - np.diag(likeness.diagonal())
        coverage = self._features.coverage(examples, less=1)
        lessons = [
            (self._weigh(alone, unlike, coverage, fits), labels, worth),
            (
                self._weigh(likeness @ self._weights, likeness, np.ones(len(labels)), fits),
                labels,
                EXACT * worth,
            ),
        ]
        for topic in range(self._entries):
            block = np.flatnonzero(labels == topic)
            without = members[block] - np.linalg.solve(inverse[np.ix_(block, block)], self._weights[block])
            without[:, topic] = -1.0
            unlike = likeness[block] * (labels != topic)
            coverage = self._features.coverage(examples[block], self._features.counted(examples[block]))
            nobody = np.full(len(block), -1)
            lessons.append(
                (self._weigh(without, unlike, coverage, fits[block]), nobody, OUTSIDE * worth[block])
            )

        self._trust = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
        self._trust.fit(
            np.concatenate([evidence for (_, evidence), _, _ in lessons]),
            np.concatenate([ranked[:, 0] == true for (ranked, _), true, _ in lessons]),
            logisticregression__sample_weight=np.concatenate([weight for _, _, weight in lessons]),
        )

    def _weigh(
        self, scores: Matrix, likeness: Matrix, coverage: Matrix, fits: Matrix
    ) -> tuple[NDArray[np.intp], Matrix]:
        """Rank the topics for each row, best first, and say what speaks for and against the first."""
        groups = [likeness[:, self._labels == label] for label in range(len(self._topics) + 1)]
        nearest = np.stack([group.max(axis=1, initial=0.0) for group in groups], axis=1)
        merit = scores[:, :-1] + FITTING * fits.sum(axis=2)
        ranked = np.argsort(-merit, axis=1, kind="stable")
        first, second = ranked[:, :1], ranked[:, 1:2]

        def of(values: Matrix, topics: NDArray[np.intp]) -> Matrix:
            """Return the values of one topic a row; 0 where there is no such topic."""
            return np.asarray(np.take_along_axis(values, topics, axis=1).sum(axis=1))

        evidence = [
            of(merit, first),
            of(merit, first) - of(merit, second),
            of(nearest, first),
            of(nearest, first) - of(nearest, second),
            of(fits[:, :, 0], first),
            of(fits[:, :, 1], first),
            scores[:, -1],
            nearest[:, -1],
            coverage,
        ]
        return ranked, np.stack(evidence, axis=1)

    def _fits(self, texts: Iterable[str], own: Iterable[int] = itertools.repeat(-1)) -> Matrix:
        """Say for each text and topic whether what is asked, and the names, agree: 1 yes, 0 not said, -1 no.

        -2 where what is asked is among PLAIN_KINDS, so that the topic cannot be the answer. For an example,
        `own` is its topic, which must agree without it. Shape: texts, topics, the two aspects.
        """
        rows = []
        for text, topic in zip(texts, own, strict=False):
            kinds, names = kinds_asked(text), self._names.in_question(text)
            rows.append(
                [
                    (_agree(kinds, self._asked[other]), self._names.agree(names, other, less=other == topic))
                    for other in range(len(self._topics))
                ]
            )
        return np.array(rows, dtype=np.float64)


def _agree(kinds: frozenset[Asked], asked: frozenset[Asked]) -> int:
    plain = kinds & PLAIN_KINDS
    if not kinds or not asked:
        return 0
    return 1 if (plain or kinds) & asked else -2 if plain else -1
