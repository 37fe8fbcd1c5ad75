"""People who came without a seat: written down by a coordinator at the door, whatever the capacity."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.councils import commune
from bot.core.events.attendance import WALK_IN_FIELDS, is_open
from bot.core.events.registrations import guest_of
from bot.core.forms import Form
from bot.core.people import Ability
from handlers import forms
from handlers.councils import full_name
from handlers.events import door
from handlers.forms import FormKind, review_rows, said
from handlers.keyboards import keyboard
from handlers.routing import number_of
from handlers.scopes import EVENT


async def add(update: Update, context: Context) -> None:
    """Somebody stands at the door who has no seat."""
    await context.answer_press(update)
    event = await context.services.events.event(number_of(context))
    if event is None:
        await context.say("event.unknown")
    elif is_open(event, context.now):
        await forms.begin(update, context, WALK_IN, {"event": str(event.id)})
    else:
        await door.begin(update, context, event)  # says why not


async def _review(update: Update, context: Context, form: Form) -> None:
    rows = review_rows(context, WALK_IN, form, "door.walk_in_confirm")
    answers = [
        Markup("{} <b>{}</b>").format(mark, said(context, WALK_IN, form, field))
        for mark, field in zip(("👤", "👥", "🏛", "🏢"), WALK_IN_FIELDS, strict=True)
        if form.answers[field.name]
    ]
    text = Markup("\n").join([context.text("door.walk_in_review"), "", *answers])
    await context.send(context.person.id, text, keyboard(*rows))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    event = await context.services.events.event(int(form.answers["event"]))
    seat = (
        await context.services.attendance.walk_in(
            form, event.id, guest_of(form), context.person.id, context.now
        )
        if event
        else None
    )
    if event is None or (seat is None and event.is_planned):
        await context.say("form.old_button")
        return
    noted = context.text("door.walk_in_noted", name=seat.registration.name) if seat else None
    await door.begin(update, context, event, noted)


def _label(context: Context, field: str, value: str) -> str:
    """A gender, or a council that may be meant, as a button names it."""
    if field == "gender":
        return context.text(f"seat.gender.{value}").unescape()
    council = commune(value)
    return full_name(context, council) if council else value


WALK_IN: Final = FormKind(
    "walkin",
    Ability.ANNOUNCE,
    WALK_IN_FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    label=_label,
    worded=frozenset({"council"}),
    within=EVENT,
)
