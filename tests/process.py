"""The bot as a process of its own, with a sandbox in this one as its Telegram."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

import bot.run
from bot.app import Words, build
from bot.config import Settings, read_settings
from bot.sandbox.telegram import TOKEN, Telegram
from bot.schedule import schedule
from storage.database import Database
from tests.world import GivenSettings

PATIENCE = 60.0
"""Seconds after which something that should happen counts as not happening; nothing waits that long."""


def environment(folder: Path, address: str) -> dict[str, str]:
    """What a bot needs to know, as whoever runs it would set it."""
    return os.environ | {
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": address,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/wgpd.db",
        "ADMIN_IDS": "1004",
        "QUIET_HOURS": "none",  # these tests run at any time of day
    }


@asynccontextmanager
async def bot_process(
    settings: dict[str, str], stdout: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot run`, for as long as the block runs; killed at its end if it still lives."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=settings, stdout=stdout
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(telegram: Telegram, happened: Callable[[], bool]) -> None:
    """Wait for something to happen in Telegram, however long it takes."""
    changed = asyncio.Event()

    def note(_: dict[str, Any]) -> None:
        changed.set()

    stop_listening = telegram.listen(note)
    try:
        async with asyncio.timeout(PATIENCE):
            while not happened():
                await changed.wait()
                changed.clear()
    finally:
        stop_listening()


@asynccontextmanager
async def quick_starts(settings: dict[str, str]) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Gives a function that starts the bot as a process of its own, and returns its id, within a moment.

    What takes long and is the same for all is loaded once, in a process that forks; the bot itself is
    started anew. At the end of the block, those that still live are killed.
    """
    forking = _forking_process()
    assert forking.stdin
    assert forking.stdout
    requests, answers = forking.stdin, forking.stdout
    started: list[int] = []

    async def start() -> int:
        requests.write(json.dumps(settings) + "\n")
        requests.flush()
        started.append(int(await asyncio.to_thread(answers.readline)))
        return started[-1]

    try:
        yield start
    finally:
        for process_id in started:
            _kill(process_id)


@cache
def _forking_process() -> subprocess.Popen[str]:
    """It ends when its standard input does, at the latest with this process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@asynccontextmanager
async def alive(start: Callable[[], Awaitable[int]]) -> AsyncIterator[Callable[[], None]]:
    """A bot of `quick_starts`, for as long as the block runs; gives a function that kills it before."""
    process_id = await start()
    try:
        yield partial(_kill, process_id)
    finally:
        _kill(process_id)
        await _ended(process_id)


def _kill(process_id: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


async def _ended(process_id: int) -> None:
    """Wait until a process that is not a child of this one is gone."""
    try:
        handle = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    gone, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(handle, gone.set)
    try:
        async with asyncio.timeout(PATIENCE):
            await gone.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _fork_at_every_line() -> None:
    """Each line holds the environment of the bot that it asks for."""
    words = bot.run.read_words()
    bot.run.read_words = lambda: words
    asyncio.run(_load_what_is_loaded_late(words))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.clear()
            os.environ.update(json.loads(line))
            bot.run.run(read_settings(Settings))
            os._exit(0)
        print(child, flush=True)  # noqa: T201 - how the test learns whom to kill


async def _load_what_is_loaded_late(words: Words) -> None:
    """Modules that a start imports on its way, and rules that it compiles, with a database of its own."""
    with TemporaryDirectory() as folder:
        settings = GivenSettings(
            bot_token=SecretStr(TOKEN), database_url=f"sqlite+aiosqlite:///{folder}/wgpd.db"
        )
        database = Database(settings.database_url)
        await database.migrate()
        started = build(settings, database, words)
        schedule(started)
        await started.application.services.live.refresh()
        await started.close()
        await database.close()
    bot.run.settle_memory()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves nothing to be collected
    _fork_at_every_line()
