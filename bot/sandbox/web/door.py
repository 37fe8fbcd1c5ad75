"""The Bot API over HTTP, for a bot in another process."""

import asyncio
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.api.calls import Answer, Dropped, answer
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.forms import params_of
from bot.sandbox.api.params import Params
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.hub import Hub

_TOKEN = re.compile(r"\d+:[\w-]+")
_NOT_FOUND = Answer(404, b'{"ok":false,"error_code":404,"description":"Not Found"}')


class Door:
    """`/bot<token>/<method>` and `/file/bot<token>/<path>`, as at api.telegram.org."""

    def __init__(self, telegram: Telegram, hub: Hub) -> None:
        self.telegram = telegram
        self.hub = hub
        self.routes = [
            Route("/bot{token}/{method}", self.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self.download),
        ]

    async def call(self, request: Request) -> Response:
        """One call of a method."""
        token, method = request.path_params["token"], request.path_params["method"]
        if not _TOKEN.fullmatch(token):
            return _response(_NOT_FOUND)
        try:
            params = await params_of(request)
        except ApiError as error:
            return JSONResponse(error.as_json(), error.code)
        gone = asyncio.ensure_future(_until_gone(request))
        try:
            if method.lower() == "getupdates" and token == self.telegram.token:
                return await self._poll(token, params, gone)
            return _response(await answer(self.telegram, token, method, params))
        except Dropped as dropped:
            if dropped.hangs:
                await gone
            return _Broken()
        finally:
            gone.cancel()

    async def download(self, request: Request) -> Response:
        """A file, by the path that getFile gave."""
        token, path = request.path_params["token"], request.path_params["path"]
        found = self.telegram.file_at(path) if token == self.telegram.token else None
        return Response(found[1], media_type=found[0]["mime"]) if found else _response(_NOT_FOUND)

    async def _poll(self, token: str, params: Params, gone: asyncio.Future[None]) -> Response:
        """A long poll, given up as soon as the bot is gone."""
        if self.hub.closing:
            params = Params({**params.values, "timeout": 0})
        self.hub.poll_began()
        call = asyncio.ensure_future(answer(self.telegram, token, "getUpdates", params))
        both: set[asyncio.Future[Any]] = {call, gone}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        left = not call.done()
        self.hub.poll_ended(gone=left)
        if left:
            call.cancel()
            await asyncio.wait({call})
            return _Broken()
        return _response(call.result())


class _Broken(Response):
    """An answer that ends too early, as when a connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _response(answered: Answer) -> Response:
    return Response(answered.body, answered.code, media_type=answered.media_type)
