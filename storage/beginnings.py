"""How a broadcast begins: what it tells is kept, and who gets it is frozen, in the caller's transaction."""

from datetime import datetime

from sqlalchemy import (
    Select,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import (
    Broadcast,
    BroadcastState,
    DeliveryState,
    Subject,
)
from bot.core.forms import Form
from storage.deliveries import broadcast_of
from storage.lessons import correct_shared, keep_shared
from storage.tables import broadcasts, deliveries, events


async def begin(
    connection: AsyncConnection,
    audience: Select[tuple[int, str]],
    created_at: datetime,
    starts_at: datetime | None = None,
    **values: object,
) -> Broadcast:
    """Keep a broadcast, and freeze who gets it."""
    later = starts_at is not None and starts_at > created_at
    values |= {
        "created_at": created_at,
        "starts_at": starts_at or created_at,
        "state": BroadcastState.SCHEDULED if later else BroadcastState.SENDING,
    }
    row = (await connection.execute(insert(broadcasts).values(**values).returning(broadcasts))).one()
    chats = audience.subquery()
    await connection.execute(
        insert(deliveries).from_select(
            ["broadcast_id", "chat_id", "language", "state", "next_attempt_at"],
            select(
                literal(row.id),
                chats.c.chat_id,
                chats.c.language,
                literal(DeliveryState.PENDING.value),
                literal(row.created_at, deliveries.c.next_attempt_at.type),
            ),
        )
    )
    return broadcast_of(row)


async def keep_subject(
    connection: AsyncConnection, form: Form, subject: Subject, by: int, now: datetime
) -> int | None:
    """Keep the event or lesson that a form tells; its id, or None for a lesson that was changed meanwhile."""
    if subject is Subject.LESSON:
        return await keep_shared(connection, form, by, now)
    keeping = insert(events).values(created_by=by, created_at=now, **_event(form)).returning(events.c.id)
    return int((await connection.execute(keeping)).scalar_one())


async def correct_subject(
    connection: AsyncConnection, form: Form, subject: Subject, subject_id: int, now: datetime
) -> bool:
    """Change the event or lesson to what a form tells now; False when somebody changed it meanwhile."""
    if subject is Subject.LESSON:
        return await correct_shared(connection, form, subject_id, form.chat_id, now)
    changed = update(events).where(events.c.id == subject_id).values(**_event(form))
    return (await connection.execute(changed)).rowcount == 1


def _event(form: Form) -> dict[str, object]:
    """What a form tells of an event."""
    starts_at = datetime.fromisoformat(form.answers["starts_at"])
    return {"title": form.answers["title"], "starts_at": starts_at, "place": form.answers["place"]}
