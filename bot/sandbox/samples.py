"""Plausible media for persons to send: small, valid enough to be downloaded and shown."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.telegram import Telegram

Json = dict[str, Any]

_FILES = {
    "photo": ("photo.png", "image/png"),
    "sticker": ("sticker.png", "image/png"),
    "voice": ("voice.ogg", "audio/ogg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("note.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "animation": ("animation.mp4", "video/mp4"),
    "document": ("document.txt", "text/plain"),
}


def content(telegram: Telegram, kind: str) -> Json:
    """What a message of this kind holds; KeyError for an unknown kind."""
    if kind == "location":
        return {"location": {"latitude": 11.5564, "longitude": 104.9282}}  # Phnom Penh
    name, mime = _FILES[kind]
    number = telegram.state.last_file  # no two are the same, as no two real ones are
    body = png(200, 150, number) if mime == "image/png" else f"sandbox {kind} {number}".encode()
    return {kind: described(telegram, kind, telegram.add_file(name, mime, body))}


def described(telegram: Telegram, kind: str, file_id: str) -> Any:
    """The Bot API object of a kept file: PhotoSize list, Document, Voice, …"""
    record = telegram.state.files[file_id]
    record.setdefault("kind", kind)
    base = {
        "file_id": file_id,
        "file_unique_id": f"u{file_id.rpartition('-')[2]}",
        "file_size": record["size"],
    }
    named = {"file_name": record["name"], "mime_type": record["mime"]}
    match kind:
        case "photo":
            width, height = _size(telegram, file_id)
            return [{**base, "width": width, "height": height}]
        case "sticker":
            form = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {**base, **form, "emoji": "🙂"}
        case "voice":
            return {**base, "duration": 3, "mime_type": record["mime"]}
        case "audio":
            return {**base, **named, "duration": 3}
        case "video" | "animation":
            return {**base, **named, "width": 320, "height": 240, "duration": 3}
        case "video_note":
            return {**base, "length": 240, "duration": 3}
    return {**base, **named}


def _size(telegram: Telegram, file_id: str) -> tuple[int, int]:
    """Width and height of a picture, where its first bytes say so plainly."""
    head = base64.b64decode(telegram.state.files[file_id]["content"][:32])
    if not head.startswith(b"\x89PNG"):
        return 200, 150
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def png(width: int, height: int, number: int = 0) -> bytes:
    """A picture of a sky over a rice field; each number has its own light."""
    light = 17 * number % 90
    rows = bytearray()
    for y in range(height):
        shade = (
            (90 + y // 2 + light, 160 + y // 4, 220 - light) if y < height * 0.6 else (90, 170 - y // 3, 70)
        )
        rows += b"\0" + bytes(shade) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
