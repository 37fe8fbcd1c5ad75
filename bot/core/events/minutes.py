"""The minutes of an event: what was said and decided, as text or files; they can become a lesson."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.core.attachments import Attachment
from bot.core.forms import Field, Form, files_only, text_between
from bot.core.lessons import MOST_FILES, Lesson

MINUTES_FIELDS: Final = (
    Field("text", text_between(10, 2500, lines=True), optional=True),
    Field("files", files_only, optional=True, files=MOST_FILES),
)


@dataclass(frozen=True)
class Minutes:
    """What was written down of an event; `lesson_id` is the lesson that it became."""

    text: str
    files: tuple[Attachment, ...]
    written_at: datetime
    lesson_id: int | None


class MinutesKept(Protocol):
    """What the bot remembers of minutes."""

    async def of_event(self, event_id: int) -> Minutes | None: ...

    async def write(self, form: Form, now: datetime) -> bool:
        """Keep what the form tells as its event's minutes; False when the form changed or is gone."""

    async def to_lesson(self, event_id: int, title: str, body: str, by: int, now: datetime) -> Lesson | None:
        """Put the minutes into the library of lessons; None when there are none, or that was done before."""
