"""Broadcasts: the audience is frozen at the confirmation, and no delivery is taken twice or lost."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.broadcasts import (
    Blocked,
    BroadcastState,
    DeliveryState,
    Ended,
    Later,
    Outcome,
    Parcel,
    Sent,
    Settlement,
    Subject,
    Uncertain,
    settle,
)
from bot.core.history import Result
from bot.core.inquiries import InquiryState
from bot.core.knowledge import Change, Entry
from storage.accounts import StoredAccounts
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.events.events import StoredEvents
from storage.forms import StoredForms
from storage.history import StoredHistory
from storage.inquiries import StoredInquiries
from storage.knowledge import StoredVersions
from storage.lessons import StoredLessons
from storage.people import StoredPeople
from storage.subscriptions import StoredSubscriptions
from storage.tables import broadcasts as broadcasts_table
from storage.tables import deliveries, events, lessons
from tests.storage.records import (
    BANTEAY_NEANG,
    COORDINATOR,
    EVENT,
    LATER,
    LESSON,
    NOW,
    TEXTS,
    broadcast,
    filled_form,
    meet,
    subscribe,
    unsubscribe,
)

PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
SKIPPED, UNCERTAIN = DeliveryState.SKIPPED, DeliveryState.UNCERTAIN


async def claim_all(database: Database) -> list[Parcel]:
    """Everything that is due now, claimed one by one."""
    claimed = []
    while parcels := await StoredDeliveries(database).claim(NOW):
        claimed += parcels
    return claimed


async def claim(database: Database) -> Parcel:
    (parcel,) = await StoredDeliveries(database).claim(NOW)
    return parcel


async def counts(database: Database, broadcast_id: int) -> dict[DeliveryState, int]:
    return dict((await StoredAccounts(database).tally(broadcast_id)).counts)


async def rows(database: Database) -> list[int]:
    """How many broadcasts, deliveries, events and lessons there are."""
    async with database.read() as connection:
        return [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (broadcasts_table, deliveries, events, lessons)
        ]


async def test_confirm_a_forum(database: Database, other: Database) -> None:
    """A confirmed forum is kept, listed among the events at its instant, and its form is gone."""
    kept = await broadcast(database)
    assert (kept.subject, kept.texts, kept.created_by) == (Subject.EVENT, TEXTS, COORDINATOR)
    assert (kept.created_at, kept.finished_at) == (NOW, None)
    assert await StoredBroadcasts(other).broadcast(kept.id) == kept
    (event,) = await StoredEvents(other).upcoming(NOW)
    details = event.details
    assert (details.title, details.starts_at.isoformat()) == (EVENT["title"], "2027-01-15T01:30:00+00:00")
    assert await StoredForms(other).draft(COORDINATOR, "announce") is None


async def test_confirm_a_lesson(database: Database) -> None:
    """A confirmed lesson is kept among the lessons as it was typed."""
    form = await filled_form(database, "share", LESSON)
    stored = StoredBroadcasts(database)
    assert await stored.confirm(form, Subject.LESSON, LESSON["title"], TEXTS, COORDINATOR, NOW)
    (lesson,), _ = await StoredLessons(database).newest(0)
    assert (lesson.title, lesson.body) == (LESSON["title"], LESSON["body"])


async def test_confirm_a_stale_form(database: Database) -> None:
    """A form that changed since its preview, or is gone, writes nothing at all."""
    await subscribe(database, 10, 11)
    form = await filled_form(database, "announce", EVENT)
    newer = await StoredForms(database).save(replace(form, step="place"), LATER)
    assert newer
    stored = StoredBroadcasts(database)
    assert await stored.confirm(form, Subject.EVENT, "x", TEXTS, COORDINATOR, NOW) is None
    assert await rows(database) == [0, 0, 0, 0]
    assert await StoredForms(database).open_in(COORDINATOR) == newer
    await StoredForms(database).discard(newer)
    assert await stored.confirm(newer, Subject.EVENT, "x", TEXTS, COORDINATOR, NOW) is None
    assert await rows(database) == [0, 0, 0, 0]


async def test_confirm_is_one_transaction(database: Database) -> None:
    """When a broadcast cannot be written whole, nothing is, and the form is still there."""
    await subscribe(database, 10)
    form = await filled_form(database, "announce", {"title": "no place and no start"})
    with pytest.raises(KeyError):
        await StoredBroadcasts(database).confirm(form, Subject.EVENT, "x", TEXTS, COORDINATOR, NOW)
    assert await rows(database) == [0, 0, 0, 0]
    assert await StoredForms(database).open_in(COORDINATOR) == form


async def test_twenty_presses_confirm_once(database: Database, other: Database) -> None:
    """Of twenty presses of "send" at once, through two processes, one broadcast comes about."""
    await subscribe(database, 10, 11)
    form = await filled_form(database, "announce", EVENT)
    kept = await asyncio.gather(
        *(
            StoredBroadcasts(through).confirm(form, Subject.EVENT, "x", TEXTS, COORDINATOR, NOW)
            for through in [database, other] * 10
        )
    )
    assert len([one for one in kept if one]) == 1
    assert await rows(database) == [1, 2, 1, 0]


async def test_the_audience_is_frozen(database: Database) -> None:
    """Recipients are those who subscribe at the confirmation, each once; later ones are not among them."""
    await subscribe(database, 10, 11)
    await subscribe(database, 10, commune=BANTEAY_NEANG)
    await meet(database, 12)  # subscribes nothing
    kept = await broadcast(database)
    await subscribe(database, 13)
    assert await counts(database, kept.id) == {PENDING: 2}
    assert [delivery.chat_id for delivery in await claim_all(database)] == [10, 11]


async def test_the_language_is_frozen(database: Database) -> None:
    """Each recipient is written to in the language they read at the confirmation."""
    await subscribe(database, 10, 11)
    people = StoredPeople(database, ())
    await people.choose_language(11, "en")
    await broadcast(database)
    await people.choose_language(10, "en")
    assert [delivery.language for delivery in await claim_all(database)] == ["km", "en"]


async def test_nobody_subscribes(database: Database) -> None:
    """A broadcast to nobody is kept, and finished at once."""
    kept = await broadcast(database)
    assert await StoredDeliveries(database).claim(NOW) == []
    assert (await StoredAccounts(database).tally(kept.id)).total == 0
    assert await StoredDeliveries(database).finish(LATER) == [
        replace(kept, finished_at=LATER, state=BroadcastState.DONE)
    ]


async def test_claim(database: Database) -> None:
    """A claimed delivery is being sent, and tells its broadcast, chat, language and attempt."""
    await subscribe(database, 10)
    kept = await broadcast(database)
    delivery = await claim(database)
    assert ([one.broadcast for one in delivery.deliveries], delivery.chat_id) == ([kept], 10)
    assert (delivery.language, delivery.attempts) == ("km", 1)
    assert await counts(database, kept.id) == {SENDING: 1}
    assert await StoredDeliveries(database).claim(NOW) == []


async def test_not_yet_due(database: Database) -> None:
    """What is to be tried again later is not claimed before its time."""
    await subscribe(database, 10)
    await broadcast(database)
    stored = StoredDeliveries(database)
    await stored.settle([Ended(await claim(database), settle(Later("x"), 1, NOW))], NOW)
    assert await stored.claim(NOW + timedelta(seconds=4)) == []
    (again,) = await stored.claim(NOW + timedelta(seconds=5))
    assert again
    assert again.attempts == 2


async def test_a_wait_burns_no_attempt(database: Database) -> None:
    """However often Telegram asks to wait, the delivery is still at its first attempt."""
    await subscribe(database, 10)
    await broadcast(database)
    stored = StoredDeliveries(database)
    now = NOW
    for _ in range(20):
        (delivery,) = await stored.claim(now)
        assert delivery
        assert delivery.attempts == 1
        await stored.settle([Ended(delivery, settle(Later("flood", timedelta(seconds=3)), 1, now))], now)
        now += timedelta(seconds=3)


async def test_oldest_first(database: Database) -> None:
    """What has been due for longest is sent first; a later broadcast does not overtake."""
    await subscribe(database, 10, 11)
    first = await broadcast(database, now=NOW - timedelta(hours=1))
    second = await broadcast(database, now=NOW)
    claimed = [delivery.deliveries[0].broadcast.id for delivery in await claim_all(database)]
    assert claimed == [first.id] * 2 + [second.id] * 2


async def test_unsubscribed_before_the_send(database: Database) -> None:
    """Who unsubscribed everything before the send gets nothing; who kept one council does."""
    await subscribe(database, 10, 11, 12)
    await subscribe(database, 12, commune=BANTEAY_NEANG)
    kept = await broadcast(database)
    await unsubscribe(database, 10)
    await StoredSubscriptions(database).unsubscribe(12, BANTEAY_NEANG, NOW)
    assert [delivery.chat_id for delivery in await claim_all(database)] == [11, 12]
    assert await counts(database, kept.id) == {SKIPPED: 1, SENDING: 2}


async def test_blocked_before_the_send(database: Database) -> None:
    """Who blocked the bot before the send is passed over."""
    await subscribe(database, 10, 11)
    kept = await broadcast(database)
    await StoredPeople(database, ()).mark_blocked(10, NOW)
    assert [delivery.chat_id for delivery in await claim_all(database)] == [11]
    assert await counts(database, kept.id) == {SKIPPED: 1, SENDING: 1}


async def test_passed_over_for_good(database: Database) -> None:
    """Who was passed over does not get an old broadcast when they subscribe again."""
    await subscribe(database, 10)
    await broadcast(database)
    await unsubscribe(database, 10)
    assert not await claim_all(database)
    await subscribe(database, 10)
    assert not await claim_all(database)


async def test_ten_claimers(database: Database, other: Database) -> None:
    """Ten claimers through two processes share the deliveries: each is given exactly once."""
    await subscribe(database, *range(100, 140))
    await broadcast(database)
    shares = await asyncio.gather(*(claim_all(through) for through in [database, other] * 5))
    claimed = [delivery.chat_id for share in shares for delivery in share]
    assert sorted(claimed) == list(range(100, 140))


@pytest.mark.parametrize("state", [SENT, UNCERTAIN, DeliveryState.BLOCKED, DeliveryState.FAILED])
async def test_settled_for_good(database: Database, state: DeliveryState) -> None:
    """A settled delivery is never claimed again."""
    await subscribe(database, 10)
    kept = await broadcast(database)
    stored = StoredDeliveries(database)
    await stored.settle([Ended(await claim(database), Settlement(state))], NOW)
    assert await stored.claim(NOW + timedelta(days=365)) == []
    assert await counts(database, kept.id) == {state: 1}


async def test_left_over_claims_become_uncertain(database: Database, other: Database) -> None:
    """What a crash left in sending becomes uncertain, once, and what was waiting goes on waiting."""
    await subscribe(database, 10, 11, 12)
    kept = await broadcast(database)
    await claim(database)
    await claim(database)
    restarted = StoredDeliveries(other)
    assert await restarted.give_up_claims() == 2
    assert await restarted.give_up_claims() == 0
    assert await counts(other, kept.id) == {UNCERTAIN: 2, PENDING: 1}


async def test_a_late_settlement(database: Database) -> None:
    """A settlement that comes after the delivery was given up does not make it anything else."""
    await subscribe(database, 10)
    kept = await broadcast(database)
    delivery = await claim(database)
    stored = StoredDeliveries(database)
    await stored.give_up_claims()
    await stored.settle([Ended(delivery, settle(Later("x"), 1, NOW))], NOW)
    assert await counts(database, kept.id) == {UNCERTAIN: 1}


async def test_settlement_is_kept(database: Database) -> None:
    """The message's identifier of a sent delivery, and the reason of another, can be looked up later."""
    await subscribe(database, 10, 11)
    await broadcast(database)
    stored = StoredDeliveries(database)
    await stored.settle([Ended(await claim(database), settle(Sent(77), 1, NOW))], NOW)
    await stored.settle([Ended(await claim(database), settle(Uncertain("TimedOut"), 1, NOW))], NOW)
    async with database.read() as connection:
        kept = (await connection.execute(select(deliveries).order_by(deliveries.c.id))).all()
    assert [(row.message_id, row.reason) for row in kept] == [(77, ""), (None, "TimedOut")]


async def test_finish(database: Database) -> None:
    """A broadcast is finished when nothing of it is pending or being sent, and is told of once."""
    await subscribe(database, 10, 11)
    kept = await broadcast(database)
    one, two = await claim_all(database)
    assert await StoredDeliveries(database).finish(NOW) == []
    await StoredDeliveries(database).settle([Ended(one, settle(Sent(1), 1, NOW))], NOW)
    await StoredDeliveries(database).settle([Ended(two, settle(Later("x"), 1, NOW))], NOW)
    assert await StoredDeliveries(database).finish(NOW) == []
    (again,) = await StoredDeliveries(database).claim(LATER)
    assert again
    await StoredDeliveries(database).settle([Ended(again, settle(Sent(2), 2, LATER))], LATER)
    assert await StoredDeliveries(database).finish(LATER) == [
        replace(kept, finished_at=LATER, state=BroadcastState.DONE)
    ]
    assert await StoredDeliveries(database).finish(LATER) == []
    assert (await StoredAccounts(database).tally(kept.id))[SENT] == 2


async def test_ten_finish_at_once(database: Database, other: Database) -> None:
    """Of ten that look for finished broadcasts at once, each broadcast is told to one."""
    kept = [await broadcast(database) for _ in range(3)]
    told = await asyncio.gather(*(StoredDeliveries(through).finish(NOW) for through in [database, other] * 5))
    assert sorted(one.id for share in told for one in share) == [one.id for one in kept]


async def test_newest(database: Database) -> None:
    """The last ten broadcasts are listed, newest first."""
    kept = [await broadcast(database, title=str(number)) for number in range(12)]
    assert await StoredBroadcasts(database).newest() == kept[:1:-1]
    assert await StoredBroadcasts(database).broadcast(404) is None


async def test_an_answer_goes_to_those_who_asked_the_same(database: Database) -> None:
    """Each asker gets it once, nobody who did not ask; their questions are settled and their waiting ends."""
    await meet(database, 11, 12, 13)
    history, inquiries, kept = StoredHistory(database), StoredInquiries(database), StoredBroadcasts(database)
    asked = [await history.keep(person, "?", "km", Result.UNKNOWN, NOW) for person in (11, 11, 12)]
    waiting = await inquiries.pass_on(asked[2], NOW)
    form = await filled_form(database, "same", {})
    sent = await kept.send_answer(form, [one.id for one in asked], "?", TEXTS, COORDINATOR, NOW)
    assert sent and sent.subject is Subject.ANSWER
    assert (await StoredAccounts(database).tally(sent.id)).total == 2
    assert await history.gaps(NOW) == []
    closed = await inquiries.inquiry(waiting.id) if waiting else None
    assert closed and closed.state is InquiryState.CLOSED
    assert {parcel.chat_id for parcel in await StoredDeliveries(database).claim(NOW, 2)} == {11, 12}


async def test_an_answer_is_sent_once(database: Database) -> None:
    """A second press, with the form gone or the questions settled, sends nothing."""
    await meet(database, 11)
    history, kept = StoredHistory(database), StoredBroadcasts(database)
    asked = await history.keep(11, "?", "km", Result.UNKNOWN, NOW)
    form = await filled_form(database, "same", {})
    assert await kept.send_answer(form, [asked.id], "?", TEXTS, COORDINATOR, NOW)
    assert await kept.send_answer(form, [asked.id], "?", TEXTS, COORDINATOR, NOW) is None
    again = await filled_form(database, "same", {})
    assert await kept.send_answer(again, [asked.id], "?", TEXTS, COORDINATOR, NOW) is None


async def test_a_correction_is_sent_once(database: Database) -> None:
    """Those who got the answer before are told of a version once; who blocked the bot meanwhile is not."""
    await meet(database, 11, 12)
    entry = Entry("books", "?", "?", "ពីរ", "Two", ("what",), ("?",), "…")
    version = await StoredVersions(database).publish(Change(entry, ""), 0, COORDINATOR, NOW)
    assert version
    kept = StoredBroadcasts(database)
    sent = await kept.send_correction(version, [11, 12], TEXTS, COORDINATOR, NOW)
    assert sent and (await StoredAccounts(database).tally(sent.id)).total == 2
    assert await kept.send_correction(version, [11, 12], TEXTS, COORDINATOR, NOW) is None
    await StoredPeople(database, ()).mark_blocked(11, NOW)
    (claimed,) = await StoredDeliveries(database).claim(NOW)
    assert claimed and claimed.chat_id == 12
    assert await StoredDeliveries(database).claim(NOW) == []


# Many at once.


async def test_claim_many(database: Database) -> None:
    """So many are claimed at once as were asked for, and the rest the next time."""
    await subscribe(database, *range(10, 15))
    await broadcast(database)
    shares = [[one.chat_id for one in await StoredDeliveries(database).claim(NOW, 3)] for _ in range(3)]
    assert shares == [[10, 11, 12], [13, 14], []]


async def test_a_paused_broadcast_holds_up_no_other(database: Database) -> None:
    """What is due is found behind a paused broadcast that was to be sent before."""
    await subscribe(database, 10, 11)
    paused, other = await broadcast(database), await broadcast(database)
    await StoredBroadcasts(database).move(paused.id, BroadcastState.PAUSED, NOW)
    claimed = await StoredDeliveries(database).claim(NOW, 10)
    assert [parcel.deliveries[0].broadcast.id for parcel in claimed] == [other.id, other.id]


@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        ([Uncertain("x")] * 5 + [Sent(1)], True),
        ([Uncertain("x")] * 4 + [Sent(1)] + [Uncertain("x")] * 4, False),
        ([Uncertain("x")] * 4 + [Blocked(), Uncertain("x")], True),
    ],
)
async def test_settle_many(database: Database, outcomes: list[Outcome], pauses: bool) -> None:
    """Of outcomes that are written together, each is kept, and failures in a row count in their order."""
    await subscribe(database, *range(10, 10 + len(outcomes)))
    kept = await broadcast(database)
    stored = StoredDeliveries(database)
    claimed = await stored.claim(NOW, len(outcomes))
    ended = [Ended(one, settle(outcome, 1, NOW)) for one, outcome in zip(claimed, outcomes, strict=True)]
    paused = await stored.settle(ended, NOW)
    assert [one.id for one in paused] == [kept.id] * pauses
    assert await stored.settle(ended, LATER) == []  # once is enough
    states = Counter(one.settlement.state for one in ended)
    assert await counts(database, kept.id) == states
