"""Seats at an event: who comes, who waits, who is offered one, and who came."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.core.councils import commune
from bot.core.events.event import Event
from bot.core.forms import Field, Form, no_question, one_of, text_between
from bot.core.lessons import known_commune
from bot.core.people import Language


class RegistrationState(StrEnum):
    COMING = "coming"
    WAITING = "waiting"
    OFFERED = "offered"  # a freed seat is held for them until they answer
    LAPSED = "lapsed"  # they did not answer in time
    CANNOT = "cannot"  # said so before registering
    CANCELLED = "cancelled"  # gave the seat back
    REMOVED = "removed"  # by a coordinator


HOLDING: Final = (RegistrationState.COMING, RegistrationState.OFFERED)
"""States in which a seat is held; `Event.taken` counts these."""
CONCERNED: Final = (*HOLDING, RegistrationState.WAITING)
"""Who is told when the event is moved or cancelled."""
ADMISSIBLE: Final = (RegistrationState.WAITING, RegistrationState.REMOVED)
"""Whom a coordinator can give a seat."""


class Gender(StrEnum):
    """As somebody told it, for the numbers that donors ask for."""

    FEMALE = "f"
    MALE = "m"
    UNTOLD = "n"  # asked, and rather not said


GENDERS: Final = tuple(Gender)


@dataclass(frozen=True)
class Registration:
    """One seat, held or wished for. `person_id` is whoever answers for it: for themselves (`own`) or another.

    `gender` is None until it was asked. `code` is told at the door; only who comes has one. `queued_at` is
    since when they wait, `offered_until` how long a freed seat is held. `added_by` is a coordinator.
    """

    id: int
    event_id: int
    person_id: int | None
    own: bool
    name: str
    gender: Gender | None
    commune_code: str
    organisation: str
    state: RegistrationState
    code: str | None
    registered_at: datetime
    queued_at: datetime | None = None
    offered_until: datetime | None = None
    added_by: int | None = None
    attended_at: datetime | None = None

    @property
    def is_concerned(self) -> bool:
        return self.state in CONCERNED

    def origin(self, language: Language) -> str:
        """The commune or organisation that they come from; empty where it was not told."""
        place = commune(self.commune_code)
        return place.name(language) if place else self.organisation


@dataclass(frozen=True)
class Guest:
    """Somebody who is registered by another; from a council or an organisation."""

    name: str
    gender: Gender | None
    commune_code: str = ""
    organisation: str = ""


class Why(StrEnum):
    """Why nobody can register (any more)."""

    CANCELLED = "cancelled"
    OVER = "over"
    LATE = "late"  # after the deadline, whether there are seats or not


# What came of registering.


@dataclass(frozen=True)
class Registered:
    registration: Registration


@dataclass(frozen=True)
class Waiting:
    """All seats are held; so many wait, this one included, until it is their turn."""

    registration: Registration
    place: int


@dataclass(frozen=True)
class Already:
    """The seat that they had before; `place` in the queue if they wait."""

    registration: Registration
    place: int | None = None


@dataclass(frozen=True)
class Removed:
    """A coordinator took them off the list, and only a coordinator puts them on again."""

    registration: Registration


@dataclass(frozen=True)
class Closed:
    why: Why


@dataclass(frozen=True)
class CouncilFull:
    """The council has all the seats that one council gets."""

    seats: int


@dataclass(frozen=True)
class Full:
    """All seats are held, and the coordinator did not say to go beyond."""

    capacity: int


@dataclass(frozen=True)
class Stale:
    """What was pressed or filled in does not stand so any more."""


Registering = Registered | Waiting | Already | Removed | Closed | CouncilFull | Full | Stale


class Beyond(StrEnum):
    """What a coordinator wants where all seats are held."""

    ASK = "ask"
    QUEUE = "queue"
    ADD = "add"  # beyond the capacity


class Deed(StrEnum):
    """What somebody can do about their own seat, and those of their council."""

    COME = "come"
    CANNOT = "cannot"
    BACK = "back"
    LEAVE = "leave"  # the queue
    TAKE = "take"
    PASS = "pass"
    ADD = "add"
    PARTY = "party"


_OWN_DEEDS: Final[Mapping[RegistrationState, tuple[Deed, ...]]] = {
    RegistrationState.COMING: (Deed.BACK,),
    RegistrationState.WAITING: (Deed.LEAVE,),
    RegistrationState.OFFERED: (Deed.TAKE, Deed.PASS),
    RegistrationState.CANNOT: (Deed.COME,),
    RegistrationState.REMOVED: (),
}
_ANEW: Final = (Deed.COME, Deed.CANNOT)
_WHILE_OPEN: Final = (*_ANEW, Deed.ADD)


def deeds(event: Event, seats: Sequence[Registration], follows: bool, now: datetime) -> list[Deed]:
    """What fits somebody with these `seats`; who `follows` a council can register others of it."""
    if not event.is_planned or now >= event.ends_at:
        return []
    own = own_seat(seats)
    fitting = [*(_OWN_DEEDS.get(own.state, _ANEW) if own else _ANEW)]
    if follows and not (own and own.state is RegistrationState.REMOVED):
        fitting.append(Deed.ADD)
    if any(not one.own and one.is_concerned for one in seats):
        fitting.append(Deed.PARTY)
    closed = why_closed(event, now)
    return [deed for deed in fitting if not (closed and deed in _WHILE_OPEN)]


def own_seat(seats: Sequence[Registration]) -> Registration | None:
    """Somebody's own among the seats that they answer for."""
    return next((one for one in seats if one.own), None)


def why_closed(event: Event, now: datetime) -> Why | None:
    """Why nobody can register for the event now; None when everybody can."""
    if not event.is_planned:
        return Why.CANCELLED
    if now >= event.ends_at:
        return Why.OVER
    return Why.LATE if now >= event.closes_at else None


@dataclass(frozen=True)
class Expected:
    """How many come, wait and are offered a seat; `councils` has those who come, by commune code."""

    coming: int
    waiting: int
    offered: int
    councils: Mapping[str, int]


def counted(registrations: Sequence[Registration]) -> Expected:
    """Who comes, in numbers."""
    states = Counter(one.state for one in registrations)
    coming = [one for one in registrations if one.state is RegistrationState.COMING]
    return Expected(
        coming=states[RegistrationState.COMING],
        waiting=states[RegistrationState.WAITING],
        offered=states[RegistrationState.OFFERED],
        councils=dict(Counter(one.commune_code for one in coming if one.commune_code).most_common()),
    )


_NAME: Final = no_question(text_between(2, 100))
_GENDER: Final = Field("gender", one_of(GENDERS), choices=GENDERS)
PARTY_FIELDS: Final = (Field("name", _NAME), _GENDER)  # the council is chosen before
GUEST_FIELDS: Final = (
    Field("name", _NAME),
    Field("council", known_commune, optional=True),
    Field("organisation", no_question(text_between(2, 150)), optional=True),
    _GENDER,
)


def guest_of(form: Form) -> Guest:
    """Whom a form registers."""
    answers = form.answers
    return Guest(
        name=answers["name"],
        gender=Gender(answers["gender"]),
        commune_code=answers.get("council", ""),
        organisation=answers.get("organisation", ""),
    )


@dataclass(frozen=True)
class Note:
    """What persons are told about a seat: a title for the account, and the text in every language."""

    title: str
    texts: Mapping[Language, str]


class Registrations(Protocol):
    """What the bot remembers of seats. Whatever changes one is a single conditional statement."""

    async def register(
        self, event_id: int, person_id: int, name: str, commune_code: str, now: datetime
    ) -> Registering:
        """Give a person their own seat, or a place in the queue."""

    async def register_guest(self, form: Form, event_id: int, person_id: int, now: datetime) -> Registering:
        """The same for somebody else of a council, whom a person's form names; the form ends with it."""

    async def add_guest(
        self, form: Form, event_id: int, coordinator_id: int, beyond: Beyond, now: datetime
    ) -> Registering:
        """The same by a coordinator, also after the deadline; the form stays where all seats are held."""

    async def decline(self, event_id: int, person_id: int, name: str, now: datetime) -> bool:
        """Note that a person cannot come; False when they hold a seat, wait, or were removed."""

    async def release(self, registration_id: int, person_id: int) -> Registration | None:
        """Give back what a person holds, waits for or is offered; None when it is not theirs (any more)."""

    async def remove(
        self, registration_id: int, coordinator_id: int, note: Note, now: datetime
    ) -> Registration | None:
        """Take somebody off the list, and tell whoever answers for the seat."""

    async def admit(
        self, registration_id: int, coordinator_id: int, note: Note, beyond: bool, now: datetime
    ) -> Registering:
        """Give a seat to one of ADMISSIBLE, and tell whoever answers for it."""

    async def set_council(self, registration_id: int, person_id: int, commune_code: str) -> bool:
        """For which council somebody comes."""

    async def set_gender(self, registration_id: int, person_id: int, gender: Gender) -> bool:
        """What somebody told of themselves, for this seat and the next ones."""

    async def of_person(self, event_id: int, person_id: int) -> list[Registration]:
        """The seats at an event that a person answers for, their own first."""

    async def concerning(self, person_id: int) -> Mapping[int, Registration]:
        """Events for which a person has seats or waits, each with one of these, their own if there is."""

    async def of_event(self, event_id: int) -> list[Registration]:
        """Everyone who comes, is offered a seat, or waits, in this order; those who wait by their turn."""

    async def registration(self, registration_id: int) -> Registration | None: ...

    async def place(self, registration: Registration) -> int:
        """The place in the queue of one who waits, from 1."""
