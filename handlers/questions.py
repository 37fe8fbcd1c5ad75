"""What the bot says to questions: entries, suggestions, and that it does not know."""

from collections.abc import Iterable

from markupsafe import escape
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.forms import clean
from bot.core.people import LANGUAGES, Language
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import groups_of

CONTACT = "how-to-contact"  # the entry that /contact says
EXAMPLES = ("what-is-wgpd", "founded-when", "forum-how-often", "how-to-join")


async def examples(update: Update, context: Context) -> None:
    """Questions to press, for people who do not know what to ask, and the way to all of them."""
    language = context.person.language
    everything = [button(context.text("question.chapters"), "chapters", language)]
    await context.say("question.invite", _topics(context, EXAMPLES, language, everything))


async def show_chapters(update: Update, context: Context) -> None:
    """The chapters of the knowledge: for people who do not like to type."""
    await context.answer_press(update)
    language = _language(groups_of(context)[0])
    rows = column(
        button(chapter.title(language), "chapter", language, chapter.id)
        for chapter in context.services.knowledge.chapters
    )
    await context.show(update, context.text("question.choose_chapter", language), keyboard(*rows))


async def show_chapter(update: Update, context: Context) -> None:
    """The questions of one chapter."""
    await context.answer_press(update)
    code, chapter_id = groups_of(context)
    language = _language(code)
    try:
        chapter = context.services.knowledge.chapter(chapter_id)
    except KeyError:  # a button of an old message, or a forged one
        await context.say("unknown_press")
        return
    up = [button(context.text("button.back", language), "chapters", language)]
    title = context.text("question.chapter", language, title=chapter.title(language))
    await context.show(update, title, _topics(context, chapter.topics, language, up))


async def choose_topic(update: Update, context: Context) -> None:
    """A suggested or related question was pressed."""
    code, topic = groups_of(context)
    await context.answer_press(update)
    await say_entry(context, topic, _language(code))


async def none_of_these(update: Update, context: Context) -> None:
    """None of the suggested questions was meant: shall a person be asked?"""
    await context.answer_press(update)
    code, inquiry_id = groups_of(context)
    language = _language(code)
    passing_on = button(context.text("inquiry.offer", language), "person", inquiry_id)
    await context.send(
        context.person.id, context.text("question.none_meant", language), keyboard([passing_on])
    )


async def contact(update: Update, context: Context) -> None:
    """/contact: whom to write to or call."""
    await say_entry(context, CONTACT, context.person.language)


async def say_entry(context: Context, topic: str, language: Language) -> None:
    """Say an entry's answer, with the questions that follow from it."""
    knowledge = context.services.knowledge
    try:
        related = [entry.id for entry in knowledge.related(topic)]
    except KeyError:  # a button of an old message, or a forged one
        await context.say("unknown_press")
        return
    await context.services.people.note_topic(context.person.id, topic, context.now)
    await context.send(
        context.person.id,
        escape(knowledge.answer(topic, language)),
        _topics(context, related, language) if related else None,
    )


async def suggest(context: Context, topics: Iterable[str], language: Language, question: str) -> None:
    """Offer questions to choose from, and a way to say that none is meant."""
    inquiry = await context.services.inquiries.offer(context.person.id, question, context.now)
    none = [button(context.text("question.none_of_these", language), "none", language, inquiry.id)]
    await context.send(
        context.person.id,
        context.text("question.suggest", language),
        _topics(context, topics, language, none),
    )


async def say_unknown(context: Context, language: Language, question: str) -> None:
    """Say that the bot does not know, and what one can do: ask a person, first of all."""
    ways_on = [
        button(context.text("question.examples", language), "go", "ask"),
        button(context.text("menu.contact", language), "go", "contact"),
    ]
    if clean(question):
        inquiry = await context.services.inquiries.offer(context.person.id, question, context.now)
        ways_on.insert(0, button(context.text("inquiry.offer", language), "person", inquiry.id))
    await context.send(
        context.person.id, context.text("question.unknown", language), keyboard(*column(ways_on))
    )


def _topics(context: Context, topics: Iterable[str], language: Language, *more: Row) -> InlineKeyboardMarkup:
    knowledge = context.services.knowledge
    return keyboard(
        *column(button(knowledge.question(topic, language), "topic", language, topic) for topic in topics),
        *more,
    )


def _language(code: str) -> Language:
    return next(language for language in LANGUAGES if language == code)
