"""People, the roles they hold, and the one-time links that give a role."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, Literal, Protocol

Language = Literal["km", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("km", "en")

CLAIM_LIFETIME: Final = timedelta(hours=1)
INVITATION_LIFETIME: Final = timedelta(hours=24)
# A question so much later is no longer about what was answered before.
TOPIC_LIFETIME: Final = timedelta(minutes=30)


class Role(IntEnum):
    """What a person may do; a higher role may do everything that a lower one may."""

    PERSON = 0
    COORDINATOR = 1
    ADMINISTRATOR = 2


@dataclass(frozen=True)
class Person:
    """Somebody who wrote to the bot. `language` is None until chosen; `client_language` is Telegram's."""

    id: int
    name: str
    role: Role
    chosen_language: Language | None
    client_language: str | None
    topic: str | None = None  # what was answered last, while the conversation about it lasts

    @property
    def language(self) -> Language:
        """The language chosen, else a first guess from the Telegram client: Khmer unless it is English."""
        if self.chosen_language:
            return self.chosen_language
        return "en" if (self.client_language or "").lower().startswith("en") else "km"

    def may(self, role: Role) -> bool:
        """Whether this person holds the role, or a higher one."""
        return self.role >= role


@dataclass(frozen=True)
class Invitation:
    """A one-time link's secret, of which only the digest is kept. What it gives is a Grant."""

    token: str
    role: Role
    expires_at: datetime
    organisation_id: int | None = None

    @property
    def digest(self) -> str:
        return digest_of(self.token)


@dataclass(frozen=True)
class Grant:
    """What an invitation gives: a role, or, with an organisation, the right to speak for it."""

    role: Role
    organisation_id: int | None


def invite(role: Role, now: datetime, lifetime: timedelta, organisation_id: int | None = None) -> Invitation:
    """A fresh invitation, whose token fits Telegram's deep links (64 of A-Z a-z 0-9 _ -)."""
    return Invitation(secrets.token_urlsafe(24), role, now + lifetime, organisation_id)


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

    async def coordinators(self) -> list[Person]:
        """Everyone who holds the coordinator's role or a higher one."""

    async def has_administrator(self) -> bool: ...

    async def keep_invitation(self, invitation: Invitation, created_by: int | None, now: datetime) -> None:
        """Keep an invitation. One made by nobody (a start's claim link) replaces those before."""

    async def grant_of(self, digest: str, now: datetime) -> Grant | None:
        """What an invitation would give; None when it is unknown, used or expired."""

    async def accept_invitation(self, digest: str, person_id: int, now: datetime) -> Role | None:
        """Give what it gives and use the invitation up; None when it is unknown, used or expired."""
