"""Readings: which councils have read a lesson that they were sent, and who can be reminded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.councils import Commune


@dataclass(frozen=True)
class Readership:
    """How many councils got a lesson and how many have read it; how many chats wait to be reminded.

    `reminders` counts those that were sent: a press counts only for the number under which it was shown.
    """

    councils: int
    read: int
    unread_chats: int
    reminders: int


def reminding(line: str, text: str) -> str:
    """What a reminder says: a line that calls, before what it reminds of."""
    return f"{line}\n\n{text}"


def reminding_of(reminder: str, text: str) -> str:
    """What a reminder says when what it reminds of reads so by now."""
    return reminding(reminder.partition("\n\n")[0], text)


class Readings(Protocol):
    """What the bot remembers of who has read what."""

    async def note(
        self, lesson_id: int, chat_id: int, person_id: int | None, now: datetime
    ) -> Sequence[Commune] | None:
        """The councils of a chat have read a lesson: those, or none if it was noted before.

        None when there is no such lesson.
        """

    async def readership(self, broadcast_id: int) -> Readership:
        """How far a broadcast's lesson has been read by those who got it."""
