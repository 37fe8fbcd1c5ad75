"""Inquiries: questions that the bot could not answer, and the conversations with a person that follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

LONGEST_QUESTION: Final = 2000
# A conversation left alone so long closes itself; a question that waited so long is brought up again.
SILENCE: Final = timedelta(hours=24)
# Questions that nobody wanted to pass on are kept so long, for what they tell about gaps.
OFFERS_KEPT: Final = timedelta(days=90)


class InquiryState(StrEnum):
    OFFERED = "offered"  # the bot offered to pass it on
    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"


@dataclass(frozen=True)
class Inquiry:
    """One question to a person. `taken_by` is the coordinator who talks, or talked, with the asker."""

    id: int
    person_id: int
    question: str
    state: InquiryState
    taken_by: int | None
    asked_at: datetime


@dataclass(frozen=True)
class Sighting:
    """A message in somebody's chat that belongs to an inquiry."""

    chat_id: int
    message_id: int


class Inquiries(Protocol):
    """What the bot remembers of inquiries."""

    async def offer(self, person_id: int, question: str, now: datetime) -> Inquiry:
        """Keep a question that the bot could not answer."""

    async def pass_on(self, inquiry_id: int, person_id: int, now: datetime) -> Inquiry | None:
        """The asker wants it passed on; None unless it is theirs and was only offered."""

    async def take(self, inquiry_id: int, by: int, now: datetime) -> bool:
        """A coordinator takes it; False when it does not wait (any more). Nobody takes their own."""

    async def close(self, inquiry_id: int, by: int, now: datetime) -> Inquiry | None:
        """The asker or the coordinator who talks ends it; None when it is not theirs to end, or ended."""

    async def inquiry(self, inquiry_id: int) -> Inquiry | None: ...

    async def waiting_of(self, person_id: int) -> Inquiry | None:
        """The asker's inquiry that waits, the newest."""

    async def talks_of(self, person_id: int) -> list[Inquiry]:
        """The talks that go on now with this person, as asker or as coordinator."""

    async def touch(self, inquiry_id: int, now: datetime) -> None:
        """Something was said."""

    async def remember(self, inquiry_id: int, sighting: Sighting) -> None:
        """Note a message that belongs to an inquiry."""

    async def of_message(self, sighting: Sighting) -> Inquiry | None:
        """The inquiry that a message belongs to."""

    async def sightings(self, inquiry_id: int) -> list[Sighting]: ...

    async def close_silent(self, now: datetime) -> list[Inquiry]:
        """Close conversations left alone; each is returned once."""

    async def bring_up(self, now: datetime) -> list[Inquiry]:
        """Questions that have waited long since they were last brought up; each is returned once a day."""
