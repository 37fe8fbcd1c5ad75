"""The first words, the help, and what everybody may set: /start /help, the language."""

from dataclasses import replace

from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.people import LANGUAGES
from handlers import lessons, questions
from handlers.events import door, pages
from handlers.keyboards import button, grid, keyboard
from handlers.languages import languages
from handlers.membership import applying, representing
from handlers.menus import PUBLIC_COMMANDS, set_menu_of, work_of
from handlers.places import BY_WORDS, PLACES, places_of
from handlers.routing import groups_of
from handlers.subscribers import groups
from handlers.team import inviting


async def start(update: Update, context: Context) -> None:
    """/start, or a deep link: /start join, /start lesson-12, /start invite-…, /start colleague-…"""
    payload = context.args[0] if context.args else ""
    name, _, argument = payload.partition("-")
    if name in ("claim", "invite") and argument:
        await inviting.accept(update, context, argument)
    elif name == "colleague" and argument:
        await representing.accept(update, context, argument)
    elif name == "lesson" and argument.isascii() and argument.isdigit():
        await lessons.say_lesson(update, context, int(argument[:9]))
    elif name == "event" and argument.isascii() and argument.isdigit():
        await pages.say_event(update, context, int(argument[:9]))
    elif name == "door" and argument:
        await door.open_link(update, context, argument)
    elif name == "group" and argument.isascii() and argument.isdigit():
        await groups.open_group(update, context, -int(argument[:15]))
    elif name == "topic" and argument in context.services.knowledge:
        await questions.say_pressed(context, argument, context.person.language)
    elif payload in PLACES:
        await PLACES[payload](update, context)
    else:
        await context.say("welcome", _menu(context))
        await applying.remind_of_draft(context)


async def help_(update: Update, context: Context) -> None:
    """/help: what this person can do, a command a line."""
    names = [*PUBLIC_COMMANDS, *work_of(context.person)]
    lines = "\n".join(f"/{name} – {context.text(f'command.{name}').unescape()}" for name in names)
    await context.say("help", _menu(context), commands=lines)


async def choose_language(update: Update, context: Context) -> None:
    """A language was pressed: keep it, and go on in it."""
    chosen = next(one for one in LANGUAGES if one == groups_of(context)[0])
    await context.services.people.choose_language(context.person.id, chosen)
    context.person = replace(context.person, chosen_language=chosen)
    await context.answer_press(update)
    await context.show(update, context.text("language.chosen"), _menu(context))
    await set_menu_of(context.bot, context.person, context.services.catalogue)


async def go(update: Update, context: Context) -> None:
    """A button of the menu: the same as its command."""
    await context.answer_press(update)
    await places_of(context)[groups_of(context)[0]](update, context)


async def unknown_command(update: Update, context: Context) -> None:
    """A command that there is not."""
    await context.say("unknown_command")


async def unknown_press(update: Update, context: Context) -> None:
    """A button that no part of the bot knows any more, or never did."""
    await context.answer_press(update, "unknown_press")


def _menu(context: Context) -> InlineKeyboardMarkup:
    names = [place for place in places_of(context) if place not in BY_WORDS]
    places = [button(context.text(f"menu.{name}"), "go", name) for name in names]
    return keyboard(*grid(places), languages(context))
