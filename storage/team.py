"""The team in the database: whatever takes something from somebody does all of it in one transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.forms import Form
from bot.core.people import Ability, Invitation, Person, Role
from bot.core.team import REFERENCE, Change, Changed, Colleague, LastAdministrator, OpenInvitation
from storage.database import Database
from storage.deeds import tell_colleague
from storage.forms import close_form
from storage.inquiries import give_back_inquiries
from storage.limits import limits_in, limits_kept
from storage.membership import give_back_requests
from storage.people import PERSON, add_invitation, person_of
from storage.tables import broadcasts, forms, invitations, people, roles


class StoredTeam:
    """`admin_ids` are administrators whatever the tables say."""

    def __init__(self, database: Database, admin_ids: Collection[int]) -> None:
        self._database = database
        self._admin_ids = frozenset(admin_ids)

    async def colleagues(self) -> list[Colleague]:
        wanted = or_(roles.c.role >= Role.COORDINATOR, people.c.id.in_(self._admin_ids))
        found = await self._find(wanted)
        return sorted(found, key=lambda one: (-one.person.role, one.person.name, one.person.id))

    async def colleague(self, person_id: int) -> Colleague | None:
        found = await self._find(people.c.id == person_id)
        return next((one for one in found if one.person.may(Role.COORDINATOR)), None)

    async def invitations(self, now: datetime) -> list[OpenInvitation]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(invitations, people.c.name)
                .outerjoin(people, people.c.id == invitations.c.created_by)
                .where(_open(), invitations.c.created_by.is_not(None), invitations.c.expires_at > now)
                .order_by(invitations.c.expires_at)
            )
            return [
                OpenInvitation(
                    row.digest[:REFERENCE], Role(row.role), limits_in(row), row.expires_at, row.name or ""
                )
                for row in rows
            ]

    async def invite(self, form: Form, invitation: Invitation, by: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return False
            await add_invitation(connection, invitation, by, now)
        return True

    async def take_back(self, reference: str) -> bool:
        async with self._database.write() as connection:
            taken = await connection.execute(
                delete(invitations).where(_open(), invitations.c.digest.startswith(reference))
            )
        return taken.rowcount > 0

    async def change(
        self, person: Person, after: Person, by: int, erased: list[str], now: datetime
    ) -> Change:
        async with self._database.write() as connection:
            # Else two who remove each other on PostgreSQL would both find the other still there.
            locked = _administrators().order_by(_ADMINISTRATORS.c.person_id).with_for_update()
            administrators: list[int] = list(await connection.scalars(locked))
            if not await self._write(connection, person, after, by):
                last = administrators == [person.id] and person.role > after.role
                return LastAdministrator() if last and not self._admin_ids else None
            await tell_colleague(connection, person.id)
            await connection.execute(
                delete(forms).where(forms.c.chat_id == person.id, forms.c.kind.in_(erased))
            )
            if not after.may(Role.ADMINISTRATOR):
                await connection.execute(
                    delete(invitations).where(_open(), invitations.c.created_by == person.id)
                )
            if not after.may(Role.COORDINATOR):
                await connection.execute(
                    update(broadcasts)
                    .where(broadcasts.c.watch_chat_id == person.id)
                    .values(watch_chat_id=None, watch_message_id=None)
                )
            keeps_talks, keeps_requests = after.may(Ability.ANSWER), after.may(Ability.REVIEW)
            return Changed(
                [] if keeps_talks else await give_back_inquiries(connection, person.id, now),
                [] if keeps_requests else await give_back_requests(connection, person.id, now),
            )

    async def _write(self, connection: AsyncConnection, person: Person, after: Person, by: int) -> bool:
        """The one statement that gives or takes a role: somebody is always left to administer."""
        conditions = [roles.c.person_id == person.id, roles.c.role == person.role]
        if by not in self._admin_ids:
            conditions.append(_administrators(_ADMINISTRATORS.c.person_id == by).exists())
        if person.role >= Role.ADMINISTRATOR > after.role and not self._admin_ids:
            conditions.append(_administrators(_ADMINISTRATORS.c.person_id != person.id).exists())
        if after.role < Role.COORDINATOR:
            done = await connection.execute(delete(roles).where(*conditions))
        else:
            kept = {"role": after.role, **limits_kept(after.limits)}
            done = await connection.execute(update(roles).where(*conditions).values(**kept))
        return done.rowcount == 1

    async def _find(self, wanted: ColumnElement[bool]) -> list[Colleague]:
        async with self._database.read() as connection:
            rows = await connection.execute(PERSON.add_columns(roles.c.given_at).where(wanted))
            return [
                Colleague(
                    person_of(row, self._admin_ids), None if row.id in self._admin_ids else row.given_at
                )
                for row in rows
            ]


def _administrators(*which: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(_ADMINISTRATORS.c.person_id).where(_ADMINISTRATORS.c.role >= Role.ADMINISTRATOR, *which)


def _open() -> ColumnElement[bool]:
    """Invitations to the team that nobody has used."""
    return invitations.c.used_at.is_(None) & (invitations.c.role >= Role.COORDINATOR)


_ADMINISTRATORS = roles.alias()
