"""What waits for another coordinator's approval, in the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.approvals import CorrectionState, ProposedCorrection
from bot.core.broadcasts import LATEST_START, Broadcast, BroadcastState, DeliveryState, Subject
from bot.core.forms import REVIEW, Form
from bot.core.people import Language
from bot.core.subscribers import Hours
from storage.beginnings import keep_subject, plan_anew
from storage.changes import correct_everywhere
from storage.database import Database
from storage.endings import skip_pending
from storage.forms import close_form
from storage.parcels import Found, broadcast_of
from storage.readings import unread_chats
from storage.tables import broadcasts, deliveries, proposed_corrections


class StoredApprovals:
    """`hours` say when digests go, and in which zone forms tell days and times."""

    def __init__(self, database: Database, hours: Hours) -> None:
        self._database = database
        self._hours = hours

    async def approve(self, broadcast_id: int, revision: int, by: int, now: datetime) -> Broadcast | None:
        waiting = broadcasts.c.starts_at > now
        planned = broadcasts.c.starts_at > broadcasts.c.created_at
        too_late = planned & (broadcasts.c.starts_at < now - LATEST_START)
        async with self._database.write() as connection:
            approved = await connection.execute(
                update(broadcasts)
                .where(*_proposed(broadcast_id, by), broadcasts.c.revision == revision)
                .values(
                    approved_by=by,
                    state=case(
                        (waiting, BroadcastState.SCHEDULED.value),
                        (too_late, BroadcastState.MISSED.value),
                        else_=BroadcastState.SENDING.value,
                    ),
                    starts_at=case(
                        (waiting | too_late, broadcasts.c.starts_at),
                        else_=literal(now, broadcasts.c.starts_at.type),
                    ),
                )
                .returning(broadcasts)
            )
            row = approved.one_or_none()
            if row is None:
                return None
            if row.answers:
                row = await self._keep_subject(connection, row, now)
            if row is None:
                await connection.rollback()
                return None
            if row.reminds:
                await _skip_readers(connection, row.id, row.reminds, now)
            begun = broadcast_of(row)
            if begun.state is BroadcastState.SENDING:
                await plan_anew(connection, begun, self._hours, now)
        return begun

    async def _keep_subject(self, connection: AsyncConnection, row: Found, now: datetime) -> Found | None:
        """Keep what was proposed; None when it tells of a lesson that was changed meanwhile."""
        form, subject = Form(row.created_by, "", REVIEW, row.answers), Subject(row.subject)
        subject_id = await keep_subject(connection, form, subject, self._hours, now)
        if subject_id is None:
            return None
        kept = update(broadcasts).where(broadcasts.c.id == row.id).values(subject_id=subject_id, answers=None)
        found: Found = (await connection.execute(kept.returning(broadcasts))).one()
        return found

    async def answers(self, broadcast_id: int) -> Mapping[str, str] | None:
        proposed = select(broadcasts.c.answers).where(
            broadcasts.c.id == broadcast_id, broadcasts.c.state == BroadcastState.PROPOSED
        )
        async with self._database.read() as connection:
            answers: Mapping[str, str] | None = await connection.scalar(proposed)
        return answers

    async def refuse(
        self, form: Form, broadcast_id: int, reason: str, by: int, now: datetime
    ) -> Broadcast | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            refused = await connection.execute(
                update(broadcasts)
                .where(*_proposed(broadcast_id, by))
                .values(state=BroadcastState.CANCELLED, reason=reason, finished_at=now)
                .returning(broadcasts)
            )
            row = refused.one_or_none()
            if row:
                await skip_pending(connection, broadcast_id, "not approved", now)
        return broadcast_of(row) if row else None

    async def revise(
        self, broadcast_id: int, form: Form, texts: Mapping[Language, str], now: datetime
    ) -> Broadcast | None:
        proposed = broadcasts.c.state == BroadcastState.PROPOSED
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            revised = await correct_everywhere(
                connection, broadcast_id, form, texts, now, proposed, created_by=form.chat_id
            )
            if revised is None:
                await connection.rollback()
                return None
            found = await connection.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id))
            return broadcast_of(found.one())

    async def propose_correction(
        self, broadcast_id: int, form: Form, texts: Mapping[Language, str], now: datetime
    ) -> ProposedCorrection | None:
        by, columns = form.chat_id, proposed_corrections.c
        of_it = columns.broadcast_id == broadcast_id, columns.state == CorrectionState.WAITING
        values = {
            "answers": literal(dict(form.answers), columns.answers.type),
            "texts": literal(dict(texts), columns.texts.type),
            "state": literal(CorrectionState.WAITING.value),
            "created_by": literal(by),
            "created_at": literal(now, columns.created_at.type),
        }
        proposing = insert(proposed_corrections).from_select(
            ["broadcast_id", "revision", *values],
            select(broadcasts.c.id, broadcasts.c.revision, *values.values()).where(
                broadcasts.c.id == broadcast_id,
                broadcasts.c.state != BroadcastState.PROPOSED,
                broadcasts.c.recalled_at.is_(None),
                ~exists().where(*of_it),
            ),
        )
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            await connection.execute(
                update(proposed_corrections)
                .where(*of_it, columns.created_by == by)
                .values(state=CorrectionState.REPLACED, decided_by=by, decided_at=now)
            )
            proposed = await connection.execute(proposing.returning(proposed_corrections))
            row = proposed.one_or_none()
            if row is None:
                await connection.rollback()
                return None
            return _correction_of(row)

    async def correction(self, correction_id: int) -> ProposedCorrection | None:
        return await self._find(proposed_corrections.c.id == correction_id)

    async def correction_of(self, broadcast_id: int) -> ProposedCorrection | None:
        return await self._find(proposed_corrections.c.broadcast_id == broadcast_id)

    async def approve_correction(
        self, correction_id: int, by: int, now: datetime
    ) -> ProposedCorrection | None:
        async with self._database.write() as connection:
            row = await _decide(connection, correction_id, by, now, CorrectionState.APPROVED)
            if row is None:
                return None
            form = Form(row.created_by, "", REVIEW, row.answers)
            as_seen = broadcasts.c.revision == row.revision
            corrected = await correct_everywhere(connection, row.broadcast_id, form, row.texts, now, as_seen)
            if corrected is None:
                await connection.rollback()
                return None
            return _correction_of(row)

    async def refuse_correction(
        self, form: Form, correction_id: int, reason: str, by: int, now: datetime
    ) -> ProposedCorrection | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            row = await _decide(connection, correction_id, by, now, CorrectionState.REFUSED, reason)
            return _correction_of(row) if row else None

    async def _find(self, which: ColumnElement[bool]) -> ProposedCorrection | None:
        waiting = select(proposed_corrections).join(broadcasts).where(which, *_WAITS)
        async with self._database.read() as connection:
            row = (await connection.execute(waiting)).one_or_none()
        return _correction_of(row) if row else None


_WAITS = proposed_corrections.c.state == CorrectionState.WAITING, broadcasts.c.recalled_at.is_(None)


def _proposed(broadcast_id: int, by: int) -> tuple[ColumnElement[bool], ...]:
    """Whether a broadcast waits for the approval of somebody else than its author, such as this one."""
    state = broadcasts.c.state == BroadcastState.PROPOSED
    return broadcasts.c.id == broadcast_id, state, broadcasts.c.created_by != by


async def _decide(
    connection: AsyncConnection,
    correction_id: int,
    by: int,
    now: datetime,
    state: CorrectionState,
    reason: str = "",
) -> Found | None:
    """What somebody else than its author says to a correction that waits."""
    deciding = (
        update(proposed_corrections)
        .where(
            proposed_corrections.c.id == correction_id,
            proposed_corrections.c.state == CorrectionState.WAITING,
            proposed_corrections.c.created_by != by,
        )
        .values(state=state, decided_by=by, decided_at=now, reason=reason)
        .returning(proposed_corrections)
    )
    row: Found | None = (await connection.execute(deciding)).one_or_none()
    return row


async def _skip_readers(connection: AsyncConnection, reminder_id: int, reminded: int, now: datetime) -> None:
    """Whoever has read while the reminder waited is not called on."""
    unread = unread_chats(reminded).subquery()
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.broadcast_id == reminder_id,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.chat_id.not_in(select(unread.c.chat_id)),
        )
        .values(state=DeliveryState.SKIPPED, reason="read", settled_at=now)
    )


def _correction_of(row: Found) -> ProposedCorrection:
    return ProposedCorrection(
        id=row.id,
        broadcast_id=row.broadcast_id,
        title=row.answers["title"],
        texts=row.texts,
        created_by=row.created_by,
        reason=row.reason,
    )
