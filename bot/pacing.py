"""How fast the bot may speak: within Telegram's limits, replies first, broadcasts with what they leave."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

SENDS_A_SECOND: Final = 30
PAID_SENDS_A_SECOND: Final = 1000
GROUP_SENDS_A_MINUTE: Final = 20
# Telegram bears a short burst to one person; so many replies in as many seconds are still one a second.
REPLIES_AT_ONCE: Final = 20
# While people write, a broadcast leaves so many of the thirty places free, for so many seconds after a reply.
RESERVE: Final = 4
RESERVE_SECONDS: Final = 10.0
# How far a broadcast that was held up may catch up.
SLACK_SECONDS: Final = 0.2
# Two clocks may differ in what they call a second.
SECOND: Final = 1.005

REPLY: Final = "reply"
BROADCAST: Final = "broadcast"
PAID: Final = "paid"

MOST_REPLY_TRIES: Final = 3
LONGEST_REPLY_WAIT: Final = 60.0
LONGEST_BROADCAST_WAIT: Final = 2.0
_LOOK_AGAIN: Final = 0.01
_LEAST_WAIT: Final = 0.001
_ANSWERS: Final = 100
# What says nothing, and Telegram does not count among the messages.
_FREE: Final = frozenset({"sendChatAction"})
_ALBUMS: Final = frozenset({"sendMediaGroup"})


class ChatBusy(TelegramError):
    """This chat has had all that it may get for now; others have not. `wait` says for how long."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("the chat has had all that it may get for now")
        self.wait = wait


@dataclass(slots=True)
class Sends:
    """The sends that still count somewhere: how many are on their way, and when the others were counted."""

    open: int = 0
    counted: list[float] = field(default_factory=list)

    def wait(self, now: float, most: int, seconds: float, number: int = 1) -> float:
        """The seconds until so many more leave no more than `most` in any `seconds`."""
        old = bisect_right(self.counted, now - seconds)
        over = self.open + len(self.counted) - old - most + number
        if over <= 0:
            return 0.0
        if old + over > len(self.counted):  # it depends on answers that have not come
            return _LOOK_AGAIN
        return max(_LEAST_WAIT, self.counted[old + over - 1] + seconds - now)

    def end(self, counted: float, number: int = 1) -> None:
        """So many that were on their way have been counted, at this time at the latest."""
        self.open -= number
        self.counted += [max(counted, self.counted[-1]) if self.counted else counted] * number

    def forget(self, before: float) -> None:
        """What was counted before no longer counts."""
        del self.counted[: bisect_right(self.counted, before)]


class Pace:
    """When may the next message go? Decides, and waits for nothing itself.

    Telegram counts a message at some time between its send and its answer. When an answer takes longer than
    the quickest of late, the difference may have passed before it counted: it is taken to count that late.
    """

    def __init__(self, clock: Callable[[], float], broadcast_rate: float = SENDS_A_SECOND) -> None:
        """`clock` tells seconds, and never goes back. `broadcast_rate` is in messages a second."""
        self._clock = clock
        self._rates = {BROADCAST: min(broadcast_rate, SENDS_A_SECOND), PAID: broadcast_rate}
        self._next = dict.fromkeys(self._rates, clock() - SLACK_SECONDS)
        free = Sends()
        self._sends = {REPLY: free, BROADCAST: free, PAID: Sends()}
        self._chats: OrderedDict[str, Sends] = OrderedDict()
        self._answers: deque[float] = deque(maxlen=_ANSWERS)
        self._replied_at = clock() - RESERVE_SECONDS
        self._stopped_until = clock()

    def stop_for(self, seconds: float) -> None:
        """Telegram asked for silence: broadcasts keep it. A reply to another chat need not wait for it."""
        self._stopped_until = max(self._stopped_until, self._clock() + seconds)

    def silence(self) -> float:
        """The seconds for which broadcasts must still be silent."""
        return max(0.0, self._stopped_until - self._clock())

    def seconds_to_chat(self, chat: str, kind: str, number: int = 1) -> float:
        """The seconds until the chat may get so many more messages of this kind."""
        now, sends = self._clock(), self._chats.get(chat)
        if sends is None:
            return 0.0
        most, seconds = _most_in_chat(chat)
        wait = sends.wait(now, most, seconds, number)
        return wait if kind == REPLY else max(wait, sends.wait(now, 1, SECOND))

    def enter(self, chat: str, number: int = 1) -> None:
        """So many messages to the chat are on their way."""
        self._chats.setdefault(chat, Sends()).open += number
        self._chats.move_to_end(chat)

    def leave(self, chat: str, number: int = 1) -> None:
        """They have been answered, or were not sent after all."""
        now = self._clock()
        self._chats[chat].end(now, number)
        while self._forget_oldest_chat(now):
            pass

    def seconds_to_turn(self, kind: str, number: int = 1) -> float:
        """The seconds until so many of this kind may go, as far as all chats together are concerned."""
        now = self._clock()
        match kind:
            case _ if kind == REPLY:
                return self._sends[kind].wait(now, SENDS_A_SECOND, SECOND, number)
            case _ if kind == PAID:
                turn = self._sends[kind].wait(now, PAID_SENDS_A_SECOND, SECOND, number)
            case _:
                reserve = RESERVE if now < self._replied_at + RESERVE_SECONDS else 0
                turn = self._sends[kind].wait(now, SENDS_A_SECOND - reserve, SECOND, number)
        return max(turn, self._next[kind] - now, self._stopped_until - now)

    def begin(self, kind: str, number: int = 1) -> float:
        """So many messages take their turn together; the time at which they do."""
        now = self._clock()
        self._sends[kind].forget(now - SECOND)
        self._sends[kind].open += number
        if kind == REPLY:
            self._replied_at = now
        else:
            self._next[kind] = max(self._next[kind], now - SLACK_SECONDS) + number / self._rates[kind]
        return now

    def end(self, kind: str, began: float, number: int = 1) -> None:
        """They have been answered."""
        now = self._clock()
        self._answers.append(now - began)
        # The first answers come over new connections, and say little of how quick one can be.
        quickest = min(self._answers) if len(self._answers) == _ANSWERS else 0.0
        self._sends[kind].end(now - quickest, number)

    def _forget_oldest_chat(self, now: float) -> bool:
        """Whether the chat that waited longest for another message could be forgotten."""
        if not self._chats:
            return False
        chat, sends = next(iter(self._chats.items()))
        sends.forget(now - _most_in_chat(chat)[1])
        if sends.open or sends.counted:
            return False
        del self._chats[chat]
        return True


def _most_in_chat(chat: str) -> tuple[int, float]:
    """How many messages a chat may get in how many seconds."""
    if _is_group(chat):
        return GROUP_SENDS_A_MINUTE, 60 * SECOND
    return REPLIES_AT_ONCE, REPLIES_AT_ONCE * SECOND


def _is_group(chat: str) -> bool:
    return chat.startswith("-")


class Pacer(BaseRateLimiter[str]):
    """The pace between PTB's bot and Telegram. What it promises:

    * Telegram counts no more than 30 messages in any second, wherever that begins, and however unequally long
      they are on their way; 20 in any minute to one group; 20 in any 20 seconds to one person, and a
      broadcast's only when nothing else went there in the last second.
    * A reply (no argument) never waits behind a broadcast (BROADCAST): it takes the next place that becomes
      free, and while people write a broadcast leaves some free. What nobody needs, a broadcast uses.
    * Paid messages (PAID) have a limit of their own, 1,000 in any second.
    * Replies go in the order in which they came. One that Telegram asks to wait for waits, a few times and
      not for long, and is then refused (RetryAfter).
    * A broadcast's message is never tried again here. After a 429 every further one is refused without being
      sent (RetryAfter) until the time that Telegram named; one to a chat that must wait long, with ChatBusy.
    """

    def __init__(self, pace: Pace, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pace = pace
        self._sleep = sleep
        self._lines = {kind: asyncio.Lock() for kind in (REPLY, BROADCAST, PAID)}

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
        send = partial(callback, *args, **kwargs)
        if "chat_id" not in data or endpoint in _FREE:
            return await send()
        chat = str(data["chat_id"])
        number = len(data["media"]) if endpoint in _ALBUMS else 1  # Telegram counts each part of an album
        if rate_limit_args is None:
            return await self._reply(send, chat, number)
        return await self._broadcast(send, chat, rate_limit_args, number)

    async def _reply(self, send: Callable[[], Awaitable[Any]], chat: str, number: int) -> Any:
        """A reply that Telegram asks to wait for waits here; others go on."""
        for tries_left in reversed(range(MOST_REPLY_TRIES)):
            try:
                return await self._in_turn(send, chat, REPLY, number)
            except RetryAfter as asked:
                wait = _seconds(asked)
                # Telegram limits a group by itself; anybody can make one that is silenced: no one else waits.
                if not _is_group(chat):
                    self._pace.stop_for(wait)
                if not tries_left or wait > LONGEST_REPLY_WAIT:
                    raise
                await self._sleep(wait)
        raise AssertionError("unreachable")

    async def _broadcast(self, send: Callable[[], Awaitable[Any]], chat: str, kind: str, number: int) -> Any:
        try:
            return await self._in_turn(send, chat, kind, number)
        except RetryAfter as asked:
            self._pace.stop_for(_seconds(asked))
            raise

    async def _in_turn(self, send: Callable[[], Awaitable[Any]], chat: str, kind: str, number: int) -> Any:
        """Wait for the chat, then for the turn among all; send."""
        while wait := self._pace.seconds_to_chat(chat, kind, number):
            if kind != REPLY and wait > LONGEST_BROADCAST_WAIT:
                raise ChatBusy(timedelta(seconds=wait))
            await self._sleep(wait)
        self._pace.enter(chat, number)
        try:
            async with self._lines[kind]:
                await self._wait_for_turn(kind, number)
                began = self._pace.begin(kind, number)
            try:
                return await send()
            finally:
                self._pace.end(kind, began, number)
        finally:
            self._pace.leave(chat, number)

    async def _wait_for_turn(self, kind: str, number: int) -> None:
        while True:
            if kind != REPLY and (silence := self._pace.silence()):
                raise RetryAfter(timedelta(seconds=silence))
            wait = self._pace.seconds_to_turn(kind, number)
            if kind == BROADCAST and self._lines[REPLY].locked():  # a reply waits: the next place is its own
                wait = max(wait, _LOOK_AGAIN)
            if not wait:
                return
            await self._sleep(wait)


def _seconds(asked: RetryAfter) -> float:
    wait = asked.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
