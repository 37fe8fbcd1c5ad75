"""An event is changed or cancelled with all that hangs on it, in one transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import BroadcastState, Subject
from bot.core.events.changing import Told
from bot.core.events.event import EventState
from bot.core.events.registrations import CONCERNED
from bot.core.forms import Form
from bot.core.people import Language
from bot.core.subscribers import USUAL_HOURS, Hours
from storage.audiences import readers
from storage.beginnings import Beginning
from storage.changes import change_arrived
from storage.database import Database
from storage.endings import skip_pending
from storage.events.notices import drop_notices
from storage.events.writing import change_event, to_come
from storage.forms import close_form
from storage.tables import broadcasts, events, people, registrations


class StoredChanging:
    """`hours` are those of the broadcasts that tell of changes."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def concerned(self, event_id: int) -> int:
        async with self._database.read() as connection:
            return await connection.scalar(_number_concerned(event_id)) or 0

    async def change(
        self,
        form: Form,
        texts: Mapping[Language, str],
        notice: Mapping[Language, str] | None,
        now: datetime,
    ) -> Told | None:
        event_id, title = int(form.answers["event"]), form.answers["title"]
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            before = await change_event(connection, event_id, form, self._hours, now)
            if before is None:
                await connection.rollback()
                return None
            if notice:
                await _withdraw(connection, event_id, (Subject.REMINDER,), now)
            corrected = await _correct_announcements(connection, event_id, title, texts)
            return Told(await self._tell(connection, event_id, title, notice, form.chat_id, now), corrected)

    async def cancel(
        self, form: Form, texts: Mapping[Language, str], notice: Mapping[Language, str], now: datetime
    ) -> Told | None:
        event_id, version = int(form.answers["event"]), int(form.answers["version"])
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            cancelled = await connection.execute(
                update(events)
                .where(*to_come(event_id, version, now))
                .values(
                    state=EventState.CANCELLED,
                    reason=form.answers["reason"],
                    version=events.c.version + 1,
                    sequence=events.c.sequence + 1,
                    changed_at=now,
                )
                .returning(events.c.title)
            )
            title = cancelled.scalar_one_or_none()
            if title is None:
                await connection.rollback()
                return None
            await drop_notices(connection, event_id, now)
            await _withdraw(connection, event_id, _WORTHLESS_ONCE_CANCELLED, now)
            corrected = await _correct_announcements(connection, event_id, title, texts)
            return Told(await self._tell(connection, event_id, title, notice, form.chat_id, now), corrected)

    async def _tell(
        self,
        connection: AsyncConnection,
        event_id: int,
        title: str,
        notice: Mapping[Language, str] | None,
        by: int,
        now: datetime,
    ) -> int:
        """Begin to tell everybody concerned; how many."""
        number = await connection.scalar(_number_concerned(event_id)) if notice else 0
        if notice and number:
            beginning = Beginning(connection, self._hours, title, notice, by, now)
            await beginning.of_notice(Subject.CHANGE, event_id, _concerned(event_id))
        return number or 0


_WORTHLESS_ONCE_CANCELLED = (
    Subject.EVENT,
    Subject.CHANGE,
    Subject.REMINDER,
    Subject.SEAT,
    Subject.SEATING,
)
"""What is not to arrive any more after the word that there will be no such event."""
# States in which a broadcast still has something to send, or may have it again.
_UNFINISHED = (
    BroadcastState.PROPOSED,
    BroadcastState.SCHEDULED,
    BroadcastState.SENDING,
    BroadcastState.PAUSED,
    BroadcastState.MISSED,
)


def _concerned(event_id: int) -> Select[int]:
    """Who has a seat, is offered one, or waits."""
    concerned = registrations.c.event_id == event_id, registrations.c.state.in_(CONCERNED)
    return select(registrations.c.person_id).where(*concerned, registrations.c.person_id.is_not(None))


def _number_concerned(event_id: int) -> Select[int]:
    told = readers(people.c.id.in_(_concerned(event_id))).subquery()
    return select(func.count()).select_from(told)


async def _withdraw(
    connection: AsyncConnection, event_id: int, subjects: Collection[Subject], now: datetime
) -> None:
    """What was to be told of the event, and has not gone, does not go any more."""
    ended = await connection.execute(
        update(broadcasts)
        .where(
            broadcasts.c.subject.in_(subjects),
            broadcasts.c.subject_id == event_id,
            broadcasts.c.state.in_(_UNFINISHED),
        )
        .values(state=BroadcastState.CANCELLED, finished_at=now)
        .returning(broadcasts.c.id)
    )
    for broadcast_id in ended.scalars().all():
        await skip_pending(connection, broadcast_id, "the event was changed", now)


async def _correct_announcements(
    connection: AsyncConnection, event_id: int, title: str, texts: Mapping[Language, str]
) -> int:
    """Put other words into the announcement, also where it has arrived; in how many messages."""
    announced = await connection.execute(
        select(broadcasts.c.id, broadcasts.c.texts).where(
            broadcasts.c.subject == Subject.EVENT,
            broadcasts.c.subject_id == event_id,
            broadcasts.c.recalled_at.is_(None),
        )
    )
    number = 0
    for row in announced.all():
        if row.texts == dict(texts):
            continue
        await connection.execute(
            update(broadcasts)
            .where(broadcasts.c.id == row.id)
            .values(title=title, texts=dict(texts), revision=broadcasts.c.revision + 1)
        )
        number += await change_arrived(connection, row.id)
    return number
