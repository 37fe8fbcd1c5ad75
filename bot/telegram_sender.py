"""Sends one delivery through PTB's bot; every Telegram error becomes an Outcome, here only."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from telegram import InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import ExtBot

from bot.core.broadcasts import Blocked, Later, Moved, Outcome, Parcel, Rejected, Sent, Uncertain, Unsendable
from bot.logs import kind_of, trace_of
from bot.pacing import BROADCAST, PAID, ChatBusy
from bot.transport import ConnectionLost, NotConnected

log = structlog.get_logger()

UNREACHABLE_PAUSE: Final = timedelta(seconds=5)
TOKEN_PAUSE: Final = timedelta(minutes=1)
# What Telegram says of a text that it takes from nobody and for nobody.
_UNSENDABLE: Final = re.compile(r"can't parse entities|too long|text is empty|text must be non-empty", re.I)
# What it says when an edit has nothing to change any more.
_UNCHANGED: Final = "message is not modified"
# And of a message that is deleted already.
_GONE: Final = "message to delete not found"

# PTB quotes a proxy's web page, where it expected an answer: coordinators read the reason.
_PAGE: Final = re.compile(r"\. Parsing the server response .*", re.DOTALL)


@dataclass(frozen=True)
class Letter:
    """A parcel as a message: Telegram HTML, and the buttons under it."""

    html: str
    keyboard: InlineKeyboardMarkup | None = None


class TelegramSender:
    """The outbox's way to Telegram; `compose` words a parcel. Each message waits for its turn.

    `paid`: messages go at the paid rate, for Stars. Changing and deleting is free, and at the usual rate.
    """

    def __init__(self, bot: ExtBot[str], compose: Callable[[Parcel], Letter], paid: bool = False) -> None:
        self._bot = bot
        self._compose = compose
        self._paid = paid

    async def send(self, parcel: Parcel) -> Outcome:
        """Send one message, and say what became of it."""
        letter = self._worded(parcel)
        if isinstance(letter, Later):
            return letter
        try:
            message = await self._bot.send_message(
                parcel.chat_id,
                letter.html,
                parse_mode=ParseMode.HTML,
                reply_markup=letter.keyboard,
                allow_paid_broadcast=self._paid or None,
                rate_limit_args=PAID if self._paid else BROADCAST,
            )
        except TelegramError as problem:
            return outcome_of(problem)
        return Sent(message.message_id)

    async def edit(self, parcel: Parcel, message_id: int) -> Outcome:
        """Change a message that was sent before; one that reads so already counts as changed."""
        letter = self._worded(parcel)
        if isinstance(letter, Later):
            return letter
        try:
            await self._bot.edit_message_text(
                letter.html,
                parcel.chat_id,
                message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=letter.keyboard,
                rate_limit_args=BROADCAST,
            )
        except BadRequest as problem:
            if _UNCHANGED not in problem.message.lower():
                return outcome_of(problem)
        except TelegramError as problem:
            return outcome_of(problem)
        return Sent(message_id)

    def _worded(self, parcel: Parcel) -> Letter | Later:
        """The parcel as a message; where that breaks down, nothing has gone out."""
        try:
            return self._compose(parcel)
        except Exception as problem:
            log.error("a parcel could not be worded", error=kind_of(problem), trace=trace_of(problem))
            return Later(type(problem).__name__)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        """Delete a message sent in the last 48 hours; one that is gone counts as deleted."""
        try:
            await self._bot.delete_message(chat_id, message_id, rate_limit_args=BROADCAST)
        except BadRequest as problem:
            if _GONE not in problem.message.lower():
                return outcome_of(problem)
        except TelegramError as problem:
            return outcome_of(problem)
        return Sent(message_id)


def outcome_of(problem: TelegramError) -> Outcome:
    """What a Telegram error says about the message."""
    match problem:
        case RetryAfter(retry_after=wait):
            return Later("flood", wait if isinstance(wait, timedelta) else timedelta(seconds=wait))
        case ChatBusy(wait=wait):
            return Later("chat busy", wait, everyone=False)
        case Forbidden():
            return Blocked()
        case TimedOut() | ConnectionLost():
            return Uncertain(type(problem).__name__)
        case BadRequest(message=reason) if reason.lower() == "chat not found":
            return Blocked()
        case BadRequest(message=reason) if _UNSENDABLE.search(reason):
            return Unsendable(reason)
        case ChatMigrated(new_chat_id=new):
            return Moved(new)
        case BadRequest():
            return Rejected(problem.message)
        case NotConnected():
            return Later("NotConnected", UNREACHABLE_PAUSE)
        case InvalidToken():
            return Later("InvalidToken", TOKEN_PAUSE)
        case NetworkError():  # Telegram answered with a server error
            return Later(_PAGE.sub("", problem.message))
        case _:  # an answer that cannot be read
            return Uncertain(problem.message)
