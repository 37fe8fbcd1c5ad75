"""Every text that is no command and belongs to no form: a question, small talk, or a command in words."""

from markupsafe import escape
from telegram import Update

from bot.context import Context
from bot.core.history import MOST_REPEATS, REPEATED_WITHIN, Result
from bot.core.khmer import language_of
from bot.core.people import Language
from bot.core.questions import Answer, Answers, SmallTalk, Suggest, Unknown
from handlers import questions
from handlers.places import PLACES, place_named, places_of


async def ask(update: Update, context: Context) -> None:
    """/ask QUESTION, or /ask alone: examples to press."""
    question = " ".join(context.args or ())
    if question:
        await answer(update, context, question)
    else:
        await questions.examples(update, context)


async def answer(update: Update, context: Context, question: str) -> None:
    """Answer in the language that the person chose; if none was chosen, in the question's.

    What is asked again and again is not answered again: a person is offered once, and then there is silence.
    """
    since = context.now - REPEATED_WITHIN
    asked, offered = await context.services.history.repeats(context.person.id, question, since)
    language = _language_for(context, question)
    if asked >= MOST_REPEATS:
        if not offered:
            await questions.say_repeated(context, language, question)
    elif not await answer_if_known(update, context, question):
        await questions.say_unknown(context, language, question)


async def answer_if_known(update: Update, context: Context, question: str) -> bool:
    """Answer, offer questions, or go where the words lead; False, and silence, when nothing fits."""
    language = _language_for(context, question)
    if place := place_named(context, question):
        await places_of(context)[place](update, context)
        return True
    await context.typing()
    match context.services.answerer.reply(question, after=context.person.topic):
        case Answer(topic):
            await _answer(context, topic, language, question)
        case Answers(topics):
            for topic in topics:
                await _answer(context, topic, language, question)
        case Suggest(topics):
            await questions.suggest(context, topics, language, question)
        case SmallTalk(topic):
            await _chat(update, context, topic, language)
        case Unknown():
            return False
    return True


async def _answer(context: Context, topic: str, language: Language, question: str) -> None:
    asked = await context.services.history.keep(
        context.person.id, question, language, Result.ANSWERED, context.now, topic
    )
    await questions.say_entry(context, topic, language, asked)


async def _chat(update: Update, context: Context, topic: str, language: Language) -> None:
    """Say it; or, when somebody says in words what a command does, do what the command does."""
    knowledge = context.services.knowledge
    if place := knowledge.place(topic):
        await PLACES[place](update, context)
    else:
        await context.send(context.person.id, escape(knowledge.answer(topic, language)))


def _language_for(context: Context, question: str) -> Language:
    return context.person.chosen_language or language_of(question) or context.person.language
