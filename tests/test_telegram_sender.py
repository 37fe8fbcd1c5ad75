"""What becomes of a delivery, told from what Telegram really answers through python-telegram-bot."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import ChatMigrated
from telegram.ext import ExtBot
from telegram.request import RequestData

from bot.core.broadcasts import Blocked, Later, Moved, Outcome, Parcel, Sent, Uncertain, Unsendable
from bot.pacing import BROADCAST, PAID, REPLY, Pace, Pacer
from bot.sandbox.api import flood
from bot.sandbox.api.errors import ApiError, too_many_requests
from bot.sandbox.people import Person
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import TOKEN, Telegram
from bot.telegram_sender import UNREACHABLE_PAUSE, Letter, TelegramSender, outcome_of
from bot.transport import ConnectionLost, NotConnected
from tests.seconds import Seconds
from tests.storage.records import as_written, parcel
from tests.world import Clock

PERSON = 7001


class Garbled(SandboxRequest):
    """A way to Telegram on which some answers arrive as something else."""

    answer = b""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        code, body = await super().do_request(url, method, request_data, *args, **kwargs)
        return code, self.answer or body


class Noting(Pacer):
    """A pacer that notes what each request asked for, and whose waits take no time."""

    def __init__(self, pace: Pace, seconds: Seconds) -> None:
        super().__init__(pace, seconds.sleep)
        self.asked: list[object] = []

    async def process_request(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.append(kwargs["rate_limit_args"])
        return await super().process_request(*args, **kwargs)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(Clock())


@pytest.fixture
def person(telegram: Telegram) -> Person:
    """Somebody who pressed Start."""
    person = telegram.person("សុខា", PERSON)
    person.start()
    return person


@pytest.fixture
def request_(telegram: Telegram) -> Garbled:
    return Garbled(telegram)


@pytest.fixture
def moved() -> Seconds:
    return Seconds()


@pytest.fixture
def pace(moved: Seconds) -> Pace:
    return Pace(moved)


@pytest.fixture
def pacer(pace: Pace, moved: Seconds) -> Noting:
    return Noting(pace, moved)


@pytest.fixture
async def bot(request_: Garbled, pacer: Noting) -> AsyncIterator[ExtBot[str]]:
    async with ExtBot(TOKEN, request=request_, get_updates_request=request_, rate_limiter=pacer) as bot:
        yield bot


@pytest.fixture
def sender(bot: ExtBot[str]) -> TelegramSender:
    return TelegramSender(bot, as_written)


async def test_sent(sender: TelegramSender, person: Person) -> None:
    """A message that Telegram took is sent, under the identifier that Telegram gave it."""
    assert await sender.send(parcel(PERSON, "<b>វេទិកា</b> &lt;ថ្មី&gt;")) == Sent(person.last["message_id"])
    assert person.last["text"] == "វេទិកា <ថ្មី>"
    assert [entity["type"] for entity in person.last["entities"]] == ["bold"]


async def test_turns(sender: TelegramSender, person: Person, pacer: Noting, pace: Pace) -> None:
    """A delivery takes a broadcast's turn, and leaves room for replies."""
    assert isinstance(await sender.send(parcel(PERSON, "x")), Sent)
    assert pacer.asked[-1] == BROADCAST
    pace.stop_for(3)
    assert pace.seconds_to_turn(BROADCAST) == 3
    assert pace.seconds_to_turn(REPLY) == 0


async def test_silence(sender: TelegramSender, person: Person, pace: Pace) -> None:
    """While Telegram asks for silence a delivery is not sent, and waits until it is over, as all do."""
    pace.stop_for(3)
    assert await sender.send(parcel(PERSON, "x")) == Later("flood", timedelta(seconds=3))
    assert not person.received


async def test_paid(bot: ExtBot[str], telegram: Telegram, person: Person, pacer: Noting) -> None:
    """A paid delivery says so to Telegram, and goes at the paid rate; its correction costs nothing."""
    sender = TelegramSender(bot, as_written, paid=True)
    sent = await sender.send(parcel(PERSON, "x"))
    assert isinstance(sent, Sent)
    assert telegram.calls[-1][1]["allow_paid_broadcast"]
    await sender.edit(parcel(PERSON, "y"), sent.message_id)
    assert pacer.asked[-2:] == [PAID, BROADCAST]


async def test_blocked(sender: TelegramSender, person: Person) -> None:
    """Who blocked the bot is out of reach."""
    person.block()
    assert await sender.send(parcel(PERSON, "x")) == Blocked()


async def test_deactivated(sender: TelegramSender, person: Person) -> None:
    """Who deleted their account is out of reach."""
    person.deactivate()
    assert await sender.send(parcel(PERSON, "x")) == Blocked()


async def test_never_started(sender: TelegramSender, telegram: Telegram) -> None:
    """Who never pressed Start is out of reach."""
    telegram.person("ចាន់ណា", PERSON + 1)
    assert await sender.send(parcel(PERSON + 1, "x")) == Blocked()


async def test_chat_not_found(sender: TelegramSender) -> None:
    """A chat that Telegram does not find is out of reach."""
    assert await sender.send(parcel(404, "x")) == Blocked()


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>x", "can't parse entities"),
        ("a < b", "can't parse entities"),
        ("", "text is empty"),
        (" \n ", "text must be non-empty"),
        ("ក" * 4097, "message is too long"),
    ],
    ids=["tag", "sign", "empty", "blank", "long"],
)
async def test_unsendable(sender: TelegramSender, person: Person, html: str, reason: str) -> None:
    """A text that Telegram would take for nobody is told apart, in Telegram's words."""
    outcome = await sender.send(parcel(PERSON, html))
    assert isinstance(outcome, Unsendable)
    assert reason in outcome.reason.lower()
    assert not person.received


@pytest.mark.parametrize("seconds", [1, 7, 3600])
async def test_429(sender: TelegramSender, telegram: Telegram, person: Person, seconds: int) -> None:
    """When Telegram asks to wait, the delivery is for later, after exactly that wait."""
    telegram.fail_next("sendMessage", too_many_requests(seconds))
    assert await sender.send(parcel(PERSON, "x")) == Later("flood", timedelta(seconds=seconds))
    assert not person.received


@pytest.mark.parametrize(
    "fault",
    [
        flood.BAD_GATEWAY,
        ApiError(500, "Internal Server Error"),
        ApiError(502, "Bad Gateway"),
        ApiError(503, "Service Unavailable"),
        ApiError(504, "Gateway Timeout"),
        flood.RESET_BEFORE,
    ],
    ids=["page", "500", "502", "503", "504", "reset"],
)
async def test_server_trouble(
    sender: TelegramSender, telegram: Telegram, person: Person, fault: ApiError | str
) -> None:
    """When Telegram has trouble of its own, the delivery is for later, when the bot thinks best."""
    telegram.fail_next("sendMessage", fault)
    outcome = await sender.send(parcel(PERSON, "x"))
    assert isinstance(outcome, Later)
    assert outcome.wait is None
    assert not person.received
    assert isinstance(await sender.send(parcel(PERSON, "x")), Sent)


async def test_timeout_after_delivery(sender: TelegramSender, telegram: Telegram, person: Person) -> None:
    """When no answer comes, the message may have arrived: it is uncertain, and not sent a second time."""
    telegram.fail_next("sendMessage", flood.TIMEOUT_AFTER)
    assert await sender.send(parcel(PERSON, "x")) == Uncertain("TimedOut")
    assert len(person.received) == 1


async def test_garbled_answer(sender: TelegramSender, request_: Garbled, person: Person) -> None:
    """When an answer comes that says neither yes nor no, the message may have arrived: it is uncertain."""
    request_.answer = b"<html>Welcome to the hotel's network</html>"
    outcome = await sender.send(parcel(PERSON, "x"))
    assert len(person.received) == 1
    assert isinstance(outcome, Uncertain)


async def test_rejected_token(sender: TelegramSender, telegram: Telegram, person: Person) -> None:
    """When Telegram rejects the token, nothing is wrong with the message: it is for later."""
    telegram.token = "1000:another-token-given-by-BotFather"
    assert isinstance(await sender.send(parcel(PERSON, "x")), Later)
    assert not person.received


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (NotConnected("ClientConnectorError"), Later("NotConnected", UNREACHABLE_PAUSE)),
        (ConnectionLost("ServerDisconnectedError"), Uncertain("ConnectionLost")),
        (ChatMigrated(-100), Moved(-100)),
    ],
)
def test_transport(problem: NotConnected | ConnectionLost | ChatMigrated, outcome: Outcome) -> None:
    """What never left is for later; what left without an answer is uncertain; a group may move."""
    assert outcome_of(problem) == outcome


@pytest.mark.parametrize(
    "fault", [flood.BAD_GATEWAY, flood.TIMEOUT_AFTER, ApiError(400, "Bad Request: x"), ApiError(500, "x")]
)
async def test_no_token_in_a_reason(
    sender: TelegramSender, telegram: Telegram, person: Person, fault: ApiError | str
) -> None:
    """The reason that is kept with a delivery never holds the token."""
    telegram.fail_next("sendMessage", fault)
    assert TOKEN.partition(":")[2] not in repr(await sender.send(parcel(PERSON, "x")))


async def test_a_parcel_that_cannot_be_worded(request_: Garbled, pace: Pace, person: Person) -> None:
    """What could not be put into words has not gone out: it is sent, or corrected, a little later."""

    def compose(_: Parcel) -> Letter:
        raise KeyError("km")

    async with ExtBot(TOKEN, request=request_, get_updates_request=request_, rate_limiter=Pacer(pace)) as bot:
        sender = TelegramSender(bot, compose)
        assert await sender.send(parcel(PERSON, "x")) == Later("KeyError")
        assert await sender.edit(parcel(PERSON, "x"), 1) == Later("KeyError")
    assert not person.received
