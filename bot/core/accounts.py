"""The account of a broadcast: what became of every recipient, in numbers and line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.broadcasts import DeliveryState
from bot.core.people import Language


@dataclass(frozen=True)
class Recipient:
    """One line of the account of a broadcast; `councils` are the codes that the chat has subscribed."""

    chat_id: int
    name: str
    councils: tuple[str, ...]
    language: Language
    state: DeliveryState
    attempts: int
    settled_at: datetime | None
    reason: str
    read: bool


@dataclass(frozen=True)
class ProvinceCount:
    """Of the chats that follow councils of a province: how many got a broadcast, and how many did not."""

    code: str
    reached: int
    missed: int


@dataclass(frozen=True)
class Tally:
    """How many deliveries of a broadcast stand in each state."""

    counts: Mapping[DeliveryState, int]

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Changes:
    """How many messages are still to be changed or deleted, and for how many Telegram refused it."""

    due: int
    refused: int


class Accounts(Protocol):
    """What can be read about the deliveries of broadcasts."""

    async def languages(self, broadcast_id: int) -> list[Language]:
        """Those that some recipients read, Khmer first."""

    async def tally(self, broadcast_id: int) -> Tally: ...

    async def changes(self, broadcast_id: int) -> Changes: ...

    async def recipients(self, broadcast_id: int) -> list[Recipient]:
        """Every recipient, in the order in which the audience was frozen."""

    async def by_province(self, broadcast_id: int) -> list[ProvinceCount]:
        """How many were reached in each province, in the order of the codes."""

    async def waiting(self, broadcast_id: int, now: datetime) -> int:
        """How many copies wait for their chat's own hour: a digest, or the end of its quiet hours."""

    async def tried(self, broadcast_id: int, since: datetime) -> int:
        """How many copies were sent, or could not be, since then."""
