"""The start of the real process: a wrong token, a missing setting, the link for the first administrator."""

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from telegram.error import InvalidToken

from bot.core.people import Role
from bot.run import take_up_left_over, work
from bot.sandbox.api.errors import ApiError
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.server import running
from storage.database import Database
from storage.duty import Duty
from storage.people import StoredPeople
from tests.process import bot_process, environment, until
from tests.storage.records import broadcast, subscribe
from tests.world import World


async def run_to_its_end(settings: dict[str, str]) -> tuple[int | None, str, str]:
    """`python -m bot run`, which ends by itself: its exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_rejected_token(tmp_path: Path) -> None:
    """A token that Telegram rejects ends the start with one sentence that names @BotFather, not the token."""
    async with running(Telegram(clock=lambda: datetime.now(UTC))) as address:
        settings = environment(tmp_path, address) | {"BOT_TOKEN": "1000:a-token-nobody-gave"}
        code, _, err = await run_to_its_end(settings)
    assert code == 1
    assert err.startswith("BOT_TOKEN was rejected by Telegram")
    assert "@BotFather" in err
    assert "nobody-gave" not in err
    assert len(err.splitlines()) == 1


async def test_missing_and_wrong_settings(tmp_path: Path) -> None:
    """Each wrong setting is named in one sentence, and nothing is started."""
    settings = environment(tmp_path, "ftp://telegram") | {"BOT_TOKEN": "", "ADMIN_IDS": "somebody"}
    code, out, err = await run_to_its_end(settings)
    assert code == 1
    assert not out
    assert [line.split()[0] for line in err.splitlines()] == ["BOT_TOKEN", "BOT_API_URL", "ADMIN_IDS"]
    assert not list(tmp_path.iterdir())


async def test_the_first_administrator(tmp_path: Path) -> None:
    """With no administrator known, the start prints a link that makes its first user one, once."""
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    async with running(telegram) as address:
        settings = environment(tmp_path, address) | {"ADMIN_IDS": ""}
        async with bot_process(settings, stdout=asyncio.subprocess.PIPE) as bot:
            payload = await _printed_payload(bot)
            first, second = telegram.people[1001], telegram.people[1002]
            first.start(payload)
            await until(telegram, lambda: bool(first.received))
            second.start(payload)
            await until(telegram, lambda: bool(second.received))
    assert "អ្នកគ្រប់គ្រង" in first.last["text"]
    assert "តំណនេះបានប្រើរួច" in second.last["text"]
    database = Database(settings["DATABASE_URL"])
    assert [person.id for person in await StoredPeople(database, ()).coordinators(Role.COORDINATOR)] == [1001]
    await database.close()


async def _printed_payload(bot: asyncio.subprocess.Process) -> str:
    if bot.stdout is None:
        raise RuntimeError("the output is not read")
    async for line in bot.stdout:
        if found := re.search(r"\?start=(claim-\S+)", line.decode()):
            return found[1]
    raise RuntimeError("no link was printed")


async def test_a_token_revoked_while_it_runs(world: World) -> None:
    """When Telegram no longer takes the token, the bot ends instead of living on deaf."""
    working = asyncio.create_task(work(world.bot, asyncio.Event()))
    citizen = world.person("citizen")
    citizen.start()
    await until(world.telegram, lambda: bool(citizen.received))
    jobs = world.bot.application.job_queue
    assert jobs
    (check,) = jobs.get_jobs_by_name("token")
    world.telegram.fail_next("getMe", ApiError(401, "Unauthorized"))
    await check.run(world.bot.application)
    with pytest.raises(InvalidToken):
        await working


async def test_two_bots_take_up_what_was_left(world: World) -> None:
    """Two bots that start on one database answer each message left over once, and tell once of a break."""
    people = [world.telegram.person(f"person {number}", 6000 + number) for number in range(12)]
    for person in people:
        person.start()
    for update in world.telegram.take_updates():
        await world.bot.inbox.keep(update["update_id"], update, world.clock())
        last = update["update_id"]
    await world.bot.inbox.begin(last)  # in the middle of it, somebody killed the bot
    async with world.another() as second:
        bots = (world.bot, second)
        await asyncio.gather(*(take_up_left_over(bot) for bot in bots))
        assert all(bot.queue.qsize() == len(people) - 1 for bot in bots), "both know of what waits"
        for bot in bots:
            await bot.application.start()
        await until(world.telegram, lambda: all(person.received for person in people))
        for bot in bots:
            await bot.application.stop()
    assert [len(person.received) for person in people] == [1] * len(people)
    assert "ជម្រាបសួរ" in people[0].last["text"]
    assert "ជម្រាបសួរ" not in people[-1].last["text"]
    assert await world.bot.inbox.left_over() == []


async def test_a_second_bot_stands_by(world: World) -> None:
    """While another process sends from the database, the bot does not, and says so; then it goes on."""
    other = Duty(world.database)
    assert other.take()
    await subscribe(world.database, 5001)
    reader = world.telegram.person("reader", 5001)
    reader.start()
    await broadcast(world.database, now=world.clock())
    with capture_logs() as logged:
        running = asyncio.create_task(world.bot.outbox.run())
        while not logged:
            world.bot.outbox.wake()
            await asyncio.sleep(0)
    assert logged[0]["event"] == "another process sends from this database; this one stands by"
    assert logged[0]["process"] == str(os.getpid())
    assert not reader.received
    other.give_back()
    world.bot.outbox.wake()
    await until(world.telegram, lambda: bool(reader.received))
    world.bot.outbox.stop()
    await running
    assert other.take(), "who stopped leaves the duty to others"
    other.give_back()
