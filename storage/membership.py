"""Membership requests in the database; everything that is done to one is kept as a deed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.applications import Application, application_of
from bot.core.attachments import from_text, to_text
from bot.core.audit import Matter, made
from bot.core.directory import OrganisationKind
from bot.core.forms import Form
from bot.core.membership import (
    OPEN,
    REMIND_AFTER,
    UNDO_WITHIN,
    Deed,
    DeedKind,
    Done,
    MemberAlready,
    MembershipRequest,
    RequestState,
    Reviewed,
    Sent,
    Submission,
    Waits,
    earlier_request,
    member_named,
    why_not,
)
from storage.database import Database
from storage.directory import admit, dismiss, members
from storage.forms import close_form
from storage.tables import membership_deeds, membership_requests, people


class StoredMembership:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def submit(self, form: Form, person_id: int, now: datetime) -> Submission | None:
        application = application_of(form.answers)
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            if member := member_named(application, await members(connection)):
                await connection.rollback()
                return MemberAlready(member)
            rows = await connection.execute(select(_requests).where(~_in(RequestState.APPROVED)))
            earlier = earlier_request(application, person_id, map(_request, rows))
            if earlier is None:
                return Sent(await _insert(connection, application, person_id, now), again=False)
            if earlier.is_open and earlier.person_id != person_id:
                asked = f"{application.contact}, {application.telephone}"
                await _note(connection, earlier.id, DeedKind.REPEATED, person_id, now, asked)
                return Waits(earlier)
            kind = DeedKind.CORRECTED if earlier.is_open else DeedKind.SENT
            values = {"person_id": person_id, **_values(application), **_to_coordinators(now)}
            request = await _change(
                connection, _requests.c.id == earlier.id, values=values, deed=kind, by=person_id, now=now
            )
            return Sent(request, again=True) if request else None

    async def request(self, request_id: int) -> MembershipRequest | None:
        found = await self._found(select(_requests).where(_requests.c.id == request_id))
        return next(iter(found), None)

    async def latest_of(self, person_id: int) -> MembershipRequest | None:
        last_word = (
            select(func.max(_deeds.c.id))
            .where(_deeds.c.request_id == _requests.c.id, _deeds.c.by == person_id)
            .scalar_subquery()
        )
        found = await self._found(
            select(_requests)
            .where(_requests.c.person_id == person_id)
            .order_by(last_word.desc(), _requests.c.id.desc())
            .limit(1)
        )
        return next(iter(found), None)

    async def open(self) -> list[MembershipRequest]:
        return await self._found(
            select(_requests).where(_in(*OPEN)).order_by(_requests.c.waits_since, _requests.c.id)
        )

    async def closed(self) -> list[MembershipRequest]:
        return await self._found(
            select(_requests)
            .where(~_in(*OPEN))
            .order_by(_requests.c.decided_at.desc(), _requests.c.id.desc())
            .limit(20)
        )

    async def deeds(self, request_id: int) -> list[Deed]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(_deeds, people.c.name)
                .select_from(_deeds.outerjoin(people, people.c.id == _deeds.c.by))
                .where(_deeds.c.request_id == request_id)
                .order_by(_deeds.c.id)
            )
            return [Deed(DeedKind(row.kind), row.by, row.name or "", row.at, row.text) for row in rows]

    async def take(self, request_id: int, by: int, now: datetime) -> Reviewed | None:
        # Looking at it changes nothing of what others have before them: the version stays.
        taken = case(
            (_requests.c.state == RequestState.NEW, RequestState.TAKEN.value), else_=_requests.c.state
        )
        async with self._database.write() as connection:
            row = (
                await connection.execute(
                    update(_requests)
                    .where(_requests.c.id == request_id, _in(*OPEN), _requests.c.person_id != by)
                    .values(state=taken, taken_by=by)
                    .returning(_requests)
                )
            ).one_or_none()
            if row:
                await _note(connection, request_id, DeedKind.TAKEN, by, now)
                return Done(_request(row))
        return await self._why_not(request_id, by)

    async def ask(
        self, request_id: int, version: int, by: int, now: datetime, question: str
    ) -> Reviewed | None:
        values = {"state": RequestState.ASKED, "taken_by": by}
        async with self._database.write() as connection:
            request = await _review(
                connection, request_id, version, by, now, DeedKind.ASKED, question, values
            )
        return Done(request) if request else await self._why_not(request_id, by)

    async def reply(self, form: Form, person_id: int, now: datetime) -> MembershipRequest | None:
        waiting = (
            _requests.c.id == int(form.answers["request"]),
            _requests.c.person_id == person_id,
            _in(RequestState.ASKED),
        )
        async with self._database.write() as connection:
            row = (await connection.execute(select(_requests.c.document).where(*waiting))).one_or_none()
            if row is None or not await close_form(connection, form):
                return None
            documents = (*from_text(row.document), *from_text(form.answers["document"]))
            return await _change(
                connection,
                *waiting,
                values={"document": to_text(documents), **_to_coordinators(now)},
                deed=DeedKind.ANSWERED,
                by=person_id,
                now=now,
                text=form.answers["answer"],
            )

    async def decide(
        self, request_id: int, version: int, state: RequestState, by: int, now: datetime, reason: str = ""
    ) -> Reviewed | None:
        values = {"state": state, "decided_by": by, "decided_at": now, "reason": reason}
        async with self._database.write() as connection:
            request = await _review(
                connection, request_id, version, by, now, DeedKind(state.value), reason, values
            )
            if request and state is RequestState.APPROVED:
                organisation_id = await admit(connection, request, now)
                row = await connection.execute(
                    update(_requests)
                    .where(_requests.c.id == request_id)
                    .values(organisation_id=organisation_id)
                    .returning(_requests)
                )
                request = _request(row.one())
        return Done(request) if request else await self._why_not(request_id, by)

    async def undo(self, request_id: int, version: int, by: int, now: datetime) -> MembershipRequest | None:
        decided = (
            _requests.c.id == request_id,
            _requests.c.version == version,
            _requests.c.person_id != by,
            _in(RequestState.APPROVED, RequestState.DECLINED),
            _requests.c.decided_at > now - UNDO_WITHIN,
        )
        async with self._database.write() as connection:
            before = (await connection.execute(select(_requests).where(*decided))).one_or_none()
            if before is None:
                return None
            await dismiss(connection, _request(before), now)
            values = {**_to_coordinators(now), "state": RequestState.TAKEN, "taken_by": by}
            return await _change(connection, *decided, values=values, deed=DeedKind.UNDONE, by=by, now=now)

    async def withdraw(self, request_id: int, person_id: int, now: datetime) -> MembershipRequest | None:
        async with self._database.write() as connection:
            return await _change(
                connection,
                _requests.c.id == request_id,
                _requests.c.person_id == person_id,
                _in(*OPEN),
                values={"state": RequestState.WITHDRAWN, "decided_by": person_id, "decided_at": now},
                deed=DeedKind.WITHDRAWN,
                by=person_id,
                now=now,
            )

    async def claim_reminders(self, now: datetime) -> list[MembershipRequest]:
        claimed: list[MembershipRequest] = []
        async with self._database.write() as connection:
            # The longest wait first: of a request that was overlooked so long, one reminder is enough.
            for number, wait in reversed(list(enumerate(REMIND_AFTER, 1))):
                rows = await connection.execute(
                    update(_requests)
                    .where(
                        _in(RequestState.NEW, RequestState.TAKEN),
                        _requests.c.reminders < number,
                        _requests.c.waits_since <= now - wait,
                    )
                    .values(reminders=number)
                    .returning(_requests)
                )
                claimed += map(_request, rows)
        return sorted(claimed, key=lambda request: request.waits_since)

    async def _why_not(self, request_id: int, by: int) -> Reviewed | None:
        request = await self.request(request_id)
        return why_not(request, by) if request else None

    async def _found(self, wanted: Select[*tuple[Any, ...]]) -> list[MembershipRequest]:
        async with self._database.read() as connection:
            return [_request(row) for row in await connection.execute(wanted)]


async def _insert(
    connection: AsyncConnection, application: Application, person_id: int, now: datetime
) -> MembershipRequest:
    keeping = insert(_requests).values(
        person_id=person_id, state=RequestState.NEW, created_at=now, waits_since=now, **_values(application)
    )
    request = _request((await connection.execute(keeping.returning(_requests))).one())
    made(Matter.REQUEST, request.id)
    await _note(connection, request.id, DeedKind.SENT, person_id, now)
    return request


async def _review(
    connection: AsyncConnection,
    request_id: int,
    version: int,
    by: int,
    now: datetime,
    deed: DeedKind,
    text: str,
    values: Mapping[str, object],
) -> MembershipRequest | None:
    """What a coordinator does to an open request of somebody else's, as it was looked at."""
    return await _change(
        connection,
        _requests.c.id == request_id,
        _requests.c.version == version,
        _requests.c.person_id != by,
        _in(*OPEN),
        values=values,
        deed=deed,
        by=by,
        now=now,
        text=text,
    )


async def _change(
    connection: AsyncConnection,
    *where: ColumnElement[bool],
    values: Mapping[str, object],
    deed: DeedKind,
    by: int,
    now: datetime,
    text: str = "",
) -> MembershipRequest | None:
    """Change one request in one conditional statement, and keep the deed; None when none fits."""
    changed = await connection.execute(
        update(_requests).where(*where).values(version=_requests.c.version + 1, **values).returning(_requests)
    )
    row = changed.one_or_none()
    if row is None:
        return None
    await _note(connection, row.id, deed, by, now, text)
    return _request(row)


async def give_back_requests(
    connection: AsyncConnection, person_id: int, now: datetime
) -> list[MembershipRequest]:
    """Put what a coordinator looks at back into the queue, inside a larger transaction."""
    given = await connection.execute(
        update(_requests)
        .where(_in(*OPEN), _requests.c.taken_by == person_id)
        .values(
            taken_by=None,
            state=case((_in(RequestState.TAKEN), RequestState.NEW.value), else_=_requests.c.state),
        )
        .returning(_requests)
    )
    requests = [_request(row) for row in given]
    for request in requests:
        await _note(connection, request.id, DeedKind.GIVEN_BACK, person_id, now)
    return requests


async def _note(
    connection: AsyncConnection, request_id: int, kind: DeedKind, by: int, now: datetime, text: str = ""
) -> None:
    await connection.execute(
        insert(_deeds).values(request_id=request_id, kind=kind, by=by, at=now, text=text)
    )


def _to_coordinators(now: datetime) -> dict[str, object]:
    """The coordinators have the next word; while they had it anyhow, they have had it as long as before."""
    with_them = _in(RequestState.NEW, RequestState.TAKEN)
    still_taken = _in(*OPEN) & _requests.c.taken_by.is_not(None)
    return {
        "state": case((still_taken, RequestState.TAKEN.value), else_=RequestState.NEW.value),
        "taken_by": case((still_taken, _requests.c.taken_by), else_=None),
        "waits_since": case(
            (with_them, _requests.c.waits_since), else_=literal(now, _requests.c.waits_since.type)
        ),
        "reminders": case((with_them, _requests.c.reminders), else_=0),
        "decided_by": None,
        "decided_at": None,
        "reason": "",
        "organisation_id": None,
    }


def _in(*states: RequestState) -> ColumnElement[bool]:
    return membership_requests.c.state.in_(states)


def _values(application: Application) -> dict[str, object]:
    return {**application.answers, "public": application.public}


def _request(row: Row[*tuple[Any, ...]]) -> MembershipRequest:
    return MembershipRequest(
        organisation=row.organisation,
        contact=row.contact,
        telephone=row.telephone,
        why=row.why,
        other_name=row.other_name,
        kind=OrganisationKind(row.kind),
        provinces=tuple(row.provinces.split()),
        sectors=tuple(row.sectors.split()),
        position=row.position,
        email=row.email,
        website=row.website,
        heard=row.heard,
        document=from_text(row.document),
        public=row.public,
        id=row.id,
        person_id=row.person_id,
        state=RequestState(row.state),
        version=row.version,
        created_at=row.created_at,
        waits_since=row.waits_since,
        taken_by=row.taken_by,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        organisation_id=row.organisation_id,
    )


_requests, _deeds = membership_requests, membership_deeds
