"""Membership requests: what an organisation tells, how a coordinator decides, and the members there are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import phonenumbers

from bot.core.forms import Field, Form, Moment, Refused, no_question, text_between

COUNTRY: Final = "KH"


class RequestState(StrEnum):
    NEW = "new"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class MembershipRequest:
    """One organisation's request to become a member."""

    id: int
    person_id: int
    organisation: str
    contact: str
    telephone: str  # international form, for example "+855 23 217 855"
    why: str
    state: RequestState
    created_at: datetime
    decided_by: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Organisation:
    """A member organisation; `founding` ones are those that the group's brief names."""

    id: int
    name: str
    founding: bool


@dataclass(frozen=True)
class Decided:
    """The decision was taken by this press."""

    request: MembershipRequest


@dataclass(frozen=True)
class AlreadyDecided:
    """Somebody had decided before; the request as it stands."""

    request: MembershipRequest


@dataclass(frozen=True)
class OwnRequest:
    """Nobody decides their own request."""

    request: MembershipRequest


Decision = Decided | AlreadyDecided | OwnRequest


def telephone(text: str, _: Moment) -> str | Refused:
    """A form's check: the first valid telephone number, Khmer digits welcome, in international form."""
    found = list(phonenumbers.PhoneNumberMatcher(text[:100], COUNTRY))
    if not found:
        return Refused("no_telephone")
    return phonenumbers.format_number(found[0].number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


FIELDS: Final = (
    Field("organisation", no_question(text_between(2, 150))),
    Field("contact", no_question(text_between(2, 100))),
    Field("telephone", telephone, contact=True),
    Field("why", text_between(3, 1000, lines=True)),
)
DECLINE_FIELDS: Final = (Field("reason", text_between(2, 500), optional=True),)


class Membership(Protocol):
    """What the bot remembers of requests and members."""

    async def submit(self, form: Form, person_id: int, now: datetime) -> MembershipRequest | None:
        """Turn the form into a request, in one transaction; None when the form changed or is gone."""

    async def request(self, request_id: int) -> MembershipRequest | None: ...

    async def latest_of(self, person_id: int) -> MembershipRequest | None: ...

    async def waiting(self) -> list[MembershipRequest]:
        """Requests that nobody has decided, oldest first."""

    async def decide(
        self, request_id: int, state: RequestState, by: int, now: datetime, reason: str = ""
    ) -> Decision | None:
        """Approve or decline, unless somebody did before; None when there is no such request."""

    async def withdraw(self, request_id: int, person_id: int, now: datetime) -> bool:
        """Take one's own request back while it waits."""

    async def organisations(self) -> list[Organisation]: ...
