"""The door without sockets: python-telegram-bot's transport, answered from memory."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.sandbox.api.calls import Dropped, answer
from bot.sandbox.api.params import Params, Upload
from bot.sandbox.telegram import Telegram

_METHOD = re.compile(r"/bot([^/]+)/(\w+)$")
_FILE = re.compile(r"/file/bot([^/]+)/(.+)$")


class SandboxRequest(BaseRequest):
    """For `Application.builder().request(…)` and `.get_updates_request(…)`; one Telegram serves many."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram

    @property
    def read_timeout(self) -> float | None:
        """PTB adds the time of a long poll to this; nothing here is slow."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """The status and the body that Telegram would answer with."""
        path = unquote(urlsplit(url).path)
        if method == "GET" and (wanted := _FILE.search(path)):
            found = self.telegram.file_at(wanted[2]) if wanted[1] == self.telegram.token else None
            return (200, found[1]) if found else (404, b"{}")
        called = _METHOD.search(path)
        if not called:
            return 404, b'{"ok":false,"error_code":404,"description":"Not Found"}'
        try:
            code, body, _type = await answer(self.telegram, called[1], called[2], _params(request_data))
        except Dropped as dropped:
            raise (TimedOut() if dropped.after else NetworkError("connection reset by peer")) from None
        return code, body


def _params(data: RequestData | None) -> Params:
    if data is None:
        return Params({})
    files = {
        name: Upload(str(file[0]), file[1] if isinstance(file[1], bytes) else file[1].read(), str(file[2]))
        for name, file in data.multipart_data.items()
    }
    return Params(data.json_parameters, files)
