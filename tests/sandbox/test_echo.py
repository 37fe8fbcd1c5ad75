"""A real python-telegram-bot Application over the door without sockets."""

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.sandbox.api.errors import ApiError, too_many_requests
from bot.sandbox.api.flood import BAD_GATEWAY, RESET_BEFORE, TIMEOUT_AFTER
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from tests.sandbox.conftest import Clock, EchoBot


async def test_echo(echo: EchoBot, citizen: Person) -> None:
    """What a person types reaches the bot, and its answer reaches the person."""
    citizen.type("  សួស្តី  ")
    await echo.work()
    assert citizen.last["text"] == "អ្នកថា៖ សួស្តី"
    assert citizen.buttons() == [["កែ"]]


async def test_press(echo: EchoBot, citizen: Person) -> None:
    """A press can be answered with a toast and an edit, and the edit takes the buttons away."""
    citizen.type("សួស្តី")
    await echo.work()
    citizen.press("កែ")
    await echo.work()
    assert citizen.last["text"] == "កែហើយ៖ edit"
    assert citizen.buttons() == []
    assert [toast["text"] for toast in citizen.toasts] == ["បានកែ"]


async def test_forged_press(echo: EchoBot, citizen: Person) -> None:
    """A modified client can press with any data."""
    citizen.type("សួស្តី")
    await echo.work()
    citizen.press_data(citizen.last["message_id"], "forged")
    await echo.work()
    assert citizen.last["text"] == "កែហើយ៖ forged"


async def test_old_press(telegram: Telegram, citizen: Person, echo: EchoBot) -> None:
    """A press on a message of long ago holds no message that can be read."""
    citizen.press_old(77, "edit")
    (update,) = telegram.take_updates()
    assert update["callback_query"]["message"] == {
        "chat": {"id": 1001, "type": "private", "first_name": "ពលរដ្ឋ"},
        "message_id": 77,
        "date": 0,
    }
    query_id = update["callback_query"]["id"]
    assert await echo.bot.answer_callback_query(query_id)


async def test_query_is_answered_once(
    telegram: Telegram, citizen: Person, echo: EchoBot, clock: Clock
) -> None:
    """A press is answered once, and within a minute."""
    first, late = citizen.press_old(1, "a")["id"], citizen.press_old(1, "b")["id"]
    await echo.bot.answer_callback_query(first)
    for query_id in (first, late, "none"):
        clock.forward(seconds=61)
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
            await echo.bot.answer_callback_query(query_id)


async def test_block(telegram: Telegram, citizen: Person, echo: EchoBot) -> None:
    """A person who blocks the bot gets nothing more until they start it again."""
    citizen.block()
    (update,) = telegram.take_updates()
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await echo.bot.send_message(1001, "x")
    citizen.start("again")
    kinds = [key for update in telegram.take_updates() for key in update if key != "update_id"]
    assert kinds == ["my_chat_member", "message"]
    assert await echo.bot.send_message(1001, "x")


async def test_never_started(telegram: Telegram, echo: EchoBot) -> None:
    """The bot cannot write first, nor to an account that is gone, nor to nobody."""
    person = telegram.person("អង្គការ", 1003)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await echo.bot.send_message(1003, "x")
    person.start()
    person.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await echo.bot.send_message(1003, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await echo.bot.send_message(5, "x")


async def test_file_goes_round(citizen: Person, echo: EchoBot) -> None:
    """A document sent by the bot can be fetched again, name and bytes."""
    content = b"\x00\r\n--\xff"
    await echo.bot.send_document(1001, content, filename="វេទិកា.ics", caption="<b>x</b>", parse_mode="HTML")
    document = citizen.last["document"]
    assert (document["file_name"], citizen.last["caption"]) == ("វេទិកា.ics", "x")
    file = await echo.bot.get_file(document["file_id"])
    assert bytes(await file.download_as_bytearray()) == content


async def test_copy_and_forward(citizen: Person, echo: EchoBot) -> None:
    """A copy has no author, a forward names it."""
    original = citizen.type("មេរៀន /help")
    await echo.bot.copy_message(1001, 1001, original["message_id"])
    assert citizen.last["text"] == "មេរៀន /help"
    assert "forward_origin" not in citizen.last
    await echo.bot.forward_message(1001, 1001, original["message_id"])
    assert citizen.last["forward_origin"]["sender_user"]["id"] == 1001


async def test_faults(
    telegram: Telegram, citizen: Person, echo: EchoBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ordered failures happen in order: refusals, a gateway's page, a reset before, a time-out after."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else python-telegram-bot warns about RetryAfter
    telegram.fail_next("sendMessage", too_many_requests(7), chat_id=1001)
    telegram.fail_next("sendMessage", ApiError(500, "Internal Server Error"))
    telegram.fail_next("sendMessage", BAD_GATEWAY)
    telegram.fail_next("sendMessage", RESET_BEFORE)
    telegram.fail_next("sendMessage", TIMEOUT_AFTER)
    for error in (RetryAfter, NetworkError, NetworkError, NetworkError, TimedOut):
        assert not citizen.received
        with pytest.raises(error):
            await echo.bot.send_message(1001, "x")
    assert [message["text"] for message in citizen.received] == ["x"]
    await echo.bot.send_message(1001, "y")
    assert citizen.last["text"] == "y"
