"""How a test makes Telegram difficult: flood rules and failures to order."""

import math
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from bot.sandbox.api.errors import ApiError, too_many_requests

TIMEOUT_AFTER = "timeout_after"
"""The call is done, and its answer never arrives."""
RESET_AFTER = "reset_after"
"""The call is done, and the connection breaks instead of an answer; without sockets, it never arrives."""
RESET_BEFORE = "reset_before"
"""The connection breaks, and the call was not done."""
BAD_GATEWAY = "bad_gateway"
"""An answer 502 that is a web page, and the call was not done."""


@dataclass
class Fault:
    """The next `times` calls of a method fail: with an ApiError, or as one of the four above."""

    method: str
    """In lower case; "*" is every method but getUpdates."""
    kind: ApiError | str
    times: int
    chat_id: int | None

    def meets(self, method: str, chat_id: Any) -> bool:
        """Is this fault for this call?"""
        if self.method != method and (self.method != "*" or method == "getupdates"):
            return False
        return self.chat_id is None or str(self.chat_id) == str(chat_id)


@dataclass
class Odds:
    """Calls of a method that fail by chance: each of `shares` is a part of all calls, and how these fail.

    The fate of a chat's first, second … call hangs on nothing but the seed: neither on when it comes, nor on
    what happens to other chats.
    """

    method: str
    """In lower case."""
    shares: Sequence[tuple[float, ApiError | str]]
    seed: int
    _calls: Counter[str] = field(default_factory=Counter)

    def draw(self, method: str, chat_id: Any) -> ApiError | str | None:
        """The fault of this call, which is counted."""
        if method != self.method:
            return None
        self._calls[str(chat_id)] += 1
        return self.fate(chat_id, self._calls[str(chat_id)])

    def fate(self, chat_id: Any, call: int) -> ApiError | str | None:
        """The fault of a chat's call of this number, from 1; None when it goes well."""
        chance = Random(f"{self.seed}/{chat_id}/{call}").random()
        for share, kind in self.shares:
            chance -= share
            if chance < 0:
                return kind
        return None


@dataclass
class FloodRules:
    """Telegram's limits, which it describes and does not define; `readings` gives three ways to take them.

    A private chat gets one message a second after a short `burst`, a group 20 a minute, all together 30 a
    second; paid messages are 1,000 in a second among themselves. `bucket`: what was not used in one second
    may be used later, up to thirty at once; else there are never more than thirty in any second. `ban`: after
    a refusal every message is refused for the time that was named, so many seconds at least.
    """

    per_chat: float = 1.0
    burst: int = 3
    per_group_minute: int = 20
    overall: int = 30
    paid: int = 1000
    bucket: bool = False
    ban: float = 0.0
    _chats: dict[str, "_Bucket | _Window"] = field(default_factory=dict)
    _all: dict[bool, "_Bucket | _Window"] = field(default_factory=dict)
    _banned_until: float = 0.0

    def spend(self, chat_id: Any, now: datetime, *, paid: bool = False, number: int = 1) -> None:
        """Count a message, or so many as an album; raises 429 with the seconds to wait."""
        at, chat = now.timestamp(), str(chat_id)
        banned = self._banned_until - at
        limits = (self._of_chat(chat, at), self._of_all(paid, at))
        wait = max(limit.wait(at, number) for limit in limits)
        if banned <= 0 < wait:
            wait = math.ceil(max(wait, self.ban))
            self._banned_until = at + wait if self.ban else 0.0
        if max(banned, wait) > 0:
            raise too_many_requests(max(1, math.ceil(banned if banned > 0 else wait)))
        for limit in limits:
            limit.take(at, number)

    def _of_chat(self, chat: str, at: float) -> "_Bucket | _Window":
        if chat not in self._chats:
            in_group = chat.startswith("-")
            self._chats[chat] = (
                _Window(self.per_group_minute, 60) if in_group else _Bucket(self.burst, self.per_chat, at)
            )
        return self._chats[chat]

    def _of_all(self, paid: bool, at: float) -> "_Bucket | _Window":
        if paid not in self._all:
            most = self.paid if paid else self.overall
            self._all[paid] = _Bucket(most, most, at) if self.bucket else _Window(most, 1)
        return self._all[paid]


def readings() -> dict[str, FloodRules]:
    """Three readings of Telegram's limits, each without any burst to one chat."""
    return {
        "token bucket": FloodRules(burst=1, bucket=True),
        "any second": FloodRules(burst=1),
        "ban after a 429": FloodRules(burst=1, ban=3),
    }


@dataclass
class _Bucket:
    """So many tokens at most, filled up by so many a second; a message takes one."""

    most: int
    a_second: float
    since: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = float(self.most)

    def wait(self, at: float, _: int) -> float:
        """The seconds until there is a token; an album may take more than there are, which delays others."""
        self.tokens = min(float(self.most), self.tokens + (at - self.since) * self.a_second)
        self.since = at
        return (1 - self.tokens) / self.a_second

    def take(self, at: float, number: int) -> None:
        self.tokens -= number


@dataclass
class _Window:
    """So many at most in any so many seconds."""

    most: int
    seconds: float
    taken: deque[float] = field(default_factory=deque)

    def wait(self, at: float, number: int) -> float:
        """The seconds until there is room for so many."""
        while self.taken and self.taken[0] <= at - self.seconds:
            self.taken.popleft()
        over = len(self.taken) + number - self.most
        return self.taken[over - 1] + self.seconds - at if over > 0 else 0.0

    def take(self, at: float, number: int) -> None:
        self.taken.extend([at] * number)
