"""Updates of one chat are handled in the order they came; different chats side by side."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Final

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.core.inbox import Inbox

MOST_AT_ONCE: Final = 256
# PTB counts those that wait in line as well, and would let one who floods the bot stop everybody.
_UNLIMITED: Final = 1_000_000_000


class ChatOrderProcessor(BaseUpdateProcessor):
    """A line for each chat, and one for what is of none. asyncio.Lock serves in the order of coming.

    A chat takes one place at most of those that are handled at once, however long its line is.
    The inbox is told when an update is begun and done: a kill in between can be told to the person, and what
    another process on the same database has begun is left to that.
    """

    def __init__(self, inbox: Inbox, most_at_once: int = MOST_AT_ONCE) -> None:
        super().__init__(_UNLIMITED)
        self._places = asyncio.Semaphore(most_at_once)
        self._inbox = inbox
        self._lines: dict[int | None, asyncio.Lock] = {}
        self._waiting: dict[int | None, int] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        chat_id = _chat_of(update)
        line = self._lines.setdefault(chat_id, asyncio.Lock())
        self._waiting[chat_id] = self._waiting.get(chat_id, 0) + 1
        begun = False
        try:
            async with line, self._places:
                if await self._inbox.begin(update.update_id):
                    begun = True
                    await coroutine
                    await self._inbox.finish(update.update_id)
        finally:
            if not begun and isinstance(coroutine, Coroutine):
                coroutine.close()  # another process has it, or nobody could begin it
            self._waiting[chat_id] -= 1
            if not self._waiting[chat_id]:
                del self._waiting[chat_id], self._lines[chat_id]


def _chat_of(update: Update) -> int | None:
    if update.effective_chat:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user else None
