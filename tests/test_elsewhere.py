"""Outside the private chats: groups, where the bot answers when addressed, and inline mode."""

from typing import Any

import pytest

from bot.sandbox.groups import Group
from tests.world import World

ASKED = "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?"


@pytest.fixture
def group(world: World) -> Group:
    return world.telegram.group("ឃុំ", [world.person("citizen"), world.person("clerk")])


async def say(world: World, group: Group, name: str, text: str, reply_to: int | None = None) -> list[Any]:
    """Somebody writes in the group; what the bot sends there."""
    before = len(group.received)
    world.person(name).type(text, chat_id=group.id, reply_to=reply_to)
    await world.deliver()
    return group.received[before:]


@pytest.mark.parametrize(
    "text",
    [
        f"@wgpd_sandbox_bot {ASKED}",
        f"{ASKED} @WGPD_sandbox_bot",
        f"/ask {ASKED}",
        f"/ask@wgpd_sandbox_bot {ASKED}",
    ],
)
async def test_addressed_in_a_group(world: World, group: Group, text: str) -> None:
    """By its name or by /ask, the bot answers shortly, in reply to the message."""
    (answer,) = await say(world, group, "citizen", text)
    assert "២០០៣" in answer["text"]
    assert answer["reply_to_message"]["text"] == text
    (row,) = answer["reply_markup"]["inline_keyboard"]
    assert row[0]["url"].endswith("?start=topic-founded-when")


async def test_a_reply_to_the_bot_is_addressed(world: World, group: Group) -> None:
    """Who replies to the bot in a group asks it."""
    (answer,) = await say(world, group, "citizen", f"/ask {ASKED}")
    (second,) = await say(world, group, "clerk", "លេខទូរស័ព្ទ", reply_to=answer["message_id"])
    assert "០២៣" in second["text"]


async def test_not_addressed(world: World, group: Group) -> None:
    """People's own talk, other bots' commands and replies among people get silence."""
    assert await say(world, group, "citizen", ASKED) == []
    message = group.messages[-1]["message_id"]
    assert await say(world, group, "clerk", "២០០៣", reply_to=message) == []
    assert await say(world, group, "citizen", f"/ask@another_bot {ASKED}") == []
    assert await say(world, group, "citizen", "/weather") == []


@pytest.mark.parametrize("text", ["/members", "/contact@wgpd_sandbox_bot", "/ask"])
async def test_commands_of_the_private_chat(world: World, group: Group, text: str) -> None:
    """A command that the bot has, but not in groups, is answered with the way to the private chat."""
    (answer,) = await say(world, group, "citizen", text)
    assert "wgpd_sandbox_bot" in answer["text"]


async def test_unknown_in_a_group(world: World, group: Group) -> None:
    """What it does not know it says shortly, with the way to the private chat; nobody is remembered."""
    (answer,) = await say(world, group, "citizen", "/ask តើថ្ងៃស្អែកមានភ្លៀងទេ?")
    assert "ខ្ញុំមិនដឹងទេ" in answer["text"]
    assert answer["reply_markup"]["inline_keyboard"][0][0]["url"].endswith("?start=ask")
    services = world.bot.application.services
    (gap,) = await services.history.gaps(world.clock().replace(year=2026, month=1))
    assert gap.person_id is None
    assert await services.people.find(world.person("citizen").id) is None


async def test_addressed_without_words(world: World, group: Group) -> None:
    """Its bare name gets a word on how to ask."""
    (answer,) = await say(world, group, "citizen", "@wgpd_sandbox_bot")
    assert "wgpd_sandbox_bot" in answer["text"]


async def test_a_topic_link_opens_the_answer(world: World) -> None:
    """The button in the group leads to the answer in the private chat."""
    world.person("citizen").start("topic-founded-when")
    await world.deliver()
    assert "២០០៣" in world.read("citizen")
    world.person("citizen").start("topic-no-such-thing")
    await world.deliver()
    assert "ជម្រាបសួរ" in world.read("citizen")


async def test_inline(world: World) -> None:
    """@bot WORDS offers answers to send; what is sent is no question to the bot."""
    citizen = world.person("citizen")
    citizen.inline(ASKED)
    await world.deliver()
    first = citizen.inline_results[0]
    assert "២០០៣" in first["input_message_content"]["message_text"]
    citizen.choose_inline(first["id"])
    await world.deliver()
    assert world.read_all("citizen") == ""


@pytest.mark.parametrize(("typed", "least"), [("", 3), ("😀", 0), ("តើថ្ងៃស្អែកមានភ្លៀងទេ?", 0)])
async def test_inline_without_an_answer(world: World, typed: str, least: int) -> None:
    """Without words there are examples, without an answer nothing; the way to the bot is always there."""
    citizen = world.person("citizen")
    citizen.inline(typed)
    await world.deliver()
    assert len(citizen.inline_results) >= least
    assert citizen.inline_answer["button"]["start_parameter"] == "ask"


async def test_inline_speaks_the_language_of_the_words(world: World) -> None:
    """Who asks in English gets English results."""
    citizen = world.person("citizen")
    citizen.inline("when was the group founded")
    await world.deliver()
    assert citizen.inline_results[0]["title"].isascii()
