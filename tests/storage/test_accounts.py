"""The account of a broadcast: what was tried lately is counted without looking at all of it."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from bot.core.broadcasts import Ended, Later, Outcome, Rejected, Sent, settle
from storage.accounts import StoredAccounts, tried_since
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.subscriptions import StoredSubscriptions
from tests.storage.records import BANTEAY_NEANG, NOW, TONLE_BASAK, broadcast, subscribe, unsubscribe


async def test_tried(database: Database) -> None:
    """What was sent or could not be counts from its end on; what waits or was passed over does not."""
    await subscribe(database, *range(10, 15))
    kept = await broadcast(database)
    await unsubscribe(database, 14)
    stored = StoredDeliveries(database)
    parcels = await stored.claim(NOW, 5)
    outcomes: list[Outcome] = [Sent(1), Sent(2), Rejected("x"), Later("x")]
    for minute, (parcel, outcome) in enumerate(zip(parcels, outcomes, strict=True)):
        now = NOW + timedelta(minutes=minute)
        await stored.settle([Ended(parcel, settle(outcome, 1, now))], now)
    accounts = StoredAccounts(database)
    tried = [await accounts.tried(kept.id, NOW + timedelta(minutes=minute)) for minute in range(4)]
    assert tried == [3, 2, 1, 0]


async def test_provinces_of_now(database: Database) -> None:
    """A council that a recipient left counts in no province."""
    await subscribe(database, 10)
    await subscribe(database, 10, commune=BANTEAY_NEANG)
    kept = await broadcast(database)
    await StoredSubscriptions(database).unsubscribe(10, BANTEAY_NEANG, NOW)
    assert [one.code for one in await StoredAccounts(database).by_province(kept.id)] == [TONLE_BASAK[:2]]


async def test_tried_is_found_by_the_index(database: Database) -> None:
    """Only what was tried lately is looked at, however many deliveries the broadcast has."""
    compiled = tried_since(1, NOW).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    async with database.read() as connection:
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
        (step,) = [row.detail for row in plan]
    assert "(broadcast_id=? AND state=? AND next_attempt_at>?)" in step
