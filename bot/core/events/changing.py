"""Changing an event that was announced, and cancelling it: who is told, and what two who edit at once see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from bot.core.events.event import FIELDS, Event
from bot.core.events.rules import OF_SERIES
from bot.core.forms import Field, Form, text_between
from bot.core.people import Language

REASON_FIELDS: Final = (Field("reason", text_between(3, 500, lines=True)),)
BASE: Final = "base."
"""Before the name of a field: its answer as it was when the form was begun, or last brought up to date."""


@dataclass(frozen=True)
class Told:
    """What a change set going: so many people are told of it, so many messages that arrived are corrected."""

    people: int
    messages: int


def can_be_changed(event: Event, now: datetime) -> bool:
    """Whether an event can still be moved, cancelled or told otherwise: it has not begun."""
    return event.is_planned and event.details.starts_at > now


def begun_with(event: Event, answers: Mapping[str, str]) -> dict[str, str]:
    """What a form that changes an event begins with, of which these are the answers."""
    base = {f"{BASE}{name}": value for name, value in answers.items()}
    present = {"event": str(event.id), "version": str(event.version), OF_SERIES: event.repeats}
    return {**answers, **base, **present}


def is_outdated(form: Form, event: Event) -> bool:
    """Whether somebody changed the event since the form was begun."""
    return form.answers["version"] != str(event.version)


def brought_up_to_date(form: Form, event: Event, answers: Mapping[str, str]) -> Form:
    """The form over what somebody else has changed meanwhile: only what its own author changed stays so."""
    own = {
        name: form.answers[name]
        for name in answers
        if form.answers.get(name) != form.answers.get(BASE + name)
    }
    return replace(form, answers={**form.answers, **begun_with(event, answers), **own})


def changed_fields(before: Mapping[str, str], after: Mapping[str, str]) -> list[Field]:
    """The fields that are answered otherwise."""
    return [field for field in FIELDS if before.get(field.name, "") != after.get(field.name, "")]


class Changing(Protocol):
    """What the bot does to an event, its notices and its announcement at once."""

    async def concerned(self, event_id: int) -> int:
        """How many people have a seat, are offered one or wait, and can be told."""

    async def change(
        self,
        form: Form,
        texts: Mapping[Language, str],
        notice: Mapping[Language, str] | None,
        now: datetime,
    ) -> Told | None:
        """Change it to what the form tells, and close the form; `texts` is its announcement from now on.

        With a `notice`, everybody concerned gets it. None, and the form stays, when the event is no longer as
        the form's author saw it, is full beyond the new capacity, or the form is another by now.
        """

    async def cancel(
        self, form: Form, texts: Mapping[Language, str], notice: Mapping[Language, str], now: datetime
    ) -> Told | None:
        """Cancel it for the form's reason; as above. What was not sent of its announcement stays unsent."""
