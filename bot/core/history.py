"""What people asked, what came of it, and what they thought of the answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bot.core.people import Language

LONGEST_QUESTION: Final = 2000
# Coordinators look so far back: as long as, if nothing else is set, a question is kept with its asker.
ASKERS_KEPT: Final = timedelta(days=90)
# The same question from the same person within so long counts as repeated; so often it is answered.
REPEATED_WITHIN: Final = timedelta(minutes=10)
MOST_REPEATS: Final = 3
# So many gaps are looked at, the newest.
MOST_GAPS: Final = 500


class Result(StrEnum):
    """What came of a question."""

    ANSWERED = "answered"
    PRESSED = "pressed"  # a question was pressed, not typed; its answer was said
    SUGGESTED = "suggested"
    CHOSEN = "chosen"  # one of the suggested questions was meant
    UNKNOWN = "unknown"
    NONE_MEANT = "none-meant"
    PERSON = "person"  # it went to a person without asking the bot
    REPEATED = "repeated"  # the same again and again: a person was offered instead of the answer
    BY_PERSON = "by-person"  # a coordinator answered it in the end


# Also what was only offered: nobody chose, so nobody knows that it was meant.
UNANSWERED: Final = frozenset({Result.SUGGESTED, Result.UNKNOWN, Result.NONE_MEANT, Result.PERSON})


@dataclass(frozen=True)
class Question:
    """Something that was asked. `topic` is what was answered; `offered` what could be chosen from.

    `vote` is 1 for 👍, -1 for 👎, else 0. `person_id` is None once the asker is forgotten, and in groups.
    """

    id: int
    person_id: int | None
    text: str
    language: Language
    result: Result
    topic: str | None
    offered: tuple[str, ...]
    vote: int
    asked_at: datetime

    @property
    def is_gap(self) -> bool:
        """Whether it stands without an answer that served."""
        return self.result in UNANSWERED or (self.vote < 0 and self.result is not Result.BY_PERSON)


@dataclass(frozen=True)
class Use:
    """How often an entry was said, and how it was liked."""

    topic: str
    times: int
    up: int
    down: int


@dataclass(frozen=True)
class Week:
    """What was asked in the seven days from a Monday."""

    first_day: date
    answered: int
    offered: int
    unanswered: int

    @property
    def total(self) -> int:
        return self.answered + self.offered + self.unanswered


def weeks(asked: Iterable[tuple[datetime, Result]], last: date, number: int) -> list[Week]:
    """Count what was asked by week: `number` weeks, the last one being that of the day `last`.

    The moments are local ones. Pressed and repeated questions are not counted.
    """
    monday = last - timedelta(days=last.weekday())
    first_days = [monday - timedelta(weeks=back) for back in reversed(range(number))]
    counts = {day: {"answered": 0, "offered": 0, "unanswered": 0} for day in first_days}
    for moment, result in asked:
        day = moment.date() - timedelta(days=moment.weekday())
        if day in counts and result in _KINDS:
            counts[day][_KINDS[result]] += 1
    return [Week(day, **counts[day]) for day in first_days]


_KINDS: Final = {
    Result.ANSWERED: "answered",
    Result.CHOSEN: "answered",
    Result.SUGGESTED: "offered",
    Result.UNKNOWN: "unanswered",
    Result.NONE_MEANT: "unanswered",
    Result.PERSON: "unanswered",
    Result.BY_PERSON: "unanswered",
}


class History(Protocol):
    """What the bot remembers of questions."""

    async def keep(
        self,
        person_id: int | None,
        text: str,
        language: Language,
        result: Result,
        now: datetime,
        topic: str | None = None,
        offered: Sequence[str] = (),
    ) -> Question:
        """Keep what was asked and what came of it."""

    async def question(self, question_id: int) -> Question | None: ...

    async def choose(self, question_id: int, person_id: int, topic: str | None) -> Question | None:
        """One of the suggested questions was meant, or none; None unless it is this person's."""

    async def vote(self, question_id: int, person_id: int, vote: int) -> Question | None:
        """Like or dislike the answer; None unless it is this person's and was answered."""

    async def repeats(self, person_id: int | None, text: str, since: datetime) -> tuple[int, bool]:
        """How often this person asked exactly this since then, and whether a person was offered for it.

        Without a person: how often it was asked in groups. Two questions in one message count twice.
        """

    async def gaps(self, since: datetime) -> list[Question]:
        """Questions that stand without an answer that served, newest first, at most MOST_GAPS.

        Not those whose words were erased with their asker.
        """

    async def uses(self, since: datetime) -> list[Use]:
        """How often each entry was said since then, most often first."""

    async def told(self, topic: str, since: datetime, until: datetime) -> list[int]:
        """Who got the answer of an entry in between."""

    async def results(self, since: datetime) -> list[tuple[datetime, Result]]:
        """When something was asked since then, and what came of it."""

    async def claim_summary(self, week: str, now: datetime) -> bool:
        """Whether the summary of this week (2026-W48) may be sent now: once, by one replica."""
