"""Minutes of events in the database."""

from datetime import datetime

from sqlalchemy import select, update

from bot.core.attachments import from_text
from bot.core.events.minutes import Minutes
from bot.core.forms import Form
from bot.core.lessons import Content, Lesson
from storage.database import Database
from storage.forms import close_form
from storage.lessons import keep_approved
from storage.tables import events


class StoredMinutes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_event(self, event_id: int) -> Minutes | None:
        written = select(events).where(events.c.id == event_id, events.c.minutes_at.is_not(None))
        async with self._database.read() as connection:
            row = (await connection.execute(written)).one_or_none()
        if row is None:
            return None
        return Minutes(row.minutes, from_text(row.minutes_files), row.minutes_at, row.lesson_id)

    async def write(self, form: Form, now: datetime) -> bool:
        writing = (
            update(events)
            .where(events.c.id == int(form.answers["event"]))
            .values(minutes=form.answers["text"], minutes_files=form.answers["files"], minutes_at=now)
        )
        async with self._database.write() as connection:
            return await close_form(connection, form) and (await connection.execute(writing)).rowcount == 1

    async def to_lesson(self, event_id: int, title: str, body: str, by: int, now: datetime) -> Lesson | None:
        unused = (events.c.id == event_id) & events.c.minutes_at.is_not(None) & events.c.lesson_id.is_(None)
        async with self._database.write() as connection:
            row = (await connection.execute(select(events.c.minutes_files).where(unused))).one_or_none()
            if row is None:
                return None
            content = Content(title, body, themes=("forums",), attachments=from_text(row.minutes_files))
            lesson = await keep_approved(connection, content, event_id, by, now)
            taken = update(events).where(unused).values(lesson_id=lesson.id)
            if (await connection.execute(taken)).rowcount != 1:
                await connection.rollback()
                return None
            return lesson
