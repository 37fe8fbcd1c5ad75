"""The second pair of eyes on a correction: the message stays as it is until somebody else approved it."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup
from telegram import Message, Update

from bot.context import Context
from bot.core.approvals import REFUSAL_FIELDS, ProposedCorrection
from bot.core.broadcasts import BroadcastState, DeliveryState
from bot.core.forms import Form
from bot.core.people import Language, Role
from handlers import forms
from handlers.broadcasts import approvals, progress
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.links import links_in
from handlers.routing import number_of
from handlers.scopes import CORRECTION
from messages.dates import digits


async def propose(
    update: Update, context: Context, broadcast_id: int, form: Form, texts: Mapping[Language, str]
) -> None:
    """Ask the others to look at the new words; what is itself only proposed is changed at once."""
    services = context.services
    broadcast = await services.broadcasts.broadcast(broadcast_id)
    if broadcast and broadcast.state is BroadcastState.PROPOSED:
        revised = await services.approvals.revise(broadcast_id, form, texts, context.now)
        if revised is None:
            await context.say("form.old_button")
            return
        await progress.show(update, context, revised)
        await approvals.ask_others(context, revised)
        return
    proposed = await services.approvals.propose_correction(broadcast_id, form, texts, context.now)
    if proposed is None:
        await _say_why_not_proposed(context, broadcast_id)
        return
    await context.show(update, context.text("approval.correction_proposed"))
    if broadcast:
        await approvals.ask_to_look(
            context, "approval.asked_correction", proposed.title, broadcast, "b-see-new", proposed.id
        )


async def see(update: Update, context: Context) -> None:
    """Show the message as it is and as it would be, and ask for the verdict."""
    await context.answer_press(update)
    correction = await context.services.approvals.correction(number_of(context))
    broadcast = await context.services.broadcasts.broadcast(correction.broadcast_id) if correction else None
    if correction is None or broadcast is None:
        await context.say("approval.correction_over")
        return
    shown: list[Message] = []
    for read in await approvals.languages_of(context, broadcast.id):
        await context.say(f"approval.before.{read}")
        await context.send(context.person.id, broadcast.texts[read])
        await context.say(f"approval.after.{read}")
        shown += await context.send(context.person.id, correction.texts[read])
    if correction.created_by == context.person.id:
        await context.say("approval.own")
        return
    tally = await context.services.accounts.tally(broadcast.id)
    number = tally[DeliveryState.SENT]
    asked = context.text(
        "approval.sure_correction", count=number, chats=digits(context.person.language, number)
    )
    approving = button(context.text("approval.yes"), "b-approve-new", correction.id)
    refusing = button(context.text("approval.no_correction"), "b-refuse-new", correction.id)
    text = Markup("\n\n").join([*links_in(context, shown), asked])
    await context.send(context.person.id, text, keyboard([approving], [refusing]))


async def approve(update: Update, context: Context) -> None:
    """The message is changed to the words that were seen, also where it has arrived."""
    await context.answer_press(update)
    number, services = number_of(context), context.services
    approved = await services.approvals.approve_correction(number, context.person.id, context.now)
    if approved is None:
        await _say_why_not(context, number)
        return
    await _tell(update, context, approved, "approval.correction_approved")
    services.wake_outbox()


async def refuse(update: Update, context: Context) -> None:
    """The message is to stay as it is: why?"""
    await context.answer_press(update)
    await forms.begin(update, context, REFUSE, {"correction": str(number_of(context))})


async def _review(update: Update, context: Context, form: Form) -> None:
    text = Markup("{}\n\n{}").format(context.text("approval.refuse_correction_sure"), form.answers["reason"])
    rows = review_rows(context, REFUSE, form, "approval.no_correction")
    await context.send(context.person.id, text, keyboard(*rows))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    number, reason = int(form.answers["correction"]), form.answers["reason"]
    refused = await context.services.approvals.refuse_correction(
        form, number, reason, context.person.id, context.now
    )
    if refused is None:
        await _say_why_not(context, number)
        return
    await _tell(update, context, refused, "approval.correction_refused")


async def _tell(update: Update, context: Context, decided: ProposedCorrection, key: str) -> None:
    """Show the broadcast as it now is, and tell the author of the correction."""
    broadcast = await context.services.broadcasts.broadcast(decided.broadcast_id)
    if broadcast:
        await progress.show(update, context, broadcast)
    await approvals.tell_verdict(context, key, decided.created_by, decided.title, decided.reason)


async def _say_why_not(context: Context, number: int) -> None:
    correction = await context.services.approvals.correction(number)
    if correction is None:
        await context.say("approval.correction_over")
    else:
        own = correction.created_by == context.person.id
        await context.say("approval.own" if own else "approval.outdated")


async def _say_why_not_proposed(context: Context, broadcast_id: int) -> None:
    waiting = await context.services.approvals.correction_of(broadcast_id)
    if waiting and waiting.created_by != context.person.id:
        seeing = button(context.text("approval.see"), "b-see-new", waiting.id)
        await context.say("approval.another_waits", keyboard([seeing]))
    else:
        await context.say("form.old_button")


REFUSE: Final = FormKind(
    "dismiss",
    Role.COORDINATOR,
    REFUSAL_FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    wording="refuse",
    about=("correction",),
    within=CORRECTION,
)
