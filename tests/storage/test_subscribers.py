"""Chats as subscribers, kept in one statement each, and moved with all that is theirs."""

import asyncio
from datetime import timedelta

from sqlalchemy import select, update

from bot.core.broadcasts import DeliveryState, Ended, Moved, settle
from bot.core.subscribers import Category, Preferences, QuietHours, Rhythm
from storage.audiences import StoredAudiences
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.subscribers import StoredSubscribers
from storage.subscriptions import StoredSubscriptions
from storage.tables import deliveries
from tests.storage.records import BANTEAY_NEANG, EVERYTHING, NOW, TONLE_BASAK, broadcast, meet, subscribe

OLD, NEW = -4_000_000_001, -1_001_000_000_002


async def test_wishes(database: Database) -> None:
    """Every wish is kept beside the others, and each call tells whether it changed something."""
    stored = StoredSubscribers(database)
    until = NOW + timedelta(days=7)
    for changed in (True, False):
        done = await asyncio.gather(
            stored.want(OLD, Category.FORUMS, False),
            stored.mute(OLD, "budget", True),
            stored.set_rhythm(OLD, Rhythm.WEEKLY, NOW),
            stored.set_quiet(OLD, QuietHours(0, 0)),
            stored.pause(OLD, until),
            stored.speak(OLD, "en"),
        )
        assert set(done) == {changed}
    await stored.meet_group(OLD, "ភូមិ")
    kept = await stored.subscriber(OLD)
    wanted = frozenset({Category.LESSONS, Category.MEETINGS})
    assert kept.preferences == Preferences(
        wanted, frozenset({"budget"}), Rhythm.WEEKLY, QuietHours(0, 0), until
    )
    assert (kept.title, kept.reads) == ("ភូមិ", "en")
    assert await stored.set_quiet(OLD, None) and await stored.pause(OLD, None)
    assert (await stored.subscriber(OLD)).preferences.quiet is None


async def test_a_person_comes_back(database: Database) -> None:
    """Who blocked the bot is reached again when they return, whatever they had chosen before."""
    await subscribe(database, 100)
    stored, audiences = StoredSubscribers(database), StoredAudiences(database)
    await stored.want(100, Category.FORUMS, False)
    await stored.mark_out_of_reach([100], NOW)
    assert (await audiences.reach(EVERYTHING)).chats == 0
    await meet(database, 100)
    assert (await audiences.reach(EVERYTHING)).chats == 1


async def test_move(database: Database) -> None:
    """Wishes and councils of a group go along to its new id, also where something stands there already."""
    stored, councils = StoredSubscribers(database), StoredSubscriptions(database)
    await subscribe(database, OLD, NEW)
    await councils.subscribe(OLD, BANTEAY_NEANG, OLD, NOW)
    await councils.unsubscribe(NEW, TONLE_BASAK, NOW)
    await stored.want(OLD, Category.FORUMS, False)
    await stored.mute(OLD, "budget", True)
    await stored.mark_out_of_reach([OLD], NOW)
    await stored.meet_group(NEW, "ភូមិ")
    for _ in range(2):  # Telegram tells of it in both chats
        await stored.move(OLD, NEW)
    moved = await stored.subscriber(NEW)
    assert Category.FORUMS not in moved.preferences.categories
    assert moved.preferences.muted_themes == {"budget"}
    assert [one.code for one in await councils.of_chat(NEW)] == [BANTEAY_NEANG, TONLE_BASAK]
    assert await councils.of_chat(OLD) == []


async def test_move_of_what_waits(database: Database) -> None:
    """What waits for a group goes to its new id; where it waits there already, it is not sent twice."""
    await subscribe(database, OLD)
    alone = await broadcast(database)
    await subscribe(database, NEW)
    both = await broadcast(database)
    await StoredSubscribers(database).move(OLD, NEW)
    async with database.read() as connection:
        rows = (await connection.execute(select(deliveries))).all()
    assert {(row.broadcast_id, row.chat_id): row.state for row in rows} == {
        (alone.id, NEW): DeliveryState.PENDING,
        (both.id, NEW): DeliveryState.PENDING,
        (both.id, OLD): DeliveryState.SKIPPED,
    }


async def test_move_of_what_is_on_its_way(database: Database) -> None:
    """A message that is being sent to the old id is tried next at the new one."""
    await subscribe(database, OLD)
    await broadcast(database)
    queue = StoredDeliveries(database)
    (parcel,) = await queue.claim(NOW)
    assert parcel.chat_id == OLD
    await StoredSubscribers(database).move(OLD, NEW)
    await queue.settle([Ended(parcel, settle(Moved(NEW), parcel.attempts, NOW))], NOW)
    (again,) = await queue.claim(NOW)
    assert again.chat_id == NEW


async def test_what_was_tried_is_not_planned_anew(database: Database) -> None:
    """A new rhythm moves what waits for its first attempt, and leaves what is being tried again."""
    stored = StoredSubscribers(database)
    await subscribe(database, OLD)
    tried, fresh = await broadcast(database), await broadcast(database)
    again = NOW + timedelta(minutes=3)
    async with database.write() as connection:
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.broadcast_id == tried.id)
            .values(attempts=1, next_attempt_at=again)
        )
    await stored.set_rhythm(OLD, Rhythm.DAILY, NOW)
    async with database.read() as connection:
        rows = (await connection.execute(select(deliveries))).all()
    planned = {row.broadcast_id: row.next_attempt_at for row in rows}
    tomorrow = NOW.replace(hour=8) + timedelta(days=1)
    assert planned == {tried.id: again, fresh.id: tomorrow}
