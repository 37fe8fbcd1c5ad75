"""The first handler of every update: who is this, and may the bot speak here at all?"""

from telegram import ChatMember, ChatMemberUpdated, Update, User
from telegram.constants import ChatType
from telegram.error import Forbidden
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.core.forms import shown_name
from bot.core.people import Person, Role
from handlers import elsewhere, privacy
from handlers.subscribers import groups


async def meet(update: Update, context: Context) -> None:
    """Remember the person, and stop updates that get silence by design.

    Those are channel posts, edits, other bots, what was sent via this bot, buttons without data, and groups
    (which are answered here, when the bot is addressed).
    """
    user, chat = update.effective_user, update.effective_chat
    if update.inline_query:
        context.person = await _stranger_or_known(context, update.inline_query.from_user)
        return
    if update.my_chat_member:
        await _note_reachability(update.my_chat_member, context)
        raise ApplicationHandlerStop
    if await groups.note_migration(update.message, context):
        raise ApplicationHandlerStop
    if (
        user is None
        or _is_bot(user, update)
        or chat is None
        or update.edited_message
        or _sent_via_bot(update, context)
    ):
        raise ApplicationHandlerStop
    if update.callback_query and not update.callback_query.data:  # a game's button, or a forged one
        await context.answer_press(update)
        raise ApplicationHandlerStop
    if chat.type != ChatType.PRIVATE:
        context.person = await _stranger_or_known(context, user)
        await _answer_in_group(update, context)
        raise ApplicationHandlerStop
    if privacy.is_about_forgetting(update):  # pressed twice, it must not make them known again
        context.person = await _stranger_or_known(context, user)
        return
    context.person = await context.services.people.meet(
        user.id, shown_name(user.full_name), user.language_code, context.now
    )


async def _note_reachability(change: ChatMemberUpdated, context: Context) -> None:
    """Somebody blocked the bot, or let it write again; or a group did."""
    if change.chat.type != ChatType.PRIVATE:
        await groups.note_membership(change, context)
        return
    people, user = context.services.people, change.from_user
    if change.new_chat_member.status == ChatMember.BANNED:
        await people.mark_blocked(user.id, context.now)
    else:
        await people.meet(user.id, shown_name(user.full_name), user.language_code, context.now)


async def _answer_in_group(update: Update, context: Context) -> None:
    """In a group the bot answers when addressed; of its buttons there, one is answered."""
    if update.callback_query:
        await elsewhere.press_in_group(update, context)
        return
    try:
        await elsewhere.in_group(update, context)
    except Forbidden:  # it was removed, or may not write there
        return


def _is_bot(user: User, update: Update) -> bool:
    """Whether another bot speaks; Telegram gives anonymous administrators of a group the name of one."""
    sender = update.message.sender_chat if update.message else None
    return user.is_bot and (sender is None or sender != update.effective_chat)


def _sent_via_bot(update: Update, context: Context) -> bool:
    """Whether somebody sent an inline result of this bot into the private chat with it."""
    via = update.message.via_bot if update.message else None
    return via is not None and via.id == context.bot.id


async def _stranger_or_known(context: Context, user: User) -> Person:
    """The person outside the private chat: nobody is remembered for what they do there."""
    known = await context.services.people.find(user.id)
    return known or Person(user.id, shown_name(user.full_name), Role.PERSON, None, user.language_code)
