"""Inquiries: questions that are put to a person, and the conversations that follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bot.core.history import Question

# A conversation left alone so long closes itself.
SILENCE: Final = timedelta(hours=24)
# Office time after which coordinators are reminded of a question without an answer, and administrators told.
REMIND_AFTER: Final = timedelta(hours=4)
ESCALATE_AFTER: Final = timedelta(hours=24)
# So often somebody is reminded of one question.
MOST_REMINDERS: Final = 5
# So much of what a coordinator answered is kept, in characters.
LONGEST_ANSWER: Final = 3000


class InquiryState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"


class Reminder(StrEnum):
    """Who is reminded of a question that has no answer yet."""

    COORDINATORS = "coordinators"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True)
class Inquiry:
    """One question to a person. `taken_by` is the coordinator who talks, or talked, with the asker.

    `spoken_at` is when it was taken, or something was said last. `answer` is what the coordinator wrote,
    `topic` the entry that was sent instead; `answered_at` is when the coordinator first said anything.
    `reminders` counts those that went out.
    """

    id: int
    question_id: int | None
    person_id: int
    question: str
    state: InquiryState
    taken_by: int | None
    asked_at: datetime
    spoken_at: datetime
    answer: str = ""
    topic: str | None = None
    answered_at: datetime | None = None
    reminders: int = 0

    @property
    def is_open(self) -> bool:
        return self.state in (InquiryState.WAITING, InquiryState.TAKEN)


@dataclass(frozen=True)
class Sighting:
    """A message in somebody's chat that belongs to an inquiry; `addition`: what the asker added to it."""

    chat_id: int
    message_id: int
    addition: bool = False


def reminder_due(inquiry: Inquiry, worked: timedelta) -> Reminder | None:
    """Who must be reminded now; `worked` is the office time since it was asked."""
    if not inquiry.is_open or inquiry.answered_at or inquiry.reminders >= MOST_REMINDERS:
        return None
    if inquiry.reminders == 0:
        return Reminder.COORDINATORS if worked >= REMIND_AFTER else None
    return Reminder.ADMINISTRATORS if worked >= inquiry.reminders * ESCALATE_AFTER else None


class Inquiries(Protocol):
    """What the bot remembers of inquiries."""

    async def pass_on(self, question: Question, now: datetime) -> Inquiry | None:
        """Put a question to a person; None when that was done before, or the asker is forgotten."""

    async def take(self, inquiry_id: int, by: int, now: datetime) -> bool:
        """A coordinator takes it; False when it does not wait (any more). Nobody takes their own."""

    async def close(self, inquiry_id: int, by: int, now: datetime) -> Inquiry | None:
        """The asker or the coordinator who talks ends it; None when it is not theirs to end, or ended."""

    async def inquiry(self, inquiry_id: int) -> Inquiry | None: ...

    async def of_question(self, question_id: int) -> Inquiry | None: ...

    async def waiting_of(self, person_id: int) -> Inquiry | None:
        """The asker's inquiry that waits, the newest."""

    async def talks_of(self, person_id: int) -> list[Inquiry]:
        """The talks that go on now with this person, as asker or as coordinator."""

    async def touch(self, inquiry_id: int, now: datetime) -> None:
        """The asker said something."""

    async def answer(self, inquiry_id: int, words: str, topic: str | None, now: datetime) -> None:
        """The coordinator said something: words, or an entry, or neither (a photo, a voice message)."""

    async def remember(self, inquiry_id: int, sighting: Sighting) -> None:
        """Note a message that belongs to an inquiry."""

    async def of_message(self, sighting: Sighting) -> Inquiry | None:
        """The inquiry that a message belongs to."""

    async def sightings(self, inquiry_id: int) -> list[Sighting]: ...

    async def close_silent(self, now: datetime) -> list[Inquiry]:
        """Close answered conversations left alone; each is returned once."""

    async def unanswered(self) -> list[Inquiry]:
        """Open ones to which no coordinator has said anything yet."""

    async def note_reminder(self, inquiry: Inquiry, now: datetime, release: bool) -> bool:
        """Count a reminder, and let others take the question if so wished; False when somebody did before."""
