"""Attachments: known again when they come twice, written down and read, sent in the albums they came in."""

import pytest

from bot.core.attachments import Attachment, AttachmentKind, from_text, messages_of, to_text

PHOTO = Attachment(AttachmentKind.PHOTO, "f1", "u1", "d1", "ទឹក <b>", "album 1")
VIDEO = Attachment(AttachmentKind.VIDEO, "f2", "u2", "", "", "album 1")
DOCUMENT = Attachment(AttachmentKind.DOCUMENT, "f3", "u3", "d3", "", "album 1")
VOICE = Attachment(AttachmentKind.VOICE, "f4", "u4", "d4")
PLACE = Attachment(AttachmentKind.LOCATION, place=(11.5564, 104.9282))
ALL = (PHOTO, VIDEO, DOCUMENT, VOICE, PLACE)


@pytest.mark.parametrize("number", range(len(ALL) + 1))
def test_written_and_read(number: int) -> None:
    """What is written down is read again as it was; nothing is written as an empty text."""
    assert from_text(to_text(ALL[:number])) == ALL[:number]
    assert bool(to_text(ALL[:number])) == bool(number)


def test_the_same_file() -> None:
    """A file is known again by Telegram's lasting name or by its content, a place by its coordinates."""
    assert PHOTO.is_same(Attachment(AttachmentKind.PHOTO, "another id", "u1"))
    assert PHOTO.is_same(Attachment(AttachmentKind.DOCUMENT, "f9", "u9", "d1"))
    assert PLACE.is_same(Attachment(AttachmentKind.LOCATION, place=(11.5564, 104.9282)))
    pairs = [(one, other) for one in ALL for other in ALL if one is not other]
    assert not [pair for pair in pairs if pair[0].is_same(pair[1])]


def test_without_content_or_name_nothing_is_the_same() -> None:
    """Two files too large to be hashed are not taken for one."""
    large = [Attachment(AttachmentKind.VIDEO, file, unique) for file, unique in (("a", "ua"), ("b", "ub"))]
    assert not large[0].is_same(large[1])


def test_albums() -> None:
    """Pictures and videos of an album go together; documents, voices and places of the same one go apart."""
    assert list(messages_of(ALL)) == [(PHOTO, VIDEO), (DOCUMENT,), (VOICE,), (PLACE,)]


def test_no_album_is_too_large() -> None:
    """An album of more than ten is sent as two, and files that came alone are never put together."""
    many = [Attachment(AttachmentKind.PHOTO, str(n), str(n), album="a") for n in range(12)]
    assert [len(together) for together in messages_of(many)] == [10, 2]
    alone = [Attachment(AttachmentKind.PHOTO, str(n), str(n)) for n in range(3)]
    assert [len(together) for together in messages_of(alone)] == [1, 1, 1]
    assert list(messages_of([])) == []
