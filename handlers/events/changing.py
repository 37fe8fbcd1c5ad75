"""Changing an event that was announced, and cancelling it: what changes, who is told, then all at once."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup
from telegram import Message, Update

from bot.context import Context
from bot.core.events.changing import (
    REASON_FIELDS,
    begun_with,
    brought_up_to_date,
    can_be_changed,
    changed_fields,
    is_outdated,
)
from bot.core.events.event import FIELDS, Details, Event, answers_of, details_of, misfit, moves_calendars
from bot.core.forms import REVIEW, Form, change
from bot.core.people import LANGUAGES, Language, Role
from handlers import forms
from handlers.events import pages
from handlers.events.announcing import ANNOUNCE, label, texts
from handlers.events.wording import cancelled, change_in_words, item_with_contact
from handlers.forms import FormKind, review_rows, said
from handlers.keyboards import button, keyboard
from handlers.links import links_in, say_links
from handlers.routing import number_of
from messages.dates import digits

_SHOWN: Final = 120
"""How much of an answer before and after is shown beside each other."""


async def change_event(update: Update, context: Context) -> None:
    """An event is to be changed."""
    await context.answer_press(update)
    await begin(update, context, number_of(context))


async def begin(update: Update, context: Context, event_id: int) -> None:
    """Open the form that changes an event, as it is now, or as somebody left it."""
    event = await _changeable(context, event_id)
    if event is None:
        return
    await forms.begin(update, context, AMEND, begun_with(event, _answers(context, event)))


async def _review(update: Update, context: Context, form: Form) -> None:
    event = await _changeable(context, int(form.answers["event"]), form)
    if event is None:
        return
    answers = _answers(context, event)
    current = await _over_what_others_changed(context, form, event, answers)
    if current is None:
        return
    form, details = current, _details(context, current)
    if wrong := misfit(details, context.now, event.taken):
        await context.say(f"form.refused.{wrong.reason}")
        await forms.save_and_ask(update, context, AMEND, change(form, AMEND.fields, wrong.field))
        return
    rows = review_rows(context, AMEND, form, "changing.confirm")
    changes = _changes(context, event, form)
    if not changes:
        await context.send(context.person.id, context.text("changing.nothing"), keyboard(*rows[1:]))
        return
    shown: list[Message] = []
    for language, text in texts(context, form).items():
        await context.say(f"broadcast.preview.{language}")
        shown += await context.send(context.person.id, text)
    moves = moves_calendars(event.details, details)
    told = await _will_tell(context, event) if moves else context.text("changing.tells_nobody")
    whole = Markup("\n\n").join([*links_in(context, shown), context.text("changing.changes"), *changes, told])
    await context.send(context.person.id, whole, keyboard(*rows))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    """Write the change; where somebody was faster, or the event fills up, the draft is looked at again."""
    services = context.services
    event = await _changeable(context, int(form.answers["event"]), form)
    if event is None:
        return
    details = _details(context, form)
    if is_outdated(form, event) or misfit(details, context.now, event.taken):
        await _review(update, context, form)
        return
    told = await services.changing.change(
        form, texts(context, form), _notice(context, event.details, details), context.now
    )
    if told is None:
        await _look_again(update, context, form)
        return
    await _say_done(update, context, event, "changing.changed", told.people, told.messages)


async def ask_why(update: Update, context: Context) -> None:
    """An event is to be cancelled: why?"""
    await context.answer_press(update)
    if event := await _changeable(context, number_of(context)):
        await forms.begin(update, context, CANCELLING, begun_with(event, {}))


async def _review_cancelling(update: Update, context: Context, form: Form) -> None:
    event = await _changeable(context, int(form.answers["event"]), form)
    if event is None:
        return
    current = await _over_what_others_changed(context, form, event, {})
    if current is None:
        return
    form = current
    asked = context.text(
        "changing.cancel_sure",
        event=item_with_contact(
            context.services.catalogue, context.person.language, event, context.services.timezone
        ),
        reason=form.answers["reason"],
    )
    rows = review_rows(context, CANCELLING, form, "changing.cancel_yes")
    whole = Markup("\n\n").join([asked, await _will_tell(context, event)])
    await say_links(context, await context.send(context.person.id, whole, keyboard(*rows)))


async def _confirm_cancelling(update: Update, context: Context, form: Form) -> None:
    services, reason = context.services, form.answers["reason"]
    event = await _changeable(context, int(form.answers["event"]), form)
    if event is None:
        return
    if is_outdated(form, event):
        await _review_cancelling(update, context, form)
        return
    catalogue, zone = services.catalogue, services.timezone
    announced = {one: cancelled(catalogue, one, event.details, reason, zone) for one in LANGUAGES}
    notice = {
        one: catalogue.text(
            one,
            "changing.notice_cancelled",
            event=item_with_contact(catalogue, one, event, zone),
            reason=reason,
        )
        for one in LANGUAGES
    }
    told = await services.changing.cancel(form, announced, notice, context.now)
    if told is None:
        await _look_again(update, context, form)
        return
    await _say_done(update, context, event, "changing.cancelled", told.people, told.messages)


async def _over_what_others_changed(
    context: Context, form: Form, event: Event, answers: Mapping[str, str]
) -> Form | None:
    """The form, brought up to date where somebody changed the event, which is said; None if it is another."""
    if not is_outdated(form, event):
        return form
    saved = await context.services.forms.save(brought_up_to_date(form, event, answers), context.now)
    await context.say("changing.overtaken" if saved else "form.old_button")
    return saved


async def _look_again(update: Update, context: Context, form: Form) -> None:
    """What was to be written was not: because of the event, which is shown; or the form is another by now."""
    draft = await context.services.forms.draft(context.person.id, form.kind)
    if draft != form:
        await context.say("form.old_button")
    elif form.kind == AMEND.name:
        await _review(update, context, form)
    else:
        await _review_cancelling(update, context, form)


async def _changeable(context: Context, event_id: int, form: Form | None = None) -> Event | None:
    """The event, if it can still be changed; otherwise that is said, and the form for it erased."""
    event = await pages.found(context, event_id)
    if event and can_be_changed(event, context.now):
        return event
    if event:
        await context.say("changing.too_late" if event.is_planned else "changing.is_cancelled")
    if form:
        await context.services.forms.discard(form)
    return None


async def _say_done(
    update: Update, context: Context, event: Event, key: str, people: int, messages: int
) -> None:
    language = context.person.language
    done = context.text(key, people=digits(language, people), messages=digits(language, messages))
    await context.show(update, done, keyboard([button(context.text("notice.back"), "e", event.id)]))
    context.services.wake_outbox()


async def _will_tell(context: Context, event: Event) -> Markup:
    number = await context.services.changing.concerned(event.id)
    if not number:
        return context.text("changing.tells_none_registered")
    return context.text("changing.tells", count=number, number=digits(context.person.language, number))


def _changes(context: Context, event: Event, form: Form) -> list[Markup]:
    """What is changed, old and new."""
    answers = _answers(context, event)
    before = Form(form.chat_id, form.kind, REVIEW, answers)
    return [
        context.text(
            "changing.field",
            field=context.text(f"form.{AMEND.texts}.{field.name}.change"),
            old=_cut(said(context, AMEND, before, field)),
            new=_cut(said(context, AMEND, form, field)),
        )
        for field in changed_fields(answers, form.answers)
    ]


def _cut(text: str) -> str:
    plain = Markup(text).unescape() if isinstance(text, Markup) else text
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def _notice(context: Context, before: Details, after: Details) -> Mapping[Language, str] | None:
    """What those concerned are told, in each language; None when they need not be."""
    if not moves_calendars(before, after):
        return None
    services = context.services
    return {
        one: change_in_words(services.catalogue, one, before, after, services.timezone) for one in LANGUAGES
    }


def _answers(context: Context, event: Event) -> dict[str, str]:
    return answers_of(event.details, context.services.timezone)


def _details(context: Context, form: Form) -> Details:
    return details_of(form.answers, context.services.timezone)


AMEND: Final = FormKind(
    "amend",
    Role.COORDINATOR,
    FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    label=label,
    worded=ANNOUNCE.worded,
    apart=True,
    wording=ANNOUNCE.name,
    about=("event",),
)
CANCELLING: Final = FormKind(
    "cancelling",
    Role.COORDINATOR,
    REASON_FIELDS,
    _review_cancelling,
    _confirm_cancelling,
    takes_questions=True,
    about=("event",),
)
