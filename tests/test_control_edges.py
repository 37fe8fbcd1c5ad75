"""The edges of controlling broadcasts: what comes at once, twice, or after the end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update
from telegram.ext import ExtBot

from bot.account import to_workbook
from bot.core.accounts import Changes
from bot.core.broadcasts import (
    Broadcast,
    BroadcastState,
    Changed,
    DeliveryState,
    Later,
    MessageChange,
    Outcome,
    Rejected,
    Sent,
    Uncertain,
)
from bot.outbox import SENDERS
from bot.pacing import Pace, Pacer
from bot.sandbox.api.errors import ApiError
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import TOKEN, Telegram
from bot.telegram_sender import TelegramSender
from handlers.broadcasts.progress import Watch
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.tables import deliveries
from tests.controlling import correct, drain_until_busy, go_on
from tests.handlers.phones import press, tap
from tests.handlers.test_progress import (
    CANCEL,
    COORDINATOR,
    READERS,
    YES,
    confirmed,
    do,
    opened,
    page,
    refresh,
    state,
)
from tests.seconds import Seconds
from tests.storage.records import NOW, as_written, new_file, parcel, shared, subscribe
from tests.test_outbox import Post
from tests.world import Clock, World

PENDING, SENT, RECALLED = DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.RECALLED
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """An outbox over a file of its own."""
    post = Post(await new_file(tmp_path))
    yield post
    await post.database.close()


async def arrived(post: Post, *chats: int) -> Broadcast:
    """A broadcast that these chats have got."""
    await subscribe(post.database, *chats)
    kept = await shared(post.database)
    await post.outbox.drain()
    return kept


async def claimed(post: Post, now: datetime = NOW) -> MessageChange:
    (change,) = await post.deliveries.claim_changes(now, 1)
    return change


# 1. What comes back after the end waits for ever.


@pytest.mark.parametrize("outcome", [Later("Bad Gateway"), Later("flood", timedelta(seconds=9))])
@pytest.mark.parametrize("recalled", [False, True], ids=["cancelled", "recalled"])
async def test_under_way_when_it_ended(post: Post, outcome: Outcome, recalled: bool) -> None:
    """What was on its way at the cancel or recall and did not go is skipped with the others."""
    await subscribe(post.database, *range(100, 108))
    kept = await shared(post.database)
    post.script.outcomes = {100: [outcome]}
    draining = await drain_until_busy(post)
    if recalled:
        await post.stored.recall(kept.id, NOW)
    else:
        await post.stored.move(kept.id, BroadcastState.CANCELLED, NOW)
    await go_on(post, draining)
    assert PENDING not in await post.states(kept.id)


# 2. The failed of a cancelled broadcast.


@pytest.mark.parametrize("outcome", [Rejected("x"), Uncertain("x")])
async def test_again_after_a_cancel(post: Post, outcome: Outcome) -> None:
    """Of a cancelled broadcast the failed and uncertain are sent to again, or it is said that they cannot."""
    await subscribe(post.database, *range(100, 112))
    kept = await shared(post.database)
    post.script.outcomes = {100: [outcome]}
    draining = await drain_until_busy(post)
    await post.stored.move(kept.id, BroadcastState.CANCELLED, NOW)
    await go_on(post, draining)
    again = await post.stored.retry_failed(kept.id, NOW) + await post.stored.resend_uncertain(kept.id, NOW)
    await post.outbox.drain()
    assert PENDING not in await post.states(kept.id)
    assert post.script.chats.count(100) == 1 + again
    assert len(set(post.script.chats)) == 8


# 3. An edit or a recall while an earlier edit is on its way.


async def test_recalled_while_being_edited(post: Post) -> None:
    """What was being edited at the recall, and is deleted, counts as recalled."""
    kept = await arrived(post, 10)
    await correct(post, kept)
    editing = await claimed(post)
    await post.stored.recall(kept.id, NOW)
    deleting = await claimed(post)
    await post.deliveries.settle_changes([Changed(editing, Sent(1)), Changed(deleting, Sent(1))], NOW)
    await post.outbox.drain()
    assert await post.states(kept.id) == {RECALLED: 1}


async def test_corrected_while_being_edited(post: Post) -> None:
    """Of two edits under way at once, the end of the first does not hide that the second must be redone."""
    kept = await arrived(post, 10)
    await correct(post, kept)
    first = await claimed(post)
    await correct(post, kept, {"km": "newest", "en": "newest"})
    second = await claimed(post)
    ended = [Changed(first, Sent(1)), Changed(second, Later("Bad Gateway"))]
    await post.deliveries.settle_changes(ended, NOW)
    post.clock.pass_(hours=1)
    await post.outbox.drain()
    assert [html for _, _, html in post.script.changed] == ["newest"]


# 4. A message that is gone.


async def test_deleted_twice() -> None:
    """A message that is gone already, as after a kill in the middle, counts as deleted."""
    telegram = Telegram(Clock())
    person = telegram.person("សុខា", 7001)
    person.start()
    request = SandboxRequest(telegram)
    seconds = Seconds()
    pace = Pace(seconds)
    pacer = Pacer(pace, seconds.sleep)
    async with ExtBot(TOKEN, request=request, get_updates_request=request, rate_limiter=pacer) as bot:
        sender = TelegramSender(bot, as_written)
        sent = await sender.send(parcel(7001, "x"))
        assert isinstance(sent, Sent)
        for _ in range(2):
            assert await sender.delete(7001, sent.message_id) == sent


# 5. A memory that is busy for a moment.


class Busy(StoredDeliveries):
    """Deliveries of which the end of a change cannot be written down at the first try."""

    tries = 0

    async def settle_changes(self, changed: Sequence[Changed], now: datetime) -> None:
        self.tries += 1
        if self.tries == 1:
            raise OSError("database is locked")
        await super().settle_changes(changed, now)


async def test_a_busy_memory_at_a_change(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is busy for a moment does not leave a change open until the next start."""
    kept = await arrived(post, 10)
    await correct(post, kept)
    post.deliveries = Busy(post.database)
    post.open_outbox()
    await asyncio.wait({draining := asyncio.create_task(post.outbox.drain())})
    draining.exception()
    post.clock.pass_(hours=1)
    await post.outbox.drain()
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=0)


class Noted(StoredDeliveries):
    """Deliveries that note how many changes are written together; full: nothing can be written."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.together: list[int] = []
        self.full = False

    async def settle_changes(self, changed: Sequence[Changed], now: datetime) -> None:
        if self.full:
            raise OSError("disk full")
        self.together.append(len(changed))
        await super().settle_changes(changed, now)


async def test_changes_are_written_together(post: Post) -> None:
    """Changes that end while others are being written share the next transaction."""
    kept = await arrived(post, *range(100, 100 + SENDERS))
    await correct(post, kept)
    post.deliveries = stored = Noted(post.database)
    post.open_outbox()
    await post.outbox.drain()
    assert sum(stored.together) == SENDERS
    assert len(stored.together) < SENDERS


async def test_a_full_disk_forgets_no_change(post: Post) -> None:
    """What came of changes and cannot be written is kept; no other is made before it is, and none twice."""
    kept = await arrived(post, *range(100, 120))
    await correct(post, kept)
    post.deliveries = stored = Noted(post.database)
    post.open_outbox()
    stored.full = True
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            await post.outbox.drain()
    assert 0 < len(post.script.changed) <= SENDERS
    stored.full = False
    await post.outbox.drain()
    assert sorted(chat for chat, _, _ in post.script.changed) == list(range(100, 120))
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=0)


async def test_a_digest_that_was_corrected(post: Post) -> None:
    """Of what came in one message, only what is recalled goes from it; with the last, the message."""
    await subscribe(post.database, 10)
    first, second = await shared(post.database), await shared(post.database)
    async with post.database.write() as connection:
        await connection.execute(update(deliveries).values(state=SENT, message_id=7))
    await post.stored.recall(first.id, NOW)
    (change,) = await post.deliveries.claim_changes(NOW, 5)
    assert change.delivery.broadcast.id == first.id
    assert change.parcel and [one.broadcast.id for one in change.parcel.deliveries] == [second.id]
    await post.stored.recall(second.id, NOW)
    (change,) = await post.deliveries.claim_changes(NOW, 5)
    assert change.parcel is None


# 6. The page.


async def test_the_question_stays(world: World) -> None:
    """While it is asked whether to cancel, the progress does not take the question away."""
    kept = await confirmed(world, *READERS)
    await opened(world, kept)
    watch = Watch()
    await refresh(world, watch)
    await press(world, COORDINATOR, CANCEL)
    trouble = ApiError(502, "Bad Gateway")
    world.telegram.fail_next("sendMessage", trouble, chat_id=world.person("staff").id)
    await world.send_broadcasts()
    await refresh(world, watch)
    assert YES in page(world)


async def test_how_fast_after_a_pause(world: World) -> None:
    """How fast it goes does not count the time in which it was paused."""
    kept = await confirmed(world, *READERS)
    trouble = ApiError(502, "Bad Gateway")
    world.telegram.fail_next("sendMessage", trouble, chat_id=world.person("staff").id)
    await world.send_broadcasts()
    await do(world, f"b-do:pause:{kept.id}")
    world.clock.pass_(days=2)
    await do(world, f"b-do:resume:{kept.id}")
    assert "២៨៨០" not in await opened(world, kept)  # minutes left: two days


# 7. The recall says what it did.


async def test_a_recall_without_anything_to_delete(world: World) -> None:
    """A recall of what nobody got for certain is no «cannot be done»: it takes effect."""
    kept = await confirmed(world, *READERS)
    await opened(world, kept)
    said = await tap(world, COORDINATOR, f"b-do:recall:{kept.id}")
    assert await state(world, kept) is BroadcastState.CANCELLED
    assert "មិនអាចធ្វើបានទេ" not in said


async def test_no_account_of_nothing(world: World) -> None:
    """Of a broadcast that does not exist there is no account, and this is said."""
    await confirmed(world)
    assert "គ្មានការផ្សព្វផ្សាយនេះទេ" in await tap(world, COORDINATOR, "b-account:404")


def test_signs_that_excel_cannot_hold() -> None:
    """A name with a sign that no spreadsheet can hold does not keep the account from being made."""
    body = to_workbook("x", ["name"], [("សុខា\x07\x0b",)])
    sheet = load_workbook(BytesIO(body)).active
    assert sheet and str(sheet["A2"].value).startswith("សុខា")


async def test_an_edit_that_never_succeeds(post: Post) -> None:
    """A change that Telegram cannot make is tried again, ever more seldom, and given up with the reason."""
    kept = await arrived(post, 10)
    await correct(post, kept)
    post.script.outcomes = {10: [Later("Bad Gateway")] * 100}
    gaps = []
    while (await post.accounts.changes(kept.id)).due:
        await post.outbox.drain()
        began = post.clock()
        tries = len(post.script.changed)
        while len(post.script.changed) == tries and (await post.accounts.changes(kept.id)).due:
            post.clock.pass_(seconds=60)
            await post.outbox.drain()
        gaps.append(post.clock() - began)
    assert await post.accounts.changes(kept.id) == Changes(due=0, refused=1)
    assert gaps[0] < gaps[-2]
    (recipient,) = await post.accounts.recipients(kept.id)
    assert recipient.reason == "Bad Gateway"
