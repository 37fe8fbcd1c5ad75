"""Inquiries in the database: every change of state is one conditional statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.core.forms import clean
from bot.core.inquiries import LONGEST_QUESTION, OFFERS_KEPT, SILENCE, Inquiry, InquiryState, Sighting
from storage.database import Database
from storage.tables import inquiries, inquiry_messages

_OPEN = (InquiryState.WAITING, InquiryState.TAKEN)


class StoredInquiries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(self, person_id: int, question: str, now: datetime) -> Inquiry:
        async with self._database.write() as connection:
            await connection.execute(
                delete(inquiries).where(
                    inquiries.c.state == InquiryState.OFFERED, inquiries.c.asked_at < now - OFFERS_KEPT
                )
            )
            row = await connection.execute(
                insert(inquiries)
                .values(
                    person_id=person_id,
                    question=clean(question)[:LONGEST_QUESTION],
                    state=InquiryState.OFFERED,
                    asked_at=now,
                    spoken_at=now,
                )
                .returning(inquiries)
            )
            return _inquiry(row.one())

    async def pass_on(self, inquiry_id: int, person_id: int, now: datetime) -> Inquiry | None:
        return await self._move(
            inquiry_id,
            InquiryState.WAITING,
            now,
            inquiries.c.state == InquiryState.OFFERED,
            inquiries.c.person_id == person_id,
        )

    async def take(self, inquiry_id: int, by: int, now: datetime) -> bool:
        taken = await self._move(
            inquiry_id,
            InquiryState.TAKEN,
            now,
            inquiries.c.state == InquiryState.WAITING,
            inquiries.c.person_id != by,
            taken_by=by,
        )
        return taken is not None

    async def close(self, inquiry_id: int, by: int, now: datetime) -> Inquiry | None:
        return await self._move(
            inquiry_id,
            InquiryState.CLOSED,
            now,
            inquiries.c.state.in_(_OPEN),
            or_(inquiries.c.person_id == by, inquiries.c.taken_by == by),
        )

    async def inquiry(self, inquiry_id: int) -> Inquiry | None:
        found = await self._find(inquiries.c.id == inquiry_id)
        return found[0] if found else None

    async def waiting_of(self, person_id: int) -> Inquiry | None:
        found = await self._find(
            inquiries.c.person_id == person_id, inquiries.c.state == InquiryState.WAITING
        )
        return found[0] if found else None

    async def talks_of(self, person_id: int) -> list[Inquiry]:
        return await self._find(
            inquiries.c.state == InquiryState.TAKEN,
            or_(inquiries.c.person_id == person_id, inquiries.c.taken_by == person_id),
        )

    async def touch(self, inquiry_id: int, now: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(inquiries).where(inquiries.c.id == inquiry_id).values(spoken_at=now)
            )

    async def remember(self, inquiry_id: int, sighting: Sighting) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                upsert(inquiry_messages)
                .values(chat_id=sighting.chat_id, message_id=sighting.message_id, inquiry_id=inquiry_id)
                .on_conflict_do_nothing()
            )

    async def of_message(self, sighting: Sighting) -> Inquiry | None:
        found = await self._find(
            inquiries.c.id.in_(
                select(inquiry_messages.c.inquiry_id).where(
                    inquiry_messages.c.chat_id == sighting.chat_id,
                    inquiry_messages.c.message_id == sighting.message_id,
                )
            )
        )
        return found[0] if found else None

    async def sightings(self, inquiry_id: int) -> list[Sighting]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(inquiry_messages)
                .where(inquiry_messages.c.inquiry_id == inquiry_id)
                .order_by(inquiry_messages.c.message_id)
            )
            return [Sighting(row.chat_id, row.message_id) for row in rows]

    async def close_silent(self, now: datetime) -> list[Inquiry]:
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(inquiries)
                .where(inquiries.c.state == InquiryState.TAKEN, inquiries.c.spoken_at < now - SILENCE)
                .values(state=InquiryState.CLOSED, spoken_at=now)
                .returning(inquiries)
            )
            return [_inquiry(row) for row in rows]

    async def bring_up(self, now: datetime) -> list[Inquiry]:
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(inquiries)
                .where(inquiries.c.state == InquiryState.WAITING, inquiries.c.spoken_at < now - SILENCE)
                .values(spoken_at=now)
                .returning(inquiries)
            )
            return [_inquiry(row) for row in rows]

    async def _move(
        self,
        inquiry_id: int,
        state: InquiryState,
        now: datetime,
        *conditions: ColumnElement[bool],
        **values: object,
    ) -> Inquiry | None:
        async with self._database.write() as connection:
            moved = await connection.execute(
                update(inquiries)
                .where(inquiries.c.id == inquiry_id, *conditions)
                .values(state=state, spoken_at=now, **values)
                .returning(inquiries)
            )
            row = moved.one_or_none()
        return _inquiry(row) if row else None

    async def _find(self, *conditions: ColumnElement[bool]) -> list[Inquiry]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(inquiries)
                .where(*conditions)
                .order_by(inquiries.c.spoken_at.desc(), inquiries.c.id.desc())
            )
            return [_inquiry(row) for row in rows]


def _inquiry(row: Row[*tuple[Any, ...]]) -> Inquiry:
    return Inquiry(
        id=row.id,
        person_id=row.person_id,
        question=row.question,
        state=InquiryState(row.state),
        taken_by=row.taken_by,
        asked_at=row.asked_at,
    )
