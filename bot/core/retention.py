"""How long personal data is kept: settings in days, applied every night and told by /privacy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Retention:
    """Days.

    `askers`: a question with who asked it, since it was asked. `talks`: a closed talk with a coordinator,
    since the last word. `drafts`: a form that nobody finishes, since it was saved. `requests`: a membership
    request that was declined or withdrawn, since then. `names`: the names and tickets of who registered, and
    whose feedback is whose, since the event. `deliveries`: which chat got a message, since it was sent.
    `invitations`: a link that was used or has expired, since it was made.
    """

    askers: int = 90
    talks: int = 90
    drafts: int = 30
    requests: int = 180
    names: int = 365
    deliveries: int = 365
    invitations: int = 30


class Keeper(Protocol):
    """What forgets by itself."""

    async def tidy(self, now: datetime) -> Mapping[str, int]:
        """Forget what has been kept long enough; how much of each, where there was any."""
