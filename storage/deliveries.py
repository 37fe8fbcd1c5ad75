"""Deliveries in the database: what the outbox claims and settles."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    MOST_FAILURES,
    MOST_IN_DIGEST,
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    MessageChange,
    Outcome,
    Parcel,
    Settlement,
    failed,
    wanted_at,
)
from bot.core.subscribers import USUAL_HOURS, Hours, Rhythm
from storage.changes import change_due, claim_change, give_up_changes, note_change_if_outdated, settle_change
from storage.database import Database
from storage.parcels import FOUND, Found, broadcast_of, parcel_of
from storage.subscribers import standings
from storage.tables import broadcasts, deliveries

_UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING)


class StoredDeliveries:
    """`hours` say when a chat is left in peace."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def give_up_claims(self) -> int:
        """Mark what a crash left in sending as uncertain; how many. Only before the first claim."""
        async with self._database.write() as connection:
            left = await connection.execute(
                update(deliveries)
                .where(deliveries.c.state == DeliveryState.SENDING)
                .values(state=DeliveryState.UNCERTAIN, reason="the bot stopped while sending")
            )
            await give_up_changes(connection)
        return left.rowcount

    async def any_due(self, now: datetime) -> bool:
        """Whether there is a delivery to claim, or a message to change."""
        due = select(deliveries.c.id).join_from(deliveries, broadcasts).where(*_due(now))
        changing = select(deliveries.c.id).where(*change_due(now))
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(or_(due.exists(), changing.exists()))))

    async def claim(self, now: datetime) -> Parcel | None:
        """Take what is to be sent next: one copy, or a chat's whole digest.

        Who left, blocked the bot or no longer wants it is passed over; quiet hours are waited for.
        """
        while True:
            async with self._database.write() as connection:
                found = await connection.execute(FOUND.where(*_due(now)).order_by(*_IN_TURN).limit(1))
                row = found.one_or_none()
                if row is None:
                    return None
                wanted = await self._wanted(connection, row, now)
                if wanted:
                    return await _claimed(connection, wanted, now)

    async def settle(self, parcel: Parcel, settlement: Settlement, now: datetime) -> list[Broadcast]:
        """Write down what became of it; the broadcasts are returned that this has paused."""
        async with self._database.write() as connection:
            paused = [await _settle(connection, delivery, settlement, now) for delivery in parcel.deliveries]
        return [broadcast for broadcast in paused if broadcast]

    async def claim_change(self, now: datetime) -> MessageChange | None:
        """Take the next message that has arrived and is to be changed or deleted."""
        async with self._database.write() as connection:
            return await claim_change(connection, now)

    async def settle_change(self, change: MessageChange, outcome: Outcome, now: datetime) -> None:
        """Write down what became of a change; where Telegram refuses it for good, why."""
        async with self._database.write() as connection:
            await settle_change(connection, change, outcome, now)

    async def finish(self, now: datetime) -> list[Broadcast]:
        """Close the broadcasts that have nothing left to send; each is returned once."""
        unfinished = exists().where(
            deliveries.c.broadcast_id == broadcasts.c.id, deliveries.c.state.in_(_UNFINISHED)
        )
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(broadcasts)
                .where(broadcasts.c.state == BroadcastState.SENDING, ~unfinished)
                .values(finished_at=now, state=BroadcastState.DONE)
                .returning(broadcasts)
            )
            return [broadcast_of(row) for row in rows]

    async def _wanted(self, connection: AsyncConnection, row: Found, now: datetime) -> list[Found]:
        """What of a due copy, or of the digest that it belongs to, is to be sent now; the rest is put off."""
        standing = (await standings(connection, [row.chat_id]))[row.chat_id]
        together: Sequence[Found] = [row]
        if row.category and standing.preferences.rhythm is not Rhythm.AT_ONCE:
            together = await _due_digest(connection, row.chat_id, now)
        wanted = []
        for one in together:
            match wanted_at(broadcast_of(one), standing, self._hours, now):
                case None:
                    values: dict[str, object] = {"state": DeliveryState.SKIPPED, "settled_at": now}
                    await _write(connection, one, values)
                case later if later > now:
                    await _write(connection, one, {"next_attempt_at": later})
                case _:
                    wanted.append(one)
        return wanted


async def _due_digest(connection: AsyncConnection, chat_id: int, now: datetime) -> Sequence[Found]:
    """What is due to one chat, apart from what is meant for this person."""
    due = FOUND.where(*_due(now), deliveries.c.chat_id == chat_id, broadcasts.c.category.is_not(None))
    return (await connection.execute(due.order_by(*_IN_TURN).limit(MOST_IN_DIGEST))).all()


async def _claimed(connection: AsyncConnection, rows: Sequence[Found], now: datetime) -> Parcel:
    for row in rows:
        claim = {"state": DeliveryState.SENDING, "revision": row.revision, "settled_at": now}
        await _write(connection, row, {**claim, "attempts": row.attempts + 1})
    ids = [row.delivery_id for row in rows]
    claimed = await connection.execute(FOUND.where(deliveries.c.id.in_(ids)).order_by(*_IN_TURN))
    return parcel_of(claimed.all())


async def _write(connection: AsyncConnection, row: Found, values: dict[str, object]) -> None:
    await connection.execute(update(deliveries).where(deliveries.c.id == row.delivery_id).values(**values))


async def _settle(
    connection: AsyncConnection, delivery: Delivery, settlement: Settlement, now: datetime
) -> Broadcast | None:
    settled = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.state == DeliveryState.SENDING)
        .values(
            state=settlement.state,
            attempts=delivery.attempts if settlement.counts_attempt else delivery.attempts - 1,
            next_attempt_at=settlement.next_attempt_at or now,
            message_id=settlement.message_id,
            reason=settlement.reason,
            settled_at=now,
        )
        .returning(deliveries.c.revision)
    )
    revision = settled.scalar_one_or_none()
    if revision is None:
        return None
    if settlement.state is DeliveryState.SENT:
        await note_change_if_outdated(connection, delivery, revision)
    elif settlement.state is DeliveryState.PENDING:
        await _skip_if_over(connection, delivery)
    return await _note_failure(connection, delivery.broadcast.id, settlement)


async def _skip_if_over(connection: AsyncConnection, delivery: Delivery) -> None:
    """The broadcast was cancelled or recalled while this was on its way: it is not tried again."""
    over = exists().where(
        broadcasts.c.id == delivery.broadcast.id,
        or_(broadcasts.c.state == BroadcastState.CANCELLED, broadcasts.c.recalled_at.is_not(None)),
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery.id, over).values(state=DeliveryState.SKIPPED)
    )


async def _note_failure(
    connection: AsyncConnection, broadcast_id: int, settlement: Settlement
) -> Broadcast | None:
    """Count failures in a row, and pause the broadcast when there are too many or all would fail."""
    if settlement.state is DeliveryState.SENT:
        await connection.execute(
            update(broadcasts)
            .where(broadcasts.c.id == broadcast_id, broadcasts.c.failures > 0)
            .values(failures=0)
        )
        return None
    if not (settlement.pauses or failed(settlement)):
        return None
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


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.next_attempt_at <= now,
        broadcasts.c.state == BroadcastState.SENDING,
    )


_IN_TURN = (deliveries.c.next_attempt_at, deliveries.c.id)
