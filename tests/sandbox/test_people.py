"""What persons do becomes the updates that the real Telegram would send."""

import phonenumbers
import pytest
from telegram import Bot, Update

from bot.sandbox import cast
from bot.sandbox.api import methods
from bot.sandbox.api.params import Params
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram

KINDS = ("photo", "sticker", "voice", "video", "audio", "document", "animation", "video_note", "location")


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(telegram: Telegram, citizen: Person, kind: str) -> None:
    """Every kind of message is one that python-telegram-bot reads."""
    citizen.send(kind)
    (raw,) = telegram.take_updates()
    update = Update.de_json(raw, Bot(telegram.token))
    assert update.message and getattr(update.message, kind)


def test_command_entity(citizen: Person) -> None:
    """A text that starts with a slash holds a command."""
    assert citizen.type("/help me")["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]


def test_long_text_is_split(telegram: Telegram, citizen: Person) -> None:
    """A long text arrives in parts, as clients send it; whole when a test wants that."""
    citizen.type("ពាក្យ " * 1000)
    lengths = [len(update["message"]["text"]) for update in telegram.take_updates()]
    assert len(lengths) == 2
    assert max(lengths) <= 4096
    assert len(citizen.type("ក" * 5000, split=False)["text"]) == 5000


def test_empty_text(citizen: Person) -> None:
    """Nobody can send an empty message."""
    with pytest.raises(ValueError, match="no empty message"):
        citizen.type(" \u200b ")


def test_contact(telegram: Telegram, citizen: Person) -> None:
    """A shared contact is the sender's own, unless it is another's."""
    contact = citizen.share_contact()["contact"]
    assert contact["user_id"] == 1001
    assert citizen.share_contact(phone="+85512000009", user_id=5)["contact"]["user_id"] == 5
    assert "user_id" not in citizen.share_contact(user_id=0)["contact"]
    assert len(telegram.take_updates()) == 3


def test_phone_numbers() -> None:
    """The persons of the sandbox have valid numbers of Cambodia."""
    for role in cast.ROLES:
        number = phonenumbers.parse(role.phone)
        assert phonenumbers.is_valid_number_for_region(number, "KH")


def test_reply_keyboard(telegram: Telegram, citizen: Person) -> None:
    """A button over the input sends its text or the contact, and a one-time keyboard goes after a press."""
    rows = [["ជាវ"], [{"text": "លេខ", "request_contact": True}]]
    markup = {"keyboard": rows, "one_time_keyboard": True}
    params = Params({"chat_id": 1001, "text": "x", "reply_markup": markup})
    for text, kind in (("ជាវ", "text"), ("លេខ", "contact")):
        methods.call(telegram, telegram.token, "sendMessage", params)
        assert kind in citizen.press_reply(text)
        assert citizen.keyboard == []
    with pytest.raises(LookupError):
        citizen.press_reply("ជាវ")


def test_edit(telegram: Telegram, citizen: Person) -> None:
    """An own message can be changed, and the bot learns of it."""
    message = citizen.type("ឃំុ")
    telegram.take_updates()
    citizen.edit(message["message_id"], "ឃុំ")
    (update,) = telegram.take_updates()
    assert update["edited_message"]["text"] == "ឃុំ"
    assert update["edited_message"]["edit_date"]


def test_feed_group(telegram: Telegram) -> None:
    """A group's message can be fed raw, and the bot can answer in the group."""
    group = {"id": -55, "type": "group", "title": "ក្រុម"}
    sender = {"id": 9, "is_bot": False, "first_name": "x"}
    message = {"message_id": 40, "date": 1, "chat": group, "from": sender, "text": "hello"}
    update = telegram.feed({"message": message})
    assert telegram.take_updates() == [update]
    params = Params({"chat_id": -55, "text": "x", "reply_parameters": {"message_id": 40}})
    assert methods.call(telegram, telegram.token, "sendMessage", params)["message_id"] == 41
    member = Params({"chat_id": -55, "user_id": 9})
    assert methods.call(telegram, telegram.token, "getChatMember", member)["status"] == "member"


def test_snapshot(telegram: Telegram, citizen: Person) -> None:
    """A snapshot holds everything, and a Telegram restored from it goes on where the first one was."""
    citizen.send("photo")
    citizen.press_old(3, "x")
    other = Telegram(telegram.clock)
    other.restore(telegram.snapshot())
    assert other.snapshot() == telegram.snapshot()
    assert other.take_updates() == telegram.take_updates()
    assert other.people[1001].type("x") == citizen.type("x")
