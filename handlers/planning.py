"""When a broadcast is sent, and its correction: what both kinds of broadcast with a form have in common."""

from telegram import Update

from bot.context import Context
from bot.core.broadcasts import Subject
from handlers import broadcasts, events, lessons
from handlers.routing import groups_of, number_of

KINDS = {kind.name: kind for kind in (events.ANNOUNCE, lessons.SHARE)}


async def ask_when(update: Update, context: Context) -> None:
    """It is to be sent later: when?"""
    await context.answer_press(update)
    await context.say("broadcast.when")


async def send_at_once(update: Update, context: Context) -> None:
    """It is to be sent at once after all."""
    name, version = groups_of(context)
    form = await context.services.forms.draft(context.person.id, name)
    if form is None or form.version != int(version):
        await context.answer_press(update, "form.old_button" if form else "form.closed")
        return
    await context.answer_press(update)
    await broadcasts.send_at_once(update, context, KINDS[name], form)


async def correct(update: Update, context: Context) -> None:
    """Correct a broadcast everywhere."""
    await context.answer_press(update)
    broadcast = await context.services.broadcasts.broadcast(number_of(context))
    if broadcast and broadcast.subject is Subject.LESSON:
        await lessons.correct(update, context, broadcast)
    elif broadcast and broadcast.subject is Subject.EVENT:
        await events.correct(update, context, broadcast)
    else:
        await context.say("broadcast.unknown")
