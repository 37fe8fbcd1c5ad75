"""Corrections and recalls of messages that have arrived, in the transactions of storage.deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    Blocked,
    Changed,
    DeliveryState,
    Later,
    MessageChange,
    Moved,
    Rejected,
    Sent,
    Subject,
    Uncertain,
    Unsendable,
    delay_of_change,
)
from bot.core.forms import Form
from bot.core.people import Language
from bot.core.readings import reminding_of
from storage.lessons import correct_shared
from storage.parcels import FOUND, Found, delivery_of, parcel_of
from storage.tables import broadcasts, deliveries

# What is to be done to a message that has arrived.
DUE, DOING, DONE, REFUSED = "due", "doing", "done", "refused"
_ANSWERS = broadcasts.c.answers.type


async def correct_everywhere(
    connection: AsyncConnection,
    broadcast_id: int,
    form: Form,
    texts: Mapping[Language, str],
    now: datetime,
    *where: ColumnElement[bool],
    **values: object,
) -> int | None:
    """Change what a lesson's broadcast and its reminders tell, also where they have arrived; at how many.

    None when it was recalled or is not as `where` says; or, with all taken back, when what the form tells of
    was changed meanwhile.
    """
    corrected = await connection.execute(
        update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.recalled_at.is_(None), _correctable(), *where)
        .values(
            title=form.answers["title"],
            texts=dict(texts),
            revision=broadcasts.c.revision + 1,
            answers=case((broadcasts.c.answers.is_not(None), literal(dict(form.answers), _ANSWERS))),
            **values,
        )
        .returning(broadcasts)
    )
    row = corrected.one_or_none()
    if row is None:
        return None
    if row.answers:  # what it tells of is kept when somebody has approved it
        return 0
    if not await correct_shared(connection, form, row.subject_id, form.chat_id, now):
        await connection.rollback()
        return None
    changed = await change_arrived(connection, broadcast_id)
    reminders = broadcasts.c.reminds == broadcast_id, broadcasts.c.recalled_at.is_(None)
    for reminder in (await connection.execute(select(broadcasts).where(*reminders))).all():
        said = {language: reminding_of(reminder.texts[language], text) for language, text in texts.items()}
        await connection.execute(
            update(broadcasts)
            .where(broadcasts.c.id == reminder.id)
            .values(title=row.title, texts=said, revision=broadcasts.c.revision + 1)
        )
        changed += await change_arrived(connection, reminder.id)
    return changed


def _correctable() -> ColumnElement[bool]:
    """Whether it tells of a lesson, or is only proposed; an event is changed with all that hangs on it."""
    return (broadcasts.c.subject == Subject.LESSON) | broadcasts.c.answers.is_not(None)


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


async def claim_changes(connection: AsyncConnection, now: datetime, most: int) -> list[MessageChange]:
    """Take the next messages that are to be changed or deleted, each with what it is to hold."""
    due = FOUND.where(*change_due(now)).order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(most)
    rows = (await connection.execute(due)).all()
    if not rows:
        return []
    ids = [row.delivery_id for row in rows]
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(ids))
        .values(change=DOING, attempts=deliveries.c.attempts + 1)
    )
    held: dict[int, list[Found]] = {}
    for one in await connection.execute(_HELD.where(_CHANGED.c.id.in_(ids))):
        held.setdefault(one.changed_id, []).append(one)
    return [
        MessageChange(
            delivery_of(row, claimed=True),
            row.chat_id,
            row.message_id,
            parcel_of(held[row.delivery_id]) if row.delivery_id in held else None,
        )
        for row in rows
    ]


_CHANGED = deliveries.alias()
# What a message holds in which a delivery arrived: that one, or a whole digest; without what is recalled.
_HELD = (
    FOUND.add_columns(_CHANGED.c.id.label("changed_id"))
    .join(
        _CHANGED,
        (_CHANGED.c.chat_id == deliveries.c.chat_id) & (_CHANGED.c.message_id == deliveries.c.message_id),
    )
    .where(deliveries.c.state == DeliveryState.SENT, broadcasts.c.recalled_at.is_(None))
    .order_by(deliveries.c.id)
)


async def settle_changes(connection: AsyncConnection, changed: Sequence[Changed], now: datetime) -> None:
    """Write down what became of them; where Telegram refuses one for good, why."""
    for one in changed:
        delivery = one.change.delivery
        await connection.execute(
            update(deliveries)
            .where(
                deliveries.c.id == delivery.id,
                deliveries.c.change == DOING,
                deliveries.c.attempts == delivery.attempts,  # nobody took it up anew since
            )
            .values(**_values(one, now))
        )


def _values(changed: Changed, now: datetime) -> dict[str, object]:
    broadcast = changed.change.delivery.broadcast
    attempts = changed.change.delivery.attempts
    match changed.outcome:
        case Sent():
            done: dict[str, object] = {"change": DONE, "revision": broadcast.revision}
            recalled = {"state": DeliveryState.RECALLED, "settled_at": now}
            return done | recalled if broadcast.recalled_at else done
        case Later(wait=wait) if wait is not None:
            return {"change": DUE, "next_attempt_at": now + wait, "attempts": attempts - 1}
        case Later(reason) | Uncertain(reason):  # to do it once more does no harm
            delay = delay_of_change(attempts)
            return {"change": DUE, "next_attempt_at": now + delay} if delay else _refused(reason)
        case Blocked():
            return _refused("blocked")
        case Moved():
            return _refused("the group has become a supergroup")
        case Rejected(reason) | Unsendable(reason):
            return _refused(reason)


def _refused(reason: str) -> dict[str, object]:
    return {"change": REFUSED, "reason": reason}


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
