"""The command menus that Telegram shows, by language and role, and how the bot presents itself."""

from collections.abc import Iterable, Mapping
from typing import Final

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.core.people import Ability, Language, Needs, Person, Role
from bot.logs import kind_of
from messages.catalogue import Catalogue

PUBLIC_COMMANDS: Final = (
    "start",
    "help",
    "ask",
    "forums",
    "plan",
    "lessons",
    "lesson",
    "subscribe",
    "unsubscribe",
    "settings",
    "join",
    "members",
    "person",
    "contact",
    "language",
    "privacy",
    "mydata",
    "forget",
    "cancel",
)
GROUP_COMMANDS: Final = ("ask", "subscribe", "unsubscribe", "settings")
# What each needs.
COORDINATOR_COMMANDS: Final[Mapping[str, Needs]] = {
    "announce": Ability.ANNOUNCE,
    "share": Ability.SHARE,
    "requests": Ability.REVIEW,
    "broadcasts": Role.COORDINATOR,
    "plans": Role.COORDINATOR,
    "knowledge": Ability.ANSWER,
    "gaps": Ability.ANSWER,
    "team": Role.ADMINISTRATOR,
    "invite": Role.ADMINISTRATOR,
    "audit": Role.ADMINISTRATOR,
}
COMMANDS: Final = (*PUBLIC_COMMANDS, *COORDINATOR_COMMANDS)
# Telegram's language code for each of ours; without a code, it is what every other client shows.
_TELEGRAM_CODES: Final[dict[Language, str | None]] = {"km": None, "en": "en"}

log = structlog.get_logger()


async def present(bot: Bot, coordinators: Iterable[Person], catalogue: Catalogue) -> None:
    """Set the menus, the name and the descriptions, in both languages; what fails is logged, not fatal."""
    try:
        for language, code in _TELEGRAM_CODES.items():
            await bot.set_my_commands(
                _commands(catalogue, language, PUBLIC_COMMANDS), BotCommandScopeAllPrivateChats(), code
            )
            await bot.set_my_commands(
                _commands(catalogue, language, GROUP_COMMANDS), BotCommandScopeAllGroupChats(), code
            )
            await _describe(bot, catalogue, language, code)
    except TelegramError as problem:
        log.warning("Telegram did not take the menus or descriptions", error=kind_of(problem))
    for person in coordinators:
        await set_menu_of(bot, person, catalogue)


def work_of(person: Person) -> list[str]:
    """The commands of coordinators that this person may use."""
    return [name for name, needs in COORDINATOR_COMMANDS.items() if person.may(needs)]


async def set_menu_of(bot: Bot, person: Person, catalogue: Catalogue) -> None:
    """Set one person's own menu: in the language they chose, with what they may do."""
    names = [*work_of(person), *PUBLIC_COMMANDS]
    try:
        await bot.set_my_commands(
            _commands(catalogue, person.language, names), BotCommandScopeChat(person.id)
        )
    except TelegramError as problem:
        log.warning("Telegram did not take a person's menu", error=kind_of(problem))


async def _describe(bot: Bot, catalogue: Catalogue, language: Language, code: str | None) -> None:
    """Telegram limits how often these may change: each is set only where it differs."""
    name = catalogue.text(language, "bot.name").unescape()
    if (await bot.get_my_name(code)).name != name:
        await bot.set_my_name(name, code)
    description = catalogue.text(language, "bot.description").unescape()
    if (await bot.get_my_description(code)).description != description:
        await bot.set_my_description(description, code)
    short = catalogue.text(language, "bot.short_description").unescape()
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)


def _commands(catalogue: Catalogue, language: Language, names: Iterable[str]) -> list[BotCommand]:
    return [BotCommand(name, catalogue.text(language, f"command.{name}").unescape()) for name in names]
