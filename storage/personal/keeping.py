"""Forgets by itself what has been kept as long as the settings say."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.inquiries import InquiryState
from bot.core.membership import RequestState
from bot.core.retention import Retention
from storage.database import Database
from storage.personal.numbers import LEAST_STRANGER, stranger
from storage.personal.silence import silence_old
from storage.tables import (
    broadcasts,
    deliveries,
    events,
    feedback,
    forms,
    inquiries,
    invitations,
    membership_requests,
    questions,
    registrations,
)


class StoredKeeping:
    """`retention` says how long."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    async def tidy(self, now: datetime) -> Mapping[str, int]:
        done: dict[str, int] = {}
        async with self._database.write() as connection:
            for name, statements in _rules(self._retention, now).items():
                done[name] = sum([await _run(connection, one) for one in statements])
            done["deliveries"] += await silence_old(connection, _before(now, self._retention.deliveries))
        forgotten = {name: number for name, number in done.items() if number}
        if forgotten:
            await self._database.scrub()
        return forgotten


def _rules(kept: Retention, now: datetime) -> Mapping[str, tuple[Delete | Update, ...]]:
    """What has been kept long enough, by the names of the settings."""
    return {
        "askers": (
            update(questions)
            .where(questions.c.person_id.is_not(None), questions.c.asked_at < _before(now, kept.askers))
            .values(person_id=None),
        ),
        "talks": (
            delete(inquiries).where(
                inquiries.c.state == InquiryState.CLOSED, inquiries.c.spoken_at < _before(now, kept.talks)
            ),
        ),
        "drafts": (delete(forms).where(forms.c.saved_at < _before(now, kept.drafts)),),
        "requests": (
            delete(membership_requests).where(
                membership_requests.c.state.in_((RequestState.DECLINED, RequestState.WITHDRAWN)),
                membership_requests.c.decided_at < _before(now, kept.requests),
            ),
        ),
        "names": (
            update(registrations)
            .where(_of_old_events(registrations.c.event_id, _before(now, kept.names)), _named())
            .values(name="", organisation="", code=None, person_id=None),
            update(feedback)
            .where(
                _of_old_events(feedback.c.event_id, _before(now, kept.names)),
                feedback.c.person_id.is_not(None),
            )
            .values(person_id=None),
        ),
        "deliveries": (
            update(deliveries)
            .where(
                deliveries.c.chat_id > LEAST_STRANGER,
                deliveries.c.broadcast_id.in_(
                    select(broadcasts.c.id).where(broadcasts.c.finished_at < _before(now, kept.deliveries))
                ),
            )
            .values(chat_id=stranger(), message_id=None, change=None),
        ),
        "invitations": (
            delete(invitations).where(
                or_(invitations.c.used_at.is_not(None), invitations.c.expires_at < now),
                invitations.c.created_at < _before(now, kept.invitations),
            ),
        ),
    }


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _of_old_events(column: ColumnElement[Any], before: datetime) -> ColumnElement[bool]:
    return column.in_(select(events.c.id).where(events.c.starts_at < before))


def _named() -> ColumnElement[bool]:
    return or_(
        registrations.c.name != "",
        registrations.c.organisation != "",
        registrations.c.code.is_not(None),
        registrations.c.person_id.is_not(None),
    )


async def _run(connection: AsyncConnection, statement: Delete | Update) -> int:
    return (await connection.execute(statement)).rowcount
