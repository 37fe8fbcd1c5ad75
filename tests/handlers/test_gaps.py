"""/gaps, the weekly summary, and how long it is remembered who asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.core.history import ASKERS_KEPT, Result
from bot.schedule import schedule
from handlers.knowledge.gaps import summarise_week
from tests.handlers.phones import begin_coordinators, calls, labels, press, replica, tap, write
from tests.world import PHNOM_PENH, World

PUMP = "តើខ្ចីម៉ាស៊ីនបូមទឹកបានទេ?"
RAIN = "តើថ្ងៃស្អែកមានភ្លៀងទេ?"
FOUNDED = "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?"
NO_GAP = "គ្មានសំណួរណាដែលគ្មានចម្លើយ"


def monday(hour: int, minute: int = 0) -> datetime:
    """The Monday after the world's start, in Phnom Penh."""
    return datetime(2026, 12, 7, hour, minute, tzinfo=PHNOM_PENH)


async def ask(world: World, question: str, *names: str) -> None:
    for name in names:
        await write(world, name, question)


async def summarise(world: World, now: datetime | None = None) -> None:
    if now:
        world.clock.now = now
    application = world.bot.application
    await summarise_week(application.services, application.bot)


async def run_tick(world: World, name: str) -> None:
    """One of the clock's ticks, as the bot runs it."""
    schedule(world.bot)
    queue = world.bot.application.job_queue
    assert queue
    await queue.get_jobs_by_name(name)[0].run(world.bot.application)


def gaps_of(message: str) -> list[str]:
    return [label for label in labels(message) if " × " in label]


# /gaps


async def test_most_asked_first(world: World) -> None:
    """Questions without an answer are listed with how often they were asked, most often first."""
    await ask(world, RAIN, "citizen")
    await ask(world, PUMP, "citizen", "clerk", "staff")
    await ask(world, RAIN, "clerk")
    message = await write(world, "coordinator", "/gaps")
    assert gaps_of(message) == [f"៣ × {PUMP}", f"២ × {RAIN}"]


async def test_spellings_are_one_question(world: World) -> None:
    """The same question with other spaces and signs is one question, asked more often."""
    await ask(world, "តើខ្ចីម៉ាស៊ីនបូមទឹកបានទេ", "citizen")
    await ask(world, "តើ ខ្ចី ម៉ាស៊ីន បូមទឹក បានទេ ?", "clerk")
    message = await write(world, "coordinator", "/gaps")
    assert len(gaps_of(message)) == 1
    assert gaps_of(message)[0].startswith("២ × ")
    opened = await press(world, "coordinator", "២ × ")
    assert "• តើខ្ចីម៉ាស៊ីនបូមទឹកបានទេ (១)" in opened


async def test_no_names_in_gaps(world: World) -> None:
    """Who asked is not told."""
    await ask(world, PUMP, "citizen", "clerk")
    shown = await write(world, "coordinator", "/gaps") + await press(world, "coordinator", "២ × ")
    assert "citizen" not in shown
    assert "clerk" not in shown


async def test_at_most_ten_gaps(world: World) -> None:
    """Of many gaps ten are listed."""
    history = world.bot.application.services.history
    for number in range(12):
        text = f"qwx{number} zyv{number * 7} plk{number * 13}"
        await history.keep(None, text, "km", Result.UNKNOWN, world.clock())
    assert len(gaps_of(await write(world, "coordinator", "/gaps"))) == 10


async def test_answered_is_no_gap(world: World) -> None:
    """What was answered, pressed or greeted is no gap."""
    await ask(world, FOUNDED, "citizen")
    await ask(world, "សួស្តី", "citizen")
    await write(world, "citizen", "/contact")
    message = await write(world, "coordinator", "/gaps")
    assert NO_GAP in message
    assert gaps_of(message) == []


async def test_old_gaps_are_let_go(world: World) -> None:
    """What was asked more than 90 days ago is no longer listed."""
    await ask(world, PUMP, "citizen")
    world.clock.pass_(days=89)
    assert len(gaps_of(await write(world, "coordinator", "/gaps"))) == 1
    world.clock.pass_(days=2)
    assert gaps_of(await write(world, "coordinator", "/gaps")) == []


async def test_a_closed_gap(world: World) -> None:
    """A press on a gap that was closed meanwhile says so, for whatever was to be done with it."""
    await ask(world, FOUNDED, "citizen")
    for data in ("gap:1", "gap-add:1", "gap-entries:1", "gap-to:1:founded-when", "gap:999"):
        assert "សំណួរទាំងនេះមានចម្លើយហើយ" in await tap_first(world, data)


async def tap_first(world: World, data: str) -> str:
    if not world.person("coordinator").received:
        await write(world, "coordinator", "/start")
    return await tap(world, "coordinator", data)


async def test_disliked(world: World) -> None:
    """An entry that was disliked is named with its votes, and its question waits for a better answer."""
    await ask(world, FOUNDED, "citizen", "clerk", "staff")
    await press(world, "citizen", "👎")
    await press(world, "clerk", "👎")
    await press(world, "staff", "👍")
    message = await write(world, "coordinator", "/gaps")
    assert "ចម្លើយដែលមិនបានជួយ" in message
    assert f"👎 ២ · 👍 ១ · {FOUNDED}" in message
    assert gaps_of(message) == [f"២ × {FOUNDED}"]


async def test_liked_is_not_disliked(world: World) -> None:
    """Without a 👎 no entry is named."""
    await ask(world, FOUNDED, "citizen")
    await press(world, "citizen", "👍")
    assert "ចម្លើយដែលមិនបានជួយ" not in await write(world, "coordinator", "/gaps")


async def test_unused(small: World) -> None:
    """Entries that nobody was told in 90 days are counted and listed, until somebody is told."""
    entries = small.words.knowledge.entries
    assert f"មានចំណុច {'៧'} ដែលគ្មាននរណាសួរ" in await write(small, "coordinator", "/gaps")
    await ask(small, FOUNDED, "citizen")
    await write(small, "citizen", "/contact")
    assert f"មានចំណុច {'៥'} ដែលគ្មាននរណាសួរ" in await write(small, "coordinator", "/gaps")
    listed = await press(small, "coordinator", "បង្ហាញចំណុចដែលគ្មាននរណាសួរ")
    told = ("founded-when", "how-to-contact")
    for entry in entries:
        assert (f"• {entry.question_km}" in listed) == (entry.id not in told)
    small.clock.pass_(days=91)
    assert f"មានចំណុច {'៧'} ដែលគ្មាននរណាសួរ" in await write(small, "coordinator", "/gaps")


# The weekly summary.


def summaries(world: World, names: Sequence[str]) -> list[int]:
    """How many summaries each read by now."""
    return [world.read_all(name).count("សំណួរពី") for name in names]


async def test_the_summary(world: World) -> None:
    """From Monday 08:00 on every coordinator gets the week's numbers with a picture, once, and not before."""
    await begin_coordinators(world, "second")
    await ask(world, FOUNDED, "citizen", "clerk")
    await ask(world, PUMP, "citizen")
    everybody = ("coordinator", "second", "citizen", "clerk")
    for early in (world.clock(), monday(0), monday(7, 59)):
        await summarise(world, early)
        assert summaries(world, everybody) == [0, 0, 0, 0]
    await summarise(world, monday(8))
    (picture,) = [message for message in world.person("second").received if "photo" in message]
    assert "សរុប៖ ៣" in picture["caption"]
    assert "បានឆ្លើយ៖ ២" in picture["caption"]
    assert "មិនបានឆ្លើយ៖ ១" in picture["caption"]
    assert f"• {PUMP}" in picture["caption"]
    assert summaries(world, everybody) == [1, 1, 0, 0]
    for later in (monday(8, 30), monday(23), monday(9) + timedelta(days=6)):
        await summarise(world, later)
        assert summaries(world, everybody) == [0, 0, 0, 0]


async def test_the_summary_opens_the_gaps(world: World) -> None:
    """The button under the summary leads to the gaps."""
    await begin_coordinators(world)
    await ask(world, PUMP, "citizen")
    await summarise(world, monday(8))
    world.read_all("coordinator")
    assert gaps_of(await press(world, "coordinator", "🕳")) == [f"១ × {PUMP}"]


async def test_the_clock_of_phnom_penh(world: World) -> None:
    """Eight o'clock is Phnom Penh's, whatever the zone of the machine."""
    await begin_coordinators(world)
    await ask(world, PUMP, "citizen")
    zones = [monday(7, 59).astimezone(None), monday(8).astimezone(None)]
    for moment, sent in zip(zones, (0, 1), strict=True):
        await summarise(world, moment)
        assert summaries(world, ["coordinator"]) == [sent]


async def test_a_summary_a_week(world: World) -> None:
    """Each week has its own summary, also over New Year, and after a week in which the bot was away."""
    await begin_coordinators(world)
    await ask(world, PUMP, "citizen")
    for week in range(6):
        await summarise(world, monday(8) + timedelta(weeks=week))
        assert summaries(world, ["coordinator"]) == [1]
    await summarise(world, monday(15) + timedelta(weeks=7, days=3))
    assert summaries(world, ["coordinator"]) == [1]


async def test_two_replicas_summarise_once(world: World) -> None:
    """Two replicas whose clocks tick together send one summary."""
    await begin_coordinators(world)
    await ask(world, PUMP, "citizen")
    world.clock.now = monday(8)
    async with replica(world) as other:
        await summarise_week(other.application.services, other.application.bot)
        await summarise(world)
        await summarise_week(other.application.services, other.application.bot)
    assert summaries(world, ["coordinator"]) == [1]
    assert len(calls(world, "sendPhoto")) == 1


async def test_nothing_to_summarise(world: World) -> None:
    """Where nobody asked anything, or only pressed, there is no summary."""
    await begin_coordinators(world)
    await write(world, "citizen", "/contact")
    await summarise(world, monday(8))
    assert summaries(world, ["coordinator"]) == [0]
    assert calls(world, "sendPhoto") == []


async def test_a_coordinator_who_blocked_the_bot(world: World) -> None:
    """A coordinator who blocked the bot does not keep the others from their summary."""
    await begin_coordinators(world, "second")
    await ask(world, PUMP, "citizen")
    world.person("coordinator").block()
    await summarise(world, monday(8))
    assert summaries(world, ["second"]) == [1]


async def test_the_summary_is_scheduled(world: World) -> None:
    """The clock's own tick sends the summary."""
    await begin_coordinators(world)
    await ask(world, PUMP, "citizen")
    world.clock.now = monday(8, 10)
    await run_tick(world, "summary")
    assert summaries(world, ["coordinator"]) == [1]


# Who asked.


async def test_askers_are_forgotten(world: World) -> None:
    """After 90 days it is no longer known who asked, while what was asked stays."""
    await ask(world, PUMP, "citizen")
    history = world.bot.application.services.history
    asked = await history.question(1)
    assert asked and asked.person_id == world.person("citizen").id
    world.clock.now = asked.asked_at + ASKERS_KEPT
    await run_tick(world, "retention")
    assert await history.question(1) == asked
    world.clock.pass_(seconds=1)
    await run_tick(world, "retention")
    forgotten = await history.question(1)
    assert forgotten and forgotten.person_id is None
    assert forgotten.text == PUMP


@pytest.mark.parametrize("data", ["vote:down:1", "person:1", "none:km:1", "pick:km:1:0"])
async def test_buttons_of_the_forgotten(world: World, data: str) -> None:
    """The buttons under what was asked long ago change nothing, and say so."""
    await ask(world, FOUNDED, "citizen")
    world.clock.pass_(days=91)
    await run_tick(world, "retention")
    history = world.bot.application.services.history
    before = await history.question(1)
    person = world.person("citizen")
    person.press_data(person.last["message_id"], data)
    await world.deliver()
    assert "មានបញ្ហានៅខាងយើង" not in world.read_all("citizen")
    assert await history.question(1) == before
    assert await history.told("founded-when", world.clock() - timedelta(days=365), world.clock()) == []
