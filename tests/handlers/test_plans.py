"""Action plans: begun from an event, closed to strangers, seen by coordinators as a picture and a table."""

import io
from datetime import timedelta
from typing import Any, Final

import pytest
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import insert, select, update

from bot.core.councils import communes
from storage.tables import events, plan_steps, plans, registrations, step_reports
from tests.handlers.phones import begin, press, tap, write
from tests.handlers.subscribing import follow
from tests.storage.records import BANTEAY_NEANG, TONLE_BASAK
from tests.world import World

EVENT: Final = "📋 ផែនការសកម្មភាពរបស់យើង"
MEANWHILE: Final = "ត្រូវបានកែ ឬរាយការណ៍រួចហើយ"


async def an_event(world: World, **values: Any) -> int:
    """A workshop that began an hour ago, and that the clerk registered for."""
    now = world.clock()
    told = {"kind": "workshop", "title": "សិក្ខាសាលា", "place": "តាកែវ", "starts_at": now - timedelta(hours=1)}
    async with world.database.write() as connection:
        kept = told | {"created_by": 1, "created_at": now} | values
        event = (await connection.execute(insert(events).values(kept).returning(events.c.id))).scalar_one()
        seat = {"event_id": event, "person_id": world.person("clerk").id, "state": "coming", "own": True}
        await connection.execute(insert(registrations).values(registered_at=now, **seat))
    return int(event)


async def a_step(world: World, name: str = "clerk", data: str = f"p-new:{TONLE_BASAK}") -> str:
    """Somebody writes a step that is due in nine days; what they read at the end."""
    await tap(world, name, data)
    await write(world, name, "ជួសជុលអណ្តូង")
    await write(world, name, "មេឃុំ")
    await write(world, name, "10/12/2026")
    return await press(world, name, "✅ រក្សាទុក")


async def kept(world: World) -> list[tuple[Any, ...]]:
    """All steps and reports that are kept."""
    async with world.database.read() as connection:
        found = [
            *await connection.execute(select(plan_steps)),
            *await connection.execute(select(step_reports)),
        ]
    return [tuple(row) for row in found]


async def test_from_an_event(world: World) -> None:
    """Who registered for an event begins the plan on its page once it runs, and finds it there again."""
    await follow(world, "clerk")
    event = await an_event(world)
    assert EVENT in await tap(world, "clerk", f"e:{event}")
    assert "សិក្ខាសាលា" in await _after_step(world, f"p-event:{event}")
    again = await tap(world, "clerk", f"p-event:{event}")
    assert "សិក្ខាសាលា" in again
    assert "ជួសជុលអណ្តូង" in again


async def _after_step(world: World, data: str) -> str:
    await a_step(world, data=data)
    return await press(world, "clerk", "✅ ចប់ហើយ")


@pytest.mark.parametrize("values", [{"state": "cancelled"}, {"starts_at": "later"}])
async def test_not_from_every_event(world: World, values: dict[str, Any]) -> None:
    """An event that was cancelled or has not begun has no plans."""
    await follow(world, "clerk")
    later = {"starts_at": world.clock() + timedelta(days=1)} if "starts_at" in values else values
    event = await an_event(world, **later)
    assert EVENT not in await tap(world, "clerk", f"e:{event}")
    assert "អ្នកដែលបានចុះឈ្មោះ" in await tap(world, "clerk", f"p-event:{event}")


async def test_of_several_councils(world: World) -> None:
    """Who follows several councils says of which the plan is."""
    await follow(world, "clerk")
    await tap(world, "clerk", f"subscribe:{BANTEAY_NEANG}")
    event = await an_event(world)
    assert "ជារបស់ក្រុមប្រឹក្សាណា" in await tap(world, "clerk", f"p-event:{event}")
    assert "១/៣" in await press(world, "clerk", "បន្ទាយនាង")


async def test_a_stranger_presses(world: World) -> None:
    """Forged presses of somebody who does not follow the council show and change nothing."""
    await follow(world, "clerk")
    event = await an_event(world)
    await a_step(world)
    await follow(world, "citizen", commune=BANTEAY_NEANG)
    before = await kept(world)
    for data in (
        *("p:1", "p-step:1", "p-photos:1", "p-another:1", "p-change:1", "p-erase:1", "p-erased:1:1"),
        *("p-done:1", "p-done:1:1", "p-partly:1:1", "p-not-yet:1", "p-done:0", "p:999999999999999"),
        *(f"p-new:{TONLE_BASAK}", "p-new:999999", f"p-event:{event}", f"p-event:{event}:{TONLE_BASAK}"),
        *("p-council:120101", "p-table"),
    ):
        read = await tap(world, "citizen", data)
        assert read, data
        assert "ជួសជុលអណ្តូង" not in read, data
        assert "ជំហាន" not in read, data
    assert await kept(world) == before


async def test_a_coordinator_only_reads(world: World) -> None:
    """A coordinator who does not follow the council reads its plan, and cannot report on it."""
    await begin(world, "coordinator")
    await follow(world, "clerk")
    await a_step(world)
    page = await tap(world, "coordinator", "p-step:1")
    assert "ជួសជុលអណ្តូង" in page
    assert "🗑" not in page
    assert "មានតែអ្នកដែលជាវ" in await tap(world, "coordinator", "p-done:1:1")
    assert "មានតែអ្នកដែលជាវ" in await tap(world, "coordinator", "p-erased:1:1")


async def test_buttons_of_earlier(world: World) -> None:
    """A press on a step that was changed since, or that nobody asked about, says how it stands."""
    await follow(world, "clerk")
    await a_step(world)
    await tap(world, "clerk", "p-change:1")
    await press(world, "clerk", "✏️ នរណា")
    await write(world, "clerk", "ជំទប់")
    assert "ជំទប់" in await press(world, "clerk", "✅ រក្សាទុក")
    for data in ("p-done:1", "p-partly:1:1", "p-erased:1:1"):
        read = await tap(world, "clerk", data)
        assert MEANWHILE in read, data
        assert "ជំទប់" in read, data


async def test_erased(world: World) -> None:
    """A step is erased after a question, and a press on it later says that it is gone."""
    await follow(world, "clerk")
    await a_step(world)
    await tap(world, "clerk", "p-step:1")
    await press(world, "clerk", "🗑 លុប")
    assert "បានលុបសកម្មភាពហើយ" in await press(world, "clerk", "🗑 យល់ព្រម")
    assert await kept(world) == []
    assert "លែងមានហើយ" in await tap(world, "clerk", "p-done:1")


async def test_unsubscribed_in_the_middle(world: World) -> None:
    """Who stops following the council in the middle of the form keeps no step for it."""
    await follow(world, "clerk")
    await tap(world, "clerk", f"p-new:{TONLE_BASAK}")
    for text in ("ជួសជុលអណ្តូង", "មេឃុំ", "10/12/2026"):
        await write(world, "clerk", text)
    services = world.bot.application.services
    await services.subscriptions.unsubscribe(world.person("clerk").id, TONLE_BASAK, world.clock())
    assert "ជារបស់ក្រុមប្រឹក្សា" in await press(world, "clerk", "✅ រក្សាទុក")
    assert await kept(world) == []


async def test_a_full_plan(world: World) -> None:
    """A plan takes twenty activities and no more; its page still fits Telegram."""
    await follow(world, "clerk")
    await a_step(world)
    async with world.database.write() as connection:
        row = (await connection.execute(select(plan_steps))).one()._asdict()
        row["what"], row["who"] = "ច" * 300, "<b>" * 50
        for _ in range(19):
            await connection.execute(insert(plan_steps).values({**row, "id": None}))
    assert "➕" not in await write(world, "clerk", "/plan")
    assert "មានសកម្មភាព ២០ រួចហើយ" in await tap(world, "clerk", "p-another:1")


async def test_many_councils(world: World) -> None:
    """Coordinators turn the pages of the councils; every one can be opened."""
    await begin(world, "coordinator")
    codes = [place.code for place in communes("1201") + communes("0102") + communes("0205")][:14]
    async with world.database.write() as connection:
        for number, code in enumerate(codes, 1):
            kept = {"id": number, "commune_code": code, "created_by": 1, "created_at": world.clock()}
            await connection.execute(insert(plans).values(kept))
            step = {"plan_id": number, "what": "–", "who": "–", "due_on": "2026-12-10", "state": "open"}
            await connection.execute(insert(plan_steps).values(created_at=world.clock(), **step))
    read = [await write(world, "coordinator", "/plans")]
    read.append(await press(world, "coordinator", "ក្រុមប្រឹក្សាបន្ទាប់"))
    assert [page.count("០/១ ]") for page in read] == [12, 2]
    assert all("ក្នុងនោះ បានសួរបីដងហើយ" in page for page in read)  # these were never to be asked about
    await press(world, "coordinator", "ក្រុមប្រឹក្សាមុន")
    assert "ក្រុមប្រឹក្សាចំនួន ១៤" in await tap(world, "coordinator", "p-councils:9999")


async def test_the_table_and_the_picture(world: World) -> None:
    """Coordinators get every step with its last report in Excel, and a picture of the councils."""
    await begin(world, "coordinator")
    await follow(world, "clerk")
    await a_step(world)
    await follow(world, "staff", commune=BANTEAY_NEANG)
    await a_step(world, "staff", f"p-new:{BANTEAY_NEANG}")
    await tap(world, "clerk", "p-partly:1:1")
    await write(world, "clerk", "=1+1")
    await press(world, "clerk", "រំលង")
    await press(world, "clerk", "រំលង")
    await press(world, "clerk", "✅ ផ្ញើ")
    async with world.database.write() as connection:
        await connection.execute(update(plan_steps).where(plan_steps.c.id == 1).values(asked=2))
    await write(world, "coordinator", "/plans")
    with Image.open(io.BytesIO(_sent(world, "photo"))) as image:
        assert image.size[0] == 900
    await tap(world, "coordinator", "p-table")
    sheet = load_workbook(io.BytesIO(_sent(world, "document"))).worksheets[0]
    head, *lines = [[cell.value for cell in row] for row in sheet.rows]
    assert (len(head), len(lines)) == (12, 2)
    told = next(line for line in lines if "ទន្លេបាសាក់" in str(line[0]))
    assert told[4:9] == ["ជួសជុលអណ្តូង", "មេឃុំ", "2026-12-10", "បានធ្វើខ្លះ", "=1+1"]
    assert told[9:] == ["2026-12-01", None, 2]


def _sent(world: World, kind: str) -> bytes:
    """The newest file of this kind that the coordinator got."""
    newest = next(m[kind] for m in reversed(world.person("coordinator").received) if kind in m)
    largest = newest[-1] if isinstance(newest, list) else newest
    found = world.telegram.file(largest["file_id"])
    assert found
    return found[1]
