"""The delivery worker: claim, send, settle. It may be killed between any two and loses nothing."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

import structlog
from tenacity import retry, stop_after_attempt, wait_fixed

from bot.core.broadcasts import (
    Blocked,
    Broadcast,
    Later,
    MessageChange,
    Moved,
    Outcome,
    Parcel,
    Settlement,
    Uncertain,
    settle,
)
from bot.logs import trace_of

SENDERS: Final = 8
SETTLE_TRIES: Final = 3
SETTLE_PAUSE: Final = 0.2

log = structlog.get_logger()


class Deliveries(Protocol):
    """Where the outbox finds what is to be sent."""

    async def give_up_claims(self) -> int: ...
    async def any_due(self, now: datetime) -> bool: ...
    async def claim(self, now: datetime) -> Parcel | None: ...
    async def settle(self, parcel: Parcel, settlement: Settlement, now: datetime) -> list[Broadcast]: ...
    async def claim_change(self, now: datetime) -> MessageChange | None: ...
    async def settle_change(self, change: MessageChange, outcome: Outcome, now: datetime) -> None: ...
    async def finish(self, now: datetime) -> list[Broadcast]: ...


class Sender(Protocol):
    """How a message goes out, and how fast."""

    def seconds_to_turn(self) -> float: ...

    async def send(self, parcel: Parcel) -> Outcome: ...
    async def edit(self, parcel: Parcel, message_id: int) -> Outcome: ...
    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...


class Addressees(Protocol):
    """Who must be remembered as out of reach, or under another id."""

    async def mark_out_of_reach(self, chat_id: int, now: datetime) -> None: ...
    async def move(self, old: int, new: int) -> None: ...


class Outbox:
    """Sends what is due, and changes what has arrived where that was asked for.

    `finished` is called once for each broadcast that has nothing left to send, `paused` for each that its own
    failures paused.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        addressees: Addressees,
        sender: Sender,
        clock: Callable[[], datetime],
        finished: Callable[[Broadcast], Awaitable[None]],
        paused: Callable[[Broadcast], Awaitable[None]],
    ) -> None:
        self._deliveries = deliveries
        self._addressees = addressees
        self._sender = sender
        self._clock = clock
        self._finished = finished
        self._paused = paused
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._silent_until: datetime | None = None

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def stop(self) -> None:
        """Let what is being sent end, and `run` with it."""
        self._stopped.set()
        self.wake()

    async def run(self) -> None:
        """Send whenever woken, until stopped."""
        left = await self._deliveries.give_up_claims()
        if left:
            log.warning("deliveries of an earlier run are uncertain", number=left)
        self.wake()
        while not self._stopped.is_set():
            await self._woken.wait()
            self._woken.clear()
            try:
                await self.drain()
            except Exception as problem:  # the next tick tries again
                log.error("the outbox failed", error=type(problem).__name__, trace=trace_of(problem))

    async def drain(self) -> None:
        """Send everything that is due now, and report what is finished."""
        if await self._deliveries.any_due(self._clock()):
            # A sender that fails must not end the others in the middle of a send.
            ends = await asyncio.gather(*(self._send_due() for _ in range(SENDERS)), return_exceptions=True)
            for failure in filter(None, ends):
                raise failure
        for broadcast in await self._deliveries.finish(self._clock()):
            await self._finished(broadcast)

    async def _send_due(self) -> None:
        while await self._take_turn() and (parcel := await self._deliveries.claim(self._clock())):
            outcome = await self._attempt(self._sender.send(parcel))
            now = self._clock()
            self._heed(outcome, now)
            paused = await self._settle(parcel, settle(outcome, parcel.attempts, now), now)
            match outcome:
                case Blocked():
                    await self._addressees.mark_out_of_reach(parcel.chat_id, now)
                case Moved(new):
                    await self._addressees.move(parcel.chat_id, new)
            for broadcast in paused:
                await self._paused(broadcast)
        await self._change_due()

    async def _change_due(self) -> None:
        """Correct or delete messages that have arrived; what is to be sent goes first."""
        while await self._take_turn() and (change := await self._deliveries.claim_change(self._clock())):
            if change.parcel:
                changing = self._sender.edit(change.parcel, change.message_id)
            else:
                changing = self._sender.delete(change.chat_id, change.message_id)
            outcome = await self._attempt(changing)
            now = self._clock()
            self._heed(outcome, now)
            await self._settle_change(change, outcome, now)

    @retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
    async def _settle_change(self, change: MessageChange, outcome: Outcome, now: datetime) -> None:
        await self._deliveries.settle_change(change, outcome, now)

    @retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
    async def _settle(self, parcel: Parcel, settlement: Settlement, now: datetime) -> list[Broadcast]:
        """Write down what became of it: a database that is busy for a moment must not leave it open."""
        return await self._deliveries.settle(parcel, settlement, now)

    async def _attempt(self, sending: Awaitable[Outcome]) -> Outcome:
        """Do it; what breaks inside is uncertain, and must not take the other senders along."""
        try:
            return await sending
        except Exception as problem:
            log.error("a send broke down", error=type(problem).__name__, trace=trace_of(problem))
            return Uncertain(type(problem).__name__)

    def _heed(self, outcome: Outcome, now: datetime) -> None:
        """Be silent for as long as Telegram asks."""
        if isinstance(outcome, Later) and outcome.wait and outcome.everyone:
            self._silent_until = now + outcome.wait

    async def _take_turn(self) -> bool:
        """Wait for a turn to send; False when there is no sending now: told to stop, or to be silent."""
        while not self._stopped.is_set():
            if self._silent_until and self._clock() < self._silent_until:
                return False
            wait = self._sender.seconds_to_turn()
            if not wait:
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), wait)
        return False
