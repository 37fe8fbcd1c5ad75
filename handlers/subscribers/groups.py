"""Groups as subscribers: greeted when the bot comes, set up by their administrators in the private chat."""

from typing import Final

from telegram import (
    ChatMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ChatType, ParseMode
from telegram.error import ChatMigrated, TelegramError

from bot.context import Context
from bot.core.forms import shown_name
from handlers.subscribers import settings
from handlers.subscribers.chosen import administers, tell_group, way_to_set_up

COMMANDS: Final = frozenset({"subscribe", "unsubscribe", "settings"})
"""What is set up in the private chat when it is asked for in a group."""
_KINDS: Final = (ChatType.GROUP, ChatType.SUPERGROUP)
_FIRST_SUPERGROUP: Final = -1_000_000_000_000
"""The identifiers of supergroups go down from here."""


async def note_membership(change: ChatMemberUpdated, context: Context) -> None:
    """The bot was added to a group, taken away, or may write there no longer, or again."""
    chat, subscribers = change.chat, context.services.subscribers
    if chat.type not in _KINDS:
        return
    if not _may_write(change.new_chat_member):
        await subscribers.mark_out_of_reach([chat.id], context.now)
        return
    await subscribers.meet_group(chat.id, shown_name(chat.title or ""))
    if change.old_chat_member.status in (ChatMember.LEFT, ChatMember.BANNED):
        group = await subscribers.subscriber(chat.id)
        hello = context.text("group.hello", group.reads, bot=context.bot.username)
        await tell_group(context, group, hello, way_to_set_up(context, group))


async def note_migration(message: Message | None, context: Context) -> bool:
    """Whether the message tells that a group became a supergroup; what it subscribed goes along."""
    if message and message.migrate_to_chat_id:
        await context.services.subscribers.move(message.chat_id, message.migrate_to_chat_id)
    elif message and message.migrate_from_chat_id:
        await context.services.subscribers.move(message.migrate_from_chat_id, message.chat_id)
    else:
        return False
    return True


async def show_way(message: Message, context: Context) -> None:
    """A command to set something up was written in a group: the way to where its administrators can."""
    group = await context.services.subscribers.subscriber(message.chat_id)
    await context.bot.send_message(
        group.chat_id,
        context.text("group.set_up", group.reads),
        parse_mode=ParseMode.HTML,
        reply_markup=way_to_set_up(context, group),
        reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
    )


async def open_group(update: Update, context: Context, group_id: int) -> None:
    """/start group-…: an administrator of the group sees what it receives, and changes it."""
    group_id = await _id_now(context, group_id)
    if not await administers(context, group_id):
        await context.say("group.not_administrator", bot=context.bot.username)
        return
    if not _may_write(await context.bot.get_chat_member(group_id, context.bot.id)):
        await context.say("group.cannot_write")
        return
    chat = await context.bot.get_chat(group_id)
    await context.services.subscribers.meet_group(group_id, shown_name(chat.title or ""))
    await settings.send_page(context, await context.services.subscribers.subscriber(group_id))


async def _id_now(context: Context, group_id: int) -> int:
    """The group's id, or the one that it has as a supergroup: old buttons in it still hold the old one."""
    if group_id <= _FIRST_SUPERGROUP:
        return group_id
    try:  # Telegram tells of the new id only who would write
        await context.bot.send_chat_action(group_id, ChatAction.TYPING)
    except ChatMigrated as moved:
        await context.services.subscribers.move(group_id, moved.new_chat_id)
        return moved.new_chat_id
    except TelegramError:
        return group_id
    return group_id


def _may_write(bot: ChatMember) -> bool:
    """Whether the bot is in the group and may write there."""
    if isinstance(bot, ChatMemberRestricted):
        return bot.is_member and bot.can_send_messages
    return bot.status not in (ChatMember.LEFT, ChatMember.BANNED)
