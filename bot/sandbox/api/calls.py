"""One call of the Bot API from parameters to the bytes of the answer; both doors go through here."""

import json
from typing import Any, NamedTuple

from bot.sandbox.api import flood, methods
from bot.sandbox.api.errors import UNAUTHORIZED, ApiError
from bot.sandbox.api.params import Params
from bot.sandbox.api.polling import get_updates
from bot.sandbox.telegram import Telegram

_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


class Answer(NamedTuple):
    """An HTTP answer."""

    code: int
    body: bytes
    media_type: str = "application/json"


class Dropped(Exception):
    """No answer arrives: `after` says whether the call was done all the same, `hangs` that nothing breaks."""

    def __init__(self, *, after: bool, hangs: bool = False) -> None:
        super().__init__("done, but not answered" if after else "not done")
        self.after = after
        self.hangs = hangs


async def answer(telegram: Telegram, token: str, method: str, params: Params) -> Answer:
    """Do one call; raises Dropped when a test ordered that no answer arrives."""
    fault = telegram.take_fault(method, params.values.get("chat_id")) if token == telegram.token else None
    match fault:
        case flood.RESET_BEFORE:
            raise Dropped(after=False)
        case flood.BAD_GATEWAY:
            return Answer(502, _BAD_GATEWAY, "text/html")
        case ApiError():
            return _refused(fault)
    try:
        result = await _call(telegram, token, method, params)
    except ApiError as error:
        return _refused(error)
    if fault in (flood.TIMEOUT_AFTER, flood.RESET_AFTER):
        raise Dropped(after=True, hangs=fault == flood.TIMEOUT_AFTER)
    return Answer(200, _json({"ok": True, "result": result}))


async def _call(telegram: Telegram, token: str, method: str, params: Params) -> Any:
    if method.lower() == "getupdates":
        if token != telegram.token:
            raise ApiError(*UNAUTHORIZED)
        return await get_updates(telegram, params)
    return methods.call(telegram, token, method, params)


def _refused(error: ApiError) -> Answer:
    return Answer(error.code, _json(error.as_json()))


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
