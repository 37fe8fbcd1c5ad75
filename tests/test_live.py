"""What is published is answered by every replica, soon, trained once; and what a trial tells of a change."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from telegram.ext import Job

from bot import trial
from bot.app import Bot, Words
from bot.context import Context
from bot.core.knowledge import Change, Chapter, Entry, changed
from bot.core.questions import Answer, Answerer
from bot.core.questions import answered as answered_topics
from bot.live import LiveKnowledge, trained
from bot.schedule import KNOWLEDGE_EVERY, schedule
from bot.trial import Taken, try_out
from storage.database import Database
from storage.knowledge import StoredVersions
from tests.core.library import BOOKS, LIBRARY
from tests.storage.records import new_file
from tests.world import World, _bot

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh"))
BY = 1004
SHELVES = replace(
    LIBRARY,
    chapters=(
        Chapter("house", "ផ្ទះ", "The house", ("opened-when", "books")),
        Chapter("lending", "ការខ្ចី", "Lending", ("borrow",)),
    ),
)
THREE = Change(replace(BOOKS, answer_km="មានសៀវភៅបីពាន់ក្បាល។"), "house")
CARDS = Change(
    Entry(
        id="cards",
        question_km="តើបណ្ណសមាជិកថ្លៃប៉ុន្មាន?",
        question_en="How much is a membership card?",
        answer_km="ឥតគិតថ្លៃ។",
        answer_en="It is free.",
        asked=("how-much",),
        asks=("បណ្ណសមាជិកថ្លៃប៉ុន្មាន", "membership card price", "តម្លៃបណ្ណ"),
        source="",
    ),
    "lending",
)
ASKED = "តើបណ្ណសមាជិកថ្លៃប៉ុន្មាន?"


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer(SHELVES)


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[tuple[Database, Database]]:
    """Two ways into the same file, as two processes have."""
    url = await new_file(tmp_path)
    both = Database(url), Database(url)
    yield both
    for database in both:
        await database.close()


@pytest.fixture
def lives(databases: tuple[Database, Database], answerer: Answerer) -> tuple[LiveKnowledge, LiveKnowledge]:
    """The knowledge of two replicas."""
    one, two = (LiveKnowledge(SHELVES, answerer, StoredVersions(database)) for database in databases)
    return one, two


@pytest.fixture
def versions(databases: tuple[Database, Database]) -> StoredVersions:
    return StoredVersions(databases[0])


def answered(live: LiveKnowledge, question: str) -> str | None:
    """The answer to a question in Khmer, None when there is none."""
    reply = live.answerer.reply(question)
    return live.knowledge.answer(reply.topic, "km") if isinstance(reply, Answer) else None


async def publish(versions: StoredVersions, change: Change, after: int = 0) -> None:
    assert await versions.publish(change, after, BY, NOW)


# Two replicas.


async def test_published_here_answered_there(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """What one replica publishes, the other answers after one refresh, and not before."""
    _, there = lives
    await publish(versions, CARDS)
    await publish(versions, THREE)
    assert answered(there, ASKED) is None
    assert answered(there, BOOKS.question_km) == BOOKS.answer_km
    assert await there.refresh()
    assert answered(there, ASKED) == "ឥតគិតថ្លៃ។"
    assert answered(there, BOOKS.question_km) == THREE.entry.answer_km
    assert not await there.refresh()


async def test_retired_here_silent_there(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """A retired entry is no longer answered by any replica, and is again when it is brought back."""
    _, there = lives
    await publish(versions, replace(THREE, retired=True))
    assert await there.refresh()
    assert "books" not in there.knowledge
    assert answered(there, BOOKS.question_km) is None
    await publish(versions, Change(BOOKS, "house"), after=1)
    assert await there.refresh()
    assert there.knowledge == SHELVES
    assert answered(there, BOOKS.question_km) == BOOKS.answer_km


async def test_both_know_the_same(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """A replica that looks after each change and one that looks once in the end know the same."""
    here, there = lives
    second = Change(replace(CARDS.entry, answer_km="មួយដុល្លារ។"), "house")
    for after, change in [(0, CARDS), (0, THREE), (1, second), (1, replace(THREE, retired=True))]:
        await publish(versions, change, after)
        await here.refresh()
    await there.refresh()
    assert here.knowledge == there.knowledge
    assert here.answerer is there.answerer


async def test_one_refresh_at_a_time(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """Of two looks at once, one takes up what is new, and the other finds nothing left."""
    await publish(versions, CARDS)
    assert sorted(await asyncio.gather(lives[1].refresh(), lives[1].refresh())) == [False, True]


async def test_two_bots(world: World) -> None:
    """What one bot's coordinator published, the other bot says to a person after its refresh."""
    change = Change(
        replace(world.words.knowledge.entry("founded-when"), answer_km="ចម្លើយថ្មី", answer_en="New"), "history"
    )
    database = Database(world.settings.database_url)
    other = _bot(world.settings, database, world.words, world.clock, world.telegram)
    await other.application.initialize()
    try:
        published = await other.application.services.versions.publish(change, 0, BY, world.clock())
        assert published
        await _ask(world, world.bot)
        assert "២០០៣" in world.read("citizen")
        for bot in (world.bot, other):
            await bot.application.services.live.refresh()
            await _ask(world, bot)
            assert "ចម្លើយថ្មី" in world.read("citizen")
    finally:
        await other.close()
        await database.close()


async def _ask(world: World, bot: Bot) -> None:
    """Ask one of the bots; its update goes to no other."""
    mine, world.bot = world.bot, bot
    world.person("citizen").type("តើក្រុមការងារបង្កើតឡើងនៅពេលណា?")
    await world.deliver()
    world.bot = mine


# The tick.


def _jobs(world: World, name: str) -> tuple[Job[Context], ...]:
    queue = world.bot.application.job_queue
    assert queue
    return queue.get_jobs_by_name(name)


async def test_the_tick_is_scheduled(world: World) -> None:
    """Every replica looks for what is new by itself, at least every ten seconds, and never drops a tick."""
    schedule(world.bot)
    (tick,) = _jobs(world, "knowledge")
    assert tick.job.trigger.interval == KNOWLEDGE_EVERY <= timedelta(seconds=10)
    assert tick.job.misfire_grace_time is None
    assert tick.job.max_instances == 1


async def test_the_tick_refreshes(world: World) -> None:
    """The tick takes up what another replica published."""
    schedule(world.bot)
    services = world.bot.application.services
    entry = services.knowledge.entry("founded-when")
    await services.versions.publish(Change(entry, "history", retired=True), 0, BY, world.clock())
    (tick,) = _jobs(world, "knowledge")
    await tick.run(world.bot.application)
    assert "founded-when" not in services.knowledge
    assert not await services.live.refresh()


async def test_every_tick_has_its_name(world: World) -> None:
    """The ticks that the glossary and the decisions promise are there, each once; one at the start too."""
    schedule(world.bot)
    for name in ("inbox", "inquiries", "knowledge", "summary", "outbox"):
        assert len(_jobs(world, name)) == 1
    assert len(_jobs(world, "retention")) == 2


# Training.


def test_equal_content_is_trained_once() -> None:
    """Knowledge of equal content is trained once, whoever put it together."""
    assert trained(replace(SHELVES, entries=tuple(SHELVES.entries))) is trained(replace(SHELVES))


async def test_what_was_tried_is_not_trained_again(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """A draft that was tried is not trained again when it is published."""
    tried = trained(lives[0].with_change(CARDS))
    await publish(versions, CARDS)
    await lives[0].refresh()
    assert lives[0].answerer is tried


async def test_a_trial_publishes_nothing(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """What would be is not what is: trying a change leaves the knowledge alone."""
    assert lives[0].with_change(CARDS, THREE).entry("books") == THREE.entry
    assert lives[0].knowledge == SHELVES
    assert await versions.newest() == 0


# Versions.


async def test_versions_of(lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions) -> None:
    """An entry's versions are told newest first, down to number 0, the files' own."""
    live = lives[0]
    assert [(one.number, one.change) for one in await live.versions_of("books")] == [
        (0, Change(BOOKS, "house"))
    ]
    await publish(versions, THREE)
    await publish(versions, replace(THREE, retired=True), after=1)
    await live.refresh()
    found = await live.versions_of("books")
    assert [one.number for one in found] == [2, 1, 0]
    assert [one.change for one in found] == [
        replace(THREE, retired=True),
        THREE,
        Change(BOOKS, "house"),
    ]
    assert [one.published_by for one in found] == [BY, BY, None]


async def test_versions_of_what_is_not_in_the_files(
    lives: tuple[LiveKnowledge, LiveKnowledge], versions: StoredVersions
) -> None:
    """An entry from the chat has no version 0, and an entry that there never was has none at all."""
    await publish(versions, CARDS)
    assert [one.number for one in await lives[0].versions_of("cards")] == [1]
    assert await lives[0].versions_of("no-such-thing") == []


# Trials.


async def test_nothing_is_taken_by_nothing(words: Words) -> None:
    """An unchanged knowledge takes no question away and answers none more."""
    known = words.knowledge
    result = await try_out(known, known)
    assert (result.taken, result.unsure, result.gained) == ((), 0, 0)
    assert result.tried > 400


async def test_a_thief_is_reported(words: Words) -> None:
    """A new entry that asks what another answers is reported, with the questions and whose they are."""
    known = words.knowledge
    thief = replace(known.entry("founded-when"), id="entry-1", answer_km="ខុស", related=())
    result = await try_out(
        known, LiveKnowledge(known, words.answerer, _Nothing()).with_change(Change(thief, "history"))
    )
    assert Taken("WGPD founded ឆ្នាំណា", "founded-when") in result.taken
    assert {one.right for one in result.taken} == {"founded-when"}


async def test_a_better_entry_gains(words: Words) -> None:
    """Questions that are answered only after a change are counted, and are not lost for it."""
    known = words.knowledge
    lost = [
        pair for pair in trial._labelled() if pair[1] not in answered_topics(words.answerer.reply(pair[0]))
    ]
    question, topic = lost[0]
    entry = known.entry(topic)
    better = replace(entry, asks=(*entry.asks, question))
    after = LiveKnowledge(known, words.answerer, _Nothing()).with_change(
        Change(better, known.chapter_of(topic))
    )
    result = await try_out(known, after)
    assert topic in answered_topics(trained(after).reply(question))
    assert result.gained >= 1


class _Nothing(StoredVersions):
    """Versions that nobody asks for."""

    def __init__(self) -> None:
        """There is no database."""


@pytest.fixture
def unlabelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bot as installed: without the tests' questions."""
    monkeypatch.setattr(trial, "QUESTIONS", tmp_path / "questions")
    trial._labelled.cache_clear()
    trial._replies.cache_clear()
    yield
    trial._labelled.cache_clear()
    trial._replies.cache_clear()


@pytest.mark.usefixtures("unlabelled")
async def test_without_labelled_questions() -> None:
    """Where the bot is installed without the tests' questions, a trial tries none and takes none."""
    after = changed(SHELVES, [replace(THREE, retired=True)])
    result = await try_out(SHELVES, after)
    assert (result.tried, result.taken, result.unsure, result.gained) == (0, (), 0, 0)
