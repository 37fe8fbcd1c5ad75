"""What is kept of a person: shown to them, and forgotten when they ask for it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

FORGETTING: Final = "forget"
"""The kind of the form that holds what somebody was shown before they are forgotten."""


@dataclass(frozen=True)
class Record:
    """One row of a person's own: to which group it belongs, of which table it is, and what it holds."""

    group: str
    table: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Farewell:
    """What forgetting somebody does, in numbers by group.

    `goes` is erased; `stays` is kept for the counts and for others, without the person. `alone` are the
    organisations for which nobody would speak any more.
    """

    goes: Mapping[str, int]
    stays: Mapping[str, int]
    alone: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when the person would have to be told something else."""
        told = (sorted(self.goes.items()), sorted(self.stays.items()), sorted(self.alone))
        return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True)
class Forgotten:
    """The person is forgotten. The rest is what others must hear, or get.

    `events` have seats free again; `inquiries` wait for another coordinator; `talked` are coordinators whose
    talk with the person is over; `withdrawn` are organisations whose request is gone, each with the
    coordinator who looked at it.
    """

    farewell: Farewell
    events: Sequence[int]
    inquiries: Sequence[int]
    talked: Sequence[int]
    withdrawn: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Differs:
    """Something has changed since the person was told what would go; nothing was done."""


@dataclass(frozen=True)
class LastAdministrator:
    """Nobody else could let anybody in; nothing was done."""


@dataclass(frozen=True)
class NamedInSettings:
    """The person's number stands in ADMIN_IDS; nothing was done."""


Forgetting = Forgotten | Differs | LastAdministrator | NamedInSettings


class PersonalData(Protocol):
    """What the bot remembers of one person, wherever it stands."""

    async def records(self, person_id: int, now: datetime) -> list[Record]:
        """Everything that is the person's own."""

    async def farewell(self, person_id: int, now: datetime) -> Farewell:
        """What forgetting them now would do."""

    async def bars(self, person_id: int) -> LastAdministrator | NamedInSettings | None:
        """Why they cannot be forgotten, if they cannot."""

    async def forget(self, person_id: int, told: str, now: datetime) -> Forgetting:
        """Forget them at once and for good, if it still does what they were `told`: a Farewell's digest."""
