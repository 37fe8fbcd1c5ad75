"""Corrections and recalls of messages that have arrived, in the transactions of storage.deliveries."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    FIRST_RETRY,
    Blocked,
    DeliveryState,
    Later,
    MessageChange,
    Moved,
    Outcome,
    Rejected,
    Sent,
    Uncertain,
    Unsendable,
)
from storage.parcels import FOUND, delivery_of, parcel_of
from storage.tables import broadcasts, deliveries

# What is to be done to a message that has arrived.
DUE, DOING, DONE, REFUSED = "due", "doing", "done", "refused"


async def change_arrived(connection: AsyncConnection, broadcast_id: int) -> int:
    """Have every message that arrived changed; how many."""
    changed = await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.broadcast_id == broadcast_id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.message_id.is_not(None),
        )
        .values(change=DUE)
    )
    return changed.rowcount


async def give_up_changes(connection: AsyncConnection) -> None:
    """What a crash left in the middle is due again: to change or delete a message once more does no harm."""
    await connection.execute(update(deliveries).where(deliveries.c.change == DOING).values(change=DUE))


async def claim_change(connection: AsyncConnection, now: datetime) -> MessageChange | None:
    """Take the next message that is to be changed or deleted, with what it is to hold."""
    due = await connection.execute(
        FOUND.where(*change_due(now)).order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(1)
    )
    row = due.one_or_none()
    if row is None:
        return None
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == row.delivery_id)
        .values(change=DOING, attempts=deliveries.c.attempts + 1)
    )
    in_message = deliveries.c.chat_id == row.chat_id, deliveries.c.message_id == row.message_id
    claimed = (await connection.execute(FOUND.where(deliveries.c.id == row.delivery_id))).one()
    held = await connection.execute(
        FOUND.where(
            *in_message, deliveries.c.state == DeliveryState.SENT, broadcasts.c.recalled_at.is_(None)
        ).order_by(deliveries.c.id)
    )
    rows = held.all()
    return MessageChange(delivery_of(claimed), row.chat_id, row.message_id, parcel_of(rows) if rows else None)


async def settle_change(
    connection: AsyncConnection, change: MessageChange, outcome: Outcome, now: datetime
) -> None:
    """Write down what became of it; where Telegram refuses it for good, why."""
    delivery = change.delivery
    match outcome:
        case Sent():
            values: dict[str, object] = {"change": DONE, "revision": delivery.broadcast.revision}
            if delivery.broadcast.recalled_at:
                values |= {"state": DeliveryState.RECALLED, "settled_at": now}
        case Later(wait=wait):
            values = {"change": DUE, "next_attempt_at": now + (wait or FIRST_RETRY)}
        case Uncertain():  # to do it once more does no harm
            values = {"change": DUE, "next_attempt_at": now + FIRST_RETRY}
        case Blocked():
            values = {"change": REFUSED, "reason": "blocked"}
        case Moved():
            values = {"change": REFUSED, "reason": "the group has become a supergroup"}
        case Rejected(reason) | Unsendable(reason):
            values = {"change": REFUSED, "reason": reason}
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.change == DOING,
            deliveries.c.attempts == delivery.attempts,  # nobody took it up anew since
        )
        .values(**values)
    )


async def note_changes_where_outdated(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """A correction or recall came while these messages were on their way: they are to be changed as well."""
    if not ids:
        return
    outdated = exists().where(
        broadcasts.c.id == deliveries.c.broadcast_id,
        or_(broadcasts.c.revision != deliveries.c.revision, broadcasts.c.recalled_at.is_not(None)),
    )
    await connection.execute(update(deliveries).where(deliveries.c.id.in_(ids), outdated).values(change=DUE))


def change_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.change == DUE, deliveries.c.next_attempt_at <= now
