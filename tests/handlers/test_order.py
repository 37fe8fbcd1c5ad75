"""Tests that need no upkeep: commands, menus, documents and roles agree."""

from pathlib import Path

import pytest
from telegram import BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.ext import CommandHandler

from bot.core.people import Role
from handlers import ORDER
from handlers.menus import COMMANDS, COORDINATOR_COMMANDS, GROUP_COMMANDS, PUBLIC_COMMANDS, present
from tests.handlers.phones import begin_coordinators
from tests.world import World

ROOT = Path(__file__).parent.parent.parent
HANDLED = [name for handler in ORDER if isinstance(handler, CommandHandler) for name in handler.commands]


def test_commands_and_menus_agree() -> None:
    """Every command stands in a menu, every menu's command is handled, and no two are alike."""
    assert sorted(HANDLED) == sorted(COMMANDS)


@pytest.mark.parametrize("document", ["README.md", "README.km.md"])
def test_commands_are_documented(document: str) -> None:
    """Every command is described in both READMEs."""
    text = (ROOT / document).read_text(encoding="utf-8")
    assert [name for name in HANDLED if f"`/{name}" not in text] == []


@pytest.mark.parametrize("name", COORDINATOR_COMMANDS)
async def test_coordinators_commands_are_theirs(world: World, name: str) -> None:
    """A coordinator's command is refused to everybody else."""
    world.person("citizen").type(f"/{name}")
    await world.deliver()
    role = "អ្នកគ្រប់គ្រង" if COORDINATOR_COMMANDS[name] is Role.ADMINISTRATOR else "អ្នកសម្របសម្រួល"
    assert f"មានតែ{role}ទេ" in world.read_all("citizen")


@pytest.mark.parametrize(
    "name", [name for name, needs in COORDINATOR_COMMANDS.items() if needs is Role.ADMINISTRATOR]
)
async def test_administrators_commands_are_theirs(world: World, name: str) -> None:
    """An administrator's command is refused to everybody else, coordinators among them."""
    await begin_coordinators(world, "second")
    for one in ("citizen", "second"):
        world.person(one).type(f"/{name}")
        await world.deliver()
        assert "មានតែអ្នកគ្រប់គ្រងទេ" in world.read_all(one)


async def test_menus_by_language_and_role(world: World) -> None:
    """Telegram shows Khmer commands to all, English to English clients, and coordinators theirs as well."""
    world.person("coordinator").start()
    await world.deliver()
    bot, services = world.bot.application.bot, world.bot.application.services
    coordinators = await services.people.coordinators(Role.COORDINATOR)
    assert [person.role for person in coordinators] == [Role.ADMINISTRATOR]
    await present(bot, coordinators, services.catalogue)
    everybody = BotCommandScopeAllPrivateChats()
    khmer = await bot.get_my_commands(everybody)
    english = await bot.get_my_commands(everybody, "en")
    theirs = await bot.get_my_commands(BotCommandScopeChat(1004))
    assert [command.command for command in khmer] == list(PUBLIC_COMMANDS)
    assert english[1].description == "what I can do"
    assert khmer[1].description == "អ្វីដែលខ្ញុំអាចជួយបាន"
    in_groups = await bot.get_my_commands(BotCommandScopeAllGroupChats())
    assert [command.command for command in in_groups] == list(GROUP_COMMANDS)
    assert [command.command for command in theirs] == [*COORDINATOR_COMMANDS, *PUBLIC_COMMANDS]
    assert (await bot.get_my_name("en")).name.startswith("WGPD")
    assert (await bot.get_my_description()).description
    assert (await bot.get_my_short_description("en")).short_description
