"""What people typed is shown as they typed it, and nowhere else: neither as markup nor in the logs."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import icalendar
import pytest
import pytest_asyncio
from openpyxl import load_workbook

from bot.app import Words
from bot.core.people import Role
from bot.logs import set_up_logs
from bot.sandbox.telegram import TOKEN
from tests.crawler import KINDS, Crawler, said
from tests.test_logs import logging_as_before
from tests.world import World, begin_world

MARK: Final = "zqx"
TAGS: Final = (
    f"<b>{MARK}</b> &amp; <a href='http://{MARK}.example'>{MARK}</a></code><tg-spoiler>{MARK}</tg-spoiler>"
)
HOSTILE: Final = f"={TAGS} {{0}} {{name}} %s \u202e\u2066{MARK}\u200b"
LONG: Final = HOSTILE + " ក" * 200
SHORT: Final = f"=<i>{MARK}&amp;{{0}}%s\u202e"
NAME: Final = f"<b>{MARK}</b>&amp;\u202e"
SECRETS: Final = (MARK, TOKEN, TOKEN.partition(":")[2], "12 345 678", "012345678", "sok.dara@example.org")
# What the pages that follow a form's beginning need to know, where it was not begun from them.
ABOUT: Final = (
    *("event", "broadcast", "lesson", "request", "correction", "inquiry", "organisation", "step", "plan"),
    *("version", "question", "question_id", "registration", "host", "after", "code"),
)


@dataclass
class Walked:
    """What a walk through the whole bot left behind."""

    world: World
    crawler: Crawler
    logged: str

    @property
    def texts(self) -> Iterator[str]:
        """All that was shown, buttons included."""
        for message in said(self.world):
            yield message.get("text") or message.get("caption") or ""
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                yield from (button["text"] for button in row)

    @property
    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files that the bot sent."""
        for message in said(self.world):
            if "document" in message:
                record = self.world.telegram.state.files[message["document"]["file_id"]]
                yield record["name"], base64.b64decode(record["content"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(tmp_path_factory: pytest.TempPathFactory, words: Words) -> Any:
    """A coordinator, a member to be and a citizen, all with hostile names, typed and pressed everything."""
    stream = io.StringIO()
    world = await begin_world(tmp_path_factory.mktemp("walk"), words, quiet_hours="none")
    with logging_as_before(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", stream)
        set_up_logs("DEBUG")
        people = [world.person(name) for name in ("coordinator", "staff", "citizen")]
        for person in people:
            person.user.update(first_name=NAME, last_name=MARK, username=f"{MARK}_{person.id}")
        crawler = Crawler(world, people, [LONG, HOSTILE, SHORT])
        await _walk(world, crawler)
    yield Walked(world, crawler, stream.getvalue())
    await world.stop()


async def _walk(world: World, crawler: Crawler) -> None:
    coordinator, _, citizen = crawler.people
    for person in crawler.people:
        await crawler.say(person, "/start")
    await world.bot.application.services.subscriptions.subscribe(
        citizen.id, "120101", citizen.id, world.clock()
    )
    village = world.telegram.group(NAME, crawler.people, basic=True)
    citizen.type(f"/ask {HOSTILE}", chat_id=village.id)
    citizen.inline(HOSTILE)
    await crawler.say(citizen, HOSTILE, "/person", HOSTILE)
    await crawler.type_commands()
    await world.send_broadcasts()
    await crawler.press_everything()
    for name in sorted(KINDS):
        if name not in crawler.filled:
            owner = citizen if KINDS[name].needs is Role.PERSON else coordinator
            await crawler.open(owner, KINDS[name], dict.fromkeys(ABOUT, "1"))
    await world.send_broadcasts()


def test_most_forms_were_filled_in(walked: Walked) -> None:
    """The walk came through most of the bot: else the other tests here would say little."""
    assert len(walked.crawler.filled) >= 36, sorted(set(KINDS) - walked.crawler.filled)
    assert len(said(walked.world)) > 700
    assert sum(MARK in text for text in walked.texts) > 90


def test_nothing_is_logged_of_it(walked: Walked) -> None:
    """No name, text, telephone, e-mail address, username or token stands in all that was logged at DEBUG."""
    assert "an update failed" in walked.logged  # forged forms make handlers fail with the words at hand
    for secret in SECRETS:
        assert secret not in walked.logged
    for person in walked.crawler.people:
        assert not re.search(rf"\b{person.id}\b", walked.logged)


def test_no_tag_of_theirs(walked: Walked) -> None:
    """What was typed as markup is shown as it was typed: no link, no spoiler, and escaped once."""
    for message in said(walked.world):
        for entity in message.get("entities", message.get("caption_entities", [])):
            assert entity["type"] not in ("spoiler", "text_link", "code", "pre", "custom_emoji"), message
            assert entity.get("url") is None
    for text in walked.texts:
        for found in re.finditer(rf"(.{{0,3}}){MARK}</b>", text):
            assert found[1].endswith("<b>"), text
        assert "&lt;" not in text
        assert "&amp;amp;" not in text


def test_no_placeholder_of_theirs(walked: Walked) -> None:
    """What looks like a place for a value stays as it was typed."""
    assert any("{0} {name} %s" in text for text in walked.texts)


def test_no_direction_of_theirs(walked: Walked) -> None:
    """Nobody's name or words turn the direction of what others read."""
    for text in walked.texts:
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), text


def test_spreadsheets_hold_no_formula(walked: Walked) -> None:
    """What begins with = is text in every cell of every spreadsheet."""
    books = [body for name, body in walked.files if name.endswith(".xlsx")]
    assert len(books) >= 3
    for body in books:
        for sheet in load_workbook(io.BytesIO(body)):
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row)


def test_calendars(walked: Walked) -> None:
    """A calendar's lines are folded, and what was typed begins no line and no property of its own."""
    calendars = [body for name, body in walked.files if name.endswith(".ics")]
    assert calendars
    for body in calendars:
        assert all(len(line) <= 75 for line in body.split(b"\r\n"))
        (event, *_) = icalendar.Calendar.from_ical(body).walk("VEVENT")
        assert f"<b>{MARK}</b>" in str(event["SUMMARY"])
