"""The page in a real browser, with the test in the bot's place."""

import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from bot.sandbox import cast, samples
from bot.sandbox.api import methods
from bot.sandbox.api.params import Params, Upload
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from bot.sandbox.web import server
from tests.browser.test_sandbox_page import CHROMIUM, Phone, chromium, new_page
from tests.process import until

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed; .ci/run installs it"
    ),
]
LINK = "https://t.me/wgpd_sandbox_bot?start="


def call(telegram: Telegram, method: str, files: dict[str, Upload] | None = None, **values: Any) -> Any:
    return methods.call(telegram, telegram.token, method, Params(values, files or {}))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests here."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(telegram: Telegram, browser: Browser) -> AsyncIterator[Page]:
    """The page, where two persons have pressed Start."""
    async with server.running(telegram) as address:
        telegram.people[1001].start()
        telegram.people[1002].start()
        page = await new_page(browser)
        await page.goto(address)
        yield page
        await page.close()


async def test_inline(telegram: Telegram, page: Page) -> None:
    """Words after the bot's name bring its offers, a press sends one, and the button starts the bot."""
    citizen, phone = telegram.people[1001], Phone(page, "citizen")
    content = {"message_text": "ចម្លើយ"}
    result = {
        "type": "article",
        "id": "1",
        "title": "ច្បាប់",
        "description": "ឆ្នាំ២០០១",
        "input_message_content": content,
    }
    for words in ("ច្បាប់", "វេទិកា"):
        await phone.part("input").fill(f"@wgpd_sandbox_bot {words}")
        query_id = await _asked(telegram, words)
        button = {"text": "សួរបូត", "start_parameter": "ask"}
        call(telegram, "answerInlineQuery", inline_query_id=query_id, results=[result], button=button)
        await expect(phone.part("inline-results")).to_contain_text("ឆ្នាំ២០០១")
        await phone.part("inline-result" if words == "ច្បាប់" else "inline-start").click()
        await expect(phone.part("inline-results")).to_be_hidden()
        await expect(phone.part("input")).to_have_value("")
    await phone.reads("/start ask")
    await expect(phone.part("via")).to_contain_text("@wgpd_sandbox_bot")
    assert [message["text"] for message in citizen.messages[1:]] == ["ចម្លើយ", "/start ask"]


async def _asked(telegram: Telegram, words: str) -> str:
    """Wait until the page has asked the bot for these words; the query's identifier."""

    def identifiers() -> list[str]:
        queries = telegram.state.inline_queries.items()
        return [identifier for identifier, query in queries if query["query"] == words]

    await until(telegram, lambda: bool(identifiers()))
    return identifiers()[0]


async def test_group(telegram: Telegram, page: Page) -> None:
    """All phones show the group with names, and it is written in, replied in and pressed in."""
    group = cast.group(telegram)
    citizen, council = Phone(page, "citizen"), Phone(page, "council")
    await citizen.part("chat-group").click()
    await citizen.says("សួស្តី @wgpd_sandbox_bot")
    await expect(council.part("chat-group").locator(".badge")).to_have_text("1")
    await council.part("chat-group").click()
    await council.reads("សួស្តី")
    await expect(council.part("author")).to_have_text("ពលរដ្ឋ")
    markup = {"inline_keyboard": [[{"text": "ចុច", "callback_data": "x"}]]}
    call(telegram, "sendMessage", chat_id=group.id, text="ជម្រាបសួរ", reply_markup=markup)
    telegram.take_updates()
    await council.presses("ចុច")
    await council.part("message").last.hover()
    await council.part("reply").last.click()
    await council.says("អរគុណ")
    await citizen.reads("អរគុណ")
    pressed, replied = telegram.take_updates()
    assert pressed["callback_query"]["message"]["chat"]["id"] == group.id
    assert pressed["callback_query"]["from"]["id"] == 1002
    assert replied["message"]["reply_to_message"]["text"] == "ជម្រាបសួរ"


async def test_the_bot_in_the_group(telegram: Telegram, page: Page) -> None:
    """The group's creator takes the bot away, appoints and upgrades on the page; a member only adds it."""
    council, citizen = Phone(page, "council"), Phone(page, "citizen")
    for phone in (council, citizen):
        await phone.part("chat-group").click()
    await expect(citizen.part("manage")).to_be_hidden()
    await council.part("manage").click()
    await council.part("manage-remove_bot").click()
    await council.reads("left the group")
    await citizen.part("manage").click()
    await citizen.part("manage-add_bot").click()
    await citizen.reads("added to the group")
    for what in ("promote", "upgrade"):
        await council.part("manage").click()
        await council.part(f"manage-{what}").first.click()
    await citizen.reads("became a supergroup")
    await citizen.says("/settings@wgpd_sandbox_bot")
    group = cast.group(telegram)
    assert group.record["chat"]["type"] == "supergroup" and group.has_bot
    assert (
        group.status(1001) == "administrator" and group.messages[-1]["text"] == "/settings@wgpd_sandbox_bot"
    )


@pytest.mark.parametrize("kind", ["button", "link"])
async def test_links_to_the_bot(telegram: Telegram, page: Page, kind: Literal["button", "link"]) -> None:
    """A link to the bot in the group opens the private chat and starts the bot with its payload."""
    group, phone = cast.group(telegram), Phone(page, "organisation")
    await phone.part("chat-group").click()
    if kind == "button":
        markup = {"inline_keyboard": [[{"text": "បើក", "url": f"{LINK}about"}]]}
        call(telegram, "sendMessage", chat_id=group.id, text="x", reply_markup=markup)
    else:
        call(
            telegram,
            "sendMessage",
            chat_id=group.id,
            text=f'<a href="{LINK}about">បើក</a>',
            parse_mode="HTML",
        )
    await phone.part("log").get_by_role(kind, name="បើក").click()
    await phone.reads("/start about")
    await expect(phone.part("chat-private")).to_have_attribute("aria-selected", "true")
    assert telegram.people[1003].messages[0]["text"] == "/start about"


async def test_files(telegram: Telegram, page: Page, tmp_path: Path) -> None:
    """A file of the computer reaches the bot, its document is saved under its name, its picture shown."""
    citizen, phone = telegram.people[1001], Phone(page, "citizen")
    for name, mime, body, kind in (
        ("បញ្ជី.csv", "text/csv", b"a,b\r\n\x00\xff", "document"),
        ("រូប.png", "image/png", samples.png(40, 30), "photo"),
    ):
        await phone.part("file-input").set_input_files(FilePayload(name=name, mimeType=mime, buffer=body))
        await until(telegram, partial(_sent, citizen, kind))
        sent = citizen.messages[-1][kind]
        found = telegram.file((sent if kind == "document" else sent[0])["file_id"])
        assert found and (found[0]["name"], found[1]) == (name, body)
    body = b"PK\x03\x04\x00"
    table = Upload("តារាង.xlsx", body, "application/octet-stream")
    call(telegram, "sendDocument", {"document": table}, chat_id=1001)
    await expect(phone.part("file")).to_have_count(2)
    async with page.expect_download() as waiting:
        await phone.part("file").last.click()
    download = await waiting.value
    assert download.suggested_filename == "តារាង.xlsx"
    await download.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == body
    chart = Upload("chart.png", samples.png(320, 200), "image/png")
    call(telegram, "sendPhoto", {"photo": chart}, chat_id=1001)
    await expect(phone.part("photo").last).to_have_js_property("naturalWidth", 320)


def _sent(person: Person, kind: str) -> bool:
    return kind in person.messages[-1]


async def test_typing(telegram: Telegram, page: Page) -> None:
    """That the bot is typing is shown in the chat where it is, until its next message."""
    group = cast.group(telegram)
    citizen, council = Phone(page, "citizen"), Phone(page, "council")
    await council.part("chat-group").click()
    for chat_id, phone, other in ((1001, citizen, council), (group.id, council, citizen)):
        call(telegram, "sendChatAction", chat_id=chat_id, action="typing")
        await expect(phone.part("activity")).to_contain_text("typing…")
        await expect(other.part("activity")).not_to_contain_text("typing…")
        call(telegram, "sendMessage", chat_id=chat_id, text="x")
        await expect(phone.part("activity")).not_to_contain_text("typing…", timeout=2000)
