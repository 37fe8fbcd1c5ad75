"""Lessons learned in the database; every change is a version, and nothing is overwritten unseen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.attachments import from_text, to_text
from bot.core.audit import Matter, made
from bot.core.forms import Form
from bot.core.lessons import (
    NAMED,
    PAGE_SIZE,
    Content,
    Decided,
    Decision,
    Lesson,
    LessonState,
    LessonVersion,
    Report,
    content_as_json,
    content_from_json,
    content_of,
    why_undecided,
)
from storage.database import Database
from storage.forms import close_form
from storage.tables import lesson_reports, lesson_useful, lesson_versions, lessons

EDITED = "edited"


class StoredLessons:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lesson(self, lesson_id: int) -> Lesson | None:
        return next(iter(await self._found(select(lessons).where(lessons.c.id == lesson_id))), None)

    async def newest(
        self, page: int, *, theme: str | None = None, province: str | None = None
    ) -> tuple[list[Lesson], int]:
        chosen = [_APPROVED]
        if theme:
            chosen.append(lessons.c.themes.contains(f" {theme} "))
        if province:
            chosen.append(lessons.c.commune_code.startswith(province))
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(lessons).where(*chosen)) or 0
            rows = await connection.execute(
                select(lessons)
                .where(*chosen)
                .order_by(lessons.c.shared_at.desc(), lessons.c.id.desc())
                .limit(PAGE_SIZE)
                .offset(page * PAGE_SIZE)
            )
            return [_lesson(row) for row in rows], -(-total // PAGE_SIZE)

    async def by_id(self, lesson_ids: Sequence[int]) -> list[Lesson]:
        found = await self._found(select(lessons).where(_APPROVED, lessons.c.id.in_(lesson_ids)))
        return sorted(found, key=lambda lesson: lesson_ids.index(lesson.id))

    async def of_event(self, event_id: int) -> list[Lesson]:
        told = select(lessons).where(_APPROVED, lessons.c.event_id == event_id)
        return await self._found(told.order_by(lessons.c.shared_at, lessons.c.id))

    async def all(self) -> list[Lesson]:
        return await self._found(select(lessons).where(_APPROVED).order_by(lessons.c.id))

    async def last_change(self) -> int:
        async with self._database.read() as connection:
            return int(await connection.scalar(select(func.max(lesson_versions.c.id))) or 0)

    async def themes(self) -> dict[str, int]:
        async with self._database.read() as connection:
            rows = await connection.scalars(select(lessons.c.themes).where(_APPROVED))
            return dict(Counter(theme for themes in rows for theme in themes.split()))

    async def provinces(self) -> dict[str, int]:
        province = func.substr(lessons.c.commune_code, 1, 2).label("province")
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(province, func.count())
                .where(_APPROVED, lessons.c.commune_code != "")
                .group_by(province)
                .order_by(province)
            )
            return {str(code): int(number) for code, number in rows}

    async def offer(self, form: Form, author_id: int, now: datetime) -> Lesson | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            named = form.answers.get("named") == NAMED
            content, event = content_of(form.answers), form.answers.get("event")
            return await _insert(
                connection,
                content,
                LessonState.OFFERED,
                author_id,
                now,
                named=named,
                event_id=int(event) if event else None,
            )

    async def revise(self, form: Form, by: int, now: datetime) -> Lesson | None:
        returned = lessons.c.state == LessonState.RETURNED
        async with self._database.write() as connection:
            closed = await close_form(connection, form)
            lesson = closed and await _change(
                connection,
                _as_seen(int(form.answers["lesson"]), int(form.answers["version"])),
                lessons.c.state != LessonState.DECLINED,
                # One that was returned is changed by its author only, and waits again.
                (lessons.c.state != LessonState.RETURNED) | (lessons.c.shared_by == by),
                values={
                    **_values(content_of(form.answers)),
                    "state": case((returned, LessonState.OFFERED.value), else_=lessons.c.state),
                    "reason": case((returned, ""), else_=lessons.c.reason),
                },
                deed=EDITED,
                by=by,
                now=now,
            )
            if not lesson:
                await connection.rollback()
                return None
            return lesson

    async def decide(
        self, lesson_id: int, version: int, state: LessonState, by: int, now: datetime, reason: str = ""
    ) -> Decision | None:
        decision = {"state": state, "decided_by": by, "decided_at": now, "reason": reason}
        async with self._database.write() as connection:
            lesson = await _change(
                connection,
                _as_seen(lesson_id, version),
                lessons.c.state == LessonState.OFFERED,
                lessons.c.shared_by != by,
                values=decision | ({"shared_at": now} if state is LessonState.APPROVED else {}),
                deed=state,
                by=by,
                now=now,
                reason=reason,
            )
        if lesson:
            return Decided(lesson)
        found = await self.lesson(lesson_id)
        return why_undecided(found, by) if found else None

    async def waiting(self) -> list[Lesson]:
        offered = lessons.c.state == LessonState.OFFERED
        return await self._found(select(lessons).where(offered).order_by(lessons.c.shared_at, lessons.c.id))

    async def of_author(self, author_id: int) -> list[Lesson]:
        return await self._found(
            select(lessons).where(lessons.c.shared_by == author_id).order_by(lessons.c.id.desc()).limit(20)
        )

    async def versions(self, lesson_id: int) -> list[LessonVersion]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(lesson_versions)
                .where(lesson_versions.c.lesson_id == lesson_id)
                .order_by(lesson_versions.c.number.desc())
            )
            return [
                LessonVersion(
                    row.number, content_from_json(row.content), row.deed, row.by, row.at, row.reason
                )
                for row in rows
            ]

    async def find_useful(
        self, lesson_id: int, person_id: int, found: bool | None, now: datetime
    ) -> bool | None:
        theirs = (lesson_useful.c.lesson_id == lesson_id) & (lesson_useful.c.person_id == person_id)
        readable = select(lessons.c.id, literal(person_id), literal(now, lesson_useful.c.at.type)).where(
            _APPROVED, lessons.c.id == lesson_id
        )
        async with self._database.write() as connection:
            if found is not True:
                taken = await connection.execute(delete(lesson_useful).where(theirs))
                if taken.rowcount or found is False:
                    return False
            await connection.execute(
                upsert(lesson_useful)
                .from_select(["lesson_id", "person_id", "at"], readable)
                .on_conflict_do_nothing()
            )
            return await connection.scalar(select(exists().where(theirs))) or None

    async def found_useful(self, lesson_id: int, person_id: int) -> bool:
        theirs = lesson_useful.c.lesson_id == lesson_id, lesson_useful.c.person_id == person_id
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(exists().where(*theirs))))

    async def useful(self, lesson_id: int) -> int:
        async with self._database.read() as connection:
            counted = select(func.count()).where(lesson_useful.c.lesson_id == lesson_id)
            return int(await connection.scalar(counted) or 0)

    async def report(self, form: Form, author_id: int, now: datetime) -> Report | None:
        told = select(
            lessons.c.id,
            literal(author_id),
            literal(form.answers["commune"]),
            literal(form.answers["body"]),
            literal(LessonState.OFFERED.value),
            literal(now, lesson_reports.c.reported_at.type),
        ).where(_APPROVED, lessons.c.id == int(form.answers["lesson"]))
        columns = ["lesson_id", "reported_by", "commune_code", "body", "state", "reported_at"]
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            kept = await connection.execute(
                insert(lesson_reports).from_select(columns, told).returning(lesson_reports)
            )
            row = kept.one_or_none()
        return _report(row) if row else None

    async def report_of(self, report_id: int) -> Report | None:
        found = await self._reports(select(lesson_reports).where(lesson_reports.c.id == report_id))
        return next(iter(found), None)

    async def reports(self, lesson_id: int) -> list[Report]:
        return await self._reports(
            select(lesson_reports)
            .where(lesson_reports.c.lesson_id == lesson_id, lesson_reports.c.state == LessonState.APPROVED)
            .order_by(lesson_reports.c.id)
        )

    async def waiting_reports(self) -> list[Report]:
        offered = lesson_reports.c.state == LessonState.OFFERED
        return await self._reports(select(lesson_reports).where(offered).order_by(lesson_reports.c.id))

    async def decide_report(self, report_id: int, state: LessonState, by: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            done = await connection.execute(
                update(lesson_reports)
                .where(
                    lesson_reports.c.id == report_id,
                    lesson_reports.c.state == LessonState.OFFERED,
                    lesson_reports.c.reported_by != by,
                )
                .values(state=state, decided_by=by, decided_at=now)
            )
        return done.rowcount == 1

    async def _found(self, wanted: Select[*tuple[Any, ...]]) -> list[Lesson]:
        async with self._database.read() as connection:
            return [_lesson(row) for row in await connection.execute(wanted)]

    async def _reports(self, wanted: Select[*tuple[Any, ...]]) -> list[Report]:
        async with self._database.read() as connection:
            return [_report(row) for row in await connection.execute(wanted)]


async def keep_shared(connection: AsyncConnection, form: Form, by: int, now: datetime) -> int | None:
    """Keep the lesson that a coordinator's form tells, inside a larger transaction; its id.

    A form that names a lesson tells what that one says from now on. None when it says something else by now.
    """
    if "lesson" not in form.answers:
        kept = await _insert(connection, content_of(form.answers), LessonState.APPROVED, by, now)
        return kept.id
    seen = _as_seen(int(form.answers["lesson"]), int(form.answers["version"]))
    row = (await connection.execute(select(lessons).where(seen, _APPROVED))).one_or_none()
    if row is None:
        return None
    content = content_of(form.answers)
    if content == _lesson(row).content:
        return int(row.id)
    changed = await _change(connection, seen, _APPROVED, values=_values(content), deed=EDITED, by=by, now=now)
    return changed.id if changed else None


async def keep_approved(
    connection: AsyncConnection, content: Content, event_id: int, by: int, now: datetime
) -> Lesson:
    """Keep a lesson from an event, which a coordinator puts into the library, inside a larger transaction."""
    return await _insert(connection, content, LessonState.APPROVED, by, now, event_id=event_id)


async def correct_shared(
    connection: AsyncConnection, form: Form, lesson_id: int, by: int, now: datetime
) -> bool:
    """Change title and text of a lesson to those of a form; False when it was changed since it was opened."""
    seen = lessons.c.id == lesson_id
    if "version" in form.answers:
        seen = _as_seen(lesson_id, int(form.answers["version"]))
    values = {"title": form.answers["title"], "body": form.answers["body"]}
    return bool(await _change(connection, seen, values=values, deed=EDITED, by=by, now=now))


async def _insert(
    connection: AsyncConnection,
    content: Content,
    state: LessonState,
    author_id: int,
    now: datetime,
    *,
    named: bool = False,
    event_id: int | None = None,
) -> Lesson:
    row = await connection.execute(
        insert(lessons)
        .values(
            shared_by=author_id,
            shared_at=now,
            state=state,
            version=1,
            named=named,
            event_id=event_id,
            **_values(content),
        )
        .returning(lessons)
    )
    lesson = _lesson(row.one())
    made(Matter.LESSON, lesson.id)
    return await _keep_version(connection, lesson, state, author_id, now, "")


async def _change(
    connection: AsyncConnection,
    *where: ColumnElement[bool],
    values: Mapping[str, object],
    deed: str,
    by: int,
    now: datetime,
    reason: str = "",
) -> Lesson | None:
    """Change one lesson in one conditional statement, and keep the version; None when none fits."""
    changed = await connection.execute(
        update(lessons).where(*where).values(version=lessons.c.version + 1, **values).returning(lessons)
    )
    row = changed.one_or_none()
    return await _keep_version(connection, _lesson(row), deed, by, now, reason) if row else None


async def _keep_version(
    connection: AsyncConnection, lesson: Lesson, deed: str, by: int, now: datetime, reason: str
) -> Lesson:
    await connection.execute(
        insert(lesson_versions).values(
            lesson_id=lesson.id,
            number=lesson.version,
            content=content_as_json(lesson.content),
            deed=deed,
            by=by,
            at=now,
            reason=reason,
        )
    )
    return lesson


def _as_seen(lesson_id: int, version: int) -> ColumnElement[bool]:
    return (lessons.c.id == lesson_id) & (lessons.c.version == version)


def _values(content: Content) -> dict[str, object]:
    return {
        "title": content.title,
        "body": content.body,
        "themes": f" {' '.join(content.themes)} " if content.themes else "",
        "commune_code": content.commune_code,
        "organisation": content.organisation,
        "attachments": to_text(content.attachments),
    }


def _lesson(row: Row[*tuple[Any, ...]]) -> Lesson:
    return Lesson(
        title=row.title,
        body=row.body,
        themes=tuple(row.themes.split()),
        commune_code=row.commune_code,
        organisation=row.organisation,
        attachments=from_text(row.attachments),
        id=row.id,
        author_id=row.shared_by,
        named=row.named,
        state=LessonState(row.state),
        version=row.version,
        shared_at=row.shared_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )


def _report(row: Row[*tuple[Any, ...]]) -> Report:
    return Report(
        id=row.id,
        lesson_id=row.lesson_id,
        author_id=row.reported_by,
        commune_code=row.commune_code,
        body=row.body,
        state=LessonState(row.state),
        reported_at=row.reported_at,
        decided_by=row.decided_by,
    )


_APPROVED = lessons.c.state == LessonState.APPROVED
