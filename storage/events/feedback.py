"""Feedback in the database: one row of each person for an event."""

from datetime import datetime

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.core.events.feedback import Feedback
from bot.core.events.registrations import RegistrationState
from bot.core.forms import Form
from storage.database import Database
from storage.events.events import is_over
from storage.forms import close_form
from storage.tables import events, feedback, registrations

MOST_SENTENCES = 30


class StoredFeedback:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def rate(self, event_id: int, person_id: int, stars: int, now: datetime) -> bool:
        came = select(registrations.c.id).where(
            registrations.c.event_id == event_id,
            registrations.c.person_id == person_id,
            registrations.c.state == RegistrationState.COMING,
        )
        given = select(
            events.c.id, literal(person_id), literal(stars), literal(now, feedback.c.given_at.type)
        ).where(events.c.id == event_id, is_over(now), came.exists())
        keeping = (
            upsert(feedback)
            .from_select(["event_id", "person_id", "stars", "given_at"], given)
            .on_conflict_do_update(
                index_elements=["event_id", "person_id"], set_={"stars": stars, "given_at": now}
            )
        )
        async with self._database.write() as connection:
            return (await connection.execute(keeping)).rowcount == 1

    async def comment(self, form: Form, now: datetime) -> bool:
        said = (
            update(feedback)
            .where(
                feedback.c.event_id == int(form.answers["event"]),
                feedback.c.person_id == form.chat_id,
            )
            .values(sentence=form.answers["sentence"], given_at=now)
        )
        async with self._database.write() as connection:
            return await close_form(connection, form) and (await connection.execute(said)).rowcount == 1

    async def of_event(self, event_id: int) -> Feedback:
        async with self._database.read() as connection:
            counted = await connection.execute(
                select(feedback.c.stars, func.count())
                .where(feedback.c.event_id == event_id)
                .group_by(feedback.c.stars)
            )
            counts = {int(stars): int(count) for stars, count in counted}
            sentences = await connection.scalars(
                select(feedback.c.sentence)
                .where(feedback.c.event_id == event_id, feedback.c.sentence != "")
                .order_by(feedback.c.given_at.desc(), feedback.c.id.desc())
                .limit(MOST_SENTENCES)
            )
            return Feedback(counts, tuple(sentences))
