"""People, the roles they hold, and the one-time links that give a role."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, Literal, Protocol

Language = Literal["km", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("km", "en")

CLAIM_LIFETIME: Final = timedelta(hours=1)
INVITATION_LIFETIME: Final = timedelta(hours=24)  # of a colleague
# A question so much later is no longer about what was answered before.
TOPIC_LIFETIME: Final = timedelta(minutes=30)


class Role(IntEnum):
    """What a person may do; a higher role may do everything that a lower one may."""

    PERSON = 0
    REPRESENTATIVE = 1  # speaks for a member organisation
    COORDINATOR = 2
    ADMINISTRATOR = 3


class Ability(StrEnum):
    """A part of coordinators' work, to which a coordinator can be limited."""

    ANNOUNCE = "announce"  # events, from the planning to the minutes
    SHARE = "share"  # lessons, to review and to send
    REVIEW = "review"  # membership requests and the directory
    ANSWER = "answer"  # questions of people, and what the bot knows


Needs = Role | Ability
"""What somebody must hold to do a thing."""


@dataclass(frozen=True)
class Limits:
    """What a coordinator may do, and in which provinces, by their codes; in all of them if none are named."""

    abilities: frozenset[Ability] = frozenset(Ability)
    provinces: frozenset[str] = frozenset()

    @property
    def answers(self) -> dict[str, str]:
        """As a form holds them; `limits_of` reads them again."""
        return {
            "abilities": " ".join(one for one in Ability if one in self.abilities),
            "provinces": " ".join(sorted(self.provinces)),
        }


UNLIMITED: Final = Limits()


def limits_of(answers: Mapping[str, str]) -> Limits:
    """The limits that a form tells."""
    return Limits(
        frozenset(map(Ability, answers["abilities"].split())), frozenset(answers["provinces"].split())
    )


@dataclass(frozen=True)
class Person:
    """Somebody who wrote to the bot. `language` is None until chosen; `client_language` is Telegram's."""

    id: int
    name: str
    role: Role
    chosen_language: Language | None
    client_language: str | None
    topic: str | None = None  # what was answered last, while the conversation about it lasts
    limits: Limits = UNLIMITED

    @property
    def language(self) -> Language:
        """The language chosen, else a first guess from the Telegram client: Khmer unless it is English."""
        if self.chosen_language:
            return self.chosen_language
        return "en" if (self.client_language or "").lower().startswith("en") else "km"

    def may(self, needs: Needs) -> bool:
        """Whether this person holds the role, or a higher one; or coordinates with the ability."""
        if isinstance(needs, Role):
            return self.role >= needs
        return self.role >= Role.COORDINATOR and (self._is_unlimited or needs in self.limits.abilities)

    @property
    def provinces(self) -> frozenset[str]:
        """Where a coordinator may work; everywhere if none are named."""
        return frozenset() if self._is_unlimited else self.limits.provinces

    @property
    def _is_unlimited(self) -> bool:
        return self.role >= Role.ADMINISTRATOR


@dataclass(frozen=True)
class Invitation:
    """A one-time link's secret, of which only the digest is kept. What it gives is a Grant."""

    token: str
    role: Role
    expires_at: datetime
    organisation_id: int | None = None
    limits: Limits = UNLIMITED

    @property
    def digest(self) -> str:
        return digest_of(self.token)


@dataclass(frozen=True)
class Grant:
    """What an invitation gives: a role, or, with an organisation, the right to speak for it."""

    role: Role
    organisation_id: int | None


def invite(
    role: Role,
    now: datetime,
    lifetime: timedelta,
    organisation_id: int | None = None,
    limits: Limits = UNLIMITED,
) -> Invitation:
    """A fresh invitation, whose token fits Telegram's deep links (64 of A-Z a-z 0-9 _ -)."""
    return Invitation(secrets.token_urlsafe(24), role, now + lifetime, organisation_id, limits)


def digest_of(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


class People(Protocol):
    """What the bot remembers of people."""

    async def meet(self, person_id: int, name: str, client_language: str | None, now: datetime) -> Person:
        """The person who just wrote, remembered if new, and reachable again if they had blocked the bot."""

    async def find(self, person_id: int) -> Person | None: ...

    async def choose_language(self, person_id: int, language: Language) -> None: ...

    async def note_topic(self, person_id: int, topic: str, now: datetime) -> None:
        """Remember what was answered: the next question may be about it."""

    async def mark_blocked(self, person_id: int, now: datetime) -> None: ...

    async def coordinators(self, needs: Needs) -> list[Person]:
        """Every coordinator and administrator who can be reached and may do this."""

    async def has_administrator(self) -> bool: ...

    async def keep_invitation(self, invitation: Invitation, created_by: int | None, now: datetime) -> None:
        """Keep an invitation. One made by nobody (a start's claim link) replaces those before."""

    async def grant_of(self, digest: str, now: datetime) -> Grant | None:
        """What an invitation would give; None when it is unknown, used or expired."""

    async def accept_invitation(self, digest: str, person_id: int, now: datetime) -> Role | None:
        """Give what it gives and use the invitation up; None when it is unknown, used or expired."""
