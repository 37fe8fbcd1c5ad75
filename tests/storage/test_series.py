"""Events that come again, made ahead of time in a real file."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.core.broadcasts import Subject
from bot.core.events.changing import Amendment, Told, begun_with
from bot.core.events.event import Event, EventState, answers_of
from bot.core.events.series import goes_on
from bot.core.forms import REVIEW, Form
from storage import tables
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.events.changing import StoredChanging
from storage.events.events import StoredEvents
from storage.events.series import StoredSeries
from storage.forms import StoredForms
from tests.storage.records import ANY_TIME, COORDINATOR, EVENT, NOW, PHNOM_PENH, TEXTS, filled_form

MONTHLY = {**EVENT, "date": "2027-01-12", "repeats": "month-2tu", "ends": "11:00"}


async def announce(database: Database, answers: dict[str, str]) -> Event | None:
    """A coordinator confirms an announcement; the event that it tells."""
    form = await filled_form(database, "announce", answers)
    return await confirm(database, form)


async def confirm(database: Database, form: Form) -> Event | None:
    kept = await StoredBroadcasts(database, ANY_TIME).confirm(
        form, Subject.EVENT, "វេទិកា", TEXTS, COORDINATOR, NOW
    )
    return await StoredEvents(database).event(kept.subject_id) if kept else None


async def begun(database: Database) -> Event:
    """The first event of a series."""
    event = await announce(database, MONTHLY)
    assert event and event.series_id
    return event


async def starts(database: Database) -> list[str]:
    """When the coming events start."""
    upcoming = await StoredEvents(database).upcoming(NOW)
    return [f"{event.details.starts_at.astimezone(PHNOM_PENH):%Y-%m-%d %H:%M}" for event in upcoming]


async def test_the_next_three_come_with_the_announcement(database: Database) -> None:
    """With the announcement, the event, its series and the next events are kept, as they were told."""
    first = await begun(database)
    assert await starts(database) == ["2027-01-12 08:30", "2027-02-09 08:30", "2027-03-09 08:30"]
    second = (await StoredEvents(database).upcoming(NOW))[1]
    assert second.details.title == first.details.title
    assert second.details.ends_at == datetime(2027, 2, 9, 11, 0, tzinfo=PHNOM_PENH)
    assert (second.version, second.sequence, second.taken, second.organiser) == (1, 0, 0, COORDINATOR)
    assert await StoredEvents(database).is_announced(first.id)
    assert not await StoredEvents(database).is_announced(second.id)


async def test_how_often_is_told_until_it_ends(database: Database) -> None:
    """Each event of a series knows how often it comes again, until the series ends; others know nothing."""
    first = await begun(database)
    alone = await announce(database, EVENT)
    coming = await StoredEvents(database).upcoming(NOW)
    assert alone
    assert {one.id: one.repeats for one in coming if one.id == alone.id} == {alone.id: ""}
    assert {one.repeats for one in coming if one.id != alone.id} == {"month-2tu"}
    assert first.series_id
    await StoredSeries(database, ANY_TIME).end(first.series_id, NOW)
    assert {one.repeats for one in await StoredEvents(database).upcoming(NOW)} == {""}


async def test_nothing_is_kept_of_a_form_that_was_confirmed_before(database: Database) -> None:
    """A second press on the confirmation makes no second series."""
    form = await filled_form(database, "announce", MONTHLY)
    assert await confirm(database, form)
    assert await confirm(database, form) is None
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(tables.series)) == 1
    assert len(await starts(database)) == 3


async def test_two_bots_make_each_once(database: Database, other: Database) -> None:
    """Two processes that look after series at the same moment make each event once."""
    await begun(database)
    later = NOW + timedelta(days=90)
    stores = [StoredSeries(one) for one in (database, other) for _ in range(4)]
    made = await asyncio.gather(*(one.make_ahead(later) for one in stores))
    assert sum(made) == 2
    assert (await starts(database))[2:] == ["2027-03-09 08:30", "2027-04-13 08:30", "2027-05-11 08:30"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": EventState.CANCELLED},
        {"starts_at": datetime(2027, 2, 20, 14, 0, tzinfo=PHNOM_PENH)},
        {"starts_at": datetime(2027, 3, 9, 8, 30, tzinfo=PHNOM_PENH)},  # where another stands
    ],
)
async def test_one_that_was_changed_is_not_made_again(database: Database, change: dict[str, object]) -> None:
    """One that was moved or cancelled alone is not made again, and the others stay as they are."""
    await begun(database)
    second = (await StoredEvents(database).upcoming(NOW))[1]
    async with database.write() as connection:
        changed = update(tables.events).where(tables.events.c.id == second.id).values(**change)
        await connection.execute(changed)
    assert await StoredSeries(database).make_ahead(NOW) == 0
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(tables.events)) == 3


async def test_a_series_ends_once(database: Database) -> None:
    """Of a series that has ended nothing more is made; what stands in the calendar stays."""
    first = await begun(database)
    series = StoredSeries(database)
    assert first.series_id
    assert await series.end(first.series_id, NOW)
    assert not await series.end(first.series_id, NOW)
    assert await series.make_ahead(NOW + timedelta(days=365)) == 0
    assert len(await starts(database)) == 3
    assert not await series.end(999, NOW)


async def test_a_present_event_is_announced(database: Database) -> None:
    """An event of a series is announced as it is told then, under its own number; a second time it is not."""
    await begun(database)
    second = (await StoredEvents(database).upcoming(NOW))[1]
    told = {**EVENT, "date": "2027-02-09", "place": "កំពង់ចាម", "event": str(second.id), "version": "1"}
    announced = await announce(database, told)
    assert announced
    assert (announced.id, announced.version, announced.sequence) == (second.id, 2, 1)
    assert announced.details.place == "កំពង់ចាម"
    assert await announce(database, told) is None
    form = await StoredForms(database).draft(COORDINATOR, "announce")
    assert form is not None, "nothing of it was kept, so it can be looked at"
    assert len(await starts(database)) == 3


async def meant(database: Database, first: Event, changed: dict[str, str]) -> tuple[Form, list[Amendment]]:
    """A form about an event and all that follow, and what becomes of each."""
    following = await StoredSeries(database).following(first)
    answers = begun_with(following, {**answers_of(first.details, PHNOM_PENH), **changed}, following=True)
    form = await StoredForms(database).save(Form(COORDINATOR, "amend", REVIEW, answers), NOW)
    assert form
    return form, [Amendment(one, one.details, TEXTS, TEXTS) for one in following if one.is_planned]


async def test_all_that_follow(database: Database) -> None:
    """From one that is moved on, the rule goes on by the new day and time, also into another's place."""
    await begun(database)
    _, second, third = await StoredEvents(database).upcoming(NOW)
    to = datetime(2027, 3, 9, 8, 30, tzinfo=PHNOM_PENH)
    after_it = datetime(2027, 4, 13, 8, 30, tzinfo=PHNOM_PENH)
    form, amendments = await meant(database, second, {"date": "2027-03-09"})
    amended = [
        replace(one, details=replace(one.details, starts_at=start))
        for one, start in zip(amendments, (to, after_it), strict=True)
    ]
    series = await StoredSeries(database).series(second.series_id or 0)
    assert series
    course = goes_on(series, [second, third], {"date": "2027-03-09"}, to, PHNOM_PENH)
    assert course.wanted == {second.id: to, third.id: after_it}
    changing = StoredChanging(database)
    assert await changing.change(form, amended, course, NOW) == Told(0, 0)
    assert await starts(database) == ["2027-01-12 08:30", "2027-03-09 08:30", "2027-04-13 08:30"]
    assert await StoredSeries(database).make_ahead(NOW) == 1
    assert await StoredSeries(database).make_ahead(to) == 1
    assert (await starts(database))[3:] == ["2027-05-11 08:30", "2027-06-08 08:30"]
    assert await changing.change(form, amended, course, NOW) is None, "the form is closed"


@pytest.mark.parametrize("meanwhile", ["another was made", "the series was changed", "one was changed"])
async def test_nothing_is_half(database: Database, meanwhile: str) -> None:
    """Where something of the series is otherwise by now, nothing of the change is kept; the form stays."""
    await begun(database)
    _, second, third = await StoredEvents(database).upcoming(NOW)
    form, amendments = await meant(database, second, {})
    series = await StoredSeries(database).series(second.series_id or 0)
    assert series
    if meanwhile == "another was made":
        await StoredSeries(database).make_ahead(NOW + timedelta(days=60))
    else:
        table, which = (tables.series, series.id) if "series" in meanwhile else (tables.events, third.id)
        async with database.write() as connection:
            newer = update(table).where(table.c.id == which).values(version=table.c.version + 1)
            await connection.execute(newer)
    course = goes_on(series, [second, third], {"place": "កំពត"}, second.details.starts_at, PHNOM_PENH)
    amended = [replace(one, details=replace(one.details, place="កំពត")) for one in amendments]
    assert await StoredChanging(database).change(form, amended, course, NOW) is None
    assert {one.details.place for one in await StoredEvents(database).upcoming(NOW)} == {EVENT["place"]}
    assert await StoredForms(database).draft(COORDINATOR, "amend") == form


async def test_all_that_follow_are_cancelled(database: Database) -> None:
    """With all that follow, the series ends; the one before stays."""
    await begun(database)
    first, second, third = await StoredEvents(database).upcoming(NOW)
    form, amendments = await meant(database, second, {"reason": "ភ្លៀង"})
    assert await StoredChanging(database).cancel(form, amendments, NOW) == Told(0, 0)
    assert await starts(database) == ["2027-01-12 08:30"]
    series = await StoredSeries(database).series(first.series_id or 0)
    assert series and series.ended_at
    assert await StoredSeries(database).make_ahead(NOW + timedelta(days=400)) == 0
    cancelled = await StoredEvents(database).event(third.id)
    assert cancelled and (cancelled.state, cancelled.reason) == (EventState.CANCELLED, "ភ្លៀង")
