"""What a change to the knowledge would do to the questions whose right answer is known."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache

from bot.core.knowledge import Knowledge
from bot.core.questions import Reply, Suggest, Unknown, answered
from bot.labelled import QUESTIONS, SPLITS, read_questions
from bot.live import trained


@dataclass(frozen=True)
class Taken:
    """A question that another topic than the right one would take."""

    question: str
    right: str


@dataclass(frozen=True)
class Trial:
    """What became of `tried` questions that have a right answer.

    `taken` now mean another topic. Of those that mean the right one, `unsure` are no longer answered, and
    `gained` are answered that were not.
    """

    tried: int
    taken: tuple[Taken, ...]
    unsure: int
    gained: int


async def try_out(before: Knowledge, after: Knowledge) -> Trial:
    """Put every labelled question to both, beside the event loop; a few seconds."""
    return await asyncio.to_thread(_compare, before, after)


def _compare(before: Knowledge, after: Knowledge) -> Trial:
    tried = [pair for pair in _labelled() if pair[1] in before]
    was, now = _replies(before), _replies(after)
    had = {pair for pair in tried if pair[1] in answered(was[pair[0]])}
    has = {pair for pair in tried if pair[1] in answered(now[pair[0]])}
    lost = [pair for pair in tried if pair in had and pair not in has]
    taken = tuple(Taken(*pair) for pair in lost if _meant(now[pair[0]]) != pair[1])
    return Trial(len(tried), taken, len(lost) - len(taken), len(has - had))


def _meant(reply: Reply) -> str | None:
    """The topic that a reply takes the question for, however unsure."""
    match reply:
        case Suggest((topic, *_)) | Unknown(_, (topic, *_)):
            return topic
        case _:
            return next(iter(answered(reply)), None)


@lru_cache(maxsize=2)
def _replies(knowledge: Knowledge) -> dict[str, Reply]:
    answerer = trained(knowledge)
    return {question: answerer.reply(question) for question, _ in _labelled()}


@lru_cache(maxsize=1)
def _labelled() -> tuple[tuple[str, str], ...]:
    """The questions with their right topics; none where the bot was installed without them."""
    if not QUESTIONS.is_dir():
        return ()
    lines = [line for split in SPLITS for line in read_questions("answerable", split)]
    return tuple((line.question, line.topics[0]) for line in lines)
