"""What was measured, beside what is aimed at, as a page of docs."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

ALLOWED: Final = 30
# What is aimed at: shares of the allowed rate, at least; other figures at most.
SHARES: Final = {"token bucket": 0.98, "any second": 0.95, "ban after a 429": 0.95}
SLOWER_REPLY: Final = 1.5
SLOWEST_CLAIM, MOST_MEGABYTES, LONGEST_QUEUEING = 0.005, 50, 30
PAID_RATE: Final = 800


@dataclass(frozen=True)
class Measured:
    """What Telegram saw of a broadcast, from the first message to the last; and how many were kept as sent."""

    got: int
    lost: int
    doubled: int
    refusals: int
    seconds: float
    recorded: int


@dataclass(frozen=True)
class Broadcasting:
    """The same recipients, the bot and its peer side by side."""

    reading: str
    recipients: int
    ours: Measured
    peer: Measured

    def share(self, measured: Measured) -> float:
        """Of the allowed rate, requests to those who had blocked the bot included."""
        return self.recipients / ALLOWED / measured.seconds


@dataclass(frozen=True)
class Replies:
    """Seconds until people had read an answer."""

    idle: Sequence[float]
    busy: Sequence[float]
    refusals: int

    @staticmethod
    def p99(waits: Sequence[float]) -> float:
        return statistics.quantiles(waits, n=100, method="inclusive")[98]

    @property
    def ratio(self) -> float:
        return self.p99(self.busy) / self.p99(self.idle)


@dataclass(frozen=True)
class Queueing:
    """Seconds and megabytes for a queue of this size."""

    recipients: int
    queueing: float
    claim: float
    slow_claim: float
    finish: float
    megabytes: float


@dataclass(frozen=True)
class Paid:
    """A broadcast at the paid rate, how busy a processor was with the bot and with Telegram's part, and for
    what share of the time the bot waited for a processor.
    """

    measured: Measured
    recipients: int
    bot: float
    telegram: float
    waited: float

    @property
    def rate(self) -> float:
        return self.recipients / self.measured.seconds


def written(
    machine: str,
    broadcasting: Sequence[Broadcasting],
    replies: Replies,
    queueing: Sequence[Queueing],
    paid: Paid,
) -> str:
    """The page."""
    lines = [
        "# How fast broadcasts are, and what they cost the others",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`, which writes this page, on {machine}.",
        "All of it in one run. Goals that are not reached are not hidden; what a busy machine does to it stands in",
        "[decision 12](decisions/0012-pace-and-batches.md).",
        "",
        "Telegram is the sandbox's Bot API in a process of its own, over HTTP on loopback: it takes 20 ms to answer,",
        "counts a message in the middle of them, and 5 % of the recipients have blocked the bot. The bot is",
        "`python -m bot run`, with its database on disk. Beside it, at the same time: python-telegram-bot's own",
        "`AIORateLimiter`, five tries each, over all recipients at once.",
        "",
        f"## {broadcasting[0].recipients:,} recipients, 30 messages a second allowed (`BROADCAST_RATE=30`)",
        "",
        "Three readings of Telegram's limits: a token bucket of 30 a second; never more than 30 in any second; and",
        "the same where a 429 is followed by 3 seconds in which everything is refused. The share is that of 30 requests",
        "a second, requests to those who have blocked the bot included: 100 seconds are 100 %.",
        "",
        "| reading | goal | share of the allowed rate | seconds | lost | doubled | 429s | AIORateLimiter: share | seconds | lost | 429s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *map(_broadcasting, broadcasting),
        "",
        "## A person's reply during such a broadcast",
        "",
        "| | goal | p50, ms | p99, ms | p99 against idle |",
        "|---|---|---|---|---|",
        f"| idle | – | {_ms(statistics.median(replies.idle))} | {_ms(replies.p99(replies.idle))} | 1 |",
        f"| during a broadcast at 30/s | ≤ {SLOWER_REPLY} | {_ms(statistics.median(replies.busy))} "
        f"| {_ms(replies.p99(replies.busy))} | **{replies.ratio:.2f}** |",
        "",
        f"{len(replies.idle)} questions each, one after another; 429s: {replies.refusals}.",
        "",
        "## A long queue on SQLite",
        "",
        "| recipients | queueing, s | claim of the next 8, p50, ms | p99, ms | looking whether it is finished, ms | memory, MB more |",
        "|---|---|---|---|---|---|",
        *map(_queueing, queueing),
        f"| goal | ≤ {LONGEST_QUEUEING} | | ≤ {_ms(SLOWEST_CLAIM)} | | ≤ {MOST_MEGABYTES} |",
        "",
        "## Paid broadcasts (`PAID_BROADCASTS=true`, `BROADCAST_RATE=1000`)",
        "",
        "| recipients | goal, requests a second | requests a second | lost | doubled | 429s | recorded as sent | bot, of a processor | the bot waited for one | Telegram, of one |",
        "|---|---|---|---|---|---|---|---|---|---|",
        f"| {paid.recipients:,} | ≥ {PAID_RATE} | **{paid.rate:.0f}** | {paid.measured.lost} | {paid.measured.doubled} "
        f"| {paid.measured.refusals} | {paid.measured.recorded:,} of {paid.measured.got:,} "
        f"| {paid.bot:.0%} | {paid.waited:.0%} | {paid.telegram:.0%} |",
        "",
        _limit(paid),
        "",
    ]
    return "\n".join(lines)


def _broadcasting(one: Broadcasting) -> str:
    ours, peer = one.ours, one.peer
    return (
        f"| {one.reading} | ≥ {SHARES[one.reading]:.0%} | **{one.share(ours):.1%}** | {ours.seconds:.1f} "
        f"| {ours.lost} | {ours.doubled} | {ours.refusals} "
        f"| {one.share(peer):.1%} | {peer.seconds:.1f} | {peer.lost} | {peer.refusals} |"
    )


def _queueing(one: Queueing) -> str:
    return (
        f"| {one.recipients:,} | {one.queueing:.2f} | {_ms(one.claim)} | {_ms(one.slow_claim)} "
        f"| {_ms(one.finish)} | {one.megabytes:.0f} |"
    )


def _limit(paid: Paid) -> str:
    each = paid.bot * paid.measured.seconds / paid.recipients
    if paid.bot + paid.waited > 0.85:
        return (
            f"What limits it is the bot's one processor: a message takes {_ms(each)} ms of it, recorded. "
            f"{paid.waited:.0%} of the time other processes had it."
        )
    if paid.telegram > 0.9:
        return "What limits it is the measuring: the process that plays Telegram uses its processor up."
    return (
        "Neither process uses its processor up: what limits it is the pace, of at most 1,000 in any second."
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"
