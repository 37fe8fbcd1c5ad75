"""Broadcasts and their deliveries in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.core.broadcasts import (
    LATEST_START,
    NOTICES,
    Broadcast,
    BroadcastState,
    DeliveryState,
    Subject,
)
from bot.core.forms import Form
from bot.core.knowledge import Version
from bot.core.people import Language
from bot.core.subscribers import USUAL_HOURS, Hours
from storage.beginnings import Beginning, plan_anew
from storage.changes import change_arrived, correct_everywhere
from storage.database import Database
from storage.deeds import BOOKKEEPING
from storage.endings import skip_pending
from storage.forms import close_form
from storage.parcels import broadcast_of
from storage.tables import (
    broadcasts,
    deliveries,
)


class StoredBroadcasts:
    """`hours` say when digests go."""

    def __init__(self, database: Database, hours: Hours = USUAL_HOURS) -> None:
        self._database = database
        self._hours = hours

    async def confirm(
        self,
        form: Form,
        subject: Subject,
        title: str,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
        starts_at: datetime | None = None,
        proposed: bool = False,
    ) -> Broadcast | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            beginning = Beginning(connection, self._hours, title, texts, by, now)
            kept = await beginning.of_form(form, subject, starts_at, proposed)
            if kept is None:
                await connection.rollback()
            return kept

    async def send_answer(
        self,
        form: Form,
        questions: Collection[int],
        title: str,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
    ) -> Broadcast | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            return await Beginning(connection, self._hours, title, texts, by, now).of_answer(questions)

    async def send_correction(
        self,
        version: Version,
        told: Collection[int],
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
    ) -> Broadcast | None:
        title = version.change.entry.question_km
        async with self._database.write() as connection:
            beginning = Beginning(connection, self._hours, title, texts, by, now)
            return await beginning.of_correction(version, told)

    async def remind(
        self,
        broadcast: Broadcast,
        number: int,
        texts: Mapping[Language, str],
        by: int,
        now: datetime,
        proposed: bool = False,
    ) -> Broadcast | None:
        try:
            async with self._database.write() as connection:
                beginning = Beginning(connection, self._hours, broadcast.title, texts, by, now)
                return await beginning.of_reminder(broadcast, number, proposed)
        except IntegrityError:
            return None

    async def broadcast(self, broadcast_id: int) -> Broadcast | None:
        async with self._database.read() as connection:
            found = await connection.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id))
            row = found.one_or_none()
        return broadcast_of(row) if row else None

    async def newest(self) -> list[Broadcast]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(broadcasts)
                .where(broadcasts.c.subject.not_in(NOTICES))
                .order_by(broadcasts.c.id.desc())
                .limit(10)
            )
            return [broadcast_of(row) for row in rows]

    async def move(
        self, broadcast_id: int, state: BroadcastState, now: datetime, reason: str = ""
    ) -> Broadcast | None:
        later = (broadcasts.c.starts_at > now) if state is BroadcastState.SENDING else false()
        async with self._database.write() as connection:
            moved = await connection.execute(
                update(broadcasts)
                .where(broadcasts.c.id == broadcast_id, broadcasts.c.state.in_(_FROM[state]))
                .values(
                    state=case((later, BroadcastState.SCHEDULED.value), else_=state.value),
                    reason=reason,
                    failures=0,
                    **_times(state, now),
                )
                .returning(broadcasts)
            )
            row = moved.one_or_none()
            if row and state is BroadcastState.CANCELLED:
                await skip_pending(connection, broadcast_id, "cancelled", now)
        return broadcast_of(row) if row else None

    async def send_now(self, broadcast_id: int, now: datetime) -> Broadcast | None:
        waits = broadcasts.c.state.in_((BroadcastState.SCHEDULED, BroadcastState.MISSED))
        async with self._database.write() as connection:
            begun = await connection.execute(
                update(broadcasts)
                .where(broadcasts.c.id == broadcast_id, waits)
                .values(state=BroadcastState.SENDING, starts_at=now)
                .returning(broadcasts)
            )
            row = begun.one_or_none()
            if row is None:
                return None
            broadcast = broadcast_of(row)
            await plan_anew(connection, broadcast, self._hours, now)
        return broadcast

    async def retry_failed(self, broadcast_id: int, now: datetime) -> int:
        return await self._send_again(broadcast_id, DeliveryState.FAILED, now)

    async def resend_uncertain(self, broadcast_id: int, now: datetime) -> int:
        return await self._send_again(broadcast_id, DeliveryState.UNCERTAIN, now)

    async def settle_uncertain(self, broadcast_id: int, now: datetime) -> int:
        async with self._database.write() as connection:
            settled = await connection.execute(
                update(deliveries)
                .where(*_of(broadcast_id, DeliveryState.UNCERTAIN))
                .values(state=DeliveryState.SENT, reason="taken for sent", settled_at=now)
            )
        return settled.rowcount

    async def correct(
        self, broadcast_id: int, form: Form, texts: Mapping[Language, str], now: datetime
    ) -> int | None:
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            return await correct_everywhere(connection, broadcast_id, form, texts, now)

    async def recall(self, broadcast_id: int, now: datetime) -> int:
        async with self._database.write() as connection:
            recalled = await connection.scalars(
                update(broadcasts)
                .where(or_(broadcasts.c.id == broadcast_id, broadcasts.c.reminds == broadcast_id))
                .values(
                    recalled_at=func.coalesce(
                        broadcasts.c.recalled_at, literal(now, broadcasts.c.recalled_at.type)
                    ),
                    state=case(
                        (broadcasts.c.state == BroadcastState.DONE, BroadcastState.DONE.value),
                        else_=BroadcastState.CANCELLED.value,
                    ),
                )
                .returning(broadcasts.c.id)
            )
            changed = 0
            for number in recalled.all():
                await skip_pending(connection, number, "recalled", now)
                changed += await change_arrived(connection, number)
            return changed

    async def begin_due(self, now: datetime) -> list[Broadcast]:
        scheduled = broadcasts.c.state == BroadcastState.SCHEDULED
        async with self._database.write() as connection:
            missed = await connection.execute(
                update(broadcasts)
                .where(scheduled, broadcasts.c.starts_at < now - LATEST_START)
                .values(state=BroadcastState.MISSED)
                .returning(broadcasts)
            )
            found = [broadcast_of(row) for row in missed]
            await connection.execute(
                update(broadcasts)
                .where(scheduled, broadcasts.c.starts_at <= now)
                .values(state=BroadcastState.SENDING)
            )
        return found

    async def watch(self, broadcast_id: int, chat_id: int, message_id: int) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(broadcasts)
                .where(broadcasts.c.id == broadcast_id)
                .values(watch_chat_id=chat_id, watch_message_id=message_id)
                .execution_options(**BOOKKEEPING)
            )

    async def unwatch(self, broadcast_id: int) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(broadcasts)
                .where(broadcasts.c.id == broadcast_id)
                .values(watch_chat_id=None, watch_message_id=None)
                .execution_options(**BOOKKEEPING)
            )

    async def is_watched(self, broadcast_id: int, chat_id: int, message_id: int) -> bool:
        watched = exists().where(
            broadcasts.c.id == broadcast_id,
            broadcasts.c.watch_chat_id == chat_id,
            broadcasts.c.watch_message_id == message_id,
        )
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(watched)))

    async def watched(self) -> list[tuple[Broadcast, int, int]]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(broadcasts).where(broadcasts.c.watch_message_id.is_not(None))
            )
            return [(broadcast_of(row), row.watch_chat_id, row.watch_message_id) for row in rows]

    async def _send_again(self, broadcast_id: int, state: DeliveryState, now: datetime) -> int:
        async with self._database.write() as connection:
            again = await connection.execute(
                update(deliveries)
                .where(*_of(broadcast_id, state))
                .where(
                    deliveries.c.broadcast_id.in_(
                        select(broadcasts.c.id).where(broadcasts.c.recalled_at.is_(None))
                    )
                )
                .values(state=DeliveryState.PENDING, attempts=0, next_attempt_at=now)
            )
            if again.rowcount:
                await connection.execute(
                    update(broadcasts)
                    .where(
                        broadcasts.c.id == broadcast_id,
                        broadcasts.c.state.in_((BroadcastState.DONE, BroadcastState.CANCELLED)),
                    )
                    .values(state=BroadcastState.SENDING, finished_at=None, failures=0)
                )
        return again.rowcount


# From which states a broadcast can be brought into another.
_FROM = {
    BroadcastState.PAUSED: (BroadcastState.SENDING, BroadcastState.SCHEDULED),
    BroadcastState.SENDING: (BroadcastState.PAUSED,),
    BroadcastState.CANCELLED: (
        BroadcastState.PROPOSED,
        BroadcastState.SENDING,
        BroadcastState.SCHEDULED,
        BroadcastState.PAUSED,
        BroadcastState.MISSED,
    ),
}


def _times(state: BroadcastState, now: datetime) -> dict[str, datetime]:
    return {"finished_at": now} if state is BroadcastState.CANCELLED else {}


def _of(broadcast_id: int, state: DeliveryState) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.broadcast_id == broadcast_id, deliveries.c.state == state
