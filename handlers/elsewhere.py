"""The bot outside its private chats: in groups, when it is addressed, and inline in any chat."""

import re
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from markupsafe import Markup, escape
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import MessageEntityType, ParseMode
from telegram.error import BadRequest
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.history import REPEATED_WITHIN, Result
from bot.core.khmer import language_of
from bot.core.knowledge import lead
from bot.core.lessons import Lesson
from bot.core.people import Language
from bot.core.questions import Answer, Answers, SmallTalk, Suggest, Unknown, answered
from handlers.broadcasts import readings
from handlers.keyboards import column
from handlers.menus import COMMANDS
from handlers.questions import EXAMPLES
from handlers.subscribers import groups

SHORT: Final = 300
"""An answer in a group is no longer than about this, in characters; the rest is in the private chat."""
_READ: Final = re.compile(r"read:(\d{1,15})")
MOST_RESULTS: Final = 5
INLINE_KEPT: Final = 60
"""Seconds for which Telegram may show the same results again: an entry may change."""


async def in_group(update: Update, context: Context) -> None:
    """Answer in a group when addressed: by name, by a reply to the bot, or by /ask. Else silence."""
    message = update.message
    if message is None:
        return
    if _command_to_bot(message, context) in groups.COMMANDS:
        await groups.show_way(message, context)
        return
    words = _words_to_bot(message, context)
    if words is None:
        return
    language = language_of(words) or context.person.language
    text, rows = await _reply(context, words, language)
    await context.typing(message.chat_id)
    await context.bot.send_message(
        message.chat_id,
        text,
        parse_mode=ParseMode.HTML,
        reply_markup=rows,
        reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
    )


async def press_in_group(update: Update, context: Context) -> None:
    """«We have read this» counts for the councils of the group; nothing else is answered there."""
    query = update.callback_query
    pressed = _READ.fullmatch(query.data) if query and query.data else None
    if pressed and query and query.message:
        await readings.note_in(update, context, int(pressed[1]), query.message.chat.id)
    else:
        forged = query and str(query.data).startswith("e-")  # of an event: those buttons stand elsewhere
        await context.answer_press(update, "elsewhere.press_in_private" if forged else None)


async def inline(update: Update, context: Context) -> None:
    """@bot WORDS in any chat: answers and lessons to send there; without words, examples."""
    query = update.inline_query
    if query is None:
        return
    known, language = context.services.knowledge, context.person.language
    words = query.query.strip()
    if words:
        language = context.person.chosen_language or language_of(words) or language
        topics = _topics_for(context, words)
        lessons = (await context.services.library.search(words))[:MOST_RESULTS]
    else:
        topics = tuple(topic for topic in EXAMPLES if topic in known)
        lessons = []
    results = [
        InlineQueryResultArticle(
            # A text that has changed is another result: Telegram's clients keep the old one.
            str(uuid5(NAMESPACE_OID, f"{topic}{language}{known.answer(topic, language)}")),
            known.question(topic, language),
            InputTextMessageContent(
                Markup("<b>{}</b>\n{}").format(
                    known.question(topic, language), known.answer(topic, language)
                ),
                parse_mode=ParseMode.HTML,
            ),
            description=lead(known.answer(topic, language), 120),
            reply_markup=_to_private(context, language, f"topic-{topic}"),
        )
        for topic in topics
    ]
    results += [_lesson(context, lesson, language) for lesson in lessons]
    private = InlineQueryResultsButton(
        context.text("elsewhere.private", language).unescape(), start_parameter="ask"
    )
    try:
        await query.answer(results, cache_time=INLINE_KEPT, is_personal=True, button=private)
    except BadRequest as problem:
        if "query is too old" not in problem.message:  # else the person has typed on
            raise


def _lesson(context: Context, lesson: Lesson, language: Language) -> InlineQueryResultArticle:
    """A lesson's beginning; the whole one, with its attachments, is in the private chat."""
    text = Markup("📖 <b>{}</b>\n{}").format(lesson.title, lead(lesson.body, SHORT))
    return InlineQueryResultArticle(
        str(uuid5(NAMESPACE_OID, f"lesson {lesson.id} {lesson.version} {language}")),
        f"📖 {lesson.title}",
        InputTextMessageContent(text, parse_mode=ParseMode.HTML),
        description=lead(lesson.body, 120),
        reply_markup=InlineKeyboardMarkup(
            [[_link(context, context.text("lesson.open", language).unescape(), f"lesson-{lesson.id}")]]
        ),
    )


def _command_to_bot(message: Message, context: Context) -> str | None:
    """The command to this bot with which a message begins, in lower case."""
    found = message.parse_entities([MessageEntityType.BOT_COMMAND]) if message.text else {}
    for entity, part in found.items():
        if entity.offset == 0:
            command, _, addressee = part[1:].lower().partition("@")
            return command if addressee in ("", context.bot.username.lower()) else None
    return None


def _words_to_bot(message: Message, context: Context) -> str | None:
    """What is said to the bot in a group, without its name; None when it is not addressed."""
    text, name = message.text or message.caption or "", f"@{context.bot.username}".lower()
    found = message.parse_entities() if message.text else message.parse_caption_entities()
    for entity, part in found.items():
        if entity.type == MessageEntityType.BOT_COMMAND and entity.offset == 0:
            command, _, addressee = part[1:].lower().partition("@")
            if addressee and f"@{addressee}" != name:
                return None
            rest = text[len(part) :].strip()
            return rest if command == "ask" else "" if command in COMMANDS else None
        if entity.type == MessageEntityType.MENTION and part.lower() == name:
            return text.replace(part, " ", 1).strip()
    replied = message.reply_to_message
    to_bot = replied is not None and replied.from_user is not None and replied.from_user.id == context.bot.id
    return text if to_bot else None


async def _reply(
    context: Context, words: str, language: Language
) -> tuple[Markup, InlineKeyboardMarkup | None]:
    """A short reply, and the way to the private chat where there is more to say."""
    if not words.strip():
        return context.text("group", language, bot=context.bot.username), None
    known = context.services.knowledge
    reply = context.services.answerer.reply(words)
    result, topics_answered = Result.UNKNOWN, answered(reply)
    match reply:
        case SmallTalk(talk):
            return Markup(escape(known.answer(talk, language))), None
        case Answer() | Answers():
            result = Result.ANSWERED
            text = Markup("\n\n").join(lead(known.answer(one, language), SHORT) for one in topics_answered)
            rows = _to_private(context, language, f"topic-{topics_answered[0]}")
        case Suggest(topics):
            result = Result.SUGGESTED
            text = context.text("question.suggest", language)
            rows = InlineKeyboardMarkup(
                column(_link(context, known.question(one, language), f"topic-{one}") for one in topics)
            )
        case Unknown():
            text = context.text("elsewhere.unknown", language)
            rows = _to_private(context, language, "ask")
    await _keep(context, words, language, result, next(iter(topics_answered), None))
    return text, rows


async def _keep(context: Context, words: str, language: Language, result: Result, topic: str | None) -> None:
    """Keep what a group asked; said again and again, it must not crowd out what others asked."""
    history = context.services.history
    repeated, _ = await history.repeats(None, words, context.now - REPEATED_WITHIN)
    if not repeated:
        await history.keep(None, words, language, result, context.now, topic)


def _topics_for(context: Context, words: str) -> tuple[str, ...]:
    match context.services.answerer.reply(words):
        case Answer(topic, _, others):
            return (topic, *others)[:MOST_RESULTS]
        case Answers(topics) | Suggest(topics):
            return topics
        case _:
            return ()


def _to_private(context: Context, language: Language, payload: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[_link(context, context.text("elsewhere.private", language).unescape(), payload)]]
    )


def _link(context: Context, label: str, payload: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, url=create_deep_linked_url(context.bot.username, payload))
