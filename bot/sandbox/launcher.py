"""`make try`: the sandbox in this process, the real bot in a child that may be killed and comes back."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.sandbox import cast
from bot.sandbox.api.flood import FloodRules
from bot.sandbox.telegram import TOKEN, Telegram
from bot.sandbox.web.server import running

PAUSE_BEFORE_RESTART: Final = 1.0
# Messages that one chat may get at once: Telegram allows a short burst above one a second.
BURST: Final = 20


async def launch(port: int, folder: Path) -> None:
    """Serve the page and keep the bot running until interrupted; everything is kept in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    bot = _BotProcess(folder)
    telegram = Telegram(clock=lambda: datetime.now(UTC), flood=FloodRules(burst=BURST))
    async with running(
        telegram, port=_free(port), state_file=folder / "telegram.json", kill_bot=bot.kill
    ) as address:
        _say(f"\n  The sandbox: {address}\n  Press Ctrl+C to end it.\n")
        working = asyncio.create_task(bot.keep_running(address))
        _end_on_signals(working.cancel)
        await asyncio.wait({working})


class _BotProcess:
    """The bot as it runs for real, with the sandbox as its Telegram."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def keep_running(self, address: str) -> None:
        """Start the bot, and start it again whenever it is killed. Ends when it stops by itself."""
        try:
            while True:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "bot.sandbox.child",
                    env=self._environment(address),
                    stdin=asyncio.subprocess.PIPE,  # closes with this process, whatever ends it
                )
                code = await self._process.wait()
                if code >= 0:
                    _say("The bot stopped by itself; it says above why.")
                    return
                _say(f"The bot was killed ({signal.Signals(-code).name}); it starts again.")
                await asyncio.sleep(PAUSE_BEFORE_RESTART)
        finally:
            if self._process and self._process.returncode is None:
                self._process.terminate()
                await self._process.wait()

    async def kill(self) -> None:
        """End the bot as a power cut would: SIGKILL, no farewell."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    def _environment(self, address: str) -> dict[str, str]:
        coordinator = next(role.person_id for role in cast.ROLES if role.key == "coordinator")
        database = (self._folder / "wgpd.db").absolute()
        # Whoever tries it at night wants to see a broadcast arrive.
        return (
            {"QUIET_HOURS": "none"}
            | os.environ
            | {
                "BOT_TOKEN": TOKEN,
                "BOT_API_URL": address,
                "DATABASE_URL": f"sqlite+aiosqlite:///{database}",
                "ADMIN_IDS": str(coordinator),
            }
        )


def _free(port: int) -> int:
    """The port, or 0 (any free one) when something else listens there."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


def _end_on_signals(end: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
