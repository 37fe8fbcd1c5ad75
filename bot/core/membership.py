"""Membership requests: what an organisation tells, who has the next word, and how a coordinator decides."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bot.core.applications import MOST_DOCUMENTS, Application
from bot.core.directory import Organisation, same_names
from bot.core.forms import Answered, Field, Form, Moment, files_only, text_between

UNDO_WITHIN: Final = timedelta(hours=24)
# Coordinators are reminded of a request that has waited for them so long.
REMIND_AFTER: Final = (timedelta(days=3), timedelta(days=7))


class RequestState(StrEnum):
    NEW = "new"
    TAKEN = "taken"  # a coordinator looks at it
    ASKED = "asked"  # it waits for the applicant's answer
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN: Final = (RequestState.NEW, RequestState.TAKEN, RequestState.ASKED)


class DeedKind(StrEnum):
    """What somebody did to a request."""

    SENT = "sent"
    CORRECTED = "corrected"
    REPEATED = "repeated"  # somebody else asked for the same organisation
    TAKEN = "taken"
    GIVEN_BACK = "given-back"  # who looked at it coordinates no longer
    ASKED = "asked"
    ANSWERED = "answered"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"
    RENAMED = "renamed"  # a coordinator corrected the name of the member


class Reason(StrEnum):
    """Ready words for declining; a reason that is none of these is a coordinator's own."""

    ELSEWHERE = "elsewhere"  # its work is not about decentralization
    INCOMPLETE = "incomplete"
    UNREACHABLE = "unreachable"
    NOT_SURE = "not-sure"  # that the person speaks for the organisation


@dataclass(frozen=True, kw_only=True)
class MembershipRequest(Application):
    """One organisation's request to become a member.

    `version` counts every change of what it says and how it stands. `waits_since` is when the coordinators
    last got the next word. `organisation_id` is the member that it became.
    """

    id: int
    person_id: int
    state: RequestState
    version: int
    created_at: datetime
    waits_since: datetime
    taken_by: int | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    reason: str = ""
    organisation_id: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def application(self) -> Application:
        """What it says, without how it stands."""
        return Application(**{field.name: getattr(self, field.name) for field in fields(Application)})

    def can_be_undone(self, now: datetime) -> bool:
        """Whether the decision can still be taken back."""
        decided = self.state in (RequestState.APPROVED, RequestState.DECLINED)
        return decided and self.decided_at is not None and now - self.decided_at < UNDO_WITHIN


@dataclass(frozen=True)
class Deed:
    """Who did what to a request, and when; `text` is what was said with it."""

    kind: DeedKind
    by: int
    name: str  # empty when the person is forgotten
    at: datetime
    text: str


@dataclass(frozen=True)
class Sent:
    """The request is with the coordinators. `again`: there was one already, and it says this from now on."""

    request: MembershipRequest
    again: bool


@dataclass(frozen=True)
class Waits:
    """Somebody else's request for the same organisation, or telephone, waits already."""

    request: MembershipRequest


@dataclass(frozen=True)
class MemberAlready:
    """The organisation is a member."""

    organisation: Organisation


Submission = Sent | Waits | MemberAlready


@dataclass(frozen=True)
class Done:
    """It was done by this press."""

    request: MembershipRequest


@dataclass(frozen=True)
class AlreadyDecided:
    """Somebody had decided before; the request as it stands."""

    request: MembershipRequest


@dataclass(frozen=True)
class Changed:
    """It is open, but stands or says otherwise than what was looked at; the request as it stands."""

    request: MembershipRequest


@dataclass(frozen=True)
class OwnRequest:
    """Nobody reviews their own."""

    request: MembershipRequest


Reviewed = Done | AlreadyDecided | Changed | OwnRequest


def why_not(request: MembershipRequest, by: int) -> Reviewed:
    """Why something could not be done to a request."""
    if request.person_id == by:
        return OwnRequest(request)
    return Changed(request) if request.is_open else AlreadyDecided(request)


def earlier_request(
    application: Application, person_id: int, requests: Iterable[MembershipRequest]
) -> MembershipRequest | None:
    """The request that this one repeats: of the same name, telephone or person, none approved.

    One's own goes before others', an open one before a closed, a newer before an older.
    """
    alike = [
        request
        for request in requests
        if request.state is not RequestState.APPROVED
        and (
            request.person_id == person_id
            or request.telephone == application.telephone
            or same_names(request.names, application.names)
        )
    ]
    return max(alike, key=lambda one: (one.person_id == person_id, one.is_open, one.id), default=None)


def member_named(application: Application, members: Iterable[Organisation]) -> Organisation | None:
    """The member that has one of the names already."""
    return next((one for one in members if same_names(one.names, application.names)), None)


def reason(text: str, moment: Moment) -> Answered:
    """A form's check: ready words, or a coordinator's own."""
    return text if text in tuple(Reason) else _OWN_WORDS(text, moment)


_OWN_WORDS: Final = text_between(3, 500, lines=True)
ADMIT_FIELDS: Final = (Field("reason", _OWN_WORDS, optional=True, later=True),)
DECLINE_FIELDS: Final = (Field("reason", reason, choices=tuple(Reason)),)
CLARIFY_FIELDS: Final = (Field("question", _OWN_WORDS),)
REPLY_FIELDS: Final = (
    Field("answer", text_between(1, 1000, lines=True)),
    Field("document", files_only, optional=True, files=MOST_DOCUMENTS, later=True),
)


class Membership(Protocol):
    """What the bot remembers of requests. Everything done to one is kept as a deed."""

    async def submit(self, form: Form, person_id: int, now: datetime) -> Submission | None:
        """Turn the form into a request, or into what an earlier one says from now on, in one transaction.

        None when the form changed or is gone. A member's form stays, to be corrected.
        """

    async def request(self, request_id: int) -> MembershipRequest | None: ...

    async def latest_of(self, person_id: int) -> MembershipRequest | None:
        """The request in which the person last had a word."""

    async def open(self) -> list[MembershipRequest]:
        """Requests that nobody has decided, longest waiting first."""

    async def closed(self) -> list[MembershipRequest]:
        """The last requests that were decided or withdrawn, newest decision first."""

    async def deeds(self, request_id: int) -> list[Deed]:
        """Everything that was done to a request, oldest first."""

    async def take(self, request_id: int, by: int, now: datetime) -> Reviewed | None:
        """Say that one looks at it; None when there is no such request."""

    async def ask(
        self, request_id: int, version: int, by: int, now: datetime, question: str
    ) -> Reviewed | None:
        """Ask the applicant for more."""

    async def reply(self, form: Form, person_id: int, now: datetime) -> MembershipRequest | None:
        """Put the form's answer into the request that waits for it; None when either is over."""

    async def decide(
        self, request_id: int, version: int, state: RequestState, by: int, now: datetime, reason: str = ""
    ) -> Reviewed | None:
        """Approve or decline what was looked at, unless somebody did before.

        On approval the organisation is a member, and the applicant speaks for it.
        """

    async def undo(self, request_id: int, version: int, by: int, now: datetime) -> MembershipRequest | None:
        """Take a decision back and look at the request again; None when that is no longer so, or too late."""

    async def withdraw(self, request_id: int, person_id: int, now: datetime) -> MembershipRequest | None:
        """Take one's own request back while it is open."""

    async def claim_reminders(self, now: datetime) -> list[MembershipRequest]:
        """Requests of which to remind coordinators; each is given out once for each of REMIND_AFTER."""
