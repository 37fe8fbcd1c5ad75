"""People, roles and invitations in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.people import LANGUAGES, TOPIC_LIFETIME, Grant, Invitation, Language, Needs, Person, Role
from storage.database import Database
from storage.deeds import put_down_joining
from storage.directory import add_representative
from storage.limits import limits_in, limits_kept
from storage.tables import invitations, organisations, people, representatives, roles


class StoredPeople:
    """`admin_ids` are administrators whatever the tables say."""

    def __init__(self, database: Database, admin_ids: Collection[int]) -> None:
        self._database = database
        self._admin_ids = frozenset(admin_ids)

    async def meet(self, person_id: int, name: str, client_language: str | None, now: datetime) -> Person:
        values = {"name": name, "client_language": client_language, "blocked_at": None}
        async with self._database.write() as connection:
            await connection.execute(
                insert(people)
                .values(id=person_id, first_seen_at=now, **values)
                .on_conflict_do_update(index_elements=[people.c.id], set_=values)
            )
            row = (await connection.execute(PERSON.where(people.c.id == person_id))).one()
        return self._person(row, now)

    async def find(self, person_id: int) -> Person | None:
        async with self._database.read() as connection:
            row = (await connection.execute(PERSON.where(people.c.id == person_id))).one_or_none()
        return self._person(row) if row else None

    async def choose_language(self, person_id: int, language: Language) -> None:
        await self._set(person_id, chosen_language=language)

    async def note_topic(self, person_id: int, topic: str, now: datetime) -> None:
        await self._set(person_id, topic=topic, topic_at=now)

    async def mark_blocked(self, person_id: int, now: datetime) -> None:
        await self._set(person_id, blocked_at=now)

    async def coordinators(self, needs: Needs) -> list[Person]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                PERSON.where(or_(roles.c.role >= Role.COORDINATOR, people.c.id.in_(self._admin_ids)))
                .where(people.c.blocked_at.is_(None))
                .order_by(people.c.id)
            )
            found = [self._person(row) for row in rows]
        return [one for one in found if one.may(needs)]

    async def has_administrator(self) -> bool:
        if self._admin_ids:
            return True
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(exists().where(roles.c.role >= Role.ADMINISTRATOR))))

    async def keep_invitation(self, invitation: Invitation, created_by: int | None, now: datetime) -> None:
        async with self._database.write() as connection:
            if created_by is None:
                await connection.execute(
                    delete(invitations).where(
                        invitations.c.created_by.is_(None), invitations.c.used_at.is_(None)
                    )
                )
            await add_invitation(connection, invitation, created_by, now)

    async def grant_of(self, digest: str, now: datetime) -> Grant | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*_GRANT).where(*_good(digest, now)))).one_or_none()
        return Grant(Role(row.role), row.organisation_id) if row else None

    async def accept_invitation(self, digest: str, person_id: int, now: datetime) -> Role | None:
        async with self._database.write() as connection:
            used = await connection.execute(
                update(invitations)
                .where(*_good(digest, now))
                .values(used_by=person_id, used_at=now)
                .returning(*_GRANT, invitations.c.abilities, invitations.c.provinces)
            )
            given = used.one_or_none()
            if given is None:
                return None
            if given.organisation_id is not None:
                await add_representative(connection, given.organisation_id, person_id, now)
            if given.role >= Role.COORDINATOR:
                held = {"role": given.role, "given_at": now, **limits_kept(limits_in(given))}
                upsert = insert(roles).values(person_id=person_id, **held)
                await connection.execute(
                    upsert.on_conflict_do_update(
                        index_elements=[roles.c.person_id], set_=held, where=roles.c.role < given.role
                    )
                )
                await put_down_joining(connection, Role(given.role))
        return Role(given.role)

    async def _set(self, person_id: int, **values: object) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(people).where(people.c.id == person_id).values(**values))

    def _person(self, row: Row[*tuple[Any, ...]], now: datetime | None = None) -> Person:
        return person_of(row, self._admin_ids, now)


def person_of(row: Row[*tuple[Any, ...]], admin_ids: Collection[int], now: datetime | None = None) -> Person:
    """A row of PERSON; with `now`, with what was answered last."""
    role = Role(row.role) if row.role else Role.REPRESENTATIVE if row.represents else Role.PERSON
    if row.id in admin_ids:
        role = Role.ADMINISTRATOR
    chosen = next((language for language in LANGUAGES if language == row.chosen_language), None)
    recent = now and row.topic_at and now - row.topic_at <= TOPIC_LIFETIME
    topic = row.topic if recent else None
    return Person(row.id, row.name, role, chosen, row.client_language, topic, limits_in(row))


async def add_invitation(
    connection: AsyncConnection, invitation: Invitation, created_by: int | None, now: datetime
) -> None:
    """Keep an invitation inside a larger transaction."""
    await connection.execute(
        invitations.insert().values(
            digest=invitation.digest,
            role=invitation.role,
            created_by=created_by,
            created_at=now,
            expires_at=invitation.expires_at,
            organisation_id=invitation.organisation_id,
            **limits_kept(invitation.limits),
        )
    )


def _good(digest: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which invitation it is, if it still gives anything."""
    return (
        invitations.c.digest == digest,
        invitations.c.used_at.is_(None),
        invitations.c.expires_at > now,
    )


_GRANT = (invitations.c.role, invitations.c.organisation_id)
PERSON = select(
    people.c.id,
    people.c.name,
    people.c.chosen_language,
    people.c.client_language,
    people.c.topic,
    people.c.topic_at,
    roles.c.role,
    roles.c.abilities,
    roles.c.provinces,
    select(representatives.c.person_id)
    .join(organisations)
    .where(representatives.c.person_id == people.c.id, organisations.c.left_at.is_(None))
    .exists()
    .label("represents"),
).select_from(people.outerjoin(roles))
