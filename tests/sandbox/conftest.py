"""A Telegram with a clock that stands still, and bots over it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    ExtBot,
    MessageHandler,
    filters,
)

from bot.sandbox.people import Person
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import Telegram

Json = dict[str, Any]


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2027, 1, 15, 1, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


async def until_polling(telegram: Telegram) -> None:
    """Until a poll waits for updates."""
    waiting = asyncio.Event()

    def hear(change: Json) -> None:
        if change["type"] == "waiting":
            waiting.set()

    stop = telegram.listen(hear)
    async with asyncio.timeout(10):
        await waiting.wait()
    stop()


class EchoBot:
    """A real Application that echoes texts with a button, over the door without sockets."""

    def __init__(self, telegram: Telegram) -> None:
        request = SandboxRequest(telegram)
        builder = Application.builder().token(telegram.token).request(request)
        self.telegram = telegram
        self.application: Application[Any, Any, Any, Any, Any, Any] = builder.build()
        self.application.add_handler(MessageHandler(filters.TEXT, self.echo))
        self.application.add_handler(CallbackQueryHandler(self.pressed))

    @property
    def bot(self) -> ExtBot[None]:
        bot: ExtBot[None] = self.application.bot
        return bot

    async def echo(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message and message.text
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("កែ", callback_data="edit")]])
        await message.reply_text(f"អ្នកថា៖ {message.text}", reply_markup=markup)

    async def pressed(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query
        await query.answer("បានកែ")
        await query.edit_message_text(f"កែហើយ៖ {query.data}")

    async def work(self) -> None:
        """Process every update that waits."""
        for update in self.telegram.take_updates():
            await self.application.process_update(Update.de_json(update, self.bot))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telegram(clock: Clock) -> Telegram:
    return Telegram(clock)


@pytest.fixture
def citizen(telegram: Telegram) -> Person:
    """A person who pressed Start."""
    person = telegram.person("ពលរដ្ឋ", 1001)
    person.start()
    telegram.take_updates()
    return person


@pytest.fixture
async def echo(telegram: Telegram) -> AsyncIterator[EchoBot]:
    echo = EchoBot(telegram)
    async with echo.application:
        yield echo
