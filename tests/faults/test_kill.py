"""One broadcast to five hundred, its sender killed fifty times: everyone is accounted for, nobody has two."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.core.accounts import Changes
from bot.core.broadcasts import DeliveryState
from bot.outbox import SENDERS
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.flood import RESET_BEFORE
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.server import running
from storage.accounts import StoredAccounts
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from tests.faults.crowd import copies, gather_crowd, states, those
from tests.faults.engine import COORDINATOR, TICK, EngineProcess
from tests.process import PATIENCE, until
from tests.storage.records import LESSON, broadcast, filled_form, new_file, shared

SEED = 20261125
KILLS = 50
KILLS_OF_CHANGES = 4
MOST_BETWEEN_KILLS = 9
CHATS = range(5000, 5500)
PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
UNCERTAIN = DeliveryState.UNCERTAIN


class Deadly(Telegram):
    """A Telegram that kills its client as a request arrives there, before or after taking it."""

    def __init__(self, clock: Callable[[], datetime], method: str = "sendmessage") -> None:
        super().__init__(clock)
        self.method = method
        self.client: EngineProcess | None = None
        self.arrivals_to_live = 0
        self.takes_the_last = True

    def kill_at(self, client: EngineProcess, arrival: int, *, takes_it: bool) -> None:
        """Kill the client when so many requests have come in from now on."""
        self.client, self.arrivals_to_live, self.takes_the_last = client, arrival, takes_it

    def take_fault(self, method: str, chat_id: Any) -> ApiError | str | None:
        if method.lower() == self.method and self.client:
            self.arrivals_to_live -= 1
            if not self.arrivals_to_live:
                self.client.kill()
                self.client = None
                return None if self.takes_the_last else RESET_BEFORE
        return super().take_fault(method, chat_id)


async def test_fifty_kills(tmp_path: Path) -> None:
    """Killed at any moment, the bot knows of each whether they got it, or says that it does not know."""
    random = Random(SEED)
    telegram = Deadly(clock=lambda: datetime.now(UTC))
    url = await new_file(tmp_path)
    database = Database(url)
    async with running(telegram) as address:
        await gather_crowd(telegram, database, CHATS)
        kept = await broadcast(database, now=datetime.now(UTC))
        perhaps: set[int] = set()
        for _ in range(KILLS):
            engine = EngineProcess(url, address)
            telegram.kill_at(engine, random.randint(1, MOST_BETWEEN_KILLS), takes_it=random.random() < 0.5)
            await engine.ended()
            assert telegram.client is None, "it ended by itself"
            await engine.close()
            found = await states(database)
            got = copies(telegram, CHATS)
            in_flight = those(found, SENDING)
            assert len(in_flight) <= SENDERS
            assert those(found, UNCERTAIN) == perhaps
            perhaps |= in_flight
            assert all(got[chat] == 1 for chat in those(found, SENT))
            assert not any(got[chat] for chat in those(found, PENDING))
        assert those(found, PENDING), "the last kills came too late to prove anything"

        await _send_the_rest(telegram, url, address)
        found, got = await states(database), copies(telegram, CHATS)
        assert those(found, UNCERTAIN) == perhaps
        assert those(found, SENT) == set(CHATS) - perhaps
        assert all(got[chat] == 1 for chat in those(found, SENT))
        assert {got[chat] for chat in perhaps} == {0, 1}, "the kills should fall before and after"

        assert await StoredBroadcasts(database).resend_uncertain(kept.id, datetime.now(UTC)) == len(perhaps)
        await _send_the_rest(telegram, url, address)
    assert set((await states(database)).values()) == {SENT}
    assert copies(telegram, CHATS) == {chat: got[chat] + (chat in perhaps) for chat in CHATS}
    await database.close()


@pytest.mark.parametrize("recalled", [False, True], ids=["corrected", "recalled"])
async def test_killed_while_changing(tmp_path: Path, recalled: bool) -> None:
    """Killed at any moment of a correction or recall, the bot changes every message in the end."""
    random = Random(SEED)
    telegram = Deadly(lambda: datetime.now(UTC), "deletemessage" if recalled else "editmessagetext")
    url = await new_file(tmp_path)
    database = Database(url)
    stored, chats = StoredBroadcasts(database), CHATS[:100]
    async with running(telegram) as address:
        await gather_crowd(telegram, database, chats)
        kept = await shared(database, now=datetime.now(UTC))
        await _send_the_rest(telegram, url, address)
        if recalled:
            await stored.recall(kept.id, datetime.now(UTC))
        else:
            form = await filled_form(database, "correct", {**LESSON, "broadcast": str(kept.id)})
            await stored.correct(kept.id, form, {"km": "ថ្មី", "en": "New"}, datetime.now(UTC))
        accounts = StoredAccounts(database)
        for _ in range(KILLS_OF_CHANGES):
            engine = EngineProcess(url, address)
            telegram.kill_at(engine, random.randint(1, MOST_BETWEEN_KILLS), takes_it=random.random() < 0.5)
            await engine.ended()
            assert telegram.client is None, "it ended by itself"
            await engine.close()
        assert (await accounts.changes(kept.id)).due, "the last kills came too late to prove anything"
        engine = EngineProcess(url, address)
        async with asyncio.timeout(PATIENCE):
            while True:
                changes = await accounts.changes(kept.id)
                if not changes.due:
                    break
                await asyncio.sleep(TICK)
        await engine.close()
    assert changes == Changes(due=0, refused=0)
    assert set((await states(database)).values()) == {DeliveryState.RECALLED if recalled else SENT}
    held = [[one["text"] for one in telegram.people[chat].received] for chat in chats]
    assert held == [[] if recalled else ["ថ្មី"]] * len(chats)
    await database.close()


async def _send_the_rest(telegram: Telegram, url: str, address: str) -> None:
    """Let it work undisturbed until the coordinator is told that the broadcast is done."""
    coordinator = telegram.people[COORDINATOR]
    coordinator.record["started"] = True
    told = len(coordinator.received)
    engine = EngineProcess(url, address)
    await until(telegram, lambda: len(coordinator.received) > told)
    await engine.close()
