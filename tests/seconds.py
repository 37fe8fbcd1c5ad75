"""Time for the pacing: moved by hand, or passing as soon as nobody has anything else to do."""

import asyncio
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count


class Seconds:
    """A clock that is moved by hand; whoever sleeps moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class VirtualTime:
    """A clock that moves on to the next thing to happen when everything that could happen now has."""

    def __init__(self) -> None:
        self._now = 0.0
        self._number = count()  # what is due at one time happens in the order in which it was asked for
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self) -> float:
        return self._now

    def at(self, when: float, what: Callable[[], Awaitable[None]]) -> None:
        """Do something at this time."""

        async def do() -> None:
            await what()

        heappush(self._due, (when, next(self._number), lambda: self._tasks.add(asyncio.create_task(do()))))

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heappush(self._due, (self._now + seconds, next(self._number), woken.set))
        await woken.wait()

    async def run(self) -> None:
        """Let time pass until nothing is left to do; what broke is raised."""
        while self._due:
            self._now = self._due[0][0]
            while self._due and self._due[0][0] <= self._now:
                heappop(self._due)[2]()
            await _settled()
        for task in self._tasks:
            task.result()


async def _settled() -> None:
    """Wait until every task waits for time to pass."""
    for _ in range(12):
        await asyncio.sleep(0)
