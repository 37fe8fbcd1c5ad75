"""Broadcasts: one message to every subscribed chat, accounted for recipient by recipient."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bot.core.audiences import EVERYBODY, Audience, Offer, audience_of, themes_of
from bot.core.events.event import EventKind
from bot.core.forms import Form
from bot.core.knowledge import Version
from bot.core.people import Language
from bot.core.subscribers import Category, Hours, Preferences, Rhythm

FIRST_RETRY: Final = timedelta(seconds=5)
LONGEST_RETRY: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 12
MOST_CHANGES: Final = 2 * MOST_ATTEMPTS
# So many failures in a row, blocks left out, pause a broadcast.
MOST_FAILURES: Final = 5
# One that begins later than planned by more than this is not sent before somebody has looked.
LATEST_START: Final = timedelta(hours=1)
MOST_IN_DIGEST: Final = 10


class Subject(StrEnum):
    """What a broadcast is about."""

    EVENT = "event"
    LESSON = "lesson"
    ANSWER = "answer"  # a coordinator's answer, to others who asked the same
    CORRECTION = "correction"  # the new answer of an entry, to those who got the one before
    CHANGE = "change"  # an event was moved or cancelled: to those who come or wait
    REMINDER = "reminder"  # of an event, to those who come
    SEAT = "seat"  # a freed seat at an event, to the first who waits
    LAPSED = "lapsed"  # nobody took the seat that was held: to whom it was offered
    SEATING = "seating"  # a coordinator gave or took a seat: to whoever answers for it
    FEEDBACK = "feedback"  # how was it? to those who came to an event
    MINUTES = "minutes"  # of an event, asked of its organiser
    STEP = "step"  # of an action plan: how did it go?


NOTICES: Final = (
    Subject.REMINDER,
    Subject.SEAT,
    Subject.LAPSED,
    Subject.SEATING,
    Subject.FEEDBACK,
    Subject.MINUTES,
    Subject.STEP,
)
"""What certain persons are told: seen with what it is about, and not in the list of broadcasts."""


class BroadcastState(StrEnum):
    PROPOSED = "proposed"  # waits for another coordinator's approval
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    MISSED = "missed"  # the bot was down when it should have begun
    CANCELLED = "cancelled"
    DONE = "done"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    RECALLED = "recalled"


@dataclass(frozen=True)
class Sent:
    """Telegram took the message under this id."""

    message_id: int


@dataclass(frozen=True)
class Blocked:
    """The recipient blocked the bot, left or is gone."""


@dataclass(frozen=True)
class Moved:
    """The group became a supergroup with this id, and nothing was delivered."""

    chat_id: int


@dataclass(frozen=True)
class Later:
    """Nothing was delivered; try again. `wait` was asked for: before, nobody can be sent anything.

    Without `everyone` it holds for this chat alone.
    """

    reason: str
    wait: timedelta | None = None
    everyone: bool = True


@dataclass(frozen=True)
class Uncertain:
    """The request went out and no answer came: it may have been delivered."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """Telegram will never take this message for this chat."""

    reason: str


@dataclass(frozen=True)
class Unsendable:
    """Telegram would refuse this text for everybody: the broadcast must stop."""

    reason: str


Outcome = Sent | Blocked | Moved | Later | Uncertain | Rejected | Unsendable


@dataclass(frozen=True)
class Broadcast:
    """A confirmed broadcast. `texts` is what recipients get, in each language, as Telegram HTML.

    `reason` says why it was paused, empty if a person did. `revision` counts corrections of the texts.
    What has a category can be declined by subscribers, also by its themes; without, it is meant for one.
    `reminds`: it calls on those who got that other broadcast and have not read.
    """

    id: int
    subject: Subject
    subject_id: int
    title: str
    texts: Mapping[Language, str]
    created_by: int
    created_at: datetime
    finished_at: datetime | None
    state: BroadcastState
    starts_at: datetime
    reason: str
    revision: int
    recalled_at: datetime | None
    category: Category | None = None
    themes: tuple[str, ...] = ()
    audience: Audience = EVERYBODY
    reminds: int | None = None


@dataclass(frozen=True)
class Delivery:
    """One recipient's copy, claimed for sending. `attempts` counts this one."""

    id: int
    broadcast: Broadcast
    attempts: int


@dataclass(frozen=True)
class Parcel:
    """What goes to a chat as one message: one broadcast's copy, or a digest of several."""

    chat_id: int
    language: Language
    deliveries: tuple[Delivery, ...]

    @property
    def attempts(self) -> int:
        """How often the most tried of them has been tried, this time included."""
        return max(delivery.attempts for delivery in self.deliveries)


@dataclass(frozen=True)
class MessageChange:
    """A message that has arrived, and what it is to hold now; nothing: it is to be deleted.

    `delivery` is the copy in it that was corrected or recalled.
    """

    delivery: Delivery
    chat_id: int
    message_id: int
    parcel: Parcel | None


@dataclass(frozen=True)
class Standing:
    """How a chat stands now: whether it can be reached, still subscribes a council, and what it wants."""

    reachable: bool
    subscribed: bool
    preferences: Preferences


@dataclass(frozen=True)
class Settlement:
    """How a claimed delivery ended: the state to write, when to try again, and why."""

    state: DeliveryState
    next_attempt_at: datetime | None = None
    message_id: int | None = None
    reason: str = ""
    counts_attempt: bool = True
    pauses: bool = False


@dataclass(frozen=True)
class Ended:
    """A parcel that was sent, or could not be, and what is to be written."""

    parcel: Parcel
    settlement: Settlement


@dataclass(frozen=True)
class Changed:
    """What came of changing or deleting a message that had arrived."""

    change: MessageChange
    outcome: Outcome


def offer_of(subject: Subject, answers: Mapping[str, str], at: datetime) -> Offer:
    """What the form of a broadcast says about who gets it."""
    return Offer(audience_of(answers), _category_of(subject, answers), themes_of(answers), at)


def _category_of(subject: Subject, answers: Mapping[str, str]) -> Category | None:
    match subject:
        case Subject.LESSON:
            return Category.LESSONS
        case Subject.EVENT:
            return EventKind(answers["kind"]).category
        case _:
            return None


def wanted_at(broadcast: Broadcast, standing: Standing, hours: Hours, now: datetime) -> datetime | None:
    """When a chat wants its copy: now, with a digest, after its quiet hours, or (None) not any more."""
    if not standing.reachable:
        return None
    if broadcast.category is None:  # meant for this person, who waits for it
        return now
    wants = standing.preferences.wants(broadcast.category, broadcast.themes, now)
    if not wants or not (standing.subscribed or broadcast.audience.names_people):
        return None
    digest = hours.next_digest(standing.preferences.rhythm, broadcast.starts_at)
    at = now if standing.preferences.rhythm is Rhythm.AT_ONCE else max(now, digest)
    return hours.quiet_until(standing.preferences.quiet, at) or at


def settle(outcome: Outcome, attempts: int, now: datetime) -> Settlement:
    """What to write for an outcome: waits that Telegram asks for burn no attempt, others grow and end."""
    match outcome:
        case Sent(message_id):
            return Settlement(DeliveryState.SENT, message_id=message_id)
        case Blocked():
            return Settlement(DeliveryState.BLOCKED)
        case Moved():
            return Settlement(DeliveryState.PENDING, now, counts_attempt=False)
        case Uncertain(reason):
            return Settlement(DeliveryState.UNCERTAIN, reason=reason)
        case Rejected(reason):
            return Settlement(DeliveryState.FAILED, reason=reason)
        case Unsendable(reason):
            return Settlement(DeliveryState.PENDING, now, reason=reason, counts_attempt=False, pauses=True)
        case Later(reason, wait) if wait is not None:
            return Settlement(DeliveryState.PENDING, now + wait, reason=reason, counts_attempt=False)
        case Later(reason) if attempts >= MOST_ATTEMPTS:
            return Settlement(DeliveryState.FAILED, reason=reason)
        case Later(reason):
            return Settlement(DeliveryState.PENDING, now + _retry_delay(attempts), reason=reason)


def failed(settlement: Settlement) -> bool:
    """Whether a settlement counts towards MOST_FAILURES; blocks, and waits that were asked for, do not."""
    if settlement.state in (DeliveryState.FAILED, DeliveryState.UNCERTAIN):
        return True
    return settlement.state is DeliveryState.PENDING and settlement.counts_attempt


def delay_of_change(attempts: int) -> timedelta | None:
    """After how long a message is changed again that could not be; None: not any more.

    `attempts` counts those at sending it as well.
    """
    return _retry_delay(attempts) if attempts < MOST_CHANGES else None


def _retry_delay(attempts: int) -> timedelta:
    return min(FIRST_RETRY * (1 << (attempts - 1)), LONGEST_RETRY)


class Broadcasts(Protocol):
    """What the bot remembers of broadcasts."""

    async def confirm(
        self,
        form: Form,
        subject: Subject,
        title: str,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
        starts_at: datetime | None = None,
        proposed: bool = False,
    ) -> Broadcast | None:
        """Keep what the form tells, freeze the audience and close the form, in one transaction.

        It is sent from `starts_at` on, at once without one; a proposed one once somebody else approved it.

        None when the form changed since the preview, or is gone.
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

    async def remind(
        self,
        broadcast: Broadcast,
        number: int,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
        proposed: bool = False,
    ) -> Broadcast | None:
        """Call on those who got a lesson and whose council has not read it; `number` such calls came before.

        None when one of that number was sent already.
        """

    async def broadcast(self, broadcast_id: int) -> Broadcast | None: ...

    async def newest(self) -> list[Broadcast]:
        """The last ten that somebody began, newest first."""

    async def move(
        self, broadcast_id: int, state: BroadcastState, now: datetime, reason: str = ""
    ) -> Broadcast | None:
        """Pause, resume or cancel; None when it stands where that cannot be (any more).

        What was paused before its time waits for that when it is resumed.
        """

    async def send_now(self, broadcast_id: int, now: datetime) -> Broadcast | None:
        """Begin what is planned for later, or was missed; None when it is neither (any more)."""

    async def retry_failed(self, broadcast_id: int, now: datetime) -> int:
        """Try the failed ones once more; how many."""

    async def resend_uncertain(self, broadcast_id: int, now: datetime) -> int:
        """Send again to those who perhaps got it already; how many."""

    async def settle_uncertain(self, broadcast_id: int, now: datetime) -> int:
        """Take the uncertain ones for sent; how many."""

    async def correct(
        self, broadcast_id: int, form: Form, texts: Mapping[Language, str], now: datetime
    ) -> int | None:
        """Change what the form tells, also where it has arrived; at how many. None when the form changed."""

    async def recall(self, broadcast_id: int, now: datetime) -> int:
        """Delete it and its reminders wherever they have arrived, and send them to nobody else; how many."""

    async def begin_due(self, now: datetime) -> list[Broadcast]:
        """Begin what is scheduled; what comes too late is missed instead, and returned."""

    async def watch(self, broadcast_id: int, chat_id: int, message_id: int) -> None:
        """Note the message that shows how the broadcast goes on."""

    async def watched(self) -> list[tuple[Broadcast, int, int]]:
        """Broadcasts that somebody watches, each with the chat and message that show it."""

    async def is_watched(self, broadcast_id: int, chat_id: int, message_id: int) -> bool:
        """Whether this is still the message that shows it."""

    async def unwatch(self, broadcast_id: int) -> None:
        """It is over, and its message says so."""
