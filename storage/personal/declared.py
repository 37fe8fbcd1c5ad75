"""What becomes of every column that can hold a person's number or words, once they are forgotten.

A test walks all tables and fails on a column that is not declared here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, case, exists, literal, not_

from bot.core.broadcasts import DeliveryState
from bot.core.events.event import EventState
from bot.core.inquiries import InquiryState
from bot.core.lessons import LessonState
from bot.core.membership import DeedKind, RequestState
from bot.core.personal import FORGETTING
from storage.personal.numbers import NOBODY, stranger
from storage.tables import (
    actors,
    broadcasts,
    deliveries,
    entry_versions,
    events,
    feedback,
    forms,
    inquiries,
    inquiry_messages,
    invitations,
    lesson_reports,
    lesson_useful,
    lesson_versions,
    lessons,
    membership_deeds,
    membership_requests,
    muted_themes,
    organisations,
    people,
    plan_steps,
    plans,
    proposed_corrections,
    questions,
    readings,
    registrations,
    representatives,
    roles,
    series,
    step_reports,
    subscribers,
    subscriptions,
)

WORK: Final = "work"
"""The group of what coordinators do in the name of the working group."""
NO_CONTACT: Final = {"contact": "", "position": "", "telephone": "", "email": "", "contact_of": None}
ERASED_WORDS: Final = "–"
"""Stands where words stood that must not be empty."""
_BY_APPLICANTS: Final = (
    *(DeedKind.SENT, DeedKind.CORRECTED, DeedKind.REPEATED, DeedKind.ANSWERED, DeedKind.WITHDRAWN),
)


@dataclass(frozen=True)
class Rule:
    """What becomes of the rows in which a column holds the person's number, as far as they are `where`.

    They go, or they stay with the values in `after`. `group` is the heading under which the person reads of
    them; without one they belong to something else that is told.
    """

    group: str
    column: Column[Any]
    where: tuple[ColumnElement[bool], ...] = ()
    after: Mapping[str, Any] | None = None

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def goes(self) -> bool:
        return self.after is None

    def of(self, person_id: int) -> ColumnElement[bool]:
        """Which rows it is about."""
        return and_(self.column == person_id, *self.where)


def erased(group: str, column: Column[Any], *where: ColumnElement[bool]) -> Rule:
    """The rows go, with all that hangs on them."""
    return Rule(group, column, where)


def nameless(group: str, column: Column[Any], *where: ColumnElement[bool], **after: Any) -> Rule:
    """The rows stay, as nobody's."""
    nobody = None if column.nullable else NOBODY
    return Rule(group, column, where, {column.name: nobody, **after})


def rules(now: datetime) -> tuple[Rule, ...]:
    """All rules, in the order in which they are carried out."""
    to_come = to_come_at(now)
    approved, tried = lessons.c.state == LessonState.APPROVED, lesson_reports.c.state == LessonState.APPROVED
    talking, taken = inquiries.c.state == InquiryState.TAKEN, RequestState.TAKEN
    applying = membership_deeds.c.kind.in_(_BY_APPLICANTS)
    own_request = exists().where(
        membership_requests.c.id == membership_deeds.c.request_id,
        membership_requests.c.person_id == membership_deeds.c.by,
    )
    unsent = deliveries.c.state == DeliveryState.PENDING
    return (
        # What tells who they are, and what they want.
        erased("profile", roles.c.person_id),
        erased("profile", subscribers.c.chat_id),
        erased("profile", muted_themes.c.chat_id),
        erased("drafts", forms.c.chat_id, forms.c.kind != FORGETTING),
        erased("", forms.c.chat_id),
        erased("subscriptions", subscriptions.c.chat_id),
        nameless("groups", subscriptions.c.person_id, subscriptions.c.chat_id < 0),
        # What they asked: the counts of the knowledge stay.
        erased("talks", inquiries.c.person_id),
        nameless("questions", questions.c.person_id, text=""),
        # Where they came, or wanted to. Guests are people of their own, and keep their seats.
        erased("seats", registrations.c.person_id, registrations.c.own, to_come),
        nameless(
            *("attendance", registrations.c.person_id, registrations.c.own, not_(to_come)),
            name="",
            organisation="",
            code=None,
        ),
        nameless("guests", registrations.c.person_id, not_(registrations.c.own)),
        nameless("feedback", feedback.c.person_id, sentence=""),
        # What their council planned, and what the library keeps.
        nameless("steps", plan_steps.c.person_id, who=ERASED_WORDS),
        nameless("", plans.c.created_by),
        nameless("step_reports", step_reports.c.reported_by, sentence="", photo=""),
        erased("lessons_waiting", lessons.c.shared_by, not_(approved)),
        nameless("lessons", lessons.c.shared_by, approved, named=False),
        nameless("versions", lesson_versions.c.by),
        erased("experiences_waiting", lesson_reports.c.reported_by, not_(tried)),
        nameless("experiences", lesson_reports.c.reported_by, tried),
        nameless("useful", lesson_useful.c.person_id, person_id=stranger()),
        nameless("readings", readings.c.chat_id, chat_id=stranger(), person_id=None),
        nameless("readings", readings.c.person_id, readings.c.chat_id < 0),
        # Their organisation: it stays a member.
        erased("deeds", membership_deeds.c.by, applying, own_request),
        nameless("deeds", membership_deeds.c.by, applying, not_(own_request), text=""),
        erased("requests", membership_requests.c.person_id),
        nameless("organisations", organisations.c.contact_of, **NO_CONTACT),
        erased("organisations", representatives.c.person_id),
        erased("invitations", invitations.c.created_by),
        erased("invitations", invitations.c.used_by),
        # What was sent to them: a broadcast keeps its numbers, and nothing more is sent.
        nameless(
            *("deliveries", deliveries.c.chat_id),
            chat_id=stranger(),
            message_id=None,
            change=None,
            state=case((unsent, DeliveryState.SKIPPED.value), else_=deliveries.c.state),
            settled_at=case(
                (unsent, literal(now, deliveries.c.settled_at.type)), else_=deliveries.c.settled_at
            ),
        ),
        # What they did as a coordinator: it stays, and what they had in hand is open to the others.
        nameless(
            *(WORK, inquiries.c.taken_by),
            answer="",
            state=case((talking, InquiryState.WAITING.value), else_=inquiries.c.state),
            answered_at=case((talking, None), else_=inquiries.c.answered_at),
        ),
        erased("", inquiry_messages.c.chat_id),
        nameless(
            *(WORK, membership_requests.c.taken_by),
            state=case(
                (membership_requests.c.state == taken, RequestState.NEW.value),
                else_=membership_requests.c.state,
            ),
        ),
        nameless(WORK, membership_requests.c.decided_by),
        nameless(WORK, membership_deeds.c.by, not_(applying)),
        nameless(WORK, registrations.c.added_by),
        nameless(WORK, registrations.c.attended_by),
        nameless(WORK, lessons.c.decided_by),
        nameless(WORK, lesson_reports.c.decided_by),
        nameless(WORK, entry_versions.c.published_by),
        nameless(WORK, events.c.created_by, contact=""),
        nameless(WORK, series.c.created_by),
        nameless(WORK, broadcasts.c.created_by),
        nameless(WORK, broadcasts.c.approved_by),
        nameless("", broadcasts.c.watch_chat_id, watch_message_id=None),
        nameless(WORK, proposed_corrections.c.created_by),
        nameless(WORK, proposed_corrections.c.decided_by),
        nameless("", actors.c.person_id),
        erased("profile", people.c.id),
    )


def to_come_at(now: datetime) -> ColumnElement[bool]:
    """Whether a seat is one at an event to come, and nobody has taken it yet."""
    planned = exists().where(
        events.c.id == registrations.c.event_id,
        events.c.state == EventState.PLANNED,
        events.c.starts_at > now,
    )
    return and_(registrations.c.attended_at.is_(None), planned)


# Columns in which a person's words could stand, and that stay as they are.
STAYS: Final[Mapping[str, str]] = {
    "updates.id": "Telegram's number of an update",
    "updates.payload": "emptied where the person sent it; of all others it is emptied when they are handled",
    "subscribers.title": "the name of a group; a person has none",
    "questions.topic": "the id of an entry",
    "questions.offered": "ids of entries",
    "inquiry_messages.message_id": "Telegram's number of a message",
    "plan_steps.what": "what a council decided to do; the plan is the council's",
    "lessons.title": "told to everybody; of what was not approved the row goes",
    "lessons.body": "told to everybody",
    "lessons.themes": "names from a list",
    "lessons.organisation": "an organisation's name, told to everybody",
    "lessons.attachments": "told to everybody",
    "lessons.reason": "a coordinator's words about a lesson",
    "lesson_versions.content": "what an approved lesson said before",
    "lesson_versions.reason": "a coordinator's words about a lesson",
    "lesson_reports.body": "told to everybody, as from the commune",
    "membership_requests.reason": "a coordinator's words to an applicant",
    "organisations.name": "an organisation's",
    "organisations.other_name": "an organisation's",
    "organisations.provinces": "codes of places",
    "organisations.sectors": "names from a list",
    "organisations.website": "an organisation's",
    "entry_versions.topic": "the id of an entry",
    "entry_versions.entry": "what the bot answers everybody",
    "entry_versions.chapter": "where the entry stands",
    "series.rule": "when an event comes again",
    "series.answers": "told to everybody; the contact is taken out of those that the person announced",
    "events.title": "told to everybody",
    "events.place": "told to everybody",
    "events.description": "told to everybody",
    "events.pin": "a place on the map",
    "events.host": "told to everybody",
    "events.agenda": "a file for everybody",
    "events.audience": "codes of places, names of themes",
    "events.reminders": "when people are reminded",
    "events.reason": "why an event was cancelled, told to everybody",
    "events.minutes": "told to everybody",
    "events.minutes_files": "told to everybody",
    "events.lesson_id": "the number of a lesson",
    "broadcasts.subject_id": "the number of what it tells of",
    "broadcasts.title": "the person's name and words are taken out, see storage/personal/silence.py",
    "broadcasts.texts": "the person's name and words are taken out",
    "broadcasts.themes": "names from a list",
    "broadcasts.audience": "codes of places, names of themes",
    "broadcasts.reason": "why it was paused or refused: a coordinator's words, or Telegram's",
    "broadcasts.reminds": "the number of a broadcast",
    "broadcasts.answers": "what is proposed to be told to everybody",
    "broadcasts.watch_message_id": "emptied with its chat",
    "proposed_corrections.answers": "what is proposed to be told to everybody",
    "proposed_corrections.texts": "the same in words",
    "proposed_corrections.reason": "a coordinator's words about them",
    "audit.actor_id": "a number that leads to nobody once the person is forgotten",
    "audit.deed": "the name of a command, a button or a form",
    "audit.matter": "a name from a list",
    "audit.about": "the number of what it was done to",
    "deliveries.reason": "why it could not be sent: Telegram's words",
}
