"""How a broadcast begins: what it tells is kept, and who gets it is frozen, in the caller's transaction."""

from datetime import datetime

from sqlalchemy import (
    case,
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
from bot.core.events import EventKind
from bot.core.forms import Form
from bot.core.subscribers import Hours, Rhythm
from storage.audiences import Chats
from storage.parcels import broadcast_of
from storage.tables import (
    broadcasts,
    deliveries,
    events,
    lessons,
)


async def begin(
    connection: AsyncConnection,
    chats: Chats,
    hours: Hours,
    created_at: datetime,
    starts_at: datetime | None = None,
    **values: object,
) -> Broadcast:
    """Keep a broadcast, and freeze who gets it and when: at once, or with the next digest."""
    later = starts_at is not None and starts_at > created_at
    begins = starts_at if starts_at and later else created_at
    values |= {
        "created_at": created_at,
        "starts_at": starts_at or created_at,
        "state": BroadcastState.SCHEDULED if later else BroadcastState.SENDING,
    }
    row = (await connection.execute(insert(broadcasts).values(**values).returning(broadcasts))).one()
    moment = deliveries.c.next_attempt_at.type
    frozen = chats.subquery()
    digests = [
        (frozen.c.rhythm == rhythm, literal(hours.next_digest(rhythm, begins), moment))
        for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY)
    ]
    await connection.execute(
        insert(deliveries).from_select(
            ["broadcast_id", "chat_id", "language", "state", "next_attempt_at"],
            select(
                literal(row.id),
                frozen.c.chat_id,
                frozen.c.language,
                literal(DeliveryState.PENDING.value),
                case(*digests, else_=literal(created_at, moment)),
            ),
        )
    )
    return broadcast_of(row)


async def keep_subject(
    connection: AsyncConnection, form: Form, subject: Subject, by: int, now: datetime
) -> int:
    """Keep the event or lesson that a form tells; its id."""
    values = _told(form, subject)
    match subject:
        case Subject.EVENT:
            keeping = insert(events).values(created_by=by, created_at=now, **values).returning(events.c.id)
        case _:
            keeping = insert(lessons).values(shared_by=by, shared_at=now, **values).returning(lessons.c.id)
    return int((await connection.execute(keeping)).scalar_one())


async def correct_subject(connection: AsyncConnection, form: Form, subject: Subject, subject_id: int) -> None:
    """Change the event or lesson to what a form tells now."""
    table = events if subject is Subject.EVENT else lessons
    await connection.execute(update(table).where(table.c.id == subject_id).values(**_told(form, subject)))


def _told(form: Form, subject: Subject) -> dict[str, object]:
    """What a form tells of an event or a lesson."""
    match subject:
        case Subject.EVENT:
            starts_at = datetime.fromisoformat(form.answers["starts_at"])
            return {
                "kind": form.answers.get("kind", EventKind.LOCAL_FORUM),
                "title": form.answers["title"],
                "starts_at": starts_at,
                "place": form.answers["place"],
            }
        case Subject.LESSON:
            return {"title": form.answers["title"], "body": form.answers["body"]}
        case _:
            raise ValueError(f"{subject} is not written in a form")
