"""The bot as a process of its own, with a sandbox in this one as its Telegram."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

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
