"""What is written for each outcome of a send."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.core.accounts import Tally
from bot.core.broadcasts import (
    FIRST_RETRY,
    LONGEST_RETRY,
    MOST_ATTEMPTS,
    Blocked,
    DeliveryState,
    Later,
    Outcome,
    Rejected,
    Sent,
    Settlement,
    Uncertain,
    settle,
)

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh"))
FINAL: list[tuple[Outcome, Settlement]] = [
    (Sent(77), Settlement(DeliveryState.SENT, message_id=77)),
    (Blocked(), Settlement(DeliveryState.BLOCKED)),
    (Uncertain("TimedOut"), Settlement(DeliveryState.UNCERTAIN, reason="TimedOut")),
    (Rejected("can't parse"), Settlement(DeliveryState.FAILED, reason="can't parse")),
]


@pytest.mark.parametrize(("outcome", "settlement"), FINAL)
@pytest.mark.parametrize("attempts", [1, 2, MOST_ATTEMPTS, 1000])
def test_final(outcome: Outcome, settlement: Settlement, attempts: int) -> None:
    """Sent, blocked, uncertain and rejected are final at any attempt, and never tried again."""
    assert settle(outcome, attempts, NOW) == settlement
    assert settlement.next_attempt_at is None


def test_first_retry() -> None:
    """What was not delivered is tried again after the first delay, with the reason noted."""
    assert settle(Later("Bad Gateway"), 1, NOW) == Settlement(
        DeliveryState.PENDING, NOW + FIRST_RETRY, reason="Bad Gateway"
    )


def test_retry_delays_grow_and_are_bounded() -> None:
    """Each retry waits longer than the one before, until the longest delay, which none exceeds."""
    delays = []
    for attempts in range(1, MOST_ATTEMPTS):
        again = settle(Later("x"), attempts, NOW).next_attempt_at
        assert again
        delays.append(again - NOW)
    assert delays[0] == FIRST_RETRY
    assert all(shorter < longer or shorter == longer == LONGEST_RETRY for shorter, longer in pairwise(delays))
    assert max(delays) <= LONGEST_RETRY


def test_retries_end() -> None:
    """After the last attempt a delivery has failed, with the last reason."""
    assert settle(Later("Bad Gateway"), MOST_ATTEMPTS - 1, NOW).state == DeliveryState.PENDING
    for attempts in (MOST_ATTEMPTS, MOST_ATTEMPTS + 1, 1000):
        assert settle(Later("Bad Gateway"), attempts, NOW) == Settlement(
            DeliveryState.FAILED, reason="Bad Gateway"
        )


@pytest.mark.parametrize("attempts", [1, MOST_ATTEMPTS - 1, MOST_ATTEMPTS, 1000])
@pytest.mark.parametrize("seconds", [0, 3, 3600])
def test_a_wait_that_telegram_asks(attempts: int, seconds: int) -> None:
    """A wait that Telegram asks for is kept to the second and burns no attempt, not even the last."""
    wait = timedelta(seconds=seconds)
    assert settle(Later("flood", wait), attempts, NOW) == Settlement(
        DeliveryState.PENDING, NOW + wait, reason="flood", counts_attempt=False
    )


def test_everything_else_counts_its_attempt() -> None:
    """Every other outcome counts as an attempt."""
    outcomes = [outcome for outcome, _ in FINAL] + [Later("x")]
    assert all(settle(outcome, 1, NOW).counts_attempt for outcome in outcomes)


def test_tally() -> None:
    """A tally counts nothing for states that do not occur."""
    tally = Tally({DeliveryState.SENT: 5, DeliveryState.PENDING: 2, DeliveryState.SENDING: 1})
    assert tally.total == 8
    assert (tally[DeliveryState.SENT], tally[DeliveryState.BLOCKED]) == (5, 0)
    assert Tally({}).total == 0
