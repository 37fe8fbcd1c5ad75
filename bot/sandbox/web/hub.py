"""Passes changes on to every open page, and knows whether the bot is there."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from bot.sandbox.telegram import Telegram
from bot.sandbox.web import view

Json = dict[str, Any]
HEARTBEAT = 15.0
ABSENT_AFTER = 3.0
"""Seconds without a poll after which the page says that the bot is away."""


class Hub:
    """One queue for every open page."""

    def __init__(self, telegram: Telegram) -> None:
        self.online = False
        self.closing = False
        self._polls = 0
        self._queues: set[asyncio.Queue[Json | None]] = set()
        self._stop = telegram.listen(self._changed)

    async def stream(self) -> AsyncIterator[str]:
        """Server-sent events: "hello", then every change."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield _event({"type": "hello"})
            while not self.closing:
                try:
                    change = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if change is None:
                    return
                yield _event(change)
        finally:
            self._queues.discard(queue)

    def poll_began(self) -> None:
        """The bot asks for updates."""
        self._polls += 1
        self._tell(online=True)

    def poll_ended(self, *, gone: bool) -> None:
        """The poll is over; `gone` when its connection broke. The bot may come back soon."""
        if gone:
            self._tell(online=False)
            return
        asyncio.get_running_loop().call_later(ABSENT_AFTER, self._check, self._polls)

    def close(self) -> None:
        """End all streams."""
        self.closing = True
        self._stop()
        for queue in self._queues:
            queue.put_nowait(None)

    def _check(self, polls: int) -> None:
        if polls == self._polls:
            self._tell(online=False)

    def _tell(self, *, online: bool) -> None:
        if online != self.online:
            self.online = online
            self._changed({"type": "bot", "online": online})

    def _changed(self, event: Json) -> None:
        if event["type"] in view.RELOADED:
            event = {"type": "reload"}
        elif event["type"] not in view.PASSED_ON:
            return
        for queue in self._queues:
            queue.put_nowait(event)


def _event(change: Json) -> str:
    return f"data: {json.dumps(change, ensure_ascii=False)}\n\n"
