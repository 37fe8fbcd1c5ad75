"""The HTTP door and the page's requests, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import HTTPXRequest

from bot.sandbox import cast
from bot.sandbox.api.flood import BAD_GATEWAY, RESET_AFTER, RESET_BEFORE, TIMEOUT_AFTER
from bot.sandbox.api.forms import multipart
from bot.sandbox.telegram import Telegram
from bot.sandbox.web import server
from bot.sandbox.web.keeper import Keeper
from tests.sandbox.conftest import until_polling

Json = dict[str, Any]


@pytest.fixture
async def address(telegram: Telegram) -> AsyncIterator[str]:
    async with server.running(telegram) as address:
        yield address


@pytest.fixture
async def bot(telegram: Telegram, address: str) -> AsyncIterator[Bot]:
    request = HTTPXRequest(read_timeout=2)
    async with Bot(
        telegram.token,
        base_url=f"{address}/bot",
        base_file_url=f"{address}/file/bot",
        request=request,
        get_updates_request=HTTPXRequest(),
    ) as bot:
        yield bot


@pytest.fixture
async def web(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(address) as session:
        yield session


async def ask(web: aiohttp.ClientSession, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
    """A whole answer; its connection is free again."""
    async with web.request(method, path, **more) as answer:
        await answer.read()
        return answer


async def test_bot_over_http(telegram: Telegram, bot: Bot) -> None:
    """python-telegram-bot's own transport works: polling, sending, uploading and downloading."""
    poll = asyncio.ensure_future(bot.get_updates(timeout=20))
    await until_polling(telegram)
    telegram.people[1001].start("join")
    (update,) = await poll
    assert update.message and update.message.text == "/start join"
    content = b"\r\n--x\x00"
    sent = await bot.send_document(1001, content, filename="ក.bin", caption="<b>ក</b>", parse_mode="HTML")
    assert sent.document and sent.caption == "ក"
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == content
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(1, "x")


@pytest.mark.parametrize(
    ("fault", "error", "delivered"),
    [
        (RESET_BEFORE, NetworkError, 0),
        (RESET_AFTER, NetworkError, 1),
        (BAD_GATEWAY, NetworkError, 0),
        (TIMEOUT_AFTER, TimedOut, 1),
    ],
)
async def test_faults_over_http(
    telegram: Telegram, bot: Bot, fault: str, error: type[Exception], delivered: int
) -> None:
    """Broken connections, gateway pages and time-outs reach a real client as such."""
    citizen = telegram.people[1001]
    citizen.start()
    telegram.fail_next("sendMessage", fault)
    with pytest.raises(error):
        await bot.send_message(1001, "x", read_timeout=0.2)
    assert len(citizen.received) == delivered


@pytest.mark.parametrize("method", ["GET", "POST", "form", "multipart", "json"])
async def test_forms_of_parameters(telegram: Telegram, web: aiohttp.ClientSession, method: str) -> None:
    """Parameters may come in the query, a form, a multipart form or JSON."""
    telegram.people[1001].start()
    values = {"chat_id": "1001", "text": "សួស្តី & ល្អ", "reply_markup": '{"force_reply": true}'}
    url = f"/bot{telegram.token}/sendMessage"
    match method:
        case "GET" | "POST":
            answer = await ask(web, method, url, params=values)
        case "form":
            answer = await ask(web, "POST", url, data=values)
        case "multipart":
            writer = aiohttp.FormData(values, default_to_multipart=True)
            answer = await ask(web, "POST", url, data=writer)
        case _:
            answer = await ask(web, "POST", url, json={**values, "reply_markup": {"force_reply": True}})
    body = await answer.json()
    assert body["ok"] and body["result"]["text"] == "សួស្តី & ល្អ"


@pytest.mark.parametrize(
    ("path", "code"), [("bot1000:wrong/getMe", 401), ("botnonsense/getMe", 404), ("bot{}/getNothing", 404)]
)
async def test_codes(telegram: Telegram, web: aiohttp.ClientSession, path: str, code: int) -> None:
    """The status says what the body says."""
    answer = await ask(web, "GET", "/" + path.format(telegram.token))
    assert answer.status == code
    assert (await answer.json())["error_code"] == code


async def next_event(answer: aiohttp.ClientResponse, kind: str) -> Json:
    async for line in answer.content:
        if line.startswith(b"data: "):
            event: Json = json.loads(line.removeprefix(b"data: "))
            if event["type"] == kind:
                return event
    raise AssertionError(f"the stream ended without {kind}")


async def test_events(telegram: Telegram, web: aiohttp.ClientSession) -> None:
    """The page is told what changes, as it changes, and when the bot comes and goes."""
    async with web.get("/events") as stream:
        await next_event(stream, "hello")
        assert (await ask(web, "POST", "/act", json={"person": 1001, "do": "start"})).status == 200
        assert (await next_event(stream, "message"))["message"]["text"] == "/start"
        await ask(web, "GET", f"/bot{telegram.token}/getUpdates")
        assert (await next_event(stream, "bot"))["online"] is True
        await ask(
            web,
            "POST",
            f"/bot{telegram.token}/sendMessage",
            json={"chat_id": 1001, "text": "x", "reply_markup": {"keyboard": [["a"]]}},
        )
        assert (await next_event(stream, "message"))["message"]["text"] == "x"
        assert (await next_event(stream, "keyboard"))["keyboard"]["keyboard"] == [[{"text": "a"}]]
        typing = {"chat_id": 1001, "action": "typing"}
        await ask(web, "POST", f"/bot{telegram.token}/sendChatAction", json=typing)
        assert (await next_event(stream, "action"))["action"] == "typing"
        answer = {"inline_query_id": telegram.people[1001].inline("ក")["id"], "results": []}
        await ask(web, "POST", f"/bot{telegram.token}/answerInlineQuery", json=answer)
        assert (await next_event(stream, "inline"))["query"] == "ក"


async def test_lost_poll_is_noticed(telegram: Telegram, web: aiohttp.ClientSession) -> None:
    """When a bot that polls is killed, the page learns at once, and no update is lost."""
    async with web.get("/events") as stream:
        poll = asyncio.ensure_future(ask(web, "GET", f"/bot{telegram.token}/getUpdates?timeout=50"))
        assert (await next_event(stream, "bot"))["online"] is True
        poll.cancel()
        await asyncio.wait({poll})
        assert (await next_event(stream, "bot"))["online"] is False
    telegram.people[1001].start()
    answer = await ask(web, "GET", f"/bot{telegram.token}/getUpdates")
    assert len((await answer.json())["result"]) == 1


ACTIONS: list[Json] = [
    {"do": "start", "payload": "join"},
    {"do": "type", "text": "ក"},
    {"do": "contact"},
    {"do": "send", "kind": "photo"},
    {"do": "edit", "message_id": 1, "text": "ខ"},
    {"do": "upload", "name": "x.txt", "mime": "text/plain", "kind": "document", "content": "eA=="},
    {"do": "inline", "words": "ក"},
    {"do": "press", "message_id": 1, "data": "x"},
    {"do": "speak", "language": "en"},
    {"do": "block"},
    {"do": "unblock"},
]
IN_GROUP: list[Json] = [
    {"do": "type", "text": "ក", "reply_to": 1},
    {"do": "reply", "text": "/help"},
    {"do": "send", "kind": "photo"},
    {"do": "edit", "message_id": 1, "text": "ខ"},
    {"do": "upload", "name": "x.png", "mime": "image/png", "kind": "photo", "content": "eA=="},
    {"do": "inline", "words": "ក"},
    {"do": "choose", "result_id": "1"},
    {"do": "press", "message_id": 2, "data": "x"},
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action["do"])
async def test_actions(telegram: Telegram, web: aiohttp.ClientSession, action: Json) -> None:
    """The page can do what persons do."""
    telegram.people[1001].start()
    assert (await ask(web, "POST", "/act", json={"person": 1001, **action})).status == 200


@pytest.mark.parametrize("action", IN_GROUP, ids=lambda action: action["do"])
async def test_actions_in_a_group(telegram: Telegram, web: aiohttp.ClientSession, action: Json) -> None:
    """The page can do in the group what persons do there, and all four phones see it."""
    citizen, group = telegram.people[1001], cast.group(telegram)
    citizen.type("ក", chat_id=group.id)
    keyboard = {"keyboard": [["/help"]]}
    sent = {"chat_id": group.id, "text": "x", "reply_markup": keyboard}
    await ask(web, "POST", f"/bot{telegram.token}/sendMessage", json=sent)
    article = {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "x"}}
    offered = {"inline_query_id": citizen.inline("x")["id"], "results": [article]}
    await ask(web, "POST", f"/bot{telegram.token}/answerInlineQuery", json=offered)
    action = {"person": 1001, "chat_id": group.id, **action}
    assert (await ask(web, "POST", "/act", json=action)).status == 200
    state = await (await ask(web, "GET", "/state")).json()
    shown = state["group"]
    assert (shown["id"], shown["title"], shown["members"]) == (group.id, group.name, 4)
    assert [one["status"] for one in shown["people"]] == ["member", "creator", "member", "member"]
    assert all(phone["group"]["messages"] == group.messages for phone in state["phones"])
    assert not citizen.messages


async def test_refused_actions(web: aiohttp.ClientSession) -> None:
    """A wrong action is refused with a reason, and another site's form is not heard."""
    refused: list[Any] = [{"person": 1, "do": "start"}, {"person": 1001, "do": "fly"}, {"person": 1001}, []]
    refused.append({"person": 1001, "do": "type", "text": "x", "chat_id": -5})
    refused.append(
        {"person": 1001, "do": "upload", "name": "x", "mime": "x", "kind": "document", "content": "?"}
    )
    for wrong in refused:
        assert (await ask(web, "POST", "/act", json=wrong)).status == 400
    assert (await ask(web, "POST", "/act", data={"person": 1001})).status == 415
    assert (await ask(web, "POST", "/kill", json={})).status == 404


async def test_kill(telegram: Telegram) -> None:
    """The page's button calls what the launcher gave, and is shown only then."""
    killed = []

    async def kill() -> None:
        killed.append(1)

    async with server.running(telegram, kill_bot=kill) as address, aiohttp.ClientSession(address) as web:
        assert (await (await ask(web, "GET", "/state")).json())["can_kill"] is True
        assert (await ask(web, "POST", "/kill", json={})).status == 200
    assert killed == [1]


async def test_page_and_files(telegram: Telegram, web: aiohttp.ClientSession) -> None:
    """The page and its files are there; a picture is shown and any other file is saved."""
    for path in ("/", "/page/page.js", "/page/page.css", "/page/inline.js", "/healthz", "/state"):
        assert (await ask(web, "GET", path)).status == 200
    assert "script-src" not in (await ask(web, "GET", "/")).headers["content-security-policy"]
    citizen = telegram.people[1001]
    picture = citizen.send("photo")["photo"][0]["file_id"]
    text = citizen.send("document")["document"]["file_id"]
    assert (await ask(web, "GET", f"/files/{picture}")).headers["content-disposition"].startswith("inline")
    assert (await ask(web, "GET", f"/files/{text}")).headers["content-disposition"].startswith("attachment")
    assert (await ask(web, "GET", "/files/none")).status == 404


async def test_state_survives(telegram: Telegram, tmp_path: Path) -> None:
    """A server that starts with the file of another has its persons, messages and waiting updates."""
    path = tmp_path / "data" / "state.json"
    async with server.running(telegram, state_file=path):
        telegram.people[1001].start("join")
    other = Telegram(telegram.clock)
    async with server.running(other, state_file=path):
        assert other.people[1001].messages[0]["text"] == "/start join"
        assert len(other.take_updates()) == 1
    assert [file.name for file in path.parent.iterdir()] == ["state.json"]


async def test_state_is_kept_while_running(telegram: Telegram, tmp_path: Path) -> None:
    """Changes are in the file soon, and not only when the server stops."""
    keeper = Keeper(telegram, tmp_path / "state.json")
    running = asyncio.create_task(keeper.run())
    telegram.person("ពលរដ្ឋ", 1001).type("សួស្តី")
    async with asyncio.timeout(10):
        await keeper.saved.wait()
    running.cancel()
    assert "សួស្តី" in keeper.path.read_text(encoding="utf-8")


async def test_unreadable_state(telegram: Telegram, tmp_path: Path) -> None:
    """A state file that cannot be read is named, and not overwritten."""
    path = tmp_path / "state.json"
    path.write_text("{")
    with pytest.raises(ValueError, match="cannot be read; delete it to start anew"):
        async with server.running(telegram, state_file=path):
            pass
    assert path.read_text() == "{"


def test_multipart() -> None:
    """Fields and files are told apart, and a file's bytes are untouched."""
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xe1\x9e\x80\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\n'
        b"Content-Type: application/pdf\r\n\r\n\r\n--X\r\n\r\n--XX--\r\n"
    )
    fields, files = multipart('multipart/form-data; boundary="XX"', body)
    assert fields == {"a": "ក"}
    assert files["f"] == ("x.bin", b"\r\n--X\r\n", "application/pdf")
