"""Events are changed or cancelled with all that hangs on them, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import BroadcastState, Subject
from bot.core.events.changing import FOLLOWING, Amendment, Told, can_be_changed
from bot.core.events.event import Event, EventState
from bot.core.events.registrations import CONCERNED
from bot.core.events.series import Course
from bot.core.forms import Form
from bot.core.people import Language
from bot.core.subscribers import USUAL_HOURS, Hours
from storage.audiences import readers
from storage.beginnings import Beginning
from storage.changes import change_arrived
from storage.database import Database
from storage.endings import skip_pending
from storage.events.notices import drop_notices
from storage.events.series import end_series, follow, keep_course
from storage.events.writing import change_event, to_come
from storage.forms import close_form
from storage.tables import broadcasts, events, people, registrations


class StoredChanging:
    """`hours` are those of the broadcasts that tell of changes."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def concerned(self, seen: Sequence[Event]) -> int:
        async with self._database.read() as connection:
            return await _number_concerned(connection, [event.id for event in seen])

    async def change(
        self, form: Form, amendments: Sequence[Amendment], course: Course | None, now: datetime
    ) -> Told | None:
        first = amendments[0].event
        async with self._database.write() as connection:
            if (
                await close_form(connection, form)
                and await _are_all(connection, form, amendments, now)
                and (course is None or await keep_course(connection, first, course))
                and await self._change_each(connection, amendments, now)
            ):
                return await self._tell(connection, amendments, form.chat_id, now)
            await connection.rollback()
            return None

    async def cancel(self, form: Form, amendments: Sequence[Amendment], now: datetime) -> Told | None:
        first = amendments[0].event
        async with self._database.write() as connection:
            if (
                await close_form(connection, form)
                and await _are_all(connection, form, amendments, now)
                and await _cancel_each(connection, amendments, form.answers["reason"], now)
            ):
                if FOLLOWING in form.answers and first.series_id:
                    await end_series(connection, first.series_id, now)
                return await self._tell(connection, amendments, form.chat_id, now)
            await connection.rollback()
            return None

    async def _change_each(
        self, connection: AsyncConnection, amendments: Sequence[Amendment], now: datetime
    ) -> bool:
        """Change the events; False where one is no longer as it was seen."""
        for one in amendments:
            event = one.event
            if not await change_event(connection, event.id, event.version, one.details, self._hours, now):
                return False
            if one.notice:
                await _withdraw(connection, event.id, (Subject.REMINDER,), now)
        return True

    async def _tell(
        self, connection: AsyncConnection, amendments: Sequence[Amendment], by: int, now: datetime
    ) -> Told:
        """Correct what was announced, and begin to tell everybody concerned."""
        corrected, noticed = 0, []
        for one in amendments:
            event_id, title = one.event.id, one.details.title
            corrected += await _correct_announcements(connection, event_id, title, one.texts)
            if one.notice and await _number_concerned(connection, [event_id]):
                beginning = Beginning(connection, self._hours, title, one.notice, by, now)
                await beginning.of_notice(Subject.CHANGE, event_id, _concerned([event_id]))
                noticed.append(event_id)
        return Told(await _number_concerned(connection, noticed), corrected)


async def _are_all(
    connection: AsyncConnection, form: Form, amendments: Sequence[Amendment], now: datetime
) -> bool:
    """Whether there are no others that follow, where all that follow are meant."""
    if FOLLOWING not in form.answers:
        return True
    following = await follow(connection, amendments[0].event)
    meant = {one.event.id for one in amendments}
    return {event.id for event in following if can_be_changed(event, now)} == meant


async def _cancel_each(
    connection: AsyncConnection, amendments: Sequence[Amendment], reason: str, now: datetime
) -> bool:
    """Cancel the events; False where one is no longer as it was seen."""
    for one in amendments:
        event = one.event
        cancelled = await connection.execute(
            update(events)
            .where(*to_come(event.id, event.version, now))
            .values(
                state=EventState.CANCELLED,
                reason=reason,
                version=events.c.version + 1,
                sequence=events.c.sequence + 1,
                changed_at=now,
            )
        )
        if cancelled.rowcount == 0:
            return False
        await drop_notices(connection, event.id, now)
        await _withdraw(connection, event.id, _WORTHLESS_ONCE_CANCELLED, now)
    return True


_WORTHLESS_ONCE_CANCELLED = (
    Subject.EVENT,
    Subject.CHANGE,
    Subject.REMINDER,
    Subject.SEAT,
    Subject.SEATING,
    Subject.LAPSED,
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


def _concerned(event_ids: Collection[int]) -> Select[int]:
    """Who has a seat, is offered one, or waits."""
    concerned = registrations.c.event_id.in_(event_ids), registrations.c.state.in_(CONCERNED)
    return select(registrations.c.person_id).where(*concerned, registrations.c.person_id.is_not(None))


async def _number_concerned(connection: AsyncConnection, event_ids: Collection[int]) -> int:
    told = readers(people.c.id.in_(_concerned(event_ids))).subquery()
    return await connection.scalar(select(func.count()).select_from(told)) or 0


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
