"""A whole bot over a real database file and a Telegram in memory, driven by a clock that tests set."""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_settings import SettingsConfigDict
from sqlalchemy import select
from telegram import Update

from bot.app import Bot, Words, build
from bot.config import Settings
from bot.core.audit import DEEDS
from bot.sandbox.groups import Group
from bot.sandbox.people import Person
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import TOKEN, Telegram
from storage.database import Database
from storage.tables import audit
from tests.storage.records import new_file, url_of

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
PEOPLE = {"citizen": 1001, "clerk": 1002, "staff": 1003, "coordinator": 1004}
MEDIA = ("photo", "voice", "video", "audio", "document", "sticker", "location", "contact")
ADMINISTRATOR = PEOPLE["coordinator"]


class GivenSettings(Settings):
    """Settings that no .env file of a developer reaches."""

    model_config = SettingsConfigDict(env_file=None)


@dataclass
class Clock:
    """Time as the test says."""

    now: datetime = field(default_factory=lambda: datetime(2026, 12, 1, 9, 0, tzinfo=PHNOM_PENH))

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(repr=False)  # asyncio writes one out at each start of a loop
class World:
    """Persons write to the bot, and read what it says to them."""

    settings: Settings
    words: Words
    clock: Clock
    telegram: Telegram
    bot: Bot = field(init=False)
    database: Database = field(init=False)
    unread: dict[int, deque[dict[str, Any]]] = field(default_factory=lambda: defaultdict(deque))

    def person(self, name: str) -> Person:
        """Somebody by name: one of PEOPLE, or a stranger."""
        person_id = PEOPLE.get(name) or 5000 + sum(name.encode())
        return self.telegram.person(name, person_id)

    def group(self, title: str) -> Group:
        """A group that somebody has founded, under its present id."""
        return self.telegram.group(title, ())

    async def deliver(self) -> None:
        """Hand every waiting update that is let in at the door to the bot, in order."""
        application = self.bot.application
        for waiting in self.telegram.take_updates():
            update = Update.de_json(waiting, application.bot)
            if await application.services.doorkeeper.admits(update):
                await application.process_update(update)

    async def send_broadcasts(self) -> None:
        """Let the outbox send what is due."""
        await self.bot.outbox.drain()
        await self.bot.outbox.told()

    def read(self, name: str) -> str:
        """The next thing that somebody reads, with the labels of its buttons in lines of their own."""
        messages = self.unread[self._chat_id(name)]
        if not messages:
            raise AssertionError(f"{name} has nothing to read")
        return shown(messages.popleft())

    def read_all(self, name: str) -> str:
        """All that somebody has not read yet."""
        return "\n---\n".join(self._unread(name))

    def _unread(self, name: str) -> Iterator[str]:
        while self.unread[self._chat_id(name)]:
            yield self.read(name)

    def _chat_id(self, name: str) -> int:
        """Of somebody, or of the newest group with this title."""
        titles = {
            record["chat"].get("title"): number
            for number, record in self.telegram.state.chats.items()
            if "migrated_to" not in record
        }
        return titles.get(name) or self.person(name).id

    async def start(self) -> None:
        """Start the bot, as after a kill: nothing in memory comes along."""
        self.database = Database(self.settings.database_url)
        self.bot = _bot(self.settings, self.database, self.words, self.clock, self.telegram)
        await self.bot.application.initialize()

    @asynccontextmanager
    async def another(self) -> AsyncIterator[Bot]:
        """A second bot on the same database, as somebody starts it by mistake."""
        database = Database(self.settings.database_url)
        bot = _bot(self.settings, database, self.words, self.clock, self.telegram)
        await bot.application.initialize()
        try:
            yield bot
        finally:
            await bot.close()
            await database.close()

    async def stop(self) -> None:
        """Stop the bot; whatever a coordinator did in the test, the audit has words for it."""
        async with self.database.read() as connection:
            done = await connection.scalars(select(audit.c.deed).distinct())
            assert set(done) <= set(DEEDS)
        await self.bot.close()
        await self.database.close()


def shown(message: dict[str, Any]) -> str:
    """A message as a person sees it."""
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    labels = [f"[ {button['text']} ]" for row in keyboard for button in row]
    media = [kind for kind in MEDIA if kind in message]
    return "\n".join([message.get("text") or message.get("caption") or "", *media, *labels])


async def begin_world(folder: Path, words: Words, **settings: Any) -> World:
    """A new world with its own database file in the folder."""
    file = folder / "wgpd.db"
    given = {
        "bot_token": TOKEN,
        "database_url": url_of(file) if file.exists() else await new_file(folder),
        "admin_ids": str(ADMINISTRATOR),
        **settings,
    }
    checked = GivenSettings(**given)
    clock = Clock()
    telegram = Telegram(clock=clock)
    world = World(checked, words, clock, telegram)
    telegram.listen(lambda event: _note(world, event))
    await world.start()
    return world


def _bot(settings: Settings, database: Database, words: Words, clock: Clock, telegram: Telegram) -> Bot:
    seconds = count()  # each look at the pacing clock is a second later: nothing waits
    return build(
        settings,
        database,
        words,
        clock=clock,
        new_request=lambda: SandboxRequest(telegram),
        seconds=lambda: float(next(seconds)),
    )


def _note(world: World, event: dict[str, Any]) -> None:
    if event["type"] == "message" and event["message"]["from"]["is_bot"]:
        world.unread[event["chat_id"]].append(event["message"])
