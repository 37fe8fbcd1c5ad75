"""How people found an event: one to five stars, and a sentence if they like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.core.forms import Field, Form, text_between

STARS: Final = (1, 2, 3, 4, 5)
FEEDBACK_FIELDS: Final = (Field("sentence", text_between(2, 500, lines=True), optional=True),)


@dataclass(frozen=True)
class Feedback:
    """What all that gave stars said; the newest sentences first."""

    counts: Mapping[int, int]
    sentences: tuple[str, ...]

    @property
    def given(self) -> int:
        """How many gave stars."""
        return sum(self.counts.values())

    @property
    def average(self) -> float:
        """Stars on average; 0 while nobody gave any."""
        return sum(stars * count for stars, count in self.counts.items()) / self.given if self.given else 0.0


class Feedbacks(Protocol):
    """What the bot remembers of feedback."""

    async def rate(self, event_id: int, person_id: int, stars: int, now: datetime) -> bool:
        """Keep a person's stars, in the place of earlier ones.

        False while it is not over, and for who had no seat.
        """

    async def comment(self, form: Form, now: datetime) -> bool:
        """Put the form's sentence to the stars of its event; False when the form changed or is gone."""

    async def of_event(self, event_id: int) -> Feedback: ...
