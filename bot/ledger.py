"""What became of messages, on its way into the database: written together, and never forgotten."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from tenacity import retry, stop_after_attempt, wait_fixed

from bot.core.broadcasts import Broadcast, Changed, DeliveryState, Ended

SETTLE_TRIES: Final = 3
SETTLE_PAUSE: Final = 0.2

Done = Ended | Changed


class Deliveries(Protocol):
    """Where outcomes are written."""

    async def settle(self, ended: Sequence[Ended], now: datetime) -> list[Broadcast]: ...
    async def settle_changes(self, changed: Sequence[Changed], now: datetime) -> None: ...


class Addressees(Protocol):
    """Who must be remembered as out of reach."""

    async def mark_out_of_reach(self, chat_ids: Collection[int], now: datetime) -> None: ...


class Ledger:
    """Writes down what became of messages: those that end while it writes share the next transaction.

    What could not be written is kept, and written with the next: a full disk must not make it forgotten.
    To write something once more changes nothing.
    """

    def __init__(self, deliveries: Deliveries, addressees: Addressees, clock: Callable[[], datetime]) -> None:
        self._deliveries = deliveries
        self._addressees = addressees
        self._clock = clock
        self._waiting: list[Done] = []
        self._paused: list[Broadcast] = []  # and nobody was told yet
        self._written = 0
        self._writing = asyncio.Lock()
        self._database_fails = False  # else it is a single outcome that cannot be written
        self.is_behind = False
        """Something could not be written."""

    @property
    def number_left(self) -> int:
        """How many outcomes are not written yet."""
        return len(self._waiting)

    async def write(self, done: Done) -> list[Broadcast]:
        """Return when it is written or kept, with the broadcasts paused by what was written with it.

        When that fails, whoever tried hears so.
        """
        self._waiting.append(done)
        number = self._written + len(self._waiting)
        async with self._writing:
            if self.is_behind and not self._database_fails:
                await self._write_each([done])
            if number <= self._written or self.is_behind:
                return []
            return await self._write_waiting()

    async def write_left(self) -> list[Broadcast]:
        """Write what could not be written before, and return the broadcasts that were paused since."""
        async with self._writing:
            return await self._write_waiting() if self._waiting or self.is_behind else []

    async def _write_waiting(self) -> list[Broadcast]:
        together = self._waiting.copy()
        try:
            self._paused += await self._settle(together)
        except BaseException as problem:
            self.is_behind = True
            if isinstance(problem, Exception):
                await self._write_each(together)
            raise
        self._note_written(together)
        self.is_behind = False
        paused, self._paused = self._paused, []
        return paused

    async def _write_each(self, together: Sequence[Done]) -> None:
        """One that cannot be written must not hold back the others; two in a row, and it is not them."""
        failures = 0
        for one in together:
            try:
                self._paused += await self._settle_once([one])
            except Exception:
                failures += 1
            else:
                failures = 0
                self._note_written([one])
            if failures == 2:
                break
        self._database_fails = failures == 2

    def _note_written(self, written: Sequence[Done]) -> None:
        left = [one for one in self._waiting if one not in written]
        self._written += len(self._waiting) - len(left)
        self._waiting = left

    @retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
    async def _settle(self, together: Sequence[Done]) -> list[Broadcast]:
        """A database that is busy for a moment must not leave it open."""
        return await self._settle_once(together)

    async def _settle_once(self, together: Sequence[Done]) -> list[Broadcast]:
        now = self._clock()
        changed = [one for one in together if isinstance(one, Changed)]
        ended = [one for one in together if isinstance(one, Ended)]
        if changed:
            await self._deliveries.settle_changes(changed, now)
        blocked = [one.parcel.chat_id for one in ended if one.settlement.state is DeliveryState.BLOCKED]
        if blocked:
            await self._addressees.mark_out_of_reach(blocked, now)
        # At the end: what it pauses is told once, and the above can be written once more.
        return await self._deliveries.settle(ended, now) if ended else []
