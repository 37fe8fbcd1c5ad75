"""Whose wishes a press is about: one's own, or those of a group that one administers."""

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, Final

import structlog
from markupsafe import Markup
from telegram import ChatMember, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.subscribers import Subscriber
from handlers.keyboards import button, keyboard
from handlers.routing import Reaction, groups_of

GROUP: Final = r"(?::(-\d{1,15}))?"
"""The end of a button's data that is about a group: its id."""
ANSWERED: Final = "group"
"""Where a form keeps that id."""

Arrangement = Callable[[Update, Context, Subscriber], Coroutine[Any, Any, None]]

log = structlog.get_logger()


def for_subscriber(arrange: Arrangement) -> Reaction:
    """The arrangement for the group that the pressed button names, else for one's own chat."""

    @wraps(arrange)
    async def arranged(update: Update, context: Context) -> None:
        last = (groups_of(context) or (None,))[-1]
        group_id = int(last) if last and last.startswith("-") else None
        subscriber = await subscriber_chosen(context, group_id)
        if subscriber:
            await arrange(update, context, subscriber)
        else:
            await context.answer_press(update)
            await context.say("group.not_administrator", bot=context.bot.username)

    return arranged


async def subscriber_chosen(context: Context, group_id: int | None) -> Subscriber | None:
    """The chat that the person may set up; None for a group that they do not administer (any more)."""
    if group_id is not None and not await administers(context, group_id):
        return None
    return await context.services.subscribers.subscriber(group_id or context.person.id)


async def administers(context: Context, group_id: int) -> bool:
    """Whether the person is an administrator of the group now: roles change, and presses can be forged."""
    try:
        member = await context.bot.get_chat_member(group_id, context.person.id)
    except (BadRequest, Forbidden, ChatMigrated):  # there is no such group, or one of both is not in it
        return False
    return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


def group_of(answers: Mapping[str, str]) -> int | None:
    """The group that a form is about."""
    return int(answers[ANSWERED]) if ANSWERED in answers else None


def answers_for(subscriber: Subscriber) -> dict[str, str]:
    """The beginning of a form that is about this chat."""
    return {ANSWERED: str(subscriber.chat_id)} if subscriber.is_group else {}


def button_for(subscriber: Subscriber, label: str, verb: str, *arguments: object) -> InlineKeyboardButton:
    """A button that is about this chat."""
    return button(label, verb, *arguments, *([subscriber.chat_id] if subscriber.is_group else []))


def way_to_set_up(context: Context, group: Subscriber) -> InlineKeyboardMarkup:
    """The button in a group that leads its administrators to the private chat."""
    label = context.text("group.set_up_button", group.reads).unescape()
    url = create_deep_linked_url(context.bot.username, f"group{group.chat_id}")
    return keyboard([InlineKeyboardButton(label, url=url)])


async def tell_group(
    context: Context, group: Subscriber, html: Markup, buttons: InlineKeyboardMarkup | None = None
) -> None:
    """Say something in a group; one that the bot cannot reach is remembered as such."""
    try:
        await context.bot.send_message(group.chat_id, html, parse_mode=ParseMode.HTML, reply_markup=buttons)
    except Forbidden:
        await context.services.subscribers.mark_out_of_reach([group.chat_id], context.now)
    except TelegramError as problem:
        log.warning("a group could not be told", error=type(problem).__name__)
