"""Who can do what about a seat, and how long an offer holds."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.events.event import Details, Event, EventKind, EventState
from bot.core.events.offers import can_come_again, offered_until
from bot.core.events.registrations import (
    Deed,
    Registration,
    RegistrationState,
    Why,
    deeds,
    why_closed,
)
from bot.core.subscribers import USUAL_HOURS
from tests.storage.records import ANY_TIME, NOW, PHNOM_PENH

START = datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH)
DETAILS = Details(EventKind.LOCAL_FORUM, "វេទិកា", START, "ភ្នំពេញ", closes_at=START - timedelta(days=5))
EVENT = Event(1, DETAILS, EventState.PLANNED, 1, 0, 0, 1, NOW)
LATE = START - timedelta(days=5)


def seat(state: RegistrationState, *, own: bool = True) -> Registration:
    return Registration(1, 1, 7, own, "x", None, "", "", state, None, NOW)


@pytest.mark.parametrize(
    ("left", "holds"),
    [
        (timedelta(days=9), timedelta(hours=24)),
        (timedelta(hours=6), timedelta(hours=3)),
        (timedelta(minutes=40), timedelta(minutes=30)),
        (timedelta(minutes=5), timedelta(minutes=5)),
    ],
)
def test_an_offer_holds_shorter_near_the_start(left: timedelta, holds: timedelta) -> None:
    """A day, or half of what is left and at least half an hour, but never past the start."""
    assert offered_until(START - left, START, ANY_TIME) == START - left + holds


def test_an_offer_does_not_end_at_night() -> None:
    """One that would end while people sleep holds for an hour of the morning, if that is before the start."""
    evening = START.replace(hour=22, minute=0)
    assert offered_until(evening, evening + timedelta(hours=13), USUAL_HOURS) == evening + timedelta(hours=10)
    assert offered_until(evening, evening + timedelta(hours=9), USUAL_HOURS) == evening + timedelta(hours=9)


def test_who_can_come_again() -> None:
    """Whose offer has lapsed can press «I am coming» while registration is open; guests are named anew."""
    lapsed = seat(RegistrationState.LAPSED)
    assert can_come_again(EVENT, lapsed, LATE - timedelta(seconds=1))
    assert not can_come_again(EVENT, lapsed, LATE)
    assert not can_come_again(EVENT, replace(lapsed, own=False), NOW)


def test_why_closed() -> None:
    """Registration ends with the deadline, else with the start; a cancelled event is that first of all."""
    assert why_closed(EVENT, LATE - timedelta(seconds=1)) is None
    assert why_closed(EVENT, LATE) is Why.LATE
    assert why_closed(replace(EVENT, details=replace(DETAILS, closes_at=None)), START) is Why.LATE
    assert why_closed(EVENT, START + timedelta(days=1)) is Why.OVER
    assert why_closed(replace(EVENT, state=EventState.CANCELLED), LATE) is Why.CANCELLED


@pytest.mark.parametrize(
    ("state", "early", "late"),
    [
        (None, [Deed.COME, Deed.CANNOT, Deed.ADD], []),
        (RegistrationState.CANNOT, [Deed.COME, Deed.ADD], []),
        (RegistrationState.LAPSED, [Deed.COME, Deed.CANNOT, Deed.ADD], []),
        (RegistrationState.COMING, [Deed.BACK, Deed.ADD], [Deed.BACK]),
        (RegistrationState.WAITING, [Deed.LEAVE, Deed.ADD], [Deed.LEAVE]),
        (RegistrationState.OFFERED, [Deed.TAKE, Deed.PASS, Deed.ADD], [Deed.TAKE, Deed.PASS]),
        (RegistrationState.REMOVED, [], []),
    ],
)
def test_deeds(state: RegistrationState | None, early: list[Deed], late: list[Deed]) -> None:
    """What can be done fits one's seat; after the deadline one can only take, or give back."""
    seats = [seat(state)] if state else []
    assert deeds(EVENT, seats, True, NOW) == early
    assert deeds(EVENT, seats, True, LATE) == late
    assert deeds(EVENT, seats, True, START + timedelta(days=1)) == []


def test_deeds_of_a_party() -> None:
    """Who registered others can see them; who follows no council cannot register others."""
    party = [seat(RegistrationState.COMING, own=False)]
    assert deeds(EVENT, party, False, NOW) == [Deed.COME, Deed.CANNOT, Deed.PARTY]
