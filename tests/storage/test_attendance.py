"""Who came: each seat is checked in once, and `taken` stays what it says."""

import asyncio

import pytest

from bot.core.events.registrations import Gender, Guest, RegistrationState
from storage.database import Database
from storage.events.attendance import StoredAttendance
from tests.attending import cancel, counted, forum, seat
from tests.storage.records import COORDINATOR, LATER, NOW, filled_form, meet

SECOND = 2
GUEST = Guest("ចាន់ ណា", Gender.FEMALE, "120101")
HOLDER = 30


async def test_two_coordinators_at_once(database: Database, other: Database) -> None:
    """Of two coordinators who check the same seat in at once, one does; the seat says who and when."""
    await meet(database, COORDINATOR, SECOND)
    seat_id = await seat(database, await forum(database, NOW), "សុខា", "34ACDE")
    attempts = [
        StoredAttendance(one).check_in(seat_id, by, NOW)
        for one, by in ((database, COORDINATOR), (other, SECOND)) * 10
    ]
    assert sum(await asyncio.gather(*attempts)) == 1
    kept = await StoredAttendance(database).seat(seat_id)
    assert kept
    assert kept.registration.attended_at == NOW
    assert kept.attended_by in ("person 1", "person 2")


@pytest.mark.parametrize("state", RegistrationState)
async def test_only_a_seat_is_checked_in(database: Database, state: RegistrationState) -> None:
    """Checking in takes a seat; whoever has none can be let in, and is counted."""
    event_id = await forum(database, NOW, capacity=1)
    seat_id = await seat(database, event_id, "សុខា", state=state)
    attendance = StoredAttendance(database)
    has_seat = state is RegistrationState.COMING
    assert await attendance.check_in(seat_id, COORDINATOR, NOW) is has_seat
    assert await attendance.let_in(seat_id, COORDINATOR, NOW) is not has_seat
    assert not await attendance.let_in(seat_id, COORDINATOR, NOW)
    assert await counted(database, event_id) == (1, 1)


async def test_a_cancelled_event(database: Database) -> None:
    """Nobody comes to an event that was cancelled a moment ago."""
    event_id = await forum(database, NOW)
    seats = [await seat(database, event_id, "a"), await seat(database, event_id, "b", state=_WAITING)]
    form = await filled_form(database, "walkin", {"event": str(event_id)})
    await cancel(database, event_id)
    attendance = StoredAttendance(database)
    assert not await attendance.check_in(seats[0], COORDINATOR, NOW)
    assert not await attendance.let_in(seats[1], COORDINATOR, NOW)
    assert await attendance.walk_in(form, event_id, GUEST, COORDINATOR, NOW) is None
    assert await counted(database, event_id) == (1, 1)


async def test_a_wrong_press_is_taken_back(database: Database) -> None:
    """What was checked in by mistake is taken back once, and can be checked in again."""
    event_id = await forum(database, NOW)
    seat_id = await seat(database, event_id, "សុខា", "34ACDE")
    attendance = StoredAttendance(database)
    assert not await attendance.take_back(seat_id)
    assert await attendance.check_in(seat_id, COORDINATOR, NOW)
    assert await attendance.take_back(seat_id)
    assert not await attendance.take_back(seat_id)
    assert await attendance.check_in(seat_id, COORDINATOR, LATER)
    assert await counted(database, event_id) == (1, 1)


async def test_walk_ins_are_never_too_many(database: Database, other: Database) -> None:
    """A walk-in is noted beyond the capacity, once for one form, and is counted as a seat that is held."""
    event_id = await forum(database, NOW, capacity=1)
    await seat(database, event_id, "សុខា", "34ACDE")
    form = await filled_form(database, "walkin", {"event": str(event_id)})
    attempts = [
        StoredAttendance(one).walk_in(form, event_id, GUEST, COORDINATOR, NOW)
        for one in (database, other) * 5
    ]
    noted = [one for one in await asyncio.gather(*attempts) if one]
    assert len(noted) == 1
    assert noted[0].is_walk_in
    assert noted[0].registration.person_id is None
    assert await counted(database, event_id) == (2, 2)
    taken_back = [StoredAttendance(one).take_back(noted[0].registration.id) for one in (database, other) * 5]
    assert sum(await asyncio.gather(*taken_back)) == 1
    assert await counted(database, event_id) == (1, 1)
    assert await StoredAttendance(database).seat(noted[0].registration.id) is None


async def test_a_guest_of_a_coordinator_is_no_walk_in(database: Database) -> None:
    """A seat without a holder that was registered before is kept when a wrong press is taken back."""
    event_id = await forum(database, NOW)
    seat_id = await seat(database, event_id, "សុខា", "34ACDE", added_by=COORDINATOR)
    attendance = StoredAttendance(database)
    assert await attendance.check_in(seat_id, COORDINATOR, NOW)
    assert await attendance.take_back(seat_id)
    assert await attendance.seat(seat_id)


async def test_seats_are_found(database: Database) -> None:
    """A seat is found by its code and by its holder, whose name it tells; those who come stand first."""
    await meet(database, HOLDER)
    event_id, another = await forum(database, NOW), await forum(database, NOW)
    waiting = await seat(database, event_id, "b", state=_WAITING, person_id=HOLDER)
    own = await seat(database, event_id, "a", "34ACDE", person_id=HOLDER, own=True)
    await seat(database, another, "c", "67ACDE", person_id=HOLDER)
    attendance = StoredAttendance(database)
    found = await attendance.with_code("34ACDE")
    assert found
    assert (found.registration.id, found.holder, found.attended_by) == (own, f"person {HOLDER}", "")
    assert await attendance.with_code("99999A") is None
    for seats in (await attendance.of_holder(event_id, HOLDER), await attendance.of_event(event_id)):
        assert [one.registration.id for one in seats] == [own, waiting]


_WAITING = RegistrationState.WAITING
