"""A database that cannot be written while messages go out: what became of them is not forgotten."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.core.broadcasts import DeliveryState
from bot.outbox import SENDERS
from bot.sandbox.api.errors import forbidden
from storage.database import Database
from storage.people import StoredPeople
from tests.faults.crowd import copies, states, those
from tests.faults.station import Station
from tests.storage.records import new_file

CHATS = range(5000, 5100)
BLOCKER = CHATS[20]
MANY = range(5000, 5500)
"""So many that they are not sent to while an outcome is tried three times."""
PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
BLOCKED, UNCERTAIN, RECALLED = DeliveryState.BLOCKED, DeliveryState.UNCERTAIN, DeliveryState.RECALLED
NO_LIMIT = 2**30

Trouble = Callable[[Station], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def full(station: Station) -> AsyncIterator[None]:
    """The database has no page left for what settling needs: SQLite's own "database or disk is full"."""
    limit = 1

    def set_limit(connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {limit}")  # SQLite never goes below what is used
        cursor.close()

    async with station.database.write() as connection:
        await connection.execute(text("CREATE TABLE padding (bytes)"))
        await connection.execute(
            text(
                "CREATE TRIGGER pad AFTER UPDATE OF state ON deliveries WHEN NEW.state <> 'sending' "
                "BEGIN INSERT INTO padding VALUES (zeroblob(10000)); END"
            )
        )
    event.listen(station.database.engine.sync_engine, "checkout", set_limit)
    yield
    limit = NO_LIMIT


@asynccontextmanager
async def no_growth(_: Station) -> AsyncIterator[None]:
    """The system lets no file grow: commits fail, claims as well as settlements."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@asynccontextmanager
async def locked(station: Station) -> AsyncIterator[None]:
    """Another connection holds the write lock for longer than anybody waits."""
    other = Database(station.url)
    async with other.write():
        yield
    await other.close()


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Station]:
    """A station that does not wait long for a lock."""
    station = Station(await new_file(tmp_path), busy_timeout_ms=250)
    yield station
    await station.close()


async def send_into(station: Station, trouble: Trouble) -> contextlib.AsyncExitStack:
    """Send until the trouble begins, with some messages on their way; what is returned ends it."""
    lasting = contextlib.AsyncExitStack()

    begun = asyncio.Event()

    async def begin() -> None:
        await lasting.enter_async_context(trouble(station))
        begun.set()

    await station.begin(CHATS)
    station.telegram.fail_next("sendMessage", forbidden("bot was blocked by the user"), chat_id=BLOCKER)
    station.way.at(BLOCKER - CHATS[0] + 1, begin)
    while not begun.is_set():
        with contextlib.suppress(OperationalError):  # one of eight may wait too long for a lock at any time
            await station.outbox.drain()
    return lasting


@pytest.mark.parametrize("trouble", [full, no_growth, locked])
async def test_nothing_is_forgotten(impatient: Station, station: Station, trouble: Trouble) -> None:
    """What was sent and could not be written down is written once it can be, and nothing is sent before."""
    station = impatient if trouble is locked else station
    lasting = await send_into(station, trouble)
    got = copies(station.telegram, CHATS)
    found = await states(station.database)
    assert 0 < len(those(found, SENDING)) <= SENDERS
    assert sum(got.values()) < len(CHATS)
    with pytest.raises(OperationalError):
        await station.outbox.drain()
    assert copies(station.telegram, CHATS) == got, "nothing may be sent that cannot be written down"
    await lasting.aclose()
    for _ in range(10):
        with contextlib.suppress(OperationalError):
            await station.outbox.drain()
    found = await states(station.database)
    assert those(found, BLOCKED) == {BLOCKER}
    assert those(found, SENT) == set(CHATS) - {BLOCKER}
    assert copies(station.telegram, CHATS) == {chat: int(chat != BLOCKER) for chat in CHATS}
    assert len(station.finished) == 1
    assert await _is_blocked(station, BLOCKER)


async def test_one_outcome_stops_all(station: Station) -> None:
    """When a single outcome cannot be written down, the others stop as well until it is."""
    await station.begin(MANY)
    async with station.database.write() as connection:
        await connection.execute(
            text(
                f"CREATE TRIGGER refuse BEFORE UPDATE OF state ON deliveries WHEN NEW.chat_id = {MANY[0]} "
                "AND NEW.state = 'sent' BEGIN SELECT RAISE(ABORT, 'not now'); END"
            )
        )
    with pytest.raises(IntegrityError):
        await station.outbox.drain()
    found, got = await states(station.database), copies(station.telegram, MANY)
    assert those(found, SENDING) == {MANY[0]}
    assert those(found, PENDING) == {chat for chat in MANY if not got[chat]} != set()
    async with station.database.write() as connection:
        await connection.execute(text("DROP TRIGGER refuse"))
    await station.outbox.drain()
    assert set((await states(station.database)).values()) == {SENT}
    assert set(copies(station.telegram, MANY).values()) == {1}


async def test_one_change_stops_all(station: Station) -> None:
    """When one recall's outcome cannot be written, the others' are, and no more is deleted until it is."""
    kept = await station.begin(MANY)
    await station.outbox.drain()
    await station.stored.recall(kept.id, station.clock())
    async with station.database.write() as connection:
        await connection.execute(
            text(
                f"CREATE TRIGGER refuse BEFORE UPDATE OF change ON deliveries WHEN NEW.chat_id = {MANY[0]} "
                "AND NEW.change = 'done' BEGIN SELECT RAISE(ABORT, 'not now'); END"
            )
        )
    with pytest.raises(IntegrityError):
        await station.outbox.drain()
    found, got = await states(station.database), copies(station.telegram, MANY)
    deleted = {chat for chat in MANY if not got[chat]}
    assert those(found, RECALLED) == deleted - {MANY[0]}
    assert deleted < set(MANY)
    async with station.database.write() as connection:
        await connection.execute(text("DROP TRIGGER refuse"))
    await station.outbox.drain()
    assert set((await states(station.database)).values()) == {RECALLED}
    assert set(copies(station.telegram, MANY).values()) == {0}


async def test_told_to_stop_meanwhile(impatient: Station) -> None:
    """Told to stop when the lock is gone again, the outbox first writes down what it knows."""
    station = impatient
    lasting = await send_into(station, locked)
    await lasting.aclose()
    station.outbox.stop()
    await station.outbox.run()
    found, got = await states(station.database), copies(station.telegram, CHATS)
    assert not those(found, SENDING, UNCERTAIN)
    assert those(found, SENT) == {chat for chat in CHATS if got[chat]}


async def test_locked_at_the_start(impatient: Station) -> None:
    """An outbox that finds the database locked at its start begins when it is free."""
    station = impatient
    await station.begin(CHATS)
    async with locked(station):
        running = asyncio.create_task(station.outbox.run())
        with pytest.raises(OperationalError):
            await StoredPeople(station.database, ()).mark_blocked(1, station.clock())
        assert not sum(copies(station.telegram, CHATS).values())
    while not station.finished:
        station.outbox.wake()
        await asyncio.sleep(0)
    station.outbox.stop()
    await running
    assert set((await states(station.database)).values()) == {SENT}


async def _is_blocked(station: Station, chat: int) -> bool:
    async with station.database.read() as connection:
        query = text("SELECT blocked_at IS NOT NULL FROM people WHERE id = :chat")
        return bool(await connection.scalar(query, {"chat": chat}))
