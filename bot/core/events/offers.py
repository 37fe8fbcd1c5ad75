"""Offers: a freed seat is held for the first who waits, until they answer or the time for it is over."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.core.events.event import Event
from bot.core.events.registrations import Note, Registration, why_closed
from bot.core.subscribers import Hours

OFFER_HOLDS: Final = timedelta(hours=24)
SHORTEST_OFFER: Final = timedelta(minutes=30)
AFTER_THE_NIGHT: Final = timedelta(hours=1)


def offered_until(now: datetime, starts_at: datetime, hours: Hours) -> datetime:
    """How long an offer made now holds: a day, near the start half of what is left, never past the start.

    An offer that would end at night holds for an hour of the next morning as well.
    """
    left = starts_at - now
    end = now + min(OFFER_HOLDS, max(left / 2, SHORTEST_OFFER))
    morning = hours.quiet_until(None, end)
    return min(morning + AFTER_THE_NIGHT if morning else end, starts_at)


def can_come_again(event: Event, seat: Registration, now: datetime) -> bool:
    """Whether one press brings somebody whose offer has lapsed back to a seat, or to the end of the queue."""
    return seat.own and why_closed(event, now) is None


class Offers(Protocol):
    """What the bot remembers of offered seats. Whatever changes one is a single conditional statement."""

    async def next_to_offer(self, now: datetime, event_id: int | None = None) -> list[Registration]:
        """Who is first in the queue of every event, or of one, that has free seats and has not begun."""

    async def offer(self, registration: Registration, until: datetime, note: Note, now: datetime) -> bool:
        """Hold a free seat for one who waits, and tell them; False when something changed meanwhile."""

    async def seat_without_asking(self, registration: Registration, note: Note, now: datetime) -> bool:
        """Give a free seat to one who waits and whom only a coordinator knows; that one is told."""

    async def pass_over(self, registration: Registration) -> bool:
        """End the waiting of somebody who has blocked the bot; False when they have not, or wait no more."""

    async def take(self, registration_id: int, person_id: int, now: datetime) -> Registration | None:
        """Take an offered seat; None when it is not offered to this person (any more)."""

    async def unanswered(self, now: datetime) -> list[Registration]:
        """Offers whose time is over, or that nobody will answer: their holder has blocked the bot."""

    async def lapse(
        self, registration: Registration, note: Note | None, can_come_again: bool, now: datetime
    ) -> bool:
        """End one of these, free its seat, and tell of it; False when it was answered or ended meanwhile."""
