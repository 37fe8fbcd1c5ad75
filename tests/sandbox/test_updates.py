"""getUpdates: the offset confirms, one poll at a time."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.params import Params
from bot.sandbox.api.polling import get_updates
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from tests.sandbox.conftest import until_polling


async def ask(telegram: Telegram, **values: Any) -> list[int]:
    return [update["update_id"] for update in await get_updates(telegram, Params(values))]


async def test_offset_confirms(telegram: Telegram, citizen: Person) -> None:
    """Updates come again until a later offset confirms them."""
    for text in "abc":
        citizen.type(text)
    first, second, third = await ask(telegram)
    assert await ask(telegram) == [first, second, third]
    assert await ask(telegram, limit=2) == [first, second]
    assert await ask(telegram, offset=second) == [second, third]
    assert await ask(telegram, offset=-1) == [third]
    assert await ask(telegram, offset=third + 1) == []


async def test_long_poll_wakes(telegram: Telegram, citizen: Person) -> None:
    """A poll that waits gets an update at once when it comes."""
    poll = asyncio.ensure_future(ask(telegram, timeout=50))
    await until_polling(telegram)
    citizen.type("x")
    assert len(await poll) == 1


async def test_second_poll_ends_the_first(telegram: Telegram) -> None:
    """When another poll comes, the first ends with 409."""
    poll = asyncio.ensure_future(ask(telegram, timeout=50))
    await until_polling(telegram)
    assert await ask(telegram) == []
    with pytest.raises(ApiError) as refusal:
        await poll
    assert refusal.value.code == 409
    assert refusal.value.description.startswith("Conflict: terminated by other getUpdates request")


async def test_allowed_updates(telegram: Telegram, citizen: Person) -> None:
    """The bot gets the kinds that it asked for, and the choice lasts until it asks otherwise."""
    await ask(telegram, allowed_updates='["callback_query"]')
    citizen.type("x")
    citizen.press_old(1, "x")
    assert len(await ask(telegram)) == 1
    await ask(telegram, allowed_updates=[])
    citizen.type("x")
    assert len(await ask(telegram)) == 2


async def test_webhook_excludes_polling(telegram: Telegram) -> None:
    """While a webhook is set, polling is refused."""
    telegram.state.webhook = {"url": "https://a.b"}
    with pytest.raises(ApiError, match="can't use getUpdates method while webhook is active"):
        await ask(telegram)
