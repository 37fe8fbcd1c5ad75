"""An event in a World or a database: announced, with seats, and what the clock has to tell of it."""

from datetime import datetime

from sqlalchemy import insert, select, update

from bot.core.broadcasts import Broadcast, Subject
from bot.core.events.registrations import HOLDING, RegistrationState
from bot.core.events.telling import PlannedNotice
from handlers.events.notices import send_due
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.events.telling import StoredNotices
from storage.tables import broadcasts, events, registrations
from tests.storage.records import EVENT, NOW, TEXTS, filled_form
from tests.world import World

COMING, WAITING = RegistrationState.COMING, RegistrationState.WAITING


async def announced(database: Database, by: int, now: datetime = NOW, **answers: str) -> int:
    """A forum on 15 January 2027 at 8:30, announced to whoever subscribes; its id."""
    form = await filled_form(database, "announce", {**EVENT, "reminders": "7d 1d 2h", **answers}, by)
    kept = await StoredBroadcasts(database).confirm(
        form, Subject.EVENT, form.answers["title"], TEXTS, by, now
    )
    assert kept
    return kept.subject_id


async def seat(
    database: Database,
    event_id: int,
    person_id: int | None,
    state: RegistrationState = COMING,
    came: bool = False,
    own: bool = True,
) -> None:
    """Somebody has a seat, or waits for one; `own` is the one for themselves."""
    values = {"event_id": event_id, "person_id": person_id, "state": state, "own": own, "registered_at": NOW}
    async with database.write() as connection:
        await connection.execute(insert(registrations).values(attended_at=NOW if came else None, **values))
        await connection.execute(
            update(events).where(events.c.id == event_id).values(taken=events.c.taken + (state in HOLDING))
        )


async def planned(database: Database, event_id: int) -> dict[str, PlannedNotice]:
    """The newest notice of each kind."""
    return {one.notice.value: one for one in await StoredNotices(database).of_event(event_id)}


async def begun(database: Database, *subjects: Subject) -> list[Broadcast]:
    """The broadcasts about these, in their order."""
    async with database.read() as connection:
        ids = await connection.scalars(
            select(broadcasts.c.id).where(broadcasts.c.subject.in_(subjects)).order_by(broadcasts.c.id)
        )
        found = [await StoredBroadcasts(database).broadcast(one) for one in ids.all()]
    return [one for one in found if one]


async def tick(world: World, when: datetime) -> None:
    """It is that late: the clock's tick for notices, and what it began is sent."""
    world.clock.now = when
    await send_due(world.bot.application.services)
    await world.send_broadcasts()
