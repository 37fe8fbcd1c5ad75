"""Lessons learned in the database."""

from typing import Any

from sqlalchemy import Row, func, select

from bot.core.lessons import PAGE_SIZE, Lesson
from storage.database import Database
from storage.tables import lessons


class StoredLessons:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lesson(self, lesson_id: int) -> Lesson | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(lessons).where(lessons.c.id == lesson_id))).one_or_none()
        return _lesson(row) if row else None

    async def newest(self, page: int) -> tuple[list[Lesson], int]:
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(lessons)) or 0
            rows = await connection.execute(
                select(lessons).order_by(lessons.c.id.desc()).limit(PAGE_SIZE).offset(page * PAGE_SIZE)
            )
            return [_lesson(row) for row in rows], -(-total // PAGE_SIZE)


def _lesson(row: Row[*tuple[Any, ...]]) -> Lesson:
    return Lesson(row.id, row.title, row.body, row.shared_at)
