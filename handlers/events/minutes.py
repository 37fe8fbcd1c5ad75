"""The minutes of an event: written by a coordinator, read by everybody, and a lesson with one press."""

from typing import Final

from markupsafe import Markup, escape
from telegram import Update

from bot.context import Context
from bot.core.authority import may_organise
from bot.core.events.event import Event
from bot.core.events.minutes import MINUTES_FIELDS, Minutes
from bot.core.forms import Form, change
from bot.core.people import Ability
from handlers import forms
from handlers.attachments import send_attachments
from handlers.events import pages
from handlers.forms import FormKind, review_rows, said
from handlers.keyboards import Row, button, keyboard
from handlers.links import say_links
from handlers.routing import number_of
from handlers.scopes import EVENT
from messages.dates import day


async def write(update: Update, context: Context) -> None:
    """A coordinator writes the minutes, or writes them anew; what is being written is not lost."""
    await context.answer_press(update)
    event = await pages.found(context, number_of(context))
    if event:
        await forms.begin(update, context, MINUTES, {"event": str(event.id)})


async def read(update: Update, context: Context) -> None:
    """The minutes, with their files before them."""
    await context.answer_press(update)
    event = await pages.found(context, number_of(context))
    if event:
        await _say(context, event)


async def to_lesson(update: Update, context: Context) -> None:
    """The minutes enter the library of lessons, with all that belongs to them."""
    event = await pages.found(context, number_of(context))
    minutes = await context.services.minutes.of_event(event.id) if event else None
    if event is None or minutes is None:
        await context.answer_press(update)
        return
    body = minutes.text or str(_heading(context, event).striptags())
    title, by = event.details.title, context.person.id
    lesson = await context.services.minutes.to_lesson(event.id, title, body, by, context.now)
    await context.answer_press(update, None if lesson else "minutes.is_lesson")
    if lesson is None:
        return
    sending = button(context.text("lesson.send"), "l-send", lesson.id)
    opening = button(context.text("minutes.open_lesson"), "lesson", lesson.id)
    await context.say("minutes.lesson_made", keyboard([opening], [sending]), title=lesson.title)


async def _review(update: Update, context: Context, form: Form) -> None:
    if not form.answers["text"] and not form.answers["files"]:
        await context.say("minutes.empty")
        await forms.save_and_ask(update, context, MINUTES, change(form, MINUTES.fields, "text"))
        return
    files = said(context, MINUTES, form, MINUTES_FIELDS[1]) if form.answers["files"] else Markup("")
    parts = [context.text("minutes.review"), escape(form.answers["text"]), files]
    rows = review_rows(context, MINUTES, form, "minutes.keep")
    text = Markup("\n\n").join(part for part in parts if part)
    await say_links(context, await context.send(context.person.id, text, keyboard(*rows)))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    kept = await context.services.minutes.write(form, context.now)
    event = await context.services.events.event(int(form.answers["event"]))
    if not kept or event is None:
        await context.say("form.old_button")
        return
    shared = [_to_lesson(context, event)] if _may_become_lesson(context, event) else []
    await context.say("minutes.kept", keyboard(*shared))


async def _say(context: Context, event: Event) -> None:
    minutes = await context.services.minutes.of_event(event.id)
    if minutes is None:
        await context.say("minutes.none")
        return
    whole = await send_attachments(context, minutes.files)
    gone = [] if whole else [context.text("lesson.file_gone")]
    text = Markup("\n\n").join([*gone, _heading(context, event), *_text(minutes)])
    await context.send(context.person.id, text, keyboard(*_ways(context, event, minutes)))


def _heading(context: Context, event: Event) -> Markup:
    held_on = day(context.person.language, event.details.starts_at.astimezone(context.services.timezone))
    return context.text("minutes.heading", title=event.details.title, held_on=held_on)


def _text(minutes: Minutes) -> list[Markup]:
    return [escape(minutes.text)] if minutes.text else []


def _ways(context: Context, event: Event, minutes: Minutes) -> list[Row]:
    back = [pages.back_button(context, event.id)]
    if not _may_become_lesson(context, event) or minutes.lesson_id is not None:
        return [back]
    return [_to_lesson(context, event), back]


def _may_become_lesson(context: Context, event: Event) -> bool:
    return context.person.may(Ability.SHARE) and may_organise(context.person, event)


def _to_lesson(context: Context, event: Event) -> Row:
    return [button(context.text("minutes.to_lesson"), "e-lesson", event.id)]


MINUTES: Final = FormKind(
    "minutes", Ability.ANNOUNCE, MINUTES_FIELDS, _review, _confirm, about=("event",), within=EVENT
)
