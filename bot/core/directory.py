"""The directory: member organisations, what they do where, who speaks for them, and how one is found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from rapidfuzz import fuzz

from bot.core.councils import place
from bot.core.features import bare
from bot.core.forms import Form
from bot.core.khmer import normalise, words

EVERYWHERE: Final = "all"
"""Stands in the place of the provinces of an organisation that works in all of them."""
LONGEST_SEARCH: Final = 100


class OrganisationKind(StrEnum):
    LOCAL = "local"
    INTERNATIONAL = "international"
    COMMUNITY = "community"
    COUNCILS = "councils"  # an association of councils
    AGENCY = "agency"  # of a state, or of several
    OTHER = "other"


@dataclass(frozen=True)
class Organisation:
    """A member organisation; `founding` ones are those that the group's brief names.

    `other_name` is in the other letters, Khmer or Latin. `provinces` are official codes, or EVERYWHERE;
    `sectors` are of bot.core.lessons.THEMES. Contact details are there only where the organisation agreed
    that members see them. `version` counts the changes of what it shows.
    """

    id: int
    name: str
    founding: bool = False
    other_name: str = ""
    kind: OrganisationKind | None = None
    provinces: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    contact: str = ""
    position: str = ""
    telephone: str = ""
    email: str = ""
    website: str = ""
    joined_at: datetime | None = None
    version: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.other_name) if self.other_name else (self.name,)

    def works_in(self, province_code: str) -> bool:
        return province_code in self.provinces or EVERYWHERE in self.provinces


@dataclass(frozen=True)
class Representative:
    """Somebody who speaks for an organisation."""

    person_id: int
    name: str
    since: datetime


@dataclass(frozen=True)
class NameTaken:
    """Another organisation, a member or one that left, is called so."""

    name: str


def name_key(name: str) -> str:
    """What two names of one organisation have in common: letters and digits, without words like "NGO".

    Empty for a name of signs only.
    """
    parts = bare(name).split()
    telling = [part for part in parts if part not in _GENERAL_WORDS] or parts
    key = "".join(telling)
    return key.removeprefix(_ORGANISATION) or key


def same_names(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether one of the first names is one of the second, however each is typed."""
    return not _keys(first).isdisjoint(_keys(second))


def find(organisations: Sequence[Organisation], text: str) -> list[Organisation]:
    """Organisations that fit words in Khmer or Latin letters, best first.

    A part of a name fits, all words somewhere in names and provinces, and a name with slips.
    """
    wanted = text[:LONGEST_SEARCH]
    scored = [(_fit(organisation, wanted), organisation) for organisation in organisations]
    return [one for fit, one in sorted(scored, key=lambda pair: -pair[0]) if fit]


def _fit(organisation: Organisation, wanted: str) -> float:
    """How well an organisation fits, from 0 to 3."""
    key, looked_for = name_key(wanted), words(wanted)
    if not key:
        return 0.0
    names = [name_key(name) for name in organisation.names]
    if key in names:
        return 3.0
    if len(key) > 1 and any(key in name for name in names):
        return 2.0
    around = bare(" ".join([*organisation.names, *_province_names(organisation)]))
    if looked_for and all(word in around for word in looked_for):
        return 1.0
    alike = max(fuzz.ratio(key, name) for name in names) / 100
    return alike if alike >= _ALIKE else 0.0


def _keys(names: Iterable[str]) -> set[str]:
    return {name_key(name) for name in names} - {""}


def _province_names(organisation: Organisation) -> Iterable[str]:
    places = filter(None, map(place, organisation.provinces))
    return (name for one in places for name in (one.km, one.en))


_ALIKE: Final = 0.75
_GENERAL_WORDS: Final = frozenset({"the", "ngo", "organisation", "organization"})
_ORGANISATION: Final = normalise("អង្គការ")


class Directory(Protocol):
    """What the bot remembers of member organisations and of who speaks for them."""

    async def organisations(self) -> list[Organisation]:
        """The members, founding ones first, then by name."""

    async def organisation(self, organisation_id: int) -> Organisation | None:
        """A member; None when it left."""

    async def of_person(self, person_id: int) -> list[Organisation]:
        """The members for which somebody speaks."""

    async def representatives(self, organisation_id: int) -> list[Representative]:
        """Who speaks for a member, longest first."""

    async def describe(self, form: Form, organisation: Organisation, by: int) -> Organisation | None:
        """Let a member show what the form led to; None when either changed or is gone meanwhile."""

    async def rename(self, form: Form, by: int, now: datetime) -> Organisation | NameTaken | None:
        """Give a member the names of a form, and close it; None when either changed or is gone meanwhile.

        A request by which it joined keeps it as a deed. The form stays where another has such a name.
        """

    async def step_down(self, organisation_id: int, person_id: int) -> bool:
        """Somebody speaks for it no longer; their invitations and contact details go.

        False when they did not.
        """

    async def leave(self, organisation_id: int, now: datetime) -> list[int] | None:
        """The organisation is no member from now on; who spoke for it. None when it was none."""
