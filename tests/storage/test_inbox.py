"""Received updates: kept once, until they are done, and forgotten after that."""

import asyncio
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


async def test_each_is_begun_once(database: Database, other: Database) -> None:
    """Of two processes that take up one update, one begins it; and one ends what was begun."""
    inboxes = StoredInbox(database), StoredInbox(other)
    await inboxes[0].keep(1, {"update_id": 1}, NOW)
    assert sorted(await asyncio.gather(*(one.begin(1) for one in inboxes))) == [False, True]
    assert sorted(await asyncio.gather(*(one.finish(1) for one in inboxes))) == [False, True]
    assert await inboxes[0].left_over() == []


async def test_done_updates_are_forgotten(database: Database) -> None:
    """What was done is forgotten when Telegram cannot offer it any more, and nothing else is."""
    inbox = StoredInbox(database)
    for number in (1, 2):
        await inbox.keep(number, {"update_id": number}, NOW)
    await inbox.begin(1)
    await inbox.finish(1)
    await inbox.forget_done(NOW + REMEMBERED)
    assert not await inbox.keep(1, {"update_id": 1}, NOW)
    await inbox.forget_done(NOW + REMEMBERED + timedelta(seconds=1))
    assert await inbox.keep(1, {"update_id": 1}, NOW)
    assert len(await inbox.left_over()) == 2
