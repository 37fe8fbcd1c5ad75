"""A broadcast before it is one: the preview, the plan, the confirmation; and the correction of one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup, escape
from telegram import Message, Update

from bot.context import Context
from bot.core.audiences import Audience, audience_of, with_audience
from bot.core.authority import narrowed
from bot.core.broadcasts import Subject, offer_of
from bot.core.dates import moment_of
from bot.core.forms import Form, Refused
from bot.core.people import LANGUAGES, Language
from handlers.broadcasts import approvals, corrections, progress
from handlers.broadcasts.letters import TRIAL, Composer
from handlers.broadcasts.wording import audience_in_words, provinces_in_words
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.links import links_in
from messages.dates import day_and_time, digits

SEND_AT = "send_at"
"""The form's answer that holds when it is to be sent (ISO 8601, with the zone); at once without it."""


async def preview(
    context: Context,
    kind: FormKind,
    form: Form,
    subject: Subject,
    texts: Mapping[Language, str],
    notes: Sequence[Markup] = (),
) -> None:
    """Send the coordinator what recipients will get, in each language that some read, and their number.

    `notes` are what else comes of it. What a coordinator limited to provinces writes is for these only.
    """
    inside = narrowed_form(context, form)
    if inside != form:
        saved = await context.services.forms.save(inside, context.now)
        if saved is None:
            await context.say("form.old_button")
            return
        form = saved
    services, language = context.services, context.person.language
    send_at = send_at_of(form)
    offer = offer_of(subject, form.answers, send_at or context.now)
    reach = await services.audiences.reach(offer)
    shown: list[Message] = []
    for read in sorted(reach.languages or {language}, key=LANGUAGES.index):
        await context.say(f"broadcast.preview.{read}")
        shown += await context.send(context.person.id, texts[read])
    paragraphs = [*links_in(context, shown), *notes, await audience_line(context, offer.audience)]
    if reach.provinces:
        paragraphs.append(provinces_in_words(language, reach.provinces))
    if send_at:
        local = send_at.astimezone(services.timezone)
        paragraphs.append(context.text("broadcast.planned", when=day_and_time(language, local)))
    asked = "broadcast.confirm" if reach.chats else "broadcast.confirm_nobody"
    paragraphs.append(
        context.text(
            asked,
            count=reach.chats,
            chats=digits(language, reach.chats),
            councils=digits(language, reach.councils),
        )
    )
    confirming = "broadcast.propose" if services.second_pair_of_eyes else "broadcast.send"
    rows = review_rows(context, kind, form, "broadcast.plan" if send_at else confirming)
    turn = ("broadcast.at_once", "b-at-once") if send_at else ("broadcast.later", "b-later")
    more = [
        [button(context.text("broadcast.to_me"), "b-me", kind.name, form.version)],
        [
            button(context.text("broadcast.recipients"), "b-who", kind.name, form.version, "show"),
            button(context.text(turn[0]), turn[1], kind.name, form.version),
        ],
    ]
    text = Markup("\n\n").join(paragraphs)
    await context.send(context.person.id, text, keyboard(rows[0], *more, *rows[1:]))


async def audience_line(context: Context, audience: Audience) -> Markup:
    """Whom a broadcast is for, in the person's language."""
    event = await context.services.events.event(audience.event) if audience.event is not None else None
    title = event.details.title if event else ""
    return audience_in_words(context.services.catalogue, context.person.language, audience, title)


async def send_to_me(context: Context, form: Form, subject: Subject, texts: Mapping[Language, str]) -> None:
    """Send the coordinator the message as recipients get it, buttons included."""
    language = context.person.language
    composer = Composer(context.services.catalogue, context.bot)
    offer = offer_of(subject, form.answers, context.now)
    letter = composer.letter(context.person.id, language, texts[language], subject, TRIAL, offer.category)
    await context.send(context.person.id, letter.html, letter.keyboard)


async def plan(update: Update, context: Context, text: str, kind: FormKind, form: Form) -> None:
    """A text at the review: the day and time of sending; anything else is no such thing, and said so."""
    meant = moment_of(text, context.moment)
    if isinstance(meant, Refused):
        reason = "review" if meant.reason == "no_time" else meant.reason
        await context.say(f"form.refused.{reason}")
        changed = form
    else:
        changed = replace(form, answers={**form.answers, SEND_AT: meant.isoformat()})
    await save_and_review(update, context, kind, changed)


async def send_at_once(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """The plan is taken back: it is to be sent at once when confirmed."""
    answers = {name: value for name, value in form.answers.items() if name != SEND_AT}
    await save_and_review(update, context, kind, replace(form, answers=answers))


async def confirm(
    update: Update, context: Context, form: Form, subject: Subject, texts: Mapping[Language, str]
) -> None:
    """Keep the broadcast, let the outbox send it, and show how it goes on."""
    services, send_at = context.services, send_at_of(form)
    if narrowed_form(context, form) != form:  # the limits have changed since it was shown
        await context.say("form.old_button")
        return
    if send_at and send_at <= context.now:
        await context.say("form.refused.past_time")
        return
    proposed = services.second_pair_of_eyes
    kept = await services.broadcasts.confirm(
        form, subject, form.answers["title"], texts, context.person.id, context.now, send_at, proposed
    )
    if kept is None:
        await context.say("form.old_button")
        return
    await progress.show(update, context, kept)
    if proposed:
        await approvals.ask_others(context, kept)
    services.wake_outbox()


async def preview_correction(
    context: Context, kind: FormKind, form: Form, texts: Mapping[Language, str]
) -> None:
    """Show what the corrected message says, as recipients read it, before it replaces what arrived."""
    await context.say("broadcast.correct_preview")
    languages = await approvals.languages_of(context, int(form.answers["broadcast"]))
    shown: list[Message] = []
    for language in languages:
        if len(languages) > 1:
            await context.say(f"broadcast.preview.{language}")
        shown += await context.send(context.person.id, texts[language])
    confirming = "broadcast.propose" if context.services.second_pair_of_eyes else "broadcast.correct_yes"
    rows = review_rows(context, kind, form, confirming)
    paragraphs = [*links_in(context, shown), escape(form.answers["title"])]
    await context.send(context.person.id, Markup("\n\n").join(paragraphs), keyboard(*rows))


async def correct(update: Update, context: Context, form: Form, texts: Mapping[Language, str]) -> None:
    """Change the message wherever it arrived, or ask others whether that is right."""
    services, broadcast_id = context.services, int(form.answers["broadcast"])
    if services.second_pair_of_eyes:
        await corrections.propose(update, context, broadcast_id, form, texts)
        return
    number = await services.broadcasts.correct(broadcast_id, form, texts, context.now)
    if number is None:
        await context.say("form.old_button")
        return
    language = context.person.language
    text = context.text("broadcast.correcting", count=number, number=digits(language, number))
    await context.show(update, text)
    services.wake_outbox()


async def save_and_review(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """Save a form that was changed at its review, and show the preview anew."""
    saved = await context.services.forms.save(form, context.now)
    if saved is None:
        await context.say("form.old_button")
    elif kind.review:
        await kind.review(update, context, saved)


def narrowed_form(context: Context, form: Form) -> Form:
    """The form with its audience as far as the coordinator may address it."""
    audience = audience_of(form.answers)
    inside = narrowed(context.person, audience)
    return form if inside == audience else replace(form, answers=with_audience(form.answers, inside))


def send_at_of(form: Form) -> datetime | None:
    """When a form's broadcast is to be sent; None for at once."""
    value = form.answers.get(SEND_AT)
    return datetime.fromisoformat(value) if value else None
