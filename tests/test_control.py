"""A broadcast under control: paused, resumed, cancelled, planned, tried again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.broadcasts import (
    LATEST_START,
    MOST_FAILURES,
    Blocked,
    BroadcastState,
    Outcome,
    Rejected,
    Sent,
    Uncertain,
    Unsendable,
)
from bot.core.subscribers import Rhythm
from bot.outbox import SENDERS
from storage.subscribers import StoredSubscribers
from tests.controlling import (
    BLOCKED,
    CANCEL,
    EVERYBODY,
    FAILED,
    HALF,
    NEW,
    OTHERS,
    PAUSE,
    PENDING,
    RESUME,
    SENT,
    SKIPPED,
    TROUBLE,
    UNCERTAIN,
    InTurn,
    correct,
    drain_until_busy,
    go_on,
    plan,
    restart,
    state,
)
from tests.storage.records import (
    NOW,
    TEXTS,
    new_file,
    shared,
    subscribe,
    unsubscribe,
)
from tests.test_outbox import Post


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """An outbox over a file of its own."""
    post = Post(await new_file(tmp_path))
    yield post
    await post.database.close()


@pytest.fixture
def one_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """One send after the other: what comes in a row is as the test says."""
    monkeypatch.setattr("bot.outbox.SENDERS", 1)


# Pause, resume, cancel.


async def test_paused(post: Post) -> None:
    """A paused broadcast sends nothing, however long it takes, also after a restart."""
    await subscribe(post.database, *EVERYBODY)
    kept = await shared(post.database)
    assert await post.stored.move(kept.id, PAUSE, post.clock())
    for _ in range(2):
        post.clock.pass_(days=1)
        await post.stored.begin_due(post.clock())
        await post.outbox.drain()
        assert not post.script.sent
        assert not post.finished
        assert await state(post, kept) is PAUSE
        await restart(post)


async def test_paused_in_the_middle(post: Post) -> None:
    """Paused in the middle, what is on its way arrives, and resumed it goes on with the rest, none twice."""
    await subscribe(post.database, *EVERYBODY)
    kept = await shared(post.database)
    draining = await drain_until_busy(post)
    assert await post.stored.move(kept.id, PAUSE, post.clock())
    await go_on(post, draining)
    assert await post.states(kept.id) == {SENT: SENDERS, PENDING: 4}
    await restart(post)
    await post.outbox.drain()
    assert len(post.script.sent) == SENDERS
    assert await post.stored.move(kept.id, RESUME, post.clock())
    await post.outbox.drain()
    assert post.script.chats == list(EVERYBODY)
    assert await state(post, kept) is BroadcastState.DONE
    await post.outbox.told()
    assert len(post.finished) == 1


async def test_the_others_go_on(post: Post) -> None:
    """While one broadcast is paused, another is sent."""
    await subscribe(post.database, 10)
    first, second = await shared(post.database), await shared(post.database)
    await post.stored.move(first.id, PAUSE, post.clock())
    await post.outbox.drain()
    assert await post.states(first.id) == {PENDING: 1}
    assert await post.states(second.id) == {SENT: 1}


async def test_cancelled(post: Post) -> None:
    """Cancelled in the middle, what is on its way arrives, and nobody else gets it, ever."""
    await subscribe(post.database, *EVERYBODY)
    kept = await shared(post.database)
    draining = await drain_until_busy(post)
    assert await post.stored.move(kept.id, CANCEL, post.clock())
    await go_on(post, draining)
    await restart(post)
    await post.outbox.drain()
    assert len(post.script.sent) == SENDERS
    assert await post.states(kept.id) == {SENT: SENDERS, SKIPPED: 4}
    assert await state(post, kept) is CANCEL


# It pauses itself.


@pytest.mark.parametrize("trouble", TROUBLE, ids=["rejected", "uncertain", "later"])
@pytest.mark.usefixtures("one_sender")
async def test_failures_in_a_row(post: Post, trouble: Outcome) -> None:
    """Failures in a row pause a broadcast, not one fewer; why is kept, and told once."""
    await subscribe(post.database, *EVERYBODY)
    post.script = InTurn(turns=[trouble] * (MOST_FAILURES - 1))
    post.open_outbox()
    good = await shared(post.database)
    await post.outbox.drain()
    assert not post.paused
    await post.stored.move(good.id, CANCEL, post.clock())
    post.script = InTurn(turns=[trouble] * 100)
    post.open_outbox()
    bad = await shared(post.database)
    await post.outbox.drain()
    assert len(post.script.sent) == MOST_FAILURES
    (told,) = post.paused
    assert (told.id, told.state) == (bad.id, PAUSE)
    assert told.reason == getattr(trouble, "reason", "")
    assert (await post.states(bad.id))[PENDING] >= len(EVERYBODY) - MOST_FAILURES


async def test_many_failures_at_once(post: Post) -> None:
    """When all that are on their way fail at once, it is told once that the broadcast paused."""
    await subscribe(post.database, *EVERYBODY)
    post.script.outcomes = {chat: [Rejected("x")] for chat in EVERYBODY}
    kept = await shared(post.database)
    await go_on(post, await drain_until_busy(post))
    assert [one.id for one in post.paused] == [kept.id]
    assert SENDERS <= len(post.script.sent) < SENDERS + MOST_FAILURES  # nothing new once it is paused
    begun = len(post.script.sent)
    await post.outbox.drain()
    assert len(post.script.sent) == begun


@pytest.mark.parametrize("other", OTHERS, ids=["blocked", "asked-to-wait"])
@pytest.mark.usefixtures("one_sender")
async def test_what_is_no_failure(post: Post, other: Outcome) -> None:
    """Blocks, and waits that Telegram asked for, never pause a broadcast."""
    await subscribe(post.database, *EVERYBODY)
    post.script = InTurn(turns=[other] * (MOST_FAILURES + 2))
    post.open_outbox()
    kept = await shared(post.database)
    for _ in range(MOST_FAILURES + 3):
        await post.outbox.drain()
        post.clock.pass_(seconds=31)
    assert not post.paused
    assert await state(post, kept) is BroadcastState.DONE


@pytest.mark.usefixtures("one_sender")
async def test_blocks_between_failures(post: Post) -> None:
    """A block between failures neither counts nor ends the row."""
    await subscribe(post.database, *EVERYBODY)
    failures: list[Outcome] = [Rejected("x")] * (MOST_FAILURES - 1)
    post.script = InTurn(turns=[*failures, Blocked(), Rejected("last")])
    post.open_outbox()
    await shared(post.database)
    await post.outbox.drain()
    assert [one.reason for one in post.paused] == ["last"]
    assert len(post.script.sent) == MOST_FAILURES + 1


@pytest.mark.usefixtures("one_sender")
async def test_a_success_between_failures(post: Post) -> None:
    """A success between failures begins a new row."""
    await subscribe(post.database, *EVERYBODY)
    failures: list[Outcome] = [Rejected("x")] * (MOST_FAILURES - 1)
    post.script = InTurn(turns=[*failures, Sent(1), *failures])
    post.open_outbox()
    kept = await shared(post.database)
    await post.outbox.drain()
    assert not post.paused
    assert await post.states(kept.id) == {FAILED: len(failures) * 2, SENT: len(EVERYBODY) - len(failures) * 2}


@pytest.mark.usefixtures("one_sender")
async def test_resumed_after_failures(post: Post) -> None:
    """Resumed after it paused itself, it counts anew, says no reason, and reaches the rest."""
    await subscribe(post.database, *EVERYBODY)
    post.script = InTurn(turns=[Rejected("x")] * (2 * MOST_FAILURES - 1))
    post.open_outbox()
    kept = await shared(post.database)
    await post.outbox.drain()
    resumed = await post.stored.move(kept.id, RESUME, post.clock())
    assert resumed and not resumed.reason
    await post.outbox.drain()
    assert len(post.paused) == 1
    failed = 2 * MOST_FAILURES - 1
    assert await post.states(kept.id) == {FAILED: failed, SENT: len(EVERYBODY) - failed}


async def test_a_text_that_nobody_can_get(post: Post) -> None:
    """A text that Telegram refuses for everybody pauses at once, burns no attempt, and nobody has failed."""
    await subscribe(post.database, *EVERYBODY)
    refused = Unsendable("can't parse entities")
    post.script.outcomes = {chat: [refused] for chat in EVERYBODY}
    kept = await shared(post.database)
    await post.outbox.drain()
    await post.outbox.drain()
    (told,) = post.paused
    assert (told.id, told.state, told.reason) == (kept.id, PAUSE, refused.reason)
    assert await post.states(kept.id) == {PENDING: len(EVERYBODY)}
    assert {one.attempts for one in await post.accounts.recipients(kept.id)} == {0}
    post.script.outcomes.clear()
    post.script.sent.clear()
    assert await correct(post, kept) == 0
    await post.stored.move(kept.id, RESUME, post.clock())
    await post.outbox.drain()
    assert sorted(post.script.sent) == [(chat, NEW["km"]) for chat in EVERYBODY]


# Planned.


async def test_planned(post: Post) -> None:
    """What is planned is not sent before its time, also over a restart, and is sent once from then on."""
    await subscribe(post.database, 10, 11)
    kept = await plan(post.database, NOW + timedelta(days=2))
    for _ in range(2):
        assert await post.stored.begin_due(post.clock()) == []
        await post.outbox.drain()
        assert not post.script.sent
        assert not post.finished
        await restart(post)
        post.clock.pass_(days=2, seconds=-1)
        assert await state(post, kept) is BroadcastState.SCHEDULED
        post.clock.now = kept.starts_at - timedelta(seconds=1)
    post.clock.now = kept.starts_at
    assert await post.stored.begin_due(post.clock()) == []
    assert await post.stored.begin_due(post.clock()) == []
    await post.outbox.drain()
    assert post.script.chats == [10, 11]
    await post.outbox.told()
    assert len(post.finished) == 1


@pytest.mark.parametrize("late", [timedelta(minutes=59), LATEST_START])
async def test_begun_late(post: Post, late: timedelta) -> None:
    """What the bot slept through for up to an hour is sent."""
    await subscribe(post.database, 10)
    kept = await plan(post.database, NOW + timedelta(days=1))
    post.clock.now = kept.starts_at + late
    assert await post.stored.begin_due(post.clock()) == []
    await post.outbox.drain()
    assert post.script.chats == [10]


async def test_missed(post: Post) -> None:
    """What the bot slept through for longer is not sent; it is asked about once, and sent when told so."""
    await subscribe(post.database, 10)
    kept = await plan(post.database, NOW + timedelta(days=1))
    post.clock.now = kept.starts_at + LATEST_START + timedelta(seconds=1)
    assert [one.id for one in await post.stored.begin_due(post.clock())] == [kept.id]
    assert await post.stored.begin_due(post.clock()) == []
    await restart(post)
    await post.outbox.drain()
    assert not post.script.sent
    assert await state(post, kept) is BroadcastState.MISSED
    assert await post.stored.send_now(kept.id, post.clock())
    await post.outbox.drain()
    assert post.script.chats == [10]


@pytest.mark.parametrize("missed", [False, True])
async def test_a_digest_follows_the_plan(post: Post, missed: bool) -> None:
    """What is sent now, before its time or after it was missed, comes with the next digest from now on."""
    await subscribe(post.database, 10)
    await StoredSubscribers(post.database).set_rhythm(10, Rhythm.DAILY, NOW)
    kept = await plan(post.database, NOW + timedelta(days=3))
    if missed:
        post.clock.pass_(days=4)
        await post.stored.begin_due(post.clock())
    assert await post.stored.send_now(kept.id, post.clock())
    await post.outbox.drain()
    assert not post.script.sent
    post.clock.pass_(days=1)
    await post.outbox.drain()
    assert post.script.chats == [10]


async def test_paused_before_its_time(post: Post) -> None:
    """Paused before its time it does not begin; resumed, it waits for its time again, however often asked."""
    await subscribe(post.database, 10)
    kept = await plan(post.database, NOW + timedelta(days=1))
    assert await post.stored.move(kept.id, PAUSE, post.clock())
    post.clock.pass_(hours=12)
    resumed = await post.stored.move(kept.id, RESUME, post.clock())
    assert resumed and resumed.state is BroadcastState.SCHEDULED
    assert await post.stored.move(kept.id, RESUME, post.clock()) is None
    await post.outbox.drain()
    assert not post.script.sent
    post.clock.pass_(hours=12)
    await post.stored.begin_due(post.clock())
    await post.outbox.drain()
    assert post.script.chats == [10]


async def test_missed_and_cancelled(post: Post) -> None:
    """What was missed can be cancelled, and then cannot be sent any more."""
    await subscribe(post.database, 10)
    kept = await plan(post.database, NOW + timedelta(days=1))
    post.clock.pass_(days=3)
    await post.stored.begin_due(post.clock())
    assert await post.stored.move(kept.id, CANCEL, post.clock())
    assert await post.stored.move(kept.id, RESUME, post.clock()) is None
    await post.outbox.drain()
    assert not post.script.sent
    assert await post.states(kept.id) == {SKIPPED: 1}


async def test_two_ask_about_a_missed_one_once(post: Post) -> None:
    """Of two processes whose clocks tick together, one asks about what was missed."""
    kept = await plan(post.database, NOW + timedelta(days=1))
    second = Post(post.url)
    moment = kept.starts_at + timedelta(days=1)
    found = await asyncio.gather(*(one.stored.begin_due(moment) for one in [post, second] * 5))
    await second.database.close()
    assert [one.id for share in found for one in share] == [kept.id]


# The failed and the uncertain.


async def test_the_failed_again(post: Post) -> None:
    """Tried again, it goes to the failed only, those who left excepted, and its end is told again."""
    await subscribe(post.database, 10, 11, 12, 13, 14)
    post.script.outcomes = {10: [Rejected("x")], 11: [Rejected("x")], 12: [Blocked()], 13: [Uncertain("x")]}
    kept = await shared(post.database)
    await post.outbox.drain()
    await unsubscribe(post.database, 11)
    post.script.sent.clear()
    assert await post.stored.retry_failed(kept.id, post.clock()) == 2
    assert await post.stored.retry_failed(kept.id, post.clock()) == 0
    await post.outbox.drain()
    assert post.script.chats == [10]
    assert await post.states(kept.id) == {SENT: 2, SKIPPED: 1, BLOCKED: 1, UNCERTAIN: 1}
    await post.outbox.told()
    assert len(post.finished) == 2


async def test_the_failed_of_a_paused_one(post: Post) -> None:
    """The failed of a paused broadcast wait with the others until it is resumed."""
    await subscribe(post.database, *HALF)
    post.script.outcomes = {chat: [Rejected("x")] for chat in HALF}
    kept = await shared(post.database)
    await go_on(post, await drain_until_busy(post))
    assert post.paused
    post.script.sent.clear()
    assert await post.stored.retry_failed(kept.id, post.clock()) == SENDERS
    await post.outbox.drain()
    assert not post.script.sent
    await post.stored.move(kept.id, RESUME, post.clock())
    await post.outbox.drain()
    assert await post.states(kept.id) == {SENT: SENDERS}


async def test_the_uncertain_again(post: Post) -> None:
    """Sent again, it goes to the uncertain only; without being told so it never does."""
    await subscribe(post.database, 10, 11, 12)
    post.script.outcomes = {10: [Uncertain("x")], 11: [Rejected("x")]}
    kept = await shared(post.database)
    for _ in range(2):
        await post.outbox.drain()
        post.clock.pass_(days=1)
        await restart(post)
    assert post.script.chats == [10, 11, 12]
    assert await post.stored.resend_uncertain(kept.id, post.clock()) == 1
    await post.outbox.drain()
    assert post.script.chats == [10, 10, 11, 12]
    assert await post.states(kept.id) == {SENT: 2, FAILED: 1}


async def test_the_uncertain_taken_for_sent(post: Post) -> None:
    """Taken for sent, the uncertain count as such, and nothing is sent to anybody."""
    await subscribe(post.database, 10, 11)
    post.script.outcomes = {10: [Uncertain("x")], 11: [Rejected("x")]}
    kept = await shared(post.database)
    await post.outbox.drain()
    post.script.sent.clear()
    assert await post.stored.settle_uncertain(kept.id, post.clock()) == 1
    assert await post.stored.settle_uncertain(kept.id, post.clock()) == 0
    assert await post.stored.resend_uncertain(kept.id, post.clock()) == 0
    await post.outbox.drain()
    assert not post.script.sent
    assert await post.states(kept.id) == {SENT: 1, FAILED: 1}


# Two at once; and what cannot be.


async def test_two_processes(post: Post) -> None:
    """Two processes over one database send and change each once, through pause and correction."""
    await subscribe(post.database, *EVERYBODY)
    kept = await shared(post.database)
    second = Post(post.url)
    draining = await drain_until_busy(post)
    await second.stored.move(kept.id, PAUSE, NOW)
    await second.outbox.drain()
    assert not second.script.sent
    assert await correct(second, kept) == 0
    await second.stored.move(kept.id, RESUME, NOW)
    await second.outbox.drain()
    await go_on(post, draining)
    await asyncio.gather(post.outbox.drain(), second.outbox.drain())
    assert sorted(post.script.chats + second.script.chats) == list(EVERYBODY)
    changed = [chat for chat, _, _ in post.script.changed + second.script.changed]
    assert sorted(changed) == post.script.chats
    assert await correct(post, kept, TEXTS) == len(EVERYBODY)
    post.script.changed.clear()
    second.script.changed.clear()
    await asyncio.gather(post.outbox.drain(), second.outbox.drain())
    changed = [chat for chat, _, _ in post.script.changed + second.script.changed]
    assert sorted(changed) == list(EVERYBODY)
    assert len(post.finished + second.finished) == 1
    await second.database.close()


async def test_ten_presses(post: Post) -> None:
    """Of ten presses at once, one pauses, one resumes, one tries again."""
    await subscribe(post.database, 10)
    post.script.outcomes = {10: [Rejected("x")]}
    kept = await shared(post.database)
    for target in (PAUSE, RESUME):
        moved = await asyncio.gather(*(post.stored.move(kept.id, target, NOW) for _ in range(10)))
        assert len([one for one in moved if one]) == 1
    await post.outbox.drain()
    assert sum(await asyncio.gather(*(post.stored.retry_failed(kept.id, NOW) for _ in range(10)))) == 1
    await post.outbox.drain()
    assert post.script.chats == [10, 10]


async def test_what_cannot_be(post: Post) -> None:
    """What is over or does not exist cannot be moved, and stays as it is."""
    await subscribe(post.database, 10)
    done, cancelled = await shared(post.database), await shared(post.database)
    await post.stored.move(cancelled.id, CANCEL, NOW)
    assert await post.stored.move(cancelled.id, CANCEL, NOW) is None
    await post.outbox.drain()
    for number in (done.id, cancelled.id, 404):
        for target in (PAUSE, RESUME, CANCEL):
            assert await post.stored.move(number, target, NOW) is None
        assert await post.stored.retry_failed(number, NOW) == 0
        assert await post.stored.resend_uncertain(number, NOW) == 0
        assert await post.stored.settle_uncertain(number, NOW) == 0
    assert await post.stored.recall(404, NOW) == 0
    assert await state(post, done) is BroadcastState.DONE
    assert await state(post, cancelled) is CANCEL
    assert post.script.chats == [10]
