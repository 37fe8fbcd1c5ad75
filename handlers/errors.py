"""When a handler fails: the person hears it, the log says where, and neither shows personal data."""

import structlog
from telegram import Update
from telegram.error import Conflict, Forbidden, NetworkError, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.context import Context

log = structlog.get_logger()


async def report(update: object, context: Context) -> None:
    """Log the failure and tell the person, unless the person is why."""
    error = context.error
    if isinstance(error, Conflict):
        log.error("another bot runs with the same token; stop one of them")
        return
    log.error(
        "an update failed" if isinstance(update, Update) else "the bot failed",
        update_id=update.update_id if isinstance(update, Update) else None,
        exc_info=None if isinstance(error, NetworkError) else error,
        error=type(error).__name__,
    )
    if not isinstance(update, Update):
        return
    if hasattr(context, "person") and not isinstance(error, Forbidden):
        try:
            await context.answer_press(update)
            await context.say("failed")
        except TelegramError as problem:
            log.warning("the person could not be told", error=type(problem).__name__)
    raise ApplicationHandlerStop
