"""Lessons learned, as councils and organisations share them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.core.forms import Field, text_between

PAGE_SIZE: Final = 6
THEMES: Final = (
    "partnership",  # between council and civil society
    "planning",
    "budget",
    "participation",
    "transparency",
    "services",  # health, education, water
    "women",  # and youth
    "environment",  # and natural resources
    "training",  # and capacity
    "forums",
)

FIELDS: Final = (
    Field("title", text_between(3, 200)),
    Field("body", text_between(10, 3000, lines=True)),
)


@dataclass(frozen=True)
class Lesson:
    """A lesson learned: plain text, as it was typed."""

    id: int
    title: str
    body: str
    shared_at: datetime


class Lessons(Protocol):
    """What the bot remembers of lessons."""

    async def lesson(self, lesson_id: int) -> Lesson | None: ...

    async def newest(self, page: int) -> tuple[list[Lesson], int]:
        """One page of lessons, newest first, and how many pages there are; pages count from 0."""
