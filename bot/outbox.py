"""The delivery worker: claim, send, settle. It may be killed between any two and loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bot import ledger
from bot.core.broadcasts import (
    Broadcast,
    Changed,
    Ended,
    Later,
    MessageChange,
    Moved,
    Outcome,
    Parcel,
    Uncertain,
    settle,
)
from bot.ledger import Ledger
from bot.logs import kind_of, trace_of

SENDERS: Final = 8
# While much is sent, it is looked so often whether a broadcast has ended.
FINISH_PAUSE: Final = timedelta(seconds=5)
# Clocks are set right by less than this all the time.
CLOCK_SLACK: Final = timedelta(seconds=10)

log = structlog.get_logger()


class Deliveries(ledger.Deliveries, Protocol):
    """Where the outbox finds what is to be sent."""

    async def give_up_claims(self) -> int: ...
    async def hasten(self, now: datetime) -> None: ...
    async def any_due(self, now: datetime) -> bool: ...
    async def claim(self, now: datetime, most: int) -> list[Parcel]: ...
    async def claim_changes(self, now: datetime, most: int) -> list[MessageChange]: ...
    async def finish(self, now: datetime) -> list[Broadcast]: ...


class Sender(Protocol):
    """How a message goes out; it waits for its turn."""

    async def send(self, parcel: Parcel) -> Outcome: ...
    async def edit(self, parcel: Parcel, message_id: int) -> Outcome: ...
    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...


class Addressees(ledger.Addressees, Protocol):
    """Who must be remembered as out of reach, or under another id."""

    async def move(self, old: int, new: int) -> None: ...


class Duty(Protocol):
    """The right to send: one process has it, others stand by."""

    def take(self) -> bool: ...
    def holder(self) -> str: ...
    def give_back(self) -> None: ...


class Outbox:
    """Sends what is due, and changes what has arrived where that was asked for.

    `finished` is called once for each broadcast that has nothing left to send, `paused` for each that its own
    failures paused. At most `at_once` parcels are claimed at a time, SENDERS if not said: a kill leaves no
    more than these uncertain. While an outcome cannot be written down, nothing else is sent.
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
        at_once: int | None = None,
    ) -> None:
        self._deliveries = deliveries
        self._addressees = addressees
        self._sender = sender
        self._duty = duty
        self._clock = clock
        self._finished = finished
        self._paused = paused
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._silent_until: datetime | None = None
        self._latest: datetime | None = None
        self._on_duty = False
        self._stands_by = False
        self._ledger = Ledger(deliveries, addressees, self._now)
        self._tellings: set[asyncio.Task[None]] = set()
        self._looked_for_finished: datetime | None = None

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
                    log.error("the outbox failed", error=kind_of(problem), trace=trace_of(problem))
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
            for broadcast in await self._ledger.write_left():
                self._tell(self._paused, broadcast)
        except Exception as problem:
            log.error(
                "what became of deliveries could not be written down",
                number=self._ledger.number_left,
                error=kind_of(problem),
            )
        await self.told()
        self._duty.give_back()

    async def drain(self) -> None:
        """Send everything that is due now, and tell what is finished; `told` waits until that is told."""
        for broadcast in await self._ledger.write_left():
            self._tell(self._paused, broadcast)
        await self._follow_clock()
        if await self._deliveries.any_due(self._now()):
            await self._work_off()
        await self._finish()

    async def told(self) -> None:
        """Wait until coordinators have been told all that is being told."""
        while self._tellings:
            await asyncio.wait(self._tellings)

    def _tell(self, telling: Callable[[Broadcast], Awaitable[None]], broadcast: Broadcast) -> None:
        """Tell it beside the work: neither holds up the other, and none that fails takes others along."""

        async def tell() -> None:
            try:
                await telling(broadcast)
            except Exception as problem:
                log.error("nobody could be told", error=kind_of(problem), trace=trace_of(problem))

        task = asyncio.create_task(tell())
        self._tellings.add(task)
        task.add_done_callback(self._tellings.discard)

    async def _claim(self, doing: set[asyncio.Task[None]], most: int) -> bool:
        """Begin what is to be done next, so much at most; whether there was any.

        Half the places are for changes, so that a recall waits for no broadcast that goes on for long; what
        has ended is seen in between.
        """
        now, before = self._now(), len(doing)
        if self._looked_for_finished is None or now - self._looked_for_finished >= FINISH_PAUSE:
            await self._finish()
        changes = await self._deliveries.claim_changes(now, (most + 1) // 2)
        doing |= {asyncio.create_task(self._change(one)) for one in changes}
        if left := most - len(changes):
            parcels = await self._deliveries.claim(now, left)
            doing |= {asyncio.create_task(self._deliver(one)) for one in parcels}
        return len(doing) > before

    async def _finish(self) -> None:
        self._looked_for_finished = self._now()
        for broadcast in await self._deliveries.finish(self._looked_for_finished):
            self._tell(self._finished, broadcast)

    async def _work_off(self) -> None:
        """Claim some of it and do it side by side; when some have ended, claim as many again."""
        at_once = self._at_once or SENDERS
        doing: set[asyncio.Task[None]] = set()
        try:
            while self._may_send():
                claimed = await self._claim(doing, at_once - len(doing))
                if not doing:
                    return
                enough = at_once * 3 // 4 if claimed else len(doing) - 1
                while len(doing) > enough:
                    ended, doing = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        task.result()
        except asyncio.CancelledError:
            for task in doing:
                task.cancel()
            raise
        finally:
            # Whatever fails, what is on its way must end, and be written down.
            await _all(doing)

    async def _deliver(self, parcel: Parcel) -> None:
        outcome = await self._attempt(self._sender.send(parcel))
        now = self._now()
        self._heed(outcome, now)
        await self._write(Ended(parcel, settle(outcome, parcel.attempts, now)))
        if isinstance(outcome, Moved):
            await self._addressees.move(parcel.chat_id, outcome.chat_id)

    async def _change(self, change: MessageChange) -> None:
        """Correct or delete a message that has arrived."""
        if change.parcel:
            changing = self._sender.edit(change.parcel, change.message_id)
        else:
            changing = self._sender.delete(change.chat_id, change.message_id)
        outcome = await self._attempt(changing)
        self._heed(outcome, self._now())
        await self._write(Changed(change, outcome))

    async def _write(self, done: Ended | Changed) -> None:
        for broadcast in await self._ledger.write(done):
            self._tell(self._paused, broadcast)

    async def _attempt(self, sending: Awaitable[Outcome]) -> Outcome:
        """Do it; what breaks inside is uncertain, and must not take the other senders along."""
        try:
            return await sending
        except Exception as problem:
            log.error("a send broke down", error=kind_of(problem), trace=trace_of(problem))
            return Uncertain(type(problem).__name__)

    def _heed(self, outcome: Outcome, now: datetime) -> None:
        """Nobody is sent to before the latest time that Telegram named."""
        if isinstance(outcome, Later) and outcome.wait and outcome.everyone:
            self._silent_until = max(self._silent_until or now, now + outcome.wait)

    def _may_send(self) -> bool:
        """False when told to stop, or to be silent, or when what was done cannot be written down."""
        if self._stopped.is_set() or self._ledger.is_behind:
            return False
        return self._silent_until is None or self._now() >= self._silent_until

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


async def _all(doing: Iterable[Awaitable[None]]) -> None:
    """Do all of it; one that fails does not end the others in the middle, and is raised at the end."""
    for failure in filter(None, await asyncio.gather(*doing, return_exceptions=True)):
        raise failure
