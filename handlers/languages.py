"""/language, or the word for it: choose Khmer or English."""

from telegram import Update

from bot.context import Context
from bot.core.people import LANGUAGES
from handlers.keyboards import Row, button, keyboard


async def language(update: Update, context: Context) -> None:
    """Offer both languages."""
    await context.say("language.choose", keyboard(languages(context)))


def languages(context: Context) -> Row:
    """A button for each language, in that language."""
    return [button(context.text("language.name", one), "language", one) for one in LANGUAGES]
