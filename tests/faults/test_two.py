"""Two processes started by mistake on one database: one sends, the other waits until it is gone."""

import os
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from bot.core.broadcasts import DeliveryState
from bot.outbox import SENDERS
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.server import running
from storage.database import Database
from storage.duty import Duty
from tests.faults.crowd import copies, gather_crowd, states, those
from tests.faults.engine import COORDINATOR, EngineProcess
from tests.process import until
from tests.storage.records import broadcast, new_file

CHATS = range(5000, 5200)
SENDING, SENT, UNCERTAIN = DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN
STANDS_BY = "another process sends from this database; this one stands by"


async def test_the_second_stands_by_and_takes_over(tmp_path: Path) -> None:
    """A second process leaves the first one's deliveries alone, and goes on when that is killed."""
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    url = await new_file(tmp_path)
    database = Database(url)
    async with running(telegram) as address, AsyncExitStack() as engines:

        def start() -> EngineProcess:
            engine = EngineProcess(url, address)
            engines.push_async_callback(engine.close)
            return engine

        def arrived() -> int:
            return sum(copies(telegram, CHATS).values())

        telegram.people[COORDINATOR].record["started"] = True
        await gather_crowd(telegram, database, CHATS)
        await broadcast(database, now=datetime.now(UTC))
        first = start()
        await until(telegram, lambda: arrived() >= 20)
        os.kill(first.number, signal.SIGSTOP)  # in the middle of sending, and it goes on afterwards
        second = start()
        await second.logged(STANDS_BY)
        assert Duty(database).holder() == str(first.number)
        assert not those(await states(database), UNCERTAIN)
        before = arrived()
        os.kill(first.number, signal.SIGCONT)
        await until(telegram, lambda: arrived() >= before + 20)
        first.kill()
        await first.ended()
        in_flight = those(await states(database), SENDING)
        assert len(in_flight) <= SENDERS

        await until(telegram, lambda: bool(telegram.people[COORDINATOR].received))
        found, got = await states(database), copies(telegram, CHATS)
        assert Duty(database).holder() == str(second.number)
    await database.close()
    assert max(got.values()) == 1
    assert those(found, UNCERTAIN) >= in_flight
    assert len(those(found, UNCERTAIN)) <= SENDERS
    assert {chat for chat in CHATS if got[chat]} >= those(found, SENT) == set(CHATS) - those(found, UNCERTAIN)
