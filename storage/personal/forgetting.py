"""One person in the database: all that is kept of them, and forgetting it in one transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events.registrations import HOLDING
from bot.core.inquiries import InquiryState
from bot.core.membership import OPEN
from bot.core.people import Role
from bot.core.personal import (
    Differs,
    Farewell,
    Forgetting,
    Forgotten,
    LastAdministrator,
    NamedInSettings,
    Record,
)
from storage.database import Database
from storage.events.seats import free
from storage.inbox import empty_updates_of
from storage.personal.declared import WORK, Rule, rules, to_come_at
from storage.personal.silence import silence
from storage.tables import (
    broadcasts,
    events,
    inquiries,
    lessons,
    membership_requests,
    organisations,
    plan_steps,
    registrations,
    representatives,
    roles,
)

NAMED_BY = {events: "title", lessons: "title", broadcasts: "title", organisations: "name", plan_steps: "what"}
"""What a row that another points to is called, so that a person can tell which it is."""


class StoredPersonalData:
    """`admin_ids` are administrators whatever the tables say."""

    def __init__(self, database: Database, admin_ids: Collection[int]) -> None:
        self._database = database
        self._admin_ids = frozenset(admin_ids)

    async def records(self, person_id: int, now: datetime) -> list[Record]:
        every = rules(now)
        found: list[Record] = []
        async with self._database.read() as connection:
            for rule in every:
                if rule.group:
                    numbers = {one.column.name for one in every if one.table is rule.table}
                    found += await _records(connection, rule, person_id, numbers - {rule.column.name})
        return found

    async def farewell(self, person_id: int, now: datetime) -> Farewell:
        async with self._database.read() as connection:
            return await _farewell(connection, person_id, now)

    async def bars(self, person_id: int) -> LastAdministrator | NamedInSettings | None:
        async with self._database.read() as connection:
            return await self._bars(connection, person_id)

    async def forget(self, person_id: int, told: str, now: datetime) -> Forgetting:
        async with self._database.write() as connection:
            if barred := await self._bars(connection, person_id):
                return barred
            farewell = await _farewell(connection, person_id, now)
            if farewell.digest != told:
                return Differs()
            seats = await _give_seats_back(connection, person_id, now)
            talking = inquiries.c.state == InquiryState.TAKEN
            released = await _ids(connection, inquiries.c.id, talking, inquiries.c.taken_by == person_id)
            talked = await _ids(connection, inquiries.c.taken_by, talking, inquiries.c.person_id == person_id)
            withdrawn = await _requests_in_hand(connection, person_id)
            await silence(connection, person_id)
            for rule in rules(now):
                await _carry_out(connection, rule, person_id)
            await empty_updates_of(connection, person_id)
        await self._database.scrub()
        return Forgotten(farewell, seats, released, talked, withdrawn)

    async def _bars(
        self, connection: AsyncConnection, person_id: int
    ) -> LastAdministrator | NamedInSettings | None:
        """Two who ask at once must not both be let go: the rows are held until the end."""
        if person_id in self._admin_ids:
            return NamedInSettings()
        administrators = set(
            await connection.scalars(
                select(roles.c.person_id).where(roles.c.role >= Role.ADMINISTRATOR).with_for_update()
            )
        )
        others = self._admin_ids or administrators - {person_id}
        return LastAdministrator() if person_id in administrators and not others else None


async def _farewell(connection: AsyncConnection, person_id: int, now: datetime) -> Farewell:
    goes: dict[str, int] = {}
    stays: dict[str, int] = {}
    for rule in rules(now):
        number = await _count(connection, rule, person_id) if rule.group else 0
        if number:
            counts = goes if rule.goes else stays
            counts[rule.group] = counts.get(rule.group, 0) + number
    return Farewell(goes, stays, await _left_alone(connection, person_id))


async def _count(connection: AsyncConnection, rule: Rule, person_id: int) -> int:
    counting = select(func.count()).select_from(rule.table).where(rule.of(person_id))
    return int(await connection.scalar(counting) or 0)


async def _carry_out(connection: AsyncConnection, rule: Rule, person_id: int) -> None:
    changing = delete(rule.table) if rule.after is None else update(rule.table).values(dict(rule.after))
    await connection.execute(changing.where(rule.of(person_id)))


async def _records(
    connection: AsyncConnection, rule: Rule, person_id: int, left_out: Collection[str]
) -> list[Record]:
    """The rows without the columns that hold other people's numbers.

    A coordinator's work is told by what it was done to: the rest of these rows is about others.
    """
    table: Table = rule.table
    columns: list[ColumnElement[Any]] = [
        column for column in table.c if rule.group != WORK or column.name in ("id", "title", "topic")
    ]
    source: Any = table
    for column in table.c:
        for key in column.foreign_keys:
            other = key.column.table
            if other in NAMED_BY:
                named = other.alias()
                source = source.outerjoin(named, named.c[key.column.name] == column)
                label = column.name.removesuffix("_id")
                columns.append(named.c[NAMED_BY[other]].label(f"{label}_name"))
    rows = await connection.execute(
        select(*columns).select_from(source).where(rule.of(person_id)).order_by(*table.primary_key)
    )
    return [
        Record(rule.group, table.name, {name: row[name] for name in row if name not in left_out})
        for row in rows.mappings()
    ]


async def _give_seats_back(connection: AsyncConnection, person_id: int, now: datetime) -> list[int]:
    """The seats that they hold at events to come are free; which events those are."""
    held = await connection.execute(
        select(registrations.c.event_id, func.count())
        .where(
            registrations.c.person_id == person_id,
            registrations.c.own,
            registrations.c.state.in_(HOLDING),
            to_come_at(now),
        )
        .group_by(registrations.c.event_id)
    )
    freed: Mapping[int, int] = {int(event_id): int(number) for event_id, number in held}
    for event_id, number in freed.items():
        await free(connection, event_id, number)
    return list(freed)


async def _requests_in_hand(connection: AsyncConnection, person_id: int) -> list[tuple[str, int]]:
    """Open requests of theirs that a coordinator looks at."""
    rows = await connection.execute(
        select(membership_requests.c.organisation, membership_requests.c.taken_by).where(
            membership_requests.c.person_id == person_id,
            membership_requests.c.state.in_(OPEN),
            membership_requests.c.taken_by.is_not(None),
        )
    )
    return [(row.organisation, row.taken_by) for row in rows]


async def _left_alone(connection: AsyncConnection, person_id: int) -> tuple[str, ...]:
    """Members for which this person alone speaks."""
    own, others = representatives.alias(), representatives.alias()
    rows = await connection.scalars(
        select(organisations.c.name)
        .join(own, own.c.organisation_id == organisations.c.id)
        .where(
            own.c.person_id == person_id,
            organisations.c.left_at.is_(None),
            ~exists().where(
                and_(others.c.organisation_id == organisations.c.id, others.c.person_id != person_id)
            ),
        )
        .order_by(organisations.c.id)
    )
    return tuple(rows)


async def _ids(
    connection: AsyncConnection, column: ColumnElement[Any], *where: ColumnElement[bool]
) -> list[int]:
    return [int(one) for one in await connection.scalars(select(column).where(*where).order_by(column))]
