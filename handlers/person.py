"""The first handler of every update: who is this, and may the bot speak here at all?"""

from telegram import Chat, ChatMember, ChatMemberUpdated, Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.core.people import Person, Role


async def meet(update: Update, context: Context) -> None:
    """Remember the person, and stop updates that get silence by design.

    Those are channel posts, edits, other bots, buttons without data, and groups (where a command is
    answered with the way to the private chat).
    """
    user, chat = update.effective_user, update.effective_chat
    if user is None or user.is_bot or chat is None or update.edited_message:
        raise ApplicationHandlerStop
    if update.callback_query and not update.callback_query.data:  # a game's button, or a forged one
        await context.answer_press(update)
        raise ApplicationHandlerStop
    if update.my_chat_member:
        await _note_reachability(update.my_chat_member, context)
        raise ApplicationHandlerStop
    if chat.type != ChatType.PRIVATE:
        context.person = Person(user.id, user.full_name, Role.PERSON, None, user.language_code)
        await _point_to_private_chat(update, context, chat)
        raise ApplicationHandlerStop
    context.person = await context.services.people.meet(
        user.id, user.full_name, user.language_code, context.now
    )


async def _note_reachability(change: ChatMemberUpdated, context: Context) -> None:
    """Somebody blocked the bot, or let it write again."""
    if change.chat.type != ChatType.PRIVATE:
        return
    people, user = context.services.people, change.from_user
    if change.new_chat_member.status == ChatMember.BANNED:
        await people.mark_blocked(user.id, context.now)
    else:
        await people.meet(user.id, user.full_name, user.language_code, context.now)


async def _point_to_private_chat(update: Update, context: Context, chat: Chat) -> None:
    if update.message and update.message.text and update.message.text.startswith("/"):
        await context.bot.send_message(chat.id, context.text("group", bot=context.bot.username).striptags())
