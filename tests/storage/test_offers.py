"""Offered seats in the database: each goes to the first who can be asked, and on when nobody answers."""

import asyncio
from datetime import datetime, timedelta

from bot.core.events.registrations import Beyond, RegistrationState, Waiting
from storage.database import Database
from storage.events.offers import StoredOffers
from storage.events.registrations import StoredRegistrations
from storage.people import StoredPeople
from tests.storage.records import ANY_TIME, COORDINATOR, NOW, announced, filled_form, meet
from tests.storage.seating import NOTE, UNTIL, codes, come, offer_next, seat, taken, told


async def test_first_come_first_served(
    database: Database, seats: StoredRegistrations, offers: StoredOffers
) -> None:
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
    assert (await offer_next(offers)).person_id == 8
    assert await offers.next_to_offer(NOW) == []
    assert await told(database, "seat") == [8]
    assert await offers.take(second.id, 9, NOW) is None, "it is not theirs"
    came = await offers.take(second.id, 8, NOW)
    assert came
    assert (came.state, came.offered_until) == (RegistrationState.COMING, None)
    assert came.code not in (None, first.code)
    assert await taken(database, event_id) == (1, 1)


async def test_an_offer_lapses(database: Database, seats: StoredRegistrations, offers: StoredOffers) -> None:
    """An offer that nobody answers in time goes on to the next, and its holder may queue again at the end."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8, 9)
    first, second, _ = [seat(await come(seats, event_id, person)) for person in (7, 8, 9)]
    await seats.release(first.id, 7)
    await offer_next(offers)
    assert await offers.unanswered(UNTIL - timedelta(seconds=1)) == []
    assert not await offers.lapse(second, NOTE, True, UNTIL - timedelta(seconds=1))
    (offered,) = await offers.unanswered(UNTIL)
    assert offered.id == second.id
    done = await asyncio.gather(*(offers.lapse(offered, NOTE, True, UNTIL) for _ in range(3)))
    assert sorted(done) == [False, False, True]
    assert await told(database, "lapsed") == [8]
    assert await offers.take(second.id, 8, UNTIL) is None
    assert await taken(database, event_id) == (0, 0)
    again = await come(seats, event_id, 8, UNTIL)
    assert isinstance(again, Waiting)
    assert again.place == 2
    assert (await offer_next(offers, UNTIL)).person_id == 9


async def test_an_offer_is_made_once(
    database: Database, other: Database, seats: StoredRegistrations, offers: StoredOffers
) -> None:
    """Of two processes that offer the same free seat, one does, and the person is told once."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8)
    first, _ = [seat(await come(seats, event_id, person)) for person in (7, 8)]
    await seats.release(first.id, 7)
    (waiting,) = await offers.next_to_offer(NOW)
    elsewhere = StoredOffers(other, ANY_TIME, codes())
    done = await asyncio.gather(*(one.offer(waiting, UNTIL, NOTE, NOW) for one in (offers, elsewhere)))
    assert sorted(done) == [False, True]
    assert await told(database, "seat") == [8]
    assert await taken(database, event_id) == (1, 1)


async def test_whom_nobody_can_ask(
    database: Database, seats: StoredRegistrations, offers: StoredOffers
) -> None:
    """One in the queue whom only a coordinator knows gets a free seat at once, and the coordinator hears."""
    event_id = await announced(database, capacity="1")
    await meet(database, COORDINATOR, 7)
    first = seat(await come(seats, event_id, 7))
    form = await filled_form(database, "guest", {"name": "two", "gender": "m"})
    await seats.add_guest(form, event_id, COORDINATOR, Beyond.QUEUE, NOW)
    await seats.release(first.id, 7)
    (waiting,) = await offers.next_to_offer(NOW)
    assert waiting.person_id is None
    assert await offers.seat_without_asking(waiting, NOTE, NOW)
    (coming,) = await seats.of_event(event_id)
    assert (coming.name, coming.state) == ("two", RegistrationState.COMING)
    assert coming.code
    assert await told(database, "seating") == [COORDINATOR]


async def test_offers_end_with_the_start(
    database: Database, seats: StoredRegistrations, offers: StoredOffers
) -> None:
    """Freed seats go to those who wait after the deadline too, and to nobody after the start."""
    event_id = await announced(database, capacity="1", closes="2026-12-10T17:00")
    await meet(database, 7, 8)
    first, _ = [seat(await come(seats, event_id, person)) for person in (7, 8)]
    await seats.release(first.id, 7)
    start = datetime.fromisoformat("2027-01-15T08:30+07:00")
    assert await offers.next_to_offer(start) == []
    (waiting,) = await offers.next_to_offer(start - timedelta(minutes=1))
    assert not await offers.offer(waiting, UNTIL, NOTE, start)


async def test_who_took_it_in_time_keeps_it(
    database: Database, seats: StoredRegistrations, offers: StoredOffers
) -> None:
    """An offer that is taken as the clock ends those that are over stays taken, and nobody is told."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8)
    first, second = [seat(await come(seats, event_id, person)) for person in (7, 8)]
    await seats.release(first.id, 7)
    await offer_next(offers)
    (seen,) = await offers.unanswered(UNTIL)
    assert await offers.take(second.id, 8, NOW)
    assert not await offers.lapse(seen, NOTE, True, UNTIL)
    assert await told(database, "lapsed") == []
    assert await taken(database, event_id) == (1, 1)


async def test_who_blocked_the_bot(
    database: Database, seats: StoredRegistrations, offers: StoredOffers
) -> None:
    """An offer to somebody who blocks the bot is over at once; one who had done so before is passed over."""
    event_id = await announced(database, capacity="1")
    await meet(database, 7, 8, 9, 10)
    first, *_ = [seat(await come(seats, event_id, person)) for person in (7, 8, 9, 10)]
    await seats.release(first.id, 7)
    offered = await offer_next(offers)
    assert await offers.unanswered(NOW) == []
    people = StoredPeople(database, ())
    await people.mark_blocked(8, NOW)
    await people.mark_blocked(9, NOW)
    (unanswered,) = await offers.unanswered(NOW)
    assert unanswered.id == offered.id
    assert await offers.lapse(unanswered, None, False, NOW)
    (waiting,) = await offers.next_to_offer(NOW)
    assert waiting.person_id == 9
    assert [await offers.pass_over(waiting), await offers.pass_over(waiting)] == [True, False]
    (waiting,) = await offers.next_to_offer(NOW)
    assert waiting.person_id == 10
    assert not await offers.pass_over(waiting), "they can be asked"
    assert await told(database, "seat") == [8]
    assert await taken(database, event_id) == (0, 0)
    back = await come(seats, event_id, 8, UNTIL)
    assert isinstance(back, Waiting), "who comes back queues at the end"
    assert back.place == 2
