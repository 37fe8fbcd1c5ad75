"""The delivery worker: claim, send, settle. It may be killed between any two and loses nothing."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
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
# Clocks are set right by less than this all the time.
CLOCK_SLACK: Final = timedelta(seconds=10)

log = structlog.get_logger()


class Deliveries(Protocol):
    """Where the outbox finds what is to be sent."""

    async def give_up_claims(self) -> int: ...
    async def hasten(self, now: datetime) -> None: ...
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


class Duty(Protocol):
    """The right to send: one process has it, others stand by."""

    def take(self) -> bool: ...
    def holder(self) -> str: ...
    def give_back(self) -> None: ...


class Outbox:
    """Sends what is due, and changes what has arrived where that was asked for.

    `finished` is called once for each broadcast that has nothing left to send, `paused` for each that its own
    failures paused. What became of a delivery is kept here until it can be written down; nothing else is sent
    before.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        addressees: Addressees,
        sender: Sender,
        duty: Duty,
        clock: Callable[[], datetime],
        finished: Callable[[Broadcast], Awaitable[None]],
        paused: Callable[[Broadcast], Awaitable[None]],
    ) -> None:
        self._deliveries = deliveries
        self._addressees = addressees
        self._sender = sender
        self._duty = duty
        self._clock = clock
        self._finished = finished
        self._paused = paused
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._silent_until: datetime | None = None
        self._latest: datetime | None = None
        self._on_duty = False
        self._stands_by = False
        self._unwritten: deque[Callable[[], Awaitable[None]]] = deque()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def stop(self) -> None:
        """Let what is being sent end, and `run` with it."""
        self._stopped.set()
        self.wake()

    async def run(self) -> None:
        """Send whenever woken, until stopped, while no other process does."""
        self.wake()
        try:
            while not self._stopped.is_set():
                await self._woken.wait()
                self._woken.clear()
                try:
                    if await self._takes_duty():
                        await self.drain()
                except Exception as problem:  # the next tick tries again
                    log.error("the outbox failed", error=type(problem).__name__, trace=trace_of(problem))
        finally:
            await self._leave()

    async def _takes_duty(self) -> bool:
        """Whether this outbox is the one that sends; what the one before it left open is then uncertain."""
        if self._on_duty:
            return True
        if not self._duty.take():
            if not self._stands_by:
                log.warning(
                    "another process sends from this database; this one stands by",
                    process=self._duty.holder(),
                )
                self._stands_by = True
            return False
        left = await self._deliveries.give_up_claims()
        self._on_duty = True
        if self._stands_by:
            log.warning("the other process is gone; this one sends from now on")
        if left:
            log.warning("deliveries of an earlier run are uncertain", number=left)
        return True

    async def _leave(self) -> None:
        try:
            await self._write_unwritten()
        except Exception as problem:
            log.error(
                "what became of deliveries could not be written down",
                number=len(self._unwritten),
                error=type(problem).__name__,
            )
        self._duty.give_back()

    async def drain(self) -> None:
        """Send everything that is due now, and report what is finished."""
        await self._write_unwritten()
        await self._follow_clock()
        if await self._deliveries.any_due(self._now()):
            # A sender that fails must not end the others in the middle of a send.
            ends = await asyncio.gather(*(self._send_due() for _ in range(SENDERS)), return_exceptions=True)
            for failure in filter(None, ends):
                raise failure
        for broadcast in await self._deliveries.finish(self._now()):
            await self._finished(broadcast)

    async def _send_due(self) -> None:
        while await self._take_turn() and (parcel := await self._deliveries.claim(self._now())):
            outcome = await self._attempt(self._sender.send(parcel))
            now = self._now()
            self._keep_silence(outcome, now)
            await self._record(partial(self._write_down, parcel, outcome, now))
        await self._change_due()

    async def _change_due(self) -> None:
        """Correct or delete messages that have arrived; what is to be sent goes first."""
        while await self._take_turn() and (change := await self._deliveries.claim_change(self._now())):
            if change.parcel:
                changing = self._sender.edit(change.parcel, change.message_id)
            else:
                changing = self._sender.delete(change.chat_id, change.message_id)
            outcome = await self._attempt(changing)
            now = self._now()
            self._keep_silence(outcome, now)
            await self._record(partial(self._deliveries.settle_change, change, outcome, now))

    async def _write_down(self, parcel: Parcel, outcome: Outcome, now: datetime) -> None:
        """Write down what became of a send; to do it once more changes nothing."""
        paused = await self._deliveries.settle(parcel, settle(outcome, parcel.attempts, now), now)
        match outcome:
            case Blocked():
                await self._addressees.mark_out_of_reach(parcel.chat_id, now)
            case Moved(new):
                await self._addressees.move(parcel.chat_id, new)
        for broadcast in paused:
            await self._paused(broadcast)

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write an outcome down, or keep it: a database that is busy or full must not make it forgotten."""
        try:
            await _patiently(write)
        except BaseException:
            self._unwritten.append(write)
            raise

    async def _write_unwritten(self) -> None:
        while self._unwritten:
            await _patiently(self._unwritten[0])
            self._unwritten.popleft()

    async def _attempt(self, sending: Awaitable[Outcome]) -> Outcome:
        """Do it; what breaks inside is uncertain, and must not take the other senders along."""
        try:
            return await sending
        except Exception as problem:
            log.error("a send broke down", error=type(problem).__name__, trace=trace_of(problem))
            return Uncertain(type(problem).__name__)

    async def _take_turn(self) -> bool:
        """Wait for a turn to send; False when there is no sending now.

        That is when it was told to stop, or to be silent, or cannot write down what it did.
        """
        while not self._stopped.is_set() and not self._unwritten:
            if self._silent_until and self._now() < self._silent_until:
                return False
            wait = self._sender.seconds_to_turn()
            if not wait:
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), wait)
        return False

    def _keep_silence(self, outcome: Outcome, now: datetime) -> None:
        """Nobody is sent to before the latest time that was named."""
        if isinstance(outcome, Later) and outcome.wait:
            self._silent_until = max(self._silent_until or now, now + outcome.wait)

    def _now(self) -> datetime:
        now = self._clock()
        self._latest = max(self._latest or now, now)
        return now

    async def _follow_clock(self) -> None:
        """When the clock was set back, nobody waits until it is again where it was."""
        now = self._clock()
        if self._latest is None or self._latest - now < CLOCK_SLACK:
            return
        log.warning("the clock was set back", seconds=(self._latest - now).total_seconds())
        await self._deliveries.hasten(now)
        if self._silent_until:
            self._silent_until -= self._latest - now
        self._latest = now


@retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
async def _patiently(write: Callable[[], Awaitable[None]]) -> None:
    """A database that is busy for a moment must not leave open what is to be written."""
    await write()
