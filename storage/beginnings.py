"""How a broadcast begins: what it tells is kept, and who gets it is frozen, in the caller's transaction."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, case, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import Matter, made
from bot.core.broadcasts import Broadcast, BroadcastState, DeliveryState, Subject, offer_of
from bot.core.forms import Form
from bot.core.history import Result
from bot.core.inquiries import InquiryState
from bot.core.knowledge import Version
from bot.core.people import Language
from bot.core.subscribers import Hours, Rhythm
from storage.audiences import Chats, chats_of, readers
from storage.events.announced import keep_announced
from storage.history import is_gap
from storage.lessons import keep_shared
from storage.parcels import broadcast_of
from storage.readings import unread_chats
from storage.tables import broadcasts, deliveries, entry_versions, inquiries, people, subscribers
from storage.tables import questions as asked

Readers = Collection[int] | Select[int]
"""Ids of persons, or what selects them."""
NOT_KEPT: Final = 0
"""Stands for the id of an event or lesson that is only proposed."""


@dataclass(frozen=True)
class Beginning:
    """A broadcast that is about to be kept, in the caller's transaction."""

    connection: AsyncConnection
    hours: Hours
    title: str
    texts: Mapping[Language, str]
    by: int
    now: datetime

    async def of_form(
        self, form: Form, subject: Subject, starts_at: datetime | None, proposed: bool
    ) -> Broadcast | None:
        """Keep the event or lesson that a form tells, and what is to be sent of it.

        Of what is proposed the answers are kept instead: nobody else is to find it before it is approved.
        None when it tells of one that was changed meanwhile.
        """
        if proposed:
            subject_id: int | None = int(form.answers.get("lesson") or form.answers.get("event") or NOT_KEPT)
        else:
            subject_id = await keep_subject(self.connection, form, subject, self.hours, self.now)
        if subject_id is None:
            return None
        offer = offer_of(subject, form.answers, starts_at or self.now)
        kept: dict[str, object] = {
            "category": offer.category,
            "themes": list(offer.themes),
            "audience": asdict(offer.audience),
            "starts_at": offer.at,
        }
        if proposed:
            kept |= {"state": BroadcastState.PROPOSED, "answers": dict(form.answers)}
        elif offer.at > self.now:
            kept["state"] = BroadcastState.SCHEDULED
        return await self._keep(subject, subject_id, chats_of(offer), **kept)

    async def of_answer(self, questions: Collection[int]) -> Broadcast | None:
        """Settle what was asked, and keep what is sent to those who asked."""
        settled = await self.connection.execute(
            update(asked)
            .where(asked.c.id.in_(questions), asked.c.person_id.is_not(None), is_gap())
            .values(result=Result.BY_PERSON)
            .returning(asked.c.id, asked.c.person_id)
        )
        rows = settled.all()
        if not rows:
            return None
        await self.connection.execute(
            update(inquiries)
            .where(
                inquiries.c.question_id.in_([row.id for row in rows]),
                inquiries.c.state == InquiryState.WAITING,
            )
            .values(state=InquiryState.CLOSED, taken_by=self.by, answered_at=self.now, spoken_at=self.now)
        )
        askers = readers(people.c.id.in_({row.person_id for row in rows}))
        return await self._keep(Subject.ANSWER, min(questions), askers)

    async def of_correction(self, version: Version, told: Collection[int]) -> Broadcast | None:
        """Keep what is sent to those who were told another answer; None when that was done before."""
        claimed = await self.connection.scalar(
            update(entry_versions)
            .where(
                entry_versions.c.topic == version.topic,
                entry_versions.c.number == version.number,
                entry_versions.c.told_at.is_(None),
            )
            .values(told_at=self.now)
            .returning(entry_versions.c.id)
        )
        if claimed is None:
            return None
        return await self._keep(Subject.CORRECTION, claimed, readers(people.c.id.in_(told)))

    async def of_reminder(self, reminded: Broadcast, number: int, proposed: bool) -> Broadcast:
        """Keep what is sent to those who have not read; IntegrityError when this number was sent before."""
        return await self._keep(
            reminded.subject,
            reminded.subject_id,
            unread_chats(reminded.id),
            category=reminded.category,
            themes=list(reminded.themes),
            reminds=reminded.id,
            reminder=number,
            state=BroadcastState.PROPOSED if proposed else BroadcastState.SENDING,
        )

    async def of_notice(self, subject: Subject, subject_id: int, told: Readers) -> Broadcast:
        """Keep what is sent to these persons alone, whatever they subscribe; the caller says when."""
        return await self._keep(subject, subject_id, readers(people.c.id.in_(told)))

    async def _keep(self, subject: Subject, subject_id: int, chats: Chats, **values: object) -> Broadcast:
        """Keep the broadcast, and freeze who gets it and when: as soon as it begins, or with a digest."""
        told = {
            "subject": subject,
            "subject_id": subject_id,
            "title": self.title,
            "texts": dict(self.texts),
            "created_by": self.by,
            "created_at": self.now,
            "starts_at": self.now,
            "state": BroadcastState.SENDING,
        }
        keeping = insert(broadcasts).values(told | values).returning(broadcasts)
        broadcast = broadcast_of((await self.connection.execute(keeping)).one())
        made(Matter.BROADCAST, broadcast.id)
        frozen = chats.subquery()
        await self.connection.execute(
            insert(deliveries).from_select(
                ["broadcast_id", "chat_id", "language", "state", "next_attempt_at"],
                select(
                    literal(broadcast.id),
                    frozen.c.chat_id,
                    frozen.c.language,
                    literal(DeliveryState.PENDING.value),
                    _goes_at(frozen.c.rhythm, self.hours, broadcast.starts_at, self.now),
                ),
            )
        )
        return broadcast


async def keep_subject(
    connection: AsyncConnection, form: Form, subject: Subject, hours: Hours, now: datetime
) -> int | None:
    """Keep the event or lesson that a form tells; its id, or None for one that was changed meanwhile."""
    if subject is Subject.LESSON:
        return await keep_shared(connection, form, form.chat_id, now)
    return await keep_announced(connection, form, form.chat_id, hours, now)


async def plan_anew(connection: AsyncConnection, broadcast: Broadcast, hours: Hours, now: datetime) -> None:
    """It begins at another time than planned: what nobody has tried to send goes when that has it."""
    if broadcast.category is None:  # it waits for no digest
        return
    rhythm = select(subscribers.c.rhythm).where(subscribers.c.chat_id == deliveries.c.chat_id)
    await connection.execute(
        update(deliveries)
        .where(
            deliveries.c.broadcast_id == broadcast.id,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.attempts == 0,
        )
        .values(next_attempt_at=_goes_at(rhythm.scalar_subquery(), hours, broadcast.starts_at, now))
    )


def _goes_at(
    rhythm: ColumnElement[str], hours: Hours, starts_at: datetime, now: datetime
) -> ColumnElement[datetime]:
    """When the copy of a chat of this rhythm goes: with a digest, or as soon as the broadcast begins."""
    moment = deliveries.c.next_attempt_at.type
    digests = [
        (rhythm == one, literal(hours.next_digest(one, starts_at), moment))
        for one in (Rhythm.DAILY, Rhythm.WEEKLY)
    ]
    return case(*digests, else_=literal(now, moment))
