"""Groups: what the bot hears there, and that all works as in a private chat."""

from typing import Any

import pytest
from telegram import (
    ChatMemberAdministrator,
    ChatMemberRestricted,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated

from bot.sandbox.api import methods
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.params import Params
from bot.sandbox.groups import Group
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from tests.sandbox.conftest import EchoBot

Json = dict[str, Any]


def call(telegram: Telegram, method: str, **values: Any) -> Any:
    return methods.call(telegram, telegram.token, method, Params(values))


@pytest.fixture
def clerk(telegram: Telegram) -> Person:
    return telegram.person("ក្រុមប្រឹក្សា", 1002)


@pytest.fixture
def group(telegram: Telegram, citizen: Person, clerk: Person) -> Group:
    return telegram.group("ក្រុម", [citizen, clerk])


def test_group(telegram: Telegram, citizen: Person, clerk: Person, group: Group) -> None:
    """A group is a supergroup that knows its members, and there is one of each title."""
    assert group.id < -1_000_000_000_000
    assert group.members == [1001, 1002]
    chat = call(telegram, "getChat", chat_id=group.id)
    assert (chat["type"], chat["title"]) == ("supergroup", "ក្រុម")
    members = [call(telegram, "getChatMember", chat_id=group.id, user_id=number) for number in (1001, 1002)]
    assert [member["status"] for member in members] == ["creator", "member"]
    (creator,) = call(telegram, "getChatAdministrators", chat_id=group.id)
    assert creator["user"]["id"] == 1001
    assert telegram.group("ក្រុម", []) == group
    assert telegram.group("ក្រុមផ្សេង", [clerk]).id != group.id
    with pytest.raises(RuntimeError, match="is no member"):
        telegram.person("អង្គការ", 1003).type("/help", chat_id=group.id)


HEARD = [
    "/ask",
    "/ask តើវិមជ្ឈការជាអ្វី?",
    "/ask@wgpd_sandbox_bot x",
    "/ASK@WGPD_Sandbox_Bot",
    "សួស្តី 🙂 @wgpd_sandbox_bot",
    "@WGPD_SANDBOX_BOT តើវិមជ្ឈការជាអ្វី?",
]
UNHEARD = [
    "សួស្តី",
    "តើវិមជ្ឈការជាអ្វី?",
    "/ask@other_test_bot x",
    "សូមមើល /ask",
    "@other_test_bot សួស្តី",
    "wgpd_sandbox_bot",
]


@pytest.mark.parametrize("text", HEARD + UNHEARD)
def test_privacy(telegram: Telegram, citizen: Person, group: Group, text: str) -> None:
    """The bot hears of a group's messages only commands to it and those that name it, and all see each."""
    citizen.type(text, chat_id=group.id)
    assert [update["message"]["text"] for update in telegram.take_updates()] == [text] * (text in HEARD)
    assert group.messages[-1]["text"] == text
    citizen.upload("x.txt", "text/plain", b"x", text, chat_id=group.id)
    assert len(telegram.take_updates()) == (text in HEARD)


def test_entities(citizen: Person, group: Group) -> None:
    """A command with the bot's name and a mention of it are marked as such."""
    command = citizen.type("/ask@wgpd_sandbox_bot x", chat_id=group.id)
    assert command["entities"] == [{"type": "bot_command", "offset": 0, "length": 21}]
    mention = citizen.type("🙂 @wgpd_sandbox_bot", chat_id=group.id)
    assert mention["entities"] == [{"type": "mention", "offset": 3, "length": 17}]


def test_replies(telegram: Telegram, citizen: Person, clerk: Person, group: Group) -> None:
    """The bot hears replies to its own messages, and not those to others'."""
    own = call(telegram, "sendMessage", chat_id=group.id, text="x")["message_id"]
    other = clerk.type("សួស្តី", chat_id=group.id)["message_id"]
    citizen.type("ទៅបូត", chat_id=group.id, reply_to=own)
    citizen.type("ទៅអ្នកផ្សេង", chat_id=group.id, reply_to=other)
    (update,) = telegram.take_updates()
    assert update["message"]["text"] == "ទៅបូត"
    assert update["message"]["reply_to_message"]["from"]["id"] == telegram.bot["id"]


def test_service_messages(telegram: Telegram, group: Group) -> None:
    """The bot learns who comes and goes, and who has gone cannot write any more."""
    staff = telegram.person("អង្គការ", 1003)
    staff.join(group.id)
    assert 1003 in group.members
    staff.leave(group.id)
    came, went = (update["message"] for update in telegram.take_updates())
    assert came["new_chat_members"][0]["id"] == went["left_chat_member"]["id"] == 1003
    assert 1003 not in group.members
    with pytest.raises(RuntimeError, match="is no member"):
        staff.type("/help", chat_id=group.id)


async def test_the_bot_comes_and_goes(
    telegram: Telegram, citizen: Person, clerk: Person, group: Group, echo: EchoBot
) -> None:
    """Taken away, the bot hears that and nothing more, and may not write; added again, it may."""
    with pytest.raises(RuntimeError, match="no administrator"):
        group.remove_bot(clerk)
    group.remove_bot(citizen)
    clerk.type("/ask x", chat_id=group.id)
    (removed,) = telegram.take_updates()
    change = Update.de_json(removed, echo.bot).my_chat_member
    assert change and (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    for method, values in (
        ("sendMessage", {"text": "x"}),
        ("getChat", {}),
        ("getChatMember", {"user_id": 1001}),
    ):
        with pytest.raises(ApiError, match="Forbidden: bot was kicked from the supergroup chat"):
            call(telegram, method, chat_id=group.id, **values)
    group.add_bot(clerk)
    added, told = telegram.take_updates()
    assert added["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert told["message"]["new_chat_members"][0]["id"] == telegram.bot["id"]
    assert await echo.bot.send_message(group.id, "x")
    assert group.members == [1001, 1002]


async def test_the_bot_is_restricted(
    telegram: Telegram, citizen: Person, group: Group, echo: EchoBot
) -> None:
    """A bot that may not write is told so, by an update too, until an administrator lets it again."""
    group.restrict_bot(citizen, may_write=False)
    (update,) = telegram.take_updates()
    change = Update.de_json(update, echo.bot).my_chat_member
    assert change and isinstance(change.new_chat_member, ChatMemberRestricted)
    assert not change.new_chat_member.can_send_messages
    with pytest.raises(BadRequest, match="Not enough rights to send text messages to the chat"):
        await echo.bot.send_message(group.id, "x")
    group.restrict_bot(citizen, may_write=True)
    assert await echo.bot.send_message(group.id, "x")


async def test_appointing(
    telegram: Telegram, citizen: Person, clerk: Person, group: Group, echo: EchoBot
) -> None:
    """The creator makes a member an administrator, and a member again; nobody else does."""
    with pytest.raises(RuntimeError, match="only the creator"):
        group.promote(clerk, clerk)
    group.promote(clerk, citizen)
    assert isinstance(await echo.bot.get_chat_member(group.id, clerk.id), ChatMemberAdministrator)
    assert len(await echo.bot.get_chat_administrators(group.id)) == 2
    group.demote(clerk, citizen)
    assert (await echo.bot.get_chat_member(group.id, clerk.id)).status == "member"


async def test_upgrade(telegram: Telegram, citizen: Person, clerk: Person, echo: EchoBot) -> None:
    """A basic group becomes another chat with the same members; who writes to the old one is told where."""
    old = telegram.group("ភូមិ", [citizen, clerk], basic=True)
    assert -1_000_000_000_000 < old.id < 0
    new = old.upgrade(citizen)
    to, from_ = (Update.de_json(update, echo.bot).message for update in telegram.take_updates())
    assert to and (to.chat_id, to.migrate_to_chat_id) == (old.id, new.id)
    assert from_ and (from_.chat_id, from_.migrate_from_chat_id) == (new.id, old.id)
    with pytest.raises(ChatMigrated) as moved:
        await echo.bot.send_message(old.id, "x")
    assert moved.value.new_chat_id == new.id
    with pytest.raises(BadRequest):
        await echo.bot.get_chat_member(old.id, citizen.id)
    assert (await echo.bot.get_chat_member(new.id, citizen.id)).status == "creator"
    assert await echo.bot.send_message(new.id, "x")
    assert telegram.group("ភូមិ", []) == new
    with pytest.raises(RuntimeError):
        new.upgrade(citizen)


def test_edits(telegram: Telegram, citizen: Person, group: Group) -> None:
    """An edited message is heard when it is meant for the bot as it now stands."""
    message = citizen.type("សួស្តី", chat_id=group.id)
    citizen.edit(message["message_id"], "លាហើយ", group.id)
    assert telegram.take_updates() == []
    citizen.edit(message["message_id"], "/help", group.id)
    (update,) = telegram.take_updates()
    assert update["edited_message"]["chat"]["id"] == group.id


async def test_reply_parameters(citizen: Person, group: Group, echo: EchoBot) -> None:
    """The bot's reply holds the message it replies to; one that is gone is refused, unless allowed."""
    question = citizen.type("/ask x", chat_id=group.id)["message_id"]
    await echo.bot.send_message(group.id, "ចម្លើយ", reply_parameters=ReplyParameters(question))
    assert group.last["reply_to_message"]["message_id"] == question
    assert group.last["reply_to_message"]["from"]["id"] == 1001
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await echo.bot.send_message(group.id, "x", reply_parameters=ReplyParameters(9999))
    lenient = ReplyParameters(9999, allow_sending_without_reply=True)
    await echo.bot.send_message(group.id, "ទោះយ៉ាងណា", reply_parameters=lenient)
    assert group.last["text"] == "ទោះយ៉ាងណា" and "reply_to_message" not in group.last


async def test_press(clerk: Person, group: Group, echo: EchoBot) -> None:
    """A press in a group comes with the group's message, and the bot can edit that."""
    clerk.type("/ask x", chat_id=group.id)
    await echo.work()
    assert group.buttons() == [["កែ"]]
    query = clerk.press("កែ", chat_id=group.id)
    assert query["message"]["chat"]["id"] == group.id and query["from"]["id"] == 1002
    await echo.work()
    assert group.last["text"] == "កែហើយ៖ edit"
    assert [toast["text"] for toast in clerk.toasts] == ["បានកែ"]
    with pytest.raises(LookupError):
        clerk.press("កែ", chat_id=group.id)


def test_keyboard(telegram: Telegram, citizen: Person, group: Group) -> None:
    """Buttons over the input are the group's own, and never ask for what only a private chat may give."""
    call(telegram, "sendMessage", chat_id=group.id, text="x", reply_markup={"keyboard": [["/help"]]})
    assert group.keyboard and not citizen.keyboard
    assert citizen.press_reply("/help", group.id)["chat"]["id"] == group.id
    for wanted, words in (
        ("request_contact", "phone number can be"),
        ("request_location", "location can be"),
    ):
        markup = {"keyboard": [[{"text": "x", wanted: True}]]}
        with pytest.raises(ApiError, match=f"{words} requested in private chats only"):
            call(telegram, "sendMessage", chat_id=group.id, text="x", reply_markup=markup)
    app = {"inline_keyboard": [[{"text": "x", "web_app": {"url": "https://a.b"}}]]}
    with pytest.raises(ApiError, match="BUTTON_TYPE_INVALID"):
        call(telegram, "sendMessage", chat_id=group.id, text="x", reply_markup=app)


async def test_others_messages_stay(citizen: Person, group: Group, echo: EchoBot) -> None:
    """The bot, no administrator, deletes its own messages in a group and nobody else's."""
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", url="https://a.b")]])
    own = await echo.bot.send_message(group.id, "x", reply_markup=markup)
    assert await echo.bot.delete_message(group.id, own.message_id)
    other = citizen.type("x", chat_id=group.id)["message_id"]
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await echo.bot.delete_message(group.id, other)


def test_commands(telegram: Telegram, citizen: Person, group: Group) -> None:
    """A person sees in a group the commands for groups, or for this group, or for them in it."""

    def put(name: str, scope: Json) -> None:
        commands = [{"command": name, "description": "x"}]
        call(telegram, "setMyCommands", commands=commands, scope=scope)

    def seen() -> list[str]:
        return [item["command"] for item in methods.commands_for(telegram, 1001, group.id)]

    put("private", {"type": "all_private_chats"})
    assert seen() == []
    put("groups", {"type": "all_group_chats"})
    assert seen() == ["groups"]
    put("here", {"type": "chat", "chat_id": group.id})
    assert seen() == ["here"]
    put("mine", {"type": "chat_member", "chat_id": group.id, "user_id": 1001})
    assert seen() == ["mine"]
    assert [item["command"] for item in methods.commands_for(telegram, 1001)] == ["private"]


def test_snapshot(telegram: Telegram, citizen: Person, group: Group) -> None:
    """A group and an inline answer outlast a restart."""
    article = {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "x"}}
    query = citizen.inline("x")
    call(telegram, "answerInlineQuery", inline_query_id=query["id"], results=[article])
    citizen.type("/help", chat_id=group.id)
    other = Telegram(telegram.clock)
    other.restore(telegram.snapshot())
    assert other.snapshot() == telegram.snapshot()
    again = other.group("ក្រុម", [])
    assert again.id == group.id and again.messages == group.messages
    assert other.people[1001].choose_inline("1", again.id)["via_bot"] == telegram.bot_user
