"""What became of claimed deliveries, many in one transaction of storage.deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    MOST_FAILURES,
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    Ended,
    Settlement,
    failed,
)
from storage.changes import note_changes_where_outdated
from storage.parcels import broadcast_of
from storage.tables import broadcasts, deliveries

_SETTLING: Final = update(deliveries).where(
    deliveries.c.id == bindparam("delivery"), deliveries.c.state == DeliveryState.SENDING
)


async def settle_all(connection: AsyncConnection, ended: Sequence[Ended], now: datetime) -> list[Broadcast]:
    """Write it down in the order in which they ended; the broadcasts are returned that this has paused.

    What is no longer being sent, because a start in between gave it up, stays as it is.
    """
    given = [(delivery, one.settlement) for one in ended for delivery in one.parcel.deliveries]
    ids = [delivery.id for delivery, _ in given]
    being_sent = set(
        await connection.scalars(
            select(deliveries.c.id).where(
                deliveries.c.id.in_(ids), deliveries.c.state == DeliveryState.SENDING
            )
        )
    )
    settled = [(delivery, settlement) for delivery, settlement in given if delivery.id in being_sent]
    if not settled:
        return []
    await connection.execute(
        _SETTLING, [_values(delivery, settlement, now) for delivery, settlement in settled]
    )
    sent = [one.id for one, settlement in settled if settlement.state is DeliveryState.SENT]
    waiting = [one.id for one, settlement in settled if settlement.state is DeliveryState.PENDING]
    await note_changes_where_outdated(connection, sent)
    await _skip_where_over(connection, waiting)
    return await _note_failures(connection, settled)


def _values(delivery: Delivery, settlement: Settlement, now: datetime) -> dict[str, object]:
    return {
        "delivery": delivery.id,
        "state": settlement.state,
        "attempts": delivery.attempts if settlement.counts_attempt else delivery.attempts - 1,
        "next_attempt_at": settlement.next_attempt_at or now,
        "message_id": settlement.message_id,
        "reason": settlement.reason,
        "settled_at": now,
    }


async def skip_pending(connection: AsyncConnection, broadcast_id: int, reason: str, now: datetime) -> None:
    """What a broadcast has not sent yet is not sent any more."""
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.SKIPPED, reason=reason, settled_at=now)
    )


async def _skip_where_over(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """The broadcast was cancelled or recalled while these were on their way: they are not tried again."""
    if not ids:
        return
    over = exists().where(
        broadcasts.c.id == deliveries.c.broadcast_id,
        or_(broadcasts.c.state == BroadcastState.CANCELLED, broadcasts.c.recalled_at.is_not(None)),
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.id.in_(ids), over).values(state=DeliveryState.SKIPPED)
    )


async def _note_failures(
    connection: AsyncConnection, settled: Sequence[tuple[Delivery, Settlement]]
) -> list[Broadcast]:
    """Count failures in a row, and pause what has too many or would fail for everybody."""
    paused = []
    faultless: set[int] = set()
    for delivery, settlement in settled:
        broadcast_id = delivery.broadcast.id
        if settlement.state is DeliveryState.SENT:
            if broadcast_id not in faultless:
                await _forget_failures(connection, broadcast_id)
            faultless.add(broadcast_id)
        elif settlement.pauses or failed(settlement):
            faultless.discard(broadcast_id)
            paused.append(await _note_failure(connection, broadcast_id, settlement))
    return [broadcast for broadcast in paused if broadcast]


async def _forget_failures(connection: AsyncConnection, broadcast_id: int) -> None:
    await connection.execute(
        update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.failures > 0)
        .values(failures=0)
    )


async def _note_failure(
    connection: AsyncConnection, broadcast_id: int, settlement: Settlement
) -> Broadcast | None:
    await connection.execute(
        update(broadcasts).where(broadcasts.c.id == broadcast_id).values(failures=broadcasts.c.failures + 1)
    )
    many = [] if settlement.pauses else [broadcasts.c.failures >= MOST_FAILURES]
    paused = await connection.execute(
        update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.state == BroadcastState.SENDING, *many)
        .values(state=BroadcastState.PAUSED, reason=settlement.reason, failures=0)
        .returning(broadcasts)
    )
    row = paused.one_or_none()
    return broadcast_of(row) if row else None
