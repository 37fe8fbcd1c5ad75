"""The sandbox's Bot API in a process of its own, as a server that takes its time and counts.

It prints its address, then a line of JSON for each command on its standard input: `report`, or `write` with
how many persons write, one after another, with how many seconds between them.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from bot.sandbox.api.calls import answer
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.flood import FloodRules, readings
from bot.sandbox.api.params import Params
from bot.sandbox.telegram import Telegram

FIRST_CHAT: Final = 1_000_000
BLOCKED: Final = 0.05
ANSWER_SECONDS: Final = 0.02
WRITERS: Final = range(5_000, 6_000)  # each asks once: who asks the same again is told something else
QUESTION: Final = "តើ WGPD ជាអ្វី?"
PATIENCE: Final = 20.0
UNLIMITED: Final = "no limit"


class CountedRules(FloodRules):
    """Flood rules that count how often they refused a message to a recipient."""

    refusals = 0

    def spend(self, chat_id: Any, now: datetime, *, paid: bool = False, number: int = 1) -> None:
        try:
            super().spend(chat_id, now, paid=paid, number=number)
        except ApiError:
            self.refusals += chat_id >= FIRST_CHAT
            raise


@dataclass
class Mail:
    """What came in: how often to each recipient, and when the first and the last."""

    telegram: Telegram
    first: float = 0.0
    last: float = 0.0

    def note(self, event: dict[str, Any]) -> None:
        if event["type"] == "message" and event["chat_id"] >= FIRST_CHAT:
            self.last = time.perf_counter()
            self.first = self.first or self.last


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("reading", choices=[*readings(), UNLIMITED])
    parser.add_argument("chats", type=int)
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.reading, arguments.chats))


async def _serve(reading: str, chats: int) -> None:
    telegram = Telegram(clock=lambda: datetime.now(UTC), flood=_rules(reading))
    reachable = _enter(telegram, chats)
    mail = Mail(telegram)
    writers = iter(WRITERS)
    telegram.listen(mail.note)

    async def call(request: web.Request) -> web.Response:
        params = Params(dict(await request.post()))
        method, polls = request.match_info["method"], request.match_info["method"].lower() == "getupdates"
        # Nobody knows when in between Telegram counts a message: here, in the middle.
        await asyncio.sleep(0 if polls else ANSWER_SECONDS / 2)
        answered = await answer(telegram, request.match_info["token"], method, params)
        await asyncio.sleep(0 if polls else ANSWER_SECONDS / 2)
        return web.Response(body=answered.body, status=answered.code, content_type=answered.media_type)

    application = web.Application()
    application.router.add_post("/bot{token}/{method}", call)
    runner = web.AppRunner(application, access_log=None, keepalive_timeout=3600, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    _print(address=f"http://{host}:{port}", pid=os.getpid())
    while line := await asyncio.to_thread(sys.stdin.readline):
        match line.split():
            case ["report"]:
                _print(**_report(telegram, reachable, mail))
            case ["write", number, pause]:
                _print(
                    waits=[
                        await _wait_for_answer(telegram, next(writers), float(pause))
                        for _ in range(int(number))
                    ]
                )
    await runner.cleanup()


def _rules(reading: str) -> CountedRules | None:
    if reading == UNLIMITED:
        return None
    rules = readings()[reading]
    return CountedRules(**{one.name: getattr(rules, one.name) for one in fields(rules) if one.name[0] != "_"})


def _enter(telegram: Telegram, chats: int) -> list[int]:
    """Let everybody press Start, and some block the bot; who can be reached."""
    for number in WRITERS:
        telegram.person("writer", number).record["started"] = True
    every = round(1 / BLOCKED)
    for number in range(FIRST_CHAT, FIRST_CHAT + chats):
        telegram.person("clerk", number).record.update(started=True, blocked=number % every == 0)
    return [number for number in range(FIRST_CHAT, FIRST_CHAT + chats) if number % every]


def _report(telegram: Telegram, reachable: list[int], mail: Mail) -> dict[str, Any]:
    got = [len(telegram.messages(chat)) for chat in reachable]
    refusals = telegram.flood.refusals if isinstance(telegram.flood, CountedRules) else 0
    return {
        "got": sum(map(bool, got)),
        "lost": got.count(0),
        "doubled": sum(number > 1 for number in got),
        "refusals": refusals,
        "seconds": mail.last - mail.first,
    }


async def _wait_for_answer(telegram: Telegram, number: int, pause: float) -> float:
    """Somebody asks something; the seconds until they read the answer."""
    person = telegram.person("writer", number)
    answered = asyncio.Event()

    def note(event: dict[str, Any]) -> None:
        if (
            event["type"] == "message"
            and event["chat_id"] == person.id
            and event["message"]["from"]["is_bot"]
        ):
            answered.set()

    stop_listening = telegram.listen(note)
    began = time.perf_counter()
    person.type(QUESTION)
    try:
        await asyncio.wait_for(answered.wait(), PATIENCE)
    except TimeoutError:
        return PATIENCE
    finally:
        stop_listening()
    took = time.perf_counter() - began
    await asyncio.sleep(pause)
    return took


def _print(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
