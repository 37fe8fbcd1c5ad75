"""Seats in the database: exactly as many are held as there are, whoever presses when."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.core.events.codes import ALPHABET
from bot.core.events.registrations import (
    Already,
    Beyond,
    Closed,
    CouncilFull,
    Full,
    Gender,
    Registered,
    Registering,
    RegistrationState,
    Removed,
    Stale,
    Waiting,
    Why,
)
from storage.database import Database
from storage.events.offers import StoredOffers
from storage.events.registrations import StoredRegistrations
from storage.forms import StoredForms
from storage.people import StoredPeople
from storage.tables import events, registrations
from tests.storage.records import (
    ANY_TIME,
    BANTEAY_NEANG,
    COORDINATOR,
    NOW,
    announced,
    filled_form,
    meet,
    new_file,
)
from tests.storage.seating import NOTE, SEATS, codes, come, guest_form, seat, taken, told

PRESSES = 200


async def test_the_last_seat(database: Database, other: Database, seats: StoredRegistrations) -> None:
    """Of two hundred who press at once for the last seat, over two processes, exactly one gets it."""
    event_id = await announced(database, capacity="1")
    people = range(1000, 1000 + PRESSES)
    await meet(database, *people)
    elsewhere = StoredRegistrations(other, ANY_TIME, lambda: f"ELSE{next(numbers)}", SEATS)
    numbers = count()
    outcomes = await asyncio.gather(
        *(come((seats, elsewhere)[person_id % 2], event_id, person_id) for person_id in people)
    )
    kinds = Counter(type(one) for one in outcomes)
    assert kinds == {Registered: 1, Waiting: PRESSES - 1}
    assert await taken(database, event_id) == (1, 1)
    places = sorted(one.place for one in outcomes if isinstance(one, Waiting))
    assert places == list(range(1, PRESSES))


async def test_twice(database: Database, seats: StoredRegistrations) -> None:
    """Who registers twice, also at the same moment, has one seat, and is shown it again."""
    event_id = await announced(database, capacity="2")
    await meet(database, 7, 8, 9)
    outcomes = await asyncio.gather(*(come(seats, event_id, 7) for _ in range(10)))
    assert Counter(type(one) for one in outcomes) == {Registered: 1, Already: 9}
    assert len({seat(one).code for one in outcomes}) == 1
    await come(seats, event_id, 8)
    waiting = await come(seats, event_id, 9)
    assert await come(seats, event_id, 9) == Already(seat(waiting), 1)
    assert await taken(database, event_id) == (2, 2)


async def test_removed(database: Database, seats: StoredRegistrations) -> None:
    """Whoever was removed is told, cannot register again, nor for others, until a coordinator lets them."""
    event_id = await announced(database, capacity="1")
    await meet(database, COORDINATOR, 7)
    first = seat(await come(seats, event_id, 7))
    assert await seats.remove(first.id, COORDINATOR, NOTE, NOW)
    assert await seats.remove(first.id, COORDINATOR, NOTE, NOW) is None
    assert await told(database, "seating") == [7]
    assert isinstance(await come(seats, event_id, 7), Removed)
    form = await guest_form(database, "សុខា", 7)
    assert isinstance(await seats.register_guest(form, event_id, 7, NOW), Removed)
    assert not await seats.decline(event_id, 7, "person 7", NOW)
    assert isinstance(await seats.admit(first.id, COORDINATOR, NOTE, False, NOW), Registered)
    assert isinstance(await seats.admit(first.id, COORDINATOR, NOTE, False, NOW), Stale)
    assert await told(database, "seating") == [7, 7]
    assert await taken(database, event_id) == (1, 1)


async def test_capacity_of_coordinators(database: Database, seats: StoredRegistrations) -> None:
    """A coordinator goes beyond the capacity only on purpose, and may put somebody into the queue."""
    event_id = await announced(database, capacity="1", closes="2026-12-01T08:00")
    await meet(database, COORDINATOR)

    async def add(name: str, beyond: Beyond) -> Registering:
        form = await filled_form(database, "guest", {"name": name, "gender": "m", "organisation": "Pact"})
        return await seats.add_guest(form, event_id, COORDINATOR, beyond, NOW)

    assert isinstance(await add("one", Beyond.ASK), Registered), "also after the deadline"
    form = await filled_form(database, "guest", {"name": "two", "gender": "m"})
    assert await seats.add_guest(form, event_id, COORDINATOR, Beyond.ASK, NOW) == Full(1)
    queued = await seats.add_guest(form, event_id, COORDINATOR, Beyond.QUEUE, NOW)
    assert isinstance(queued, Waiting), "the form was still there"
    assert await seats.add_guest(form, event_id, COORDINATOR, Beyond.ADD, NOW) == Stale()
    assert await seats.admit(queued.registration.id, COORDINATOR, NOTE, False, NOW) == Full(1)
    assert isinstance(await seats.admit(queued.registration.id, COORDINATOR, NOTE, True, NOW), Registered)
    assert await taken(database, event_id) == (2, 2)


async def test_a_party(database: Database, seats: StoredRegistrations) -> None:
    """Each of a council's people has a seat of their own, up to so many; the same name twice is one."""
    event_id = await announced(database, capacity="3")
    await meet(database, 7, 8)
    await come(seats, event_id, 7)
    kinds = []
    for name in ("a", "b", "b", "c", "d", "e"):
        form = await guest_form(database, name, 7)
        kinds.append(type(await seats.register_guest(form, event_id, 7, NOW)))
        assert await seats.register_guest(form, event_id, 7, NOW) == Stale(), "a form counts once"
    assert kinds == [Registered, Registered, Already, Waiting, Waiting, CouncilFull]
    elsewhere = await guest_form(database, "f", 8, BANTEAY_NEANG)
    assert isinstance(await seats.register_guest(elsewhere, event_id, 8, NOW), Waiting)
    assert isinstance(await come(seats, event_id, 8), Waiting), "one's own seat is never refused for it"
    assert [one.name for one in await seats.of_person(event_id, 7)] == ["person 7", "a", "b", "c", "d"]


async def test_closed(database: Database, seats: StoredRegistrations) -> None:
    """Nobody registers after the deadline, full or not, nor for what is cancelled or over."""
    event_id = await announced(database, closes="2026-12-10T17:00", ends="12:00")
    await meet(database, 7)
    start = NOW.replace(month=12, day=10, hour=17)
    assert await come(seats, event_id, 7, start) == Closed(Why.LATE)
    assert await come(seats, event_id, 7, datetime.fromisoformat("2027-01-15T12:00+07:00")) == Closed(
        Why.OVER
    )
    async with database.write() as connection:
        await connection.execute(update(events).values(state="cancelled"))
    assert await come(seats, event_id, 7) == Closed(Why.CANCELLED)
    assert await taken(database, event_id) == (0, 0)


async def test_gender_is_asked_once(database: Database, seats: StoredRegistrations) -> None:
    """What somebody told of themselves is kept for the next event; nobody else can set it."""
    before, after = await announced(database), await announced(database)
    await meet(database, 7)
    first = seat(await come(seats, before, 7))
    assert not await seats.set_gender(first.id, 8, Gender.MALE)
    assert await seats.set_gender(first.id, 7, Gender.FEMALE)
    assert seat(await come(seats, after, 7)).gender is Gender.FEMALE
    assert set(await seats.concerning(7)) == {before, after}


async def test_came(database: Database, seats: StoredRegistrations) -> None:
    """Who came has had the seat: it can be neither given back nor taken away."""
    event_id = await announced(database)
    await meet(database, COORDINATOR, 7)
    first = seat(await come(seats, event_id, 7))
    async with database.write() as connection:
        await connection.execute(update(registrations).values(attended_at=NOW))
    assert await seats.release(first.id, 7) is None
    assert await seats.remove(first.id, COORDINATOR, NOTE, NOW) is None


@dataclass
class Story:
    """One event with two seats, and what people and coordinators do about it, one after another."""

    database: Database
    seats: StoredRegistrations
    offers: StoredOffers
    event_id: int
    now: datetime = NOW

    async def one(self, who: int) -> tuple[int, int]:
        """A seat, and who answers for it."""
        listed = await self.seats.of_event(self.event_id)
        if not listed:
            return 0, 0
        chosen = listed[who % len(listed)]
        return chosen.id, chosen.person_id or 0

    async def come(self, who: int) -> None:
        await come(self.seats, self.event_id, 10 + who, self.now)

    async def cannot(self, who: int) -> None:
        await self.seats.decline(self.event_id, 10 + who, "x", self.now)

    async def release(self, who: int) -> None:
        await self.seats.release(*await self.one(who))

    async def lapse(self, who: int) -> None:
        end = self.now + timedelta(hours=who)
        for unanswered in await self.offers.unanswered(end):
            await self.offers.lapse(unanswered, NOTE, who > 4, end)

    async def block(self, who: int) -> None:
        await StoredPeople(self.database, ()).mark_blocked(10 + who, self.now)

    async def offer(self, who: int) -> None:
        for waiting in await self.offers.next_to_offer(self.now):
            if waiting.person_id and not await self.offers.pass_over(waiting):
                await self.offers.offer(waiting, self.now + timedelta(hours=5), NOTE, self.now)
            elif not waiting.person_id:
                await self.offers.seat_without_asking(waiting, NOTE, self.now)

    async def take(self, who: int) -> None:
        await self.offers.take(*await self.one(who), self.now)

    async def remove(self, who: int) -> None:
        await self.seats.remove((await self.one(who))[0], COORDINATOR, NOTE, self.now)

    async def admit(self, who: int) -> None:
        await self.seats.admit(who + 1, COORDINATOR, NOTE, who > 4, self.now)

    async def guest(self, who: int) -> None:
        form = await guest_form(self.database, f"guest {self.now}", 10 + who)
        await self.seats.register_guest(form, self.event_id, 10 + who, self.now)
        await StoredForms(self.database).discard(form)  # it stays where there was no seat

    async def add(self, who: int) -> None:
        form = await filled_form(self.database, "guest", {"name": f"added {self.now}", "gender": "n"})
        await self.seats.add_guest(form, self.event_id, COORDINATOR, list(Beyond)[who % 3], self.now)
        await StoredForms(self.database).discard(form)

    async def capacity(self, who: int) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(events).values(capacity=who or None))


DEEDS = (
    *("come", "cannot", "release", "block", "lapse", "offer", "take"),
    *("remove", "admit", "guest", "add", "capacity"),
)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), min_size=10, max_size=40))
async def test_taken_counts_the_seats_that_are_held(deeds: list[tuple[str, int]]) -> None:
    """Whatever people and coordinators do, in whatever order, the count is that of the seats held."""
    with TemporaryDirectory() as folder:
        database = Database(await new_file(Path(folder)))
        seats = StoredRegistrations(database, ANY_TIME, codes(), SEATS)
        offers = StoredOffers(database, ANY_TIME, seats.new_code)
        story = Story(database, seats, offers, await announced(database, capacity="2"))
        await meet(database, COORDINATOR, *range(10, 20))
        for deed, who in deeds:
            story.now += timedelta(minutes=1)
            await getattr(story, deed)(who)
            counted, holding = await taken(database, story.event_id)
            assert counted == holding, deed
            listed = await seats.of_event(story.event_id)
            assert all((one.code is not None) == (one.state is RegistrationState.COMING) for one in listed)
        await database.close()


def test_codes_are_told_apart() -> None:
    """No letter of a code looks or sounds like another."""
    assert set(ALPHABET).isdisjoint("0O1ILQ2Z5S8BUV")
