"""The HTTP door: the Bot API for a bot in another process, and the page for people."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn

from bot.sandbox import cast
from bot.sandbox.api.polling import end_poll
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.hub import Hub
from bot.sandbox.web.keeper import Keeper
from bot.sandbox.web.site import KillBot, application


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready, and leaves the signals to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def running(
    telegram: Telegram,
    host: str = "127.0.0.1",
    port: int = 0,
    state_file: Path | None = None,
    *,
    kill_bot: KillBot | None = None,
) -> AsyncIterator[str]:
    """The server, while the block runs; gives its address. Port 0 picks a free one."""
    keeper = Keeper(telegram, state_file) if state_file else None
    if keeper:
        keeper.load()
    cast.enter(telegram)
    listening = socket.create_server((host, port))
    # Accepted connections inherit it; asyncio sets it only on sockets that it made itself, and without it
    # each answer waits 40 ms for the client's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    hub = Hub(telegram)
    config = uvicorn.Config(
        application(telegram, hub, kill_bot),
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=3600,  # a client that reuses a connection must not find it closed
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    saving = asyncio.create_task(keeper.run()) if keeper else None
    try:
        await server.ready.wait()
        yield f"http://{host}:{listening.getsockname()[1]}"
    finally:
        hub.close()
        end_poll(telegram)
        server.should_exit = True
        await serving
        listening.close()
        if saving and keeper:
            saving.cancel()
            await asyncio.wait({saving})
            keeper.close()
