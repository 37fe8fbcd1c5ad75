"""Updates are kept before Telegram is told that they arrived: a kill loses none, and doubles none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

# Telegram offers an update for 24 hours; as long we remember that it was done.
REMEMBERED: Final = timedelta(days=2)


@dataclass(frozen=True)
class KeptUpdate:
    """An update of an earlier run. `begun` ones were being handled when the bot was killed."""

    payload: Mapping[str, Any]
    begun: bool


class Inbox(Protocol):
    """What the bot remembers of updates."""

    async def keep(self, update_id: int, payload: Mapping[str, Any], now: datetime) -> bool:
        """Keep an update; False when it was received before."""

    async def begin(self, update_id: int) -> bool:
        """It is being handled now; False when somebody has begun it already."""

    async def finish(self, update_id: int) -> bool:
        """It has been handled, or is given up; its content is forgotten. False when that was so already."""

    async def left_over(self) -> list[KeptUpdate]:
        """Updates that an earlier run did not finish, oldest first."""

    async def forget_done(self, now: datetime) -> None:
        """Forget updates that were done long ago."""
