"""Every handler, in the one order in which an update is offered to them."""

from typing import Final

from telegram import Update
from telegram.ext import TypeHandler, filters

from bot.context import Context
from bot.core.people import Role
from handlers import (
    answering,
    broadcasts,
    coordinators,
    councils,
    events,
    inquiries,
    lessons,
    membership,
    person,
    questions,
    start,
)
from handlers.forms import PRESS, FormDriver
from handlers.places import COORDINATOR_PLACES, PLACES
from handlers.routing import Handler, command, message, press

_form = FormDriver(
    (
        councils.SUBSCRIBE,
        inquiries.PERSON,
        membership.JOIN,
        membership.DECLINE,
        events.ANNOUNCE,
        lessons.SHARE,
    ),
    otherwise=answering.answer,
    aside=answering.answer_if_known,
)


async def _take_message(update: Update, context: Context) -> None:
    """A message that is no command: for the person one talks with, else a form, else the bot."""
    if not await inquiries.relay(update, context):
        await _form.take_message(update, context)


_ID: Final = r"(\d{1,15})"
_LANGUAGE: Final = r"(km|en)"

# Sees every update before the others do.
FIRST: Final[Handler] = TypeHandler(Update, person.meet)

# Order matters: the first that fits takes the update.
ORDER: Final[tuple[Handler, ...]] = (
    command("start", start.start, Role.PERSON),
    command("help", start.help_, Role.PERSON),
    command("ask", answering.ask, Role.PERSON),
    command("forums", events.forums, Role.PERSON),
    command("lessons", lessons.lessons, Role.PERSON),
    command("subscribe", councils.subscribe, Role.PERSON),
    command("unsubscribe", councils.unsubscribe, Role.PERSON),
    command("join", membership.join, Role.PERSON),
    command("members", membership.members, Role.PERSON),
    command("person", inquiries.ask_person, Role.PERSON),
    command("contact", questions.contact, Role.PERSON),
    command("language", start.language, Role.PERSON),
    command("privacy", start.privacy, Role.PERSON),
    command("cancel", _form.cancel, Role.PERSON),
    command("announce", events.announce, Role.COORDINATOR),
    command("share", lessons.share, Role.COORDINATOR),
    command("requests", membership.requests, Role.COORDINATOR),
    command("broadcasts", broadcasts.broadcasts, Role.COORDINATOR),
    command("invite", coordinators.invite_coordinator, Role.COORDINATOR),
    message(filters.COMMAND, start.unknown_command, Role.PERSON),
    # Buttons of forms carry their own role, which the driver checks.
    press(PRESS, _form.press, Role.PERSON),
    press(rf"language:{_LANGUAGE}", start.choose_language, Role.PERSON),
    press(rf"go:({'|'.join(PLACES)})", start.go, Role.PERSON),
    press(rf"go:({'|'.join(COORDINATOR_PLACES)})", start.go, Role.COORDINATOR),
    press(rf"topic:{_LANGUAGE}:([a-z0-9-]+)", questions.choose_topic, Role.PERSON),
    press(rf"chapters:{_LANGUAGE}", questions.show_chapters, Role.PERSON),
    press(rf"chapter:{_LANGUAGE}:([a-z0-9-]+)", questions.show_chapter, Role.PERSON),
    press(rf"none:{_LANGUAGE}:{_ID}", questions.none_of_these, Role.PERSON),
    press(rf"person:{_ID}", inquiries.pass_on, Role.PERSON),
    press(rf"end:{_ID}", inquiries.end, Role.PERSON),
    press(rf"take:{_ID}", inquiries.take, Role.COORDINATOR),
    press("place:all", councils.show_provinces, Role.PERSON),
    press(r"place:(\d{2}|\d{4}|\d{6})", councils.show_place, Role.PERSON),
    press(r"subscribe:(\d{6})", councils.confirm, Role.PERSON),
    press("search-cancel", councils.cancel_search, Role.PERSON),
    press(r"leave:(\d{6}|all)", councils.leave, Role.PERSON),
    press("keep", councils.keep, Role.PERSON),
    press(r"lessons:(\d{1,6})", lessons.show_page, Role.PERSON),
    press(rf"lesson:{_ID}", lessons.open_lesson, Role.PERSON),
    press("join", membership.begin_another, Role.PERSON),
    press(rf"withdraw:{_ID}", membership.ask_to_withdraw, Role.PERSON),
    press(rf"withdrawn:{_ID}", membership.withdraw, Role.PERSON),
    press("requests", membership.show_queue, Role.COORDINATOR),
    press(rf"request:{_ID}", membership.open_request, Role.COORDINATOR),
    press(rf"approve:{_ID}", membership.ask_to_approve, Role.COORDINATOR),
    press(rf"approved:{_ID}", membership.approve, Role.COORDINATOR),
    press(rf"decline:{_ID}", membership.decline, Role.COORDINATOR),
    press(".*", start.unknown_press, Role.PERSON),
    message(~filters.StatusUpdate.ALL, _take_message, Role.PERSON),
)
