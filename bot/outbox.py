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
    Delivery,
    Later,
    Outcome,
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
    async def claim(self, now: datetime) -> Delivery | None: ...
    async def settle(self, delivery: Delivery, settlement: Settlement, now: datetime) -> Broadcast | None: ...
    async def claim_change(self, now: datetime) -> Delivery | None: ...
    async def settle_change(
        self, delivery: Delivery, outcome: Outcome, revision: int, deleted: bool, now: datetime
    ) -> None: ...
    async def finish(self, now: datetime) -> list[Broadcast]: ...
    async def broadcast(self, broadcast_id: int) -> Broadcast | None: ...


class Sender(Protocol):
    """How a message goes out, and how fast."""

    def seconds_to_turn(self) -> float: ...

    async def send(self, chat_id: int, html: str) -> Outcome: ...
    async def edit(self, chat_id: int, message_id: int, html: str) -> Outcome: ...
    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...


class Addressees(Protocol):
    """Who must be remembered as out of reach."""

    async def mark_blocked(self, person_id: int, now: datetime) -> None: ...


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
        while await self._take_turn() and (delivery := await self._deliveries.claim(self._clock())):
            broadcast = await self._deliveries.broadcast(delivery.broadcast_id)
            if broadcast is None:
                raise LookupError(f"delivery {delivery.id} belongs to no broadcast")
            outcome = await self._send(delivery, broadcast.texts[delivery.language])
            now = self._clock()
            if isinstance(outcome, Later) and outcome.wait and outcome.everyone:
                self._silent_until = now + outcome.wait
            paused = await self._settle(delivery, settle(outcome, delivery.attempts, now), now)
            if isinstance(outcome, Blocked):
                await self._addressees.mark_blocked(delivery.chat_id, now)
            if paused:
                await self._paused(paused)
        await self._change_due()

    async def _change_due(self) -> None:
        """Correct or delete messages that have arrived; what is to be sent goes first."""
        while await self._take_turn() and (delivery := await self._deliveries.claim_change(self._clock())):
            broadcast = await self._deliveries.broadcast(delivery.broadcast_id)
            if broadcast is None or delivery.message_id is None:
                raise LookupError(f"delivery {delivery.id} has nothing to change")
            outcome = await self._change(delivery, delivery.message_id, broadcast)
            now = self._clock()
            if isinstance(outcome, Later) and outcome.wait and outcome.everyone:
                self._silent_until = now + outcome.wait
            deleted = broadcast.recalled_at is not None
            await self._settle_change(delivery, outcome, broadcast.revision, deleted, now)

    @retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
    async def _settle_change(
        self, delivery: Delivery, outcome: Outcome, revision: int, deleted: bool, now: datetime
    ) -> None:
        await self._deliveries.settle_change(delivery, outcome, revision, deleted, now)

    async def _change(self, delivery: Delivery, message_id: int, broadcast: Broadcast) -> Outcome:
        try:
            if broadcast.recalled_at:
                return await self._sender.delete(delivery.chat_id, message_id)
            html = broadcast.texts[delivery.language]
            return await self._sender.edit(delivery.chat_id, message_id, html)
        except Exception as problem:
            log.error("a change broke down", error=type(problem).__name__, trace=trace_of(problem))
            return Uncertain(type(problem).__name__)

    @retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
    async def _settle(self, delivery: Delivery, settlement: Settlement, now: datetime) -> Broadcast | None:
        """Write down what became of it: a database that is busy for a moment must not leave it open."""
        return await self._deliveries.settle(delivery, settlement, now)

    async def _send(self, delivery: Delivery, html: str) -> Outcome:
        """Send it; what breaks inside is uncertain, and must not take the other senders along."""
        try:
            return await self._sender.send(delivery.chat_id, html)
        except Exception as problem:
            log.error("a send broke down", error=type(problem).__name__, trace=trace_of(problem))
            return Uncertain(type(problem).__name__)

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
