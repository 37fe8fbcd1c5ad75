"""Keeps the sandbox's state in a file, so that nothing is lost when a process is killed."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from bot.sandbox.telegram import Telegram

PAUSE = 0.05
"""Seconds between a change and the writing of it: changes that come together are written once."""


class Keeper:
    """Loads the state at the start and writes it, whole or not at all, after every change."""

    def __init__(self, telegram: Telegram, path: Path) -> None:
        self.telegram = telegram
        self.path = path
        self.saved = asyncio.Event()
        """Set after every writing while it runs."""
        self._dirty = asyncio.Event()
        self._stop = telegram.listen(self._changed)

    def load(self) -> None:
        """Take over what was kept, if anything."""
        if not self.path.exists():
            return
        try:
            saved = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{self.path} cannot be read; delete it to start anew") from None
        self.telegram.restore(saved)

    def save(self) -> None:
        """Write now."""
        self._write(self.telegram.snapshot())

    async def run(self) -> None:
        """Write after changes, for ever."""
        while True:
            await self._dirty.wait()
            await asyncio.sleep(PAUSE)
            self._dirty.clear()
            await asyncio.to_thread(self._write, self.telegram.snapshot())
            self.saved.set()

    def close(self) -> None:
        """Write a last time and stop listening."""
        self._stop()
        self.save()

    def _changed(self, _: dict[str, Any]) -> None:
        self._dirty.set()

    def _write(self, saved: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(self.path.name + ".new")
        temporary.write_text(json.dumps(saved, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, self.path)  # noqa: PTH105 - atomic, and named so
