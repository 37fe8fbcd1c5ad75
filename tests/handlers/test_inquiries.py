"""Questions to a person: office hours, reminders, answers from the knowledge, and whose talk it is."""

from datetime import datetime

import pytest

from bot.core.inquiries import Inquiry, InquiryState
from handlers.inquiries import look_after
from tests.handlers.phones import begin, begin_coordinators, labels, notice, press, replica, rows, tap, write
from tests.world import PHNOM_PENH, World

REMINDED = "⏰"
OVERDUE = "🔴"
STILL_WAITING = "គាត់ត្រូវបានរំលឹកហើយ"
NOT_OPEN = "សំណួរនេះបានបិទរួចហើយ"


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=PHNOM_PENH)


async def ask(world: World, name: str = "citizen", question: str = "តើខ្ចីតង់បានទេ?") -> str:
    """Somebody puts a question to a person; the coordinators' notices stay unread."""
    await write(world, name, "/person")
    return await write(world, name, question)


async def look(world: World, now: datetime | None = None) -> None:
    """The clock's tick for questions to a person, perhaps at a certain time."""
    if now:
        world.clock.now = now
    application = world.bot.application
    await look_after(application.services, application.bot)


async def inquiry_of(world: World, name: str = "citizen") -> Inquiry:
    """The newest inquiry of somebody."""
    inquiries = world.bot.application.services.inquiries
    number = max(row[0] for row in rows(world)["inquiries"] if row[1] == world.person(name).id)
    found = await inquiries.inquiry(number)
    assert found
    return found


# Office hours. 1 December 2026 is a Tuesday; the office is open Mo-Fr 08:00-12:00 and 13:30-17:00.


async def test_friday_evening(world: World) -> None:
    """A question of Friday evening is not reminded of on Saturday, but on Monday after four office hours."""
    await begin(world, "coordinator")
    world.clock.now = at(12, 4, 20)
    passed = await ask(world)
    assert "ក្រៅម៉ោងធ្វើការ" in passed
    assert "តើខ្ចីតង់បានទេ?" in world.read_all("coordinator")
    for quiet in (at(12, 5, 9), at(12, 5, 23), at(12, 6, 12), at(12, 7, 8), at(12, 7, 11, 59)):
        await look(world, quiet)
        assert world.read_all("coordinator") == world.read_all("citizen") == ""
    await look(world, at(12, 7, 12))
    reminder = world.read_all("coordinator")
    assert REMINDED in reminder
    assert "តើខ្ចីតង់បានទេ?" in reminder
    assert STILL_WAITING in world.read_all("citizen")


async def test_lunch_does_not_count(world: World) -> None:
    """The hours of lunch are no office hours: asked at ten, reminded of at half past three."""
    await begin(world, "coordinator")
    world.clock.now = at(12, 1, 10)
    await ask(world)
    world.read_all("coordinator")
    await look(world, at(12, 1, 15, 29))
    assert world.read_all("coordinator") == ""
    await look(world, at(12, 1, 15, 30))
    assert REMINDED in world.read_all("coordinator")


async def test_a_public_holiday(world: World) -> None:
    """A public holiday does not count: asked before New Year's Day, reminded of on the Monday after it."""
    await begin(world, "coordinator")
    world.clock.now = at(12, 31, 16)
    await ask(world)
    world.read_all("coordinator")
    for quiet in (at(1, 1, 16, year=2027), at(1, 2, 16, year=2027), at(1, 4, 10, 59, year=2027)):
        await look(world, quiet)
        assert world.read_all("coordinator") == ""
    await look(world, at(1, 4, 11, year=2027))
    assert REMINDED in world.read_all("coordinator")


async def test_asked_on_a_holiday(world: World) -> None:
    """Who asks on a public holiday is told its name and when the office opens."""
    await begin(world, "coordinator")
    world.clock.now = at(1, 1, 10, year=2027)
    passed = await ask(world)
    assert "ថ្ងៃនេះជាថ្ងៃឈប់សម្រាក" in passed
    assert "៤" in passed.partition("ចូលធ្វើការវិញនៅ")[2]


async def test_two_replicas_remind_once(world: World) -> None:
    """Two replicas whose clocks tick together remind once."""
    await begin(world, "coordinator")
    await ask(world)
    world.read_all("coordinator")
    world.clock.now = at(12, 1, 15)
    async with replica(world) as other:
        await look(world)
        await look_after(other.application.services, other.application.bot)
        await look(world)
    assert world.read_all("coordinator").count(REMINDED) == 1
    assert world.read_all("citizen").count(STILL_WAITING) == 1


async def test_nobody_is_reminded_twice(world: World) -> None:
    """After a reminder there is silence until the administrators' turn."""
    await begin(world, "coordinator")
    await ask(world)
    await look(world, at(12, 1, 15))
    world.read_all("coordinator")
    for quiet in (at(12, 1, 16), at(12, 2, 9), at(12, 3, 17), at(12, 4, 9, 29)):
        await look(world, quiet)
        assert world.read_all("coordinator") == ""
    await look(world, at(12, 4, 10, 30))
    assert OVERDUE in world.read_all("coordinator")


# Taken, and left without a word.


async def test_taken_and_left(world: World) -> None:
    """Of a question taken and left without a word, the taker alone is reminded; the asker hears so."""
    await begin_coordinators(world, "second", "third")
    await ask(world)
    await press(world, "second", "ខ្ញុំឆ្លើយ")
    for name in ("coordinator", "second", "third", "citizen"):
        world.read_all(name)
    await look(world, at(12, 1, 14, 30))
    assert REMINDED in world.read_all("second")
    assert world.read_all("coordinator") == world.read_all("third") == ""
    assert STILL_WAITING in world.read_all("citizen")


async def test_escalated(world: World) -> None:
    """After 24 office hours the administrators are told, and another coordinator can take it."""
    await begin_coordinators(world, "second", "third")
    await ask(world)
    await press(world, "second", "ខ្ញុំឆ្លើយ")
    await look(world, at(12, 1, 14, 30))
    for name in ("coordinator", "second", "third", "citizen"):
        world.read_all(name)
    # Tuesday 7 hours (from nine on: 6½), Wednesday and Thursday 7½ each: 21½ by Thursday evening.
    await look(world, at(12, 4, 10, 29))
    assert world.read_all("coordinator") == ""
    await look(world, at(12, 4, 10, 30))
    assert OVERDUE in world.read_all("coordinator")
    assert REMINDED in world.read_all("third")
    assert "អ្នកគ្រប់គ្រង" in world.read_all("citizen")
    assert (await inquiry_of(world)).state is InquiryState.WAITING
    assert "កំពុងនិយាយជាមួយ citizen" in await press(world, "third", "ខ្ញុំឆ្លើយ")
    assert (await inquiry_of(world)).taken_by == world.person("third").id
    assert "third" in world.read_all("citizen")
    await write(world, "third", "មិនទាន់មានតង់ទេ។")
    assert "👤 third៖ មិនទាន់មានតង់ទេ។" in world.read_all("citizen")


async def test_who_lost_it_no_longer_speaks(world: World) -> None:
    """What the first taker writes after the question was released goes to nobody."""
    await begin_coordinators(world, "second")
    await ask(world)
    await press(world, "second", "ខ្ញុំឆ្លើយ")
    await look(world, at(12, 1, 14, 30))
    await look(world, at(12, 4, 10, 30))
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    world.read_all("citizen")
    await write(world, "second", "សួស្តី ខ្ញុំមកវិញហើយ")
    assert world.read_all("citizen") == ""


@pytest.mark.parametrize("closed", [False, True], ids=["going on", "ended"])
async def test_answered_is_not_reminded(world: World, closed: bool) -> None:
    """Nobody is reminded of a question that was answered, nor of one that was ended."""
    await begin_coordinators(world, "second")
    await ask(world)
    await press(world, "second", "ខ្ញុំឆ្លើយ")
    await write(world, "second", "មិនទាន់មានតង់ទេ។")
    if closed:
        await press(world, "second", "បញ្ចប់ការសន្ទនា")
    for name in ("coordinator", "second", "citizen"):
        world.read_all(name)
    for moment in (at(12, 1, 15), at(12, 1, 17), at(12, 2, 8, 30)):
        await look(world, moment)
        assert [world.read_all(name) for name in ("coordinator", "second", "citizen")] == ["", "", ""]


async def test_withdrawn_is_not_reminded(world: World) -> None:
    """Nobody is reminded of a question that was withdrawn."""
    await begin(world, "coordinator")
    await ask(world)
    await press(world, "citizen", "ដកសំណួរវិញ")
    world.read_all("coordinator")
    await look(world, at(12, 4, 12))
    assert world.read_all("coordinator") == ""


# Answered with an entry.


@pytest.mark.parametrize(("language", "said"), [("en", "In 2003"), ("km", "២០០៣")])
async def test_an_entry_in_the_askers_language(world: World, language: str, said: str) -> None:
    """An entry that a coordinator sends is read in the asker's language, under the coordinator's name."""
    await begin(world, "coordinator")
    world.person("citizen").speak(language)
    await ask(world, question="តើបង្កើតឡើងនៅពេលណា?")
    assert "កំពុងនិយាយជាមួយ citizen" in await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    choices = await press(world, "coordinator", "ឆ្លើយដោយចម្លើយដែលមានស្រាប់")
    assert "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?" in labels(choices)
    world.read_all("citizen")
    sent = await press(world, "coordinator", "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?")
    assert said in sent
    answer = world.read_all("citizen")
    assert said in answer
    assert "👤 coordinator" in answer
    inquiry = await inquiry_of(world)
    assert (inquiry.topic, inquiry.answer) == ("founded-when", "")
    assert inquiry.answered_at == world.clock()


async def test_an_entry_is_an_answer(world: World) -> None:
    """After an answer with an entry nobody is reminded."""
    await begin(world, "coordinator")
    await ask(world)
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    await tap(world, "coordinator", f"give:{(await inquiry_of(world)).id}:founded-when")
    world.read_all("citizen")
    await look(world, at(12, 1, 16))
    assert world.read_all("coordinator") == world.read_all("citizen") == ""


async def test_an_entry_found_by_looking(world: World) -> None:
    """In a talk, any entry that a coordinator finds in /knowledge can be sent from there."""
    await begin(world, "coordinator")
    await ask(world)
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    world.read_all("citizen")
    await write(world, "coordinator", "/knowledge founded-when")
    await press(world, "coordinator", "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?")
    await press(world, "coordinator", "📤 ផ្ញើទៅអ្នកដែលកំពុងសួរ")
    assert "២០០៣" in world.read_all("citizen")


# Whose talk it is.


@pytest.mark.parametrize("data", ["entries:{0}", "give:{0}:founded-when", "keep:{0}", "same:{0}"])
@pytest.mark.parametrize("closed", [False, True], ids=["going on", "ended"])
async def test_a_talk_of_somebody_else(world: World, data: str, closed: bool) -> None:
    """A coordinator cannot give, keep or send on in the talk of another: nothing changes, nobody is told."""
    await begin_coordinators(world, "second")
    await ask(world, "staff")
    await ask(world)
    inquiry = await inquiry_of(world)
    await tap(world, "coordinator", f"take:{inquiry.id}")
    await write(world, "coordinator", "មិនទាន់មានតង់ទេ។")
    if closed:
        await press(world, "coordinator", "បញ្ចប់ការសន្ទនា")
    for name in ("coordinator", "second", "citizen", "staff"):
        world.read_all(name)
    before = rows(world)
    told = await tap(world, "second", data.format(inquiry.id))
    assert told
    assert "founded-when" not in told
    assert rows(world) == before
    assert [world.read_all(name) for name in ("coordinator", "citizen", "staff")] == ["", "", ""]


async def test_an_entry_after_the_end(world: World) -> None:
    """After the end of a talk no entry is sent in it, also by its own coordinator."""
    await begin(world, "coordinator")
    await ask(world)
    inquiry = await inquiry_of(world)
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    await press(world, "citizen", "បញ្ចប់ការសន្ទនា")
    world.read_all("coordinator")
    world.read_all("citizen")
    assert NOT_OPEN in await tap(world, "coordinator", f"give:{inquiry.id}:founded-when")
    assert world.read_all("citizen") == ""


async def test_an_unknown_entry_is_not_given(world: World) -> None:
    """An entry that there is not is sent to nobody, and the question stays open."""
    await begin(world, "coordinator")
    await ask(world)
    inquiry = await inquiry_of(world)
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    world.read_all("citizen")
    assert "ប៊ូតុងនេះលែងប្រើបានហើយ" in await tap(world, "coordinator", f"give:{inquiry.id}:no-such-thing")
    assert world.read_all("citizen") == ""
    assert (await inquiry_of(world)).answered_at is None
    assert notice(world, "coordinator") == ""
