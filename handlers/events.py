"""Forums and meetings: what is coming, and announcing one to every subscribed council."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core import events as core
from bot.core.broadcasts import Broadcast, Subject
from bot.core.events import starts_at
from bot.core.forms import Form, change
from bot.core.people import LANGUAGES, Language, Role
from handlers import broadcasts, forms
from handlers.forms import FormKind
from handlers.keyboards import button, keyboard
from messages.dates import day_and_time


async def forums(update: Update, context: Context) -> None:
    """/forums: what is coming, soonest first."""
    coming = await context.services.events.upcoming(context.now)
    if not coming:
        await _say_none(context)
        return
    language = context.person.language
    items = [
        _described(context, "event.item", language, event.title, event.starts_at, event.place)
        for event in coming
    ]
    await context.send(context.person.id, Markup("\n\n").join([context.text("event.list"), *items]))


async def _say_none(context: Context) -> None:
    if await context.services.subscriptions.of_chat(context.person.id):
        await context.say("event.none_subscribed")
    else:
        await context.say("event.none", keyboard([button(context.text("menu.subscribe"), "go", "subscribe")]))


async def announce(update: Update, context: Context) -> None:
    """/announce: fill in a forum or meeting, see it, send it."""
    await forms.begin(update, context, ANNOUNCE)


async def correct(update: Update, context: Context, broadcast: Broadcast) -> None:
    """Change a forum or meeting that was announced, also where the announcement has arrived."""
    event = await context.services.events.event(broadcast.subject_id)
    if event is None:
        await context.say("broadcast.unknown")
        return
    local = event.starts_at.astimezone(context.services.timezone)
    answers = {
        "broadcast": str(broadcast.id),
        "kind": event.kind.value,
        "title": event.title,
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "place": event.place,
    }
    await forms.begin(update, context, AMEND, answers)


async def _review_correction(update: Update, context: Context, form: Form) -> None:
    await broadcasts.preview_correction(context, AMEND, form, _texts(context, form))


async def _confirm_correction(update: Update, context: Context, form: Form) -> None:
    start = starts_at(form, context.moment)
    dated = replace(form, answers={**form.answers, "starts_at": start.isoformat()})
    await broadcasts.correct(update, context, dated, _texts(context, form))


async def _plan(update: Update, context: Context, text: str) -> None:
    form = await context.services.forms.open_in(context.person.id)
    if form:
        await broadcasts.plan(update, context, text, ANNOUNCE, form)


async def _review(update: Update, context: Context, form: Form) -> None:
    if starts_at(form, context.moment) > context.now:
        await broadcasts.preview(context, ANNOUNCE, form, Subject.EVENT, _texts(context, form))
        return
    await context.say("form.refused.past_time")
    await forms.save_and_ask(update, context, ANNOUNCE, change(form, ANNOUNCE.fields, "date"))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    start = starts_at(form, context.moment)
    if start <= context.now:  # the form lay open too long
        await _review(update, context, form)
        return
    dated = replace(form, answers={**form.answers, "starts_at": start.isoformat()})
    await broadcasts.confirm(update, context, dated, Subject.EVENT, _texts(context, form))


def _texts(context: Context, form: Form) -> Mapping[Language, str]:
    """What recipients get, in each language."""
    start = starts_at(form, context.moment)
    return {
        language: _described(
            context, "event.broadcast", language, form.answers["title"], start, form.answers["place"]
        )
        for language in LANGUAGES
    }


def _described(
    context: Context, key: str, language: Language, title: str, start: datetime, place: str
) -> Markup:
    local = start.astimezone(context.services.timezone)
    return context.text(key, language, title=title, when=day_and_time(language, local), place=place)


ANNOUNCE: Final = FormKind("announce", Role.COORDINATOR, core.FIELDS, _review, _confirm, at_review=_plan)
AMEND: Final = FormKind(
    "amend", Role.COORDINATOR, core.FIELDS, _review_correction, _confirm_correction, takes_questions=True
)
