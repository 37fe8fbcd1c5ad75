"""A broadcast that is recalled: deleted where it has arrived, and sent to nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.accounts import Changes
from bot.core.broadcasts import (
    Later,
    Outcome,
    Rejected,
    Sent,
    Uncertain,
)
from bot.outbox import SENDERS
from tests.controlling import (
    EVERYBODY,
    FAILED,
    RECALLED,
    RESUME,
    SENT,
    SKIPPED,
    correct,
    drain_until_busy,
    go_on,
    restart,
)
from tests.storage.records import (
    new_file,
    shared,
    subscribe,
)
from tests.test_outbox import Post


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """An outbox over a file of its own."""
    post = Post(await new_file(tmp_path))
    yield post
    await post.database.close()


# Recalled.


async def test_recalled(post: Post) -> None:
    """Recalled, it is deleted where it arrived; where that cannot be is counted, and it still stands."""
    await subscribe(post.database, 10, 11, 12)
    post.script.outcomes = {10: [Sent(70), Rejected("message can't be deleted")], 12: [Rejected("x")]}
    kept = await shared(post.database)
    await post.outbox.drain()
    post.script.sent.clear()
    assert await post.stored.recall(kept.id, post.clock()) == 2
    await post.outbox.drain()
    await post.outbox.drain()
    assert sorted((chat, html) for chat, _, html in post.script.changed) == [(10, ""), (11, "")]
    assert await post.states(kept.id) == {SENT: 1, RECALLED: 1, FAILED: 1}
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=1)
    assert not post.script.sent


async def test_a_recall_waits_for_nobody(post: Post) -> None:
    """A recall is done as soon as a few copies of another broadcast have arrived, before the rest go out."""
    await subscribe(post.database, 10)
    wrong = await shared(post.database)
    await post.outbox.drain()
    await subscribe(post.database, *range(100, 200))
    await shared(post.database)
    post.script.sent.clear()
    draining = await drain_until_busy(post)
    await post.stored.recall(wrong.id, post.clock())
    delete = post.script.delete

    async def note(chat_id: int, message_id: int) -> Outcome:
        assert len(post.script.sent) < 100
        return await delete(chat_id, message_id)

    post.script.delete = note  # type: ignore[method-assign]  # the same, and when it happens
    await go_on(post, draining)
    assert [chat for chat, _, _ in post.script.changed] == [10]


async def test_recalled_in_the_middle(post: Post) -> None:
    """Recalled in the middle, what was on its way is deleted too, and nobody else gets it, ever."""
    await subscribe(post.database, *EVERYBODY)
    kept = await shared(post.database)
    draining = await drain_until_busy(post)
    await post.stored.recall(kept.id, post.clock())
    await go_on(post, draining)
    await restart(post)
    assert await post.stored.move(kept.id, RESUME, post.clock()) is None
    await post.outbox.drain()
    assert len(post.script.sent) == SENDERS
    assert sorted(chat for chat, _, html in post.script.changed if not html) == post.script.chats
    assert await post.states(kept.id) == {RECALLED: SENDERS, SKIPPED: 4}


@pytest.mark.parametrize("outcome", [Rejected("x"), Uncertain("x")])
async def test_nothing_again_after_a_recall(post: Post, outcome: Outcome) -> None:
    """After a recall neither the failed nor the uncertain get it any more."""
    await subscribe(post.database, 10, 11)
    post.script.outcomes = {10: [outcome]}
    kept = await shared(post.database)
    await post.outbox.drain()
    await post.stored.recall(kept.id, post.clock())
    assert await post.stored.retry_failed(kept.id, post.clock()) == 0
    assert await post.stored.resend_uncertain(kept.id, post.clock()) == 0
    post.script.sent.clear()
    await post.outbox.drain()
    assert not post.script.sent


async def test_recalled_after_a_correction(post: Post) -> None:
    """A recall deletes also where a correction was refused or still to be made, and edits nothing more."""
    await subscribe(post.database, 10, 11)
    kept = await shared(post.database)
    await post.outbox.drain()
    post.script.outcomes = {10: [Rejected("message can't be edited")], 11: [Later("x")]}
    await correct(post, kept)
    await post.outbox.drain()
    post.script.changed.clear()
    assert await post.stored.recall(kept.id, post.clock()) == 2
    post.clock.pass_(minutes=1)
    await post.outbox.drain()
    assert sorted((chat, html) for chat, _, html in post.script.changed) == [(10, ""), (11, "")]
    assert await post.states(kept.id) == {RECALLED: 2}
