"""Member organisations and those who speak for them, in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.directory import NameTaken, Organisation, OrganisationKind, Representative, same_names
from bot.core.forms import Form
from bot.core.membership import DeedKind, MembershipRequest
from storage.database import Database
from storage.forms import close_form
from storage.tables import (
    invitations,
    membership_deeds,
    membership_requests,
    organisations,
    people,
    representatives,
)

_MEMBER = organisations.c.left_at.is_(None)
_GIVER = organisations.c.contact_of
_NO_CONTACT = {"contact": "", "position": "", "telephone": "", "email": "", "contact_of": None}


class StoredDirectory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def organisations(self) -> list[Organisation]:
        async with self._database.read() as connection:
            return await members(connection)

    async def organisation(self, organisation_id: int) -> Organisation | None:
        async with self._database.read() as connection:
            found = await connection.execute(
                select(organisations).where(organisations.c.id == organisation_id, _MEMBER)
            )
            row = found.one_or_none()
        return _organisation(row) if row else None

    async def of_person(self, person_id: int) -> list[Organisation]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(organisations)
                .join(representatives)
                .where(representatives.c.person_id == person_id, _MEMBER)
                .order_by(organisations.c.id)
            )
            return [_organisation(row) for row in rows]

    async def representatives(self, organisation_id: int) -> list[Representative]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(representatives.c.person_id, people.c.name, representatives.c.since)
                .join(people)
                .where(representatives.c.organisation_id == organisation_id)
                .order_by(representatives.c.since, representatives.c.person_id)
            )
            return [Representative(row.person_id, row.name, row.since) for row in rows]

    async def describe(self, form: Form, organisation: Organisation, by: int) -> Organisation | None:
        contact = {
            name: getattr(organisation, name) for name in ("contact", "position", "telephone", "email")
        }
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(organisations)
                .where(
                    organisations.c.id == organisation.id,
                    organisations.c.version == organisation.version,
                    _MEMBER,
                )
                .values(
                    version=organisations.c.version + 1,
                    kind=organisation.kind or "",
                    provinces=" ".join(organisation.provinces),
                    sectors=" ".join(organisation.sectors),
                    website=organisation.website,
                    **contact,
                    contact_of=case(
                        (and_(*(organisations.c[name] == value for name, value in contact.items())), _GIVER),
                        else_=by if any(contact.values()) else None,
                    ),
                )
                .returning(organisations)
            )
            row = changed.one_or_none()
            if row is None or not await close_form(connection, form):
                await connection.rollback()
                return None
        return _organisation(row)

    async def rename(self, form: Form, by: int, now: datetime) -> Organisation | NameTaken | None:
        organisation_id, version = int(form.answers["organisation"]), int(form.answers["version"])
        names = (form.answers["name"], form.answers["other_name"])
        async with self._database.write() as connection:
            others = await connection.execute(
                select(organisations)
                .where(organisations.c.id != organisation_id)
                .order_by(organisations.c.id)
            )
            for row in others:
                if same_names(_organisation(row).names, names):
                    return NameTaken(row.name)
            this = (organisations.c.id == organisation_id, organisations.c.version == version, _MEMBER)
            before = await connection.scalar(select(organisations.c.name).where(*this))
            renamed = await connection.execute(
                update(organisations)
                .where(*this)
                .values(name=names[0], other_name=names[1], version=organisations.c.version + 1)
                .returning(organisations)
            )
            row = renamed.one_or_none()
            if row is None or not await close_form(connection, form):
                await connection.rollback()
                return None
            await _note_renamed(connection, organisation_id, f"{before} → {names[0]}", by, now)
        return _organisation(row)

    async def step_down(self, organisation_id: int, person_id: int) -> bool:
        async with self._database.write() as connection:
            return await end_representation(connection, organisation_id, person_id)

    async def leave(self, organisation_id: int, now: datetime) -> list[int] | None:
        async with self._database.write() as connection:
            left = await connection.execute(
                update(organisations)
                .where(organisations.c.id == organisation_id, _MEMBER)
                .values(left_at=now, **_NO_CONTACT)
            )
            return await _end_all(connection, organisation_id) if left.rowcount else None


async def members(connection: AsyncConnection) -> list[Organisation]:
    """The members, founding ones first, then by name, inside a larger transaction."""
    rows = await connection.execute(
        select(organisations)
        .where(_MEMBER)
        .order_by(organisations.c.founding.desc(), organisations.c.name.collate("NOCASE"))
    )
    return [_organisation(row) for row in rows]


async def admit(connection: AsyncConnection, request: MembershipRequest, now: datetime) -> int:
    """Make the organisation of a request a member, or again one, inside a larger transaction; its id.

    The applicant speaks for it. What others see of a present member stays as it is.
    """
    rows = await connection.execute(select(organisations).order_by(_MEMBER.desc(), organisations.c.id))
    known = next((row for row in rows if same_names(_organisation(row).names, request.names)), None)
    if known is None:
        made = insert(organisations).values(name=request.organisation, joined_at=now, **_values(request))
        organisation_id = (await connection.execute(made.returning(organisations.c.id))).scalar_one()
    else:
        organisation_id = known.id
        await connection.execute(
            update(organisations)
            .where(organisations.c.id == organisation_id, ~_MEMBER)
            .values(left_at=None, joined_at=now, **_values(request))
        )
    await add_representative(connection, organisation_id, request.person_id, now)
    return int(organisation_id)


async def dismiss(connection: AsyncConnection, request: MembershipRequest, now: datetime) -> None:
    """Take an approval back inside a larger transaction: as far as the organisation joined by it."""
    if request.organisation_id is None:
        return
    undone = await connection.execute(
        update(organisations)
        .where(
            organisations.c.id == request.organisation_id,
            organisations.c.joined_at == request.decided_at,
            _MEMBER,
        )
        .values(left_at=now, **_NO_CONTACT)
    )
    if undone.rowcount:
        await _end_all(connection, request.organisation_id)
    else:
        await end_representation(connection, request.organisation_id, request.person_id)


async def add_representative(
    connection: AsyncConnection, organisation_id: int, person_id: int, now: datetime
) -> None:
    """Let somebody speak for an organisation, inside a larger transaction."""
    await connection.execute(
        upsert(representatives)
        .values(organisation_id=organisation_id, person_id=person_id, since=now)
        .on_conflict_do_nothing()
    )


async def end_representation(connection: AsyncConnection, organisation_id: int, person_id: int) -> bool:
    """What `Directory.step_down` does, inside a larger transaction."""
    ended = await connection.execute(
        delete(representatives).where(
            representatives.c.organisation_id == organisation_id, representatives.c.person_id == person_id
        )
    )
    if ended.rowcount == 0:
        return False
    await connection.execute(
        delete(invitations).where(
            invitations.c.organisation_id == organisation_id,
            invitations.c.created_by == person_id,
            invitations.c.used_at.is_(None),
        )
    )
    await connection.execute(
        update(organisations)
        .where(organisations.c.id == organisation_id, organisations.c.contact_of == person_id)
        .values(**_NO_CONTACT)
    )
    return True


async def _end_all(connection: AsyncConnection, organisation_id: int) -> list[int]:
    """Nobody speaks for it, and no invitation to do so is open; who spoke."""
    ended = await connection.scalars(
        delete(representatives)
        .where(representatives.c.organisation_id == organisation_id)
        .returning(representatives.c.person_id)
    )
    spoke = [int(person_id) for person_id in ended]
    await connection.execute(
        delete(invitations).where(
            invitations.c.organisation_id == organisation_id, invitations.c.used_at.is_(None)
        )
    )
    return spoke


async def _note_renamed(
    connection: AsyncConnection, organisation_id: int, change: str, by: int, now: datetime
) -> None:
    """Keep it with the latest request by which the organisation joined; founding ones have none."""
    joined_by = select(func.max(membership_requests.c.id)).where(
        membership_requests.c.organisation_id == organisation_id
    )
    request_id = await connection.scalar(joined_by)
    if request_id is not None:
        deed = {"request_id": request_id, "kind": DeedKind.RENAMED, "by": by, "at": now, "text": change}
        await connection.execute(insert(membership_deeds).values(deed))


def _values(request: MembershipRequest) -> dict[str, object]:
    """What others see of an organisation; how to reach it only where it agreed."""
    contact = {
        "contact": request.contact,
        "position": request.position,
        "telephone": request.telephone,
        "email": request.email,
        "contact_of": request.person_id,
    }
    return {
        "other_name": request.other_name,
        "kind": request.kind,
        "provinces": " ".join(request.provinces),
        "sectors": " ".join(request.sectors),
        "website": request.website,
        **(contact if request.public else _NO_CONTACT),
    }


def _organisation(row: Row[*tuple[Any, ...]]) -> Organisation:
    return Organisation(
        id=row.id,
        name=row.name,
        founding=row.founding,
        other_name=row.other_name,
        kind=OrganisationKind(row.kind) if row.kind else None,
        provinces=tuple(row.provinces.split()),
        sectors=tuple(row.sectors.split()),
        contact=row.contact,
        position=row.position,
        telephone=row.telephone,
        email=row.email,
        website=row.website,
        joined_at=row.joined_at,
        version=row.version,
    )
