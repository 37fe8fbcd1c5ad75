"""Reminders and questions by the clock, as people read them, and the page that shows coordinators all."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.core.broadcasts import Subject
from bot.core.events.notices import NoticeState
from storage.tables import events, roles
from tests.events import WAITING, announced, begun, planned, seat, tick
from tests.handlers.phones import NOT_ALLOWED, begin, begin_coordinators, data_of, labels, press, tap, write
from tests.world import PHNOM_PENH, World

START = datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH)
WEEK = datetime(2027, 1, 8, 8, 0, tzinfo=PHNOM_PENH)
DAY = WEEK + timedelta(days=6)
FEEDBACK = WEEK + timedelta(days=8)
MINUTES = WEEK + timedelta(days=10)


def number(world: World, name: str) -> int:
    return world.person(name).id


async def forum(world: World, **answers: str) -> int:
    """A forum that the coordinator has announced, to nobody yet."""
    await begin(world, "coordinator", "clerk", "staff", "citizen")
    world.person("staff").speak("en")
    event = await announced(world.database, number(world, "coordinator"), world.clock(), **answers)
    await world.send_broadcasts()
    assert "បានចប់ហើយ" in world.read_all("coordinator")
    return event


async def come(world: World, event: int, *names: str) -> None:
    for name in names:
        await seat(world.database, event, number(world, name))


async def test_those_who_come_are_reminded(world: World) -> None:
    """Who comes is reminded once, in their language, however many seats they answer for; others are not."""
    event = await forum(world, contact="សុខា 012 345 678")
    await come(world, event, "clerk", "staff")
    await seat(world.database, event, number(world, "clerk"), own=False)
    await seat(world.database, event, number(world, "citizen"), WAITING)
    await write(world, "staff", "/language")
    await press(world, "staff", "English")
    await tick(world, WEEK)
    await tick(world, WEEK)
    khmer, english = world.read_all("clerk"), world.read_all("staff")
    assert khmer.count("៧ ថ្ងៃទៀត") == 1
    assert "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ ម៉ោង ៨:៣០ ព្រឹក" in khmer and "ភ្នំពេញ" in khmer
    assert "012 345 678" in khmer
    assert data_of(world, "មិនអាចចូលរួម", "clerk") == [f"e-leave:{event}"]
    assert "in 7 days" in english and "I cannot come" in english
    assert not world.read_all("citizen")
    assert "ផ្សព្វផ្សាយចុងក្រោយ" in (listed := await write(world, "coordinator", "/broadcasts"))
    assert len(labels(listed)) == 1  # the announcement; reminders stand on the event's page


async def test_what_the_bot_slept_through(world: World) -> None:
    """Of what it slept through, the bot sends what is still of use; the rest is missed, and can be sent."""
    event = await forum(world)
    await come(world, event, "clerk")
    await tick(world, DAY + timedelta(hours=3))
    assert world.read_all("clerk").count("ថ្ងៃស្អែក") == 1
    await tap(world, "coordinator", f"e:{event}")
    page = await press(world, "coordinator", "🔔 ការរំលឹក")
    assert "⚠️ ៧ ថ្ងៃមុន" in page and "✅ មុនមួយថ្ងៃ ម៉ោង ៨:០០ ព្រឹក៖ បានផ្ញើហើយ បានទទួល ១ ក្នុងចំណោម ១" in page
    assert "⏰ ២ ម៉ោងមុន៖ ១៥ មករា ម៉ោង ៦:៣០ ព្រឹក" in page
    (missed,) = data_of(world, "ផ្ញើឥឡូវ")
    await press(world, "coordinator", "ផ្ញើឥឡូវ")
    await world.send_broadcasts()
    assert "ថ្ងៃស្អែក" in world.read_all("clerk")
    assert "មិនចាំបាច់" in await tap(world, "coordinator", missed)
    await world.send_broadcasts()
    assert not world.read_all("clerk")
    await tick(world, START)
    assert (await planned(world.database, event))["2h"].state is NoticeState.MISSED
    assert not world.read_all("clerk")


@pytest.mark.parametrize("checked_in", [True, False])
async def test_how_was_it(world: World, checked_in: bool) -> None:
    """The next morning, who was checked in is asked how it was; where nobody was, all who would come."""
    event = await forum(world)
    await seat(world.database, event, number(world, "clerk"), came=checked_in)
    await come(world, event, "citizen")
    if checked_in:
        await seat(world.database, event, None, came=True, own=False)  # a walk-in
    await tick(world, FEEDBACK)
    assert "សូមអរគុណដែលបានចូលរួម" in world.read_all("clerk")
    assert data_of(world, "⭐", "clerk") == [f"e-stars:{event}:{stars}" for stars in range(1, 6)]
    assert bool(world.read_all("citizen")) is not checked_in


async def test_minutes_are_asked_for_until_they_are_there(world: World) -> None:
    """The organiser is asked for the minutes after 3 days; once they are there, nobody is asked any more."""
    event = await forum(world)
    await tick(world, MINUTES)
    assert "មិនទាន់មានកំណត់ហេតុ" in world.read_all("coordinator")
    assert data_of(world, "កំណត់ហេតុ") == [f"e-minutes:{event}"]
    assert "គ្មានអ្នកត្រូវជូនដំណឹង" in await tap(world, "coordinator", f"e-notices:{event}")  # of feedback
    async with world.database.write() as connection:
        await connection.execute(update(events).values(minutes_at=MINUTES))
    await tick(world, MINUTES + timedelta(days=4))
    assert not world.read_all("coordinator")
    states = await planned(world.database, event)
    assert states["minutes-7d"].state is states["minutes-14d"].state is NoticeState.DROPPED


async def test_minutes_of_one_who_left(world: World) -> None:
    """Where the organiser is no coordinator any more, every coordinator is asked for the minutes."""
    await begin_coordinators(world, "second")
    await announced(world.database, number(world, "second"), world.clock())
    await world.send_broadcasts()
    assert "បានចប់ហើយ" in world.read_all("second")
    async with world.database.write() as connection:
        await connection.execute(roles.delete().where(roles.c.person_id == number(world, "second")))
    await tick(world, MINUTES)
    assert "កំណត់ហេតុ" in world.read_all("coordinator")
    assert not world.read_all("second")


async def test_only_coordinators(world: World) -> None:
    """A citizen who forges the buttons of coordinators sees no notices, and sends and changes nothing."""
    event = await forum(world)
    await come(world, event, "clerk")
    await tick(world, DAY)
    missed = (await planned(world.database, event))["7d"]
    assert missed.state is NoticeState.MISSED
    world.read_all("clerk")
    for data in (f"e-notices:{event}", f"e-notice:{missed.id}", f"e-change:{event}", f"e-cancel:{event}"):
        assert NOT_ALLOWED in await tap(world, "clerk", data)
    assert "🔔" not in await tap(world, "clerk", f"e:{event}")
    assert len(await begun(world.database, Subject.REMINDER)) == 1
