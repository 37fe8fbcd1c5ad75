"""A forum or meeting: what is told of it, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bot.core.attachments import Attachment, AttachmentKind, from_text, to_text
from bot.core.audiences import EVERYBODY, Audience, audience_of, with_audience
from bot.core.dates import deadline_of, end_of, is_real, start_of, time_of
from bot.core.events.notices import REMINDERS, USUAL_REMINDERS, Notice
from bot.core.forms import Field, files_only, one_of, text_between, whole_number
from bot.core.people import LANGUAGES, Language
from bot.core.subscribers import Category

LARGEST_CAPACITY: Final = 100_000
PAGE_SIZE: Final = 6
USUAL_LENGTH: Final = timedelta(hours=4)


class EventKind(StrEnum):
    """What is announced."""

    NATIONAL_FORUM = "national"
    LOCAL_FORUM = "local"
    MEETING = "meeting"
    WORKSHOP = "workshop"

    @property
    def category(self) -> Category:
        """What subscribers receive or decline it as."""
        return Category.MEETINGS if self is EventKind.MEETING else Category.FORUMS


class EventState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Details:
    """What is told of an event. Moments carry their time zone; what is empty or None was not told.

    Registration ends at `closes_at`, at the latest with the start. `languages` are those that will be spoken.
    """

    kind: EventKind
    title: str
    starts_at: datetime
    place: str
    ends_at: datetime | None = None
    description: str = ""
    languages: tuple[Language, ...] = ()
    pin: Attachment | None = None
    host: str = ""
    agenda: Attachment | None = None
    capacity: int | None = None
    closes_at: datetime | None = None
    contact: str = ""
    reminders: tuple[Notice, ...] = USUAL_REMINDERS
    audience: Audience = EVERYBODY


@dataclass(frozen=True)
class Event:
    """A forum or meeting. `version` counts changes; `sequence` those after which calendars must follow.

    `taken` are the seats that are held, also those offered to somebody who waits; `reason` says why it was
    cancelled. `organiser` is the person who announced it. Its series wanted it at `occurrence_at`; `repeats`
    is how often that comes again, as a form keeps it: empty where it does not, or no longer.
    """

    id: int
    details: Details
    state: EventState
    version: int
    sequence: int
    taken: int
    organiser: int
    changed_at: datetime
    series_id: int | None = None
    occurrence_at: datetime | None = None
    reason: str = ""
    has_minutes: bool = False
    repeats: str = ""

    @property
    def ends_at(self) -> datetime:
        """When it ends; where that was not told, after the usual length."""
        return self.details.ends_at or self.details.starts_at + USUAL_LENGTH

    @property
    def closes_at(self) -> datetime:
        """When registration ends."""
        closes = self.details.closes_at
        return min(closes, self.details.starts_at) if closes else self.details.starts_at

    @property
    def is_planned(self) -> bool:
        return self.state is EventState.PLANNED

    @property
    def seats_left(self) -> int | None:
        """How many seats nobody holds; None where there is no limit."""
        capacity = self.details.capacity
        return None if capacity is None else max(capacity - self.taken, 0)


@dataclass(frozen=True)
class Misfit:
    """An answer that does not go with the others; `reason` is the last part of a catalogue key."""

    field: str
    reason: str


def details_of(answers: Mapping[str, str], zone: ZoneInfo) -> Details:
    """What a form tells of an event; the group's time zone is `zone`."""
    day = date.fromisoformat(answers["date"])
    capacity = answers.get("capacity")
    return Details(
        kind=EventKind(answers["kind"]),
        title=answers["title"],
        starts_at=datetime.combine(day, time.fromisoformat(answers["time"]), zone),
        place=answers["place"],
        ends_at=_moment(answers.get("ends", ""), day, zone),
        description=answers.get("description", ""),
        languages=_languages(answers.get("languages", "")),
        pin=_single(answers.get("pin", "")),
        host=answers.get("host", ""),
        agenda=_single(answers.get("agenda", "")),
        capacity=int(capacity) if capacity else None,
        closes_at=_moment(answers.get("closes", ""), day, zone),
        contact=answers.get("contact", ""),
        reminders=tuple(Notice(one) for one in answers.get("reminders", "").split()),
        audience=audience_of(answers),
    )


def answers_of(details: Details, zone: ZoneInfo) -> dict[str, str]:
    """An event as its form holds it."""
    start = details.starts_at.astimezone(zone)
    answers = {
        "kind": details.kind.value,
        "title": details.title,
        "date": start.date().isoformat(),
        "time": f"{start:%H:%M}",
        "place": details.place,
        "ends": _written(details.ends_at, start.date(), zone),
        "description": details.description,
        "languages": " ".join(details.languages),
        "pin": to_text([details.pin]) if details.pin else "",
        "host": details.host,
        "agenda": to_text([details.agenda]) if details.agenda else "",
        "capacity": "" if details.capacity is None else str(details.capacity),
        "closes": _written(details.closes_at, None, zone),
        "contact": details.contact,
        "reminders": " ".join(details.reminders),
    }
    return with_audience(answers, details.audience) if details.audience != EVERYBODY else answers


def misfit(details: Details, now: datetime, taken: int = 0) -> Misfit | None:
    """What of an event does not go together; `taken` seats are held already."""
    if details.starts_at <= now:
        return Misfit("date", "past_time")
    for field, moment in (("time", details.starts_at), ("ends", details.ends_at)):
        if moment and not is_real(moment):
            return Misfit(field, "no_such_time")
    if details.ends_at and details.ends_at <= details.starts_at:
        return Misfit("ends", "ends_before_start")
    if details.closes_at and details.closes_at > details.starts_at:
        return Misfit("closes", "closes_after_start")
    if details.capacity is not None and details.capacity < taken:
        return Misfit("capacity", "fewer_than_taken")
    return None


def moves_calendars(before: Details, after: Details) -> bool:
    """Whether people who have noted it must note it anew: when or where it is, or what it is called."""
    return _noted(before) != _noted(after)


def _noted(details: Details) -> tuple[object, ...]:
    return details.title, details.starts_at, details.ends_at, details.place, details.pin


def _moment(answer: str, day: date, zone: ZoneInfo) -> datetime | None:
    """The moment that an answer tells: a time of the event's first day, or a day and time."""
    if not answer:
        return None
    if "T" in answer:
        return datetime.fromisoformat(answer).replace(tzinfo=zone)
    return datetime.combine(day, time.fromisoformat(answer), zone)


def _written(moment: datetime | None, day: date | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == day else f"{local:%Y-%m-%dT%H:%M}"


def _single(text: str) -> Attachment | None:
    return next(iter(from_text(text)), None)


def _languages(text: str) -> tuple[Language, ...]:
    return tuple(language for language in LANGUAGES if language in text.split())


_KINDS: Final = tuple(EventKind)
_USUAL_STARTS: Final = ("07:30", "08:00", "08:30", "09:00", "13:00", "13:30", "14:00", "14:30", "15:00")
_USUAL_ENDS: Final = ("11:00", "11:30", "12:00", "16:00", "16:30", "17:00")
FIELDS: Final = (
    Field("kind", one_of(_KINDS), choices=_KINDS),
    Field("title", text_between(3, 200)),
    Field("date", start_of, calendar=True),
    Field("time", time_of, choices=_USUAL_STARTS),
    Field("place", text_between(2, 300)),
    Field(
        "ends",
        end_of,
        optional=True,
        later=True,
        choices=_USUAL_ENDS,
    ),
    Field("description", text_between(3, 1500, lines=True), optional=True, later=True),
    Field("capacity", whole_number(1, LARGEST_CAPACITY), optional=True, later=True),
    Field("closes", deadline_of, optional=True, later=True, calendar=True),
    Field("pin", files_only, optional=True, later=True, files=1, only=(AttachmentKind.LOCATION,)),
    Field("agenda", files_only, optional=True, later=True, files=1),
    Field("host", text_between(2, 150), optional=True, later=True),
    Field("contact", text_between(2, 200), optional=True, later=True),
    Field("languages", one_of(LANGUAGES), optional=True, later=True, choices=LANGUAGES, several=True),
    Field(
        "reminders",
        one_of(REMINDERS),
        optional=True,
        later=True,
        choices=REMINDERS,
        several=True,
        usual=" ".join(USUAL_REMINDERS),
    ),
)
FIRST_FIELDS: Final = tuple(field.name for field in FIELDS if not field.later)


class Events(Protocol):
    """What the bot remembers of forums and meetings."""

    async def event(self, event_id: int) -> Event | None: ...

    async def upcoming(self, now: datetime) -> list[Event]:
        """Planned ones that have not ended, soonest first."""

    async def past(self, now: datetime, page: int) -> tuple[list[Event], int]:
        """One page of those that are over, the last first, and how many pages there are, counted from 0."""

    async def is_announced(self, event_id: int) -> bool:
        """Whether people were told of it, or will be: those of a series are in the calendar before."""

    async def around(self, now: datetime) -> list[Event]:
        """Planned ones to come and of the three months before, the last first."""
