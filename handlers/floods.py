"""Somebody sent more than the bot answers: it says so once, and when to try again."""

from telegram import Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.core.floods import TRY_AGAIN
from handlers.errors import who
from messages.dates import digits


async def turn_away(update: Update, context: Context) -> None:
    """Answer what is beyond the limit with the notice alone; in groups and inline, with silence."""
    if not context.services.doorkeeper.tells(update):
        return
    user, chat = update.effective_user, update.effective_chat
    if user is None:
        raise ApplicationHandlerStop
    context.person = await who(user, context)
    seconds = digits(context.person.language, TRY_AGAIN)
    try:
        if update.callback_query:
            await context.answer_press(update, "flood", seconds=seconds)
        elif chat and chat.type == ChatType.PRIVATE:
            await context.say("flood", seconds=seconds)
    except TelegramError:
        pass  # it only says why nothing is said
    raise ApplicationHandlerStop
