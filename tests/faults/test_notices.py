"""Notices and changes of events, their process killed at every statement, and many processes at once."""

import asyncio
import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select

from bot.core.broadcasts import Subject
from bot.core.events.changing import Amendment, begun_with
from bot.core.events.event import answers_of, details_of
from bot.core.events.notices import NoticeState
from bot.core.events.series import goes_on
from bot.core.forms import REVIEW, Form
from storage.database import Database
from storage.events.changing import StoredChanging
from storage.events.events import StoredEvents
from storage.events.series import StoredSeries
from storage.events.telling import StoredNotices
from storage.forms import StoredForms
from storage.tables import deliveries
from tests.events import announced, begun, planned, seat
from tests.faults.engine import COORDINATOR
from tests.process import PATIENCE
from tests.storage.records import NOW, PHNOM_PENH, TEXTS, meet, new_file, subscribe

WEEK: Final = datetime(2027, 1, 8, 8, 0, tzinfo=PHNOM_PENH)
COMING: Final = range(10, 15)
_TO_THE_END: Final = 10_000
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.faults.engine", "tests.faults.test_notices"])


async def remind(database: Database) -> None:
    """What the clock's tick does, with the words left out."""
    notices = StoredNotices(database)
    for notice in await notices.due(WEEK):
        event = await StoredEvents(database).event(notice.event_id)
        if event:
            await notices.send(notice, event, TEXTS, [], WEEK)


async def move(database: Database) -> None:
    """A coordinator confirms that the event is a week later."""
    form = await StoredForms(database).draft(COORDINATOR, "amend")
    event = await StoredEvents(database).event(int(form.answers["event"])) if form else None
    if form and event:
        details = details_of(form.answers, PHNOM_PENH)
        amendment = Amendment(event, details, {"km": "ថ្មី", "en": "new"}, TEXTS)
        await StoredChanging(database).change(form, [amendment], None, NOW)


async def cancel(database: Database) -> None:
    """A coordinator confirms that there will be no such event."""
    form = await StoredForms(database).draft(COORDINATOR, "cancelling")
    event = await StoredEvents(database).event(int(form.answers["event"])) if form else None
    if form and event:
        amendment = Amendment(event, event.details, {"km": "ថ្មី", "en": "new"}, TEXTS)
        await StoredChanging(database).cancel(form, [amendment], NOW)


async def move_all(database: Database) -> None:
    """A coordinator confirms that an event and all that follow are a day later."""
    form = await StoredForms(database).draft(COORDINATOR, "amend")
    event = await StoredEvents(database).event(int(form.answers["event"])) if form else None
    series = await StoredSeries(database).series(event.series_id or 0) if event else None
    if form and event and series:
        following = await StoredSeries(database).following(event)
        start = event.details.starts_at + timedelta(days=1)
        course = goes_on(series, following, {"date": f"{start:%Y-%m-%d}"}, start, PHNOM_PENH)
        amendments = [
            Amendment(one, replace(one.details, starts_at=course.wanted[one.id]), TEXTS, TEXTS)
            for one in following
        ]
        await StoredChanging(database).change(form, amendments, course, NOW)


DEEDS: Final = {"remind": remind, "move": move, "cancel": cancel, "move all": move_all}


def _do(url: str, deed: str, living: int) -> None:
    """Do it in this process, which is killed before so many statements and commits have been begun."""

    async def do() -> None:
        database = Database(url)
        engine = database.engine.sync_engine
        left = count(living, -1)

        def live(*_: Any) -> None:
            if next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        listening.listen(engine, "before_cursor_execute", live)
        listening.listen(engine, "commit", live)
        await DEEDS[deed](database)
        await database.close()

    asyncio.run(do())


async def forum(folder: Path) -> tuple[str, Database, int]:
    """A forum to which five come."""
    url = await new_file(folder)
    database = Database(url)
    await subscribe(database, *COMING)
    await meet(database, COORDINATOR)
    event_id = await announced(database, COORDINATOR)
    for person in COMING:
        await seat(database, event_id, person)
    return url, database, event_id


async def drafts(database: Database, event_id: int) -> None:
    event = await StoredEvents(database).event(event_id)
    assert event
    later = replace(event.details, starts_at=event.details.starts_at + timedelta(days=7))
    answers = begun_with([event], answers_of(event.details, PHNOM_PENH)) | answers_of(later, PHNOM_PENH)
    assert await StoredForms(database).save(Form(COORDINATOR, "amend", REVIEW, answers), NOW)
    reason = begun_with([event], {}) | {"reason": "ទឹកជំនន់"}
    assert await StoredForms(database).save(Form(COORDINATOR, "cancelling", REVIEW, reason), NOW)


async def copies(database: Database, broadcast_id: int) -> int:
    async with database.read() as connection:
        counted = select(func.count()).where(deliveries.c.broadcast_id == broadcast_id)
        return await connection.scalar(counted) or 0


async def holds(database: Database, event_id: int, deed: str) -> bool:
    """Whether all of a deed is there, and nothing of it otherwise; AssertionError for a half."""
    if deed == "remind":
        sent = await begun(database, Subject.REMINDER)
        (notice,) = [one for key, one in (await planned(database, event_id)).items() if key == "7d"]
        assert (notice.state is NoticeState.SENT) == bool(sent)
        assert [one.id for one in sent] == ([notice.broadcast_id] if sent else [])
    else:
        sent = await begun(database, Subject.CHANGE)
        (announcement,) = await begun(database, Subject.EVENT)
        event = await StoredEvents(database).event(event_id)
        assert event
        due = {
            one.starts_at.astimezone(PHNOM_PENH).day
            for one in await StoredNotices(database).of_event(event_id)
            if one.state is NoticeState.DUE
        }
        form = await StoredForms(database).draft(COORDINATOR, "amend" if deed == "move" else "cancelling")
        whole = {"move": (True, {22}), "cancel": (False, set[int]())}[deed]
        assert (event.is_planned, due) == (whole if sent else (True, {15}))
        assert (event.version, announcement.revision) == ((2, 1) if sent else (1, 0))
        assert (form is None) == bool(sent)
    assert len(sent) <= 1
    assert [await copies(database, one.id) for one in sent] == [len(COMING)] * len(sent)
    return bool(sent)


async def test_killed_while_all_that_follow_are_moved(tmp_path: Path) -> None:
    """Killed before any statement, all of a series that follow are moved, or none, and the rule with them."""
    url = await new_file(tmp_path)
    database = Database(url)
    await meet(database, COORDINATOR)
    first = await announced(database, COORDINATOR, date="2027-01-12", repeats="month-2tu")
    event = await StoredEvents(database).event(first)
    assert event
    following = await StoredSeries(database).following(event)
    answers = begun_with(following, answers_of(event.details, PHNOM_PENH), following=True)
    assert await StoredForms(database).save(Form(COORDINATOR, "amend", REVIEW, answers), NOW)
    for living in count():
        process = _processes.Process(target=_do, args=(url, "move all", living))
        process.start()
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(process.join)
        series = await StoredSeries(database).series(event.series_id or 0)
        assert series
        now = await StoredSeries(database).following(event)
        assert [one.occurrence_at for one in now] == [one.details.starts_at for one in now]
        weekdays = [one.details.starts_at.astimezone(PHNOM_PENH).weekday() for one in now]
        form = await StoredForms(database).draft(COORDINATOR, "amend")
        moved = [([1] * 3, "month-2tu", False), ([2] * 3, "month-2we", True)].index(
            (weekdays, series.rule.kept, form is None)
        )
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert moved
    assert living > 20, "too few statements to prove anything"
    await database.close()


@pytest.mark.parametrize("deed", ["remind", "move", "cancel"])
async def test_killed_at_every_statement(tmp_path: Path, deed: str) -> None:
    """Killed before any statement, a reminder, a change or a cancellation is there whole or not at all."""
    url, database, event_id = await forum(tmp_path)
    await drafts(database, event_id)
    for living in count():
        process = _processes.Process(target=_do, args=(url, deed, living))
        process.start()
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(process.join)
        done = await holds(database, event_id, deed)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        assert not done or living > 5, "it was there before it was written"
    assert done
    assert living > 8, "too few statements to prove anything"
    await DEEDS[deed](database)
    assert await holds(database, event_id, deed)
    await database.close()


async def test_four_processes_at_once(tmp_path: Path) -> None:
    """Four processes whose ticks come at the same moment remind once."""
    url, database, event_id = await forum(tmp_path)
    processes = [_processes.Process(target=_do, args=(url, "remind", _TO_THE_END)) for _ in range(4)]
    for process in processes:
        process.start()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(asyncio.to_thread(process.join) for process in processes))
    assert [process.exitcode for process in processes] == [0] * 4
    assert await holds(database, event_id, "remind")
    await database.close()
