"""Lessons learned, as councils and organisations share them: offered, reviewed, found, tried elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from bot.core.attachments import Attachment, from_text, to_text
from bot.core.councils import Commune, commune, find_communes
from bot.core.forms import (
    Field,
    Form,
    Moment,
    Refused,
    files_only,
    no_question,
    one_of,
    text_between,
)
from bot.core.khmer import languages_in
from bot.core.people import Language

PAGE_SIZE: Final = 6
MOST_FILES: Final = 10
THEMES: Final = (
    "partnership",  # between council and civil society
    "planning",
    "budget",
    "participation",
    "transparency",
    "services",  # health, education, water
    "women",  # and youth
    "environment",  # and natural resources
    "training",  # and capacity
    "forums",
)
NAMED, UNNAMED = "yes", "no"


class LessonState(StrEnum):
    """How a lesson, or a report about it, stands."""

    OFFERED = "offered"
    RETURNED = "returned"  # to the author, with a reason
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True)
class Content:
    """What a lesson says: plain text, as it was typed.

    `themes` are of THEMES, `commune_code` is the official one or empty, as `organisation` may be.
    """

    title: str
    body: str
    themes: tuple[str, ...] = ()
    commune_code: str = ""
    organisation: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def commune(self) -> Commune | None:
        return commune(self.commune_code)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages in which it is written, found from the text."""
        return languages_in(f"{self.title}\n{self.body}")

    @property
    def answers(self) -> dict[str, str]:
        """As a form holds it; `content_of` reads it again."""
        return {
            "title": self.title,
            "body": self.body,
            "themes": " ".join(self.themes),
            "commune": self.commune_code,
            "organisation": self.organisation,
            "attachments": to_text(self.attachments),
        }


@dataclass(frozen=True, kw_only=True)
class Lesson(Content):
    """A lesson as it stands. `version` counts every change; `named` says that its author may be named.

    `shared_at` is the moment of its approval, or of its offering before.
    """

    id: int
    author_id: int
    named: bool = False
    state: LessonState
    version: int
    shared_at: datetime
    decided_by: int | None = None
    reason: str = ""

    @property
    def content(self) -> Content:
        """What it says, without how it stands."""
        return Content(**{field.name: getattr(self, field.name) for field in fields(Content)})


@dataclass(frozen=True)
class LessonVersion:
    """What a lesson said after somebody did something to it: its content, who did what, and when."""

    number: int
    content: Content
    deed: str  # a LessonState, or "edited"
    by: int
    at: datetime
    reason: str


@dataclass(frozen=True)
class Report:
    """How a lesson went in another commune: part of the lesson once a coordinator let it through."""

    id: int
    lesson_id: int
    author_id: int
    commune_code: str
    body: str
    state: LessonState
    reported_at: datetime
    decided_by: int | None = None

    @property
    def commune(self) -> Commune | None:
        return commune(self.commune_code)


@dataclass(frozen=True)
class Decided:
    """The decision was taken by this press."""

    lesson: Lesson


@dataclass(frozen=True)
class AlreadyDecided:
    """Somebody had decided before; the lesson as it stands."""

    lesson: Lesson


@dataclass(frozen=True)
class Changed:
    """It still waits, but says something else than what was looked at; the lesson as it stands."""

    lesson: Lesson


@dataclass(frozen=True)
class OwnLesson:
    """Nobody decides on their own."""

    lesson: Lesson


Decision = Decided | AlreadyDecided | Changed | OwnLesson


def content_of(answers: Mapping[str, str]) -> Content:
    """What a form tells."""
    return Content(
        title=answers["title"],
        body=answers["body"],
        themes=tuple(theme for theme in THEMES if theme in answers.get("themes", "").split()),
        commune_code=answers.get("commune", ""),
        organisation=answers.get("organisation", ""),
        attachments=from_text(answers.get("attachments", "")),
    )


def content_as_json(content: Content) -> dict[str, Any]:
    """The content as JSON can hold it; `content_from_json` reads it again."""
    return asdict(content) | {"attachments": to_text(content.attachments)}


def content_from_json(values: Mapping[str, Any]) -> Content:
    """What `content_as_json` wrote down."""
    return Content(
        **{**values, "themes": tuple(values["themes"]), "attachments": from_text(values["attachments"])}
    )


def why_undecided(lesson: Lesson, by: int) -> Decision:
    """Why a decision could not be written."""
    if lesson.state is not LessonState.OFFERED:
        return AlreadyDecided(lesson)
    return OwnLesson(lesson) if lesson.author_id == by else Changed(lesson)


def may_be_read_by(lesson: Lesson, person_id: int, coordinates: bool) -> bool:
    """Approved lessons are for everybody, others for their author and for coordinators."""
    return lesson.state is LessonState.APPROVED or coordinates or lesson.author_id == person_id


def known_commune(text: str, _: Moment) -> str | Refused:
    """A form's check: the code of the commune that is named, or those that may be meant."""
    if commune(text):
        return text
    found = find_communes(text)
    codes = tuple(one.code for one in found.communes)
    if not codes:
        return Refused("no_commune")
    return codes[0] if found.total == 1 else Refused("which_commune", codes)


_TITLE: Final = Field("title", text_between(3, 200))
_BODY: Final = Field("body", text_between(10, 3000, lines=True))
_ORGANISATION: Final = no_question(text_between(2, 150))
_THEMES: Final = one_of(THEMES)
CORRECT_FIELDS: Final = (_TITLE, _BODY)
# A coordinator writes and sends at once; what a list can be sorted by may be added at the review.
SHARE_FIELDS: Final = (
    _TITLE,
    _BODY,
    Field("themes", _THEMES, optional=True, choices=THEMES, several=True, later=True),
    Field("commune", known_commune, optional=True, later=True),
    Field("organisation", _ORGANISATION, optional=True, later=True),
    Field("attachments", files_only, optional=True, files=MOST_FILES, hashed=True, later=True),
)
REVISE_FIELDS: Final = (
    _TITLE,
    _BODY,
    Field("themes", _THEMES, choices=THEMES, several=True),
    Field("commune", known_commune),
    Field("organisation", _ORGANISATION, optional=True),
    Field("attachments", files_only, optional=True, files=MOST_FILES, hashed=True),
)
OFFER_FIELDS: Final = (
    *REVISE_FIELDS,
    Field("named", one_of((NAMED, UNNAMED)), choices=(NAMED, UNNAMED)),
)
VERDICT_FIELDS: Final = (Field("reason", text_between(2, 500, lines=True)),)
REPORT_FIELDS: Final = (Field("body", text_between(10, 1000, lines=True)),)


class Lessons(Protocol):
    """What the bot remembers of lessons. Lists and searches hold approved ones only."""

    async def lesson(self, lesson_id: int) -> Lesson | None: ...

    async def newest(
        self, page: int, *, theme: str | None = None, province: str | None = None
    ) -> tuple[list[Lesson], int]:
        """One page of lessons, newest first, and how many pages there are; pages count from 0."""

    async def by_id(self, lesson_ids: Sequence[int]) -> list[Lesson]:
        """These lessons, in this order, as far as they are approved."""

    async def of_event(self, event_id: int) -> list[Lesson]:
        """The lessons that were told at an event, oldest first."""

    async def all(self) -> list[Lesson]: ...

    async def last_change(self) -> int:
        """A number that is greater after every change of any lesson."""

    async def themes(self) -> dict[str, int]:
        """How many lessons each theme has, of those that have any."""

    async def provinces(self) -> dict[str, int]:
        """How many lessons come from each province, by its code, of those from which any do."""

    async def offer(self, form: Form, author_id: int, now: datetime) -> Lesson | None:
        """Turn the form into a lesson that waits for review; None when the form changed or is gone."""

    async def revise(self, form: Form, by: int, now: datetime) -> Lesson | None:
        """Change a lesson to what the form tells; one that was returned to its author `by` waits again.

        None when the form, or the lesson since the form's answer `version`, changed or is gone.
        """

    async def decide(
        self, lesson_id: int, version: int, state: LessonState, by: int, now: datetime, reason: str = ""
    ) -> Decision | None:
        """Approve, return or decline what was looked at; None when there is no such lesson."""

    async def waiting(self) -> list[Lesson]:
        """Lessons that nobody has decided on, oldest first."""

    async def of_author(self, author_id: int) -> list[Lesson]:
        """What somebody offered, newest first."""

    async def versions(self, lesson_id: int) -> list[LessonVersion]:
        """Everything that was done to a lesson, newest first."""

    async def find_useful(
        self, lesson_id: int, person_id: int, found: bool | None, now: datetime
    ) -> bool | None:
        """Count the person among those who found it useful, or no longer; without `found`, the other way.

        Whether they count now; None when it cannot be read.
        """

    async def found_useful(self, lesson_id: int, person_id: int) -> bool:
        """Whether the person counts among those who found it useful."""

    async def useful(self, lesson_id: int) -> int:
        """How many found it useful."""

    async def report(self, form: Form, author_id: int, now: datetime) -> Report | None:
        """Keep what the form tells of how a lesson went; None when the form or the lesson is gone."""

    async def report_of(self, report_id: int) -> Report | None: ...

    async def reports(self, lesson_id: int) -> list[Report]:
        """The reports about a lesson that were let through, oldest first."""

    async def waiting_reports(self) -> list[Report]:
        """Reports that nobody has decided on, oldest first."""

    async def decide_report(self, report_id: int, state: LessonState, by: int, now: datetime) -> bool:
        """Let a report through or decline it; False when that was done before, or it is one's own."""
