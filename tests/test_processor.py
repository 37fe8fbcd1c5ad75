"""Updates of one chat in their order, different chats side by side."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

import pytest
from telegram import Update

from bot.core.inbox import KeptUpdate
from bot.processor import MOST_AT_ONCE, ChatOrderProcessor

SOKHA, CHANNA = 7001, 7002


class Notes:
    """An inbox that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.begun_elsewhere: set[int] = set()

    async def keep(self, update_id: int, payload: Mapping[str, Any], now: datetime) -> bool:
        return True

    async def begin(self, update_id: int) -> bool:
        self.told.append(("begin", update_id))
        return update_id not in self.begun_elsewhere

    async def finish(self, update_id: int) -> bool:
        self.told.append(("finish", update_id))
        return True

    async def forget_done(self, now: datetime) -> None:
        """Nothing is remembered here."""

    async def left_over(self) -> list[KeptUpdate]:
        return []


class Handling:
    """A processor, and updates that are being handled until they are let go."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        self.notes = Notes()
        self.processor = ChatOrderProcessor(self.notes, most_at_once)
        self.begun: list[int] = []
        self.ended: list[int] = []
        self._gates: dict[int, asyncio.Event] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def take(self, update: Update, error: Exception | None = None) -> None:
        """Begin to process an update, as python-telegram-bot does: in a task of its own."""
        self._gates[update.update_id] = asyncio.Event()
        self._tasks[update.update_id] = asyncio.create_task(
            self.processor.process_update(update, self._handle(update.update_id, error))
        )

    async def _handle(self, number: int, error: Exception | None) -> None:
        self.begun.append(number)
        await self._gates[number].wait()
        self.ended.append(number)
        if error:
            raise error

    async def let_go(self, *numbers: int) -> None:
        """Let the handling of some updates end, one after the other, and see what happens then."""
        for number in numbers:
            self._gates[number].set()
            await settle_down()

    async def results(self) -> list[BaseException | None]:
        return await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @property
    def lines(self) -> int:
        """How many chats the processor keeps in mind."""
        return len(self.processor._lines) + len(self.processor._waiting)


async def settle_down() -> None:
    """Let every task go on as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


def message(number: int, chat_id: int = SOKHA, kind: str = "message") -> Update:
    user = {"id": chat_id, "is_bot": False, "first_name": "x"}
    content = {"message_id": number, "date": 0, "chat": {"id": chat_id, "type": "private"}, "from": user}
    return update(number, {kind: content})


def press(number: int, chat_id: int = SOKHA) -> Update:
    content = {
        "id": str(number),
        "from": {"id": chat_id, "is_bot": False, "first_name": "x"},
        "chat_instance": "1",
        "data": "x",
        "message": {"message_id": 1, "date": 0, "chat": {"id": chat_id, "type": "private"}},
    }
    return update(number, {"callback_query": content})


def update(number: int, content: Mapping[str, Any]) -> Update:
    return Update.de_json({"update_id": number, **content}, None)


async def test_one_chat_in_order() -> None:
    """The next update of a chat is begun when the one before is done, and not earlier."""
    handling = Handling()
    for number in (1, 2, 3):
        handling.take(message(number))
    await settle_down()
    assert handling.begun == [1]
    await handling.let_go(1)
    assert (handling.begun, handling.ended) == ([1, 2], [1])
    await handling.let_go(2, 3)
    assert (handling.begun, handling.ended) == ([1, 2, 3], [1, 2, 3])


async def test_other_chats_go_on() -> None:
    """While one chat's update is being handled, those of other chats are."""
    handling = Handling()
    handling.take(message(1, SOKHA))
    handling.take(message(2, SOKHA))
    handling.take(message(3, CHANNA))
    await settle_down()
    assert handling.begun == [1, 3]
    await handling.let_go(3)
    assert handling.ended == [3]
    await handling.let_go(1, 2)
    assert handling.ended == [3, 1, 2]


async def test_presses_and_messages_wait_for_each_other() -> None:
    """Messages, edits and presses of buttons in one chat stand in one line."""
    handling = Handling()
    for one in (message(1), press(2), message(3, kind="edited_message"), press(4)):
        handling.take(one)
    await settle_down()
    assert handling.begun == [1]
    await handling.let_go(1, 2, 3, 4)
    assert handling.ended == [1, 2, 3, 4]


async def test_many_chats_and_many_updates() -> None:
    """However long each takes, the updates of every chat end in the order in which they came."""
    handling = Handling()
    chats = {number: SOKHA + number % 7 for number in range(140)}
    for number, chat_id in chats.items():
        handling.take(message(number, chat_id))
    order = list(chats)
    Random(1).shuffle(order)
    await handling.let_go(*order)
    for chat_id in set(chats.values()):
        ended = [number for number in handling.ended if chats[number] == chat_id]
        assert ended == sorted(ended)
    assert len(handling.ended) == 140


async def test_lines_are_forgotten() -> None:
    """A chat whose updates are all done takes no memory."""
    handling = Handling()
    for number in range(6):
        handling.take(message(number, SOKHA + number % 3), RuntimeError() if number == 4 else None)
    await settle_down()
    assert handling.lines == 6
    await handling.let_go(*range(6))
    assert handling.lines == 0
    await handling.results()


async def test_a_line_begins_anew() -> None:
    """A chat that was forgotten is served again."""
    handling = Handling()
    for number in (1, 2):
        handling.take(message(number))
        await handling.let_go(number)
    assert handling.ended == [1, 2]
    assert handling.lines == 0


async def test_a_failure_does_not_block_the_chat() -> None:
    """When an update fails, whoever began it hears so, and the next update of the chat is handled."""
    handling = Handling()
    handling.take(message(1), RuntimeError("inside"))
    handling.take(message(2))
    await handling.let_go(1, 2)
    failed, done = await handling.results()
    assert isinstance(failed, RuntimeError)
    assert done is None
    assert handling.ended == [1, 2]


async def test_the_inbox_is_told() -> None:
    """The inbox hears when each update is begun and done, in the chat's order."""
    handling = Handling()
    handling.take(message(1))
    handling.take(message(2))
    await settle_down()
    assert handling.notes.told == [("begin", 1)]
    await handling.let_go(1)
    assert handling.notes.told == [("begin", 1), ("finish", 1), ("begin", 2)]
    await handling.let_go(2)
    assert handling.notes.told[-1] == ("finish", 2)


async def test_what_another_process_has_begun() -> None:
    """An update that another process has begun is left to it, and the chat's next one is handled."""
    handling = Handling()
    handling.notes.begun_elsewhere.add(1)
    handling.take(message(1))
    handling.take(message(2))
    await handling.let_go(2)
    assert handling.ended == [2]
    assert handling.notes.told == [("begin", 1), ("begin", 2), ("finish", 2)]
    assert handling.lines == 0


async def test_no_more_than_allowed_at_once() -> None:
    """No more updates are handled at once than allowed, however many chats there are."""
    handling = Handling(most_at_once=5)
    for number in range(20):
        handling.take(message(number, SOKHA + number))
    await settle_down()
    assert len(handling.begun) == 5
    await handling.let_go(*range(20))
    assert sorted(handling.ended) == list(range(20))


@pytest.mark.parametrize("stranger", [object(), update(1, {})], ids=["no update", "unknown kind"])
async def test_what_belongs_to_no_chat(stranger: object) -> None:
    """What belongs to no chat waits for nothing and nobody waits for it."""
    handling = Handling()
    handling.take(message(10))
    done = asyncio.Event()

    async def handle() -> None:
        done.set()

    await handling.processor.process_update(stranger, handle())
    assert done.is_set()
    await handling.let_go(10)
    assert handling.ended == [10]
    assert handling.lines == 0


async def test_a_flood_slows_only_its_own_chat() -> None:
    """However many messages of one person wait, another person's message is handled at once."""
    handling = Handling(most_at_once=4)
    for number in range(500):
        handling.take(message(number))
    handling.take(message(900, CHANNA))
    await settle_down()
    assert handling.begun == [0, 900]
    await handling.let_go(900, *range(500))
    assert await handling.results() == [None] * 501
