"""Questions in the database, what came of them and how the answers were liked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.core.forms import clean
from bot.core.history import LONGEST_QUESTION, MOST_GAPS, UNANSWERED, Question, Result, Use
from bot.core.people import LANGUAGES, Language
from storage.database import Database
from storage.tables import questions, summaries

# What came of the questions whose asker got an answer from the knowledge.
_SAID = (Result.ANSWERED, Result.CHOSEN, Result.PRESSED)


class StoredHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self,
        person_id: int | None,
        text: str,
        language: Language,
        result: Result,
        now: datetime,
        topic: str | None = None,
        offered: Sequence[str] = (),
    ) -> Question:
        async with self._database.write() as connection:
            row = await connection.execute(
                insert(questions)
                .values(
                    person_id=person_id,
                    text=clean(text)[:LONGEST_QUESTION],
                    language=language,
                    result=result,
                    topic=topic,
                    offered=list(offered),
                    asked_at=now,
                )
                .returning(questions)
            )
            return _question(row.one())

    async def question(self, question_id: int) -> Question | None:
        async with self._database.read() as connection:
            found = await connection.execute(select(questions).where(questions.c.id == question_id))
            row = found.one_or_none()
        return _question(row) if row else None

    async def choose(self, question_id: int, person_id: int, topic: str | None) -> Question | None:
        return await self._change(
            question_id,
            questions.c.person_id == person_id,
            questions.c.result.in_((Result.SUGGESTED, Result.CHOSEN, Result.NONE_MEANT)),
            result=Result.CHOSEN if topic else Result.NONE_MEANT,
            topic=topic,
        )

    async def vote(self, question_id: int, person_id: int, vote: int) -> Question | None:
        return await self._change(
            question_id, questions.c.person_id == person_id, questions.c.result.in_(_SAID), vote=vote
        )

    async def repeats(self, person_id: int | None, text: str, since: datetime) -> tuple[int, bool]:
        same = and_(
            questions.c.person_id == person_id,
            questions.c.asked_at >= since,
            questions.c.text == clean(text)[:LONGEST_QUESTION],
            questions.c.result != Result.PRESSED,
        )
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(questions.c.result, func.count()).where(same).group_by(questions.c.result)
            )
            times = {Result(row[0]): int(row[1]) for row in rows}
        return sum(times.values()), Result.REPEATED in times

    async def gaps(self, since: datetime) -> list[Question]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(questions)
                .where(is_gap(), questions.c.asked_at >= since, questions.c.text != "")
                .order_by(questions.c.id.desc())
                .limit(MOST_GAPS)
            )
            return [_question(row) for row in rows]

    async def uses(self, since: datetime) -> list[Use]:
        times = func.count().label("times")
        up, down = (func.sum((questions.c.vote == vote).cast(questions.c.vote.type)) for vote in (1, -1))
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(questions.c.topic, times, up.label("up"), down.label("down"))
                .where(questions.c.topic.is_not(None), questions.c.asked_at >= since)
                .group_by(questions.c.topic)
                .order_by(times.desc(), questions.c.topic)
            )
            return [Use(row.topic, row.times, row.up, row.down) for row in rows]

    async def told(self, topic: str, since: datetime, until: datetime) -> list[int]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(questions.c.person_id)
                .distinct()
                .where(
                    questions.c.topic == topic,
                    questions.c.person_id.is_not(None),
                    questions.c.asked_at.between(since, until),
                )
                .order_by(questions.c.person_id)
            )
            return [int(row.person_id) for row in rows]

    async def results(self, since: datetime) -> list[tuple[datetime, Result]]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(questions.c.asked_at, questions.c.result).where(questions.c.asked_at >= since)
            )
            return [(row.asked_at, Result(row.result)) for row in rows]

    async def claim_summary(self, week: str, now: datetime) -> bool:
        async with self._database.write() as connection:
            claimed = await connection.execute(
                upsert(summaries).values(week=week, sent_at=now).on_conflict_do_nothing()
            )
        return claimed.rowcount == 1

    async def _change(
        self, question_id: int, *conditions: ColumnElement[bool], **values: object
    ) -> Question | None:
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(questions)
                .where(questions.c.id == question_id, *conditions)
                .values(**values)
                .returning(questions)
            )
            row = changed.one_or_none()
        return _question(row) if row else None


def is_gap() -> ColumnElement[bool]:
    """Whether a question stands without an answer that served; as Question.is_gap."""
    return or_(
        questions.c.result.in_(UNANSWERED),
        and_(questions.c.vote < 0, questions.c.result != Result.BY_PERSON),
    )


def _question(row: Row[*tuple[Any, ...]]) -> Question:
    return Question(
        id=row.id,
        person_id=row.person_id,
        text=row.text,
        language=next(language for language in LANGUAGES if language == row.language),
        result=Result(row.result),
        topic=row.topic,
        offered=tuple(row.offered),
        vote=row.vote,
        asked_at=row.asked_at,
    )
