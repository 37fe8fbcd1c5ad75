"""Never faster than Telegram allows; replies first, broadcasts with what is left."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, cycle
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import BadRequest, RetryAfter
from telegram.ext import ExtBot

from bot.pacing import (
    BROADCAST,
    GROUP_SENDS_A_MINUTE,
    LONGEST_REPLY_WAIT,
    MOST_REPLY_TRIES,
    PAID,
    PAID_SENDS_A_SECOND,
    REPLIES_AT_ONCE,
    REPLY,
    RESERVE,
    SENDS_A_SECOND,
    ChatBusy,
    Pace,
    Pacer,
)
from bot.sandbox.api.errors import bad_request, too_many_requests
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import TOKEN, Telegram
from tests.seconds import Seconds, VirtualTime
from tests.world import Clock

PERSON = 7001
NEAR: Final = 0.01
"""Seconds from a Telegram that is near, each way."""


@dataclass
class Counted:
    """A message as Telegram counts it: when it came, what it was, to whom."""

    at: float
    kind: str | None
    chat: int


@dataclass
class Wire:
    """A way through the pacer to a Telegram that notes when it counts a message, and refuses as told.

    `ways` are the seconds that messages take to Telegram and back, one after another.
    """

    rate: float = SENDS_A_SECOND
    ways: Iterable[tuple[float, float]] = ((NEAR, NEAR),)
    time: VirtualTime = field(default_factory=VirtualTime)
    counted: list[Counted] = field(default_factory=list)
    refused: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(self.time, self.rate)
        self.pacer = Pacer(self.pace, self.time.sleep)
        self._ways = cycle(self.ways)

    def send(self, at: float, kind: str | None, chat: int, *, retry_after: int = 0) -> None:
        """A message is given to the pacer at this time."""
        self.time.at(at, lambda: self._send(kind, chat, retry_after))

    async def _send(self, kind: str | None, chat: int, retry_after: int) -> None:
        there, back = next(self._ways)

        async def call() -> None:
            await self.time.sleep(there)
            if retry_after:
                raise RetryAfter(timedelta(seconds=retry_after))
            self.counted.append(Counted(self.time(), kind, chat))
            await self.time.sleep(back)

        try:
            await self.pacer.process_request(call, (), {}, "sendMessage", {"chat_id": chat}, kind)
        except (RetryAfter, ChatBusy) as problem:
            self.refused.append(problem)

    def run(self) -> list[float]:
        """Let time pass until all is done; when Telegram counted what."""
        asyncio.run(self.time.run())
        return [one.at for one in self.counted]

    def of(self, *kinds: str | None) -> list[float]:
        return [one.at for one in self.counted if one.kind in kinds]


def most_within(seconds: float, times: list[float]) -> int:
    """How many fall into the fullest stretch of so many seconds, wherever it begins."""
    return max((sum(begin <= time < begin + seconds for time in times) for begin in times), default=0)


def test_the_first_go_at_once() -> None:
    """Up to the limit nothing waits."""
    wire = Wire()
    for chat in range(SENDS_A_SECOND):
        wire.send(0, None, chat)
    assert wire.run() == [NEAR] * SENDS_A_SECOND


def test_replies_beyond_the_limit_wait() -> None:
    """Replies beyond the limit go in the seconds that follow, in the order in which they came."""
    wire = Wire()
    for chat in range(2 * SENDS_A_SECOND + 1):
        wire.send(0, None, chat)
    seconds = Counter(int(at) for at in wire.run())
    assert seconds == {0: SENDS_A_SECOND, 1: SENDS_A_SECOND, 2: 1}
    assert [one.chat for one in wire.counted] == list(range(2 * SENDS_A_SECOND + 1))


@pytest.mark.parametrize("way", [0.001, NEAR, 0.08])
def test_a_broadcast_uses_all_that_is_allowed(way: float) -> None:
    """While nobody writes a broadcast uses nearly all that Telegram allows, near it and far away."""
    wire = Wire(ways=[(way, way)])
    for chat in range(900):
        wire.send(0, BROADCAST, chat)
    times = wire.run()
    assert max(times) <= 900 / SENDS_A_SECOND / 0.97  # the first hundred go more carefully
    assert most_within(1, times) == SENDS_A_SECOND


@pytest.mark.parametrize("rate", [1, 10, 25])
def test_the_rate_of_broadcasts(rate: int) -> None:
    """A broadcast keeps the rate that was set, and hurts no reply by it."""
    wire = Wire(rate)
    for chat in range(10 * rate):
        wire.send(0, BROADCAST, chat)
    times = wire.run()
    assert 8.8 <= max(times) <= 10.1
    assert most_within(1, times) <= 1.2 * rate + 1


def test_a_reply_during_a_broadcast() -> None:
    """The first reply takes the next place that becomes free; those that follow find some kept for them."""
    wire = Wire()
    for chat in range(1, 900):
        wire.send(0, BROADCAST, chat)
    asked = [10.3, *(11 + 0.9 * number for number in range(15))]
    for number, at in enumerate(asked):
        for part in range(1 if at == 10.3 else RESERVE):
            wire.send(at, None, -1000 - number * RESERVE - part)
    times = wire.run()
    first, *others = wire.of(None)
    assert first - 10.3 <= 0.1
    expected = [at + NEAR for at in asked[1:] for _ in range(RESERVE)]
    assert others == pytest.approx(expected)
    assert most_within(1, times) <= SENDS_A_SECOND
    assert max(times) <= (900 + len(others)) / (SENDS_A_SECOND - RESERVE)


def test_broadcasts_give_way() -> None:
    """While replies take all that there is, no broadcast is sent and no reply waits for one."""
    alone, beside = Wire(), Wire()
    for wire in (alone, beside):
        for number in range(300):
            wire.send(number / 60, None, number)
    for chat in range(3):
        beside.send(1.5, BROADCAST, 1000 + chat)
    alone.run()
    beside.run()
    assert beside.of(None) == alone.of(None)
    assert min(beside.of(BROADCAST)) > max(beside.of(None))


def test_silence() -> None:
    """In a silence no broadcast is sent: it is refused, and told for how long; a reply to another goes."""
    wire = Wire()
    wire.send(0, BROADCAST, 1, retry_after=2)
    wire.send(0.5, BROADCAST, 2)
    wire.send(0.5, None, 3)
    wire.send(2.25, BROADCAST, 4)
    assert wire.run() == pytest.approx([0.5 + NEAR, 2.25 + NEAR])
    waits = [one.retry_after for one in wire.refused if isinstance(one, RetryAfter)]
    assert [pytest.approx(float(wait), abs=1) for wait in (2, 1.5)] == [_in_seconds(wait) for wait in waits]


def _in_seconds(wait: int | float | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def test_the_longest_silence_counts() -> None:
    """A shorter silence asked for later does not end a longer one."""
    clock = Seconds()
    pace = Pace(clock)
    pace.stop_for(10)
    clock.now = 1
    pace.stop_for(2)
    assert pace.seconds_to_turn(BROADCAST) == pace.silence() == 9


def test_no_rush_after_silence() -> None:
    """What had to wait for the end of a silence goes at the allowed pace."""
    wire = Wire()
    wire.send(0, BROADCAST, 0, retry_after=5)
    for chat in range(1, 120):
        wire.send(5.5, BROADCAST, chat)
    assert most_within(1, wire.run()) <= SENDS_A_SECOND


def test_one_person() -> None:
    """A person gets a burst of replies at once, and then one a second on the average."""
    wire = Wire()
    for _ in range(3 * REPLIES_AT_ONCE):
        wire.send(0, None, PERSON)
    times = wire.run()
    assert times[:REPLIES_AT_ONCE] == [NEAR] * REPLIES_AT_ONCE
    assert most_within(REPLIES_AT_ONCE, times) == REPLIES_AT_ONCE
    assert max(times) <= 2.1 * REPLIES_AT_ONCE


def test_several_broadcasts_to_one_person() -> None:
    """Broadcasts to one person go one a second, also after a reply, and hold nobody else up."""
    wire = Wire()
    wire.send(0, None, PERSON)
    for number in range(3):
        wire.send(0.1, BROADCAST, PERSON)
        wire.send(0.1, BROADCAST, PERSON + 1 + number)
    wire.run()
    to_person = [one.at for one in wire.counted if one.chat == PERSON]
    assert most_within(1, to_person) == 1
    assert len(to_person) + len(wire.refused) == 4
    assert all(isinstance(one, ChatBusy) for one in wire.refused)
    assert max(one.at for one in wire.counted if one.chat != PERSON) < 0.3


def test_one_group() -> None:
    """A group gets twenty messages a minute: replies wait, a broadcast hears how long it would take."""
    wire = Wire()
    for _ in range(GROUP_SENDS_A_MINUTE + 5):
        wire.send(0, None, -100123)
    wire.send(10, BROADCAST, -100123)
    wire.send(10, BROADCAST, -100124)
    times = wire.run()
    assert most_within(60, [one.at for one in wire.counted if one.chat == -100123]) == GROUP_SENDS_A_MINUTE
    assert len(times) == GROUP_SENDS_A_MINUTE + 6
    (busy,) = wire.refused
    assert isinstance(busy, ChatBusy)
    assert 50 <= busy.wait.total_seconds() <= 51


def test_paid() -> None:
    """Paid messages go at their own rate, and leave replies, and what is free of a broadcast, to theirs."""
    wire = Wire(PAID_SENDS_A_SECOND)
    for chat in range(3000):
        wire.send(0, PAID, chat)
    for chat in range(3000, 3060):
        wire.send(0, BROADCAST, chat)
    wire.send(1.5, None, 5000)
    wire.run()
    paid = wire.of(PAID)
    assert most_within(1, paid[::10]) <= PAID_SENDS_A_SECOND / 10 + 1
    assert max(paid) <= 3000 / PAID_SENDS_A_SECOND / 0.98
    assert most_within(1, wire.of(None, BROADCAST)) <= SENDS_A_SECOND
    assert wire.of(None)[0] - 1.5 <= 0.1


# Ways of unequal length: as quick as can be now and then, and much longer in between.
unequal = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 300)).map(lambda late: (late[0] / 1000, late[1] / 1000)),
    min_size=1,
    max_size=20,
).map(lambda late: [(0.0, 0.0), *late])
moments = st.integers(0, 5000).map(lambda part: part / 1000)
messages = st.tuples(moments, st.sampled_from([None, BROADCAST]), st.integers(1, 40))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(messages, max_size=60), unequal, st.integers(0, 150))
def test_any_rush(
    given_: list[tuple[float, str | None, int]], ways: list[tuple[float, float]], more: int
) -> None:
    """Whatever comes when, and however long it is on its way, Telegram counts no more than it allows."""
    wire = Wire(ways=[(NEAR + there, NEAR + back) for there, back in ways])
    for at, kind, chat in given_:
        wire.send(at, kind, chat)
    for chat in range(1000, 1000 + more):
        wire.send(0, BROADCAST, chat)
    times = wire.run()
    assert len(times) + len(wire.refused) == len(given_) + more
    assert all(isinstance(one, ChatBusy) for one in wire.refused)
    assert most_within(1, sorted(times)) <= SENDS_A_SECOND
    for chat in range(1, 41):
        to_chat = [one.at for one in wire.counted if one.chat == chat]
        assert most_within(REPLIES_AT_ONCE, to_chat) <= REPLIES_AT_ONCE


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


@pytest.mark.parametrize(("kind", "wait"), [(REPLY, 0), (BROADCAST, 30), (PAID, 30)])
async def test_silence_for_broadcasts(telegram: Telegram, kind: str, wait: float) -> None:
    """When Telegram asks one send to wait, broadcasts wait as long, and replies to others go on."""
    clock = Seconds()
    pace = Pace(clock)
    request = SandboxRequest(telegram)
    async with ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=Pacer(pace)) as bot:
        telegram.fail_next("sendMessage", too_many_requests(30))
        with pytest.raises(RetryAfter):
            await bot.send_message(PERSON, "x", rate_limit_args=BROADCAST)
    assert pace.seconds_to_turn(kind) == wait


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


async def test_an_album_counts_each_part() -> None:
    """After two albums of ten, a group waits for a minute, and a person for 20 seconds."""
    time = Seconds()
    pace = Pace(time)
    pacer = Pacer(pace, time.sleep)

    async def call() -> bool:
        return True

    for chat in (-1, PERSON):
        for _ in range(2):
            album = {"chat_id": chat, "media": [None] * 10}
            await pacer.process_request(call, (), {}, "sendMediaGroup", album, None)
    assert pace.seconds_to_chat("-1", REPLY) > 50
    assert pace.seconds_to_chat(str(PERSON), REPLY) > 15
