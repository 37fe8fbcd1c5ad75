"""How a handler is bound to what people do: with what that needs, asked at every use, in one place."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.context import Context
from bot.core.audit import pressed
from bot.core.people import Ability, Needs, Role
from handlers.naming import province_names

Reaction = Callable[[Update, Context], Coroutine[Any, Any, None]]
Handler = BaseHandler[Any, Context, Any]

IN_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE


@dataclass(frozen=True)
class Scope:
    """Things of one sort that lie somewhere. `name` is the answer of forms that holds a thing's number.

    `holds` tells whether the thing is one that this coordinator may work on; what is unknown, everybody may.
    """

    name: str
    holds: Callable[[Context, int], Coroutine[Any, Any, bool]]


def command(name: str, reaction: Reaction, needs: Needs) -> Handler:
    """React to /name in a private chat."""
    return CommandHandler(name, gated(reaction, needs), filters=IN_PRIVATE)


def press(pattern: str, reaction: Reaction, needs: Needs, scope: Scope | None = None) -> Handler:
    """React to a button whose whole data fits the pattern; its groups are in `context.match`.

    With a scope, the first number in the data is that of the thing it is about.
    """
    return CallbackQueryHandler(gated(reaction, needs, scope), pattern=rf"^(?:{pattern})\Z")


def message(wanted: filters.BaseFilter, reaction: Reaction, needs: Needs) -> Handler:
    """React to a new private message that passes the filter."""
    return MessageHandler(IN_PRIVATE & wanted, gated(reaction, needs))


def inline(reaction: Reaction, needs: Needs) -> Handler:
    """React to what is typed after the bot's name in any chat."""
    return InlineQueryHandler(gated(reaction, needs))


def gated(reaction: Reaction, needs: Needs, scope: Scope | None = None) -> Reaction:
    """The reaction, behind the gate."""

    @wraps(reaction)
    async def behind(update: Update, context: Context) -> None:
        numbers = (int(one) for one in groups_of(context) if one and one.isdecimal())
        if not await gate(update, context, needs, scope, next(numbers, None) if scope else None):
            return
        with context.doing(*_deed_of(update)):
            await reaction(update, context)

    return behind


async def gate(
    update: Update, context: Context, needs: Needs, scope: Scope | None = None, number: int | None = None
) -> bool:
    """Whether the person may do this now, to the thing with this number; otherwise they are told why not."""
    person = context.person
    if not person.may(needs):
        await context.answer_press(update)
        await _say_why_not(context, needs)
        return False
    if scope and number is not None and not await scope.holds(context, number):
        await context.answer_press(update)
        await context.say(
            "not_allowed.elsewhere", provinces=province_names(context, sorted(person.provinces))
        )
        return False
    return True


async def _say_why_not(context: Context, needs: Needs) -> None:
    if isinstance(needs, Ability) and context.person.may(Role.COORDINATOR):
        await context.say("not_allowed.ability", ability=context.text(f"ability.{needs}"))
    else:
        await context.say("not_allowed.administrator" if needs is Role.ADMINISTRATOR else "not_allowed")


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
