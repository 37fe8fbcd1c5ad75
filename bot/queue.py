"""Between PTB's poller and its handlers: every update is a row before Telegram may forget it.

PTB confirms a batch of updates at its next request, whether they have been handled or not. It puts
each of them into this queue before that.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from telegram import Update
from telegram.error import NetworkError

from bot.core.inbox import Inbox
from bot.floods import Doorkeeper


class KeptQueue(asyncio.Queue[object]):
    """The application's queue of updates; `put` returns when the update is safe."""

    def __init__(self, inbox: Inbox, clock: Callable[[], datetime], doorkeeper: Doorkeeper) -> None:
        super().__init__()
        self._doorkeeper = doorkeeper
        self._inbox = inbox
        self._clock = clock

    async def put(self, item: object) -> None:
        """Keep the update, and queue it unless it is dropped at the door or an earlier run received it."""
        if not isinstance(item, Update) or await self._is_taken(item):
            await super().put(item)

    async def put_again(self, update: Update) -> None:
        """Queue an update that an earlier run kept and did not begin."""
        await super().put(update)

    async def _is_taken(self, update: Update) -> bool:
        try:
            if not await self._doorkeeper.admits(update):
                return False
            return await self._inbox.keep(update.update_id, update.to_dict(), self._clock())
        except Exception as problem:
            # PTB's poller fetches the batch again after a NetworkError; anything else would end it.
            raise NetworkError(f"an update could not be kept: {type(problem).__name__}") from None
