"""The second pair of eyes: what one coordinator proposes, another approves or turns down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.core.broadcasts import Broadcast
from bot.core.forms import Field, Form, text_between
from bot.core.people import Language

REFUSAL_FIELDS: Final = (Field("reason", text_between(3, 1000, lines=True)),)


class CorrectionState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    REPLACED = "replaced"  # its author proposed another


@dataclass(frozen=True)
class ProposedCorrection:
    """New words for a broadcast; `texts` is what recipients would have, in each language."""

    id: int
    broadcast_id: int
    title: str
    texts: Mapping[Language, str]
    created_by: int
    reason: str


class Approvals(Protocol):
    """What waits for another coordinator, and what became of it. Nobody decides about their own words."""

    async def approve(self, broadcast_id: int, revision: int, by: int, now: datetime) -> Broadcast | None:
        """Let a proposed broadcast begin in the words of this revision, and keep what it tells of.

        Where its time is over by more than LATEST_START, it is missed instead, and asks. None when it is no
        longer proposed, reads otherwise by now, or is one's own; or when it sends a lesson that says
        something else by now.
        """

    async def answers(self, broadcast_id: int) -> Mapping[str, str] | None:
        """What the form of a broadcast told that is still proposed; None for another."""

    async def refuse(
        self, form: Form, broadcast_id: int, reason: str, by: int, now: datetime
    ) -> Broadcast | None:
        """Cancel a proposed broadcast; None when it is no longer proposed, or one's own."""

    async def revise(
        self, broadcast_id: int, form: Form, texts: Mapping[Language, str], now: datetime
    ) -> Broadcast | None:
        """Change what is still proposed: the words are now theirs who filled in the form.

        None when it is no longer proposed, or the form changed.
        """

    async def propose_correction(
        self, broadcast_id: int, form: Form, texts: Mapping[Language, str], now: datetime
    ) -> ProposedCorrection | None:
        """Keep what the form tells until somebody else approves it; what they proposed before is replaced.

        None when somebody else's waits already, the broadcast is recalled or only proposed, or the form
        changed.
        """

    async def correction(self, correction_id: int) -> ProposedCorrection | None:
        """One that still waits."""

    async def correction_of(self, broadcast_id: int) -> ProposedCorrection | None:
        """The one that waits for this broadcast."""

    async def approve_correction(
        self, correction_id: int, by: int, now: datetime
    ) -> ProposedCorrection | None:
        """Change the message, also where it has arrived.

        None when the correction no longer waits or is one's own, or when what it corrects has changed since.
        """

    async def refuse_correction(
        self, form: Form, correction_id: int, reason: str, by: int, now: datetime
    ) -> ProposedCorrection | None:
        """Leave the message as it is; None when the correction no longer waits, or is one's own."""
