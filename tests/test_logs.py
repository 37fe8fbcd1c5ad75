"""Logs hold neither the token nor anything personal, whoever writes them."""

import asyncio
import gc
import logging
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from telegram.error import NetworkError

from bot.core.broadcasts import DeliveryState
from bot.logs import kind_of, redact, set_up_logs
from bot.sandbox.api import flood
from bot.sandbox.api.errors import ApiError
from bot.sandbox.people import Person
from bot.sandbox.telegram import TOKEN
from tests.joining import fill_in
from tests.world import World

REAL = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
SECRET = REAL.partition(":")[2]
PRIVATE = "ចាន់ sokha"
ADDRESS = f"https://api.telegram.org/bot{REAL}/sendMessage"


@contextmanager
def logging_as_before() -> Iterator[None]:
    """What set_up_logs changes in the block is changed back at its end."""
    names = [name for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)]
    loggers = [logging.root, *(logging.getLogger(name) for name in names)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def logging_kept() -> Iterator[None]:
    with logging_as_before():
        yield


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What the logs have shown since the last look."""

    def written() -> str:
        out, err = capsys.readouterr()
        assert not out, "logs belong to stderr"
        return err

    return written


Written = Callable[[], str]


@dataclass
class Unraisable:
    """What Python tells of an error in a destructor."""

    exc_value: BaseException


@pytest.mark.parametrize(
    "shown",
    [
        REAL,
        f"token {REAL}.",
        ADDRESS,
        f"http://localhost:8081/bot{REAL}/getMe",
        f"https://api.telegram.org/file/bot{REAL}/documents/file_1.pdf",
        f'HTTP Request: POST {ADDRESS} "HTTP/1.1 200 OK"',
        f"POST /bot{REAL}/getUpdates HTTP/1.1",
        f"ClientConnectorError(URL('{ADDRESS}'))",
        f"BOT_TOKEN={REAL}",
        f'{{"token": "{REAL}"}}',
        repr(ADDRESS.encode()),
        ADDRESS.replace(":AA", "%3AAA"),
        f"x{REAL}",
        f"{REAL} {REAL}",
    ],
)
def test_redact(shown: str) -> None:
    """A token is taken out wherever it stands: alone, in an address, in quotes."""
    assert SECRET not in redact(shown)
    assert SECRET[:20] not in redact(shown)


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ("023 217 855 rang", "<telephone> rang"),
        ("+85512345678", "<telephone>"),
        ("(023) 217-855", "<telephone>"),
        ("855 12 345 678", "<telephone>"),
        ("បេក្ខជន ០១២ ៣៤៥ ៦៧៨ ហៅ", "បេក្ខជន <telephone> ហៅ"),
        ("from +66 81 234 5678.", "from <telephone>."),
        ("sok.dara+x@ngo.org.kh wrote", "<e-mail> wrote"),
        ("postgresql+asyncpg://wgpd:secret@db.example.org/wgpd", "postgresql+asyncpg://wgpd:<e-mail>/wgpd"),
        ("asked by @sok_dara", "asked by <username>"),
    ],
)
def test_redact_people(shown: str, left: str) -> None:
    """How somebody could be reached is taken out of a finished line, should it ever come there."""
    assert redact(shown) == left


@pytest.mark.parametrize(
    "shown",
    [
        "2026-12-01T09:00:00.123456Z",
        "timestamp=2026-11-29T01:28:21.012345Z level=info",
        "update_id=123456789 broadcast=12 number=100000",
        "seconds=0.123456789",
        "seconds=12.345678901",
        "<Task at 0x7f0123456789>",
        "127.0.0.1:8081",
        "an update failed update_id=123456789",
        "sqlite+aiosqlite:///data/wgpd.db",
        "ម៉ោង ៨:៣០ ព្រឹក",
        'File "/srv/bot/app.py", line 12, in build',
        "line 123: invalid",
    ],
)
def test_nothing_else_is_taken_out(shown: str) -> None:
    """What is no token stays."""
    assert redact(shown) == shown


def fail() -> None:
    raise NetworkError(f"cannot reach {ADDRESS}")


@pytest.mark.parametrize("name", ["", "bot.run", "httpx", "telegram.ext.Updater", "uvicorn.error", "asyncio"])
def test_any_logger(name: str, written: Written) -> None:
    """No logger shows the token, in a message, in its values, or in an exception."""
    set_up_logs("DEBUG")
    logger = logging.getLogger(name)
    logger.warning("asked %s", ADDRESS)
    logger.error(f"asked {ADDRESS}")
    try:
        fail()
    except NetworkError:
        logger.exception("failed")
    shown = written()
    assert "asked <str>" in shown
    assert "asked https://api.telegram.org/bot<token>/sendMessage" in shown
    assert "in fail" in shown
    assert "NetworkError" in shown
    assert "cannot reach https" not in shown
    assert SECRET not in shown


def test_structlog(written: Written) -> None:
    """Our own logs do not show the token either, in an event, in a value, or in an exception."""
    set_up_logs("DEBUG")
    log = structlog.get_logger()
    log.info(f"asked {ADDRESS}", address=ADDRESS, nested={"address": ADDRESS})
    try:
        fail()
    except NetworkError as problem:
        log.error("failed", exc_info=problem)
        log.error("failed", error=repr(problem))
    shown = written()
    assert len(shown.splitlines()) == 3
    assert "NetworkError" in shown
    assert SECRET not in shown


async def test_a_task_that_nobody_awaited(written: Written) -> None:
    """What asyncio reports by itself goes the same way."""
    set_up_logs("INFO")
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": f"lost {ADDRESS}", "exception": NetworkError(ADDRESS)})
    task = loop.create_task(_fails_with(PRIVATE))
    await asyncio.wait([task])
    del task
    gc.collect()
    shown = written()
    assert "NetworkError" in shown
    assert "Task exception was never retrieved" in shown
    assert "in _fails_with" in shown
    assert SECRET not in shown
    assert PRIVATE not in shown


async def _fails_with(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize(
    ("sentence", "values", "left"),
    [
        ('Can not load invalid JSON data: "%s"', (PRIVATE,), 'Can not load invalid JSON data: \\"<str>\\"'),
        ("Error while parsing updates! Received data was %r", ([{"text": PRIVATE}],), "data was '<list>'"),
        ("aborted due to %r", (ValueError(PRIVATE),), "aborted due to 'ValueError'"),
        ("%(who)s wrote %(number)d", ({"who": PRIVATE, "number": 3},), "<str> wrote 3"),
        ("%d of %s", (2, PRIVATE), "2 of <str>"),
        ("%d wrote", (PRIVATE,), "%d wrote"),
    ],
)
def test_a_library_speaks(sentence: str, values: tuple[Any, ...], left: str, written: Written) -> None:
    """Of what a library logs its sentence and numbers are kept; no text put in, and no error's text."""
    set_up_logs("DEBUG")
    logging.getLogger("telegram.ext.Application").error(sentence, *values)
    logging.getLogger("telegram.ext.Application").error(ValueError(PRIVATE))
    shown = written()
    assert left in shown
    assert "logger=telegram.ext.Application" in shown
    assert PRIVATE not in shown


def test_what_nobody_caught(written: Written) -> None:
    """What ends a process, a thread or an object, and what warns, is told by kind and place alone."""
    set_up_logs("INFO")
    try:
        try:
            raise FileNotFoundError(2, PRIVATE)
        except OSError as problem:
            raise ValueError(PRIVATE) from problem
    except ValueError as problem:
        sys.excepthook(ValueError, problem, problem.__traceback__)
    thread = threading.Thread(target=lambda: int(PRIVATE), name=PRIVATE)
    thread.start()
    thread.join()
    sys.unraisablehook(cast(Any, Unraisable(ValueError(PRIVATE))))
    warnings.showwarning(UserWarning(PRIVATE), UserWarning, "/srv/library.py", 12)
    shown = written()
    assert "ValueError < FileNotFoundError(ENOENT)" in shown
    assert "in test_what_nobody_caught" in shown
    assert shown.count("the bot failed") == 3
    assert "warning=UserWarning place=/srv/library.py:12" in shown
    assert PRIVATE not in shown


async def test_an_error_of_the_database(world: World) -> None:
    """The database's error is told by kind and code: its text can hold what was to be written."""
    with pytest.raises(IntegrityError) as caught:
        async with world.database.write() as connection:
            await connection.execute(
                text("INSERT INTO people (id, name) VALUES (:id, :name)"), {"id": None, "name": PRIVATE}
            )
    assert "SQLITE_CONSTRAINT" in kind_of(caught.value)
    assert PRIVATE not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["httpx", "httpcore.connection", "telegram.Bot", "apscheduler.scheduler", "aiosqlite", "alembic.runtime"],
)
@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_chatter_is_silenced(name: str, level: str, written: Written) -> None:
    """Libraries that would log every address or statement are heard from WARNING on only."""
    set_up_logs(level)
    logging.getLogger(name).debug("chatter")
    logging.getLogger(name).info("chatter")
    assert not written()
    logging.getLogger(name).warning("trouble")
    assert "trouble" in written()


@pytest.mark.parametrize(("level", "shown"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_level(level: str, shown: int, written: Written) -> None:
    """As much is logged as LOG_LEVEL says, by us and by others."""
    set_up_logs(level)
    for log in (structlog.get_logger(), logging.getLogger("some.library")):
        for method in (log.debug, log.info, log.warning, log.error):
            method("x")
        assert len(written().splitlines()) == shown


def test_one_line_each(written: Written) -> None:
    """Each entry is one line with its moment, its level and what happened, an exception's too."""
    set_up_logs("INFO")
    structlog.get_logger().info("the bot runs", bot="wgpd_bot")
    try:
        fail()
    except NetworkError:
        logging.getLogger("x").exception("failed")
    first, second = written().splitlines()
    assert first.startswith("timestamp=20")
    assert 'level=info event="the bot runs" bot=wgpd_bot' in first
    assert "level=error event=failed" in second


def test_set_up_twice(written: Written) -> None:
    """Setting the logs up again does not double them."""
    set_up_logs("INFO")
    set_up_logs("INFO")
    logging.getLogger("x").warning("once")
    structlog.get_logger().info("once")
    assert written().count("once") == 2


# A whole conversation.

SOKHA, NAME = 7_123_456_789, "សុខា ចាន់ណា"
WORDS = ["ពាក្យសម្ងាត់របស់ខ្ញុំ", "អង្គការភ្នំស្រួច", "នាយកប្រតិបត្តិ", "012 345 678", "12 345 678", "ហេតុផលឯកជន"]


@pytest.fixture
async def sokha(world: World, written: Written) -> AsyncIterator[Person]:
    """Somebody who pressed Start; everything is logged from here on."""
    set_up_logs("DEBUG")
    person = world.telegram.person(NAME, SOKHA)
    person.start()
    await world.deliver()
    yield person
    shown = written()
    for private in (NAME, str(SOKHA), TOKEN, TOKEN.partition(":")[2], *WORDS):
        assert private not in shown


async def say(world: World, person: Person, *texts: str) -> None:
    for one in texts:
        person.type(one)
        await world.deliver()


async def ask_to_join(world: World, person: Person) -> None:
    """The whole form, up to its review."""
    organisation, contact, telephone, why = WORDS[1], WORDS[2], WORDS[3], WORDS[5]
    await fill_in(world, person, organisation=organisation, contact=contact, telephone=telephone, why=why)


async def test_a_whole_conversation(world: World, sokha: Person) -> None:
    """Questions, forms, a subscription and a request that is sent leave no name and no word in the logs."""
    await say(world, sokha, WORDS[0], "/help", "/nothing", "/subscribe", WORDS[0], "/cancel", "/lessons")
    await ask_to_join(world, sokha)
    sokha.press(next(row[0] for row in sokha.buttons() if "✅" in row[0]))
    await world.deliver()
    assert WORDS[1] in sokha.last["text"]
    sokha.block()
    await world.deliver()
    world.telegram.person("coordinator", 1004).start()
    await say(world, world.person("coordinator"), "/requests")


@pytest.mark.parametrize("table", ["membership_requests", "people", "forms"])
async def test_a_failure_inside(world: World, sokha: Person, written: Written, table: str) -> None:
    """A failure of the database is logged, with where it happened, and without what was to be written."""
    await ask_to_join(world, sokha)
    async with world.database.write() as connection:
        await connection.execute(text(f"ALTER TABLE {table} RENAME TO lost"))
    sokha.press(next(row[0] for row in sokha.buttons() if "✅" in row[0]))
    await world.deliver()
    shown = written()
    assert "an update failed" in shown
    assert "OperationalError" in shown
    for private in (NAME, str(SOKHA), *WORDS):
        assert private not in shown


@pytest.mark.parametrize(
    "fault", [flood.BAD_GATEWAY, flood.TIMEOUT_AFTER, flood.RESET_BEFORE, ApiError(400, "Bad Request: x")]
)
async def test_trouble_with_telegram(world: World, sokha: Person, fault: ApiError | str) -> None:
    """When Telegram cannot be reached while somebody is answered, the logs say so and name nobody."""
    world.telegram.fail_next("sendMessage", fault, times=3, chat_id=SOKHA)
    await say(world, sokha, WORDS[0], WORDS[5])


async def test_broadcast_to_them(world: World, sokha: Person) -> None:
    """A broadcast that cannot reach somebody names nobody in the logs."""
    services = world.bot.application.services
    await services.subscriptions.subscribe(SOKHA, "120101", SOKHA, world.clock())
    coordinator = world.person("coordinator")
    coordinator.start()
    await say(world, coordinator, "/share", WORDS[0], WORDS[5] * 2)
    coordinator.press(next(row[0] for row in coordinator.buttons() if "✅" in row[0]))
    await world.deliver()
    world.telegram.fail_next("sendMessage", flood.BAD_GATEWAY, chat_id=SOKHA)
    await world.send_broadcasts()
    (broadcast,) = await services.broadcasts.newest()
    assert (await services.accounts.tally(broadcast.id))[DeliveryState.PENDING] == 1
