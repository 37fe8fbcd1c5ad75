"""Questions to a person: every change of state happens once, and only by those it belongs to."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.history import Question, Result
from bot.core.inquiries import LONGEST_ANSWER, SILENCE, Inquiry, InquiryState, Sighting
from storage.database import Database
from storage.history import StoredHistory
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


@pytest.fixture
def history(database: Database) -> StoredHistory:
    return StoredHistory(database)


async def unknown(history: StoredHistory) -> Question:
    return await history.keep(ASKER, "តើមានអ្វីថ្មី?", "km", Result.UNKNOWN, NOW)


async def waiting(inquiries: StoredInquiries, history: StoredHistory) -> Inquiry:
    passed = await inquiries.pass_on(await unknown(history), NOW)
    assert passed
    return passed


async def test_a_question_is_passed_on_once(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """A second press does not pass a question on twice, and one whose asker is forgotten goes to nobody."""
    asked = await unknown(history)
    passed = await inquiries.pass_on(asked, NOW)
    assert passed and await inquiries.of_question(asked.id) == passed
    assert await inquiries.pass_on(asked, NOW) is None
    assert await inquiries.pass_on(replace(await unknown(history), person_id=None), NOW) is None


async def test_one_takes_it(inquiries: StoredInquiries, history: StoredHistory, other: Database) -> None:
    """Of two coordinators who press at once, one takes it; the asker never does."""
    inquiry = await waiting(inquiries, history)
    assert not await inquiries.take(inquiry.id, ASKER, NOW)
    taken = await asyncio.gather(
        inquiries.take(inquiry.id, FIRST, NOW), StoredInquiries(other).take(inquiry.id, SECOND, NOW)
    )
    assert sorted(taken) == [False, True]


async def test_who_may_end_it(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """The asker or the coordinator who talks ends it, once; nobody else can."""
    inquiry = await waiting(inquiries, history)
    await inquiries.take(inquiry.id, FIRST, NOW)
    assert await inquiries.close(inquiry.id, SECOND, NOW) is None
    closed = await inquiries.close(inquiry.id, FIRST, NOW)
    assert closed and closed.state is InquiryState.CLOSED
    assert await inquiries.close(inquiry.id, ASKER, NOW) is None
    assert await inquiries.talks_of(ASKER) == await inquiries.talks_of(FIRST) == []


async def test_messages_lead_back(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """A message that belongs to an inquiry leads back to it, and only in its own chat."""
    inquiry = await waiting(inquiries, history)
    await inquiries.remember(inquiry.id, Sighting(FIRST, 7))
    found = await inquiries.of_message(Sighting(FIRST, 7))
    assert found and found.id == inquiry.id
    assert await inquiries.of_message(Sighting(SECOND, 7)) is None
    assert await inquiries.sightings(inquiry.id) == [Sighting(FIRST, 7)]


async def test_talks_are_of_both_sides(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """A talk is the asker's and the coordinator's; a later question that waits is no talk."""
    taken = await waiting(inquiries, history)
    await inquiries.take(taken.id, FIRST, NOW)
    later = await waiting(inquiries, history)
    assert [talk.id for talk in await inquiries.talks_of(ASKER)] == [taken.id]
    assert [talk.id for talk in await inquiries.talks_of(FIRST)] == [taken.id]
    assert await inquiries.talks_of(SECOND) == []
    still_waiting = await inquiries.waiting_of(ASKER)
    assert still_waiting and still_waiting.id == later.id


async def test_silence(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """An answered conversation ends after a day of silence, counted from the last word, and only once."""
    inquiry = await waiting(inquiries, history)
    await inquiries.take(inquiry.id, FIRST, NOW)
    await inquiries.answer(inquiry.id, "បាទ", None, NOW)
    await inquiries.touch(inquiry.id, NOW + timedelta(hours=5))
    assert await inquiries.close_silent(NOW + SILENCE + timedelta(hours=5)) == []
    late = NOW + SILENCE + timedelta(hours=5, seconds=1)
    assert [closed.id for closed in await inquiries.close_silent(late)] == [inquiry.id]
    assert await inquiries.close_silent(late) == []


async def test_silence_without_an_answer(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """A question that was taken and left without a word is not closed by silence."""
    inquiry = await waiting(inquiries, history)
    await inquiries.take(inquiry.id, FIRST, NOW)
    assert await inquiries.close_silent(NOW + 3 * SILENCE) == []
    assert [one.id for one in await inquiries.unanswered()] == [inquiry.id]


async def test_answers_are_kept(inquiries: StoredInquiries, history: StoredHistory) -> None:
    """What a coordinator writes is kept in order and bounded, and the question is no gap any more."""
    inquiry = await waiting(inquiries, history)
    await inquiries.take(inquiry.id, FIRST, NOW)
    assert await history.gaps(NOW)
    await inquiries.answer(inquiry.id, "មួយ", None, NOW)
    await inquiries.answer(inquiry.id, "", None, NOW + timedelta(minutes=1))
    await inquiries.answer(inquiry.id, "ពីរ", "founded-when", NOW + timedelta(minutes=2))
    kept = await inquiries.inquiry(inquiry.id)
    assert kept and (kept.answer, kept.topic, kept.answered_at) == ("មួយ\nពីរ", "founded-when", NOW)
    assert await inquiries.unanswered() == []
    assert await history.gaps(NOW) == []
    await inquiries.answer(inquiry.id, "ក" * 9000, None, NOW)
    kept = await inquiries.inquiry(inquiry.id)
    assert kept and len(kept.answer) == LONGEST_ANSWER


async def test_reminders_are_counted_once(
    inquiries: StoredInquiries, history: StoredHistory, other: Database
) -> None:
    """Of two replicas one reminds; a question let go can be taken by somebody else."""
    inquiry = await waiting(inquiries, history)
    await inquiries.take(inquiry.id, FIRST, NOW)
    (open_,) = await inquiries.unanswered()
    noted = await asyncio.gather(
        inquiries.note_reminder(open_, NOW, release=True),
        StoredInquiries(other).note_reminder(open_, NOW, release=True),
    )
    assert sorted(noted) == [False, True]
    assert await inquiries.take(inquiry.id, SECOND, NOW)
