"""Action plans: what the people of a council decided to do, by whom and when, and how it went."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bot.core.attachments import Attachment, AttachmentKind
from bot.core.councils import Commune, commune
from bot.core.dates import coming_day, date_of
from bot.core.forms import Field, Form, files_only, text_between
from bot.core.people import Language

ASKED_AT: Final = time(8)
"""When people are asked how a step went, in the group's time: the morning after its day."""
ASKED_AGAIN_AFTER: Final = timedelta(days=14)
MOST_ASKED: Final = 3
"""How often a step is asked about; a new day begins anew."""
MOST_STEPS: Final = 20


class StepState(StrEnum):
    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"
    NOT_YET = "not-yet"


REPORTED: Final = (StepState.DONE, StepState.PARTLY, StepState.NOT_YET)


@dataclass(frozen=True)
class StepReport:
    """How a step went, told by a person of its council."""

    state: StepState
    sentence: str
    photo: Attachment | None
    by: int
    at: datetime


@dataclass(frozen=True)
class Step:
    """One line of a plan. `version` counts changes and reports; `author` is the person who wrote it.

    `asked` counts how often it was asked about since its day was set, `ask_at` is when that is done next;
    `waiting`: a question about it was asked, and since then it was neither reported nor changed. Reports come
    the last first.
    """

    id: int
    what: str
    who: str
    due: date
    state: StepState
    version: int
    author: int | None
    asked: int
    ask_at: datetime | None
    waiting: bool
    reports: tuple[StepReport, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.state is StepState.DONE

    @property
    def may_be_erased(self) -> bool:
        """Whether it may go without a trace: nobody reported on it."""
        return self.state is StepState.OPEN

    @property
    def is_left(self) -> bool:
        """Whether it is not done, and nobody is asked about it any more."""
        return not self.is_done and self.ask_at is None

    @property
    def photos(self) -> tuple[Attachment, ...]:
        """The photos of its reports, the last first."""
        return tuple(report.photo for report in self.reports if report.photo)

    def is_overdue(self, today: date) -> bool:
        """Whether its day is over, and nobody told how it went."""
        return self.state is StepState.OPEN and self.due < today


@dataclass(frozen=True)
class Plan:
    """What one council decided to do, after an event or by itself.

    `event` is the event's title, empty without; steps come by their day.
    """

    id: int
    commune_code: str
    event_id: int | None
    event: str
    steps: tuple[Step, ...]

    @property
    def council(self) -> Commune | None:
        return commune(self.commune_code)

    @property
    def done(self) -> int:
        """How many of its steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_full(self) -> bool:
        return len(self.steps) >= MOST_STEPS

    def step(self, step_id: int) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True)
class Progress:
    """How the steps of a council's plans stand, and how many are not done and not asked about any more.

    `commune_code` is empty for several councils together.
    """

    commune_code: str
    counts: Mapping[StepState, int]
    left: int = 0

    @property
    def council(self) -> Commune | None:
        return commune(self.commune_code)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def together(progress: Collection[Progress]) -> Progress:
    """The steps of several councils, counted together."""
    counts = {state: sum(one.counts.get(state, 0) for one in progress) for state in StepState}
    return Progress("", counts, sum(one.left for one in progress))


def ranked(progress: Collection[Progress]) -> list[Progress]:
    """The councils, those with most steps first."""
    return sorted(progress, key=lambda one: (-one.total, one.commune_code))


def busiest(progress: Collection[Progress], most: int) -> list[Progress]:
    """The councils with most steps, at most so many; the rest together, if there are others."""
    councils = ranked(progress)
    rest = councils[most:]
    return [*councils[:most], *([together(rest)] if rest else [])]


def first_asked_at(due: date, zone: ZoneInfo) -> datetime:
    """When people are first asked about a step that is due on a day."""
    return datetime.combine(due + timedelta(days=1), ASKED_AT, zone)


def asked_next_at(due: date, asked: int, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When people are next asked about a step that is not done; None: not any more."""
    first = first_asked_at(due, zone)
    if now < first:
        return first
    if asked >= MOST_ASKED:
        return None
    return datetime.combine(now.astimezone(zone) + ASKED_AGAIN_AFTER, ASKED_AT, zone)


STEP_FIELDS: Final = (
    Field("what", text_between(3, 300)),
    Field("who", text_between(2, 150)),
    Field("due", date_of),
)
DONE_FIELDS: Final = (
    Field("sentence", text_between(3, 500), optional=True),
    Field("photo", files_only, optional=True, files=1, only=(AttachmentKind.PHOTO,)),
)
UNDONE_FIELDS: Final = (*DONE_FIELDS, Field("day", coming_day, optional=True))


class Plans(Protocol):
    """What the bot remembers of action plans: one of a council without an event, and one for each event."""

    async def plan(self, plan_id: int) -> Plan | None: ...

    async def of_step(self, step_id: int) -> Plan | None:
        """The plan that a step stands in."""

    async def of_councils(self, commune_codes: Collection[str]) -> list[Plan]:
        """The plans of these councils, the newest first."""

    async def every(self) -> list[Plan]:
        """All plans, by council."""

    async def progress(self) -> list[Progress]:
        """How the steps of every council that has any stand."""

    async def add_step(self, form: Form, by: int, now: datetime) -> Plan | None:
        """Keep the step that a form tells, in its plan or a new one; None when the form was closed before."""

    async def change_step(self, form: Form) -> Plan | None:
        """Change a step to what a form tells; None when the form was closed, or it changed meanwhile."""

    async def erase_step(self, step_id: int, version: int) -> bool:
        """Erase a step that nobody reported on; False when it changed meanwhile."""

    async def report(self, form: Form, by: int, now: datetime) -> Plan | None:
        """Keep how a step went; None when the form was closed, or the step changed meanwhile."""

    async def due(self, now: datetime) -> list[Plan]:
        """Plans with steps that people are to be asked about now, each with these steps alone."""

    async def ask(self, step: Step, texts: Mapping[Language, str], now: datetime) -> bool:
        """Ask how a step went, if nobody else does and nothing was changed; whether it is asked.

        Its author is asked if they still follow the council, else everybody who does.
        """
