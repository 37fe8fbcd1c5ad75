"""Runs the bot on one machine, by long polling, until it is told to stop."""

import asyncio
import sys
from typing import Final

import structlog
from telegram.constants import UpdateType
from telegram.error import InvalidToken
from telegram.helpers import create_deep_linked_url

from bot.app import KNOWLEDGE, Bot, Words, build, now_in_utc
from bot.ask import Phrases
from bot.config import Settings, SettingsError
from bot.core.khmer import load_segmenter
from bot.core.people import CLAIM_LIFETIME, Language, People, Role, invite
from bot.core.questions import Answerer
from bot.knowledge import read_knowledge
from bot.logs import set_up_logs
from bot.schedule import schedule
from handlers.menus import present
from messages.catalogue import read_catalogue
from storage.database import Database

# What handlers react to; Telegram keeps everything else from us.
UPDATES: Final = [UpdateType.MESSAGE, UpdateType.CALLBACK_QUERY, UpdateType.MY_CHAT_MEMBER]

log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Migrate, train, connect, and serve. Raises SettingsError when Telegram rejects the token."""
    set_up_logs(settings.log_level)
    asyncio.run(migrate(settings))
    database = Database(settings.database_url)
    bot = build(settings, database, read_words())
    schedule(bot)
    outbox_task: list[asyncio.Task[None]] = []

    async def begin(_: object) -> None:
        await _present(bot)
        outbox_task.append(asyncio.create_task(bot.outbox.run()))
        log.info("the bot runs", bot=bot.application.bot.username)

    async def end(_: object) -> None:
        bot.outbox.stop()
        await asyncio.gather(*outbox_task)

    async def close(_: object) -> None:
        await database.close()

    application = bot.application
    application.post_init, application.post_stop, application.post_shutdown = begin, end, close
    try:
        application.run_polling(allowed_updates=UPDATES, bootstrap_retries=-1)
    except InvalidToken:
        raise SettingsError(
            "BOT_TOKEN was rejected by Telegram: copy the token from @BotFather again, "
            "or make a new one there with /token."
        ) from None


async def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    database = Database(settings.database_url)
    try:
        await database.migrate()
    finally:
        await database.close()


def read_words() -> Words:
    """Read the catalogue and the knowledge, and train on it."""
    load_segmenter()
    knowledge = read_knowledge(KNOWLEDGE)
    return Words(read_catalogue(), knowledge, Answerer(knowledge))


def phrases() -> Phrases:
    """The sentences around an answer in the terminal, from the catalogue."""
    catalogue = read_catalogue()

    def plain(language: Language, key: str) -> str:
        return str(catalogue.text(language, key).unescape())

    return Phrases(
        unknown_km=plain("km", "question.unknown"),
        unknown_en=plain("en", "question.unknown"),
        suggest_km=plain("km", "question.suggest"),
        suggest_en=plain("en", "question.suggest"),
    )


async def _present(bot: Bot) -> None:
    services, telegram = bot.application.services, bot.application.bot
    await present(telegram, await services.people.coordinators(), services.catalogue)
    if not await services.people.has_administrator():
        await print_claim_link(services.people, telegram.username)


async def print_claim_link(people: People, username: str) -> None:
    """Print the one-time link that makes its first user administrator."""
    now = now_in_utc()
    invitation = invite(Role.ADMINISTRATOR, now, CLAIM_LIFETIME)
    await people.keep_invitation(invitation, None, now)
    link = create_deep_linked_url(username, f"claim-{invitation.token}")
    sys.stdout.write(
        "\nNo administrator is known yet. Open this link in Telegram within one hour; the first person "
        f"who does becomes the administrator:\n\n  {link}\n\n"
    )
    sys.stdout.flush()
