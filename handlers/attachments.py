"""Attachments between Telegram and the core: read off a message, hashed, and sent again."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from telegram import (
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)
from telegram.error import Forbidden, TelegramError

from bot.context import Context
from bot.core.attachments import LARGEST_DOWNLOAD, Attachment, AttachmentKind, messages_of
from bot.core.forms import clean

log = structlog.get_logger()

# An animation is also sent as a document, for older clients: the first that fits is meant.
_FILES = tuple(kind for kind in AttachmentKind if kind is not AttachmentKind.LOCATION)
# Each is in memory whole: an album of ten must not take 200 MB.
_DOWNLOADS = asyncio.Semaphore(2)
_IN_ALBUM = {
    AttachmentKind.PHOTO: InputMediaPhoto,
    AttachmentKind.VIDEO: InputMediaVideo,
    AttachmentKind.DOCUMENT: InputMediaDocument,
    AttachmentKind.AUDIO: InputMediaAudio,
}


def attachment_in(message: Message) -> Attachment | None:
    """What a message brings to keep, without its digest; None for words, stickers and the like."""
    if message.location:
        place = (message.location.latitude, message.location.longitude)
        return Attachment(AttachmentKind.LOCATION, place=place)
    for kind in _FILES:
        file = getattr(message, kind)
        if file:
            largest = file[-1] if kind is AttachmentKind.PHOTO else file
            return Attachment(
                kind,
                file_id=largest.file_id,
                unique_id=largest.file_unique_id,
                caption=clean(message.caption or ""),
                album=message.media_group_id or "",
            )
    return None


async def digested(context: Context, attachment: Attachment, size: int | None) -> Attachment:
    """The attachment with the SHA-256 of its content, where Telegram lets the bot have it.

    `size` is in bytes, None when Telegram does not say. The content is hashed and let go, never opened.
    """
    if not attachment.file_id or (size or 0) > LARGEST_DOWNLOAD:
        return attachment
    async with _DOWNLOADS:
        try:
            file = await context.bot.get_file(attachment.file_id)
            content = await file.download_as_bytearray()
        except TelegramError as problem:
            log.info("an attachment could not be hashed", error=type(problem).__name__)
            return attachment
        digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
    return replace(attachment, digest=digest)


def size_of(message: Message) -> int | None:
    """How large the file of a message is, in bytes, where Telegram says."""
    file: Any = message.effective_attachment
    largest = file[-1] if isinstance(file, Sequence) else file
    return getattr(largest, "file_size", None)


async def send_attachments(context: Context, attachments: Sequence[Attachment]) -> bool:
    """Send attachments to the person, albums as albums; False when Telegram no longer has one of them."""
    whole = True
    for together in messages_of(attachments):
        try:
            await _send(context, together)
        except Forbidden:
            raise
        except TelegramError as problem:
            log.warning("an attachment could not be sent", error=type(problem).__name__)
            whole = False
    return whole


async def _send(context: Context, together: tuple[Attachment, ...]) -> None:
    first, bot, reader = together[0], context.bot, context.person.id
    if len(together) > 1:
        album = [_IN_ALBUM[one.kind](one.file_id, caption=one.caption or None) for one in together]
        await bot.send_media_group(reader, album)
        return
    caption = first.caption or None
    match first.kind:
        case AttachmentKind.PHOTO:
            await bot.send_photo(reader, first.file_id, caption=caption)
        case AttachmentKind.VIDEO:
            await bot.send_video(reader, first.file_id, caption=caption)
        case AttachmentKind.ANIMATION:
            await bot.send_animation(reader, first.file_id, caption=caption)
        case AttachmentKind.DOCUMENT:
            await bot.send_document(reader, first.file_id, caption=caption)
        case AttachmentKind.AUDIO:
            await bot.send_audio(reader, first.file_id, caption=caption)
        case AttachmentKind.VOICE:
            await bot.send_voice(reader, first.file_id, caption=caption)
        case AttachmentKind.VIDEO_NOTE:
            await bot.send_video_note(reader, first.file_id)
        case AttachmentKind.LOCATION if first.place:
            await bot.send_location(reader, *first.place)
