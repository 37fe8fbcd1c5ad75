"""Telegram's own entity parser, offline: the very functions behind `parse_mode`."""

import json
import re
from functools import cache
from typing import Any

import tdjson

Entity = dict[str, Any]
"""A Bot API MessageEntity; offset and length count UTF-16 units."""

_SIMPLE = {
    "textEntityTypeBold": "bold",
    "textEntityTypeItalic": "italic",
    "textEntityTypeUnderline": "underline",
    "textEntityTypeStrikethrough": "strikethrough",
    "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeBlockQuote": "blockquote",
    "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeCode": "code",
    "textEntityTypePre": "pre",
    "textEntityTypeMention": "mention",
    "textEntityTypeHashtag": "hashtag",
    "textEntityTypeCashtag": "cashtag",
    "textEntityTypeBotCommand": "bot_command",
    "textEntityTypeUrl": "url",
    "textEntityTypeEmailAddress": "email",
    "textEntityTypePhoneNumber": "phone_number",
}
_PHONE = re.compile(r"(?<![\w+])\+\d(?:[ -]?\d){7,14}(?!\w)", re.ASCII)


class ParseError(ValueError):
    """Telegram would refuse this text; the message is Telegram's own."""


def units(text: str) -> int:
    """How long Telegram says that a text is: its UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def marked(text: str, entity: Entity) -> str:
    """The part of the text that an entity covers."""
    start, length = 2 * entity["offset"], 2 * entity["length"]
    return text.encode("utf-16-le")[start : start + length].decode("utf-16-le")


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """The plain text and the entities of `parse_mode=HTML`, or ParseError."""
    return _parse(text, {"@type": "textParseModeHTML"})


def parse_markdown(text: str, version: int = 2) -> tuple[str, list[Entity]]:
    """The same for `parse_mode=MarkdownV2` (version 2) and `Markdown` (version 1)."""
    return _parse(text, {"@type": "textParseModeMarkdown", "version": version})


def find_entities(text: str) -> list[Entity]:
    """The entities that Telegram finds by itself: commands, links, mentions, telephone numbers, …"""
    found = [_entity(item) for item in _execute({"@type": "getTextEntities", "text": text})["entities"]]
    entities = [entity for entity in found if entity]
    for match in _PHONE.finditer(text):  # telephone numbers are found by the server, not by TDLib
        start, length = units(text[: match.start()]), units(match[0])
        if not any(e["offset"] < start + length and start < e["offset"] + e["length"] for e in entities):
            entities.append({"type": "phone_number", "offset": start, "length": length})
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _parse(text: str, mode: dict[str, Any]) -> tuple[str, list[Entity]]:
    answer = _execute({"@type": "parseTextEntities", "text": text, "parse_mode": mode})
    entities = [_entity(item) for item in answer["entities"]]
    return answer["text"], [entity for entity in entities if entity]


def _entity(item: dict[str, Any]) -> Entity | None:
    kind = item["type"]
    entity: Entity = {"offset": item["offset"], "length": item["length"]}
    match kind["@type"]:
        case "textEntityTypeTextUrl":
            return {"type": "text_link", **entity, "url": kind["url"]}
        case "textEntityTypeMentionName":
            return {"type": "text_mention", **entity, "user_id": kind["user_id"]}
        case "textEntityTypePreCode":
            return {"type": "pre", **entity, "language": kind["language"]}
        case "textEntityTypeCustomEmoji":
            return {"type": "custom_emoji", **entity, "custom_emoji_id": kind["custom_emoji_id"]}
        case "textEntityTypeDateTime":
            return {"type": "date_time", **entity, "unix_time": kind["unix_time"]}
        case name if name in _SIMPLE:
            return {"type": _SIMPLE[name], **entity}
    return None


@cache
def _silence() -> None:
    tdjson.td_execute(json.dumps({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}).encode())


def _execute(request: dict[str, Any]) -> dict[str, Any]:
    _silence()
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
    if answer.get("@type") == "error":
        message = str(answer["message"])
        raise ParseError(message[:1].lower() + message[1:])
    return answer
