"""getUpdates: long polling, where the offset confirms and only one may wait."""

import asyncio
from typing import Any

from bot.sandbox.api.errors import CONFLICT, ApiError
from bot.sandbox.api.methods import set_allowed
from bot.sandbox.api.params import Params
from bot.sandbox.telegram import Telegram

Json = dict[str, Any]
LONGEST_WAIT = 50


async def get_updates(telegram: Telegram, params: Params) -> list[Json]:
    """The updates from `offset` on, as soon as there are any; those before it are confirmed and forgotten."""
    if telegram.state.webhook:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    set_allowed(telegram, params)
    _confirm(telegram, params.number("offset"))
    limit = params.number("limit", 100)
    limit = limit if 1 <= limit <= 100 else 100
    end_poll(telegram, conflict=True)
    timeout = min(max(params.number("timeout"), 0), LONGEST_WAIT)
    if timeout and not telegram.state.updates:
        await _wait(telegram, timeout)
    return telegram.state.updates[:limit]


def end_poll(telegram: Telegram, *, conflict: bool = False) -> None:
    """Send home the poll that waits: with 409 because another came, or with what there is."""
    if telegram.waiting and not telegram.waiting.done():
        telegram.waiting.set_result(not conflict)


def _confirm(telegram: Telegram, offset: int) -> None:
    updates = telegram.state.updates
    if offset > 0:
        left = [update for update in updates if update["update_id"] >= offset]
    elif offset < 0:
        left = updates[offset:]
    else:
        return
    if len(left) != len(updates):
        telegram.state.updates = left
        telegram.changed({"type": "confirmed"})


async def _wait(telegram: Telegram, timeout: int) -> None:  # noqa: ASYNC109 - the Bot API's own parameter
    mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    telegram.waiting = mine

    def wake(event: Json) -> None:
        if event["type"] in {"update", "restored"} and not mine.done():
            mine.set_result(True)

    stop = telegram.listen(wake)
    telegram.changed({"type": "waiting"})
    try:
        if not await asyncio.wait_for(mine, timeout):
            raise ApiError(*CONFLICT)
    except TimeoutError:
        return
    finally:
        stop()
        if telegram.waiting is mine:
            telegram.waiting = None
