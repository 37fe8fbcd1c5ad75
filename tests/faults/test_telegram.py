"""A Telegram that fails in every way it can: each recipient's state is the truth, and nobody has two."""

import socket
from typing import Any

import pytest
from sqlalchemy import select
from telegram.request import RequestData

from bot.core.broadcasts import MOST_FAILURES, BroadcastState, DeliveryState
from bot.outbox import SENDERS
from bot.sandbox.api.errors import ApiError, forbidden, too_many_requests
from bot.sandbox.api.flood import BAD_GATEWAY, RESET_AFTER, Odds
from bot.sandbox.web.server import running
from bot.transport import AiohttpRequest
from storage.tables import deliveries
from tests.faults.crowd import copies, states, those
from tests.faults.station import TICK, Station

SEED = 20261125
CHATS = range(5000, 5500)
SOME = range(5000, 5100)
PENDING, SENT, BLOCKED = DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.BLOCKED
UNCERTAIN = DeliveryState.UNCERTAIN
SERVER_ERROR = ApiError(500, "Internal Server Error")
FORBIDDEN = forbidden("bot was blocked by the user")
STORM = 100
AWAY = 600


class Cut(AiohttpRequest):
    """The real way to Telegram; while `cut`, nobody listens at its other end."""

    cut = False

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        if not self.cut:
            return await super().do_request(url, method, request_data, *args, **kwargs)
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        return await super().do_request(f"http://127.0.0.1:{port}/", method, request_data, *args, **kwargs)


async def test_foul_weather(station: Station) -> None:
    """Resets, server errors, web pages and blocks: each is told apart, and a resend reaches the uncertain."""
    odds = Odds(
        "sendmessage",
        [(0.05, RESET_AFTER), (0.025, SERVER_ERROR), (0.025, BAD_GATEWAY), (0.02, FORBIDDEN)],
        SEED,
    )
    kept = await station.begin(CHATS)
    async with running(station.telegram) as address:
        station.open(address, AiohttpRequest())
        await station.bot.initialize()
        station.telegram.odds = odds
        await station.end(kept, within=600)
        found, got = await states(station.database), copies(station.telegram, CHATS)
        expected = {chat: _end(odds, chat) for chat in CHATS}
        assert found == expected
        assert set(expected.values()) == {SENT, BLOCKED, UNCERTAIN}, "the seed shows too little"
        assert got == {chat: int(expected[chat] is not BLOCKED) for chat in CHATS}

        station.telegram.odds = None
        station.finished.clear()
        perhaps = those(found, UNCERTAIN)
        assert await station.stored.resend_uncertain(kept.id, station.clock()) == len(perhaps)
        await station.end(kept, within=60)
        assert copies(station.telegram, CHATS) == {chat: got[chat] + (chat in perhaps) for chat in CHATS}
        assert not those(await states(station.database), UNCERTAIN)


def _end(odds: Odds, chat: int) -> DeliveryState:
    """What must become of a recipient: server errors are tried again until something else happens."""
    call = 1
    while odds.fate(chat, call) in (SERVER_ERROR, BAD_GATEWAY):
        call += 1
    match odds.fate(chat, call):
        case None:
            return SENT
        case ApiError():
            return BLOCKED
        case _:
            return UNCERTAIN


async def test_a_storm_of_429(station: Station) -> None:
    """However often Telegram asks to wait, everybody gets it once, in the first attempt that counts."""
    kept = await station.begin(SOME)
    station.telegram.fail_next("sendMessage", too_many_requests(7), times=STORM)
    await station.end(kept, within=STORM * 7)
    assert set((await states(station.database)).values()) == {SENT}
    assert set(copies(station.telegram, SOME).values()) == {1}
    assert not station.paused
    async with station.database.read() as connection:
        assert set(await connection.scalars(select(deliveries.c.attempts))) == {1}


async def test_a_wait_is_kept(station: Station) -> None:
    """When Telegram asks to wait, nobody is sent to, and nothing is asked of it, before that time is over."""
    kept = await station.begin(SOME)
    station.telegram.fail_next("sendMessage", too_many_requests(60))
    await station.outbox.drain()
    before = sum(copies(station.telegram, SOME).values())
    calls = len(station.telegram.calls)
    for _ in range(11):
        station.pass_(TICK)
        await station.outbox.drain()
    assert sum(copies(station.telegram, SOME).values()) == before < len(SOME)
    assert len(station.telegram.calls) == calls
    await station.end(kept, within=60)
    assert set(copies(station.telegram, SOME).values()) == {1}


async def test_telegram_is_away(station: Station) -> None:
    """Ten minutes without Telegram cost nobody an attempt: the broadcast goes on by itself."""
    kept = await station.begin(SOME)
    way = Cut()
    async with running(station.telegram) as address:
        station.open(address, way)
        await station.bot.initialize()

        def cut(event: dict[str, Any]) -> None:
            way.cut = way.cut or sum(copies(station.telegram, SOME).values()) >= 20

        stop = station.telegram.listen(cut)
        await station.outbox.drain()
        stop()
        found = await states(station.database)
        assert those(found, PENDING) and those(found, SENT)
        for _ in range(AWAY // 20):
            station.pass_(20)
            await station.outbox.drain()
        assert await states(station.database) == found
        way.cut = False
        await station.end(kept, within=60)
    assert set((await states(station.database)).values()) == {SENT}
    assert set(copies(station.telegram, SOME).values()) == {1}
    assert not station.paused


async def test_only_the_proxy_answers(station: Station) -> None:
    """A proxy's error pages pause the broadcast with a reason that can be read; resumed later, all get it."""
    kept = await station.begin(SOME)
    station.telegram.fail_next("sendMessage", BAD_GATEWAY, times=1000)
    await station.outbox.drain()
    assert [(one.state, one.reason) for one in station.paused] == [
        (BroadcastState.PAUSED, "Bad Gateway (502)")
    ]
    assert 1000 - station.telegram.faults[0].times < MOST_FAILURES + SENDERS
    station.pass_(AWAY)
    await station.outbox.drain()
    assert set((await states(station.database)).values()) == {PENDING}
    station.telegram.faults.clear()
    await station.resume(kept)
    await station.end(kept, within=60)
    assert set(copies(station.telegram, SOME).values()) == {1}


@pytest.mark.parametrize("hours", [1, 24 * 365])
async def test_the_clock_is_set_back(station: Station, hours: int) -> None:
    """When the clock is set back in the middle, the broadcast goes on at once, with retries and waits too."""
    kept = await station.begin(SOME)
    station.telegram.fail_next("sendMessage", SERVER_ERROR, times=3)
    station.telegram.fail_next("sendMessage", too_many_requests(9), chat_id=SOME[30])

    async def set_back() -> None:
        station.clock.pass_(hours=-hours)

    station.way.at(40, set_back)
    await station.end(kept, within=60)
    assert set((await states(station.database)).values()) == {SENT}
    assert set(copies(station.telegram, SOME).values()) == {1}
    assert not station.paused
