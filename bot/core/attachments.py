"""Attachments: files and places that come with a text, kept by Telegram's names for them and never opened."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

LARGEST_DOWNLOAD: Final = 20 * 1024 * 1024
"""Bytes of a file that Telegram still gives a bot."""
MOST_IN_ALBUM: Final = 10


class AttachmentKind(StrEnum):
    """By the names that Telegram has for them."""

    PHOTO = "photo"
    VIDEO = "video"
    ANIMATION = "animation"
    DOCUMENT = "document"
    AUDIO = "audio"
    VOICE = "voice"
    VIDEO_NOTE = "video_note"
    LOCATION = "location"


@dataclass(frozen=True)
class Attachment:
    """One attachment. A location has `place` (latitude, longitude in degrees) and no file.

    `digest` is the SHA-256 of the content in hexadecimal, empty where Telegram gives no content to a bot.
    `album` is the same for all that were sent as one album.
    """

    kind: AttachmentKind
    file_id: str = ""
    unique_id: str = ""
    digest: str = ""
    caption: str = ""
    album: str = ""
    place: tuple[float, float] | None = None

    def is_same(self, other: "Attachment") -> bool:
        """Whether both are the same file, perhaps sent twice, or the same place."""
        return any(
            mine and mine == others
            for mine, others in (
                (self.unique_id, other.unique_id),
                (self.digest, other.digest),
                (self.place, other.place),
            )
        )


def to_text(attachments: Sequence[Attachment]) -> str:
    """The attachments as JSON, empty for none: the answers of a form are texts."""
    return json.dumps([asdict(one) for one in attachments], ensure_ascii=False) if attachments else ""


def from_text(text: str) -> tuple[Attachment, ...]:
    """The attachments that `to_text` wrote down."""
    return tuple(_read(values) for values in json.loads(text or "[]"))


def messages_of(attachments: Sequence[Attachment]) -> Iterator[tuple[Attachment, ...]]:
    """The attachments as they are to be sent: those of an album together, every other alone.

    Telegram takes pictures and videos in one album, and documents or audio only among themselves.
    """
    together: list[Attachment] = []
    for one in attachments:
        if together and not _fits(together, one):
            yield tuple(together)
            together = []
        together.append(one)
    if together:
        yield tuple(together)


def _fits(together: Sequence[Attachment], one: Attachment) -> bool:
    first, suite = together[0], _SUITES.get(one.kind)
    in_one_album = bool(one.album) and one.album == first.album
    alike = suite is not None and suite == _SUITES.get(first.kind)
    return in_one_album and alike and len(together) < MOST_IN_ALBUM


def _read(values: dict[str, object]) -> Attachment:
    place = values.get("place")
    texts = {name: str(values[name]) for name in ("file_id", "unique_id", "digest", "caption", "album")}
    pair = (float(place[0]), float(place[1])) if isinstance(place, list) else None
    return Attachment(AttachmentKind(str(values["kind"])), **texts, place=pair)


_SUITES: Final = {
    AttachmentKind.PHOTO: "visual",
    AttachmentKind.VIDEO: "visual",
    AttachmentKind.DOCUMENT: "document",
    AttachmentKind.AUDIO: "audio",
}
