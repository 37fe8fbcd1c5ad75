"""Questions to a person: every change of state happens once, and only by those it belongs to."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.inquiries import OFFERS_KEPT, SILENCE, Inquiry, InquiryState, Sighting
from storage.database import Database
from storage.inquiries import StoredInquiries
from storage.people import StoredPeople
from tests.storage.records import NOW

ASKER, FIRST, SECOND = 1001, 2001, 2002


@pytest.fixture
async def inquiries(database: Database) -> StoredInquiries:
    people = StoredPeople(database, ())
    for person_id in (ASKER, FIRST, SECOND):
        await people.meet(person_id, "somebody", "km", NOW)
    return StoredInquiries(database)


async def waiting(inquiries: StoredInquiries) -> Inquiry:
    offered = await inquiries.offer(ASKER, "តើមានអ្វីថ្មី?", NOW)
    passed = await inquiries.pass_on(offered.id, ASKER, NOW)
    assert passed
    return passed


async def test_only_the_asker_passes_it_on(inquiries: StoredInquiries) -> None:
    """A forged press passes nobody else's question on, and a second press not the same twice."""
    offered = await inquiries.offer(ASKER, "តើមានអ្វីថ្មី?", NOW)
    assert await inquiries.pass_on(offered.id, FIRST, NOW) is None
    assert await inquiries.pass_on(offered.id, ASKER, NOW)
    assert await inquiries.pass_on(offered.id, ASKER, NOW) is None


async def test_one_takes_it(inquiries: StoredInquiries, other: Database) -> None:
    """Of two coordinators who press at once, one takes it; the asker never does."""
    inquiry = await waiting(inquiries)
    assert not await inquiries.take(inquiry.id, ASKER, NOW)
    taken = await asyncio.gather(
        inquiries.take(inquiry.id, FIRST, NOW), StoredInquiries(other).take(inquiry.id, SECOND, NOW)
    )
    assert sorted(taken) == [False, True]


async def test_who_may_end_it(inquiries: StoredInquiries) -> None:
    """The asker or the coordinator who talks ends it, once; nobody else can."""
    inquiry = await waiting(inquiries)
    await inquiries.take(inquiry.id, FIRST, NOW)
    assert await inquiries.close(inquiry.id, SECOND, NOW) is None
    closed = await inquiries.close(inquiry.id, FIRST, NOW)
    assert closed and closed.state is InquiryState.CLOSED
    assert await inquiries.close(inquiry.id, ASKER, NOW) is None
    assert await inquiries.talks_of(ASKER) == await inquiries.talks_of(FIRST) == []


async def test_messages_lead_back(inquiries: StoredInquiries) -> None:
    """A message that belongs to an inquiry leads back to it, and only in its own chat."""
    inquiry = await waiting(inquiries)
    await inquiries.remember(inquiry.id, Sighting(FIRST, 7))
    found = await inquiries.of_message(Sighting(FIRST, 7))
    assert found and found.id == inquiry.id
    assert await inquiries.of_message(Sighting(SECOND, 7)) is None
    assert await inquiries.sightings(inquiry.id) == [Sighting(FIRST, 7)]


async def test_talks_are_of_both_sides(inquiries: StoredInquiries) -> None:
    """A talk is the asker's and the coordinator's; a later question that waits is no talk."""
    taken = await waiting(inquiries)
    await inquiries.take(taken.id, FIRST, NOW)
    later = await waiting(inquiries)
    assert [talk.id for talk in await inquiries.talks_of(ASKER)] == [taken.id]
    assert [talk.id for talk in await inquiries.talks_of(FIRST)] == [taken.id]
    assert await inquiries.talks_of(SECOND) == []
    still_waiting = await inquiries.waiting_of(ASKER)
    assert still_waiting and still_waiting.id == later.id


async def test_silence(inquiries: StoredInquiries) -> None:
    """A conversation is closed after a day of silence, counted from the last word, and only once."""
    inquiry = await waiting(inquiries)
    await inquiries.take(inquiry.id, FIRST, NOW)
    await inquiries.touch(inquiry.id, NOW + timedelta(hours=5))
    assert await inquiries.close_silent(NOW + SILENCE + timedelta(hours=5)) == []
    late = NOW + SILENCE + timedelta(hours=5, seconds=1)
    assert [closed.id for closed in await inquiries.close_silent(late)] == [inquiry.id]
    assert await inquiries.close_silent(late) == []


async def test_offers_are_forgotten(inquiries: StoredInquiries) -> None:
    """A question that was not passed on is forgotten after 90 days; one that was stays."""
    kept = await waiting(inquiries)
    offered = await inquiries.offer(ASKER, "តើមានអ្វីទៀត?", NOW)
    await inquiries.offer(ASKER, "ថ្មី", NOW + OFFERS_KEPT + timedelta(seconds=1))
    assert await inquiries.inquiry(offered.id) is None
    assert await inquiries.inquiry(kept.id)
