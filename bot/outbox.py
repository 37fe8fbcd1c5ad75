"""The delivery worker: claim, send, settle. It may be killed between any two and loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog
from tenacity import retry, stop_after_attempt, wait_fixed

from bot.core.broadcasts import (
    Broadcast,
    DeliveryState,
    Ended,
    Later,
    MessageChange,
    Moved,
    Outcome,
    Parcel,
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
    async def claim(self, now: datetime, most: int) -> list[Parcel]: ...
    async def settle(self, ended: Sequence[Ended], now: datetime) -> list[Broadcast]: ...
    async def claim_change(self, now: datetime) -> MessageChange | None: ...
    async def settle_change(self, change: MessageChange, outcome: Outcome, now: datetime) -> None: ...
    async def finish(self, now: datetime) -> list[Broadcast]: ...


class Sender(Protocol):
    """How a message goes out; it waits for its turn."""

    async def send(self, parcel: Parcel) -> Outcome: ...
    async def edit(self, parcel: Parcel, message_id: int) -> Outcome: ...
    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...


class Addressees(Protocol):
    """Who must be remembered as out of reach, or under another id."""

    async def mark_out_of_reach(self, chat_ids: Collection[int], now: datetime) -> None: ...
    async def move(self, old: int, new: int) -> None: ...


class Outbox:
    """Sends what is due, and changes what has arrived where that was asked for.

    `finished` is called once for each broadcast that has nothing left to send, `paused` for each that its own
    failures paused. At most `at_once` parcels are claimed at a time, SENDERS if not said: a kill leaves no
    more than these uncertain.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        addressees: Addressees,
        sender: Sender,
        clock: Callable[[], datetime],
        finished: Callable[[Broadcast], Awaitable[None]],
        paused: Callable[[Broadcast], Awaitable[None]],
        at_once: int | None = None,
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
        self._at_once = at_once
        self._ledger = Ledger(deliveries, addressees, clock)

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
        for broadcast in await self._ledger.write_left():
            await self._paused(broadcast)
        if await self._deliveries.any_due(self._clock()):
            await self._send_due()
            await _all(self._change_due() for _ in range(SENDERS))
        for broadcast in await self._deliveries.finish(self._clock()):
            await self._finished(broadcast)

    async def _send_due(self) -> None:
        """Send parcels side by side; when some have ended, claim as many again."""
        at_once = self._at_once or SENDERS
        sending: set[asyncio.Task[None]] = set()
        try:
            while self._may_send():
                parcels = await self._deliveries.claim(self._clock(), at_once - len(sending))
                sending |= {asyncio.create_task(self._deliver(parcel)) for parcel in parcels}
                if not sending:
                    return
                enough = at_once * 3 // 4 if parcels else len(sending) - 1
                while len(sending) > enough:
                    ended, sending = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        task.result()
        except asyncio.CancelledError:
            for task in sending:
                task.cancel()
            raise
        finally:
            # Whatever fails, what is on its way must end, and be written down.
            await _all(sending)

    async def _deliver(self, parcel: Parcel) -> None:
        outcome = await self._attempt(self._sender.send(parcel))
        now = self._clock()
        self._heed(outcome, now)
        paused = await self._ledger.write(Ended(parcel, settle(outcome, parcel.attempts, now)))
        if isinstance(outcome, Moved):
            await self._addressees.move(parcel.chat_id, outcome.chat_id)
        for broadcast in paused:
            await self._paused(broadcast)

    async def _change_due(self) -> None:
        """Correct or delete messages that have arrived; what is to be sent goes first."""
        while self._may_send() and (change := await self._deliveries.claim_change(self._clock())):
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

    def _may_send(self) -> bool:
        """False when told to stop, or to be silent, or when what was done cannot be written down."""
        if self._stopped.is_set() or self._ledger.is_behind:
            return False
        return self._silent_until is None or self._clock() >= self._silent_until


class Ledger:
    """Writes down what became of parcels: those that end while it writes share the next transaction.

    What could not be written is kept, and written with the next: a full disk must not make it forgotten.
    """

    def __init__(self, deliveries: Deliveries, addressees: Addressees, clock: Callable[[], datetime]) -> None:
        self._deliveries = deliveries
        self._addressees = addressees
        self._clock = clock
        self._waiting: list[Ended] = []
        self._written = 0
        self._writing = asyncio.Lock()
        self.is_behind = False
        """Something could not be written."""

    async def write(self, ended: Ended) -> list[Broadcast]:
        """Return when it is written or kept, with the broadcasts paused by what was written with it.

        When that fails, whoever tried hears so.
        """
        self._waiting.append(ended)
        number = self._written + len(self._waiting)
        async with self._writing:
            if number <= self._written or self.is_behind:
                return []
            return await self._write_waiting()

    async def write_left(self) -> list[Broadcast]:
        """Write what could not be written before."""
        async with self._writing:
            return await self._write_waiting() if self._waiting else []

    async def _write_waiting(self) -> list[Broadcast]:
        together = self._waiting.copy()
        try:
            paused = await self._settle(together)
        except BaseException:
            self.is_behind = True
            raise
        del self._waiting[: len(together)]
        self._written += len(together)
        self.is_behind = False
        return paused

    @retry(stop=stop_after_attempt(SETTLE_TRIES), wait=wait_fixed(SETTLE_PAUSE), reraise=True)
    async def _settle(self, together: Sequence[Ended]) -> list[Broadcast]:
        """A database that is busy for a moment must not leave it open; to do it once more changes nothing."""
        now = self._clock()
        blocked = [one.parcel.chat_id for one in together if one.settlement.state is DeliveryState.BLOCKED]
        if blocked:
            await self._addressees.mark_out_of_reach(blocked, now)
        return await self._deliveries.settle(together, now)


async def _all(doing: Iterable[Awaitable[None]]) -> None:
    """Do all of it; one that fails does not end the others in the middle, and is raised at the end."""
    for failure in filter(None, await asyncio.gather(*doing, return_exceptions=True)):
        raise failure
