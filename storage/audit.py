"""The audit, to be read; `storage.deeds` writes it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, Select, case, cast, func, select

from bot.core.audit import KINDS, PAGE_SIZE, Actor, Chosen, Matter, Record
from bot.core.people import Role
from storage.database import Database
from storage.deeds import put_down_export
from storage.tables import (
    actors,
    audit,
    broadcasts,
    events,
    inquiries,
    lesson_reports,
    lessons,
    membership_requests,
    notices,
    organisations,
    people,
    plan_steps,
    plans,
    proposed_corrections,
    registrations,
)


class StoredAudit:
    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """Months are those of the zone."""
        self._database = database
        self._zone = zone

    async def page(self, chosen: Chosen, page: int) -> tuple[list[Record], int]:
        wanted = self._wanted(chosen)
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(audit).where(*wanted)) or 0
            rows = await connection.execute(_newest(*wanted).limit(PAGE_SIZE).offset(page * PAGE_SIZE))
            return [_record(row) for row in rows], -(-total // PAGE_SIZE)

    async def all(self, chosen: Chosen) -> list[Record]:
        async with self._database.read() as connection:
            return [_record(row) for row in await connection.execute(_newest(*self._wanted(chosen)))]

    async def actors(self) -> list[Actor]:
        named = select(actors.c.id, people.c.name).join_from(actors, people, isouter=True)
        async with self._database.read() as connection:
            rows = await connection.execute(named.order_by(actors.c.id))
            return [Actor(row.id, row.name) for row in rows]

    async def first_at(self) -> datetime | None:
        async with self._database.read() as connection:
            first: datetime | None = await connection.scalar(select(func.min(audit.c.at)))
        return first

    async def put_down_export(self) -> None:
        async with self._database.write() as connection:
            await put_down_export(connection)

    def _wanted(self, chosen: Chosen) -> list[ColumnElement[bool]]:
        wanted = []
        if chosen.actor:
            wanted.append(audit.c.actor_id == chosen.actor)
        if chosen.kind in KINDS:
            wanted.append(audit.c.matter.in_(KINDS[chosen.kind]))
        if month := chosen.between(self._zone):
            begins, ends = month
            wanted += [audit.c.at >= begins, audit.c.at < ends]
        return wanted


_NUMBER = cast(audit.c.about, BigInteger)
_TITLES = {
    Matter.BROADCAST: select(broadcasts.c.title).where(broadcasts.c.id == _NUMBER),
    Matter.CORRECTION: select(broadcasts.c.title)
    .join_from(broadcasts, proposed_corrections)
    .where(proposed_corrections.c.id == _NUMBER),
    Matter.EVENT: select(events.c.title).where(events.c.id == _NUMBER),
    Matter.SEAT: select(events.c.title).join_from(events, registrations).where(registrations.c.id == _NUMBER),
    Matter.NOTICE: select(events.c.title).join_from(events, notices).where(notices.c.id == _NUMBER),
    Matter.LESSON: select(lessons.c.title).where(lessons.c.id == _NUMBER),
    Matter.REPORT: select(lessons.c.title)
    .join_from(lessons, lesson_reports)
    .where(lesson_reports.c.id == _NUMBER),
    Matter.REQUEST: select(membership_requests.c.organisation).where(membership_requests.c.id == _NUMBER),
    Matter.ORGANISATION: select(organisations.c.name).where(organisations.c.id == _NUMBER),
    Matter.INQUIRY: select(inquiries.c.question).where(inquiries.c.id == _NUMBER),
    Matter.COLLEAGUE: select(people.c.name).join_from(people, actors).where(actors.c.id == _NUMBER),
    Matter.PLAN: select(plans.c.commune_code).where(plans.c.id == _NUMBER),
    Matter.STEP: select(plan_steps.c.what).where(plan_steps.c.id == _NUMBER),
}


def _newest(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    numbered = audit.c.about != ""
    title = case(
        *(
            ((audit.c.matter == matter) & numbered, titles.scalar_subquery())
            for matter, titles in _TITLES.items()
        )
    )
    return (
        select(audit, people.c.name, title.label("title"))
        .join_from(audit, actors)
        .join(people, people.c.id == actors.c.person_id, isouter=True)
        .where(*wanted)
        .order_by(audit.c.id.desc())
    )


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    return Record(
        row.id,
        row.at,
        Actor(row.actor_id, row.name),
        Role(row.role),
        row.deed,
        Matter(row.matter),
        row.about,
        row.title,
    )
