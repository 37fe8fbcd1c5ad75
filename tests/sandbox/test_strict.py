"""As strict as the real one, in the real one's words."""

from datetime import datetime
from typing import Any

import pytest

from bot.sandbox.api import methods, tdlib
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.flood import FloodRules, readings
from bot.sandbox.api.params import Params
from bot.sandbox.api.text import formatted
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from tests.sandbox.conftest import Clock

Json = dict[str, Any]


def call(telegram: Telegram, method: str, **values: Any) -> Any:
    return methods.call(telegram, telegram.token, method, Params(values))


def button(**fields: Any) -> Json:
    return {"inline_keyboard": [[{"text": "x", **fields}]]}


KHMER_64 = "ក" * 21 + "a"
REFUSED: list[tuple[str, Json, str]] = [
    ("sendMessage", {"text": ""}, "message text is empty"),
    ("sendMessage", {"text": " \n\u200b\u200d\ufeff "}, "text must be non-empty"),
    ("sendMessage", {"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ("sendMessage", {"text": "ក" * 4097}, "message is too long"),
    ("sendMessage", {"text": "🙂" * 2049}, "message is too long"),
    (
        "sendMessage",
        {"text": "<b>x", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        "sendMessage",
        {"text": "a < b", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "" at byte offset 2',
    ),
    (
        "sendMessage",
        {"text": "a.b", "parse_mode": "MarkdownV2"},
        "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
    ),
    ("sendMessage", {"text": "x", "parse_mode": "text"}, "unsupported parse_mode"),
    ("sendMessage", {"text": "x", "chat_id": ""}, "chat_id is empty"),
    ("sendMessage", {"text": "x", "chat_id": "@nobody"}, "chat not found"),
    ("sendMessage", {"text": "x", "reply_markup": button(callback_data="")}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"text": "x", "reply_markup": button(callback_data="ក" * 22)}, "BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        {"text": "x", "reply_markup": button()},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        "sendMessage",
        {"text": "x", "reply_markup": button(url="here")},
        "inline keyboard button URL 'here' is invalid: Wrong HTTP URL",
    ),
    ("sendMessage", {"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ("sendMessage", {"text": "x", "reply_markup": "[1]"}, "object expected as reply markup"),
    (
        "sendMessage",
        {"text": "x", "reply_parameters": '{"message_id": 999}'},
        "message to be replied not found",
    ),
    ("sendPhoto", {}, "there is no photo in the request"),
    ("sendPhoto", {"photo": "nonsense"}, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {"photo": "https://a.b/c.png", "caption": "x" * 1025}, "message caption is too long"),
    ("editMessageText", {"text": "x"}, "message identifier is not specified"),
    ("editMessageText", {"text": "x", "message_id": 999}, "message to edit not found"),
    ("editMessageText", {"text": "x", "message_id": 1}, "message can't be edited"),
    ("deleteMessage", {"message_id": 999}, "message to delete not found"),
    ("copyMessage", {"from_chat_id": 1001, "message_id": 999}, "message to copy not found"),
    ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old and response timeout expired"),
    ("getChat", {"chat_id": 7}, "chat not found"),
    ("getFile", {"file_id": "x"}, "invalid file_id"),
    ("setMyCommands", {"commands": '[{"command":"Start","description":"x"}]'}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": '[{"command":"a","description":""}]'}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": "[]", "language_code": "khm"}, "invalid language code specified"),
    ("setWebhook", {"url": "https://a.b"}, "bad webhook"),
]


@pytest.mark.parametrize(("method", "values", "words"), REFUSED)
def test_refused(telegram: Telegram, citizen: Person, method: str, values: Json, words: str) -> None:
    """What the real Telegram refuses is refused, in its own words, and nothing is sent."""
    assert citizen.messages
    with pytest.raises(ApiError) as refusal:
        call(telegram, method, **{"chat_id": 1001, **values})
    assert refusal.value.code == 400
    assert refusal.value.description.startswith(f"Bad Request: {words}")
    assert not citizen.received


@pytest.mark.parametrize(
    "values",
    [
        {"text": "ក" * 4096},
        {"text": "🙂" * 2048},
        {"text": f"<b>{'x' * 4096}</b>", "parse_mode": "HTML"},
        {"text": "x", "reply_markup": button(callback_data=KHMER_64)},
        {"text": "x", "reply_markup": button(url="https://t.me/wgpd_sandbox_bot?start=a")},
        {"text": "x", "reply_markup": '{"keyboard": [["a"]]}', "disable_notification": "true"},
    ],
)
def test_accepted(telegram: Telegram, citizen: Person, values: Json) -> None:
    """What is just inside the limits is sent."""
    call(telegram, "sendMessage", chat_id=1001, **values)
    assert citizen.last


@pytest.mark.parametrize(
    ("token", "method", "code"), [("1000:wrong", "getMe", 401), ("", "getMe", 401), (None, "getNothing", 404)]
)
def test_not_served(telegram: Telegram, token: str | None, method: str, code: int) -> None:
    """A wrong token is 401 and an unknown method 404."""
    with pytest.raises(ApiError) as refusal:
        methods.call(telegram, telegram.token if token is None else token, method, Params({}))
    assert refusal.value.code == code


def test_not_modified(telegram: Telegram, citizen: Person) -> None:
    """An edit that changes nothing is refused; one that changes the buttons only is not."""
    sent = call(telegram, "sendMessage", chat_id=1001, text="<b>x</b>", parse_mode="HTML")
    same = {"chat_id": 1001, "message_id": sent["message_id"], "text": " <b>x</b> ", "parse_mode": "HTML"}
    with pytest.raises(ApiError, match="message is not modified: specified new message content"):
        call(telegram, "editMessageText", **same)
    edited = call(telegram, "editMessageText", **same, reply_markup=button(callback_data="y"))
    assert edited["edit_date"] == telegram.timestamp()
    assert citizen.buttons() == [["x"]]
    with pytest.raises(ApiError, match="message is not modified"):
        call(
            telegram, "editMessageReplyMarkup", chat_id=1001, message_id=sent["message_id"],
            reply_markup=button(callback_data="y"),
        )  # fmt: skip


def test_keyboard_message_is_not_editable(telegram: Telegram, citizen: Person) -> None:
    """A message that brought a keyboard over the input cannot be edited."""
    sent = call(telegram, "sendMessage", chat_id=1001, text="x", reply_markup={"keyboard": [["a"]]})
    assert citizen.keyboard == [[{"text": "a"}]]
    with pytest.raises(ApiError, match="message can't be edited"):
        call(telegram, "editMessageText", chat_id=1001, message_id=sent["message_id"], text="y")
    call(telegram, "sendMessage", chat_id=1001, text="x", reply_markup={"remove_keyboard": True})
    assert citizen.keyboard == []


def test_delete_for_two_days(telegram: Telegram, citizen: Person, clock: Clock) -> None:
    """A message can be deleted for 48 hours."""
    old, new = (call(telegram, "sendMessage", chat_id=1001, text=text)["message_id"] for text in "ab")
    call(telegram, "deleteMessage", chat_id=1001, message_id=new)
    clock.forward(hours=48, seconds=1)
    with pytest.raises(ApiError, match="message can't be deleted for everyone"):
        call(telegram, "deleteMessage", chat_id=1001, message_id=old)
    assert [message["message_id"] for message in citizen.received] == [old]


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("  <b> x</b> ", "x", [("bold", 0, 1)]),
        ("🙂 <i>ក</i>\r\n", "🙂 ក", [("italic", 3, 1)]),
        ("/help ឬ https://a.org", "/help ឬ https://a.org", [("bot_command", 0, 5), ("url", 8, 13)]),
        ("<code>/help</code>", "/help", [("code", 0, 5)]),
        ("ទូរស័ព្ទ +855 23 217 855", "ទូរស័ព្ទ +855 23 217 855", [("phone_number", 9, 15)]),
        ("<a href='https://a.org'>t.me/x</a>", "t.me/x", [("text_link", 0, 6)]),
        ("a\u2028b\x01c", "ab c", []),
    ],
)
def test_entities(text: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    """Texts are parsed, cleaned and trimmed, and entities count UTF-16 units of what is left."""
    found, marked = formatted(text, "HTML")
    assert found == plain
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in marked] == entities


def test_parse_html() -> None:
    """parse_html gives the text and its entities, or Telegram's own complaint."""
    assert tdlib.parse_html("<u>ក</u>&lt;") == ("ក<", [{"type": "underline", "offset": 0, "length": 1}])
    with pytest.raises(tdlib.ParseError, match="can't parse entities: Unmatched end tag"):
        tdlib.parse_html("<b>a</i>")


def test_flood(telegram: Telegram, citizen: Person, clock: Clock) -> None:
    """With flood rules on, a chat gets a burst and then one a second, and all chats thirty a second."""
    telegram.flood = FloodRules(burst=2)
    for _ in range(2):
        call(telegram, "sendMessage", chat_id=1001, text="x")
    with pytest.raises(ApiError) as refusal:
        call(telegram, "sendMessage", chat_id=1001, text="x")
    assert refusal.value.as_json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    clock.forward(seconds=1)
    call(telegram, "sendMessage", chat_id=1001, text="x")
    clock.forward(seconds=5)
    for number in range(30):
        telegram.person("x", 2000 + number).start()
        call(telegram, "sendMessage", chat_id=2000 + number, text="x")
    with pytest.raises(ApiError, match="Too Many Requests"):
        call(telegram, "sendMessage", chat_id=1001, text="x")
    assert len(citizen.received) == 3


def spent(rules: FloodRules, at: datetime, chats: range, *, paid: bool = False) -> int:
    """How many messages go out, one to each chat, before the first is refused."""
    for number, chat in enumerate(chats):
        try:
            rules.spend(chat, at, paid=paid)
        except ApiError:
            return number
    return len(chats)


@pytest.mark.parametrize(
    ("reading", "later"), [("token bucket", 15), ("any second", 0), ("ban after a 429", 0)]
)
def test_readings_of_the_limits(reading: str, later: int, clock: Clock) -> None:
    """All let thirty out at once; half a second later only the bucket has filled up by half."""
    rules = readings()[reading]
    assert spent(rules, clock(), range(30)) == 30
    clock.forward(seconds=0.5)
    assert spent(rules, clock(), range(100, 200)) == later


def test_ban(clock: Clock) -> None:
    """After one refusal everything is refused until the time that was named has passed."""
    rules = readings()["ban after a 429"]
    assert spent(rules, clock(), range(100)) == 30
    clock.forward(seconds=2.9)
    with pytest.raises(ApiError) as refusal:
        rules.spend(500, clock())
    assert refusal.value.parameters["retry_after"] == 1
    clock.forward(seconds=0.1)
    assert spent(rules, clock(), range(600, 630)) == 30


def test_group_and_paid(clock: Clock) -> None:
    """A group gets twenty a minute; paid messages are a thousand in a second, besides the thirty."""
    rules = FloodRules()
    for _ in range(20):
        rules.spend(-100123, clock())
        clock.forward(seconds=1)
    with pytest.raises(ApiError) as refusal:
        rules.spend(-100123, clock())
    assert refusal.value.parameters["retry_after"] == 40
    assert spent(rules, clock(), range(2000), paid=True) == 1000
    assert spent(rules, clock(), range(3000, 3100)) == 30


def test_commands_precedence(telegram: Telegram, citizen: Person) -> None:
    """A person sees the commands of their chat before the private ones before the default; language first."""

    def put(name: str, scope: Json | None = None, language: str = "") -> None:
        commands = [{"command": name, "description": "x"}]
        call(telegram, "setMyCommands", commands=commands, scope=scope, language_code=language)

    def seen() -> list[str]:
        return [item["command"] for item in methods.commands_for(telegram, 1001)]

    assert seen() == []
    put("default")
    put("default_km", language="km")
    assert seen() == ["default_km"]
    put("private", {"type": "all_private_chats"})
    assert seen() == ["private"]
    put("chat", {"type": "chat", "chat_id": 1001})
    put("chat_km", {"type": "chat", "chat_id": 1001}, "km")
    assert seen() == ["chat_km"]
    citizen.speak("en")
    assert seen() == ["chat"]
    call(telegram, "deleteMyCommands", scope={"type": "chat", "chat_id": 1001})
    assert seen() == ["private"]


def test_profile_by_language(telegram: Telegram) -> None:
    """Name and descriptions are kept by language, and the one without language stands in."""
    call(telegram, "setMyDescription", description="hello")
    call(telegram, "setMyDescription", description="សួស្តី", language_code="km")
    assert call(telegram, "getMyDescription", language_code="km") == {"description": "សួស្តី"}
    assert call(telegram, "getMyDescription", language_code="en") == {"description": "hello"}
    assert call(telegram, "getMyName") == {"name": "WGPD"}


def test_an_album_counts_each_part() -> None:
    """Two albums of ten are all that a group gets in a minute."""
    rules, clock = FloodRules(), Clock()
    for _ in range(2):
        rules.spend(-1, clock(), number=10)
    with pytest.raises(ApiError):
        rules.spend(-1, clock())
