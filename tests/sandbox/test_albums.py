"""Albums: several files in one, from persons and from the bot, taken whole or not at all."""

from typing import Any

import pytest
from telegram import Bot, InputMediaDocument, InputMediaPhoto, InputMediaVideo, Update

from bot.sandbox.api import methods
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.params import Params
from bot.sandbox.people import Person
from bot.sandbox.request import SandboxRequest
from bot.sandbox.telegram import Telegram

Json = dict[str, Any]


def call(telegram: Telegram, **values: Any) -> Any:
    return methods.call(telegram, telegram.token, "sendMediaGroup", Params({"chat_id": 1001, **values}))


async def test_a_persons_album(telegram: Telegram, citizen: Person) -> None:
    """An album reaches the bot as messages of one group, the caption under the first."""
    citizen.send_album("photo", "video", "photo", caption="អណ្តូងទឹក")
    bot = Bot(telegram.token, request=SandboxRequest(telegram))
    updates = [Update.de_json(update, bot) for update in telegram.take_updates()]
    messages = [update.message for update in updates if update.message]
    assert len({message.media_group_id for message in messages}) == 1
    assert [message.caption for message in messages] == ["អណ្តូងទឹក", None, None]
    assert [bool(message.photo) for message in messages] == [True, False, True]


@pytest.mark.parametrize(
    "kinds",
    [("photo",), ("photo",) * 11, ("photo", "document"), ("audio", "video"), ("voice", "voice")],
)
def test_what_is_no_album(citizen: Person, kinds: tuple[str, ...]) -> None:
    """Clients make albums of two to ten pictures and videos, or documents, or audio files."""
    with pytest.raises(ValueError, match="no album"):
        citizen.send_album(*kinds)


async def test_an_album_of_the_bot(telegram: Telegram, citizen: Person) -> None:
    """What the bot sends as an album arrives as one; two albums are told apart, a single file is none."""
    photos = [citizen.send("photo")["photo"][-1]["file_id"] for _ in range(2)]
    video = citizen.send("video")["video"]["file_id"]
    bot = Bot(telegram.token, request=SandboxRequest(telegram))
    first = await bot.send_media_group(
        1001, [InputMediaPhoto(photos[0], caption="ទឹក"), InputMediaVideo(video)]
    )
    second = await bot.send_media_group(1001, [InputMediaPhoto(photo) for photo in photos])
    (alone,) = await bot.send_media_group(1001, [InputMediaPhoto(photos[0])])
    assert len({message.media_group_id for message in (*first, *second)}) == 2
    assert alone.media_group_id is None
    assert citizen.received[0]["caption"] == "ទឹក"
    assert citizen.received[1]["video"]["file_id"] == video


async def test_uploads(telegram: Telegram, citizen: Person) -> None:
    """Files that the bot brings itself can be put into an album."""
    bot = Bot(telegram.token, request=SandboxRequest(telegram))
    sent = await bot.send_media_group(
        1001, [InputMediaDocument(body, filename=f"{body.decode()}.txt") for body in (b"one", b"two")]
    )
    assert [message.document.file_name for message in sent if message.document] == ["one.txt", "two.txt"]


PHOTO = {"type": "photo", "media": "sandbox-file-1"}
DOCUMENT = {"type": "document", "media": "sandbox-file-2"}
REFUSED: list[tuple[Json, str]] = [
    ({}, 'parameter "media" is required'),
    ({"media": "{}"}, "expected an Array of InputMedia"),
    ({"media": []}, "there are no messages to send"),
    ({"media": [PHOTO] * 11}, "too many messages to send as an album"),
    ({"media": [PHOTO, DOCUMENT]}, "document can't be mixed with other media types"),
    ({"media": [{"type": "animation", "media": "x"}] * 2}, '"animation" can\'t be used in sendMediaGroup'),
    ({"media": [{"type": "voice", "media": "x"}] * 2}, 'type "voice" is unsupported'),
    ({"media": [PHOTO, {"type": "photo"}]}, "media not found"),
    ({"media": [PHOTO, {"type": "photo", "media": "nonsense"}]}, "wrong file identifier"),
    (
        {"media": [PHOTO, {"type": "photo", "media": "sandbox-file-2"}]},
        "can't use file of type Document as Photo",
    ),
    ({"media": [PHOTO, {**PHOTO, "caption": "x" * 1025}]}, "message caption is too long"),
]


@pytest.mark.parametrize(("values", "description"), REFUSED, ids=[text for _, text in REFUSED])
def test_refused(telegram: Telegram, citizen: Person, values: Json, description: str) -> None:
    """What Telegram refuses of an album is refused whole, in its words, and nothing is sent."""
    citizen.send("photo")
    citizen.send("document")
    with pytest.raises(ApiError, match="Bad Request") as refused:
        call(telegram, **values)
    assert description in refused.value.description
    assert citizen.received == []
