"""Broadcasts: one message to every subscribed chat, accounted for recipient by recipient."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bot.core.forms import Form
from bot.core.knowledge import Version
from bot.core.people import Language

FIRST_RETRY: Final = timedelta(seconds=5)
LONGEST_RETRY: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 12


class Subject(StrEnum):
    """What a broadcast is about."""

    EVENT = "event"
    LESSON = "lesson"
    ANSWER = "answer"  # a coordinator's answer, to others who asked the same
    CORRECTION = "correction"  # the new answer of an entry, to those who got the one before


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Sent:
    """Telegram took the message under this id."""

    message_id: int


@dataclass(frozen=True)
class Blocked:
    """The recipient blocked the bot, left or is gone."""


@dataclass(frozen=True)
class Later:
    """Nothing was delivered; try again. `wait` holds for every recipient: nothing can be sent before."""

    reason: str
    wait: timedelta | None = None


@dataclass(frozen=True)
class Uncertain:
    """The request went out and no answer came: it may have been delivered."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """Telegram will never take this message for this chat."""

    reason: str


Outcome = Sent | Blocked | Later | Uncertain | Rejected


@dataclass(frozen=True)
class Broadcast:
    """A confirmed broadcast. `texts` is what recipients get, in each language, as Telegram HTML."""

    id: int
    subject: Subject
    title: str
    texts: Mapping[Language, str]
    created_by: int
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """One recipient's copy, claimed for sending. `attempts` counts this one."""

    id: int
    broadcast_id: int
    chat_id: int
    language: Language
    attempts: int


@dataclass(frozen=True)
class Settlement:
    """How a claimed delivery ended: the state to write, when to try again, and why."""

    state: DeliveryState
    next_attempt_at: datetime | None = None
    message_id: int | None = None
    reason: str = ""
    counts_attempt: bool = True


@dataclass(frozen=True)
class Tally:
    """How many deliveries of a broadcast stand in each state."""

    counts: Mapping[DeliveryState, int]

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def settle(outcome: Outcome, attempts: int, now: datetime) -> Settlement:
    """What to write for an outcome: waits that Telegram asks for burn no attempt, others grow and end."""
    match outcome:
        case Sent(message_id):
            return Settlement(DeliveryState.SENT, message_id=message_id)
        case Blocked():
            return Settlement(DeliveryState.BLOCKED)
        case Uncertain(reason):
            return Settlement(DeliveryState.UNCERTAIN, reason=reason)
        case Rejected(reason):
            return Settlement(DeliveryState.FAILED, reason=reason)
        case Later(reason, wait) if wait is not None:
            return Settlement(DeliveryState.PENDING, now + wait, reason=reason, counts_attempt=False)
        case Later(reason) if attempts >= MOST_ATTEMPTS:
            return Settlement(DeliveryState.FAILED, reason=reason)
        case Later(reason):
            return Settlement(DeliveryState.PENDING, now + _retry_delay(attempts), reason=reason)


def _retry_delay(attempts: int) -> timedelta:
    return min(FIRST_RETRY * (1 << (attempts - 1)), LONGEST_RETRY)


class Broadcasts(Protocol):
    """What the bot remembers of broadcasts."""

    async def confirm(
        self, form: Form, subject: Subject, title: str, texts: Mapping[Language, str], by: int, now: datetime
    ) -> Broadcast | None:
        """Keep what the form tells, freeze the audience and close the form, in one transaction.

        None when the form changed since the preview, or is gone. For an event, the form's answer
        `starts_at` holds its start (ISO 8601, with the zone).
        """

    async def send_answer(
        self,
        form: Form,
        questions: Collection[int],
        title: str,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
    ) -> Broadcast | None:
        """Send an answer to those who asked these questions, which are settled with it; and close the form.

        Each person once. None when the form changed meanwhile, or nobody is left without an answer.
        """

    async def send_correction(
        self, version: Version, told: Collection[int], texts: Mapping[Language, str], by: int, now: datetime
    ) -> Broadcast | None:
        """Send the new answer of an entry to those who were told another; None when that was done before."""

    async def broadcast(self, broadcast_id: int) -> Broadcast | None: ...

    async def newest(self) -> list[Broadcast]:
        """The last ten, newest first."""

    async def tally(self, broadcast_id: int) -> Tally: ...
