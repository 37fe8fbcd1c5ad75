"""`python -m tests.benchmarks`: runs every scenario and writes docs/benchmarks.md. Takes about 15 minutes."""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bot.core.broadcasts import BroadcastState, DeliveryState
from bot.sandbox.api.flood import readings
from storage.accounts import StoredAccounts
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from tests.benchmarks.crowd import announce, gather_crowd, url_in
from tests.benchmarks.report import Broadcasting, Measured, Paid, Queueing, Replies, written
from tests.benchmarks.telegram import FIRST_CHAT
from tests.process import bot_process, environment

REPORT: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
ALLOWED: Final = 30
PAID: Final = 1000
PACKAGES: Final = ("python-telegram-bot", "aiohttp", "SQLAlchemy", "aiolimiter")
BETWEEN_QUESTIONS: Final = 0.35


@dataclass
class Server:
    """The Bot API in its own process."""

    process: asyncio.subprocess.Process
    address: str
    pid: int

    async def ask(self, command: str) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(command.encode() + b"\n")
        return await _line(self.process)


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout
    line: dict[str, Any] = json.loads(await process.stdout.readline())
    return line


@asynccontextmanager
async def _server(reading: str, chats: int) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.benchmarks.telegram", reading, str(chats)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        begun = await _line(process)
        yield Server(process, begun["address"], begun["pid"])
    finally:
        process.kill()
        await process.wait()


async def _until_done(url: str) -> dict[DeliveryState, int]:
    """Wait until the only broadcast is done; its tally."""
    database = Database(url)
    stored = StoredBroadcasts(database)
    try:
        while True:
            newest = await stored.newest()
            if newest and newest[0].state is BroadcastState.DONE:
                return dict((await StoredAccounts(database).tally(newest[0].id)).counts)
            if newest and newest[0].state is BroadcastState.PAUSED:
                raise RuntimeError(f"the broadcast paused: {newest[0].reason}")
            await asyncio.sleep(0.5)
    finally:
        await database.close()


def _cpu(pid: int) -> float:
    """The seconds that a process has computed, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _waited(pid: int) -> float:
    """The seconds that a process was ready to compute and others had the processors, on Linux."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def _settings(folder: Path, address: str, **more: str) -> dict[str, str]:
    return environment(folder, address) | {"QUIET_HOURS": "none", "LOG_LEVEL": "WARNING"} | more


async def _ours(reading: str, chats: int) -> Measured:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await gather_crowd(url_in(folder), range(FIRST_CHAT, FIRST_CHAT + chats))
        await announce(url_in(folder))
        async with _server(reading, chats) as server:
            settings = _settings(folder, server.address, BROADCAST_RATE=str(ALLOWED))
            async with bot_process(settings):
                tally = await _until_done(url_in(folder))
            return Measured(**await server.ask("report"), recorded=tally[DeliveryState.SENT])


async def _peer(reading: str, chats: int) -> Measured:
    async with _server(reading, chats) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.benchmarks.peer", server.address, str(FIRST_CHAT), str(chats)),
        )
        await process.wait()
        return Measured(**await server.ask("report"), recorded=0)


async def _replies(chats: int, questions: int) -> Replies:
    """What people wait for an answer: while nothing else happens, and during a broadcast."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await gather_crowd(url_in(folder), range(FIRST_CHAT, FIRST_CHAT + chats))
        async with _server("any second", chats) as server:
            settings = _settings(folder, server.address, BROADCAST_RATE=str(ALLOWED))
            async with bot_process(settings):
                await server.ask("write 20 0.1")  # until everything is loaded
                idle = (await server.ask(f"write {questions} {BETWEEN_QUESTIONS}"))["waits"]
                await announce(url_in(folder))
                while not (await server.ask("report"))["got"]:
                    await asyncio.sleep(0.2)
                busy = (await server.ask(f"write {questions} {BETWEEN_QUESTIONS}"))["waits"]
                report = await server.ask("report")
            if report["lost"] == 0:
                raise RuntimeError("the broadcast was over before the questions were")
            return Replies(idle, busy, report["refusals"])


async def _queueing(chats: int) -> Queueing:
    with tempfile.TemporaryDirectory() as name:
        url = url_in(Path(name))
        await gather_crowd(url, range(FIRST_CHAT, FIRST_CHAT + chats))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *("-m", "tests.benchmarks.queueing", url), stdout=asyncio.subprocess.PIPE
        )
        return Queueing(chats, **await _line(process))


async def _paid(chats: int) -> Paid:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await gather_crowd(url_in(folder), range(FIRST_CHAT, FIRST_CHAT + chats))
        await announce(url_in(folder))
        async with _server("any second", chats) as server:
            settings = _settings(folder, server.address, BROADCAST_RATE=str(PAID), PAID_BROADCASTS="true")
            async with bot_process(settings) as bot:
                while not (await server.ask("report"))["got"]:
                    await asyncio.sleep(0.1)
                began, computed = time.perf_counter(), (_cpu(bot.pid), _cpu(server.pid), _waited(bot.pid))
                tally = await _until_done(url_in(folder))
                took = time.perf_counter() - began
                now = (_cpu(bot.pid), _cpu(server.pid), _waited(bot.pid))
                shares = [(later - before) / took for later, before in zip(now, computed, strict=True)]
            return Paid(
                Measured(**await server.ask("report"), recorded=tally[DeliveryState.SENT]), chats, *shares
            )


def _say(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")


async def _measure(chats: int, sizes: Sequence[int], paid: int) -> str:
    broadcasting = []
    for reading in readings():
        _say(f"{chats} recipients, {reading}")
        ours, peer = await asyncio.gather(_ours(reading, chats), _peer(reading, chats))
        broadcasting.append(Broadcasting(reading, chats, ours, peer))
        _say(f"ours {ours}, peer {peer}")
    questions = max(10, round(chats / ALLOWED * 0.7 / (BETWEEN_QUESTIONS + 0.1)))
    _say(f"{questions} questions, twice")
    replies = await _replies(chats, questions)
    _say(f"p99 {replies.p99(replies.idle):.3f} and {replies.p99(replies.busy):.3f}")
    queueing = []
    for size in sizes:
        queueing.append(await _queueing(size))
        _say(str(queueing[-1]))
    _say(f"{paid} paid")
    rate = await _paid(paid)
    _say(str(rate))
    return written(_machine(), broadcasting, replies, queueing, rate)


def _machine() -> str:
    """What it ran on; no names."""
    parts = [
        f"{os.cpu_count()} processors ({platform.machine()})",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        *(f"{name} {version(name)}" for name in PACKAGES),
    ]
    return ", ".join(parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--recipients", type=int, default=3000, help="fewer, to try it: nothing is written")
    given = parser.parse_args()
    full = given.recipients == 3000
    page = asyncio.run(
        _measure(
            given.recipients,
            (1_000, 100_000, 1_000_000) if full else (1_000, 10_000),
            20_000 if full else 4_000,
        )
    )
    sys.stdout.write(page)
    if full:
        REPORT.write_text(page, encoding="utf-8")
