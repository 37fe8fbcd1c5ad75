"""A broadcast that is corrected where it has arrived, and where it is on its way."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.accounts import Changes
from bot.core.broadcasts import (
    Blocked,
    Later,
    Outcome,
    Rejected,
    Sent,
    Uncertain,
    Unsendable,
)
from bot.outbox import SENDERS
from storage.people import StoredPeople
from tests.controlling import EVERYBODY, NEW, RECALLED, SENT, correct, drain_until_busy, go_on, restart
from tests.storage.records import (
    LESSON,
    NOW,
    TEXTS,
    filled_form,
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


# Corrected.


async def test_corrected_where_it_arrived(post: Post) -> None:
    """A correction is edited in where the message arrived, for each in their language, and sent to nobody."""
    await subscribe(post.database, 10, 11, 12, 13)
    await StoredPeople(post.database, ()).choose_language(11, "en")
    outcomes: dict[int, list[Outcome | Exception]] = {
        10: [Sent(70)],
        11: [Sent(71)],
        12: [Blocked()],
        13: [Rejected("x")],
    }
    post.script.outcomes = outcomes
    kept = await shared(post.database)
    await post.outbox.drain()
    post.script.sent.clear()
    assert await correct(post, kept) == 2
    assert await post.accounts.changes(kept.id) == Changes(due=2, refused=0)
    await post.outbox.drain()
    await post.outbox.drain()
    assert sorted(post.script.changed) == [(10, 70, NEW["km"]), (11, 71, NEW["en"])]
    assert not post.script.sent
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=0)
    assert (await post.states(kept.id))[SENT] == 2


async def test_corrected_in_the_middle(post: Post) -> None:
    """Corrected in the middle, what was on its way is edited as well, and the others get the new text."""
    await subscribe(post.database, *EVERYBODY)
    kept = await shared(post.database)
    draining = await drain_until_busy(post)
    assert await correct(post, kept) == 0
    await go_on(post, draining)
    old = [chat for chat, html in post.script.sent if html == TEXTS["km"]]
    assert len(old) == SENDERS
    assert sorted(chat for chat, html in post.script.sent if html == NEW["km"]) == sorted(
        set(EVERYBODY) - set(old)
    )
    assert sorted((chat, html) for chat, _, html in post.script.changed) == [
        (chat, NEW["km"]) for chat in sorted(old)
    ]
    assert await post.states(kept.id) == {SENT: len(EVERYBODY)}


async def test_corrected_twice(post: Post) -> None:
    """Corrected again before it was changed, the newest text is what everybody has in the end."""
    await subscribe(post.database, 10)
    kept = await shared(post.database)
    await post.outbox.drain()
    await correct(post, kept)
    assert await post.deliveries.claim_changes(post.clock(), 1)
    await correct(post, kept, {"km": "newest", "en": "newest"})
    await post.outbox.drain()
    assert [html for _, _, html in post.script.changed] == ["newest"]


async def test_a_correction_from_a_stale_form(post: Post) -> None:
    """A form that is gone, or of what was recalled, corrects nothing."""
    await subscribe(post.database, 10)
    kept = await shared(post.database)
    await post.outbox.drain()
    form = await filled_form(post.database, "correct", LESSON)
    assert await post.stored.correct(kept.id, form, NEW, NOW) == 1
    assert await post.stored.correct(kept.id, form, TEXTS, NOW) is None
    await post.stored.recall(kept.id, NOW)
    assert await correct(post, kept, TEXTS) is None
    found = await post.stored.broadcast(kept.id)
    assert found and found.texts == NEW


@pytest.mark.parametrize("refusal", [Rejected("message can't be edited"), Blocked(), Unsendable("too long")])
async def test_a_refused_edit(post: Post, refusal: Outcome) -> None:
    """An edit that Telegram refuses is counted, and not tried again; the message counts as sent."""
    await subscribe(post.database, 10, 11)
    kept = await shared(post.database)
    await post.outbox.drain()
    post.script.outcomes = {10: [refusal]}
    await correct(post, kept)
    await post.outbox.drain()
    post.clock.pass_(days=1)
    await post.outbox.drain()
    assert len(post.script.changed) == 2
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=1)
    assert await post.states(kept.id) == {SENT: 2}
    assert not post.paused


@pytest.mark.parametrize("trouble", [Later("x"), Uncertain("x"), Later("flood", timedelta(seconds=30))])
async def test_an_edit_with_trouble(post: Post, trouble: Outcome) -> None:
    """An edit that did not go, or of which nobody knows, is done again when its time has come."""
    await subscribe(post.database, 10)
    kept = await shared(post.database)
    await post.outbox.drain()
    post.script.outcomes = {10: [trouble]}
    await correct(post, kept)
    await post.outbox.drain()
    await post.outbox.drain()
    assert len(post.script.changed) == 1
    assert await post.accounts.changes(kept.id) == Changes(due=1, refused=0)
    post.clock.pass_(seconds=30)
    await post.outbox.drain()
    assert len(post.script.changed) == 2
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=0)


@pytest.mark.parametrize("recalled", [False, True], ids=["corrected", "recalled"])
async def test_killed_while_changing(post: Post, recalled: bool) -> None:
    """What was being changed or deleted when the bot was killed is done again by the next."""
    await subscribe(post.database, 10, 11)
    kept = await shared(post.database)
    await post.outbox.drain()
    await (post.stored.recall(kept.id, NOW) if recalled else correct(post, kept))
    assert len(await post.deliveries.claim_changes(post.clock(), SENDERS)) == 2
    await restart(post)
    await post.outbox.drain()
    assert sorted(chat for chat, _, _ in post.script.changed) == [10, 11]
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=0)
    assert await post.states(kept.id) == {RECALLED if recalled else SENT: 2}
