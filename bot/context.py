"""What a handler is given: the services it may use, the person it talks with, and a way to speak."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from markupsafe import Markup
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputFile,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import Application, CallbackContext, ExtBot, JobQueue

from bot.core.accounts import Accounts
from bot.core.approvals import Approvals
from bot.core.audiences import Audiences
from bot.core.audit import Acting, Audit, acting
from bot.core.broadcasts import Broadcasts
from bot.core.councils import Subscriptions
from bot.core.directory import Directory
from bot.core.events.attendance import Attendance
from bot.core.events.changing import Changing
from bot.core.events.event import Events
from bot.core.events.feedback import Feedbacks
from bot.core.events.minutes import MinutesKept
from bot.core.events.offers import Offers
from bot.core.events.registrations import Registrations
from bot.core.events.series import SeriesOfEvents
from bot.core.events.telling import Notices
from bot.core.forms import Forms, Moment
from bot.core.history import History
from bot.core.inquiries import Inquiries
from bot.core.knowledge import Knowledge, Versions
from bot.core.lessons import Lessons
from bot.core.membership import Membership
from bot.core.office import Office
from bot.core.people import Language, People, Person
from bot.core.personal import PersonalData
from bot.core.plans import Plans
from bot.core.questions import Answerer
from bot.core.readings import Readings
from bot.core.retention import Keeper, Retention
from bot.core.subscribers import Hours, Subscribers
from bot.core.team import Team
from bot.floods import Doorkeeper
from bot.library import Library
from bot.live import LiveKnowledge
from bot.logs import kind_of
from messages.catalogue import Catalogue
from messages.parts import parts

log = structlog.get_logger()

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True)
class Services:
    """Everything that handlers use, made once at the start."""

    clock: Callable[[], datetime]
    timezone: ZoneInfo
    second_pair_of_eyes: bool
    hours: Hours
    office: Office
    catalogue: Catalogue
    live: LiveKnowledge
    versions: Versions
    history: History
    audit: Audit
    people: People
    personal: PersonalData
    retention: Retention
    keeper: Keeper
    team: Team
    forms: Forms
    subscriptions: Subscriptions
    subscribers: Subscribers
    audiences: Audiences
    membership: Membership
    directory: Directory
    events: Events
    feedback: Feedbacks
    minutes: MinutesKept
    registrations: Registrations
    offers: Offers
    series: SeriesOfEvents
    plans: Plans
    attendance: Attendance
    changing: Changing
    notices: Notices
    lessons: Lessons
    library: Library
    broadcasts: Broadcasts
    approvals: Approvals
    accounts: Accounts
    readings: Readings
    inquiries: Inquiries
    doorkeeper: Doorkeeper
    wake_outbox: Callable[[], None]

    @property
    def knowledge(self) -> Knowledge:
        """What the bot knows now."""
        return self.live.knowledge

    @property
    def answerer(self) -> Answerer:
        """What answers from it."""
        return self.live.answerer


class WgpdApplication(
    Application[
        ExtBot[str],
        "Context",
        dict[Any, Any],
        dict[Any, Any],
        dict[Any, Any],
        JobQueue["Context"],
    ]
):
    """PTB's application with our services, typed."""

    def __init__(self, services: Services, **parts_of_ptb: Any) -> None:
        super().__init__(**parts_of_ptb)
        self.services = services


class Context(CallbackContext[ExtBot[str], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """One update's context. `person` is set by the first handler that sees the update."""

    person: Person

    @property
    def services(self) -> Services:
        application = self.application
        if not isinstance(application, WgpdApplication):
            raise TypeError("the application was not built by bot.app")
        return application.services

    @property
    def now(self) -> datetime:
        """This moment in the group's time zone."""
        return self.services.clock().astimezone(self.services.timezone)

    @property
    def moment(self) -> Moment:
        return Moment(self.now)

    def doing(self, deed: str, about: object = "") -> AbstractContextManager[None]:
        """Meanwhile, the person does this deed of bot.core.audit; what is written is put down as such."""
        return acting(Acting(self.person.id, self.person.role, self.now, deed, str(about)))

    def text(self, key: str, language: Language | None = None, **values: object) -> Markup:
        """A sentence of the catalogue in the person's language, or in another; values are escaped."""
        return self.services.catalogue.text(language or self.person.language, key, **values)

    async def say(self, key: str, keyboard: Keyboard | None = None, **values: object) -> None:
        """Send a sentence of the catalogue to the person."""
        text = self.services.catalogue.text(self.person.language, key, **values)
        await self.send(self.person.id, text, keyboard)

    async def send(self, chat_id: int, html: str, keyboard: Keyboard | None = None) -> list[Message]:
        """Send HTML in as many messages as it needs, and return them; the keyboard goes under the last."""
        return await _send(self.bot, chat_id, html, keyboard)

    async def typing(self, chat_id: int | None = None) -> None:
        """Show for some seconds that the bot works on an answer."""
        try:
            await self.bot.send_chat_action(chat_id or self.person.id, ChatAction.TYPING)
        except TelegramError as problem:
            log.warning("the bot could not show that it types", error=type(problem).__name__)

    async def tell(self, person_id: int, html: str, keyboard: Keyboard | None = None) -> list[Message]:
        """The same to somebody else; see the function `tell`."""
        return await tell(self.services, self.bot, person_id, html, keyboard)

    async def export(self, body: bytes, name: str, caption: str | None = None) -> None:
        """Send a coordinator a file of what the bot keeps; that is put down in the audit before."""
        await self.services.audit.put_down_export()
        await self.bot.send_document(self.person.id, InputFile(BytesIO(body), name), caption=caption)

    async def show(self, update: Update, html: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Put HTML in the place of the message whose button was pressed, or send it when that cannot be."""
        message = update.callback_query.message if update.callback_query else None
        if not isinstance(message, Message):
            await self.send(self.person.id, html, keyboard)
            return
        try:
            await message.edit_text(html, parse_mode=ParseMode.HTML, reply_markup=keyboard)
        except BadRequest as problem:
            if "not modified" not in problem.message.lower():
                await self.send(self.person.id, html, keyboard)

    async def change(self, message_id: int, html: str, keyboard: InlineKeyboardMarkup) -> None:
        """Put HTML in the place of a message that the bot sent to the person before, or send it."""
        try:
            await self.bot.edit_message_text(
                html, self.person.id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        except BadRequest as problem:
            if "not modified" not in problem.message.lower():
                await self.send(self.person.id, html, keyboard)

    async def change_keyboard(self, update: Update, keyboard: InlineKeyboardMarkup) -> None:
        """Put other buttons under the message that was pressed."""
        message = update.callback_query.message if update.callback_query else None
        if not isinstance(message, Message):
            return
        try:
            await message.edit_reply_markup(keyboard)
        except BadRequest as problem:
            log.info("buttons could not be changed", error=kind_of(problem))

    async def take_row(self, update: Update, beginning: str) -> None:
        """Take the buttons whose data begins so away from the message that was pressed; the others stay."""
        message = update.callback_query.message if update.callback_query else None
        if not isinstance(message, Message) or message.reply_markup is None:
            return
        rows = [
            [one for one in row if not str(one.callback_data).startswith(beginning)]
            for row in message.reply_markup.inline_keyboard
        ]
        try:
            await message.edit_reply_markup(InlineKeyboardMarkup([row for row in rows if row]))
        except BadRequest as problem:
            log.info("buttons could not be taken away", error=kind_of(problem))

    async def answer_press(
        self, update: Update, key: str | None = None, alert: bool = True, **values: object
    ) -> None:
        """End the button's waiting sign, with a short notice if a key is given; an old press is let go.

        An alert waits for its OK; without, the notice goes by itself.
        """
        if update.callback_query is None:
            return
        words = self.services.catalogue.text(self.person.language, key, **values) if key else None
        notice = words.striptags() if words else None
        try:
            await update.callback_query.answer(notice, show_alert=bool(notice) and alert)
        except BadRequest:
            return


async def tell(
    services: Services, bot: Bot, person_id: int, html: str, keyboard: Keyboard | None = None
) -> list[Message]:
    """Send HTML to somebody who did not just write, and return the messages.

    None are returned when the person cannot be reached; one who blocked the bot is remembered as such.
    """
    try:
        return await _send(bot, person_id, html, keyboard)
    except Forbidden:
        await services.people.mark_blocked(person_id, services.clock())
    except TelegramError as problem:
        log.warning("a person could not be told", error=type(problem).__name__)
    return []


async def _send(bot: Bot, chat_id: int, html: str, keyboard: Keyboard | None) -> list[Message]:
    *first, last = parts(html)
    sent = [await bot.send_message(chat_id, part, parse_mode=ParseMode.HTML) for part in first]
    return [*sent, await bot.send_message(chat_id, last, parse_mode=ParseMode.HTML, reply_markup=keyboard)]
