"""The team: who coordinates and administers, open invitations to it, and changes of what somebody may do."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.core.councils import provinces
from bot.core.forms import Field, Form, one_of
from bot.core.inquiries import Inquiry
from bot.core.membership import MembershipRequest
from bot.core.people import Ability, Invitation, Limits, Person, Role

REFERENCE: Final = 16
"""So many letters of an invitation's digest name it on a button."""
LIFETIMES: Final = {"1": timedelta(days=1), "3": timedelta(days=3), "7": timedelta(days=7)}
"""How long an invitation to the team can be good, by what the form keeps."""
ROLES: Final = {role.name.lower(): role for role in (Role.COORDINATOR, Role.ADMINISTRATOR)}

_PROVINCES: Final = tuple(province.code for province in provinces())
_ABILITIES: Final = Field(
    "abilities",
    one_of(tuple(Ability)),
    choices=tuple(Ability),
    several=True,
    later=True,
    usual=" ".join(Ability),
)
_WHERE: Final = Field(
    "provinces", one_of(_PROVINCES), optional=True, choices=_PROVINCES, several=True, later=True
)
LIMITS_FIELDS: Final = (_ABILITIES, _WHERE)
INVITE_FIELDS: Final = (
    Field(
        "role", one_of(tuple(ROLES)), choices=tuple(ROLES), later=True, usual=Role.COORDINATOR.name.lower()
    ),
    *LIMITS_FIELDS,
    Field("lifetime", one_of(tuple(LIFETIMES)), choices=tuple(LIFETIMES), later=True, usual="1"),
)


@dataclass(frozen=True)
class Colleague:
    """Somebody of the team; those whom the bot's settings name have no `since`, and are not changed here."""

    person: Person
    since: datetime | None

    @property
    def is_fixed(self) -> bool:
        return self.since is None


@dataclass(frozen=True)
class OpenInvitation:
    """A link that nobody has used yet."""

    reference: str
    role: Role
    limits: Limits
    expires_at: datetime
    inviter: str


@dataclass(frozen=True)
class Changed:
    """What somebody may do has changed. What they had taken and may no longer do is back in the queues."""

    inquiries: list[Inquiry] = field(default_factory=list)
    requests: list[MembershipRequest] = field(default_factory=list)


@dataclass(frozen=True)
class LastAdministrator:
    """Nobody would be left to administer the bot."""


def offered(role: Role, limits: Limits) -> Limits:
    """What an invitation limits: an administrator nothing."""
    return limits if role is Role.COORDINATOR else Limits()


class Team(Protocol):
    """What the bot remembers of the team."""

    async def colleagues(self) -> list[Colleague]:
        """Administrators first, then by name."""

    async def colleague(self, person_id: int) -> Colleague | None: ...

    async def invitations(self, now: datetime) -> list[OpenInvitation]:
        """Those that are still good, the next to expire first."""

    async def invite(self, form: Form, invitation: Invitation, by: int, now: datetime) -> bool:
        """Keep an invitation and close its form; False when the form has changed meanwhile."""

    async def take_back(self, reference: str) -> bool:
        """Make an open invitation void; False when it is used, expired or gone."""

    async def change(
        self, person: Person, after: Person, by: int, erased: list[str], now: datetime
    ) -> "Change":
        """Give somebody another role or other limits, and erase their forms of these kinds, all at once.

        None when they, or who does it, hold another role by now.
        """


Change = Changed | LastAdministrator | None
