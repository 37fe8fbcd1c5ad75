"""A broadcast under control: how tests begin one, stop in its middle, and look at it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.broadcasts import (
    Blocked,
    Broadcast,
    BroadcastState,
    DeliveryState,
    Later,
    Outcome,
    Rejected,
    Subject,
    Uncertain,
)
from bot.core.people import Language
from bot.outbox import SENDERS
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from tests.storage.records import (
    COORDINATOR,
    EVENT,
    LESSON,
    NOW,
    TEXTS,
    filled_form,
)
from tests.test_outbox import Post, Script

PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
BLOCKED, FAILED, RECALLED = DeliveryState.BLOCKED, DeliveryState.FAILED, DeliveryState.RECALLED
UNCERTAIN, SKIPPED = DeliveryState.UNCERTAIN, DeliveryState.SKIPPED
PAUSE, RESUME, CANCEL = BroadcastState.PAUSED, BroadcastState.SENDING, BroadcastState.CANCELLED

NEW: Mapping[Language, str] = {"km": "<b>វេទិកាថ្មី</b>", "en": "<b>New forum</b>"}
HALF = range(100, 100 + SENDERS)
EVERYBODY = range(100, 100 + SENDERS + 4)
TROUBLE = (Rejected("x"), Uncertain("TimedOut"), Later("Bad Gateway"))
OTHERS = (Blocked(), Later("flood", timedelta(seconds=30)))


@dataclass
class InTurn(Script):
    """A sender that does as told, one send after the other, whoever it is to; then success."""

    turns: list[Outcome] = field(default_factory=list)

    def _next(self, chat_id: int, message_id: int) -> Outcome:
        return self.turns.pop(0) if self.turns else super()._next(chat_id, message_id)


async def drain_until_busy(post: Post) -> "asyncio.Task[None]":
    """Begin to send, and stop in the middle: as many as can be are on their way."""
    post.script.gate = asyncio.Event()
    draining = asyncio.create_task(post.outbox.drain())
    await post.script.busy.wait()
    return draining


async def go_on(post: Post, draining: "asyncio.Task[None]") -> None:
    """What is on its way arrives."""
    assert post.script.gate
    post.script.gate.set()
    await draining


async def restart(post: Post) -> None:
    """The bot is killed and starts again."""
    await post.database.close()
    post.open()
    await post.deliveries.give_up_claims()


async def state(post: Post, kept: Broadcast) -> BroadcastState:
    found = await post.stored.broadcast(kept.id)
    assert found
    return found.state


async def correct(post: Post, kept: Broadcast, texts: Mapping[Language, str] = NEW) -> int | None:
    form = await filled_form(post.database, "correct", {**LESSON, "title": "ថ្មី"})
    return await post.stored.correct(kept.id, form, texts, post.clock())


async def plan(database: Database, starts_at: datetime) -> Broadcast:
    """A broadcast that is to be sent later."""
    form = await filled_form(database, "announce", EVENT)
    kept = await StoredBroadcasts(database).confirm(
        form, Subject.EVENT, EVENT["title"], TEXTS, COORDINATOR, NOW, starts_at
    )
    assert kept
    return kept
