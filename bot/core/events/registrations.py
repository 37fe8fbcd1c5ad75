"""Seats at an event: who comes, who waits, and who came."""

from enum import StrEnum
from typing import Final


class RegistrationState(StrEnum):
    COMING = "coming"
    WAITING = "waiting"
    OFFERED = "offered"  # a freed seat is held for them until they answer
    LAPSED = "lapsed"  # they did not answer in time
    CANNOT = "cannot"  # said so before registering
    CANCELLED = "cancelled"  # gave the seat back
    REMOVED = "removed"  # by a coordinator


HOLDING: Final = (RegistrationState.COMING, RegistrationState.OFFERED)
"""States in which a seat is held; `Event.taken` counts these."""
CONCERNED: Final = (*HOLDING, RegistrationState.WAITING)
"""Who is told when the event is moved or cancelled."""
