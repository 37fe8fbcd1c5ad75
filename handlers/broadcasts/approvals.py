"""The second pair of eyes: what one coordinator proposes, another approves or turns down."""

from typing import Final

from markupsafe import Markup
from telegram import Message, Update

from bot.context import Context
from bot.core.approvals import REFUSAL_FIELDS
from bot.core.authority import may_send
from bot.core.broadcasts import Broadcast, BroadcastState
from bot.core.forms import Form
from bot.core.people import Language, Role
from handlers import forms
from handlers.broadcasts import progress, reports
from handlers.broadcasts.wording import name_of, recipients_in_words
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.links import links_in
from handlers.routing import groups_of, number_of
from handlers.scopes import BROADCAST
from messages.dates import day_and_time, digits


async def ask_others(context: Context, broadcast: Broadcast) -> None:
    """Ask the other coordinators to look at a proposed broadcast; or say that there is nobody to ask."""
    await ask_to_look(context, "approval.asked", name_of(broadcast), broadcast, "b-see", broadcast.id)


async def ask_to_look(
    context: Context, key: str, title: str, broadcast: Broadcast, shows: str, number: int
) -> None:
    """Tell the others who may send it that this person proposes something, with the button that shows it."""
    coordinators = await context.services.people.coordinators(Role.COORDINATOR)
    others = [one for one in coordinators if one.id != context.person.id and may_send(one, broadcast)]
    for other in others:
        text = context.text(key, other.language, name=context.person.name, title=title)
        seeing = button(context.text("approval.see", other.language), shows, number)
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
    shown: list[Message] = []
    for read in await languages_of(context, broadcast.id):
        await context.say(f"broadcast.preview.{read}")
        shown += await context.send(context.person.id, broadcast.texts[read])
    if broadcast.created_by == context.person.id:
        await context.say("approval.own")
        return
    language, tally = context.person.language, await context.services.accounts.tally(broadcast.id)
    asked = context.text(
        "approval.sure",
        audience=recipients_in_words(context.services.catalogue, language, broadcast),
        chats=digits(language, tally.total),
    )
    asked = Markup("\n\n").join([*links_in(context, shown), *_plan(context, broadcast), asked])
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
    approved = await context.services.approvals.approve(number, revision, context.person.id, context.now)
    if approved is None:
        await _say_why_not(context, number, revision)
        return
    await progress.show(update, context, approved)
    await _tell_author(context, approved, "approval.approved")
    if approved.state is BroadcastState.MISSED:
        await reports.ask_about_missed(context.services, context.bot, approved)
    context.services.wake_outbox()


def _plan(context: Context, broadcast: Broadcast) -> list[Markup]:
    """When it is to be sent, if not at once; or that this time is over."""
    if broadcast.starts_at <= broadcast.created_at:
        return []
    local = broadcast.starts_at.astimezone(context.services.timezone)
    key = "broadcast.planned" if broadcast.starts_at > context.now else "approval.plan_over"
    return [context.text(key, when=day_and_time(context.person.language, local))]


async def refuse(update: Update, context: Context) -> None:
    """It is not to be sent: why?"""
    await context.answer_press(update)
    await forms.begin(update, context, REFUSE, {"broadcast": str(number_of(context))})


async def _review(update: Update, context: Context, form: Form) -> None:
    text = Markup("{}\n\n{}").format(context.text("approval.refuse_sure"), form.answers["reason"])
    await context.send(context.person.id, text, keyboard(*review_rows(context, REFUSE, form, "approval.no")))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    number, reason = int(form.answers["broadcast"]), form.answers["reason"]
    refused = await context.services.approvals.refuse(form, number, reason, context.person.id, context.now)
    if refused is None:
        await _say_why_not(context, number)
        return
    await progress.show(update, context, refused)
    await _tell_author(context, refused, "approval.refused")


async def _say_why_not(context: Context, number: int, revision: int | None = None) -> None:
    broadcast = await context.services.broadcasts.broadcast(number)
    if broadcast is None or broadcast.state is not BroadcastState.PROPOSED:
        await context.say("approval.over")
    elif broadcast.created_by == context.person.id:
        await context.say("approval.own")
    else:
        same = broadcast.revision == revision
        await context.say("approval.lesson_changed" if same else "approval.changed")


async def _tell_author(context: Context, broadcast: Broadcast, key: str) -> None:
    await tell_verdict(context, key, broadcast.created_by, name_of(broadcast), broadcast.reason)


async def tell_verdict(context: Context, key: str, author_id: int, title: str, reason: str) -> None:
    """Tell an author what became of what they proposed."""
    author = await context.services.people.find(author_id)
    if author:
        said = {"name": context.person.name, "title": title, "reason": reason}
        await context.tell(author.id, context.text(key, author.language, **said))


async def languages_of(context: Context, broadcast_id: int) -> list[Language]:
    """Those that recipients read; without any recipients, that of who looks."""
    return await context.services.accounts.languages(broadcast_id) or [context.person.language]


REFUSE: Final = FormKind(
    "refuse",
    Role.COORDINATOR,
    REFUSAL_FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    about=("broadcast",),
    within=BROADCAST,
)
