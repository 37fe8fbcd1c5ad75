"""Find what a question is about, or say that the bot does not know.

Every way of asking that the knowledge lists is an example of its topic; small talk and unanswerable
questions are classes of their own that compete with the rest. A linear model over words and character
n-grams scores the topics; a second, small one has learned from the first one's mistakes, on examples
left out in turn, how far to trust it. A question that is word for word an example needs none of this.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.core.asked import (
    continues,
    denies,
    halves,
    kinds_asked,
    leans,
    shared,
    without_opening,
    without_premise,
)
from bot.core.features import Features, bare
from bot.core.khmer import MAX_CHARACTERS, normalise, words
from bot.core.knowledge import Asked, Knowledge
from bot.core.names import Names
from bot.core.trust import Trust

# The confidence (a probability of being right) from which the bot answers, and from which it offers topics.
ANSWER = 0.45
SUGGEST = 0.12

# The same for small talk, where a mistake costs less, and for opening a place, where it costs more.
CHAT = 0.4
OPEN = 0.6

# How many topics are offered at once, and how many are named as alternatives.
SUGGESTIONS = 3
ALTERNATIVES = 5

# From this likeness of one way of asking on, an entry is shown to somebody who searches.
ALIKE = 0.2

# How much the scores are smoothed (the ridge).
SMOOTHING = 0.2

# What a topic gains that can be asked what is asked, or has the names in question, and loses otherwise.
FITTING = np.array([0.15, 0.25])

# In learning the trust, beside an example left out alone (1): what one that was seen weighs, and what one
# whose whole topic is left out.
EXACT = 0.2
OUTSIDE = 0.5

# A question that leans on the topic before it: what the topics related to that one gain, how much of their
# likeness to its own question they are lent; and how far down the topics that the question alone would mean
# the answer may stand, where it is SURE alone and where it is not.
NEAR = 0.25
LENT = 0.3
SURE_RIVALS = 3
SURE = 0.6
RIVALS = 8

# The longest message, in characters, that is tried as two questions, and how many ways of parting it.
TWO_QUESTIONS = 200
PARTINGS = 2

# Question words that name what is wanted so clearly that an entry without it cannot be the answer.
PLAIN_KINDS: frozenset[Asked] = frozenset(
    {"when", "where", "who", "why", "how-many", "how-much", "how-often"}
)

# Less than two letters in a row is no question, whatever else there is.
_TWO_LETTERS = re.compile(r"[^\W\d_][\u17b6-\u17d3]*[^\W\d_]")

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


@dataclass(frozen=True)
class Answers:
    """Two questions in one message, sure enough to answer both, in the order in which they were asked."""

    topics: tuple[str, ...]
    confidence: float


Reply = Answer | Answers | Suggest | Unknown | SmallTalk


def answered(reply: Reply) -> tuple[str, ...]:
    """Return the topics that a reply answers."""
    match reply:
        case Answer(topic) | SmallTalk(topic):
            return (topic,)
        case Answers(topics):
            return topics
        case _:
            return ()


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
        self._by_feature = self._features.examples.T.tocsr()
        self._starts = np.cumsum([0, *(len(group) for group in groups[:-1])])
        self._exact = dict(zip(map(bare, texts), self._labels.tolist(), strict=True))
        answers = {text for entry in knowledge.entries for text in (entry.answer_km, entry.answer_en)}
        self._questions = [f"{entry.question_km} {entry.question_en}" for entry in knowledge.entries]
        self._subjects = [self._names.in_question(entry.question_km) for entry in knowledge.entries]
        self._denied = [any(map(denies, entry.asks)) for entry in knowledge.entries]
        self._denied += [not talk.place or any(map(denies, talk.asks)) for talk in knowledge.small_talk]
        self._least = [ANSWER] * self._entries
        self._least += [OPEN if talk.place else CHAT for talk in knowledge.small_talk]
        self._kin = self._related(knowledge)
        self._likeness = (self._features.vectors(self._questions) @ self._features.examples.T).toarray()
        fits = np.array(
            [
                self._fit(kinds_asked(text), self._names.in_question(text), own)
                for text, own in zip(texts, self._labels.tolist(), strict=True)
            ]
        )
        self._train(fits, np.array([text not in answers for text in texts], dtype=float))

    def reply(self, question: str, after: str | None = None) -> Reply:
        """Decide what to do with a question: any string; the same one always gets the same reply.

        `after` is the topic that the conversation was about last. A question that stands alone is not bent by
        it; one that leans on it ("and when?") takes from it what it leaves out. Unknown topics are ignored.
        """
        text = normalise(question) if len(question) <= 20 * MAX_CHARACTERS else ""
        if len(text) > MAX_CHARACTERS or not _TWO_LETTERS.search(text):
            return Unknown()
        before = self._topics.index(after) if after in self._topics[: self._entries] else None
        reply = self._one(text, before)
        rest = without_premise(text)
        if rest != text and not isinstance(reply, Answer | SmallTalk):
            then = self._one(rest, before)
            reply = then if isinstance(then, Answer) else reply
        if bare(text) in self._exact or isinstance(reply, SmallTalk):
            return reply
        return (self._two(question, before) if len(text) <= TWO_QUESTIONS else None) or reply

    def closest(self, text: str, number: int) -> tuple[str, ...]:
        """Return the entries that have something in common with a text, best first, however unsure."""
        text = normalise(text[:MAX_CHARACTERS])
        ranked, _, _ = self._judge(text)
        likeness = (self._features.vectors([text]) @ self._by_feature).toarray()[0]
        alike = set(self._labels[likeness > ALIKE].tolist())
        found = (topic for topic in ranked if topic < self._entries and topic in alike)
        return tuple(self._topics[topic] for topic in found)[:number]

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """Return how alike questions are to each other: cosines between 0 and 1.

        0 where the names differ, or what is asked (who, when …): the same words about another thing.
        """
        normal = [normalise(text[:MAX_CHARACTERS]) for text in texts]
        wanted = [(self._names.telling(text), kinds_asked(text) & PLAIN_KINDS) for text in normal]
        same = {want: number for number, want in enumerate(dict.fromkeys(wanted))}
        groups = np.array([same[want] for want in wanted])
        vectors = self._features.vectors(normal)
        return np.asarray((vectors @ vectors.T).toarray() * (groups[:, None] == groups))

    def _two(self, question: str, before: int | None) -> Answers | None:
        """Answer two questions that stand in one message, if both are sure and not the same."""
        named = shared(question, sorted(self._names.known & set(words(question))))
        for first, second in [named] if named else itertools.islice(halves(question), PARTINGS):
            one = self._one(first, before)
            if not isinstance(one, Answer):
                continue
            other = self._one(second, self._topics.index(one.topic))
            if isinstance(other, Answer) and other.topic != one.topic:
                return Answers((one.topic, other.topic), min(one.confidence, other.confidence))
        return None

    def _one(self, question: str, before: int | None) -> Reply:
        """Decide on one question; together with the topic before it, if it leans on that."""
        alone = self._judge(question)
        reply = self._decide(*alone)
        if before is None:
            return reply
        sure, named = reply.confidence > SURE, bool(self._names.in_question(normalise(question)))
        rivals = SURE_RIVALS if sure else RIVALS
        if sure and (isinstance(reply, SmallTalk) or (named and kinds_asked(question))):
            return reply  # it is complete
        if continues(question):
            rivals = len(self._topics)
        elif named or not leans(question) or (sure and not self._names.about(before)):
            return reply
        together = self._judge(without_opening(question), before)
        return self._decide(*together) if together[0][0] in alone[0][:rivals] else reply

    def _judge(self, question: str, before: int | None = None) -> tuple[NDArray[np.intp], float, bool]:
        """Rank the topics; say how sure the first is, and whether it may be the answer at all."""
        text, example = normalise(question), self._exact.get(bare(question))
        if example is not None and (before is None or not self._names.about(before)):
            others = np.arange(len(self._topics))
            known = example < len(self._topics)
            return (np.r_[example, others[others != example]] if known else others), float(known), known
        kinds, names = kinds_asked(text), self._names.in_question(text)
        vector = self._features.vectors([text])
        likeness = (vector @ self._by_feature).toarray()
        near: Matrix | float = 0.0
        named = bool(names) or before is None
        if before is not None:
            if names and not kinds:
                kinds = kinds_asked(self._questions[before])
            names = names or self._subjects[before]
            kin = self._kin[before]
            near = NEAR * kin[:-1]
            likeness += LENT * self._likeness[before] * (kin[self._labels] > 0)
        fits = np.array([self._fit(kinds, names)])
        ranked, evidence = self._weigh(likeness @ self._weights, likeness, self._coverage(vector), fits, near)
        confidence = self._trust.confidence(evidence)
        best = int(ranked[0, 0])
        if denies(text) and (not self._denied[best] or confidence < self._least[best]):
            confidence = 0.0
        astray = not named and not self._names.share(names, best)
        astray = astray and (self._names.about(best) or not self._kin[before, best])
        return ranked[0], confidence, bool(fits[0, best, 0] > -2) and not astray

    def _decide(self, ranked: NDArray[np.intp], confidence: float, may_answer: bool) -> Reply:
        best = self._topics[ranked[0]]
        chatting = ranked[0] >= self._entries
        entries = tuple(self._topics[topic] for topic in ranked if topic < self._entries)
        if confidence < SUGGEST or not entries:
            return Unknown(confidence, entries[:ALTERNATIVES])
        if confidence < self._least[ranked[0]] or not may_answer:
            return Suggest(entries[:SUGGESTIONS], min(confidence, ANSWER))
        if chatting:
            return SmallTalk(best, confidence)
        return Answer(best, confidence, entries[1 : ALTERNATIVES + 1])

    def _related(self, knowledge: Knowledge) -> Matrix:
        """Return how near topics are: 1 where one names the other as related, 0.5 a step further, else 0."""
        kin = np.zeros((len(self._topics) + 1, len(self._topics) + 1))
        for entry in knowledge.entries:
            for other in entry.related:
                one, two = self._topics.index(entry.id), self._topics.index(other)
                kin[one, two] = kin[two, one] = 1.0
        np.fill_diagonal(kin, 0.0)
        further = 0.5 * (kin @ kin > 0)
        np.fill_diagonal(further, 0.0)
        return np.asarray(np.maximum(kin, further))

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

        counted = self._features.counted(labels)
        self._known = [(counted > less).astype(np.float64).T.tocsr() for less in (0, 1)]
        coverage = self._coverage(examples)
        itself = self._coverage(examples, 1)
        alone = members - self._weights / inverse.diagonal()[:, None]
        unlike = likeness - np.diag(likeness.diagonal())
        covered = coverage.copy()
        covered[np.arange(len(labels)), labels] = itself[np.arange(len(labels)), labels]
        lessons = [
            (self._weigh(alone, unlike, covered, fits), labels, worth),
            (self._weigh(likeness @ self._weights, likeness, coverage, fits), labels, EXACT * worth),
        ]
        for topic in range(self._entries):
            block = np.flatnonzero(labels == topic)
            without = members[block] - np.linalg.solve(inverse[np.ix_(block, block)], self._weights[block])
            without[:, topic] = -1.0
            unlike = likeness[block] * (labels != topic)
            covered = coverage[block].copy()
            covered[:, topic] = 0.0
            nobody = np.full(len(block), -1)
            lessons.append(
                (self._weigh(without, unlike, covered, fits[block]), nobody, OUTSIDE * worth[block])
            )
        self._trust = Trust(
            np.concatenate([evidence for (_, evidence), _, _ in lessons]),
            np.concatenate([ranked[:, 0] == true for (ranked, _), true, _ in lessons]),
            np.concatenate([weight for _, _, weight in lessons]),
        )

    def _coverage(self, vectors: Any, less: int = 0) -> Matrix:
        """Return the share of each vector that the examples of each label contain more than `less` times."""
        return np.asarray((vectors.power(2) @ self._known[less]).todense())

    def _weigh(
        self, scores: Matrix, likeness: Matrix, coverage: Matrix, fits: Matrix, near: Matrix | float = 0.0
    ) -> tuple[NDArray[np.intp], Matrix]:
        """Rank the topics for each row, best first, and say what speaks for and against the first."""
        ends = [*self._starts[1:], likeness.shape[1]]
        groups = [likeness[:, start:end] for start, end in zip(self._starts, ends, strict=True)]
        nearest = np.stack([group.max(axis=1, initial=0.0) for group in groups], axis=1)
        merit = scores[:, :-1] + fits @ FITTING + near
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
            of(coverage, first),
            coverage.max(axis=1),
            coverage[:, -1],
        ]
        return ranked, np.stack(evidence, axis=1)

    def _fit(
        self, kinds: frozenset[Asked], names: frozenset[str], own: int = -1
    ) -> list[tuple[float, float]]:
        """Say for each topic whether what is asked, and the names, agree: 1 yes, 0 not said, -1 no.

        -2 where what is asked is among PLAIN_KINDS, so that the topic cannot be the answer. For an example,
        `own` is its topic, which must agree without it.
        """
        return [
            (_agree(kinds, self._asked[topic]), self._names.agree(names, topic, less=topic == own))
            for topic in range(len(self._topics))
        ]


def _agree(kinds: frozenset[Asked], asked: frozenset[Asked]) -> int:
    plain = kinds & PLAIN_KINDS
    if not kinds or not asked:
        return 0
    return 1 if (plain or kinds) & asked else -2 if plain else -1
