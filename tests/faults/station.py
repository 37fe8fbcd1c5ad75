"""The delivery engine in this process, over a database file and a Telegram, by a clock that tests set."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData

from bot.core.broadcasts import Broadcast, BroadcastState
from bot.outbox import Outbox
from bot.pacing import Pace
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import Telegram
from bot.telegram_sender import TelegramSender
from storage.broadcasts import StoredBroadcasts
from storage.database import BUSY_TIMEOUT_MS, Database
from storage.deliveries import StoredDeliveries
from storage.duty import Duty
from storage.subscribers import StoredSubscribers
from tests.faults.crowd import gather_crowd
from tests.faults.engine import new_bot
from tests.storage.records import as_written, broadcast
from tests.world import Clock

TICK = 5.0
"""Seconds between two looks of the outbox, as bot/schedule.py has it."""


class Way(SandboxRequest):
    """The way to Telegram; when the message of this number has arrived, `then` is done before its answer."""

    number = 0
    then: Callable[[], Awaitable[None]]

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        answer = await super().do_request(url, method, request_data, *args, **kwargs)
        if url.endswith("/sendMessage") and self.number:
            self.number -= 1
            if not self.number:
                await self.then()
        return answer

    def at(self, number: int, then: Callable[[], Awaitable[None]]) -> None:
        self.number, self.then = number, then


class Seconds:
    """The pacing's clock: it goes with the time of day, except back; each look at it is a second later."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        self.passed += 1
        return self.passed


@dataclass
class Station:
    """An outbox, and what it told of its broadcasts."""

    url: str
    busy_timeout_ms: int = BUSY_TIMEOUT_MS
    clock: Clock = field(default_factory=Clock)
    paused: list[Broadcast] = field(default_factory=list)
    finished: list[Broadcast] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.telegram = Telegram(self.clock)
        self.database = Database(self.url, self.busy_timeout_ms)
        self.stored = StoredBroadcasts(self.database)
        self.seconds = Seconds()
        self.way = Way(self.telegram)
        self.open("https://api.telegram.org", self.way)

    def open(self, address: str, request: BaseRequest) -> None:
        """Make an outbox that sends this way."""

        async def paused(broadcast: Broadcast) -> None:
            self.paused.append(broadcast)

        async def finished(broadcast: Broadcast) -> None:
            self.finished.append(broadcast)

        pace = Pace(self.seconds)
        self.bot: ExtBot[str] = new_bot(address, pace, request, SandboxRequest(self.telegram))
        self.outbox = Outbox(
            StoredDeliveries(self.database),
            StoredSubscribers(self.database),
            TelegramSender(self.bot, as_written),
            Duty(self.database),
            self.clock,
            finished,
            paused,
        )

    async def close(self) -> None:
        await self.bot.shutdown()
        await self.database.close()

    async def begin(self, chats: Iterable[int]) -> Broadcast:
        """Confirm a broadcast to these."""
        await gather_crowd(self.telegram, self.database, chats)
        return await broadcast(self.database, now=self.clock())

    def pass_(self, seconds: float) -> None:
        self.clock.pass_(seconds=seconds)
        self.seconds.passed += seconds

    async def resume(self, broadcast: Broadcast) -> None:
        """The coordinator presses Go on."""
        assert await self.stored.move(broadcast.id, BroadcastState.SENDING, self.clock())

    async def end(self, broadcast: Broadcast, within: float) -> None:
        """Let seconds pass until the broadcast is done; it is resumed whenever it pauses itself."""
        for _ in range(int(within / TICK)):
            self.pass_(TICK)
            seen = len(self.paused)
            await self.outbox.drain()
            if len(self.paused) > seen:
                await self.resume(broadcast)
            if self.finished:
                return
        raise AssertionError("it does not come to an end")
