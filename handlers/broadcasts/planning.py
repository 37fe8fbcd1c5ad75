"""When a broadcast is sent, and its correction: what both kinds of broadcast with a form have in common."""

from telegram import Update

from bot.context import Context
from bot.core.broadcasts import Subject
from bot.core.forms import Form
from handlers import lessons
from handlers.broadcasts import composing
from handlers.events import announcing, changing
from handlers.forms import FormKind
from handlers.routing import groups_of, number_of

KINDS = {kind.name: kind for kind in (announcing.ANNOUNCE, lessons.SHARE)}
SUBJECTS = {announcing.ANNOUNCE.name: Subject.EVENT, lessons.SHARE.name: Subject.LESSON}


async def ask_when(update: Update, context: Context) -> None:
    """It is to be sent later: when?"""
    await context.answer_press(update)
    await context.say("broadcast.when")


async def send_at_once(update: Update, context: Context) -> None:
    """It is to be sent at once after all."""
    if drafted := await _draft(update, context):
        await composing.send_at_once(update, context, *drafted)


async def send_to_me(update: Update, context: Context) -> None:
    """The coordinator wants to see it arrive first."""
    if drafted := await _draft(update, context):
        kind, form = drafted
        worded = announcing.texts if kind is announcing.ANNOUNCE else lessons.texts
        await composing.send_to_me(context, form, SUBJECTS[kind.name], worded(context, form))


async def _draft(update: Update, context: Context) -> tuple[FormKind, Form] | None:
    """The form whose button was pressed; None, and the reason said, when it is another by now."""
    name, version = groups_of(context)
    form = await context.services.forms.draft(context.person.id, name)
    if form is None or form.version != int(version):
        await context.answer_press(update, "form.old_button" if form else "form.closed")
        return None
    await context.answer_press(update)
    return KINDS[name], form


async def correct(update: Update, context: Context) -> None:
    """Correct a broadcast everywhere."""
    await context.answer_press(update)
    broadcast = await context.services.broadcasts.broadcast(number_of(context))
    if broadcast and broadcast.reminds:  # it says what the other says
        broadcast = await context.services.broadcasts.broadcast(broadcast.reminds)
    proposed = await context.services.approvals.answers(broadcast.id) if broadcast else None
    if broadcast and broadcast.subject is Subject.LESSON:
        await lessons.correct(update, context, broadcast, proposed)
    elif broadcast and broadcast.subject is Subject.EVENT:
        if proposed:
            await announcing.correct(update, context, broadcast, proposed)
        else:
            await changing.begin(update, context, broadcast.subject_id)
    else:
        await context.say("broadcast.unknown")
