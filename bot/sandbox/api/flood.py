"""How a test makes Telegram difficult: flood rules and failures to order."""

import math
from collections import Counter, deque
from collections.abc import Iterator, Sequence
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
    """One message a second to a chat, after a short burst, and thirty a second overall.

    `ban`: so many seconds after a refusal everything is refused, as happens to a bot that insists.
    """

    per_chat: float = 1.0
    burst: int = 3
    overall: int = 30
    ban: float = 0.0
    _tokens: dict[str, tuple[float, float]] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _banned_until: float = 0.0

    def spend(self, chat_id: Any, now: datetime) -> None:
        """Count one message; raises 429 with the seconds to wait."""
        at, key = now.timestamp(), str(chat_id)
        while self._recent and self._recent[0] <= at - 1:
            self._recent.popleft()
        tokens, since = self._tokens.get(key, (float(self.burst), at))
        tokens = min(float(self.burst), tokens + (at - since) * self.per_chat)
        for wait in self._waits(at, tokens):
            if wait > 0:
                if self.ban:
                    self._banned_until = max(self._banned_until, at + max(wait, self.ban))
                raise too_many_requests(max(1, math.ceil(wait)))
        self._recent.append(at)
        self._tokens[key] = (tokens - 1, at)

    def _waits(self, at: float, tokens: float) -> Iterator[float]:
        yield self._banned_until - at
        if tokens < 1:
            yield max((1 - tokens) / self.per_chat, self.ban)
        if len(self._recent) >= self.overall:
            yield max(self._recent[0] + 1 - at, self.ban)
