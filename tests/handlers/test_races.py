"""Promises of coordinators' work that were broken once: races between two people, replicas, or presses."""

import threading
from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.history import ASKERS_KEPT
from bot.core.knowledge import Change, Knowledge
from bot.core.questions import Answerer
from bot.live import trained
from bot.schedule import schedule
from handlers.inquiries import look_after
from handlers.knowledge import editing
from tests.handlers.phones import begin, begin_coordinators, labels, press, replica, rows, tap, upload, write
from tests.world import PHNOM_PENH, World

FOUNDED = "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?"
TENT = "តើខ្ចីតង់បានទេ?"


def answer_of(world: World, topic: str) -> str:
    return world.bot.application.services.knowledge.answer(topic, "km")


async def publish_elsewhere(world: World, topic: str, answer: str) -> None:
    """Another coordinator publishes another answer of an entry, and the bot takes it up."""
    services = world.bot.application.services
    versions = await services.live.versions_of(topic)
    entry = replace(versions[0].change.entry, answer_km=answer)
    published = await services.versions.publish(
        replace(versions[0].change, entry=entry), versions[0].number, 2002, world.clock()
    )
    assert published
    await services.live.refresh()


async def talk(world: World, question: str, name: str = "citizen") -> int:
    """A coordinator talks with somebody about a question; the number of the talk."""
    await write(world, name, "/person")
    await write(world, name, question)
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    number = max(int(row[0]) for row in rows(world)["inquiries"])
    assert world.read_all(name)
    return number


# An import and what somebody published meanwhile.


async def open_import(world: World) -> None:
    await begin(world, "coordinator")
    await tap(world, "coordinator", "k-import")


async def test_an_import_leaves_alone_what_was_published_meanwhile(small: World) -> None:
    """An entry that somebody published between the file and its confirmation is not overwritten."""
    await open_import(small)
    body = '[[entry]]\nid = "founded-when"\nanswer_km = "ពីឯកសារ"\n'
    await upload(small, "coordinator", "one.toml", body.encode())
    await publish_elsewhere(small, "founded-when", "ពីអ្នកផ្សេង")
    await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert answer_of(small, "founded-when") == "ពីអ្នកផ្សេង"


async def test_an_import_publishes_only_what_it_showed(small: World) -> None:
    """An entry that the coordinator was not shown as changed is not changed by the confirmation."""
    founded, joining = (small.words.knowledge.entry(topic) for topic in ("founded-when", "how-to-join"))
    body = (
        f'[[entry]]\nid = "founded-when"\nanswer_km = "ពីឯកសារ"\n'
        f'[[entry]]\nid = "how-to-join"\nanswer_km = """{joining.answer_km}"""\n'
    )
    await open_import(small)
    shown = await upload(small, "coordinator", "two.toml", body.encode())
    assert founded.question_km in shown
    assert joining.question_km not in shown
    await publish_elsewhere(small, "how-to-join", "ពីអ្នកផ្សេង")
    await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert answer_of(small, "founded-when") == "ពីឯកសារ"
    assert answer_of(small, "how-to-join") == "ពីអ្នកផ្សេង"


# A replica that has not looked yet.


async def test_a_late_replica_does_not_overwrite(small: World) -> None:
    """Who opens an entry on a replica that has not refreshed yet edits the newest version, or is told."""
    await begin_coordinators(small, "second")
    async with replica(small) as other:
        services = other.application.services
        entry = replace(services.knowledge.entry("founded-when"), answer_km="ថ្មី", answer_en="Newly said")
        await services.versions.publish(Change(entry, "history"), 0, 2002, small.clock())
    await tap(small, "coordinator", "k-edit:founded-when")
    await press(small, "coordinator", "✏️ ចម្លើយ (ខ្មែរ)")
    await write(small, "coordinator", "ថ្មីជាងគេ")
    await press(small, "coordinator", "✅ ដាក់ប្រើ")
    live = small.bot.application.services.live
    await live.refresh()
    assert live.knowledge.answer("founded-when", "en") == "Newly said"


# Keeping an answer.


async def test_keep_does_what_was_shown(small: World) -> None:
    """What the coordinator was shown as the answer is what the bot answers after the tap."""
    await begin(small, "coordinator")
    number = await talk(small, TENT)
    await write(small, "coordinator", "សួស្តី សូមចាំបន្តិច")
    await tap(small, "coordinator", f"give:{number}:founded-when")
    offer = await tap(small, "coordinator", f"end:{number}")
    await press(small, "coordinator", "📚 យល់ព្រម")
    (kept,) = [entry for entry in small.bot.application.services.knowledge.entries if TENT in entry.asks]
    assert kept.answer_km in offer


async def test_keep_of_a_retired_entry(small: World) -> None:
    """An answer by an entry that was retired meanwhile is not kept as an entry without an answer."""
    await begin(small, "coordinator")
    number = await talk(small, TENT)
    await tap(small, "coordinator", f"give:{number}:founded-when")
    await tap(small, "coordinator", f"end:{number}")
    await tap(small, "coordinator", "k-retired:founded-when:0")
    await tap(small, "coordinator", f"keep:{number}")
    assert all(entry.answer_km for entry in small.bot.application.services.knowledge.entries)


async def test_keep_warns_of_what_stands_elsewhere(small: World) -> None:
    """A question that stands word for word in another entry is not kept without a warning."""
    known = small.words.knowledge
    ask = known.entry("how-it-began").asks[0]
    await begin(small, "coordinator")
    await talk(small, ask)
    await write(small, "coordinator", "តាមសិក្ខាសាលា។")
    await press(small, "coordinator", "បញ្ចប់ការសន្ទនា")
    shown = await press(small, "coordinator", "📚 យល់ព្រម")
    assert rows(small)["entry_versions"] == []
    assert "✅ ដាក់ប្រើ" in "\n".join(labels(shown))


async def test_keep_twice_overwrites_nothing(small: World) -> None:
    """A second press on the same offer does not undo what was made of the entry since."""
    await begin(small, "coordinator")
    number = await talk(small, TENT)
    await write(small, "coordinator", "មិនទាន់មានតង់ទេ។")
    await press(small, "coordinator", "បញ្ចប់ការសន្ទនា")
    await press(small, "coordinator", "📚 យល់ព្រម")
    await publish_elsewhere(small, f"asked-{number}", "ឥឡូវមានតង់ហើយ។")
    await tap(small, "coordinator", f"keep:{number}")
    assert answer_of(small, f"asked-{number}") == "ឥឡូវមានតង់ហើយ។"


async def test_a_long_answer_to_a_long_question_arrives(small: World) -> None:
    """An answer that is sent to others who asked the same arrives, however long it and the question are."""
    question = "តើខ្ចីតង់បានទេ " + "សម្រាប់ពិធីក្នុងភូមិ " * 80
    await begin(small, "coordinator", "staff")
    await write(small, "staff", question)
    number = await talk(small, question)
    await write(small, "coordinator", "មិនទាន់មានតង់ទេ " * 180)
    await press(small, "coordinator", "បញ្ចប់ការសន្ទនា")
    small.read_all("staff")
    await tap(small, "coordinator", f"same:{number}")
    await press(small, "coordinator", "📣 ផ្ញើ (")
    await small.send_broadcasts()
    assert "មិនទាន់មានតង់ទេ" in small.read_all("staff")


# The event loop.


async def test_trying_a_question_hinders_nobody(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft is trained beside the event loop, also when a question is written at its review."""
    threads: list[bool] = []

    def noted(knowledge: Knowledge) -> Answerer:
        threads.append(threading.current_thread() is threading.main_thread())
        return trained(knowledge)

    monkeypatch.setattr(editing, "trained", noted)
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-edit:founded-when")
    await press(small, "coordinator", "✏️ ចម្លើយ (ខ្មែរ)")
    await write(small, "coordinator", "ចម្លើយថ្មី")
    assert "តាមសេចក្តីព្រាង" in await write(small, "coordinator", FOUNDED)
    assert True not in threads


# The order of what coordinators added.


async def test_an_edit_keeps_the_order(small: World) -> None:
    """An entry from the chat that is edited stays where it is in its chapter."""
    services = small.bot.application.services
    first = replace(small.words.knowledge.entry("founded-when"), id="first", related=(), asks=("ទីមួយ",))
    second = replace(first, id="second", asks=("ទីពីរ",))
    for entry in (first, second):
        await services.versions.publish(Change(entry, "history"), 0, 2002, small.clock())
    await services.live.refresh()
    edited = Change(replace(first, answer_km="ថ្មី"), "history")
    would_be = services.live.with_change(edited)
    before = services.knowledge.chapter("history").topics
    await services.versions.publish(edited, 1, 2002, small.clock())
    await services.live.refresh()
    assert services.knowledge.chapter("history").topics == before
    assert services.knowledge == would_be  # else it is trained a second time


# Reminders.


async def test_who_has_just_taken_a_question_keeps_it(world: World) -> None:
    """A question that was taken minutes before the 24 hours end is not taken away from the taker."""
    await begin_coordinators(world, "second")
    await write(world, "citizen", "/person")
    await write(world, "citizen", TENT)
    application = world.bot.application
    world.clock.now = datetime(2026, 12, 1, 15, 0, tzinfo=PHNOM_PENH)
    await look_after(application.services, application.bot)
    world.clock.now = datetime(2026, 12, 4, 10, 28, tzinfo=PHNOM_PENH)
    await press(world, "second", "ខ្ញុំឆ្លើយ")
    world.clock.pass_(minutes=5)
    await look_after(application.services, application.bot)
    world.read_all("citizen")
    await write(world, "second", "មិនទាន់មានតង់ទេ។")
    assert "មិនទាន់មានតង់ទេ។" in world.read_all("citizen")


# Who asked.


async def test_who_asked_a_person_is_forgotten(world: World) -> None:
    """Questions that went to a person are kept with the asker for 90 days too, as /privacy promises."""
    await begin(world, "coordinator")
    await talk(world, TENT)
    await write(world, "coordinator", "មិនទាន់មានតង់ទេ។")
    await press(world, "coordinator", "បញ្ចប់ការសន្ទនា")
    world.clock.now += ASKERS_KEPT
    world.clock.pass_(hours=1)
    schedule(world.bot)
    queue = world.bot.application.job_queue
    assert queue
    for name in ("inquiries", "retention"):
        await queue.get_jobs_by_name(name)[0].run(world.bot.application)
    citizen = world.person("citizen").id
    left = rows(world)
    assert [row for row in (*left["questions"], *left["inquiries"]) if TENT in row and citizen in row] == []
