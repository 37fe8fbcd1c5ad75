"""Cancelling events that were announced: why, who is told, then all at once."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.events.changing import FOLLOWING, REASON_FIELDS, Amendment, begun_with, is_outdated
from bot.core.events.event import Event
from bot.core.forms import Form
from bot.core.people import LANGUAGES, Ability
from handlers import forms
from handlers.events import extent
from handlers.events.wording import cancelled, item_with_contact
from handlers.forms import FormKind, review_rows
from handlers.keyboards import keyboard
from handlers.links import say_links
from handlers.routing import groups_of, number_of
from handlers.scopes import EVENT


async def cancel_event(update: Update, context: Context) -> None:
    """An event is to be cancelled: alone, or with all that follow?"""
    await context.answer_press(update)
    await extent.ask(update, context, number_of(context), "e-cancel", _open)


async def choose_extent(update: Update, context: Context) -> None:
    """How far it reaches was pressed."""
    await context.answer_press(update)
    reach, event_id = groups_of(context)
    await extent.choose(update, context, reach, int(event_id), _open)


async def _open(update: Update, context: Context, events: Sequence[Event], following: bool) -> None:
    """Why are they cancelled?"""
    await forms.begin(update, context, CANCELLING, begun_with(events, {}, following))


async def _review(update: Update, context: Context, form: Form) -> None:
    events = await extent.those_meant(context, form)
    if not events:
        return
    current = await extent.over_what_others_changed(context, form, events, {})
    if current is None:
        return
    catalogue, zone = context.services.catalogue, context.services.timezone
    asked = context.text(
        "changing.cancel_sure",
        event=item_with_contact(catalogue, context.person.language, events[0], zone),
        reason=current.answers["reason"],
    )
    parts = [asked, await extent.will_tell(context, events)]
    if FOLLOWING in current.answers:
        parts.insert(1, context.text("extent.cancel_sure", days=extent.days(context, events)))
    rows = review_rows(context, CANCELLING, current, "changing.cancel_yes")
    asked_for = await context.send(context.person.id, Markup("\n\n").join(parts), keyboard(*rows))
    await say_links(context, asked_for)


async def _confirm(update: Update, context: Context, form: Form) -> None:
    """Cancel them; where somebody was faster, the draft is looked at again."""
    events = await extent.those_meant(context, form)
    if not events:
        return
    if is_outdated(form, events):
        await _review(update, context, form)
        return
    amendments = [_amendment(context, event, form.answers["reason"]) for event in events]
    told = await context.services.changing.cancel(form, amendments, context.now)
    if told:
        await extent.say_done(update, context, events[0], "changing.cancelled", told.people, told.messages)
    elif await context.services.forms.draft(context.person.id, CANCELLING.name) == form:
        await _review(update, context, form)
    else:
        await context.say("form.old_button")


def _amendment(context: Context, event: Event, reason: str) -> Amendment:
    """What is told of an event that will not take place."""
    catalogue, zone = context.services.catalogue, context.services.timezone
    return Amendment(
        event,
        event.details,
        {one: cancelled(catalogue, one, event.details, reason, zone) for one in LANGUAGES},
        {
            one: catalogue.text(
                one,
                "changing.notice_cancelled",
                event=item_with_contact(catalogue, one, event, zone),
                reason=reason,
            )
            for one in LANGUAGES
        },
    )


CANCELLING: Final = FormKind(
    "cancelling",
    Ability.ANNOUNCE,
    REASON_FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    about=("event", FOLLOWING),
    within=EVENT,
)
