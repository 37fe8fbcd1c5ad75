"""What coordinators did: who, when, what, and about what. A deed is put down where it is done, and stays."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.core.people import Role

PAGE_SIZE: Final = 8
ALL: Final = "all"


class Matter(StrEnum):
    """What a deed is about; where a form does it, the name of the answer that tells which one."""

    BROADCAST = "broadcast"
    CORRECTION = "correction"
    EVENT = "event"
    SEAT = "seat"
    NOTICE = "notice"
    LESSON = "lesson"
    REPORT = "report"
    REQUEST = "request"
    ORGANISATION = "organisation"
    INQUIRY = "inquiry"
    TOPIC = "topic"
    PLAN = "plan"
    STEP = "step"
    COLLEAGUE = "colleague"
    NOTHING = "nothing"


KINDS: Final[Mapping[str, tuple[Matter, ...]]] = {
    "broadcasts": (Matter.BROADCAST, Matter.CORRECTION),
    "events": (Matter.EVENT, Matter.SEAT, Matter.NOTICE),
    "lessons": (Matter.LESSON, Matter.REPORT),
    "members": (Matter.REQUEST, Matter.ORGANISATION),
    "questions": (Matter.INQUIRY,),
    "knowledge": (Matter.TOPIC,),
    "plans": (Matter.PLAN, Matter.STEP),
    "team": (Matter.COLLEAGUE,),
    "other": (Matter.NOTHING,),
}
"""The kinds of deeds that one can look for."""

_BY_MATTER: Final[Mapping[Matter, tuple[str, ...]]] = {
    Matter.BROADCAST: (
        *("announce", "share", "proposed", "correct", "b-approve", "refuse", "b-remind-yes"),
        *("b-do:pause", "b-do:resume", "b-do:now", "b-do:cancel", "b-do:recall"),
        *("b-do:retry", "b-do:resend", "b-do:settle", "b-account"),
    ),
    Matter.CORRECTION: ("b-approve-new", "dismiss"),
    Matter.EVENT: (
        *("amend", "cancelling", "minutes", "e-lesson", "e-series-end", "guest", "walkin"),
        *("e-come", "e-for", "e-gender", "e-cannot", "e-take", "e-pass", "party", "e-came-file"),
    ),
    Matter.SEAT: ("e-seat-off-yes", "e-seat-in", "e-seat-beyond", "e-in", "e-let", "e-out", "e-back-yes"),
    Matter.NOTICE: ("e-notice",),
    Matter.LESSON: ("offer", "revise", "l-approve", "verdict:returned", "verdict:declined", "tried"),
    Matter.REPORT: ("l-report-yes", "l-report-no"),
    Matter.REQUEST: ("join", "reply", "withdrawn", "r-take", "admit", "decline", "clarify", "r-undo"),
    Matter.ORGANISATION: ("profile", "naming", "o-invite", "o-ended", "o-left", "o-export"),
    Matter.INQUIRY: ("person", "take", "answer", "give", "end", "keep", "same"),
    Matter.TOPIC: ("entry", "k-back", "k-retired", "k-tell"),
    Matter.PLAN: ("step", "p-table"),
    Matter.STEP: ("restep", "outcome", "delay", "p-erased"),
    Matter.COLLEAGUE: ("t-do:raise", "t-do:lower", "t-do:revoke", "limits"),
    Matter.NOTHING: ("invite", "t-take-back", "start", "import", "k-export", "a-file"),
}
DEEDS: Final[Mapping[str, Matter]] = {deed: matter for matter, deeds in _BY_MATTER.items() for deed in deeds}
"""What can be done: a command, a button by the beginning of its data, or the kind of a form."""

OWN: Final = frozenset({"forget-yes"})
"""What somebody does with what is kept of themselves: that they were erased must not be kept either."""


@dataclass
class Acting:
    """Somebody is doing something: whatever is written meanwhile belongs to this deed."""

    person_id: int
    role: Role
    at: datetime
    deed: str
    about: str = ""
    recorded: bool = False
    made: dict[Matter, str] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it belongs in the audit, where it is not yet."""
        return self.role >= Role.COORDINATOR and not self.recorded and self.deed not in OWN

    @property
    def matter(self) -> Matter:
        return DEEDS.get(self.deed, Matter.NOTHING)

    @property
    def subject(self) -> str:
        """Which one it is about: one that the deed itself told, else the one that it began with.

        A colleague is told as the number of an actor: what it begins with is their own.
        """
        known = "" if self.matter in (Matter.COLLEAGUE, Matter.NOTHING) else self.about
        return self.made.get(self.matter, known)


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(deed: Acting) -> Iterator[None]:
    """Meanwhile, this is being done."""
    before = _acting.set(deed)
    try:
        yield
    finally:
        _acting.reset(before)


def being_done() -> Acting | None:
    """What somebody is doing now; None where the clock does it."""
    return _acting.get()


def made(matter: Matter, subject_id: int) -> None:
    """The deed that is being done is about this, which had no number before, or another."""
    if deed := _acting.get():
        deed.made.setdefault(matter, str(subject_id))


def pressed(data: str) -> tuple[str, str]:
    """The deed that a button does by its data, and what it is about: `b-do:pause:12`, `k-retired:TOPIC:3`."""
    verb, _, rest = data.partition(":")
    choice, _, further = rest.partition(":")
    if f"{verb}:{choice}" in DEEDS:
        return f"{verb}:{choice}", further.partition(":")[0]
    return verb, choice


def filled_in(kind: str, answers: Mapping[str, str]) -> tuple[str, str]:
    """The deed that a form does, and what it is about."""
    chosen = f"{kind}:{answers.get('state')}"
    deed = chosen if chosen in DEEDS else kind
    return deed, answers.get(DEEDS.get(deed, Matter.NOTHING), "")


@dataclass(frozen=True)
class Actor:
    """Who did something: by a number that stays, and by name until they had themselves erased."""

    number: int
    name: str | None


@dataclass(frozen=True)
class Record:
    """One deed. `title` tells what it is about in words, while that is there."""

    id: int
    at: datetime
    actor: Actor
    role: Role
    deed: str
    matter: Matter
    about: str
    title: str | None


@dataclass(frozen=True)
class Chosen:
    """Which deeds one looks at: of one actor, of one kind, of one month (2026-12)."""

    actor: int = 0
    kind: str = ALL
    month: str = ALL

    def between(self, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """When the month begins and when it is over; None without one."""
        if self.month == ALL:
            return None
        begins = datetime.strptime(self.month, "%Y-%m").replace(tzinfo=zone)
        return begins, begins + relativedelta(months=1)


def months_since(first: datetime, now: datetime) -> list[str]:
    """The months from the first to now, the newest first; both moments in one time zone."""
    month, months = now.replace(day=1), []
    while month >= first.replace(day=1, hour=0, minute=0, second=0, microsecond=0):
        months.append(f"{month:%Y-%m}")
        month -= relativedelta(months=1)
    return months


class Audit(Protocol):
    """What was put down; nothing can be changed or taken away."""

    async def page(self, chosen: Chosen, page: int) -> tuple[list[Record], int]:
        """A page of it, newest first, and how many pages there are."""

    async def all(self, chosen: Chosen) -> list[Record]:
        """Newest first."""

    async def actors(self) -> list[Actor]:
        """Whoever did something."""

    async def first_at(self) -> datetime | None:
        """When the first deed was."""

    async def put_down_export(self) -> None:
        """Put down that a coordinator gets a file of what is kept, though nothing is changed."""
