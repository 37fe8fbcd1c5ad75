"""Somebody floods the bot: one notice, nothing written, nobody else waits, and afterwards all is well."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, func, select
from telegram import Update

from bot.core.floods import AT_ONCE, TRY_AGAIN
from bot.sandbox.people import Person
from storage.tables import people, updates
from tests.world import World

NOTICE = "ផ្ញើច្រើនពេកក្នុងពេលខ្លី"


@pytest.fixture
async def citizen(world: World) -> AsyncIterator[Person]:
    """Somebody who has started, some time ago."""
    person = world.person("citizen")
    person.start()
    await world.deliver()
    world.clock.pass_(minutes=2)
    world.read_all("citizen")
    yield person


def flood(person: Person, number: int = AT_ONCE + 60, text: str = "/contact") -> None:
    for _ in range(number):
        person.type(text)


async def test_one_notice(world: World, citizen: Person) -> None:
    """A burst is answered, then one notice says when to go on, then silence; the next message is answered."""
    flood(citizen)
    await world.deliver()
    *answers, notice = world.read_all("citizen").split("\n---\n")
    assert len(answers) == AT_ONCE
    assert NOTICE in notice
    assert "១០ វិនាទី" in notice
    world.clock.pass_(seconds=TRY_AGAIN)
    citizen.type("/contact")
    await world.deliver()
    assert "023 217 855" in world.read("citizen")


async def come_to_the_door(world: World) -> None:
    """What waits comes into the bot's queue, as far as it is let in."""
    for one in world.telegram.take_updates():
        await world.bot.queue.put(Update.de_json(one, world.bot.application.bot))


async def test_nothing_is_written(world: World, citizen: Person) -> None:
    """What is beyond costs no statement of the database at all, but for one look at who it is."""
    flood(citizen, AT_ONCE + 1)
    await come_to_the_door(world)
    statements: list[str] = []

    def note(*told: object) -> None:
        statements.append(str(told[2]))

    event.listen(world.database.engine.sync_engine, "before_cursor_execute", note)
    flood(citizen, 500)
    await come_to_the_door(world)
    assert statements == []
    async with world.database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(updates)) == AT_ONCE + 1


async def test_another_does_not_wait(world: World, citizen: Person) -> None:
    """Of a thousand messages of one, forty-one stand before another's message in the queue."""
    flood(citizen, 1000)
    world.person("clerk").start()
    await come_to_the_door(world)
    assert world.bot.queue.qsize() == AT_ONCE + 2


async def test_buttons(world: World, citizen: Person) -> None:
    """Presses count as well; the notice is what the press is answered with."""
    citizen.type("/help")
    await world.deliver()
    read = len(citizen.toasts)
    for _ in range(AT_ONCE + 20):
        citizen.press_data(citizen.last["message_id"], "go:contact")
    await world.deliver()
    toasts = [toast for toast in citizen.toasts[read:] if NOTICE in toast.get("text", "")]
    assert len(toasts) == 1
    assert len(citizen.toasts) - read == AT_ONCE
    assert NOTICE not in world.read_all("citizen")


async def test_a_coordinator_at_work(world: World) -> None:
    """A coordinator is never stopped."""
    coordinator = world.person("coordinator")
    coordinator.start()
    await world.deliver()
    world.read_all("coordinator")
    flood(coordinator, 3 * AT_ONCE)
    await world.deliver()
    answers = world.read_all("coordinator").split("\n---\n")
    assert len(answers) == 3 * AT_ONCE
    assert NOTICE not in "".join(answers)


async def test_albums(world: World, citizen: Person) -> None:
    """An album of ten counts as one."""
    for _ in range(AT_ONCE // 2):
        citizen.send_album(*["photo"] * 10)
    await world.deliver()
    assert NOTICE not in world.read_all("citizen")


async def test_in_a_group(world: World, citizen: Person) -> None:
    """In a group what is beyond is dropped in silence, and costs the person nothing in the private chat."""
    village = world.telegram.group("village", [citizen], basic=True)
    await world.deliver()
    world.unread.clear()
    for _ in range(AT_ONCE + 20):
        citizen.type("/ask តើក្រុមការងារបង្កើតឡើងនៅពេលណា?", chat_id=village.id)
    await world.deliver()
    answers = world.read_all("village").split("\n---\n")
    assert 0 < len(answers) <= AT_ONCE
    assert NOTICE not in "".join(answers)
    citizen.type("/contact")
    await world.deliver()
    assert "023 217 855" in world.read("citizen")


async def test_inline(world: World, citizen: Person) -> None:
    """Inline, what is beyond is not answered; the private chat is not touched by it."""
    for number in range(AT_ONCE + 20):
        citizen.inline(f"តើក្រុមការងារ {number}")
    await world.deliver()
    answered = [one for one in world.telegram.state.inline_queries.values() if one["answer"]]
    assert len(answered) == AT_ONCE
    citizen.type("/contact")
    await world.deliver()
    assert "023 217 855" in world.read("citizen")


async def test_blocking_is_always_heard(world: World, citizen: Person) -> None:
    """Who blocks the bot in the middle of a flood is known to have done so."""
    flood(citizen)
    citizen.block()
    await world.deliver()
    world.read_all("citizen")
    async with world.database.read() as connection:
        blocked = await connection.scalar(select(people.c.blocked_at).where(people.c.id == citizen.id))
    assert blocked


async def test_a_restart(world: World, citizen: Person) -> None:
    """After a restart the person is answered at once, and what was dropped stays dropped."""
    flood(citizen)
    await world.deliver()
    world.read_all("citizen")
    await world.stop()
    await world.start()
    citizen.type("/contact")
    await world.deliver()
    assert "023 217 855" in world.read("citizen")
    assert not world.unread[citizen.id]
