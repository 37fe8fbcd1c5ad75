"""Inquiries in the database: every change of state is one conditional statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import Matter, made
from bot.core.forms import clean
from bot.core.history import Question, Result
from bot.core.inquiries import LONGEST_ANSWER, SILENCE, Inquiry, InquiryState, Sighting
from storage.database import Database
from storage.deeds import BOOKKEEPING
from storage.history import is_gap
from storage.tables import inquiries, inquiry_messages, questions

_OPEN = (InquiryState.WAITING, InquiryState.TAKEN)


class StoredInquiries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def pass_on(self, question: Question, now: datetime) -> Inquiry | None:
        if question.person_id is None:
            return None
        async with self._database.write() as connection:
            kept = await connection.execute(
                upsert(inquiries)
                .values(
                    question_id=question.id,
                    person_id=question.person_id,
                    question=question.text,
                    state=InquiryState.WAITING,
                    asked_at=now,
                    spoken_at=now,
                )
                .on_conflict_do_nothing()
                .returning(inquiries)
            )
            row = kept.one_or_none()
            if row:
                made(Matter.INQUIRY, row.id)
        return _inquiry(row) if row else None

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

    async def of_question(self, question_id: int) -> Inquiry | None:
        found = await self._find(inquiries.c.question_id == question_id)
        return found[0] if found else None

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
                update(inquiries)
                .where(inquiries.c.id == inquiry_id)
                .values(spoken_at=now)
                .execution_options(**BOOKKEEPING)
            )

    async def answer(self, inquiry_id: int, words: str, topic: str | None, now: datetime) -> None:
        before = inquiries.c.answer + case((inquiries.c.answer != "", "\n"), else_="")
        values = {
            "spoken_at": now,
            "answered_at": func.coalesce(inquiries.c.answered_at, literal(now, inquiries.c.answered_at.type)),
            "answer": func.substr(before + clean(words), 1, LONGEST_ANSWER) if words else inquiries.c.answer,
            "topic": topic or inquiries.c.topic,
        }
        async with self._database.write() as connection:
            row = await connection.execute(
                update(inquiries)
                .where(inquiries.c.id == inquiry_id)
                .values(**values)
                .returning(inquiries.c.question_id)
            )
            await connection.execute(
                update(questions)
                .where(questions.c.id == row.scalar_one(), is_gap())
                .values(result=Result.BY_PERSON)
            )

    async def remember(self, inquiry_id: int, sighting: Sighting) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                upsert(inquiry_messages)
                .values(
                    chat_id=sighting.chat_id,
                    message_id=sighting.message_id,
                    addition=sighting.addition,
                    inquiry_id=inquiry_id,
                )
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
            return [Sighting(row.chat_id, row.message_id, row.addition) for row in rows]

    async def close_silent(self, now: datetime) -> list[Inquiry]:
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(inquiries)
                .where(
                    inquiries.c.state == InquiryState.TAKEN,
                    inquiries.c.answered_at.is_not(None),
                    inquiries.c.spoken_at < now - SILENCE,
                )
                .values(state=InquiryState.CLOSED, spoken_at=now)
                .returning(inquiries)
            )
            return [_inquiry(row) for row in rows]

    async def unanswered(self) -> list[Inquiry]:
        return await self._find(inquiries.c.state.in_(_OPEN), inquiries.c.answered_at.is_(None))

    async def note_reminder(self, inquiry: Inquiry, now: datetime, release: bool) -> bool:
        released = {"state": InquiryState.WAITING, "taken_by": None} if release else {}
        async with self._database.write() as connection:
            noted = await connection.execute(
                update(inquiries)
                .where(
                    inquiries.c.id == inquiry.id,
                    inquiries.c.state == inquiry.state,
                    inquiries.c.answered_at.is_(None),
                    inquiries.c.reminders == inquiry.reminders,
                )
                .values(reminders=inquiry.reminders + 1, **released)
            )
        return noted.rowcount == 1

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


async def give_back_inquiries(connection: AsyncConnection, person_id: int, now: datetime) -> list[Inquiry]:
    """Put the talks that a coordinator has taken back into the queue, inside a larger transaction."""
    given = await connection.execute(
        update(inquiries)
        .where(inquiries.c.state == InquiryState.TAKEN, inquiries.c.taken_by == person_id)
        .values(state=InquiryState.WAITING, taken_by=None, spoken_at=now, answered_at=None)
        .returning(inquiries)
    )
    return [_inquiry(row) for row in given]


def _inquiry(row: Row[*tuple[Any, ...]]) -> Inquiry:
    return Inquiry(
        id=row.id,
        question_id=row.question_id,
        person_id=row.person_id,
        question=row.question,
        state=InquiryState(row.state),
        taken_by=row.taken_by,
        asked_at=row.asked_at,
        spoken_at=row.spoken_at,
        answer=row.answer,
        topic=row.topic,
        answered_at=row.answered_at,
        reminders=row.reminders,
    )
