"""Changing an event that was announced, and cancelling it: who is told, and what two who edit at once see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from bot.core.events.event import FIELDS, Details, Event
from bot.core.events.series import Course
from bot.core.forms import Field, Form, text_between
from bot.core.people import Language

REASON_FIELDS: Final = (Field("reason", text_between(3, 500, lines=True)),)
BASE: Final = "base."
"""Before the name of a field: its answer as it was when the form was begun, or last brought up to date."""


FOLLOWING: Final = "following"
"""The form's answer that says so where it is about all that follow as well."""


@dataclass(frozen=True)
class Amendment:
    """What becomes of an event that is as its author saw it: details and announcement from now on.

    With a `notice`, everybody concerned gets it.
    """

    event: Event
    details: Details
    texts: Mapping[Language, str]
    notice: Mapping[Language, str] | None


@dataclass(frozen=True)
class Told:
    """What a change set going: so many people are told of it, so many messages that arrived are corrected."""

    people: int
    messages: int


def can_be_changed(event: Event, now: datetime) -> bool:
    """Whether an event can still be moved, cancelled or told otherwise: it has not begun."""
    return event.is_planned and event.details.starts_at > now


def begun_with(
    events: Sequence[Event], answers: Mapping[str, str], following: bool = False
) -> dict[str, str]:
    """What a form that changes events begins with; these are the answers of the first of them."""
    base = {f"{BASE}{name}": value for name, value in answers.items()}
    extent = {FOLLOWING: "yes"} if following else {}
    return {**answers, **base, **extent, "event": str(events[0].id), "version": _versions(events)}


def is_outdated(form: Form, events: Sequence[Event]) -> bool:
    """Whether somebody changed the events since the form was begun, or there are others."""
    return form.answers["version"] != _versions(events)


def brought_up_to_date(form: Form, events: Sequence[Event], answers: Mapping[str, str]) -> Form:
    """The form over what somebody else has changed meanwhile: only what its own author changed stays so."""
    own = {
        name: form.answers[name]
        for name in answers
        if form.answers.get(name) != form.answers.get(BASE + name)
    }
    return replace(form, answers={**form.answers, **begun_with(events, answers), **own})


def changed_fields(before: Mapping[str, str], after: Mapping[str, str]) -> list[Field]:
    """The fields that are answered otherwise."""
    return [field for field in FIELDS if before.get(field.name, "") != after.get(field.name, "")]


def _versions(events: Sequence[Event]) -> str:
    """How the events stand: one that is not changed and not followed by another is its bare version."""
    first, *later = events
    return " ".join([str(first.version), *(f"{event.id}:{event.version}" for event in later)])


class Changing(Protocol):
    """What the bot does to events, their notices and their announcements at once."""

    async def concerned(self, seen: Sequence[Event]) -> int:
        """How many people have a seat in one of them, are offered one or wait, and can be told."""

    async def change(
        self, form: Form, amendments: Sequence[Amendment], course: Course | None, now: datetime
    ) -> Told | None:
        """Change the events, and how their series goes on, and close the form.

        None, and the form stays, when one is no longer as the form's author saw it, is full beyond the new
        capacity, follows meanwhile, or the form is another by now.
        """

    async def cancel(self, form: Form, amendments: Sequence[Amendment], now: datetime) -> Told | None:
        """Cancel the events for the form's reason; as above. Where that is all that follow, the series ends.

        What was not sent of their announcements stays unsent.
        """
