"""At the door: what was typed is understood, and who came is counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.events.attendance import (
    LINK,
    WALK_IN_FIELDS,
    Seat,
    Standing,
    beside,
    code_in,
    named,
    standing,
    turnout,
)
from bot.core.events.codes import new_code
from bot.core.events.event import Details, Event, EventKind, EventState
from bot.core.events.registrations import Gender, Registration, RegistrationState
from bot.core.forms import Form, Moment, answer, begin, skip
from tests.storage.records import NOW, PHNOM_PENH, TONLE_BASAK

START = datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH)
EVENT = Event(
    id=1,
    # As the database gives it: in UTC, where a morning in Phnom Penh is still the night before.
    details=Details(EventKind.MEETING, "x", START.astimezone(UTC), "y"),
    state=EventState.PLANNED,
    version=1,
    sequence=0,
    taken=0,
    organiser=1,
    changed_at=NOW,
)
COMING = RegistrationState.COMING


def seat(number: int = 1, name: str = "សុខ សុភា", **values: Any) -> Seat:
    """A seat at the event, with a code, unless told otherwise."""
    told = Registration(number, 1, 7, True, name, None, "", "", COMING, f"CODE{number:02}", NOW)
    return Seat(replace(told, **values))


@pytest.mark.parametrize(
    "typed",
    [
        "34ACDE",
        "34acde",
        " 34a cde ",
        "34A-CDE",
        "៣៤acde",
        "３４ＡＣＤＥ",
        "34\u200bACDE",
        "https://t.me/wgpd_bot?start=door-34ACDE",
        "door-34ACDE",
    ],
)
def test_a_code_is_understood(typed: str) -> None:
    """A code counts in any case, with spaces, in Khmer figures, and as the link of the picture."""
    assert code_in(typed) == "34ACDE"


@pytest.mark.parametrize("typed", ["", "34ACD", "34ACDEF", "34ACD0", "34ACDO", "សុខសុភា", "<b>34", "door-"])
def test_what_is_no_code(typed: str) -> None:
    """Whatever no code can be is not taken for one."""
    assert code_in(typed) is None


def test_every_code_fits_its_link() -> None:
    """What the bot gives out is what it understands, and fits a deep link."""
    for _ in range(200):
        code = new_code()
        assert code_in(f"{LINK}{code}".lower()) == code


@pytest.mark.parametrize("typed", ["សុភា", "សុខ", "សុខសុភា", "សុភា សុខ", "sophea", "SOK"])
def test_a_name_is_found(typed: str) -> None:
    """Part of a name finds it, in any order, with or without spaces, and also in Latin letters."""
    others = [seat(2, "ចាន់ ណា"), seat(3, "Keo Dara")]
    assert [one.registration.id for one in named([seat(), *others], typed)] == [1]


def test_a_latin_name_is_found_in_khmer() -> None:
    """A name that was registered in Latin letters is found by its Khmer spelling."""
    assert named([seat(1, "Sok Sophea"), seat(2, "Keo Dara")], "ដារ៉ា") == [seat(2, "Keo Dara")]


@pytest.mark.parametrize("typed", ["", "   ", "ក", "ហេង", "x" * 5000, "%", "<b>"])
def test_a_name_that_is_not_there(typed: str) -> None:
    """Nobody is found by what nobody is called."""
    assert named([seat(), seat(2, "ចាន់ ណា")], typed) == []


@pytest.mark.parametrize(
    ("event", "changes", "now", "expected"),
    [
        (EVENT, {}, START, Standing.EXPECTED),
        (EVENT, {}, START.replace(hour=0, minute=0), Standing.EXPECTED),
        (EVENT, {}, START.replace(hour=23, minute=59), Standing.EXPECTED),
        (EVENT, {}, START - timedelta(hours=9), Standing.EARLY),
        (EVENT, {}, START + timedelta(hours=16), Standing.AFTERWARDS),
        (EVENT, {"state": RegistrationState.WAITING}, START, Standing.SEATLESS),
        (EVENT, {"state": RegistrationState.CANCELLED}, START + timedelta(days=3), Standing.SEATLESS),
        (EVENT, {"attended_at": START}, START, Standing.CAME),
        (replace(EVENT, state=EventState.CANCELLED), {}, START, Standing.CANCELLED),
        (replace(EVENT, state=EventState.CANCELLED), {"attended_at": START}, START, Standing.CAME),
        (
            replace(EVENT, details=replace(EVENT.details, ends_at=START + timedelta(days=2))),
            {},
            START + timedelta(days=2),
            Standing.EXPECTED,
        ),
    ],
)
def test_standing(event: Event, changes: dict[str, Any], now: datetime, expected: Standing) -> None:
    """People are let in from the local day of the start on; seat, day and event each say why not."""
    assert standing(event, seat(**changes), now) is expected


def test_the_others_of_a_party() -> None:
    """Beside a seat stand those of its holder that matter, and not those that were given back."""
    party = [
        seat(1),
        seat(2, "ក"),
        seat(3, "ខ", state=RegistrationState.CANCELLED),
        seat(4, "គ", state=RegistrationState.WAITING),
    ]
    assert [one.registration.id for one in beside(party[0], party)] == [2, 4]


def test_the_turnout() -> None:
    """Who came is counted by gender, council and organisation, the most first, walk-ins apart."""
    walk_in: dict[str, Any] = {"person_id": None, "code": None, "registered_at": START}
    seats = [
        seat(1, attended_at=START, gender=Gender.FEMALE, commune_code=TONLE_BASAK),
        seat(2, attended_at=START, gender=Gender.MALE, commune_code=TONLE_BASAK, organisation="Pact"),
        seat(3, attended_at=START, gender=Gender.UNTOLD, organisation="អង្គការ ខ"),
        seat(4, attended_at=START, organisation="Pact"),
        seat(5, attended_at=START, organisation="PACT", **walk_in),
        seat(6, attended_at=START, **walk_in),
        seat(7, gender=Gender.FEMALE, commune_code=TONLE_BASAK),
        seat(8, state=RegistrationState.WAITING),
    ]
    came = turnout(seats)
    assert (came.expected, came.came, came.walk_ins, came.present) == (5, 4, 2, 6)
    assert (came.women, came.men, came.untold) == (1, 1, 4)
    assert list(came.councils) == [(TONLE_BASAK, 2)]
    assert list(came.organisations) == [("Pact", 2), ("អង្គការ ខ", 1)]
    assert came.of_nothing == 1
    assert turnout([]).present == 0


def test_a_council_or_an_organisation() -> None:
    """Whoever is of a council is not asked for an organisation; whoever is of none is."""
    form: Form | object = begin(1, "walkin", WALK_IN_FIELDS)
    for text in ("សុខា", Gender.FEMALE):
        assert isinstance(form, Form)
        form = answer(form, WALK_IN_FIELDS, text, Moment(NOW))
    assert isinstance(form, Form)
    of_council = answer(form, WALK_IN_FIELDS, "Tonle Basak", Moment(NOW))
    of_organisation = skip(form, WALK_IN_FIELDS)
    assert isinstance(of_council, Form)
    assert isinstance(of_organisation, Form)
    assert (of_council.step, of_council.answers["council"]) == ("review", TONLE_BASAK)
    assert of_organisation.step == "organisation"
