"""The delivery engine alone, as a process that starts in no time: to be stopped, killed, started twice."""

import asyncio
import multiprocessing
from collections.abc import MutableMapping
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from time import monotonic
from typing import Any, Final

import structlog
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bot.core.broadcasts import Broadcast
from bot.outbox import Outbox
from bot.pacing import Pace, Pacer
from bot.sandbox.telegram import TOKEN
from bot.telegram_sender import TelegramSender
from bot.transport import AiohttpRequest
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.duty import Duty
from storage.subscribers import StoredSubscribers
from tests.process import PATIENCE
from tests.storage.records import ANY_TIME, as_written

COORDINATOR: Final = 1004
HASTE: Final = 20
"""The pacing's seconds are so much shorter than real ones: no test waits for Telegram's limits."""
TICK: Final = 0.05

# Imports once; every engine is forked from there.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.faults.engine"])


class EngineProcess:
    """An engine in a process of its own, and what it logged."""

    def __init__(self, url: str, address: str) -> None:
        self._log, log = _processes.Pipe(duplex=False)
        self._process: ForkServerProcess = _processes.Process(target=_run, args=(url, address, log))
        self._process.start()
        log.close()

    @property
    def number(self) -> int:
        """What the system calls it."""
        assert self._process.pid
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        self._process.kill()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(self._process.join)

    async def logged(self, event: str) -> None:
        """Wait until it logs this. Raises EOFError when it ends before."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self._log.recv) != event:
                pass

    async def close(self) -> None:
        """End it, if it still lives."""
        self.kill()
        await self.ended()
        self._process.close()
        self._log.close()


def new_bot(address: str, pace: Pace, request: BaseRequest, other: BaseRequest) -> ExtBot[str]:
    """PTB's bot as the application builds it."""
    return ExtBot(
        TOKEN,
        base_url=f"{address}/bot",
        request=request,
        get_updates_request=other,
        rate_limiter=Pacer(pace),
    )


def _run(url: str, address: str, log: Connection) -> None:
    def tell(_logger: object, _level: str, event: MutableMapping[str, Any]) -> str:
        log.send(event["event"])
        raise structlog.DropEvent

    structlog.configure(processors=[tell])
    asyncio.run(_send(url, address))


async def _send(url: str, address: str) -> None:
    """Send until killed; the coordinator is told of the end of a broadcast."""
    database = Database(url)
    pace = Pace(lambda: monotonic() * HASTE)

    async def tell(broadcast: Broadcast) -> None:
        await bot.send_message(COORDINATOR, broadcast.state)

    async with new_bot(address, pace, AiohttpRequest(), AiohttpRequest()) as bot:
        outbox = Outbox(
            StoredDeliveries(database, ANY_TIME),
            StoredSubscribers(database),
            TelegramSender(bot, as_written),
            Duty(database),
            lambda: datetime.now(UTC),
            tell,
            tell,
        )
        running = asyncio.create_task(outbox.run())
        while not running.done():
            outbox.wake()
            await asyncio.sleep(TICK)
