"""Files with real content, to and from the bot, through both doors; and what the bot is seen doing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, Update
from telegram.error import BadRequest
from telegram.request import BaseRequest, HTTPXRequest

from bot.sandbox import samples
from bot.sandbox.api import methods
from bot.sandbox.people import Person
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import Telegram
from bot.sandbox.web import server

Json = dict[str, Any]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BODY = bytes(range(256)) + b"\r\n--boundary\r\n" + "ឃុំ".encode()


@pytest.fixture(params=["http", "no sockets"])
async def bot(telegram: Telegram, citizen: Person, request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    """A bot behind each of the two doors."""
    async with server.running(telegram) as address:
        transport: BaseRequest = HTTPXRequest() if request.param == "http" else SandboxRequest(telegram)
        async with Bot(
            telegram.token,
            base_url=f"{address}/bot",
            base_file_url=f"{address}/file/bot",
            request=transport,
            get_updates_request=transport,
        ) as bot:
            yield bot


async def test_upload(telegram: Telegram, citizen: Person, bot: Bot) -> None:
    """The bot gets the very bytes of a document that a person sends, with its name, kind and caption."""
    citizen.upload("បញ្ជី #១?.xlsx", SHEET, BODY, "សូមមើល /help")
    update = Update.de_json(telegram.take_updates()[0], bot)
    assert update.message and update.message.document
    document = update.message.document
    assert (document.file_name, document.mime_type) == ("បញ្ជី #១?.xlsx", SHEET)
    assert document.file_size == len(BODY)
    assert update.message.caption == "សូមមើល /help" and update.message.caption_entities
    file = await document.get_file()
    assert file.file_path and file.file_path.endswith(".xlsx")
    assert bytes(await file.download_as_bytearray()) == BODY


async def test_too_big(
    telegram: Telegram, citizen: Person, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file above the limit reaches the bot, but cannot be downloaded."""
    monkeypatch.setattr(methods, "LARGEST_DOWNLOAD", 10)
    document = citizen.upload("x.bin", "application/octet-stream", b"x" * 11)["document"]
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(document["file_id"])


async def test_bot_sends_files(telegram: Telegram, citizen: Person, bot: Bot) -> None:
    """A document and a picture of the bot arrive with name, size and bytes."""
    await bot.send_document(1001, BODY, filename="តារាង.xlsx", caption="តារាង")
    document = citizen.last["document"]
    assert document["file_name"] == "តារាង.xlsx"
    found = telegram.file(document["file_id"])
    assert found and found[1] == BODY
    await bot.send_photo(1001, samples.png(64, 48), caption="<b>ក្រាប</b>", parse_mode="HTML")
    (photo,) = citizen.last["photo"]
    assert (photo["width"], photo["height"]) == (64, 48)
    assert citizen.last["caption_entities"][0]["type"] == "bold"
    found = telegram.file(photo["file_id"])
    assert found and found[1] == samples.png(64, 48)
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(1001, BODY)


def test_no_empty_file(citizen: Person) -> None:
    """Nobody can send an empty file."""
    with pytest.raises(ValueError, match="no empty file"):
        citizen.upload("x.txt", "text/plain", b"")


async def test_chat_action(telegram: Telegram, bot: Bot) -> None:
    """What the bot is doing is told to the page and remembered as a call; an unknown action is refused."""
    told: list[Json] = []
    telegram.listen(told.append)
    await bot.send_chat_action(1001, "typing")
    await bot.send_chat_action(1001, "upload_document")
    assert [(event["type"], event["chat_id"]) for event in told] == [("action", 1001)] * 2
    actions = [values["action"] for method, values in telegram.calls if method == "sendChatAction"]
    assert actions == ["typing", "upload_document"]
    for wrong in ("", "typing_fast", "upload_"):
        with pytest.raises(BadRequest, match="Wrong parameter action in request"):
            await bot.send_chat_action(1001, wrong)
