"""The second pair of eyes: what one coordinator proposes, another approves or turns down."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.broadcasts import REFUSAL_FIELDS, Broadcast, BroadcastState
from bot.core.forms import Form
from bot.core.people import LANGUAGES, Role
from handlers import forms
from handlers.broadcasts import progress
from handlers.broadcasts.wording import audience_in_words
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.routing import groups_of, number_of
from messages.dates import digits


async def ask_others(context: Context, broadcast: Broadcast) -> None:
    """Ask the other coordinators to look at a proposed broadcast; or say that there is nobody to ask."""
    coordinators = await context.services.people.coordinators()
    others = [one for one in coordinators if one.id != broadcast.created_by]
    for other in others:
        text = context.text("approval.asked", other.language, name=context.person.name, title=broadcast.title)
        seeing = button(context.text("approval.see", other.language), "b-see", broadcast.id)
        await context.tell(other.id, text, keyboard([seeing]))
    if not others:
        await context.say("approval.nobody")


async def see(update: Update, context: Context) -> None:
    """Show a proposed broadcast as recipients will get it, and ask for the verdict."""
    await context.answer_press(update)
    broadcast = await context.services.broadcasts.broadcast(number_of(context))
    if broadcast is None or broadcast.state is not BroadcastState.PROPOSED:
        await context.say("approval.over")
        return
    for language in LANGUAGES:
        await context.say(f"broadcast.preview.{language}")
        await context.send(context.person.id, broadcast.texts[language])
    language, tally = context.person.language, await context.services.accounts.tally(broadcast.id)
    asked = context.text(
        "approval.sure",
        audience=audience_in_words(context.services.catalogue, language, broadcast.audience),
        chats=digits(language, tally.total),
    )
    approving = button(context.text("approval.yes"), "b-approve", broadcast.id, broadcast.revision)
    await context.send(
        context.person.id,
        asked,
        keyboard([approving], [button(context.text("approval.no"), "b-refuse", broadcast.id)]),
    )


async def approve(update: Update, context: Context) -> None:
    """It is sent, or planned, in the words that were seen."""
    await context.answer_press(update)
    number, revision = map(int, groups_of(context))
    approved = await context.services.broadcasts.approve(number, revision, context.person.id, context.now)
    if approved is None:
        await _say_why_not(context, number)
        return
    await progress.show(update, context, approved)
    await _tell_author(context, approved, "approval.approved")
    context.services.wake_outbox()


async def refuse(update: Update, context: Context) -> None:
    """It is not to be sent: why?"""
    await context.answer_press(update)
    await forms.begin(update, context, REFUSE, {"broadcast": str(number_of(context))})


async def _review(update: Update, context: Context, form: Form) -> None:
    text = Markup("{}\n\n{}").format(context.text("approval.refuse_sure"), form.answers["reason"])
    await context.send(context.person.id, text, keyboard(*review_rows(context, REFUSE, form, "approval.no")))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    number, reason = int(form.answers["broadcast"]), form.answers["reason"]
    refused = await context.services.broadcasts.refuse(form, number, reason, context.person.id, context.now)
    if refused is None:
        await _say_why_not(context, number)
        return
    await progress.show(update, context, refused)
    await _tell_author(context, refused, "approval.refused")


async def _say_why_not(context: Context, number: int) -> None:
    broadcast = await context.services.broadcasts.broadcast(number)
    if broadcast is None or broadcast.state is not BroadcastState.PROPOSED:
        await context.say("approval.over")
    else:
        own = broadcast.created_by == context.person.id
        await context.say("approval.own" if own else "approval.changed")


async def _tell_author(context: Context, broadcast: Broadcast, key: str) -> None:
    author = await context.services.people.find(broadcast.created_by)
    if author:
        said = {"name": context.person.name, "title": broadcast.title, "reason": broadcast.reason}
        await context.tell(author.id, context.text(key, author.language, **said))


REFUSE: Final = FormKind("refuse", Role.COORDINATOR, REFUSAL_FIELDS, _review, _confirm, takes_questions=True)
