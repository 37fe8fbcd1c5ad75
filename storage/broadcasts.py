"""Broadcasts and their deliveries in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.broadcasts import Broadcast, Delivery, DeliveryState, Settlement, Subject, Tally
from bot.core.forms import Form
from bot.core.history import Result
from bot.core.inquiries import InquiryState
from bot.core.knowledge import Version
from bot.core.people import LANGUAGES, Language
from storage.database import Database
from storage.forms import close_form
from storage.history import is_gap
from storage.subscriptions import readers, recipients
from storage.tables import broadcasts, deliveries, entry_versions, events, inquiries, lessons, people
from storage.tables import questions as asked

_TO_ASKERS = (Subject.ANSWER, Subject.CORRECTION)
_UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING)


class StoredBroadcasts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def confirm(
        self, form: Form, subject: Subject, title: str, texts: Mapping[Language, str], by: int, now: datetime
    ) -> Broadcast | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            subject_id = await _keep_subject(connection, form, subject, by, now)
            values = {"subject": subject, "subject_id": subject_id, "title": title, "texts": dict(texts)}
            return await _begin(connection, recipients(), created_by=by, created_at=now, **values)

    async def send_answer(
        self,
        form: Form,
        questions: Collection[int],
        title: str,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
    ) -> Broadcast | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            settled = await connection.execute(
                update(asked)
                .where(asked.c.id.in_(questions), asked.c.person_id.is_not(None), is_gap())
                .values(result=Result.BY_PERSON)
                .returning(asked.c.id, asked.c.person_id)
            )
            rows = settled.all()
            if not rows:
                return None
            await connection.execute(
                update(inquiries)
                .where(
                    inquiries.c.question_id.in_([row.id for row in rows]),
                    inquiries.c.state == InquiryState.WAITING,
                )
                .values(state=InquiryState.CLOSED, taken_by=by, answered_at=now, spoken_at=now)
            )
            audience = readers(people.c.id.in_({row.person_id for row in rows}))
            values = {"subject": Subject.ANSWER, "subject_id": min(questions), "title": title}
            return await _begin(
                connection, audience, texts=dict(texts), created_by=by, created_at=now, **values
            )

    async def send_correction(
        self,
        version: Version,
        told: Collection[int],
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
    ) -> Broadcast | None:
        async with self._database.write() as connection:
            claimed = await connection.scalar(
                update(entry_versions)
                .where(
                    entry_versions.c.topic == version.topic,
                    entry_versions.c.number == version.number,
                    entry_versions.c.told_at.is_(None),
                )
                .values(told_at=now)
                .returning(entry_versions.c.id)
            )
            if claimed is None:
                return None
            title = version.change.entry.question_km
            values = {"subject": Subject.CORRECTION, "subject_id": claimed, "title": title}
            audience = readers(people.c.id.in_(told))
            return await _begin(
                connection, audience, texts=dict(texts), created_by=by, created_at=now, **values
            )

    async def broadcast(self, broadcast_id: int) -> Broadcast | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id))
            ).one_or_none()
        return _broadcast(row) if row else None

    async def newest(self) -> list[Broadcast]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(broadcasts).order_by(broadcasts.c.id.desc()).limit(10))
            return [_broadcast(row) for row in rows]

    async def tally(self, broadcast_id: int) -> Tally:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(deliveries.c.state, func.count())
                .where(deliveries.c.broadcast_id == broadcast_id)
                .group_by(deliveries.c.state)
            )
            return Tally({DeliveryState(state): count for state, count in rows})

    # What the outbox needs.

    async def give_up_claims(self) -> int:
        """Mark what a crash left in sending as uncertain; how many. Only before the first claim."""
        async with self._database.write() as connection:
            left = await connection.execute(
                update(deliveries)
                .where(deliveries.c.state == DeliveryState.SENDING)
                .values(state=DeliveryState.UNCERTAIN, reason="the bot stopped while sending")
            )
        return left.rowcount

    async def any_due(self, now: datetime) -> bool:
        """Whether there is a delivery to claim."""
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(exists().where(*_due(now)))))

    async def claim(self, now: datetime) -> Delivery | None:
        """Take the next delivery that is due; whoever left or blocked the bot meanwhile is passed over."""
        due = (
            select(deliveries.c.id)
            .where(*_due(now))
            .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
            .limit(1)
            .scalar_subquery()
        )
        claiming = (
            update(deliveries)
            .where(deliveries.c.id == due)
            .values(
                state=case((_wanted(), DeliveryState.SENDING.value), else_=DeliveryState.SKIPPED.value),
                attempts=deliveries.c.attempts + 1,
            )
            .returning(deliveries)
        )
        while True:
            async with self._database.write() as connection:
                row = (await connection.execute(claiming)).one_or_none()
            if row is None:
                return None
            if row.state == DeliveryState.SENDING:
                return Delivery(row.id, row.broadcast_id, row.chat_id, _language(row.language), row.attempts)

    async def settle(self, delivery: Delivery, settlement: Settlement, now: datetime) -> None:
        attempts = delivery.attempts if settlement.counts_attempt else delivery.attempts - 1
        async with self._database.write() as connection:
            await connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery.id, deliveries.c.state == DeliveryState.SENDING)
                .values(
                    state=settlement.state,
                    attempts=attempts,
                    next_attempt_at=settlement.next_attempt_at or now,
                    message_id=settlement.message_id,
                    reason=settlement.reason,
                )
            )

    async def finish(self, now: datetime) -> list[Broadcast]:
        """Close the broadcasts that have nothing left to send; each is returned once."""
        unfinished = exists().where(
            deliveries.c.broadcast_id == broadcasts.c.id, deliveries.c.state.in_(_UNFINISHED)
        )
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(broadcasts)
                .where(broadcasts.c.finished_at.is_(None), ~unfinished)
                .values(finished_at=now)
                .returning(broadcasts)
            )
            return [_broadcast(row) for row in rows]


async def _begin(
    connection: AsyncConnection, audience: Select[tuple[int, str]], **values: object
) -> Broadcast:
    """Keep a broadcast, and freeze who gets it."""
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
    return _broadcast(row)


async def _keep_subject(
    connection: AsyncConnection, form: Form, subject: Subject, by: int, now: datetime
) -> int:
    match subject:
        case Subject.EVENT:
            statement = insert(events).values(
                title=form.answers["title"],
                starts_at=datetime.fromisoformat(form.answers["starts_at"]),
                place=form.answers["place"],
                created_by=by,
                created_at=now,
            )
            return int((await connection.execute(statement.returning(events.c.id))).scalar_one())
        case Subject.LESSON:
            statement = insert(lessons).values(
                title=form.answers["title"], body=form.answers["body"], shared_by=by, shared_at=now
            )
            return int((await connection.execute(statement.returning(lessons.c.id))).scalar_one())
        case _:
            raise ValueError(f"{subject} is not written in a form")


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.state == DeliveryState.PENDING, deliveries.c.next_attempt_at <= now


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


def _language(code: str) -> Language:
    return next(language for language in LANGUAGES if language == code)


def _broadcast(row: Row[*tuple[Any, ...]]) -> Broadcast:
    return Broadcast(
        id=row.id,
        subject=Subject(row.subject),
        title=row.title,
        texts=row.texts,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
