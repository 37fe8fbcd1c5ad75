"""Runs the bot on one machine, by long polling, until it is told to stop."""

import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from telegram import Update
from telegram.constants import UpdateType
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.helpers import create_deep_linked_url
from tenacity import retry, retry_if_exception_type, wait_exponential

from bot.app import KNOWLEDGE, Bot, Words, build, now_in_utc
from bot.ask import Phrases
from bot.config import DatabaseSettings, Settings, SettingsError
from bot.context import Context, WgpdApplication
from bot.core.khmer import load_segmenter
from bot.core.people import CLAIM_LIFETIME, Language, People, Role, invite
from bot.core.personal import Forgotten
from bot.knowledge import read_knowledge
from bot.live import trained
from bot.logs import set_up_logs
from bot.schedule import schedule
from handlers.errors import tell_interrupted
from handlers.menus import present
from messages.catalogue import read_catalogue
from storage.database import Database
from storage.personal.forgetting import StoredPersonalData

# What handlers react to; Telegram keeps everything else from us.
UPDATES: Final = [
    UpdateType.MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.INLINE_QUERY,
    UpdateType.MY_CHAT_MEMBER,
]

CHECK_TOKEN_EVERY: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = 30.0
"""Seconds between two attempts to reach Telegram at the start, at most."""
TOKEN_REJECTED: Final = (
    "BOT_TOKEN was rejected by Telegram: copy the token from @BotFather again, "
    "or make a new one there with /token."
)

log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Migrate, train, connect, and serve until SIGINT or SIGTERM.

    Raises SettingsError when Telegram rejects the token.
    """
    set_up_logs(settings.log_level)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        await database.migrate()
        bot = build(settings, database, read_words())
        schedule(bot)
        try:
            await bot.application.services.live.refresh()
            await _connect(bot.application)
            await _present(bot)
            settle_memory()
            await work(bot, _told_to_stop())
        except InvalidToken:
            raise SettingsError(TOKEN_REJECTED) from None
        finally:
            await bot.close()
    finally:
        await database.close()


async def work(bot: Bot, stop: asyncio.Event) -> None:
    """Take updates and send broadcasts until told to stop; what is being done then is finished.

    Raises InvalidToken when Telegram rejects the token meanwhile: PTB's poller would end without a word.
    """
    application = bot.application
    if application.updater is None or application.job_queue is None:
        raise RuntimeError("the application was built without an updater or a job queue")
    rejected: list[InvalidToken] = []

    async def check_token(context: Context) -> None:
        try:
            await context.bot.get_me()
        except InvalidToken as problem:
            rejected.append(problem)
            stop.set()
        except TelegramError as problem:
            log.warning("the token could not be checked", error=type(problem).__name__)

    application.job_queue.run_repeating(check_token, CHECK_TOKEN_EVERY, name="token")
    sending = asyncio.create_task(bot.outbox.run())
    sending.add_done_callback(lambda _: stop.set())
    try:
        await take_up_left_over(bot)
        await application.updater.start_polling(
            allowed_updates=UPDATES, bootstrap_retries=-1, error_callback=_explain
        )
        await application.start()
        log.info("the bot runs", bot=application.bot.username)
        await stop.wait()
    finally:
        bot.outbox.stop()
        if application.updater.running:
            await application.updater.stop()
        if application.running:
            await application.stop()
        await sending
    for problem in rejected:
        raise problem


def settle_memory() -> None:
    """What is loaded by now stays: to look through it for garbage, again and again, makes everybody wait."""
    gc.collect()
    gc.freeze()


@retry(
    retry=retry_if_exception_type(NetworkError),
    wait=wait_exponential(max=LONGEST_WAIT),
    before_sleep=lambda attempt: _explain(attempt.outcome.exception() if attempt.outcome else None),
)
async def _connect(application: WgpdApplication) -> None:
    """Say hello to Telegram, again and again while it cannot be reached."""
    await application.initialize()


async def take_up_left_over(bot: Bot) -> None:
    """Handle what an earlier run received and did not begin; whoever it was interrupted with is told.

    Each is taken up once, also where two bots start on one database.
    """
    for kept in await bot.inbox.left_over():
        update = Update.de_json(dict(kept.payload), bot.application.bot)
        if not kept.begun:
            await bot.queue.put_again(update)
        elif await bot.inbox.finish(update.update_id):
            await tell_interrupted(update, bot.application)


def _explain(problem: BaseException | None) -> None:
    """Log why Telegram gives no updates; the bot goes on trying."""
    if isinstance(problem, Conflict):
        log.error("another bot runs with the same token; stop one of them")
    else:
        log.warning("Telegram cannot be reached; trying again", error=type(problem).__name__)


def _told_to_stop() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def migrate(settings: DatabaseSettings) -> None:
    """Bring the database up to date."""
    database = Database(settings.database_url)
    try:
        await database.migrate()
    finally:
        await database.close()


async def forget(settings: DatabaseSettings, person_ids: Sequence[int]) -> None:
    """Forget people as /forget does, and say of each what came of it."""
    database = Database(settings.database_url)
    personal = StoredPersonalData(database, ())
    try:
        await database.migrate()
        for person_id in person_ids:
            now = now_in_utc()
            farewell = await personal.farewell(person_id, now)
            done = await personal.forget(person_id, farewell.digest, now)
            known = "forgotten" if isinstance(done, Forgotten) else "not forgotten: the only administrator"
            result = known if farewell.goes or farewell.stays else "nothing is kept"
            sys.stdout.write(f"{person_id}: {result}\n")
    finally:
        await database.close()


def read_words() -> Words:
    """Read the catalogue and the knowledge, and train on it."""
    load_segmenter()
    knowledge = read_knowledge(KNOWLEDGE)
    return Words(read_catalogue(), knowledge, trained(knowledge))


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
    await present(telegram, await services.people.coordinators(Role.COORDINATOR), services.catalogue)
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
