"""«We have read this» under a lesson, and calling on those who have not."""

from telegram import Update

from bot.context import Context
from bot.core.broadcasts import Subject
from bot.core.people import LANGUAGES
from bot.core.readings import reminding
from handlers.broadcasts import approvals, progress
from handlers.keyboards import button, keyboard
from handlers.routing import groups_of, number_of
from messages.dates import digits


async def note(update: Update, context: Context) -> None:
    """Somebody pressed it, in the private chat or in a group: it counts for the councils of that chat."""
    await note_in(update, context, number_of(context), context.person.id)


async def note_in(update: Update, context: Context, lesson_id: int, chat_id: int) -> None:
    """The same for a named lesson and chat; the notice says what was noted."""
    known = await context.services.people.find(context.person.id)  # in a group it may be a stranger
    person_id = known.id if known else None
    councils = await context.services.readings.note(lesson_id, chat_id, person_id, context.now)
    if councils is None:
        await context.answer_press(update, "reading.unknown")
    elif councils:
        await context.answer_press(update, "reading.noted", alert=False)
    elif await context.services.subscriptions.of_chat(chat_id):
        await context.answer_press(update, "reading.noted_before", alert=False)
    else:
        await context.answer_press(update, "reading.no_council")


async def ask_to_remind(update: Update, context: Context) -> None:
    """Call on the councils that have not read: how many would be called on?"""
    await context.answer_press(update)
    broadcast_id = number_of(context)
    readership = await context.services.readings.readership(broadcast_id)
    if not readership.unread_chats:
        await context.say("reading.all_read")
        return
    await context.services.broadcasts.unwatch(broadcast_id)  # the question must not be edited away
    number = digits(context.person.language, readership.unread_chats)
    asked = context.text("reading.sure", count=readership.unread_chats, number=number)
    confirming = "broadcast.propose" if context.services.second_pair_of_eyes else "broadcast.yes"
    yes = button(context.text(confirming), "b-remind-yes", broadcast_id, readership.reminders)
    await context.show(
        update, asked, keyboard([yes], [button(context.text("button.back"), "b", broadcast_id)])
    )


async def remind(update: Update, context: Context) -> None:
    """They get the lesson once more, with a word before it; the reminder is a broadcast of its own."""
    await context.answer_press(update)
    broadcast_id, number = map(int, groups_of(context))
    stored = context.services.broadcasts
    broadcast = await stored.broadcast(broadcast_id)
    if broadcast is None or broadcast.subject is not Subject.LESSON or broadcast.recalled_at:
        await context.say("broadcast.cannot")
        return
    texts = {
        language: reminding(context.text("reading.reminder", language), broadcast.texts[language])
        for language in LANGUAGES
    }
    proposed = context.services.second_pair_of_eyes
    reminder = await stored.remind(broadcast, number, texts, context.person.id, context.now, proposed)
    if reminder is None:
        await context.say("broadcast.cannot")
        return
    await progress.show(update, context, reminder)
    if proposed:
        await approvals.ask_others(context, reminder)
    context.services.wake_outbox()
