"""How a handler is bound to a command or a button: with the role that it needs, checked at every use."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.context import Context
from bot.core.audit import pressed
from bot.core.people import Role

Reaction = Callable[[Update, Context], Coroutine[Any, Any, None]]
Handler = BaseHandler[Any, Context, Any]

IN_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE


def command(name: str, reaction: Reaction, role: Role) -> Handler:
    """React to /name in a private chat."""
    return CommandHandler(name, for_role(role, reaction), filters=IN_PRIVATE)


def press(pattern: str, reaction: Reaction, role: Role) -> Handler:
    """React to a button whose whole data fits the pattern; its groups are in `context.match`."""
    return CallbackQueryHandler(for_role(role, reaction), pattern=rf"^(?:{pattern})\Z")


def message(wanted: filters.BaseFilter, reaction: Reaction, role: Role) -> Handler:
    """React to a new private message that passes the filter."""
    return MessageHandler(IN_PRIVATE & wanted, for_role(role, reaction))


def for_role(role: Role, reaction: Reaction) -> Reaction:
    """The reaction, refused to people below the role."""

    @wraps(reaction)
    async def guarded(update: Update, context: Context) -> None:
        if not context.person.may(role):
            await context.answer_press(update)
            await context.say("not_allowed" if role < Role.ADMINISTRATOR else "not_allowed.administrator")
            return
        with context.doing(*_deed_of(update)):
            await reaction(update, context)

    return guarded


def _deed_of(update: Update) -> tuple[str, str]:
    """What the person does by this, as the audit names it, and what it is about."""
    if update.callback_query:
        return pressed(update.callback_query.data or "")
    words = (update.message and update.message.text) or ""
    return (words.split()[0].lstrip("/").partition("@")[0].lower(), "") if words.startswith("/") else ("", "")


def groups_of(context: Context) -> tuple[str, ...]:
    """What the pressed button's pattern caught."""
    return context.matches[0].groups() if context.matches else ()


def number_of(context: Context) -> int:
    """The first thing that the pressed button's pattern caught, a number."""
    return int(groups_of(context)[0])
