"""What people do on their phones in a World, a line each; every function returns what they then read."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from bot.app import Bot
from storage.database import Database
from tests.world import World, _bot

NOT_ALLOWED: Final = "មានតែអ្នកសម្របសម្រួលទេ"
FAILED: Final = "មានបញ្ហានៅខាងយើង"
# What the forged or careless press of a button must leave as it is.
TABLES: Final = ("entry_versions", "forms", "inquiries", "questions", "broadcasts", "deliveries")


async def write(world: World, name: str, text: str) -> str:
    """Somebody writes."""
    world.person(name).type(text)
    await world.deliver()
    return world.read_all(name)


async def press(world: World, name: str, label: str) -> str:
    """Somebody presses the newest button whose label holds the text."""
    person = world.person(name)
    for message in reversed(person.received):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if label in button["text"]:
                    person.press(button["callback_data"], message["message_id"])
                    await world.deliver()
                    return world.read_all(name)
    raise LookupError(f"{name} has no button {label!r}")


async def tap(world: World, name: str, data: str) -> str:
    """Somebody sends a button's data, as an old message or a modified client can."""
    person = world.person(name)
    person.press_data(person.last["message_id"], data)
    await world.deliver()
    return world.read_all(name)


async def upload(world: World, name: str, file: str, body: bytes) -> str:
    """Somebody sends a file."""
    world.person(name).upload(file, "application/octet-stream", body)
    await world.deliver()
    return world.read_all(name)


async def begin(world: World, *names: str) -> None:
    """People press Start."""
    for name in names:
        await write(world, name, "/start")


async def begin_coordinators(world: World, *others: str) -> None:
    """The administrator `coordinator` presses Start, and the others follow an invitation each."""
    await begin(world, "coordinator", *others)
    for name in others:
        await write(world, "coordinator", "/invite")
        invitation = await press(world, "coordinator", "បង្កើតតំណ")
        payload = invitation.partition("?start=")[2].split()[0]
        world.person(name).start(payload)
        await world.deliver()
        assert "ជាអ្នកសម្របសម្រួល" in world.read_all(name)
        assert "បានបើកតំណអញ្ជើញ" in world.read_all("coordinator")


def notice(world: World, name: str) -> str:
    """The notice that somebody's last press was answered with."""
    return str(world.person(name).toasts[-1].get("text", ""))


def labels(message: str) -> list[str]:
    """The labels of the buttons in what was read."""
    return [line[2:-2] for line in message.splitlines() if line.startswith("[ ")]


def calls(world: World, method: str) -> list[Any]:
    """The bot's calls of a method of Telegram."""
    return [parameters for name, parameters in world.telegram.calls if name == method]


def rows(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """What the database holds of the tables above."""
    path = world.settings.database_url.removeprefix("sqlite+aiosqlite:///")
    connection = sqlite3.connect(path)
    try:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    finally:
        connection.close()


@asynccontextmanager
async def replica(world: World) -> AsyncIterator[Bot]:
    """A second bot over the same database and the same Telegram."""
    database = Database(world.settings.database_url)
    bot = _bot(world.settings, database, world.words, world.clock, world.telegram)
    await bot.application.initialize()
    try:
        yield bot
    finally:
        await bot.close()
        await database.close()


FOUNDED = "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?"
FORUM = "forum-how-often"
OLD_BUTTON = "សូមប្រើប៊ូតុងក្នុងសារចុងក្រោយ"


async def change_answer(world: World, name: str, topic: str, answer: str) -> str:
    """A coordinator opens an entry and writes another answer; what the review shows."""
    await tap(world, name, f"k-edit:{topic}")
    await press(world, name, "✏️ ចម្លើយ (ខ្មែរ)")
    return await write(world, name, answer)


async def ask_founded(world: World) -> str:
    """What the citizen reads who asks when the group was founded."""
    return await write(world, "citizen", FOUNDED)


def data_of(world: World, label: str, name: str = "coordinator") -> list[str]:
    """The data of the buttons with this label under somebody's newest message."""
    keyboard = world.person(name).last["reply_markup"]["inline_keyboard"]
    return [button["callback_data"] for row in keyboard for button in row if label in button["text"]]
