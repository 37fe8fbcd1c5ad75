"""The page: its files, what it shows, what persons do in it, and the stream of changes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.telegram import Telegram
from bot.sandbox.web import view
from bot.sandbox.web.actions import do
from bot.sandbox.web.door import Door
from bot.sandbox.web.hub import Hub

Json = dict[str, Any]
KillBot = Callable[[], Awaitable[None]]
PAGE = Path(__file__).parent / "page"
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"


def application(telegram: Telegram, hub: Hub, kill_bot: KillBot | None = None) -> Starlette:
    """Both doors of the server: the Bot API and the page."""
    page = Page(telegram, hub, kill_bot)
    return Starlette(routes=[*Door(telegram, hub).routes, *page.routes])


class Page:
    """What the browser asks for."""

    def __init__(self, telegram: Telegram, hub: Hub, kill_bot: KillBot | None) -> None:
        self.telegram = telegram
        self.hub = hub
        self.kill_bot = kill_bot
        self.routes = [
            Route("/", self.index),
            Route("/healthz", self.healthz),
            Route("/state", self.state),
            Route("/events", self.events),
            Route("/act", self.act, methods=["POST"]),
            Route("/kill", self.kill, methods=["POST"]),
            Route("/files/{file_id}", self.file),
            Mount("/page", StaticFiles(directory=PAGE)),
        ]

    async def index(self, _: Request) -> Response:
        """The page."""
        headers = {"content-security-policy": _POLICY, "cache-control": "no-cache"}
        return FileResponse(PAGE / "index.html", headers=headers)

    async def healthz(self, _: Request) -> Response:
        """Is the server there?"""
        return PlainTextResponse("ok")

    async def state(self, _: Request) -> Response:
        """Everything that the page shows."""
        seen = view.everything(self.telegram, online=self.hub.online, can_kill=self.kill_bot is not None)
        return JSONResponse(seen, headers={"cache-control": "no-store"})

    async def events(self, _: Request) -> Response:
        """The stream of changes."""
        headers = {"cache-control": "no-store"}
        return StreamingResponse(self.hub.stream(), media_type="text/event-stream", headers=headers)

    async def act(self, request: Request) -> Response:
        """Something that a person does."""
        if not _is_json(request):  # another site's form cannot send JSON
            return JSONResponse({"error": "application/json is expected"}, 415)
        try:
            body = await request.json()
            do(self.telegram.people[int(body["person"])], body)
        except (ValueError, LookupError, RuntimeError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True})

    async def kill(self, request: Request) -> Response:
        """Kill the bot; whoever started it starts it again."""
        if not _is_json(request):
            return JSONResponse({"error": "application/json is expected"}, 415)
        if self.kill_bot is None:
            return JSONResponse({"error": "nobody is there to start the bot again"}, 404)
        await self.kill_bot()
        return JSONResponse({"ok": True})

    async def file(self, request: Request) -> Response:
        """A file of a message: shown when it is a picture, else saved."""
        found = self.telegram.file(request.path_params["file_id"])
        if found is None:
            return PlainTextResponse("Not Found", 404)
        record, content = found
        how = "inline" if record["mime"] in _SHOWN else "attachment"
        headers = {
            "content-disposition": f"{how}; filename*=UTF-8''{quote(record['name'])}",
            "x-content-type-options": "nosniff",
        }
        return Response(content, media_type=record["mime"], headers=headers)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")
