"""Deliveries in the database: what the outbox claims, settles and changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    FIRST_RETRY,
    MOST_FAILURES,
    Blocked,
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    Later,
    Outcome,
    Rejected,
    Sent,
    Settlement,
    Subject,
    Uncertain,
    Unsendable,
    failed,
)
from bot.core.people import LANGUAGES, Language
from storage.database import Database
from storage.subscriptions import recipients
from storage.tables import (
    broadcasts,
    deliveries,
    people,
)

_TO_ASKERS = (Subject.ANSWER, Subject.CORRECTION)
_UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING)

# What is to be done to a message that has arrived.
DUE, DOING, DONE, REFUSED = "due", "doing", "done", "refused"


class StoredDeliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def broadcast(self, broadcast_id: int) -> Broadcast | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id))
            ).one_or_none()
        return broadcast_of(row) if row else None

    async def give_up_claims(self) -> int:
        """Mark what a crash left in sending as uncertain; how many. Only before the first claim."""
        async with self._database.write() as connection:
            left = await connection.execute(
                update(deliveries)
                .where(deliveries.c.state == DeliveryState.SENDING)
                .values(state=DeliveryState.UNCERTAIN, reason="the bot stopped while sending")
            )
            # To change or delete a message once more does no harm.
            await connection.execute(
                update(deliveries).where(deliveries.c.change == DOING).values(change=DUE)
            )
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
        due = or_(and_(*_due(now)), and_(*_change_due(now)))
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(exists().where(due))))

    async def claim(self, now: datetime) -> Delivery | None:
        """Take the next delivery that is due; whoever left or blocked the bot meanwhile is passed over."""
        due = (
            select(deliveries.c.id)
            .where(*_due(now))
            .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
            .limit(1)
            .scalar_subquery()
        )
        revision = select(broadcasts.c.revision).where(broadcasts.c.id == deliveries.c.broadcast_id)
        claiming = (
            update(deliveries)
            .where(deliveries.c.id == due)
            .values(
                state=case((_wanted(), DeliveryState.SENDING.value), else_=DeliveryState.SKIPPED.value),
                attempts=deliveries.c.attempts + 1,
                revision=revision.scalar_subquery(),
                settled_at=now,
            )
            .returning(deliveries)
        )
        while True:
            async with self._database.write() as connection:
                row = (await connection.execute(claiming)).one_or_none()
            if row is None:
                return None
            if row.state == DeliveryState.SENDING:
                return _delivery(row)

    async def settle(self, delivery: Delivery, settlement: Settlement, now: datetime) -> Broadcast | None:
        """Write down what became of it; the broadcast is returned when this is what paused it."""
        attempts = delivery.attempts if settlement.counts_attempt else delivery.attempts - 1
        values = {
            "state": settlement.state,
            "attempts": attempts,
            "next_attempt_at": settlement.next_attempt_at or now,
            "message_id": settlement.message_id,
            "reason": settlement.reason,
            "settled_at": now,
        }
        async with self._database.write() as connection:
            settled = await connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery.id, deliveries.c.state == DeliveryState.SENDING)
                .values(**values)
                .returning(deliveries.c.revision)
            )
            revision = settled.scalar_one_or_none()
            if revision is None:
                return None
            if settlement.state is DeliveryState.SENT:
                await _change_if_outdated(connection, delivery, revision)
            elif settlement.state is DeliveryState.PENDING:
                await _skip_if_over(connection, delivery)
            return await _note_failure(connection, delivery.broadcast_id, settlement)

    async def claim_change(self, now: datetime) -> Delivery | None:
        """Take the next message that has arrived and is to be changed or deleted."""
        due = (
            select(deliveries.c.id)
            .where(*_change_due(now))
            .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
            .limit(1)
            .scalar_subquery()
        )
        async with self._database.write() as connection:
            claimed = await connection.execute(
                update(deliveries)
                .where(deliveries.c.id == due)
                .values(change=DOING, attempts=deliveries.c.attempts + 1)
                .returning(deliveries)
            )
            row = claimed.one_or_none()
        return _delivery(row) if row else None

    async def settle_change(
        self, delivery: Delivery, outcome: Outcome, revision: int, deleted: bool, now: datetime
    ) -> None:
        """Write down what became of a change; where Telegram refuses it for good, why."""
        match outcome:
            case Sent():
                values: dict[str, object] = {"change": DONE, "revision": revision}
                if deleted:
                    values |= {"state": DeliveryState.RECALLED, "settled_at": now}
            case Later(wait=wait):
                values = {"change": DUE, "next_attempt_at": now + (wait or FIRST_RETRY)}
            case Uncertain():  # to do it once more does no harm
                values = {"change": DUE, "next_attempt_at": now + FIRST_RETRY}
            case Blocked():
                values = {"change": REFUSED, "reason": "blocked"}
            case Rejected(reason) | Unsendable(reason):
                values = {"change": REFUSED, "reason": reason}
        async with self._database.write() as connection:
            await connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.id == delivery.id,
                    deliveries.c.change == DOING,
                    deliveries.c.attempts == delivery.attempts,  # nobody took it up anew since
                )
                .values(**values)
            )

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


async def _skip_if_over(connection: AsyncConnection, delivery: Delivery) -> None:
    """The broadcast was cancelled or recalled while this was on its way: it is not tried again."""
    over = exists().where(
        broadcasts.c.id == delivery.broadcast_id,
        or_(broadcasts.c.state == BroadcastState.CANCELLED, broadcasts.c.recalled_at.is_not(None)),
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery.id, over).values(state=DeliveryState.SKIPPED)
    )


async def _change_if_outdated(connection: AsyncConnection, delivery: Delivery, revision: int) -> None:
    """A correction or recall came while the message was on its way: it is to be changed as well."""
    outdated = exists().where(
        broadcasts.c.id == delivery.broadcast_id,
        or_(broadcasts.c.revision != revision, broadcasts.c.recalled_at.is_not(None)),
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery.id, outdated).values(change=DUE)
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
    under_way = select(broadcasts.c.id).where(broadcasts.c.state == BroadcastState.SENDING)
    return (
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.next_attempt_at <= now,
        deliveries.c.broadcast_id.in_(under_way),
    )


def _change_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.change == DUE, deliveries.c.next_attempt_at <= now


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(
        row.id, row.broadcast_id, row.chat_id, language_of_row(row.language), row.attempts, row.message_id
    )


def _wanted() -> ColumnElement[bool]:
    """Whether the recipient of a delivery can still be reached, and still subscribes where that counts."""
    to_askers = select(broadcasts.c.id).where(broadcasts.c.subject.in_(_TO_ASKERS))
    return or_(
        deliveries.c.chat_id.in_(select(recipients().subquery().c.chat_id)),
        and_(
            deliveries.c.broadcast_id.in_(to_askers),
            deliveries.c.chat_id.in_(select(people.c.id).where(people.c.blocked_at.is_(None))),
        ),
    )


def language_of_row(code: str) -> Language:
    return next(language for language in LANGUAGES if language == code)


def broadcast_of(row: Row[*tuple[Any, ...]]) -> Broadcast:
    return Broadcast(
        id=row.id,
        subject=Subject(row.subject),
        subject_id=row.subject_id,
        title=row.title,
        texts=row.texts,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        state=BroadcastState(row.state),
        starts_at=row.starts_at,
        reason=row.reason,
        revision=row.revision,
        recalled_at=row.recalled_at,
    )
