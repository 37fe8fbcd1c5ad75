"""sendMediaGroup: several files in one album, all of them or none."""

from typing import Any

from bot.sandbox import samples
from bot.sandbox.api import sending
from bot.sandbox.api.errors import bad_request
from bot.sandbox.api.params import Params
from bot.sandbox.telegram import Telegram

Json = dict[str, Any]

MOST = 10
KINDS = ("photo", "video", "document", "audio")
_ALONE = ("document", "audio")
"""Kinds that share an album only with their own."""
_UNREADABLE = "can't parse InputMedia"


def send_media_group(telegram: Telegram, params: Params) -> list[Json]:
    """sendMediaGroup: two to ten messages of one album; a single one is an ordinary message."""
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    if "media" not in params:
        raise bad_request('parameter "media" is required')
    media = params.json("media", "media")
    if not isinstance(media, list):
        raise bad_request("expected an Array of InputMedia")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > MOST:
        raise bad_request("too many messages to send as an album")
    kinds = [_kind(one) for one in media]
    for kind in _ALONE:
        if kind in kinds and set(kinds) != {kind}:
            raise bad_request(f"{kind} can't be mixed with other media types")
    contents = [_content(telegram, params, kind, one) for kind, one in zip(kinds, media, strict=True)]
    album = {"media_group_id": telegram.new_album()} if len(contents) > 1 else {}
    if telegram.flood:
        telegram.flood.spend(record["chat"]["id"], telegram.clock(), number=len(contents))
    return [
        telegram.add_message(record["chat"]["id"], telegram.bot_user, album | content) for content in contents
    ]


def _kind(one: Any) -> str:
    if not isinstance(one, dict):
        raise bad_request(f"{_UNREADABLE}: expected an Object")
    kind = str(one.get("type", ""))
    if kind not in KINDS:
        what = "can't be used in sendMediaGroup" if kind == "animation" else "is unsupported"
        raise bad_request(f'{_UNREADABLE}: type "{kind}" {what}')
    return kind


def _content(telegram: Telegram, params: Params, kind: str, one: Json) -> Json:
    if not one.get("media"):
        raise bad_request(f"{_UNREADABLE}: media not found")
    given = Params({**one, kind: one["media"]}, params.files)
    described = samples.described(telegram, kind, sending.file_given(telegram, given, kind))
    return {kind: described} | sending.caption_given(telegram, given)


METHODS: dict[str, sending.Method] = {"sendmediagroup": send_media_group}
