"""Action plans in the database: one of a council and event, asked about once, nothing overwritten unseen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import StatementError

from bot.core.forms import REVIEW, Form
from bot.core.plans import Plan, Step, StepState
from storage.database import Database
from storage.forms import StoredForms
from storage.people import StoredPeople
from storage.plans import StoredPlans
from storage.subscriptions import StoredSubscriptions
from storage.tables import broadcasts, deliveries, events, plans
from tests.storage.records import (
    ANY_TIME,
    BANTEAY_NEANG,
    NOW,
    PHNOM_PENH,
    TEXTS,
    TONLE_BASAK,
    new_file,
)

CLERK, DEPUTY = 1002, 1005
AFTERWARDS = datetime(2026, 12, 11, 8, tzinfo=PHNOM_PENH)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A file in which two people follow a council, and a group does."""
    database = Database(await new_file(tmp_path))
    for person in (CLERK, DEPUTY):
        await StoredPeople(database, ()).meet(person, "name", "km", NOW)
        await StoredSubscriptions(database).subscribe(person, TONLE_BASAK, person, NOW)
    await StoredSubscriptions(database).subscribe(-7, TONLE_BASAK, CLERK, NOW)
    yield database
    await database.close()


@asynccontextmanager
async def second(database: Database) -> AsyncIterator[StoredPlans]:
    """The plans as another process sees them."""
    other = Database(str(database.engine.url))
    yield StoredPlans(other, ANY_TIME)
    await other.close()


async def form(database: Database, kind: str, person: int, **answers: str) -> Form:
    saved = await StoredForms(database).save(Form(person, kind, REVIEW, answers), NOW)
    assert saved
    return saved


async def add(
    stored: StoredPlans, database: Database, person: int = CLERK, event: str = "", due: str = "2026-12-10"
) -> Plan:
    told = {"commune": TONLE_BASAK, "event": event, "what": "អណ្តូង", "who": "មេឃុំ", "due": due}
    plan = await stored.add_step(await form(database, "step", person, **told), person, NOW)
    assert plan
    return plan


async def report(
    stored: StoredPlans, database: Database, step: Step, state: StepState, person: int = CLERK, **told: str
) -> Plan | None:
    about = {"step": str(step.id), "version": str(step.version), "state": state.value}
    return await stored.report(await form(database, "outcome", person, **about, **told), person, AFTERWARDS)


async def test_one_plan_of_a_council(database: Database) -> None:
    """However many begin at once, a council has one plan without an event, and one of each event."""
    values = {"title": "វេទិកា", "starts_at": NOW, "place": "–", "created_by": 1, "created_at": NOW}
    async with database.write() as connection:
        event = str(
            (await connection.execute(insert(events).values(values).returning(events.c.id))).scalar_one()
        )
    stored = StoredPlans(database, ANY_TIME)
    async with second(database) as other:
        people = range(2000, 2010)
        for person in people:
            await StoredPeople(database, ()).meet(person, "name", "km", NOW)
        await asyncio.gather(
            *(
                add((stored, other)[person % 2], database, person, (event, "")[person // 2 % 2])
                for person in people
            )
        )
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(plans)) == 2
    found = await stored.of_councils([TONLE_BASAK])
    assert sorted(plan.event for plan in found) == ["", "វេទិកា"]
    assert sum(len(plan.steps) for plan in found) == len(people)
    assert await stored.of_councils([BANTEAY_NEANG]) == []


async def test_asked_once(database: Database) -> None:
    """Two processes that find the same step due ask about it once; before its time nobody does."""
    stored = StoredPlans(database, ANY_TIME)
    await add(stored, database)
    assert await stored.due(AFTERWARDS - timedelta(seconds=1)) == []
    (plan,) = await stored.due(AFTERWARDS)
    (step,) = plan.steps
    async with second(database) as other:
        asked = await asyncio.gather(
            *(one.ask(step, TEXTS, AFTERWARDS) for one in (stored, other) for _ in range(5))
        )
    assert asked.count(True) == 1
    assert await stored.due(AFTERWARDS) == []
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(broadcasts)) == 1
        assert list(await connection.scalars(select(deliveries.c.chat_id))) == [CLERK]


async def test_a_crash_while_asking(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the question cannot be kept, the step is still due."""
    stored = StoredPlans(database, ANY_TIME)
    step = (await add(stored, database)).steps[0]
    with pytest.raises(StatementError):
        await stored.ask(step, {"km": object()}, AFTERWARDS)  # type: ignore[dict-item]  # no JSON holds it
    (plan,) = await stored.due(AFTERWARDS)
    assert plan.steps == (step,)


async def test_whoever_is_left_is_asked(database: Database) -> None:
    """When the author no longer follows the council, everybody who does is asked, and no group."""
    stored = StoredPlans(database, ANY_TIME)
    step = (await add(stored, database)).steps[0]
    await StoredPeople(database, ()).meet(1006, "third", "km", NOW)
    await StoredSubscriptions(database).subscribe(1006, TONLE_BASAK, 1006, NOW)
    await StoredSubscriptions(database).unsubscribe(CLERK, TONLE_BASAK, NOW)
    assert await stored.ask(step, TEXTS, AFTERWARDS)
    async with database.read() as connection:
        assert sorted(await connection.scalars(select(deliveries.c.chat_id))) == [DEPUTY, 1006]


async def test_two_reports_at_once(database: Database) -> None:
    """Of two people who report on one step at once, one is taken; the other's form is still there."""
    stored = StoredPlans(database, ANY_TIME)
    step = (await add(stored, database)).steps[0]
    async with second(database) as other:
        kept = await asyncio.gather(
            report(stored, database, step, StepState.DONE, CLERK),
            report(other, database, step, StepState.PARTLY, DEPUTY),
        )
    assert [plan is None for plan in kept].count(True) == 1
    (plan,) = await stored.every()
    assert len(plan.steps[0].reports) == 1
    left = [await StoredForms(database).draft(person, "outcome") for person in (CLERK, DEPUTY)]
    assert [one is None for one in left] == [plan is not None for plan in kept]


async def test_a_changed_step_is_not_erased(database: Database) -> None:
    """A step is erased as it was shown, and not any more once somebody reported on it."""
    stored = StoredPlans(database, ANY_TIME)
    step = (await add(stored, database)).steps[0]
    told = {"step": str(step.id), "version": "1", "what": "ផ្លូវ", "who": "មេភូមិ", "due": "2026-12-20"}
    changed = await stored.change_step(await form(database, "restep", CLERK, **told))
    assert changed
    assert not await stored.erase_step(step.id, step.version)
    step = changed.steps[0]
    assert (step.what, step.due, step.ask_at) == ("ផ្លូវ", date(2026, 12, 20), AFTERWARDS + timedelta(days=10))
    assert await stored.change_step(await form(database, "restep", DEPUTY, **told)) is None
    plan = await report(stored, database, step, StepState.NOT_YET)
    assert plan
    assert not await stored.erase_step(step.id, plan.steps[0].version)
    other = (await add(stored, database)).steps[0]
    assert await stored.erase_step(other.id, other.version)
    assert await stored.of_step(other.id) is None


async def test_a_new_day_begins_anew(database: Database) -> None:
    """A step that was asked about as often as may be is asked about again after a new day that people set."""
    stored = StoredPlans(database, ANY_TIME)
    step = (await add(stored, database)).steps[0]
    for moment in (AFTERWARDS, AFTERWARDS + timedelta(days=14), AFTERWARDS + timedelta(days=28)):
        (plan,) = await stored.due(moment)
        assert await stored.ask(plan.steps[0], TEXTS, moment)
    (plan,) = await stored.every()
    assert plan.steps[0].is_left
    later = await report(stored, database, replace(step), StepState.PARTLY, day="2028-02-29")
    assert later
    assert later.steps[0].ask_at == datetime(2028, 3, 1, 8, tzinfo=PHNOM_PENH)
    assert (later.steps[0].asked, later.steps[0].waiting, later.steps[0].is_left) == (0, False, False)
