"""Received updates: kept once, until they are done, and forgotten after that."""

from datetime import timedelta

from bot.core.inbox import REMEMBERED
from storage.database import Database
from storage.inbox import StoredInbox
from tests.storage.records import NOW


async def test_an_update_is_kept_once(database: Database) -> None:
    """An update that Telegram offers again is not kept again, even when it was done."""
    inbox = StoredInbox(database)
    assert await inbox.keep(7, {"update_id": 7}, NOW)
    assert not await inbox.keep(7, {"update_id": 7}, NOW)
    await inbox.begin(7)
    await inbox.finish(7)
    assert not await inbox.keep(7, {"update_id": 7}, NOW)


async def test_left_over(database: Database) -> None:
    """What was not finished is left over, in order, with what was begun marked; what was done is not."""
    inbox = StoredInbox(database)
    for number in (3, 1, 2):
        await inbox.keep(number, {"update_id": number}, NOW)
    await inbox.begin(1)
    await inbox.begin(2)
    await inbox.finish(2)
    left = await inbox.left_over()
    assert [(kept.payload["update_id"], kept.begun) for kept in left] == [(1, True), (3, False)]


async def test_done_updates_are_forgotten(database: Database) -> None:
    """What was done is forgotten when Telegram cannot offer it any more, and nothing else is."""
    inbox = StoredInbox(database)
    for number in (1, 2):
        await inbox.keep(number, {"update_id": number}, NOW)
    await inbox.finish(1)
    await inbox.forget_done(NOW + REMEMBERED)
    assert not await inbox.keep(1, {"update_id": 1}, NOW)
    await inbox.forget_done(NOW + REMEMBERED + timedelta(seconds=1))
    assert await inbox.keep(1, {"update_id": 1}, NOW)
    assert len(await inbox.left_over()) == 2
