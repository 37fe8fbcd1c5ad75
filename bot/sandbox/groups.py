"""Groups with the bot as a member, and what its privacy mode lets it hear there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.api.tdlib import marked
from bot.sandbox.chats import Chat

if TYPE_CHECKING:
    from bot.sandbox.telegram import Telegram

Json = dict[str, Any]
KINDS = frozenset({"group", "supergroup"})
_SERVICE = ("new_chat_members", "left_chat_member")


@dataclass(frozen=True)
class Group(Chat):
    """One group."""

    @property
    def members(self) -> list[int]:
        """The identifiers of the persons in it."""
        members = self.telegram.state.chats[self.id]["members"].values()
        return [member["user"]["id"] for member in members if member["status"] != "left"]


def heard(telegram: Telegram, message: Json) -> bool:
    """Whether the bot gets this message: in a group only what is meant for it, and service messages."""
    if message["chat"]["type"] not in KINDS or any(kind in message for kind in _SERVICE):
        return True
    authors = (message.get("reply_to_message", {}).get("from", {}), message.get("via_bot", {}))
    return any(author.get("id") == telegram.bot["id"] for author in authors) or _addressed(telegram, message)


def _addressed(telegram: Telegram, message: Json) -> bool:
    """A command at the beginning, unless it names another bot, or the bot's own name anywhere."""
    text = message.get("text") or message.get("caption") or ""
    name = telegram.bot["username"].lower()
    for entity in message.get("entities") or message.get("caption_entities") or []:
        words = marked(text, entity).lower()
        if entity["type"] == "mention" and words == f"@{name}":
            return True
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            return words.partition("@")[2] in {"", name}
    return False
