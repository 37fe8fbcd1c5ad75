"""A person who did everything is forgotten: no trace of them is left, and every count is as before."""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

import tests.world
from bot.app import Words
from bot.core.broadcasts import DeliveryState
from bot.core.events.attendance import turnout
from bot.core.history import Result
from bot.core.membership import RequestState
from bot.core.people import Role
from bot.core.retention import Retention
from messages.dates import digits
from storage import tables
from storage.personal.declared import rules
from storage.tables import step_reports
from tests.handlers.phones import calls, data_of, notice, press, tap, write
from tests.life import EMAIL, GUEST, NAME, NUMBER, TRACES, WORD, live
from tests.storage.records import TONLE_BASAK
from tests.world import PEOPLE, World, begin_world

YES = "🗑 យល់ព្រម លុបទាំងអស់"


@pytest.fixture
async def lived(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The world after that life; the numbers of what is counted."""
    monkeypatch.setitem(tests.world.PEOPLE, NAME, NUMBER)
    return await live(world)


def file_of(world: World) -> Path:
    return Path(world.settings.database_url.removeprefix("sqlite+aiosqlite:///"))


def dump(world: World) -> str:
    """All rows of the database as SQL, and the bytes of its files, free pages and log included."""
    connection = sqlite3.connect(file_of(world))
    try:
        sql = "\n".join(connection.iterdump())
    finally:
        connection.close()
    files = [file_of(world).with_name(f"wgpd.db{ending}") for ending in ("", "-wal")]
    return sql + "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


async def counts(world: World, numbers: dict[str, int]) -> dict[str, Any]:
    """What coordinators count and report."""
    services = world.bot.application.services
    since = world.clock.now.replace(year=2020)
    tallies = {}
    for name in ("sent", "pending"):
        tally = await services.accounts.tally(numbers[name])
        tallies[name] = tally.total
    readership = await services.readings.readership(numbers["sent"])
    async with world.database.read() as connection:
        reports = await connection.scalar(select(func.count()).select_from(step_reports))
    return {
        "turnout": turnout(await services.attendance.of_event(numbers["past"])),
        "feedback": dict((await services.feedback.of_event(numbers["past"])).counts),
        "useful": await services.lessons.useful(numbers["lesson"]),
        "readership": (readership.councils, readership.read),
        "results": sorted(result for _, result in await services.history.results(since)),
        "uses": await services.history.uses(since),
        "progress": await services.plans.progress(),
        "reports": reports,
        "members": len(await services.directory.organisations()),
        **tallies,
    }


async def test_the_life_touches_every_rule(world: World, lived: dict[str, int]) -> None:
    """The person below has something of everything: a rule that no row of theirs meets would not be tried."""
    unmet = []
    async with world.database.read() as connection:
        for rule in rules(world.clock()):
            meeting = select(func.count()).select_from(rule.table).where(rule.of(NUMBER))
            if not await connection.scalar(meeting):
                unmet.append(f"{rule.group} {rule.column}")
    assert unmet == []


async def test_no_trace(world: World, lived: dict[str, int]) -> None:
    """After /forget neither a dump of the database nor the bytes of its files hold anything of the person."""
    before = dump(world)
    assert [trace for trace in TRACES if trace not in before] == ["17776655"]
    await write(world, NAME, "/forget")
    assert "បានលុបរួចហើយ" in await press(world, NAME, YES)
    after = dump(world)
    assert [trace for trace in TRACES if trace in after] == []
    assert GUEST in after


async def test_counts_stay_right(world: World, lived: dict[str, int]) -> None:
    """Attendance by gender, feedback, useful votes, plans and deliveries count the same before and after."""
    before = await counts(world, lived)
    await write(world, NAME, "/forget")
    await press(world, NAME, YES)
    after = await counts(world, lived)
    assert after == before
    assert before["readership"] == (1, 1)
    assert before["pending"] == 2


async def test_mydata_tells_it_all(world: World, lived: dict[str, int]) -> None:
    """The file of /mydata has every table where something of the person stands, and nobody else's number."""
    read = await write(world, NAME, "/mydata")
    assert f"• {NAME} · ១ ធ្នូ ២០២៦" in read
    assert "សំណួរ៖ ៣" in read and "… និង" not in read
    told = json.loads(newest_document(world))["tables"]
    own = {rule.table.name for rule in rules(world.clock()) if rule.group}
    assert set(told) == own
    for trace in (NAME, "+855 17 776 655", EMAIL, WORD):
        assert trace in json.dumps(told, ensure_ascii=False)
    others = [PEOPLE[name] for name in ("clerk", "staff", "citizen", "coordinator")]
    others.append(world.person("second").id)
    numbers = [value for rows in told.values() for row in rows for value in row.values()]
    assert [number for number in others if number in numbers] == []
    assert "តើមានតុទេ?" not in json.dumps(told, ensure_ascii=False)  # asked by somebody else


def newest_document(world: World) -> bytes:
    document = next(m["document"] for m in reversed(world.person(NAME).received) if "document" in m)
    found = world.telegram.file(document["file_id"])
    assert found
    return found[1]


async def test_long_lists_are_cut(world: World) -> None:
    """Of many questions /mydata shows five, and says how many more there are."""
    await write(world, "citizen", "/start")
    history = world.bot.application.services.history
    for number in range(8):
        await history.keep(PEOPLE["citizen"], f"សំណួរទី {number}", "km", Result.UNKNOWN, world.clock())
    read = await write(world, "citizen", "/mydata")
    assert "សំណួរទី 4" in read and "សំណួរទី 5" not in read
    assert "… និង ៣ ទៀត" in read


async def test_what_it_means_for_others(world: World, lived: dict[str, int]) -> None:
    """Before and after: seats pass on, groups stay, talks and requests are open again, coordinators hear."""
    told = await write(world, NAME, "/forget")
    for part in ("🎟", "👥 អ្នកដែល", "💬", "📝", "📢 អ្វីដែល", "🏢 នឹងលែងមានអ្នកតំណាង Sala Phum"):
        assert part in told
    await press(world, NAME, YES)
    await world.send_broadcasts()
    assert "មានកន្លែងទំនេរជូនលោកអ្នកហើយ" in world.read_all("clerk")  # the freed seat
    heard = world.read_all("second")
    assert "Sala Phum" in heard and "តើមានតុទេ?" in heard  # nobody represents it; the question can be taken
    assert NAME not in heard
    assert "នៅរង់ចាំអ្នកសម្របសម្រួល" in world.read_all("citizen")
    services = world.bot.application.services
    assert [one.code for one in await services.subscriptions.of_chat(-1005)] == [TONLE_BASAK]
    request = await services.membership.request(2)
    assert request and (request.state, request.taken_by) == (RequestState.NEW, None)
    past = await services.registrations.of_event(lived["past"])
    assert {seat.name for seat in past if seat.commune_code} == {GUEST, ""}


async def test_nothing_more_is_sent(world: World, lived: dict[str, int]) -> None:
    """What was on its way to them is passed over, also when coordinators send again to the uncertain ones."""
    deliveries = await pending_of(world, lived["pending"])
    await write(world, NAME, "/forget")
    await press(world, NAME, YES)
    read = len(world.person(NAME).received)
    await world.send_broadcasts()
    tally = await world.bot.application.services.accounts.tally(lived["pending"])
    assert tally[DeliveryState.SKIPPED] == 1 and tally.total == deliveries
    async with world.database.write() as connection:
        await connection.execute(update(tables.deliveries).values(state=DeliveryState.UNCERTAIN))
    await world.bot.application.services.broadcasts.resend_uncertain(lived["pending"], world.clock())
    await world.send_broadcasts()
    assert len(world.person(NAME).received) == read
    tally = await world.bot.application.services.accounts.tally(lived["pending"])
    assert tally[DeliveryState.SKIPPED] == 1


async def pending_of(world: World, broadcast_id: int) -> int:
    return int((await world.bot.application.services.accounts.tally(broadcast_id)).total)


async def test_in_the_middle_of_a_talk(world: World) -> None:
    """The coordinator hears that the talk is over, and what they write next goes to nobody."""
    await write(world, "coordinator", "/start")
    await write(world, "citizen", "/start")
    await write(world, "citizen", "/person")
    await write(world, "citizen", "តើខ្ចីតង់បានទេ?")
    await tap(world, "coordinator", "take:1")
    world.read_all("citizen")
    await write(world, "citizen", "/forget")
    assert "បានលុបរួចហើយ" in await press(world, "citizen", YES)
    assert "បានបញ្ចប់ហើយ" in world.read_all("coordinator")
    await write(world, "coordinator", "មាន")
    assert world.read_all("citizen") == ""
    assert "បានបិទ" in await tap(world, "coordinator", "end:1")


async def test_before_it_is_taken(world: World) -> None:
    """A coordinator who presses under the question of somebody forgotten hears that it does not wait."""
    await write(world, "coordinator", "/start")
    await write(world, "citizen", "/person")
    await write(world, "citizen", "តើខ្ចីតង់បានទេ?")
    world.read_all("coordinator")
    await write(world, "citizen", "/forget")
    await press(world, "citizen", YES)
    assert world.read_all("coordinator") == ""
    answered = await press(world, "coordinator", "✍️")
    assert "citizen" not in answered and "រង់ចាំ" in answered


# The button.


async def test_pressed_twice(world: World) -> None:
    """A second press does nothing: not even that the bot knows the person again."""
    await write(world, "citizen", "/start")
    await write(world, "citizen", "/forget")
    data = data_of(world, YES, "citizen")[0]
    assert "បានលុបរួចហើយ" in await press(world, "citizen", YES)
    await tap(world, "citizen", data)
    assert "ប៊ូតុងនេះលែងប្រើបានហើយ" in notice(world, "citizen")
    assert await world.bot.application.services.people.find(PEOPLE["citizen"]) is None


async def test_an_older_question(world: World) -> None:
    """Only the newest question counts; the button of an earlier one erases nothing."""
    await write(world, "citizen", "/start")
    await write(world, "citizen", "/forget")
    data = data_of(world, YES, "citizen")[0]
    await write(world, "citizen", "/forget")
    await tap(world, "citizen", data)
    assert "ប៊ូតុងនេះលែងប្រើបានហើយ" in notice(world, "citizen")
    assert await world.bot.application.services.people.find(PEOPLE["citizen"])


async def test_a_forged_press(world: World) -> None:
    """Somebody else's press of the same data erases neither of the two."""
    for name in ("citizen", "clerk"):
        await write(world, name, "/start")
    await write(world, "citizen", "/forget")
    data = data_of(world, YES, "citizen")[0]
    for forged in (data, data.replace("yes", "no"), "forget-yes:0", "forget-yes:1"):
        await tap(world, "clerk", forged)
    for name in ("citizen", "clerk"):
        assert await world.bot.application.services.people.find(PEOPLE[name])
    assert "បានលុបរួចហើយ" in await press(world, "citizen", YES)


# Administrators.


async def test_the_last_administrator(tmp_path: Path, words: Words) -> None:
    """Whoever administers alone stays until there is another, also when that one goes at the last moment."""
    world = await begin_world(tmp_path, words, admin_ids="")
    await write(world, "clerk", "/start")
    await write(world, "staff", "/start")
    await make_administrator(world, "clerk")
    assert "អ្នកគ្រប់គ្រងតែម្នាក់គត់" in await write(world, "clerk", "/forget")
    await make_administrator(world, "staff")
    assert YES in await write(world, "clerk", "/forget")
    await write(world, "staff", "/forget")
    assert "បានលុបរួចហើយ" in await press(world, "staff", YES)
    assert "អ្នកគ្រប់គ្រងតែម្នាក់គត់" in await press(world, "clerk", YES)
    assert await world.bot.application.services.people.has_administrator()
    await world.stop()


async def make_administrator(world: World, name: str) -> None:
    given = {"person_id": PEOPLE[name], "role": Role.ADMINISTRATOR, "given_at": world.clock()}
    async with world.database.write() as connection:
        await connection.execute(insert(tables.roles).values(given))


async def test_named_in_the_settings(world: World) -> None:
    """Whoever stands in ADMIN_IDS would come back as an administrator: they are told what to do first."""
    await write(world, "coordinator", "/start")
    assert "ADMIN_IDS" in await write(world, "coordinator", "/forget")


async def test_a_coordinator_begins_anew(world: World, lived: dict[str, int]) -> None:
    """Who comes back is a person like any other: no role, no council, no form, no menu of their own."""
    await write(world, NAME, "/forget")
    await press(world, NAME, YES)
    assert calls(world, "deleteMyCommands")[-1]["scope"] == f'{{"chat_id": {NUMBER}, "type": "chat"}}'
    assert "ជម្រាបសួរ" in await write(world, NAME, "/start")
    services = world.bot.application.services
    person = await services.people.find(NUMBER)
    assert person and person.role is Role.PERSON and person.chosen_language is None
    assert [record.table for record in await services.personal.records(NUMBER, world.clock())] == ["people"]
    assert "មានតែអ្នកសម្របសម្រួលទេ" in await write(world, NAME, "/announce")


async def test_privacy_tells_the_settings(tmp_path: Path, words: Words) -> None:
    """/privacy says the days by which the nightly job goes, whatever they are set to."""
    kept = {name: 11 + number for number, name in enumerate(asdict(Retention()))}
    world = await begin_world(tmp_path, words, **{f"keep_{name}": str(days) for name, days in kept.items()})
    assert asdict(world.bot.application.services.retention) == kept
    told = await write(world, "citizen", "/privacy")
    assert [days for days in kept.values() if f"{digits('km', days)} ថ្ងៃ" not in told] == []
    await world.stop()
