"""When a handler fails: the person hears it, the log says where, and neither shows personal data."""

import structlog
from telegram import Update, User
from telegram.constants import ChatType
from telegram.error import Forbidden, NetworkError, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.context import Context, WgpdApplication
from bot.core.forms import shown_name
from bot.core.people import Person, Role
from bot.logs import kind_of, trace_of

log = structlog.get_logger()


async def report(update: object, context: Context) -> None:
    """Log the failure and tell the person, unless the person is why."""
    error = context.error
    log.error(
        "an update failed" if isinstance(update, Update) else "the bot failed",
        update_id=update.update_id if isinstance(update, Update) else None,
        error=kind_of(error),
        trace=None if isinstance(error, NetworkError) else trace_of(error),
    )
    if not isinstance(update, Update):
        return
    chat = update.effective_chat
    if chat and chat.type == ChatType.PRIVATE and update.effective_user and not isinstance(error, Forbidden):
        context.person = await who(update.effective_user, context)
        try:
            await context.answer_press(update)
            await context.say("failed")
        except TelegramError as problem:
            log.warning("the person could not be told", error=kind_of(problem))
    raise ApplicationHandlerStop


async def tell_interrupted(update: Update, application: WgpdApplication) -> None:
    """Tell a person that the bot was stopped while it handled what they sent."""
    context = Context.from_update(update, application)
    if update.effective_user and update.effective_chat and update.effective_chat.type == ChatType.PRIVATE:
        context.person = await who(update.effective_user, context)
        await context.tell(context.person.id, context.text("interrupted"))


async def who(user: User, context: Context) -> Person:
    """The person as remembered, or as Telegram tells when it is the memory that fails."""
    try:
        known = await context.services.people.find(user.id)
    except Exception as problem:
        log.warning("the person could not be looked up", error=kind_of(problem))
        known = None
    return known or Person(user.id, shown_name(user.full_name), Role.PERSON, None, user.language_code)
