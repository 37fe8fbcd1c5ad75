"""Pressing «I am coming» where it does not fit: too late, cancelled, from outside, forged, all at once."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import select, update
from telegram import Update

from storage.tables import events, registrations
from tests.handlers.phones import NOT_ALLOWED, begin, begin_coordinators, notice, press, tap, write
from tests.storage.records import announced
from tests.world import World

REGISTERED = "លោកអ្នកបានចុះឈ្មោះហើយ"
WAITING = "ក្នុងបញ្ជីរង់ចាំ"
PRESSES = 30


async def held(world: World) -> list[tuple[str, str]]:
    """Every seat: whose, and how it stands."""
    async with world.database.read() as connection:
        rows = await connection.execute(
            select(registrations.c.name, registrations.c.state).order_by(registrations.c.id)
        )
        return [(row.name, row.state) for row in rows]


async def test_all_at_once(world: World) -> None:
    """Of many who press at the same moment for the last seat one gets it, and each is told how it stands."""
    event_id = await announced(world.database, capacity="1")
    names = [f"somebody {number}" for number in range(PRESSES)]
    people = [world.telegram.person(name, 7000 + number) for number, name in enumerate(names)]
    for person in people:
        person.start()
    await world.deliver()
    for person in people:
        person.press_data(person.last["message_id"], f"e-come:{event_id}")
    application = world.bot.application
    taken = [Update.de_json(one, application.bot) for one in world.telegram.take_updates()]
    await asyncio.gather(*(application.process_update(one) for one in taken))
    told = ["\n".join(message.get("text", "") for message in person.received) for person in people]
    assert sum(REGISTERED in one for one in told) == 1
    assert sum(WAITING in one for one in told) == PRESSES - 1
    assert sorted(state for _, state in await held(world)) == ["coming"] + ["waiting"] * (PRESSES - 1)


async def test_from_a_group(world: World) -> None:
    """A forged press in a group registers nobody, and says where it works."""
    event_id = await announced(world.database)
    await begin(world, "clerk")
    clerk = world.person("clerk")
    group = world.telegram.group("village", [clerk])
    group.add_bot(clerk)
    clerk.type("/settings@" + world.bot.application.bot.username, chat_id=group.id)
    await world.deliver()
    clerk.press_data(group.received[-1]["message_id"], f"e-come:{event_id}", chat_id=group.id)
    await world.deliver()
    assert "ការជជែកផ្ទាល់" in notice(world, "clerk")
    assert await held(world) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "cancelled", "reason": "ភ្លៀង"}, "ភ្លៀង"),
        ({"closes_at": "2026-11-30T17:00+07:00"}, "ការចុះឈ្មោះបានផុតកំណត់ហើយ"),
        ({"starts_at": "2026-11-30T08:00+07:00", "ends_at": "2026-11-30T12:00+07:00"}, "បានចប់ហើយ"),
    ],
)
async def test_closed(world: World, change: dict[str, str], said: str) -> None:
    """For what is cancelled, closed or over nobody gets a seat, and the reason is said."""
    event_id = await announced(world.database, capacity="5")
    moments = {name: datetime.fromisoformat(text) for name, text in change.items() if name.endswith("_at")}
    async with world.database.write() as connection:
        await connection.execute(update(events).values(change | moments))
    await begin(world, "citizen")
    assert said in await tap(world, "citizen", f"e-come:{event_id}")
    await tap(world, "citizen", f"e-cannot:{event_id}")
    assert [state for _, state in await held(world) if state != "cannot"] == []


async def test_members_only(world: World) -> None:
    """Whom an event is not for cannot register for it, nor learns anything of it."""
    event_id = await announced(world.database, audience='{"members": true}')
    await begin(world, "citizen")
    for verb in ("e-come", "e-cannot", "e-add", "e-take", "e-back", "e-party"):
        told = await tap(world, "citizen", f"{verb}:{event_id}")
        assert "មិនឃើញ" in told, verb
    assert await held(world) == []


async def test_forged_presses(world: World) -> None:
    """Nobody can touch another's seat, nor do what only coordinators may."""
    event_id = await announced(world.database, capacity="1")
    await begin(world, "clerk", "citizen")
    await tap(world, "clerk", f"e-come:{event_id}")
    for data in ("e-back-yes:1", "e-gender:1:f", "e-for:1:0", f"e-take:{event_id}:1", f"e-back:{event_id}:1"):
        await tap(world, "citizen", data)
    for data in (f"e-who:{event_id}:0", "e-seat:1", "e-seat-off-yes:1", "e-seat-in:1", "e-guest:1"):
        assert NOT_ALLOWED in await tap(world, "citizen", data)
    await tap(world, "clerk", "e-for:1:120101")
    async with world.database.read() as connection:
        row = (await connection.execute(select(registrations))).one()
    kept = (row.state, row.gender, row.commune_code)
    assert kept == ("coming", "", ""), "nor for a council that one does not follow"


async def test_several_councils(world: World) -> None:
    """Who follows several councils is asked for which, once, and may come for none; never without a seat."""
    event_id = await announced(world.database)
    await begin(world, "clerk")
    for name in ("Tonle Basak", "Preaek Norint"):
        await write(world, "clerk", "/subscribe")
        await write(world, "clerk", name)
        await press(world, "clerk", "✅ ជាវ")
    told = await tap(world, "clerk", f"e-come:{event_id}")
    assert REGISTERED in told
    assert "តំណាងក្រុមប្រឹក្សាណា" in told
    assert "ស្រី ឬប្រុស" in await press(world, "clerk", "ទន្លេបាសាក់")
    async with world.database.read() as connection:
        assert await connection.scalar(select(registrations.c.commune_code)) == "120101"


async def test_two_offers_to_one(world: World) -> None:
    """Who is offered seats for two people is asked which, and each is answered by itself."""
    event_id = await announced(world.database, capacity="2")
    await begin_coordinators(world)
    await begin(world, "clerk", "citizen", "staff")
    await write(world, "clerk", "/subscribe")
    await write(world, "clerk", "Tonle Basak")
    await press(world, "clerk", "✅ ជាវ")
    for name in ("citizen", "staff"):
        await tap(world, name, f"e-come:{event_id}")
    await tap(world, "clerk", f"e-come:{event_id}")
    await tap(world, "clerk", f"e-add:{event_id}")
    await write(world, "clerk", "សុខា")
    await press(world, "clerk", "ប្រុស")
    for seat_id in (1, 2):
        await tap(world, "coordinator", f"e-seat-off-yes:{seat_id}")
    asked = await tap(world, "clerk", f"e-take:{event_id}")
    assert "✅ យកសម្រាប់ សុខា" in asked
    await press(world, "clerk", "✅ យកសម្រាប់ សុខា")
    assert [state for _, state in await held(world)] == ["removed", "removed", "offered", "coming"]
    await tap(world, "clerk", f"e-cannot:{event_id}")
    assert [state for _, state in await held(world)] == ["removed", "removed", "cancelled", "coming"]
