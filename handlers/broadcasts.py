"""Broadcasts as a coordinator sees them: the preview, the plan, the confirmation, and what became of each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup
from telegram import Bot, Update

from bot.context import Context, Services, tell
from bot.core.broadcasts import Broadcast, DeliveryState, Subject, offer_of
from bot.core.events import moment_of
from bot.core.forms import Form, Refused
from bot.core.people import LANGUAGES, Language
from handlers import progress
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, column, keyboard
from messages.dates import day_and_time, digits

SEND_AT = "send_at"
"""The form's answer that holds when it is to be sent (ISO 8601, with the zone); at once without it."""


async def preview(
    context: Context, kind: FormKind, form: Form, subject: Subject, texts: Mapping[Language, str]
) -> None:
    """Send the coordinator what recipients will get, in each language that some read, and their number."""
    offer = offer_of(subject, form.answers, _send_at(form) or context.now)
    reach = await context.services.audiences.reach(offer)
    language = context.person.language
    for read in sorted(reach.languages or {language}, key=LANGUAGES.index):
        await context.say(f"broadcast.preview.{read}")
        await context.send(context.person.id, texts[read])
    send_at = _send_at(form)
    text = context.text(
        "broadcast.confirm" if reach.chats else "broadcast.confirm_nobody",
        count=reach.chats,
        chats=digits(language, reach.chats),
        councils=digits(language, reach.councils),
    )
    if send_at:
        local = send_at.astimezone(context.services.timezone)
        planned = context.text("broadcast.planned", when=day_and_time(language, local))
        text = Markup("\n\n").join([planned, text])
    rows = review_rows(context, kind, form, "broadcast.plan" if send_at else "broadcast.send")
    turn = ("broadcast.at_once", "b-at-once") if send_at else ("broadcast.later", "b-later")
    planning = button(context.text(turn[0]), turn[1], kind.name, form.version)
    await context.send(context.person.id, text, keyboard(rows[0], [planning], *rows[1:]))


async def plan(update: Update, context: Context, text: str, kind: FormKind, form: Form) -> None:
    """A text at the review: the day and time of sending; anything else is no such thing, and said so."""
    meant = moment_of(text, context.moment)
    if isinstance(meant, Refused):
        key = "form.refused.past_time" if meant.reason == "past_time" else "form.refused.review"
        await context.say(key)
        changed = form
    else:
        changed = replace(form, answers={**form.answers, SEND_AT: meant.isoformat()})
    await _save_and_review(update, context, kind, changed)


async def send_at_once(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """The plan is taken back: it is to be sent at once when confirmed."""
    answers = {name: value for name, value in form.answers.items() if name != SEND_AT}
    await _save_and_review(update, context, kind, replace(form, answers=answers))


async def confirm(
    update: Update, context: Context, form: Form, subject: Subject, texts: Mapping[Language, str]
) -> None:
    """Keep the broadcast, let the outbox send it, and show how it goes on."""
    services, send_at = context.services, _send_at(form)
    if send_at and send_at <= context.now:
        await context.say("form.refused.past_time")
        return
    kept = await services.broadcasts.confirm(
        form, subject, form.answers["title"], texts, context.person.id, context.now, send_at
    )
    if kept is None:
        await context.say("form.old_button")
        return
    await progress.show(update, context, kept)
    services.wake_outbox()


async def preview_correction(
    context: Context, kind: FormKind, form: Form, texts: Mapping[Language, str]
) -> None:
    """Show what the corrected message says, in both languages, before it replaces the one that arrived."""
    await context.say("broadcast.correct_preview")
    for language in LANGUAGES:
        await context.send(context.person.id, texts[language])
    rows = review_rows(context, kind, form, "broadcast.correct_yes")
    await context.send(context.person.id, form.answers["title"], keyboard(*rows))


async def correct(update: Update, context: Context, form: Form, texts: Mapping[Language, str]) -> None:
    """Change the message wherever it arrived."""
    services = context.services
    number = await services.broadcasts.correct(int(form.answers["broadcast"]), form, texts, context.now)
    if number is None:
        await context.say("form.old_button")
        return
    language = context.person.language
    text = context.text("broadcast.correcting", count=number, number=digits(language, number))
    await context.show(update, text)
    services.wake_outbox()


async def broadcasts(update: Update, context: Context) -> None:
    """/broadcasts: the last ones; each can be opened."""
    newest = await context.services.broadcasts.newest()
    if not newest:
        await context.say("broadcast.none")
        return
    rows = []
    for one in newest:
        tally = await context.services.broadcasts.tally(one.id)
        sent, total = (digits(context.person.language, n) for n in (tally[DeliveryState.SENT], tally.total))
        mark = progress.MARKS[one.state]
        rows.append(button(f"{mark} {sent}/{total} · {one.title[:50]}", "b", one.id))
    await context.say("broadcast.list", keyboard(*column(rows)))


async def tell_finished(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Tell the coordinator who confirmed a broadcast what became of it."""
    await _tell_about(services, bot, broadcast, "broadcast.done")


async def tell_paused(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Tell the coordinator that a broadcast paused itself, and why."""
    await _tell_about(services, bot, broadcast, "broadcast.paused_itself")


async def begin_scheduled(services: Services, bot: Bot) -> None:
    """Begin what is due; of what is too late, its coordinator is asked."""
    for missed in await services.broadcasts.begin_due(services.clock()):
        await _tell_about(services, bot, missed, None)
    services.wake_outbox()


async def _tell_about(services: Services, bot: Bot, broadcast: Broadcast, key: str | None) -> None:
    coordinator = await services.people.find(broadcast.created_by)
    if coordinator is None:
        return
    text, buttons = await progress.page(services, coordinator.language, broadcast)
    if key:
        text = Markup("\n\n").join([services.catalogue.text(coordinator.language, key), text])
    await tell(services, bot, coordinator.id, text, buttons)


async def _save_and_review(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    saved = await context.services.forms.save(form, context.now)
    if saved is None:
        await context.say("form.old_button")
    elif kind.review:
        await kind.review(update, context, saved)


def _send_at(form: Form) -> datetime | None:
    value = form.answers.get(SEND_AT)
    return datetime.fromisoformat(value) if value else None
