"""The delivery worker over a real database file: every outcome settles, and nothing is sent twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.broadcasts import (
    LONGEST_RETRY,
    MOST_ATTEMPTS,
    MOST_FAILURES,
    Blocked,
    Broadcast,
    BroadcastState,
    DeliveryState,
    Ended,
    Later,
    Outcome,
    Parcel,
    Rejected,
    Sent,
    Uncertain,
)
from bot.outbox import SENDERS, Outbox
from storage.accounts import StoredAccounts
from storage.audiences import StoredAudiences
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.duty import Duty
from storage.people import StoredPeople
from storage.subscribers import StoredSubscribers
from storage.tables import deliveries
from tests.storage.records import EVERYTHING, TEXTS, as_written, broadcast, new_file, subscribe, unsubscribe
from tests.world import Clock

PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
BLOCKED, FAILED = DeliveryState.BLOCKED, DeliveryState.FAILED
UNCERTAIN, SKIPPED = DeliveryState.UNCERTAIN, DeliveryState.SKIPPED


@dataclass
class Script:
    """A sender that does as told: for each chat the outcomes in their order, then success.

    An exception in place of an outcome is raised. With a gate, every send waits until it is opened; `busy`
    is set when as many are being sent as can be at once.
    """

    outcomes: dict[int, list[Outcome | Exception]] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[tuple[int, str]] = field(default_factory=list)
    changed: list[tuple[int, int, str]] = field(default_factory=list)
    _passing: dict[int, asyncio.Event] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0

    async def send(self, parcel: Parcel) -> Outcome:
        chat_id = parcel.chat_id
        self.sent.append((chat_id, as_written(parcel).html))
        if len(self.sent) == SENDERS:
            self.busy.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self._passes(chat_id) if self.gate else asyncio.sleep(0))
        finally:
            self.at_once -= 1
        return self._next(chat_id, 1000 + len(self.sent))

    async def edit(self, parcel: Parcel, message_id: int) -> Outcome:
        self.changed.append((parcel.chat_id, message_id, as_written(parcel).html))
        return self._next(parcel.chat_id, message_id)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        self.changed.append((chat_id, message_id, ""))
        return self._next(chat_id, message_id)

    def _next(self, chat_id: int, message_id: int) -> Outcome:
        outcome = self.outcomes[chat_id].pop(0) if self.outcomes.get(chat_id) else Sent(message_id)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _passes(self, chat_id: int) -> None:
        passing = self._passing.setdefault(chat_id, asyncio.Event())
        assert self.gate
        waiting = [asyncio.ensure_future(event.wait()) for event in (self.gate, passing)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def let_through(self, chat_id: int) -> None:
        """Open the gate for one chat."""
        self._passing[chat_id].set()

    @property
    def chats(self) -> list[int]:
        return sorted(chat_id for chat_id, _ in self.sent)


@dataclass
class Post:
    """An outbox over a database file, with its sender and its clock."""

    url: str
    script: Script = field(default_factory=Script)
    clock: Clock = field(default_factory=Clock)
    finished: list[Broadcast] = field(default_factory=list)
    paused: list[Broadcast] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Begin as after a start: nothing in memory comes along."""
        self.database = Database(self.url)
        self.stored = StoredBroadcasts(self.database)
        self.accounts = StoredAccounts(self.database)
        self.deliveries = StoredDeliveries(self.database)
        self.open_outbox()

    def open_outbox(self) -> None:
        self.outbox = Outbox(
            self.deliveries,
            StoredSubscribers(self.database),
            self.script,
            Duty(self.database),
            self.clock,
            self._note_finished,
            self._note_paused,
        )

    async def _note_paused(self, broadcast: Broadcast) -> None:
        self.paused.append(broadcast)

    async def _note_finished(self, broadcast: Broadcast) -> None:
        self.finished.append(broadcast)
        self.done.set()

    async def states(self, broadcast_id: int) -> dict[DeliveryState, int]:
        return dict((await self.accounts.tally(broadcast_id)).counts)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    post = Post(await new_file(tmp_path))
    yield post
    await post.database.close()


@pytest.fixture
async def url(tmp_path: Path) -> str:
    return await new_file(tmp_path)


async def test_everybody_gets_one(post: Post) -> None:
    """Every recipient gets the message once, some at a time, and the coordinator hears when it is done."""
    await subscribe(post.database, *range(100, 140))
    kept = await broadcast(post.database)
    await post.outbox.drain()
    assert post.script.chats == list(range(100, 140))
    assert {html for _, html in post.script.sent} == {TEXTS["km"]}
    assert post.script.most_at_once <= SENDERS
    assert await post.states(kept.id) == {SENT: 40}
    await post.outbox.told()
    assert [one.id for one in post.finished] == [kept.id]


async def test_each_in_their_language(post: Post) -> None:
    """Each recipient gets the text in the language they read."""
    await subscribe(post.database, 10, 11)
    await StoredPeople(post.database, ()).choose_language(11, "en")
    await broadcast(post.database)
    await post.outbox.drain()
    assert sorted(post.script.sent) == [(10, TEXTS["km"]), (11, TEXTS["en"])]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Sent(77), SENT),
        (Blocked(), BLOCKED),
        (Uncertain("TimedOut"), UNCERTAIN),
        (Rejected("can't parse"), FAILED),
        (Later("Bad Gateway"), PENDING),
        (Later("flood", timedelta(seconds=30)), PENDING),
    ],
)
async def test_outcome(post: Post, outcome: Outcome, state: DeliveryState) -> None:
    """Each outcome of a send is written as what it means, and only what waits keeps the broadcast open."""
    await subscribe(post.database, 10)
    post.script.outcomes = {10: [outcome]}
    kept = await broadcast(post.database)
    await post.outbox.drain()
    assert await post.states(kept.id) == {state: 1}
    await post.outbox.told()
    assert bool(post.finished) == (state is not PENDING)
    await post.outbox.drain()
    assert len(post.script.sent) == 1


async def test_the_identifier_is_kept(post: Post) -> None:
    """The identifier that Telegram gave the message is kept with the delivery."""
    await subscribe(post.database, 10)
    post.script.outcomes = {10: [Sent(77)]}
    await broadcast(post.database)
    await post.outbox.drain()
    async with post.database.read() as connection:
        assert (await connection.execute(select(deliveries.c.message_id))).scalar_one() == 77


async def test_who_blocked_the_bot(post: Post) -> None:
    """Who turns out to have blocked the bot is no longer counted, and not written to again."""
    await subscribe(post.database, 10, 11)
    post.script.outcomes = {10: [Blocked()]}
    await broadcast(post.database)
    await post.outbox.drain()
    assert (await StoredAudiences(post.database).reach(EVERYTHING)).chats == 1
    await broadcast(post.database)
    await post.outbox.drain()
    assert post.script.chats == [10, 11, 11]


async def test_who_left_before_the_send(post: Post) -> None:
    """Who unsubscribed before the send gets nothing."""
    await subscribe(post.database, 10, 11)
    kept = await broadcast(post.database)
    await unsubscribe(post.database, 10)
    await post.outbox.drain()
    assert post.script.chats == [11]
    assert await post.states(kept.id) == {SENT: 1, SKIPPED: 1}


async def test_tried_again(post: Post) -> None:
    """What was not delivered is tried again when its time has come, not before, until it goes."""
    await subscribe(post.database, 10)
    post.script.outcomes = {10: [Later("Bad Gateway"), Later("Bad Gateway")]}
    await broadcast(post.database)
    for seconds, sends in ((0, 1), (4, 1), (1, 2), (9, 2), (1, 3), (3600, 3)):
        post.clock.pass_(seconds=seconds)
        await post.outbox.drain()
        assert len(post.script.sent) == sends
    await post.outbox.told()
    assert len(post.finished) == 1


async def test_the_longest_wait_counts(post: Post) -> None:
    """Of several waits that Telegram asks for at once, nobody is sent to before the longest is over."""
    await subscribe(post.database, *range(100, 100 + SENDERS))
    waits = [timedelta(seconds=60), *[timedelta(seconds=5)] * (SENDERS - 1)]
    post.script.outcomes = {100 + number: [Later("flood", wait)] for number, wait in enumerate(waits)}
    await broadcast(post.database)
    for seconds, sends in ((0, SENDERS), (10, SENDERS), (49, SENDERS), (1, 2 * SENDERS)):
        post.clock.pass_(seconds=seconds)
        await post.outbox.drain()
        assert len(post.script.sent) == sends


async def test_given_up(post: Post) -> None:
    """What cannot be delivered has failed in the end, each pause of the broadcast being taken up again."""
    await subscribe(post.database, 10)
    post.script.outcomes = {10: [Later("Bad Gateway")] * 100}
    kept = await broadcast(post.database)
    for _ in range(MOST_ATTEMPTS + 2):
        post.clock.now += LONGEST_RETRY
        await post.outbox.drain()
        await post.stored.move(kept.id, BroadcastState.SENDING, post.clock())
    assert len(post.paused) == MOST_ATTEMPTS // MOST_FAILURES
    assert len(post.script.sent) == MOST_ATTEMPTS
    assert await post.states(kept.id) == {FAILED: 1}
    await post.outbox.told()
    assert len(post.finished) == 1


async def test_telegram_asks_to_wait(post: Post) -> None:
    """While Telegram asks for silence nobody is written to; then everybody is, however often it asked."""
    await subscribe(post.database, *range(10, 30))
    post.script.outcomes = {10: [Later("flood", timedelta(seconds=30))] * (MOST_ATTEMPTS + 5)}
    kept = await broadcast(post.database)
    await post.outbox.drain()
    begun = len(post.script.sent)
    assert begun <= SENDERS
    post.clock.pass_(seconds=29)
    await post.outbox.drain()
    assert len(post.script.sent) == begun
    for _ in range(MOST_ATTEMPTS + 5):
        post.clock.pass_(seconds=30)
        await post.outbox.drain()
    assert await post.states(kept.id) == {SENT: 20}
    assert set(post.script.chats) == set(range(10, 30))
    assert [post.script.chats.count(chat) for chat in range(11, 30)] == [1] * 19


async def test_killed_between_claim_and_send(url: str) -> None:
    """What was claimed when the bot was killed is uncertain after the next start, and not sent."""
    before = Post(url)
    await subscribe(before.database, 10, 11)
    kept = await broadcast(before.database)
    assert await before.deliveries.claim(before.clock())
    await before.database.close()

    after = Post(url)
    running = asyncio.create_task(after.outbox.run())
    await after.done.wait()
    after.outbox.stop()
    await running
    assert after.script.chats == [11]
    assert await after.states(kept.id) == {UNCERTAIN: 1, SENT: 1}
    await after.database.close()


async def test_killed_while_sending(url: str) -> None:
    """What was being sent when the bot was killed is uncertain; everything else is sent once, by the next."""
    before = Post(url)
    await subscribe(before.database, *range(100, 130))
    kept = await broadcast(before.database)
    before.script.gate = asyncio.Event()  # which nobody opens
    killed = asyncio.create_task(before.outbox.run())
    await before.script.busy.wait()
    killed.cancel()
    await asyncio.wait({killed})
    await before.database.close()
    assert len(before.script.sent) == SENDERS

    after = Post(url)
    running = asyncio.create_task(after.outbox.run())
    await after.done.wait()
    after.outbox.stop()
    await running
    assert sorted(before.script.chats + after.script.chats) == list(range(100, 130))
    assert await after.states(kept.id) == {UNCERTAIN: SENDERS, SENT: 30 - SENDERS}
    await after.database.close()


async def test_stop_lets_the_sending_end(post: Post) -> None:
    """Told to stop, the outbox ends what it is sending, writes down how it ended, and begins nothing more."""
    await subscribe(post.database, *range(100, 130))
    kept = await broadcast(post.database)
    post.script.gate = asyncio.Event()
    running = asyncio.create_task(post.outbox.run())
    await post.script.busy.wait()
    post.outbox.stop()
    assert await post.states(kept.id) == {SENDING: SENDERS, PENDING: 30 - SENDERS}
    post.script.gate.set()
    await running
    assert await post.states(kept.id) == {SENT: SENDERS, PENDING: 30 - SENDERS}
    assert len(post.script.sent) == SENDERS
    assert not post.finished


async def test_wake(post: Post) -> None:
    """A running outbox sends what is confirmed as soon as it is woken."""
    await subscribe(post.database, 10)
    running = asyncio.create_task(post.outbox.run())
    for number in (1, 2):
        await broadcast(post.database)
        post.done.clear()
        post.outbox.wake()
        await post.done.wait()
        assert len(post.script.sent) == number
    post.outbox.stop()
    await running
    await post.outbox.told()
    assert len(post.finished) == 2


async def test_finished_is_told_once(post: Post) -> None:
    """The end of each broadcast is told once, also when two outboxes work side by side."""
    await subscribe(post.database, *range(100, 108))
    kept = [await broadcast(post.database, title=str(number)) for number in range(3)]
    second = Post(post.url)
    await asyncio.gather(post.outbox.drain(), second.outbox.drain())
    await asyncio.gather(post.outbox.drain(), second.outbox.drain())
    await second.database.close()
    assert sorted(one.id for one in post.finished + second.finished) == [one.id for one in kept]
    assert sorted(post.script.chats + second.script.chats) == sorted(list(range(100, 108)) * 3)


async def test_a_broadcast_to_nobody(post: Post) -> None:
    """A broadcast that nobody is to get is done at once."""
    kept = await broadcast(post.database)
    await post.outbox.drain()
    await post.outbox.told()
    assert [one.id for one in post.finished] == [kept.id]
    assert not post.script.sent


async def test_a_failure_strands_nobody(post: Post) -> None:
    """When one send breaks down inside, all others are sent once and written down, and it ends."""
    await subscribe(post.database, *range(100, 120))
    post.script.outcomes = {100: [RuntimeError("inside")]}
    kept = await broadcast(post.database)
    for _ in range(3):
        with contextlib.suppress(Exception):
            await post.outbox.drain()
    states = await post.states(kept.id)
    assert states.get(SENT, 0) >= 19, states
    assert SENDING not in states
    assert [post.script.chats.count(chat) for chat in range(101, 120)] == [1] * 19
    await post.outbox.told()
    assert len(post.finished) == 1


class Stumbling(StoredDeliveries):
    """Deliveries of which one cannot be fetched, as when the disk is full for a moment."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.claims = 0
        self.stumbled = asyncio.Event()

    async def claim(self, now: datetime, most: int = 1) -> list[Parcel]:
        self.claims += 1
        if self.claims == 2:
            self.stumbled.set()
            raise OSError("disk full")
        return await super().claim(now, most)


async def test_a_failure_of_the_memory_strands_nobody(post: Post) -> None:
    """When the next delivery cannot be fetched, those being sent end and are written down, and it goes on."""
    await subscribe(post.database, *range(100, 120))
    kept = await broadcast(post.database)
    post.deliveries = stored = Stumbling(post.database)
    post.open_outbox()
    post.script.gate = asyncio.Event()
    post.script.outcomes = {100: [Blocked()]}
    draining = asyncio.create_task(post.outbox.drain())
    await post.script.busy.wait()
    for chat in (100, 101):
        post.script.let_through(chat)
    await stored.stumbled.wait()
    post.script.gate.set()
    await asyncio.wait({draining})
    draining.exception()  # it may say that the memory failed
    for _ in range(2):
        await post.outbox.drain()
    assert await post.states(kept.id) == {BLOCKED: 1, SENT: 19}
    assert post.script.chats == list(range(100, 120))
    await post.outbox.told()
    assert len(post.finished) == 1


class Noted(StoredDeliveries):
    """Deliveries that note how many outcomes are written together; full: nothing can be written."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.together: list[int] = []
        self.full = False

    async def settle(self, ended: Sequence[Ended], now: datetime) -> list[Broadcast]:
        if self.full:
            raise OSError("disk full")
        self.together.append(len(ended))
        return await super().settle(ended, now)


async def test_written_together(post: Post) -> None:
    """Outcomes that arrive while others are being written share the next transaction."""
    await subscribe(post.database, *range(100, 100 + SENDERS))
    kept = await broadcast(post.database)
    post.deliveries = stored = Noted(post.database)
    post.open_outbox()
    await post.outbox.drain()
    assert await post.states(kept.id) == {SENT: SENDERS}
    assert sum(stored.together) == SENDERS
    assert len(stored.together) < SENDERS


class OneByOne(StoredDeliveries):
    """Deliveries of which several outcomes cannot be written together."""

    async def settle(self, ended: Sequence[Ended], now: datetime) -> list[Broadcast]:
        if len(ended) > 1:
            raise OSError("disk full")
        return await super().settle(ended, now)


async def test_paused_while_writing_failed(post: Post) -> None:
    """A broadcast that paused while outcomes could not be written together is told of, and can go on."""
    await subscribe(post.database, *range(100, 120))
    kept = await broadcast(post.database)
    post.script.outcomes = {chat: [Rejected("x")] for chat in range(100, 100 + SENDERS)}
    post.deliveries = OneByOne(post.database)
    post.open_outbox()
    with pytest.raises(OSError, match="disk full"):
        await post.outbox.drain()
    await post.outbox.drain()
    assert [one.id for one in post.paused] == [kept.id]
    post.deliveries = StoredDeliveries(post.database)
    await post.stored.move(kept.id, BroadcastState.SENDING, post.clock())
    post.outbox._deliveries = post.outbox._ledger._deliveries = post.deliveries
    await post.outbox.drain()
    assert sum((await post.states(kept.id)).values()) == 20


async def test_telling_fails(post: Post) -> None:
    """Where one end cannot be told, the others are; and nothing that is to be sent waits for the telling."""
    await subscribe(post.database, 100)
    first, second = await broadcast(post.database), await broadcast(post.database)
    told, gate = [], asyncio.Event()

    async def tell(ended: Broadcast) -> None:
        if ended.id == first.id:
            raise OSError("no font")
        await gate.wait()
        told.append(ended.id)

    post.outbox = Outbox(
        post.deliveries,
        StoredSubscribers(post.database),
        post.script,
        Duty(post.database),
        post.clock,
        tell,
        post._note_paused,
    )
    await post.outbox.drain()
    await broadcast(post.database)
    await post.outbox.drain()
    assert len(post.script.sent) == 3
    gate.set()
    await post.outbox.told()
    assert second.id in told
    assert len(told) == 2


async def test_the_end_is_told_in_between(post: Post) -> None:
    """A broadcast that has ended is told of while another is still being sent."""
    await subscribe(post.database, 100)
    short = await broadcast(post.database)
    await subscribe(post.database, *range(200, 240))
    await broadcast(post.database)
    send = post.script.send

    async def slowly(parcel: Parcel) -> Outcome:
        post.clock.pass_(seconds=1)
        if len(post.script.sent) == 30:
            assert [one.id for one in post.finished] == [short.id]
        return await send(parcel)

    post.script.send = slowly  # type: ignore[method-assign]  # the same, while time passes
    await post.outbox.drain()
    assert len(post.script.sent) == 42


async def test_a_full_disk_forgets_nothing(post: Post) -> None:
    """What could not be written down is kept, nobody else is sent to before it is, and nobody twice."""
    await subscribe(post.database, *range(100, 120))
    kept = await broadcast(post.database)
    post.deliveries = stored = Noted(post.database)
    post.open_outbox()
    stored.full = True
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            await post.outbox.drain()
    assert len(post.script.sent) == SENDERS
    stored.full = False
    await post.outbox.drain()
    assert await post.states(kept.id) == {SENT: 20}
    assert post.script.chats == list(range(100, 120))
