"""How much one person may send: a burst, then so much a second; what is beyond gets one notice, then silence.

What somebody has used up is one number, the seconds until nothing of it counts any more (the generic cell
rate algorithm): each update adds to it, time takes it away, and it may never be more than a burst.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

AT_ONCE: Final = 40
"""More than anybody presses who ticks all provinces, two or three a second."""
SECONDS_EACH: Final = 1.0
"""The bot can reply to one person once a second, see bot/pacing.py."""
TRY_AGAIN: Final = 10
"""What the notice asks to wait for, in seconds; as many more updates are welcome then."""
QUIET: Final = 60.0
"""When for so many seconds nothing was beyond, what is beyond again is another flood."""
_BURST: Final = AT_ONCE * SECONDS_EACH


class Verdict(Enum):
    """What becomes of an update: it is handled, answered with the notice, or dropped."""

    WELCOME = auto()
    NOTICE = auto()
    DROPPED = auto()


@dataclass(slots=True)
class _Sender:
    """What is remembered of one who sends: times in seconds, the last album, whether it was welcome."""

    free_at: float
    beyond_at: float | None = None
    album: str = ""
    album_welcome: bool = False

    def used(self, now: float) -> float:
        """The seconds that are used up; nothing, when the clock was set back."""
        used = self.free_at - now
        return used if 0 < used <= _BURST else 0.0

    def was_told(self, now: float) -> bool:
        """Whether what is beyond now belongs to the flood of which the sender was told."""
        return self.beyond_at is not None and 0 <= now - self.beyond_at < QUIET


class Floods:
    """Those who sent something of late; who is idle takes no memory."""

    def __init__(self) -> None:
        self._senders: OrderedDict[Hashable, _Sender] = OrderedDict()

    def __len__(self) -> int:
        return len(self._senders)

    def judge(self, sender: Hashable, moment: datetime, album: str = "") -> Verdict:
        """Count an update of the sender, and say what becomes of it. The parts of an album count as one."""
        now = moment.timestamp()
        self._forget_idle(now)
        known = self._senders.setdefault(sender, _Sender(now))
        self._senders.move_to_end(sender)
        if album and album == known.album:
            return Verdict.WELCOME if known.album_welcome else Verdict.DROPPED
        used = known.used(now) + SECONDS_EACH
        welcome, told = used <= _BURST, known.was_told(now)
        known.album, known.album_welcome = album, welcome
        if welcome:
            known.free_at = now + used
            return Verdict.WELCOME
        known.beyond_at = now
        return Verdict.DROPPED if told else Verdict.NOTICE

    def forgive(self, sender: Hashable) -> None:
        """Hold nothing against the sender."""
        self._senders.pop(sender, None)

    def _forget_idle(self, now: float) -> None:
        """Forget those who sent nothing for longest, as far as nothing of them counts any more."""
        while self._senders:
            sender, known = next(iter(self._senders.items()))
            if known.used(now) or known.was_told(now):
                return
            del self._senders[sender]
