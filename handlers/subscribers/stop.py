"""Stop at one tap, from a broadcast's footer too; and take that back."""

from datetime import UTC, datetime

from telegram import Update

from bot.context import Context
from bot.core.subscribers import Subscriber
from handlers.keyboards import keyboard
from handlers.routing import groups_of
from handlers.subscribers.chosen import button_for, for_subscriber, tell_group


@for_subscriber
async def stop(update: Update, context: Context, subscriber: Subscriber) -> None:
    """All that the chat subscribed ends; a message of its own says so, the broadcast stays."""
    await context.answer_press(update)
    moment = context.now.replace(microsecond=0)  # what its button can name
    ended = await context.services.subscriptions.unsubscribe(subscriber.chat_id, None, moment)
    receives = button_for(subscriber, context.text("menu.settings"), "settings")
    if not ended:
        await context.say("stop.nothing", keyboard([receives]))
        return
    label, at = context.text("stop.take_back"), int(moment.timestamp())
    again = button_for(subscriber, label, "restore", at)
    if subscriber.is_group:
        text = context.text("group.stopped", title=subscriber.title)
        await context.send(context.person.id, text, keyboard([again]))
        told = context.text("group.stopped", subscriber.reads, title=subscriber.title)
        await tell_group(context, subscriber, told)
    else:
        await context.say("stop.done", keyboard([again]))


@for_subscriber
async def take_back(update: Update, context: Context, subscriber: Subscriber) -> None:
    """Exactly what was stopped then is subscribed again."""
    await context.answer_press(update)
    moment = datetime.fromtimestamp(int(groups_of(context)[0]), UTC)
    again = await context.services.subscriptions.take_back(subscriber.chat_id, moment)
    receives = keyboard([button_for(subscriber, context.text("menu.settings"), "settings")])
    if not again:
        await context.show(update, context.text("stop.taken_before"), receives)
        return
    if subscriber.is_group:
        told = context.text("group.taken_back", subscriber.reads, title=subscriber.title)
        await tell_group(context, subscriber, told)
    await context.show(update, context.text("stop.taken_back"), receives)
