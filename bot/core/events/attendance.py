"""At the door of an event: whose seat a code is, whether they may come in, and who came."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.core.events.codes import ALPHABET, LENGTH
from bot.core.events.event import Event
from bot.core.events.registrations import (
    CONCERNED,
    GUEST_FIELDS,
    Gender,
    Guest,
    Registration,
    RegistrationState,
)
from bot.core.forms import Answered, Field, Form, Moment
from bot.core.khmer import normalise, sounds

LINK: Final = "door-"
"""How the payload of a ticket's deep link begins."""


@dataclass(frozen=True)
class Seat:
    """A registration as it is seen at the door.

    `holder` is the name of whoever answers for it, `attended_by` of the coordinator who let them in; empty
    where there is nobody.
    """

    registration: Registration
    holder: str = ""
    attended_by: str = ""

    @property
    def came(self) -> bool:
        return self.registration.attended_at is not None

    @property
    def is_walk_in(self) -> bool:
        """Whether it was registered at the door only: nobody holds it, and no code was ever told."""
        one = self.registration
        return one.person_id is None and one.code is None and one.registered_at == one.attended_at


class Standing(StrEnum):
    """What can be done about a seat at the door, and why no more."""

    EXPECTED = "expected"
    CAME = "came"
    AFTERWARDS = "afterwards"  # the day is over; who came can still be noted
    EARLY = "early"  # the day has not come
    CANCELLED = "cancelled"  # the event was
    SEATLESS = "seatless"  # they wait, or gave their seat back; who stands at the door can be let in


ADMISSIBLE: Final = (Standing.EXPECTED, Standing.AFTERWARDS, Standing.SEATLESS)
"""Who can be let in."""


def standing(event: Event, seat: Seat, now: datetime) -> Standing:
    """How a seat stands at the door; `now` in the group's time zone."""
    if seat.came:
        return Standing.CAME
    if not event.is_planned:
        return Standing.CANCELLED
    if not is_open(event, now):
        return Standing.EARLY
    if seat.registration.state is not RegistrationState.COMING:
        return Standing.SEATLESS
    end = event.details.ends_at or event.details.starts_at
    over = now.date() > end.astimezone(now.tzinfo).date()
    return Standing.AFTERWARDS if over else Standing.EXPECTED


def is_open(event: Event, now: datetime) -> bool:
    """Whether people can be let in: from the local day on which a planned event starts."""
    start = event.details.starts_at.astimezone(now.tzinfo)
    return event.is_planned and now.date() >= start.date()


def code_in(text: str) -> str | None:
    """The code that was typed: in any case, with spaces, in Khmer figures, or as the link of a ticket."""
    typed = normalise(text[:_LONGEST_TYPED]).rpartition(LINK)[2].upper()
    code = "".join(sign for sign in typed if sign not in _BETWEEN)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def named(seats: Iterable[Seat], text: str) -> list[Seat]:
    """The seats whose name holds every word typed, however it is spelt; else those that sound like it.

    So a name is found in Khmer that was written in Latin letters, and the other way round.
    """
    wanted = normalise(text[:_LONGEST_TYPED]).split()
    if not wanted:
        return []
    found = [seat for seat in seats if all(word in _letters(seat) for word in wanted)]
    if found:
        return found
    sound = _sound(wanted)
    if len(sound) < _SHORTEST_SOUND:
        return []
    return [seat for seat in seats if sound in _sound(normalise(seat.registration.name).split())]


def beside(seat: Seat, seats: Iterable[Seat]) -> list[Seat]:
    """The other seats of its holder that can matter at the door."""
    return [
        one
        for one in seats
        if one.registration.id != seat.registration.id and (one.came or one.registration.state in CONCERNED)
    ]


_LONGEST_TYPED: Final = 200
_SHORTEST_SOUND: Final = 2
_BETWEEN: Final = " -–.,៖"


def _letters(seat: Seat) -> str:
    return normalise(seat.registration.name).replace(" ", "")


def _sound(words: Iterable[str]) -> str:
    return "".join(sounds(word) for word in words)


@dataclass(frozen=True)
class Turnout:
    """Who came. `expected` had a seat before the day, and `came` are those of them who came.

    `councils` (by commune code) and `organisations` (as written first) have those who came, the most first;
    whoever is of a council is counted there only.
    """

    expected: int
    came: int
    walk_ins: int
    women: int
    men: int
    councils: Sequence[tuple[str, int]]
    organisations: Sequence[tuple[str, int]]

    @property
    def present(self) -> int:
        """All who came, registered before or at the door."""
        return self.came + self.walk_ins

    @property
    def untold(self) -> int:
        """Who came and did not tell a gender."""
        return self.present - self.women - self.men

    @property
    def of_nothing(self) -> int:
        """Who came and told neither a council nor an organisation."""
        return self.present - sum(number for _, number in (*self.councils, *self.organisations))


def turnout(seats: Sequence[Seat]) -> Turnout:
    """What the seats of an event say of who came."""
    present = [seat.registration for seat in seats if seat.came]
    walk_ins = sum(seat.is_walk_in for seat in seats)
    coming = sum(seat.registration.state is RegistrationState.COMING for seat in seats)
    councils = Counter(one.commune_code for one in present if one.commune_code)
    others = [one.organisation for one in present if one.organisation and not one.commune_code]
    written: dict[str, str] = {}
    for name in others:
        written.setdefault(normalise(name), name)
    organisations = Counter(written[normalise(name)] for name in others)
    return Turnout(
        expected=coming - walk_ins,
        came=len(present) - walk_ins,
        walk_ins=walk_ins,
        women=sum(one.gender is Gender.FEMALE for one in present),
        men=sum(one.gender is Gender.MALE for one in present),
        councils=_most_first(councils),
        organisations=_most_first(organisations),
    )


def _most_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _council_or_organisation(text: str, moment: Moment) -> Answered:
    """The check of the council; whoever is of one is not asked for an organisation."""
    council = _GUEST["council"].check(text, moment)
    return {"council": council, "organisation": ""} if isinstance(council, str) else council


_GUEST: Final = {field.name: field for field in GUEST_FIELDS}
WALK_IN_FIELDS: Final = (
    _GUEST["name"],
    _GUEST["gender"],
    Field("council", _council_or_organisation, optional=True),
    _GUEST["organisation"],
)


class Attendance(Protocol):
    """What the bot remembers of who came. Whatever changes it is a single conditional statement."""

    async def seat(self, seat_id: int) -> Seat | None: ...

    async def with_code(self, code: str) -> Seat | None: ...

    async def of_event(self, event_id: int) -> list[Seat]:
        """Every seat at an event that was ever held or wished for, those who come first."""

    async def of_holder(self, event_id: int, person_id: int) -> list[Seat]:
        """The seats at an event that a person answers for, their own first."""

    async def check_in(self, seat_id: int, coordinator_id: int, now: datetime) -> bool:
        """Note that somebody who has a seat came; False when somebody did before, or there is no seat."""

    async def let_in(self, seat_id: int, coordinator_id: int, now: datetime) -> bool:
        """The same for somebody without a seat, who gets one beyond the capacity; False when they came."""

    async def take_back(self, seat_id: int) -> bool:
        """Note that somebody did not come after all, and forget a walk-in; False when nobody had come."""

    async def walk_in(
        self, form: Form, event_id: int, guest: Guest, coordinator_id: int, now: datetime
    ) -> Seat | None:
        """Note somebody who came without a seat; the form ends with it. None when it did before, or the event
        was cancelled."""
