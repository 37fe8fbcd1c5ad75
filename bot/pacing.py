"""How fast the bot may speak: Telegram allows about 30 messages a second; replies go first."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

SENDS_A_SECOND: Final = 28
BROADCAST_SENDS_A_SECOND: Final = 24
BROADCAST: Final = "broadcast"
MOST_REPLY_TRIES: Final = 3
LONGEST_REPLY_WAIT: Final = 60.0
# What says nothing, and Telegram does not count among the messages.
_FREE: Final = frozenset({"sendChatAction"})


class Pace:
    """Counts the sends of the last second and of those to come: when may the next one go?"""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` tells seconds, and never goes back."""
        self._clock = clock
        self._sends: deque[float] = deque()
        self._stopped_until = 0.0

    def wait_for_turn(self, *, broadcast: bool) -> float:
        """Take a turn, and return the seconds to wait for it; 0 takes it at once.

        A broadcast's send takes only what replies leave: when it must wait, it takes no turn, and asks again.
        """
        now = self._clock()
        while self._sends and self._sends[0] <= now - 1:
            self._sends.popleft()
        allowed = BROADCAST_SENDS_A_SECOND if broadcast else SENDS_A_SECOND
        start = max(now, self._stopped_until) if broadcast else now
        if len(self._sends) >= allowed:
            start = max(start, self._sends[-allowed] + 1)
        if start == now or not broadcast:
            self._sends.append(start)
        return start - now

    def stop_for(self, seconds: float) -> None:
        """Telegram asked for silence: broadcasts keep it. A reply to another chat need not wait for it."""
        self._stopped_until = max(self._stopped_until, self._clock() + seconds)


class Pacer(BaseRateLimiter[str]):
    """The pace between PTB's bot and Telegram. A send with the argument BROADCAST has its turn already."""

    def __init__(self, pace: Pace, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pace = pace
        self._sleep = sleep

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> Any:
        if "chat_id" not in data or endpoint in _FREE:
            return await callback(*args, **kwargs)
        if rate_limit_args == BROADCAST:
            return await self._in_turn(callback, args, kwargs)
        # Telegram limits a group by itself; anybody can make one that is silenced, and nobody else must wait.
        in_group = str(data["chat_id"]).startswith("-")
        return await self._reply(callback, args, kwargs, in_group)

    async def _in_turn(self, callback: Callable[..., Awaitable[Any]], args: Any, kwargs: Any) -> Any:
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as asked:
            self._pace.stop_for(_seconds(asked))
            raise

    async def _reply(
        self, callback: Callable[..., Awaitable[Any]], args: Any, kwargs: Any, in_group: bool
    ) -> Any:
        """A reply that Telegram asks to wait for waits here, a few times and not for long; others go on."""
        for tries_left in reversed(range(MOST_REPLY_TRIES)):
            await self._sleep(self._pace.wait_for_turn(broadcast=False))
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as asked:
                wait = _seconds(asked)
                if not in_group:
                    self._pace.stop_for(wait)
                if not tries_left or wait > LONGEST_REPLY_WAIT:
                    raise
                await self._sleep(wait)
        raise AssertionError("unreachable")


def _seconds(asked: RetryAfter) -> float:
    wait = asked.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()
