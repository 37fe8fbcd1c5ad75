"""Never faster than Telegram allows; replies first, broadcasts with what is left."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import BadRequest, RetryAfter
from telegram.ext import ExtBot

from bot.pacing import (
    BROADCAST,
    BROADCAST_SENDS_A_SECOND,
    LONGEST_REPLY_WAIT,
    MOST_REPLY_TRIES,
    SENDS_A_SECOND,
    Pace,
    Pacer,
)
from bot.sandbox.api.errors import bad_request, too_many_requests
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import TOKEN, Telegram
from tests.world import Clock

PERSON = 7001


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def play(
    arrivals: Iterable[tuple[float, bool]], stops: Iterable[tuple[float, float]] = ()
) -> list[tuple[float, bool]]:
    """When each send goes that is asked for at a time (True: a broadcast's); silence is asked for at `stops`.

    A reply goes when its turn has come; a broadcast's send that must wait asks again then.
    """
    clock = Seconds()
    pace = Pace(clock)
    number = count()
    waiting: list[tuple[float, int, bool | float]] = [
        (at, next(number), broadcast) for at, broadcast in arrivals
    ]
    waiting += [(at, next(number), seconds) for at, seconds in stops]
    heapify(waiting)
    sent = []
    while waiting:
        clock.now, _, what = heappop(waiting)
        if not isinstance(what, bool):
            pace.stop_for(what)
            continue
        wait = pace.wait_for_turn(broadcast=what)
        assert wait >= 0
        if what and wait:
            heappush(waiting, (clock.now + wait, next(number), True))
        else:
            sent.append((clock.now + wait, what))
    return sorted(sent)


def most_in_a_second(times: list[float]) -> int:
    """How many fall into the fullest second, wherever it begins."""
    return max((sum(begin <= time < begin + 1 for time in times) for begin in times), default=0)


def test_the_first_go_at_once() -> None:
    """Up to the limit nothing waits."""
    assert [at for at, _ in play([(0, False)] * SENDS_A_SECOND)] == [0] * SENDS_A_SECOND


def test_replies_beyond_the_limit_wait() -> None:
    """Replies beyond the limit go in the seconds that follow, in the order in which they came."""
    sent = [at for at, _ in play([(0, False)] * (2 * SENDS_A_SECOND + 1))]
    assert Counter(sent) == {0: SENDS_A_SECOND, 1: SENDS_A_SECOND, 2: 1}


def test_broadcasts_leave_room() -> None:
    """Broadcasts alone stop short of the limit, so that a reply never waits for them."""
    sent = play([(0, True)] * 100 + [(0, False)] * (SENDS_A_SECOND - BROADCAST_SENDS_A_SECOND))
    assert Counter(at for at, broadcast in sent if broadcast)[0] <= BROADCAST_SENDS_A_SECOND
    assert [at for at, broadcast in sent if not broadcast] == [0] * (
        SENDS_A_SECOND - BROADCAST_SENDS_A_SECOND
    )


def test_broadcasts_keep_going() -> None:
    """Without replies a broadcast uses all that it may, second by second."""
    sent = [at for at, _ in play([(0, True)] * 100)]
    assert Counter(sent) == dict.fromkeys(range(4), BROADCAST_SENDS_A_SECOND) | {4: 4}


def test_broadcasts_give_way() -> None:
    """While replies take all that there is, no broadcast is sent and no reply waits for one."""
    replies = [(second + part / 32, False) for second in range(5) for part in range(SENDS_A_SECOND)]
    sent = play([*replies, *[(1.0, True)] * 3])
    assert [at for at, broadcast in sent if not broadcast] == [at for at, _ in replies]
    assert next(at for at, broadcast in sent if broadcast) > 4.8


def test_a_waiting_broadcast_takes_no_turn() -> None:
    """However often a broadcast's send asks, it does not push replies back."""
    pace = Pace(Seconds())
    for _ in range(BROADCAST_SENDS_A_SECOND):
        assert pace.wait_for_turn(broadcast=True) == 0
    assert all(pace.wait_for_turn(broadcast=True) > 0 for _ in range(1000))
    assert pace.wait_for_turn(broadcast=False) == 0


def test_silence() -> None:
    """While Telegram asks for silence no broadcast is sent; a reply to another chat need not wait."""
    sent = play([(0.5, False), (1, True), (2.5, False)], stops=[(0.25, 2)])
    assert sorted(sent) == [(0.5, False), (2.25, True), (2.5, False)]


def test_the_longest_silence_counts() -> None:
    """A shorter silence asked for later does not end a longer one."""
    clock = Seconds()
    pace = Pace(clock)
    pace.stop_for(10)
    clock.now = 1
    pace.stop_for(2)
    assert pace.wait_for_turn(broadcast=True) == 9


def test_no_rush_after_silence() -> None:
    """What had to wait for the end of a silence goes at the allowed pace."""
    sent = [at for at, _ in play([(0.5, True)] * 120, stops=[(0, 5)])]
    assert min(sent) == 5
    assert most_in_a_second(sent) <= SENDS_A_SECOND


# Times that a float holds exactly, so that seconds can be counted exactly.
moments = st.integers(0, 5 * 32).map(lambda part: part / 32)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(moments, st.booleans()), max_size=150),
    st.lists(st.tuples(moments, st.integers(0, 4).map(float)), max_size=3),
)
def test_any_rush(arrivals: list[tuple[float, bool]], stops: list[tuple[float, float]]) -> None:
    """Whatever comes when, no second holds more sends than allowed, nothing is lost, and nothing is early."""
    sent = play(arrivals, stops)
    assert Counter(broadcast for _, broadcast in sent) == Counter(broadcast for _, broadcast in arrivals)
    assert most_in_a_second([at for at, _ in sent]) <= SENDS_A_SECOND
    assert most_in_a_second([at for at, broadcast in sent if broadcast]) <= BROADCAST_SENDS_A_SECOND
    for kind in (True, False):
        asked = sorted(at for at, broadcast in arrivals if broadcast is kind)
        gone = [at for at, broadcast in sent if broadcast is kind]
        assert all(late >= early for early, late in zip(asked, gone, strict=True))


# Between PTB's bot and Telegram.


class Watched(Pacer):
    """A pacer that notes which requests asked it for what."""

    def __init__(self) -> None:
        looks = count()  # each look at the clock is a long time after the one before: nothing waits
        super().__init__(Pace(lambda: 1000.0 * next(looks)), self._rest)
        self.asked: list[tuple[str, object]] = []
        self.rested: list[float] = []

    async def _rest(self, seconds: float) -> None:
        self.rested.append(seconds)

    async def process_request(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.append((kwargs["endpoint"], kwargs["rate_limit_args"]))
        return await super().process_request(*args, **kwargs)


@pytest.fixture
def telegram() -> Telegram:
    telegram = Telegram(Clock())
    telegram.person("សុខា", PERSON).start()
    return telegram


@pytest.fixture
def pacer() -> Watched:
    return Watched()


@pytest.fixture
async def bot(telegram: Telegram, pacer: Watched) -> AsyncIterator[ExtBot[str]]:
    request = SandboxRequest(telegram)
    async with ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=pacer) as bot:
        yield bot


async def test_replies_pass(bot: ExtBot[str], pacer: Watched, telegram: Telegram) -> None:
    """A message without further ado is a reply, and is sent once."""
    await bot.send_message(PERSON, "សួស្តី")
    assert pacer.asked[-1] == ("sendMessage", None)
    assert [message["text"] for message in telegram.people[PERSON].received] == ["សួស្តី"]


@pytest.mark.parametrize("refusals", range(MOST_REPLY_TRIES))
async def test_a_reply_waits_and_goes(
    bot: ExtBot[str], pacer: Watched, telegram: Telegram, refusals: int
) -> None:
    """A reply that Telegram asks to wait for is sent after the wait, once."""
    if refusals:
        telegram.fail_next("sendMessage", too_many_requests(3), times=refusals)
    await bot.send_message(PERSON, "សួស្តី")
    assert len(telegram.people[PERSON].received) == 1
    assert [seconds for seconds in pacer.rested if seconds] == [3] * refusals


async def test_a_reply_does_not_wait_for_ever(bot: ExtBot[str], telegram: Telegram) -> None:
    """After a few tries the reply fails, and whoever sent it hears so."""
    telegram.fail_next("sendMessage", too_many_requests(3), times=MOST_REPLY_TRIES)
    with pytest.raises(RetryAfter):
        await bot.send_message(PERSON, "សួស្តី")
    assert not telegram.people[PERSON].received


async def test_a_broadcast_is_not_tried_again(bot: ExtBot[str], telegram: Telegram) -> None:
    """A broadcast's send that is refused fails at once: the outbox decides what becomes of it."""
    telegram.fail_next("sendMessage", too_many_requests(3))
    with pytest.raises(RetryAfter):
        await bot.send_message(PERSON, "សួស្តី", rate_limit_args=BROADCAST)
    assert not telegram.people[PERSON].received


@pytest.mark.parametrize(("rate_limit_args", "wait"), [(None, 0), (BROADCAST, 30)])
async def test_silence_for_broadcasts(telegram: Telegram, rate_limit_args: str | None, wait: float) -> None:
    """When Telegram asks one send to wait, broadcasts wait as long, and replies to others go on."""
    clock = Seconds()
    pace = Pace(clock)
    request = SandboxRequest(telegram)
    async with ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=Pacer(pace)) as bot:
        telegram.fail_next("sendMessage", too_many_requests(30))
        with pytest.raises(RetryAfter):
            await bot.send_message(PERSON, "x", rate_limit_args=BROADCAST)
    assert pace.wait_for_turn(broadcast=rate_limit_args == BROADCAST) == wait


async def test_a_reply_does_not_wait_long(bot: ExtBot[str], telegram: Telegram) -> None:
    """A wait that no person would sit out is passed on at once."""
    telegram.fail_next("sendMessage", too_many_requests(int(LONGEST_REPLY_WAIT) + 1))
    with pytest.raises(RetryAfter):
        await bot.send_message(PERSON, "សួស្តី")


@pytest.mark.parametrize("rate_limit_args", [None, BROADCAST])
async def test_other_errors_pass(bot: ExtBot[str], telegram: Telegram, rate_limit_args: str | None) -> None:
    """Any other refusal is passed on at once."""
    telegram.fail_next("sendMessage", bad_request("whatever"))
    with pytest.raises(BadRequest, match="Whatever"):
        await bot.send_message(PERSON, "x", rate_limit_args=rate_limit_args)
    assert not telegram.people[PERSON].received


async def test_what_is_no_message_is_not_paced(telegram: Telegram) -> None:
    """Requests that send nothing to a chat never wait, even in a silence."""
    pace = Pace(Seconds())
    pace.stop_for(3600)
    request = SandboxRequest(telegram)
    async with ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=Pacer(pace)) as bot:
        assert (await bot.get_me()).is_bot
        assert await bot.get_updates()
