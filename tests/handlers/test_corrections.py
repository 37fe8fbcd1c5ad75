"""Correcting and recalling what has arrived, on coordinators' phones."""

import pytest

from tests.handlers.phones import begin_coordinators, labels, press, tap, write
from tests.handlers.subscribing import COORDINATOR, follow, share, shared
from tests.world import World

LINE = "🔔 សូមរំលឹក"


async def test_any_title(world: World) -> None:
    """A title is words, also with signs that mean something to Telegram: it can be corrected."""
    await begin_coordinators(world)
    kept = await share(world, "ទឹក <២០០ & >១០០")
    shown = await tap(world, COORDINATOR, f"b-correct:{kept.id}")
    assert "✅ កែសារ" in labels(shown)


def held(world: World, name: str) -> list[str]:
    """The lessons that somebody's chat holds now."""
    return [one["text"] for one in world.person(name).received if "📖 " in one.get("text", "")]


@pytest.fixture
async def reminded(world: World) -> World:
    """A lesson that the clerk got and was reminded of; another reminder has not gone out yet."""
    await begin_coordinators(world)
    await follow(world, "clerk")
    kept = await shared(world, "ទឹកស្អាត")
    for number in (0, 1):
        await tap(world, COORDINATOR, f"b-remind-yes:{kept.id}:{number}")
        if number == 0:
            await world.send_broadcasts()
    world.read_all(COORDINATOR)
    return world


async def test_reminders_are_corrected(reminded: World) -> None:
    """A correction changes reminders too, those that went out and those that did not; their line stays."""
    await tap(reminded, COORDINATOR, "b-correct:2")  # of the reminder: it says what the lesson says
    await press(reminded, COORDINATOR, "✏️ អត្ថបទ")
    await write(reminded, COORDINATOR, "អណ្តូងចំនួនប្រាំ")
    await press(reminded, COORDINATOR, "✅ កែសារ")
    await reminded.send_broadcasts()
    lesson, *reminders = held(reminded, "clerk")
    assert "អណ្តូងចំនួនប្រាំ" in lesson and LINE not in lesson
    assert len(reminders) == 2
    for one in reminders:
        assert one.startswith(LINE) and one.endswith(lesson)


async def test_reminders_are_recalled(reminded: World) -> None:
    """A recall takes back the reminders too, and stops those that are still to go out."""
    await tap(reminded, COORDINATOR, "b-do:recall:1")
    await reminded.send_broadcasts()
    assert held(reminded, "clerk") == []
