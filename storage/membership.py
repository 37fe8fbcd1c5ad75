"""Membership requests and member organisations in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.forms import Form
from bot.core.khmer import normalise
from bot.core.membership import (
    AlreadyDecided,
    Decided,
    Decision,
    MembershipRequest,
    Organisation,
    OwnRequest,
    RequestState,
)
from storage.database import Database
from storage.forms import close_form
from storage.tables import membership_requests, organisations


class StoredMembership:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def submit(self, form: Form, person_id: int, now: datetime) -> MembershipRequest | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            row = (
                await connection.execute(
                    insert(membership_requests)
                    .values(person_id=person_id, state=RequestState.NEW, created_at=now, **dict(form.answers))
                    .returning(membership_requests)
                )
            ).one()
        return _request(row)

    async def request(self, request_id: int) -> MembershipRequest | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    select(membership_requests).where(membership_requests.c.id == request_id)
                )
            ).one_or_none()
        return _request(row) if row else None

    async def latest_of(self, person_id: int) -> MembershipRequest | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    select(membership_requests)
                    .where(membership_requests.c.person_id == person_id)
                    .order_by(membership_requests.c.id.desc())
                    .limit(1)
                )
            ).one_or_none()
        return _request(row) if row else None

    async def waiting(self) -> list[MembershipRequest]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(membership_requests)
                .where(membership_requests.c.state == RequestState.NEW)
                .order_by(membership_requests.c.id)
            )
            return [_request(row) for row in rows]

    async def decide(
        self, request_id: int, state: RequestState, by: int, now: datetime, reason: str = ""
    ) -> Decision | None:
        async with self._database.write() as connection:
            decided = (
                await connection.execute(
                    update(membership_requests)
                    .where(
                        membership_requests.c.id == request_id,
                        membership_requests.c.state == RequestState.NEW,
                        membership_requests.c.person_id != by,
                    )
                    .values(state=state, decided_by=by, decided_at=now, reason=reason)
                    .returning(membership_requests)
                )
            ).one_or_none()
            if decided and state is RequestState.APPROVED:
                await _add_organisation(connection, decided.organisation, now)
        if decided:
            return Decided(_request(decided))
        request = await self.request(request_id)
        if request is None:
            return None
        return OwnRequest(request) if request.state is RequestState.NEW else AlreadyDecided(request)

    async def withdraw(self, request_id: int, person_id: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            done = await connection.execute(
                update(membership_requests)
                .where(
                    membership_requests.c.id == request_id,
                    membership_requests.c.person_id == person_id,
                    membership_requests.c.state == RequestState.NEW,
                )
                .values(state=RequestState.WITHDRAWN, decided_by=person_id, decided_at=now)
            )
        return done.rowcount == 1

    async def organisations(self) -> list[Organisation]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(organisations).order_by(organisations.c.founding.desc(), organisations.c.id)
            )
            return [Organisation(row.id, row.name, row.founding) for row in rows]


async def _add_organisation(connection: AsyncConnection, name: str, now: datetime) -> None:
    """Add a member, unless one of this name, however it is typed, is there already."""
    known = await connection.scalars(select(organisations.c.name))
    if normalise(name) not in map(normalise, known):
        await connection.execute(insert(organisations).values(name=name, joined_at=now))


def _request(row: Row[*tuple[Any, ...]]) -> MembershipRequest:
    return MembershipRequest(
        id=row.id,
        person_id=row.person_id,
        organisation=row.organisation,
        contact=row.contact,
        telephone=row.telephone,
        why=row.why,
        state=RequestState(row.state),
        created_at=row.created_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )
