"""Announcing a forum or meeting to subscribed councils."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.broadcasts import Broadcast, Subject
from bot.core.events.event import Event, Misfit, details_of, misfit
from bot.core.events.rules import OF_SERIES, misfit_of_rule, rule_from, usual_rules
from bot.core.events.series import AHEAD, first_of, occurrences
from bot.core.events.typed_rules import SERIES_FIELDS
from bot.core.forms import Form, change
from bot.core.people import LANGUAGES, Ability, Language
from handlers import forms
from handlers.broadcasts import composing
from handlers.events.wording import announcement, rule_in_words
from handlers.forms import FormKind
from handlers.keyboards import button, keyboard
from handlers.scopes import BROADCAST
from messages.dates import clock_time, day, day_and_time, digits


async def announce(update: Update, context: Context) -> None:
    """/announce: fill in a forum or meeting, see it, send it."""
    await forms.begin(update, context, ANNOUNCE)


async def correct(
    update: Update, context: Context, broadcast: Broadcast, proposed: Mapping[str, str]
) -> None:
    """Change what is proposed for announcement, and nobody knows yet."""
    await forms.begin(update, context, PROPOSED, {**proposed, "broadcast": str(broadcast.id)})


async def _review_correction(update: Update, context: Context, form: Form) -> None:
    await composing.preview_correction(context, PROPOSED, form, texts(context, form))


async def _confirm_correction(update: Update, context: Context, form: Form) -> None:
    await composing.correct(update, context, form, texts(context, form))


async def _plan(update: Update, context: Context, text: str) -> None:
    form = await context.services.forms.open_in(context.person.id)
    if form:
        await composing.plan(update, context, text, ANNOUNCE, form)


async def _review(update: Update, context: Context, form: Form) -> None:
    if await _is_outdated(context, form):
        return
    if wrong := await _misfit(context, form):
        await context.say(f"form.refused.{wrong.reason}")
        await forms.save_and_ask(update, context, ANNOUNCE, change(form, ANNOUNCE.fields, wrong.field))
        return
    repeats = _repeats(context, form)
    await composing.preview(context, ANNOUNCE, form, Subject.EVENT, texts(context, form), repeats)


async def _confirm(update: Update, context: Context, form: Form) -> None:
    if await _is_outdated(context, form):
        return
    if await _misfit(context, form):  # the form lay open too long
        await _review(update, context, form)
        return
    await composing.confirm(update, context, form, Subject.EVENT, texts(context, form))


async def _misfit(context: Context, form: Form) -> Misfit | None:
    present = await _present(context, form)
    details = details_of(form.answers, context.services.timezone)
    taken = present.taken if present else 0
    return misfit(details, context.now, taken) or misfit_of_rule(form.answers)


async def _present(context: Context, form: Form) -> Event | None:
    """The event that stands in the calendar already, if the form tells of such a one."""
    event_id = form.answers.get("event")
    return await context.services.events.event(int(event_id)) if event_id else None


async def _is_outdated(context: Context, form: Form) -> bool:
    """Whether somebody changed the event that the form tells; then the form is erased, and that is said."""
    event = await _present(context, form)
    if event is None or (event.is_planned and str(event.version) == form.answers["version"]):
        return False
    await context.services.forms.discard(form)
    opening = button(context.text("event.see_now"), "e", event.id)
    await context.say("event.changed_meanwhile", keyboard([opening]))
    return True


def _repeats(context: Context, form: Form) -> list[Markup]:
    """How often it comes again, and when the next three are; nothing where it does not."""
    rule = rule_from(form.answers.get("repeats", ""))
    first = first_of(form.answers, context.services.timezone)
    if rule is None or first is None:
        return []
    recurrence, start = first
    language = context.person.language
    following = islice(occurrences(recurrence, start, start), AHEAD)
    days = "\n".join(
        # Another time only where the clocks are put forward over the usual one.
        day(language, one) if one.time() == start.time() else day_and_time(language, one)
        for one in following
    )
    said = rule_in_words(context.services.catalogue, language, rule)
    return [context.text("event.repeats", rule=said, days=days)]


async def _suggest(context: Context, field: str) -> Sequence[str]:
    """How often it may come again, by its day."""
    form = (
        await context.services.forms.draft(context.person.id, ANNOUNCE.name) if field == "repeats" else None
    )
    rules = usual_rules(date.fromisoformat(form.answers["date"])) if form and "date" in form.answers else ()
    return [rule.kept for rule in rules]


def texts(context: Context, form: Form) -> Mapping[Language, str]:
    """What recipients get, in each language."""
    services = context.services
    details = details_of(form.answers, services.timezone)
    repeats = form.answers.get("repeats") or form.answers.get(OF_SERIES, "")
    return {
        language: announcement(services.catalogue, language, details, services.timezone, repeats)
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
        case "repeats":
            rule = rule_from(value)
            return rule_in_words(context.services.catalogue, language, rule) if rule else value
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


_WORDED: Final = frozenset({"date", "time", "ends", "closes", "capacity", "repeats"})
ANNOUNCE: Final = FormKind(
    "announce",
    Ability.ANNOUNCE,
    SERIES_FIELDS,
    _review,
    _confirm,
    at_review=_plan,
    label=label,
    suggest=_suggest,
    worded=_WORDED,
    apart=True,
)
PROPOSED: Final = FormKind(
    "proposed",
    Ability.ANNOUNCE,
    ANNOUNCE.fields,
    _review_correction,
    _confirm_correction,
    takes_questions=True,
    label=label,
    suggest=_suggest,
    worded=_WORDED,
    apart=True,
    wording=ANNOUNCE.name,
    about=("broadcast",),
    within=BROADCAST,
)
