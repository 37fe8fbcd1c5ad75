"""The way to Telegram over real sockets: what never left is told apart from what may have arrived."""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from telegram import InputFile
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.sandbox.telegram import TOKEN, Telegram
from bot.sandbox.web.server import running
from bot.transport import AiohttpRequest, ConnectionLost, NotConnected

SECRET = TOKEN.partition(":")[2]
PERSON = 7001
QUICK = 0.05
"""Seconds that a test waits for an answer that does not come."""


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    request = AiohttpRequest()
    async with request:
        yield request


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """A server that behaves badly; gives its address up to the method."""
    forever = asyncio.Event()

    async def cut(request: web.Request) -> web.StreamResponse:
        await request.read()
        assert request.transport
        request.transport.abort()
        return web.Response()

    async def cut_in_the_answer(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"ok":true,')
        assert request.transport
        request.transport.abort()
        return answer

    async def silent(_: web.Request) -> web.StreamResponse:
        await forever.wait()
        return web.Response()

    async def silent_in_the_answer(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"ok":true,')
        await forever.wait()
        return answer

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")

    async def echo(request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        return web.json_response({"ok": True, "result": fields})

    application = web.Application()
    for handler in (cut, cut_in_the_answer, silent, silent_in_the_answer, page, echo):
        application.router.add_route("*", f"/bot{TOKEN}/{handler.__name__}", handler)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/bot{TOKEN}"
    forever.set()
    await runner.cleanup()


@pytest.fixture
async def telegram() -> AsyncIterator[tuple[Telegram, str]]:
    """Telegram in memory, behind a real HTTP server."""
    telegram = Telegram(lambda: datetime.now(UTC))
    async with running(telegram) as address:
        telegram.person("សុខា", PERSON).start()
        yield telegram, address


@pytest.fixture
async def bot(telegram: tuple[Telegram, str]) -> AsyncIterator[ExtBot[None]]:
    address = telegram[1]
    async with ExtBot(
        TOKEN,
        base_url=f"{address}/bot",
        base_file_url=f"{address}/file/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(),
    ) as bot:
        yield bot


def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
    return f"http://{host}:{port}/bot{TOKEN}/getMe"


def hides_the_token(problem: BaseException) -> bool:
    """Whether neither the problem nor how Python would print it holds the token."""
    return SECRET not in "".join(traceback.format_exception(problem)) + repr(problem)


async def test_json_answer(bot: ExtBot[None], telegram: tuple[Telegram, str]) -> None:
    """Calls get their answers, Khmer and signs of every kind unharmed on the way there and back."""
    text = "សួស្តី <b>&\"'+%=; 🙂\nក"
    message = await bot.send_message(PERSON, text)
    assert message.text == text
    assert telegram[0].people[PERSON].last["text"] == text
    assert (await bot.get_me()).username == telegram[0].bot["username"]


async def test_upload_and_download(bot: ExtBot[None], telegram: tuple[Telegram, str]) -> None:
    """A file arrives with its name, its content and the parameters beside it, and can be fetched again."""
    content = bytes(range(256)) * 1000
    file = InputFile(content, filename="របាយការណ៍ 2027.bin")
    message = await bot.send_document(PERSON, file, caption="ឯកសារ")
    assert message.caption == "ឯកសារ"
    assert message.document
    kept = telegram[0].file(message.document.file_id)
    assert kept
    assert (kept[0]["name"], kept[1]) == ("របាយការណ៍ 2027.bin", content)
    fetched = await (await bot.get_file(message.document.file_id)).download_as_bytearray()
    assert bytes(fetched) == content


async def test_refusals_keep_their_meaning(bot: ExtBot[None]) -> None:
    """What Telegram refuses is the error that python-telegram-bot makes of it."""
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(404, "x")


async def test_many_at_once(bot: ExtBot[None], telegram: tuple[Telegram, str]) -> None:
    """Many calls at once are all answered, each with its own answer."""
    messages = await asyncio.gather(*(bot.send_message(PERSON, str(number)) for number in range(100)))
    assert [message.text for message in messages] == [str(number) for number in range(100)]
    assert len(telegram[0].people[PERSON].received) == 100


async def test_plain_request(request_: AiohttpRequest, server: str) -> None:
    """A request without parameters is answered too, and so is one that only fetches."""
    assert await request_.post(f"{server}/echo") == {}
    assert b"ok" in await request_.retrieve(f"{server}/echo")


async def test_server_error(request_: AiohttpRequest, server: str) -> None:
    """A web page with an error is an error of the network, not an answer."""
    with pytest.raises(NetworkError, match="502") as caught:
        await request_.post(f"{server}/page")
    assert hides_the_token(caught.value)


async def test_connection_refused(request_: AiohttpRequest) -> None:
    """Where nobody listens, the request never left."""
    with pytest.raises(NotConnected) as caught:
        await request_.post(nowhere())
    assert hides_the_token(caught.value)


async def test_no_address(request_: AiohttpRequest) -> None:
    """Where the address is none, the request never left."""
    with pytest.raises(NotConnected) as caught:
        await request_.post(f"http://[wrong/bot{TOKEN}/getMe")
    assert hides_the_token(caught.value)


@pytest.mark.parametrize("method", ["cut", "cut_in_the_answer"])
async def test_connection_cut(request_: AiohttpRequest, server: str, method: str) -> None:
    """When the connection is cut after the request, it may have been carried out."""
    with pytest.raises(ConnectionLost) as caught:
        await request_.post(f"{server}/{method}")
    assert hides_the_token(caught.value)


@pytest.mark.parametrize("method", ["silent", "silent_in_the_answer"])
async def test_slow_answer(request_: AiohttpRequest, server: str, method: str) -> None:
    """When the answer takes longer than allowed, it is a time-out, and may have been carried out."""
    with pytest.raises(TimedOut) as caught:
        await request_.post(f"{server}/{method}", read_timeout=QUICK)
    assert hides_the_token(caught.value)


async def test_tokens_never_show(telegram: tuple[Telegram, str]) -> None:
    """Through python-telegram-bot, too, no error of any kind shows the token."""
    errors: list[TelegramError] = []
    for base in (nowhere().rpartition(TOKEN)[0], f"{telegram[1]}/nothing-here/bot", "http://[wrong/bot"):
        request = AiohttpRequest()
        bot = ExtBot(TOKEN, base_url=base, request=request, get_updates_request=AiohttpRequest())
        async with request:
            with pytest.raises(TelegramError) as caught:
                await bot.get_me()
        errors.append(caught.value)
    assert [type(error) for error in errors[:2]] == [NotConnected, InvalidToken]
    assert all(hides_the_token(error) for error in errors)


async def test_goes_on_after_trouble(request_: AiohttpRequest, server: str) -> None:
    """After a cut, a refusal and a time-out the same transport serves the next request."""
    for url, patience in ((f"{server}/cut", 1.0), (nowhere(), 1.0), (f"{server}/silent", QUICK)):
        with pytest.raises(NetworkError):
            await request_.post(url, read_timeout=patience)
    assert await request_.post(f"{server}/echo") == {}


async def test_open_and_close() -> None:
    """Opening and closing twice does no harm, and what is not open says so."""
    request = AiohttpRequest()
    with pytest.raises(RuntimeError):
        await request.do_request(nowhere(), "POST")
    await request.shutdown()
    for _ in range(2):
        await request.initialize()
        await request.initialize()
        await request.shutdown()
        await request.shutdown()


async def test_time_allowed() -> None:
    """The time allowed for an answer is told to python-telegram-bot, which adds a long poll's to it."""
    assert AiohttpRequest().read_timeout > 0
