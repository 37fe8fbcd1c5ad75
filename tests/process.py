"""The bot as a process of its own, with a sandbox in this one as its Telegram."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import bot.run
from bot.config import Settings, read_settings
from bot.sandbox.telegram import TOKEN, Telegram

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

    The catalogue and the knowledge are read once, in a process that forks; the bot itself is started anew.
    """
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.process"),
        env=settings,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdin
    assert parent.stdout
    requests, answers = parent.stdin, parent.stdout

    async def start() -> int:
        requests.write(b"start\n")
        await requests.drain()
        return int(await answers.readline())

    try:
        yield start
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        await parent.wait()


@asynccontextmanager
async def alive(start: Callable[[], Awaitable[int]]) -> AsyncIterator[Callable[[], None]]:
    """A bot of `quick_starts`, for as long as the block runs; gives a function that kills it before."""
    process_id = await start()

    def kill() -> None:
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)

    try:
        yield kill
    finally:
        kill()


def _fork_at_every_line() -> None:
    words = bot.run.read_words()
    bot.run.read_words = lambda: words
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            bot.run.run(read_settings(Settings))
            os._exit(0)
        print(child, flush=True)  # noqa: T201 - how the test learns whom to kill


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves nothing to be collected
    _fork_at_every_line()
