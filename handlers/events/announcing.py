"""Announcing a forum or meeting to subscribed councils, and correcting one that was announced."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from telegram import Update

from bot.context import Context
from bot.core.broadcasts import Broadcast, Subject
from bot.core.events.event import FIELDS, Misfit, answers_of, details_of, misfit
from bot.core.forms import Form, change
from bot.core.people import LANGUAGES, Language, Role
from handlers import forms
from handlers.broadcasts import composing
from handlers.events.wording import announcement
from handlers.forms import FormKind
from messages.dates import clock_time, day, day_and_time, digits


async def announce(update: Update, context: Context) -> None:
    """/announce: fill in a forum or meeting, see it, send it."""
    await forms.begin(update, context, ANNOUNCE)


async def correct(
    update: Update, context: Context, broadcast: Broadcast, proposed: Mapping[str, str] | None
) -> None:
    """Change a forum or meeting that was announced, also where that has arrived; or is only `proposed`."""
    event = await context.services.events.event(broadcast.subject_id)
    if proposed is None and event is None:
        await context.say("broadcast.unknown")
        return
    answers = proposed or (answers_of(event.details, context.services.timezone) if event else {})
    await forms.begin(update, context, AMEND, {**answers, "broadcast": str(broadcast.id)})


async def _review_correction(update: Update, context: Context, form: Form) -> None:
    await composing.preview_correction(context, AMEND, form, texts(context, form))


async def _confirm_correction(update: Update, context: Context, form: Form) -> None:
    await composing.correct(update, context, form, texts(context, form))


async def _plan(update: Update, context: Context, text: str) -> None:
    form = await context.services.forms.open_in(context.person.id)
    if form:
        await composing.plan(update, context, text, ANNOUNCE, form)


async def _review(update: Update, context: Context, form: Form) -> None:
    if wrong := _misfit(context, form):
        await context.say(f"form.refused.{wrong.reason}")
        await forms.save_and_ask(update, context, ANNOUNCE, change(form, ANNOUNCE.fields, wrong.field))
        return
    await composing.preview(context, ANNOUNCE, form, Subject.EVENT, texts(context, form))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    if _misfit(context, form):  # the form lay open too long
        await _review(update, context, form)
        return
    await composing.confirm(update, context, form, Subject.EVENT, texts(context, form))


def _misfit(context: Context, form: Form) -> Misfit | None:
    return misfit(details_of(form.answers, context.services.timezone), context.now)


def texts(context: Context, form: Form) -> Mapping[Language, str]:
    """What recipients get, in each language."""
    services = context.services
    details = details_of(form.answers, services.timezone)
    return {
        language: announcement(services.catalogue, language, details, services.timezone)
        for language in LANGUAGES
    }


def label(context: Context, field: str, value: str) -> str:
    """A value as a button or the review names it."""
    language = context.person.language
    match field:
        case "kind":
            return context.text(f"event.kind.{value}").unescape()
        case "languages":
            return next(context.text("language.name", one) for one in LANGUAGES if one == value).unescape()
        case "reminders":
            return context.text(f"event.reminder.{value}").unescape()
        case "date":
            return day(language, date.fromisoformat(value))
        case "time" | "ends" if "T" not in value:
            return clock_time(language, datetime.combine(context.now, time.fromisoformat(value)))
        case "ends" | "closes":
            return day_and_time(language, datetime.fromisoformat(value))
        case "capacity":
            return digits(language, value)
        case _:
            return value


_WORDED: Final = frozenset({"date", "time", "ends", "closes", "capacity"})
ANNOUNCE: Final = FormKind(
    "announce",
    Role.COORDINATOR,
    FIELDS,
    _review,
    _confirm,
    at_review=_plan,
    label=label,
    worded=_WORDED,
    apart=True,
)
AMEND: Final = FormKind(
    "amend",
    Role.COORDINATOR,
    FIELDS,
    _review_correction,
    _confirm_correction,
    takes_questions=True,
    label=label,
    worded=_WORDED,
    apart=True,
    wording=ANNOUNCE.name,
    about=("broadcast",),
)
