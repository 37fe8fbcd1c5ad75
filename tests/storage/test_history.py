"""What was asked is kept, counted, and let go of the person in time."""

from datetime import date, timedelta

import pytest

from bot.core.history import ASKERS_KEPT, Result, Use, Week, weeks
from bot.core.retention import Retention
from storage.database import Database
from storage.history import StoredHistory
from storage.personal.keeping import StoredKeeping
from tests.storage.records import NOW, meet

ASKER, OTHER = 1001, 1002
SINCE = NOW - timedelta(days=90)


@pytest.fixture
async def history(database: Database) -> StoredHistory:
    await meet(database, ASKER, OTHER)
    return StoredHistory(database)


async def test_a_suggestion_is_chosen_by_the_asker(history: StoredHistory) -> None:
    """Only the asker chooses, and a question that was answered is not chosen for any more."""
    asked = await history.keep(ASKER, "?", "km", Result.SUGGESTED, NOW, offered=("a", "b"))
    assert await history.choose(asked.id, OTHER, "a") is None
    chosen = await history.choose(asked.id, ASKER, "b")
    assert chosen and (chosen.result, chosen.topic, chosen.offered) == (Result.CHOSEN, "b", ("a", "b"))
    answered = await history.keep(ASKER, "?", "km", Result.ANSWERED, NOW, "a")
    assert await history.choose(answered.id, ASKER, "b") is None


async def test_votes_make_gaps(history: StoredHistory) -> None:
    """A disliked answer is a gap; a vote is the asker's alone and can be changed."""
    asked = await history.keep(ASKER, "?", "km", Result.ANSWERED, NOW, "a")
    assert await history.vote(asked.id, OTHER, -1) is None
    disliked = await history.vote(asked.id, ASKER, -1)
    assert disliked and disliked.is_gap
    assert [gap.id for gap in await history.gaps(SINCE)] == [asked.id]
    liked = await history.vote(asked.id, ASKER, 1)
    assert liked and not liked.is_gap
    assert await history.gaps(SINCE) == []


async def test_every_gap_is_found(history: StoredHistory) -> None:
    """The database finds as gaps exactly what the core calls one."""
    kept = [await history.keep(ASKER, result, "km", result, NOW, "a") for result in Result]
    for question in kept:
        await history.vote(question.id, ASKER, -1)
    known = [await history.question(question.id) for question in kept]
    found = {gap.id for gap in await history.gaps(SINCE)}
    assert found == {question.id for question in known if question and question.is_gap}


async def test_uses_are_counted(history: StoredHistory) -> None:
    """Each entry's uses and votes are counted, the most used first, old ones left out."""
    for topic in ("a", "b", "b", "b"):
        asked = await history.keep(ASKER, "?", "km", Result.ANSWERED, NOW, topic)
    await history.vote(asked.id, ASKER, -1)
    await history.keep(ASKER, "?", "km", Result.ANSWERED, SINCE - timedelta(days=1), "c")
    assert await history.uses(SINCE) == [Use("b", 3, 0, 1), Use("a", 1, 0, 0)]


async def test_who_was_told(history: StoredHistory) -> None:
    """Those who got an answer in a stretch of time are found once each."""
    for person_id in (ASKER, ASKER, OTHER):
        await history.keep(person_id, "?", "km", Result.PRESSED, NOW, "a")
    await history.keep(None, "?", "km", Result.ANSWERED, NOW, "a")
    assert await history.told("a", SINCE, NOW) == [ASKER, OTHER]
    assert await history.told("a", SINCE, NOW - timedelta(seconds=1)) == []


async def test_repeats(history: StoredHistory) -> None:
    """The very same words from the same person are counted; pressing does not count."""
    for _ in range(3):
        await history.keep(ASKER, " ដដែល ", "km", Result.ANSWERED, NOW, "a")
    await history.keep(ASKER, "ដដែល", "km", Result.PRESSED, NOW, "a")
    assert await history.repeats(ASKER, "ដដែល", SINCE) == (3, False)
    assert await history.repeats(OTHER, "ដដែល", SINCE) == (0, False)
    await history.keep(ASKER, "ដដែល", "km", Result.REPEATED, NOW)
    assert await history.repeats(ASKER, "ដដែល", SINCE) == (4, True)


async def test_askers_are_forgotten(history: StoredHistory, database: Database) -> None:
    """After 90 days a question stays, without the person who asked it."""
    old = await history.keep(ASKER, "ចាស់", "km", Result.UNKNOWN, NOW - ASKERS_KEPT - timedelta(seconds=1))
    new = await history.keep(ASKER, "ថ្មី", "km", Result.UNKNOWN, NOW)
    assert await StoredKeeping(database, Retention()).tidy(NOW) == {"askers": 1}
    kept = await history.question(old.id)
    assert kept and (kept.person_id, kept.text) == (None, "ចាស់")
    assert (await history.question(new.id)) == new


async def test_a_summary_is_claimed_once(history: StoredHistory, other: Database) -> None:
    """Of two replicas one sends the week's summary."""
    assert await history.claim_summary("2026-W48", NOW)
    assert not await StoredHistory(other).claim_summary("2026-W48", NOW)
    assert await history.claim_summary("2026-W49", NOW)


def test_weeks() -> None:
    """Questions are counted by week, Monday first; pressed ones and older ones are left out."""
    monday = date(2026, 11, 30)
    asked = [(NOW, result) for result in Result] + [(NOW - timedelta(weeks=9), Result.ANSWERED)]
    asked += [(NOW - timedelta(days=2), Result.UNKNOWN)]
    counted = weeks(asked, date(2026, 12, 6), 2)
    assert counted == [Week(monday - timedelta(weeks=1), 0, 0, 1), Week(monday, 2, 1, 4)]
