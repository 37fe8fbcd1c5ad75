"""What the bot says to questions: entries, suggestions, and that it does not know."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from markupsafe import Markup, escape
from telegram import InlineKeyboardButton, Update

from bot.context import Context, Services
from bot.core.forms import clean
from bot.core.history import Question, Result
from bot.core.knowledge import lead
from bot.core.people import LANGUAGES, Language
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import groups_of
from messages.dates import clock_time, day_and_time

CONTACT = "how-to-contact"  # the entry that /contact says
EXAMPLES = ("what-is-wgpd", "founded-when", "forum-how-often", "how-to-join")


async def examples(update: Update, context: Context) -> None:
    """Questions to press, for people who do not know what to ask, and the way to all of them."""
    language = context.person.language
    everything = [button(context.text("question.chapters"), "chapters", language)]
    rows = column(_questions(context, EXAMPLES, language))
    await context.say("question.invite", keyboard(*rows, everything))


async def show_chapters(update: Update, context: Context) -> None:
    """The chapters of the knowledge: for people who do not like to type."""
    await context.answer_press(update)
    language = _language(groups_of(context)[0])
    rows = column(
        button(chapter.title(language), "chapter", language, chapter.id)
        for chapter in context.services.knowledge.chapters
        if chapter.topics
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
    rows = column(_questions(context, chapter.topics, language))
    await context.show(update, title, keyboard(*rows, up))


async def choose_topic(update: Update, context: Context) -> None:
    """A related or listed question was pressed."""
    code, topic = groups_of(context)
    await context.answer_press(update)
    await say_pressed(context, topic, _language(code))


async def choose_suggested(update: Update, context: Context) -> None:
    """One of the suggested questions was meant."""
    code, question_id, place = groups_of(context)
    history = context.services.history
    await context.answer_press(update)
    asked = await history.question(int(question_id))
    if asked is None or int(place) >= len(asked.offered):
        await context.say("unknown_press")
        return
    topic = asked.offered[int(place)]
    chosen = await history.choose(asked.id, context.person.id, topic)
    await say_entry(context, topic, _language(code), chosen)


async def none_of_these(update: Update, context: Context) -> None:
    """None of the suggested questions was meant: shall a person be asked?"""
    await context.answer_press(update)
    code, question_id = groups_of(context)
    asked = await context.services.history.choose(int(question_id), context.person.id, None)
    if asked is None:
        await context.say("unknown_press")
    else:
        await _offer_person(context, "question.none_meant", _language(code), asked)


async def vote(update: Update, context: Context) -> None:
    """👍 or 👎 under an answer; after 👎 a person is offered."""
    mark, question_id = groups_of(context)
    asked = await context.services.history.vote(
        int(question_id), context.person.id, 1 if mark == "up" else -1
    )
    await context.answer_press(update, "vote.thanks" if asked else "unknown_press", alert=not asked)
    if asked is None:
        return
    await context.take_row(update, "vote:")
    if mark == "down":
        await _offer_person(context, "vote.sorry", asked.language, asked)


async def show_more(update: Update, context: Context) -> None:
    """The whole of a long answer, in the place of its beginning."""
    code, topic = groups_of(context)
    await context.answer_press(update)
    if topic not in context.services.knowledge:
        await context.say("unknown_press")
        return
    language = _language(code)
    await context.send(context.person.id, escape(context.services.knowledge.answer(topic, language)))
    await context.take_row(update, "more:")


async def contact(update: Update, context: Context) -> None:
    """/contact: whom to write to or call."""
    await say_pressed(context, CONTACT, context.person.language)


async def say_entry(context: Context, topic: str, language: Language, asked: Question | None = None) -> None:
    """Say an entry's answer with the questions that follow from it, and votes if it was asked in words."""
    knowledge = context.services.knowledge
    if topic not in knowledge:  # a button of an old message, or a forged one
        await context.say("unknown_press")
        return
    await context.services.people.note_topic(context.person.id, topic, context.now)
    answer = knowledge.answer(topic, language)
    rest = [button(context.text("button.more", language), "more", language, topic)]
    related = _questions(context, [entry.id for entry in knowledge.related(topic)], language)
    rows = keyboard(
        rest if lead(answer) != answer else [],
        *column(related),
        _votes(asked) if asked else [],
    )
    await context.send(context.person.id, escape(lead(answer)), rows if rows.inline_keyboard else None)


async def suggest(context: Context, topics: Sequence[str], language: Language, question: str) -> None:
    """Offer questions to choose from, and a way to say that none is meant."""
    asked = await context.services.history.keep(
        context.person.id, question, language, Result.SUGGESTED, context.now, offered=topics
    )
    knowledge = context.services.knowledge
    choices = [
        button(knowledge.question(topic, language), "pick", language, asked.id, place)
        for place, topic in enumerate(topics)
    ]
    none = button(context.text("question.none_of_these", language), "none", language, asked.id)
    await context.send(
        context.person.id, context.text("question.suggest", language), keyboard(*column([*choices, none]))
    )


async def say_unknown(context: Context, language: Language, question: str) -> None:
    """Say that the bot does not know, and what one can do: ask a person, first of all."""
    ways_on = [
        button(context.text("question.examples", language), "go", "ask"),
        button(context.text("menu.contact", language), "go", "contact"),
    ]
    text = context.text("question.unknown", language)
    if clean(question):
        asked = await _keep_unknown(context, language, question)
        ways_on.insert(0, _ask_person(context, language, asked))
        text = Markup("\n\n").join([text, when_answered(context.services, language, context.now)])
    await context.send(context.person.id, text, keyboard(*column(ways_on)))


async def say_repeated(context: Context, language: Language, question: str) -> None:
    """Say that this was asked and answered several times, and offer a person."""
    asked = await context.services.history.keep(
        context.person.id, question, language, Result.REPEATED, context.now
    )
    await _offer_person(context, "question.repeated", language, asked)


def when_answered(services: Services, language: Language, now: datetime) -> Markup:
    """An honest word on when a coordinator can answer."""
    catalogue, office = services.catalogue, services.office
    now = now.astimezone(services.timezone)
    if office.is_open(now):
        closes = office.closes_at(now)
        if closes is None:
            return catalogue.text(language, "office.always")
        return catalogue.text(
            language, "office.open", until=clock_time(language, closes.astimezone(now.tzinfo))
        )
    opens = office.opens_at(now)
    if opens is None:
        return catalogue.text(language, "office.unknown")
    when = day_and_time(language, opens.astimezone(now.tzinfo))
    if holiday := office.holiday(now.date(), language):
        return catalogue.text(language, "office.holiday", holiday=holiday, opens=when)
    return catalogue.text(language, "office.closed", opens=when)


async def say_pressed(context: Context, topic: str, language: Language) -> None:
    """Say an entry that was pressed, or reached by a link."""
    knowledge = context.services.knowledge
    if topic in knowledge:
        title = knowledge.question(topic, language)
        await context.services.history.keep(
            context.person.id, title, language, Result.PRESSED, context.now, topic
        )
    await say_entry(context, topic, language)


async def _keep_unknown(context: Context, language: Language, question: str) -> Question:
    return await context.services.history.keep(
        context.person.id, question, language, Result.UNKNOWN, context.now
    )


async def _offer_person(context: Context, key: str, language: Language, asked: Question) -> None:
    text = [context.text(key, language), when_answered(context.services, language, context.now)]
    await context.send(
        context.person.id, Markup("\n\n").join(text), keyboard([_ask_person(context, language, asked)])
    )


def _ask_person(context: Context, language: Language, asked: Question) -> InlineKeyboardButton:
    return button(context.text("inquiry.offer", language), "person", asked.id)


def _votes(asked: Question) -> Row:
    return [button("👍", "vote", "up", asked.id), button("👎", "vote", "down", asked.id)]


def _questions(context: Context, topics: Iterable[str], language: Language) -> Row:
    knowledge = context.services.knowledge
    return [
        button(knowledge.question(topic, language), "topic", language, topic)
        for topic in topics
        if topic in knowledge
    ]


def _language(code: str) -> Language:
    return next(language for language in LANGUAGES if language == code)
