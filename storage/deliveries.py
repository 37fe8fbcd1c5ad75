"""Deliveries in the database: what the outbox claims and settles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    MOST_IN_DIGEST,
    Broadcast,
    BroadcastState,
    Changed,
    DeliveryState,
    Ended,
    MessageChange,
    Parcel,
    wanted_at,
)
from bot.core.subscribers import USUAL_HOURS, Hours, Rhythm
from storage.changes import DUE, change_due, claim_changes, give_up_changes, settle_changes
from storage.database import Database
from storage.endings import settle_all
from storage.parcels import FOUND, Found, broadcast_of, parcel_of
from storage.subscribers import standing_of, with_standing
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
                .where(
                    deliveries.c.broadcast_id.in_(select(broadcasts.c.id)),  # by the index
                    deliveries.c.state == DeliveryState.SENDING,
                )
                .values(state=DeliveryState.UNCERTAIN, reason="the bot stopped while sending")
            )
            await give_up_changes(connection)
        return left.rowcount

    async def hasten(self, now: datetime) -> None:
        """Make everything that waits for a later time due: the clock by which that time was set was wrong."""
        waits = or_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.change == DUE)
        async with self._database.write() as connection:
            await connection.execute(
                update(deliveries)
                .where(waits, deliveries.c.next_attempt_at > now)
                .values(next_attempt_at=now)
            )

    async def any_due(self, now: datetime) -> bool:
        """Whether there is a delivery to claim, or a message to change."""
        changing = select(deliveries.c.id).where(*change_due(now))
        async with self._database.read() as connection:
            due = await connection.scalar(_MOST_DUE.with_only_columns(_DUE_AT))
            return bool(due and due <= now) or bool(await connection.scalar(select(changing.exists())))

    async def claim(self, now: datetime, most: int = 1) -> list[Parcel]:
        """Take what is to be sent next, so many at most: single copies, or chats' whole digests.

        Who left, blocked the bot or no longer wants it is passed over; quiet hours are waited for.
        """
        while True:
            async with self._database.write() as connection:
                rows = await _next(connection, now, most)
                if not rows:
                    return []
                parcels = await _claimed(connection, await self._wanted(connection, rows, now), now)
            if parcels:
                return parcels

    async def settle(self, ended: Sequence[Ended], now: datetime) -> list[Broadcast]:
        """Write down what became of some parcels; the broadcasts are returned that this has paused."""
        async with self._database.write() as connection:
            return await settle_all(connection, ended, now)

    async def claim_changes(self, now: datetime, most: int) -> list[MessageChange]:
        """Take messages that have arrived and are to be changed or deleted, so many at most."""
        async with self._database.write() as connection:
            return await claim_changes(connection, now, most)

    async def settle_changes(self, changed: Sequence[Changed], now: datetime) -> None:
        """Write down what became of some changes; where Telegram refuses one for good, why."""
        async with self._database.write() as connection:
            await settle_changes(connection, changed, now)

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

    async def _wanted(
        self, connection: AsyncConnection, rows: Sequence[Found], now: datetime
    ) -> list[list[Found]]:
        """What of due copies, or of the digests that they are part of, is to be sent now; the rest is not."""
        parcels: list[list[Found]] = []
        unwanted: list[int] = []
        later: dict[datetime, list[int]] = {}
        for row in rows:
            standing = standing_of(row)
            together: Sequence[Found] = [row]
            if row.category and standing.preferences.rhythm is not Rhythm.AT_ONCE:
                together = await _due_digest(connection, row.chat_id, now)
            wanted = []
            for one in together:
                match wanted_at(broadcast_of(one), standing, self._hours, now):
                    case None:
                        unwanted.append(one.delivery_id)
                    case at if at > now:
                        later.setdefault(at, []).append(one.delivery_id)
                    case _:
                        wanted.append(one)
            if wanted:
                parcels.append(wanted)
        await _write(connection, unwanted, state=DeliveryState.SKIPPED, settled_at=now)
        for at, ids in later.items():
            await _write(connection, ids, next_attempt_at=at)
        return parcels


async def _next(connection: AsyncConnection, now: datetime, most: int) -> Sequence[Found]:
    """The copies that are due next, with how their chats stand: all of the broadcast that is due first."""
    return (await connection.execute(_NEXT, {"now": now, "most": most})).all()


async def _due_digest(connection: AsyncConnection, chat_id: int, now: datetime) -> Sequence[Found]:
    """What is due to one chat, apart from what is meant for this person."""
    return (await connection.execute(_DIGEST, {"now": now, "most": MOST_IN_DIGEST, "chat": chat_id})).all()


async def _claimed(
    connection: AsyncConnection, parcels: Sequence[Sequence[Found]], now: datetime
) -> list[Parcel]:
    if ids := [row.delivery_id for rows in parcels for row in rows]:
        await connection.execute(_CLAIMING, {"ids": ids, "now": now})
    return [parcel_of(rows, claimed=True) for rows in parcels]


async def _write(connection: AsyncConnection, ids: Sequence[int], **values: Any) -> None:
    if ids:
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**values))


# One look into the index for each broadcast, however many deliveries it has.
_DUE_AT = (
    select(func.min(deliveries.c.next_attempt_at))
    .where(deliveries.c.broadcast_id == broadcasts.c.id, deliveries.c.state == DeliveryState.PENDING)
    .scalar_subquery()
)
# Broadcasts under way that have something to send, in the order in which they have.
_MOST_DUE = (
    select(broadcasts.c.id)
    .where(broadcasts.c.state == BroadcastState.SENDING, _DUE_AT.is_not(None))
    .order_by(_DUE_AT, broadcasts.c.id)
    .limit(1)
)
# What every claim needs is built once: to build it takes longer than to run it.
_DUE = (
    FOUND.where(
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.next_attempt_at <= bindparam("now"),
        broadcasts.c.state == BroadcastState.SENDING,
    )
    .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
    .limit(bindparam("most"))
)
_NEXT = with_standing(_DUE.where(deliveries.c.broadcast_id == _MOST_DUE.correlate(None).scalar_subquery()))
_DIGEST = _DUE.where(deliveries.c.chat_id == bindparam("chat"), broadcasts.c.category.is_not(None))
_REVISION = select(broadcasts.c.revision).where(broadcasts.c.id == deliveries.c.broadcast_id)
_CLAIMING = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=DeliveryState.SENDING,
        attempts=deliveries.c.attempts + 1,
        revision=_REVISION.scalar_subquery(),
        settled_at=bindparam("now"),
    )
)
