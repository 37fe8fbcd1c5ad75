"""Notices that are due: each becomes a broadcast in one transaction, or is missed, or dropped."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update

from bot.core.broadcasts import DeliveryState, Subject
from bot.core.events.event import Event, EventState
from bot.core.events.notices import MINUTES, REMINDERS, Notice, NoticeState
from bot.core.events.registrations import RegistrationState
from bot.core.events.telling import PlannedNotice
from bot.core.people import Language
from bot.core.subscribers import USUAL_HOURS, Hours
from storage.beginnings import Beginning, Readers
from storage.database import Database
from storage.tables import deliveries, events, notices, registrations


class StoredNotices:
    """`hours` are those of the broadcasts that notices become."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def of_event(self, event_id: int) -> list[PlannedNotice]:
        return await self._found(notices.c.event_id == event_id)

    async def notice(self, notice_id: int) -> PlannedNotice | None:
        return next(iter(await self._found(notices.c.id == notice_id)), None)

    async def due(self, now: datetime) -> list[PlannedNotice]:
        is_due = notices.c.state == NoticeState.DUE
        waits = is_due & (notices.c.due_at <= now)
        async with self._database.read() as connection:
            if not await connection.scalar(select(exists().where(waits))):
                return []
        async with self._database.write() as connection:
            open_states = (NoticeState.DUE, NoticeState.MISSED)
            await connection.execute(
                update(notices)
                .where(notices.c.state.in_(open_states), notices.c.notice.in_(MINUTES), _has_minutes())
                .values(state=NoticeState.DROPPED, settled_at=now)
            )
            await connection.execute(
                update(notices)
                .where(is_due, notices.c.useful_until <= now)
                .values(state=NoticeState.MISSED, settled_at=now)
            )
        return await self._found(waits)

    async def send(
        self,
        notice: PlannedNotice,
        event: Event,
        texts: Mapping[Language, str],
        askable: Collection[int],
        now: datetime,
    ) -> bool:
        wanted = [
            notices.c.id == notice.id,
            notices.c.state == notice.state,
            notices.c.state.in_((NoticeState.DUE, NoticeState.MISSED)),
            notices.c.due_at <= now,
            _is_as_worded(event),
        ]
        if notice.notice in REMINDERS:
            wanted.append(notices.c.starts_at > now)
        if notice.notice in MINUTES:
            wanted.append(~_has_minutes())
        title, by = event.details.title, event.organiser
        async with self._database.write() as connection:
            claimed = await connection.execute(
                update(notices).where(*wanted).values(state=NoticeState.SENT, settled_at=now)
            )
            if not claimed.rowcount:
                return False
            beginning = Beginning(connection, self._hours, title, texts, by, now)
            told = _told(notice.notice, event.id, askable)
            begun = await beginning.of_notice(_subject(notice.notice), event.id, told)
            await connection.execute(
                update(notices).where(notices.c.id == notice.id).values(broadcast_id=begun.id)
            )
        return True

    async def _found(self, wanted: ColumnElement[bool]) -> list[PlannedNotice]:
        copies = select(func.count()).where(deliveries.c.broadcast_id == notices.c.broadcast_id)
        reached = copies.where(deliveries.c.state == DeliveryState.SENT)
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(
                    notices,
                    copies.scalar_subquery().label("told"),
                    reached.scalar_subquery().label("reached"),
                )
                .where(wanted)
                .order_by(notices.c.due_at, notices.c.id)
            )
            return [_notice(row) for row in rows]


def _notice(row: Row[*tuple[Any, ...]]) -> PlannedNotice:
    return PlannedNotice(
        id=row.id,
        event_id=row.event_id,
        notice=Notice(row.notice),
        starts_at=row.starts_at,
        due_at=row.due_at,
        state=NoticeState(row.state),
        broadcast_id=row.broadcast_id,
        told=row.told,
        reached=row.reached,
    )


def _subject(notice: Notice) -> Subject:
    if notice in REMINDERS:
        return Subject.REMINDER
    return Subject.MINUTES if notice in MINUTES else Subject.FEEDBACK


def _told(notice: Notice, event_id: int, askable: Collection[int]) -> Readers:
    """Whom a notice is for, each person once, however many seats they answer for."""
    if notice in MINUTES:
        return askable
    of_event = registrations.c.event_id == event_id
    coming = registrations.c.state == RegistrationState.COMING
    came = registrations.c.attended_at.is_not(None)
    if notice in REMINDERS:
        wanted = coming
    else:  # where nobody was checked in, it is not known who came
        others = registrations.alias()
        checked_in = exists().where(others.c.event_id == event_id, others.c.attended_at.is_not(None))
        wanted = or_(came, and_(coming, ~checked_in))
    return select(registrations.c.person_id).where(of_event, wanted, registrations.c.person_id.is_not(None))


def _is_as_worded(event: Event) -> ColumnElement[bool]:
    """Whether the event of the notice at hand still stands as it was when the text was made."""
    return exists().where(
        events.c.id == notices.c.event_id,
        events.c.id == event.id,
        events.c.version == event.version,
        events.c.state == EventState.PLANNED,
        events.c.starts_at == notices.c.starts_at,
    )


def _has_minutes() -> ColumnElement[bool]:
    return exists().where(events.c.id == notices.c.event_id, events.c.minutes_at.is_not(None))
