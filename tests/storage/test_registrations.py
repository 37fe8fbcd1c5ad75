"""Seats in the database: exactly as many are held as there are, whoever presses when."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bot.core.events.codes import ALPHABET
from bot.core.events.registrations import (
    HOLDING,
    Already,
    Beyond,
    Closed,
    CouncilFull,
    Full,
    Gender,
    Note,
    Registered,
    Registering,
    Registration,
    RegistrationState,
    Removed,
    Stale,
    Waiting,
    Why,
)
from bot.core.forms import Form
from storage.database import Database
from storage.events.registrations import StoredRegistrations
from storage.tables import broadcasts, deliveries, events, registrations
from tests.storage.records import (
    ANY_TIME,
    BANTEAY_NEANG,
    COORDINATOR,
    NOW,
    TEXTS,
    TONLE_BASAK,
    announced,
    filled_form,
    meet,
    new_file,
)

NOTE = Note("វេទិកា", TEXTS)
UNTIL = NOW + timedelta(hours=24)
PRESSES = 200
SEATS = 5


def codes() -> Callable[[], str]:
    """Codes one after another, each drawn twice: the second must not be used."""
    numbers = count()
    return lambda: f"CODE{next(numbers) // 2}"


@pytest.fixture
def seats(database: Database) -> StoredRegistrations:
    return StoredRegistrations(database, ANY_TIME, codes(), SEATS)


async def come(
    seats: StoredRegistrations, event_id: int, person_id: int, now: datetime = NOW, commune: str = TONLE_BASAK
) -> Registering:
    """Somebody presses «I am coming»."""
    return await seats.register(event_id, person_id, f"person {person_id}", commune, now)


async def guest_form(database: Database, name: str, chat_id: int, commune: str = TONLE_BASAK) -> Form:
    return await filled_form(database, "party", {"name": name, "gender": "f", "council": commune}, chat_id)


async def taken(database: Database, event_id: int) -> tuple[int, int]:
    """The seats that are counted as held, and the rows that hold one."""
    holding = select(func.count()).where(
        registrations.c.event_id == event_id, registrations.c.state.in_(HOLDING)
    )
    async with database.read() as connection:
        counted = await connection.scalar(select(events.c.taken).where(events.c.id == event_id))
        return int(counted or 0), int(await connection.scalar(holding) or 0)


async def told(database: Database, subject: str) -> list[int]:
    """Who was told something of this subject."""
    async with database.read() as connection:
        rows = await connection.scalars(
            select(deliveries.c.chat_id)
            .join(broadcasts)
            .where(broadcasts.c.subject == subject)
            .order_by(deliveries.c.id)
        )
        return list(rows)


def seat(outcome: Registering) -> Registration:
    assert isinstance(outcome, Registered | Waiting | Already)
    return outcome.registration


async def offer_next(seats: StoredRegistrations, now: datetime = NOW) -> Registration:
    (first,) = await seats.next_to_offer(now)
    assert await seats.offer(first, UNTIL, NOTE, now)
    return first


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


async def test_first_come_first_served(database: Database, seats: StoredRegistrations) -> None:
    """A freed seat is offered to the first who waits; one who comes meanwhile queues behind."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8, 9, 10)
    first = seat(await come(seats, event_id, 7))
    second = seat(await come(seats, event_id, 8))
    await come(seats, event_id, 9, NOW + timedelta(minutes=1))
    assert await seats.release(first.id, 8) is None, "it is not theirs"
    assert await seats.release(first.id, 7)
    late = await come(seats, event_id, 10, NOW + timedelta(minutes=2))
    assert isinstance(late, Waiting)
    assert late.place == 3
    assert (await offer_next(seats)).person_id == 8
    assert await seats.next_to_offer(NOW) == []
    assert await told(database, "seat") == [8]
    assert await seats.take(second.id, 9, NOW) is None, "it is not theirs"
    came = await seats.take(second.id, 8, NOW)
    assert came
    assert (came.state, came.offered_until) == (RegistrationState.COMING, None)
    assert came.code not in (None, first.code)
    assert await taken(database, event_id) == (1, 1)


async def test_an_offer_lapses(database: Database, seats: StoredRegistrations) -> None:
    """An offer that nobody answers in time goes on to the next, and its holder may queue again at the end."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8, 9)
    first, second, _ = [seat(await come(seats, event_id, person)) for person in (7, 8, 9)]
    await seats.release(first.id, 7)
    await offer_next(seats)
    assert await seats.lapse(UNTIL - timedelta(seconds=1)) == 0
    assert await seats.lapse(UNTIL) == 1
    assert await seats.lapse(UNTIL) == 0
    assert await seats.take(second.id, 8, UNTIL) is None
    assert await taken(database, event_id) == (0, 0)
    again = await come(seats, event_id, 8, UNTIL)
    assert isinstance(again, Waiting)
    assert again.place == 2
    assert (await offer_next(seats, UNTIL)).person_id == 9


async def test_an_offer_is_made_once(database: Database, other: Database, seats: StoredRegistrations) -> None:
    """Of two processes that offer the same free seat, one does, and the person is told once."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8)
    first, _ = [seat(await come(seats, event_id, person)) for person in (7, 8)]
    await seats.release(first.id, 7)
    (waiting,) = await seats.next_to_offer(NOW)
    elsewhere = StoredRegistrations(other, ANY_TIME, codes(), SEATS)
    done = await asyncio.gather(*(one.offer(waiting, UNTIL, NOTE, NOW) for one in (seats, elsewhere)))
    assert sorted(done) == [False, True]
    assert await told(database, "seat") == [8]
    assert await taken(database, event_id) == (1, 1)


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


async def test_whom_nobody_can_ask(database: Database, seats: StoredRegistrations) -> None:
    """One in the queue whom only a coordinator knows gets a free seat at once, and the coordinator hears."""
    event_id = await announced(database, capacity="1")
    await meet(database, COORDINATOR, 7)
    first = seat(await come(seats, event_id, 7))
    form = await filled_form(database, "guest", {"name": "two", "gender": "m"})
    await seats.add_guest(form, event_id, COORDINATOR, Beyond.QUEUE, NOW)
    await seats.release(first.id, 7)
    (waiting,) = await seats.next_to_offer(NOW)
    assert waiting.person_id is None
    assert await seats.seat_without_asking(waiting, NOTE, NOW)
    (coming,) = await seats.of_event(event_id)
    assert (coming.name, coming.state) == ("two", RegistrationState.COMING)
    assert coming.code
    assert await told(database, "seating") == [COORDINATOR]


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


async def test_offers_end_with_the_start(database: Database, seats: StoredRegistrations) -> None:
    """Freed seats go to those who wait after the deadline too, and to nobody after the start."""
    event_id = await announced(database, capacity="1", closes="2026-12-10T17:00")
    await meet(database, 7, 8)
    first, _ = [seat(await come(seats, event_id, person)) for person in (7, 8)]
    await seats.release(first.id, 7)
    start = datetime.fromisoformat("2027-01-15T08:30+07:00")
    assert await seats.next_to_offer(start) == []
    (waiting,) = await seats.next_to_offer(start - timedelta(minutes=1))
    assert not await seats.offer(waiting, UNTIL, NOTE, start)


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
        await self.seats.lapse(self.now + timedelta(hours=who))

    async def offer(self, who: int) -> None:
        for waiting in await self.seats.next_to_offer(self.now):
            if waiting.person_id:
                await self.seats.offer(waiting, self.now + timedelta(hours=5), NOTE, self.now)
            else:
                await self.seats.seat_without_asking(waiting, NOTE, self.now)

    async def take(self, who: int) -> None:
        await self.seats.take(*await self.one(who), self.now)

    async def remove(self, who: int) -> None:
        await self.seats.remove((await self.one(who))[0], COORDINATOR, NOTE, self.now)

    async def admit(self, who: int) -> None:
        await self.seats.admit(who + 1, COORDINATOR, NOTE, who > 4, self.now)

    async def guest(self, who: int) -> None:
        form = await guest_form(self.database, f"guest {self.now}", 10 + who)
        await self.seats.register_guest(form, self.event_id, 10 + who, self.now)

    async def add(self, who: int) -> None:
        form = await filled_form(self.database, "guest", {"name": f"added {self.now}", "gender": "n"})
        await self.seats.add_guest(form, self.event_id, COORDINATOR, list(Beyond)[who % 3], self.now)

    async def capacity(self, who: int) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(events).values(capacity=who or None))


DEEDS = ("come", "cannot", "release", "lapse", "offer", "take", "remove", "admit", "guest", "add", "capacity")


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), min_size=10, max_size=40))
async def test_taken_counts_the_seats_that_are_held(deeds: list[tuple[str, int]]) -> None:
    """Whatever people and coordinators do, in whatever order, the count is that of the seats held."""
    with TemporaryDirectory() as folder:
        database = Database(await new_file(Path(folder)))
        seats = StoredRegistrations(database, ANY_TIME, codes(), SEATS)
        story = Story(database, seats, await announced(database, capacity="2"))
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
