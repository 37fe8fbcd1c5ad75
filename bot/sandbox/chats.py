"""A chat as those in it see it: its messages, what the bot said there, its buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.telegram import Telegram

Json = dict[str, Any]


@dataclass(frozen=True)
class Chat:
    """One chat with the bot."""

    telegram: Telegram
    id: int

    @property
    def name(self) -> str:
        """The person's name, or the group's."""
        chat = self.telegram.state.chats[self.id]["chat"]
        return str(chat.get("title") or chat.get("first_name"))

    @property
    def messages(self) -> list[Json]:
        """The whole chat, oldest first."""
        return self.telegram.messages(self.id)

    @property
    def received(self) -> list[Json]:
        """What the bot sent, oldest first."""
        return [message for message in self.messages if message["from"]["is_bot"]]

    @property
    def last(self) -> Json:
        """The bot's latest message; LookupError when it said nothing."""
        if not self.received:
            raise LookupError(f"the bot sent nothing to {self.name}")
        return self.received[-1]

    @property
    def keyboard(self) -> list[list[Json]]:
        """The buttons over the input, [] when there are none."""
        keyboard = self.telegram.state.chats[self.id]["keyboard"]
        return keyboard["keyboard"] if keyboard else []

    def buttons(self, message_id: int | None = None) -> list[list[str]]:
        """The texts of the inline buttons of a message, the bot's latest when none is named."""
        message = self.message(message_id) if message_id else self.last
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return [[item["text"] for item in row] for row in rows]

    def message(self, message_id: int) -> Json:
        """A message by its identifier; LookupError when there is none."""
        messages: dict[int, Json] = self.telegram.state.chats[self.id]["messages"]
        if message_id not in messages:
            raise LookupError(f"no message {message_id} in the chat of {self.name}")
        return messages[message_id]


def inline_message_id(message: Json) -> str:
    """How the bot names a message that a person sent with its inline mode."""
    return f"inline{message['chat']['id']}_{message['message_id']}"


def inline_message(telegram: Telegram, identifier: str) -> Json | None:
    """The message of such a name, None when there is none."""
    named = re.fullmatch(r"inline(-?\d+)_(\d+)", identifier)
    record = telegram.state.chats.get(int(named[1])) if named else None
    found: Json | None = record["messages"].get(int(named[2])) if named and record else None
    return found if found and "via_bot" in found else None
