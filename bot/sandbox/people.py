"""What persons do in Telegram: each action becomes the update that the real one would send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox import samples
from bot.sandbox.api import tdlib
from bot.sandbox.api.text import is_empty, tidy

if TYPE_CHECKING:
    from bot.sandbox.telegram import Telegram

Json = dict[str, Any]
LIMIT = 4096


@dataclass(frozen=True)
class Person:
    """One person and their private chat with the bot, whose id is the person's own."""

    telegram: Telegram
    id: int

    # what they see

    @property
    def record(self) -> Json:
        """What Telegram keeps: user, phone, started, blocked, deactivated."""
        return self.telegram.state.persons[self.id]

    @property
    def user(self) -> Json:
        """The Bot API User."""
        user: Json = self.record["user"]
        return user

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
            raise LookupError(f"the bot sent nothing to {self.user['first_name']}")
        return self.received[-1]

    @property
    def keyboard(self) -> list[list[Json]]:
        """The buttons over the input, [] when there are none."""
        keyboard = self.telegram.state.chats[self.id]["keyboard"]
        return keyboard["keyboard"] if keyboard else []

    @property
    def toasts(self) -> list[Json]:
        """The answers to this person's presses: {"text", "show_alert", …}, oldest first."""
        queries = self.telegram.state.queries.values()
        return [query["answer"] for query in queries if query["from"] == self.id and query["answer"]]

    # what they do

    def start(self, payload: str | None = None) -> Json:
        """Press Start, perhaps through a link t.me/<bot>?start=<payload>; unblocks the bot."""
        if self.record["blocked"]:
            self.unblock()
        return self.type(f"/start {payload}" if payload else "/start")

    def type(
        self, text: str, *, split: bool = True, chat_id: int | None = None, reply_to: int | None = None
    ) -> Json:
        """Send a text; a long one is split as clients do, unless `split` is False. The last message."""
        text, _ = tidy(text, [])
        if is_empty(text):
            raise ValueError("Telegram's clients send no empty message")
        message: Json = {}
        for part in _parts(text) if split else [text]:
            message = self._send({"text": part, **_entities("entities", part)}, chat_id, reply_to)
        return message

    def press(self, button: str, message_id: int | None = None) -> Json:
        """Press an inline button by its text or data; without message_id, on the latest that has it."""
        candidates = [self._message(message_id)] if message_id else reversed(self.received)
        for message in candidates:
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for item in row:
                    if button in {item["text"], item.get("callback_data")} and "callback_data" in item:
                        return self.press_data(message["message_id"], item["callback_data"])
        raise LookupError(f"no inline button {button!r}; there are {self.buttons(message_id)}")

    def press_data(self, message_id: int, data: str) -> Json:
        """Press with any data, as a modified client can; the CallbackQuery."""
        return self._press(dict(self._message(message_id)), data)

    def press_old(self, message_id: int, data: str) -> Json:
        """Press a button of a message that the bot can no longer read (Telegram sends date 0)."""
        chat = self.telegram.state.chats[self.id]["chat"]
        return self._press({"chat": chat, "message_id": message_id, "date": 0}, data)

    def press_reply(self, text: str) -> Json:
        """Press a button over the input: sends its text, the contact or the place."""
        button = next((item for row in self.keyboard for item in row if item["text"] == text), None)
        if button is None:
            raise LookupError(f"no reply button {text!r}; there are {self.keyboard}")
        if button.get("request_contact"):
            message = self.share_contact()
        elif button.get("request_location"):
            message = self.send("location")
        else:
            message = self.type(text)
        record = self.telegram.state.chats[self.id]
        if record["keyboard"] and record["keyboard"].get("one_time_keyboard"):
            self.telegram.set_keyboard(self.id, None)
        return message

    def share_contact(self, *, phone: str | None = None, user_id: int | None = None) -> Json:
        """Share the own contact, or another's: then user_id is not the sender's, or 0 for none."""
        contact = {
            "phone_number": phone or self.record["phone"],
            "first_name": self.user["first_name"],
            "user_id": self.id if user_id is None else user_id,
        }
        if not contact["user_id"]:
            del contact["user_id"]
        return self._send({"contact": contact})

    def send(self, kind: str, caption: str = "") -> Json:
        """Send a photo, sticker, voice, video, audio, document, animation, video_note or location."""
        content = samples.content(self.telegram, kind)
        if caption:
            content |= {"caption": caption, **_entities("caption_entities", caption)}
        return self._send(content)

    def edit(self, message_id: int, text: str) -> Json:
        """Change an own text; the edited message."""
        message = {key: value for key, value in self._message(message_id).items() if key != "entities"}
        if message["from"]["id"] != self.id:
            raise LookupError("only an own message can be edited")
        message |= {"text": text, "edit_date": self.telegram.timestamp(), **_entities("entities", text)}
        self.telegram.replace_message(self.id, message)
        self.telegram.push("edited_message", message)
        return message

    def block(self) -> None:
        """Stop the bot: it can no longer write, and learns so by my_chat_member."""
        self._set(blocked=True)
        self._member("member", "kicked")

    def unblock(self) -> None:
        """Let the bot write again."""
        self._set(blocked=False)
        self._member("kicked", "member")

    def deactivate(self) -> None:
        """Delete the account."""
        self._set(deactivated=True)

    def speak(self, language_code: str) -> None:
        """Switch the language of the person's client."""
        self.user["language_code"] = language_code
        self._set()

    def buttons(self, message_id: int | None = None) -> list[list[str]]:
        """The texts of the inline buttons of a message, the bot's latest when none is named."""
        message = self._message(message_id) if message_id else self.last
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return [[item["text"] for item in row] for row in rows]

    # how

    def _send(self, content: Json, chat_id: int | None = None, reply_to: int | None = None) -> Json:
        chat_id = chat_id or self.id
        if chat_id == self.id:
            if self.record["blocked"]:
                raise RuntimeError("the person blocked the bot; unblock() or start() first")
            if not self.record["started"]:
                self._set(started=True)
        if reply_to:
            replied = self.telegram.state.chats[chat_id]["messages"][reply_to]
            content["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
        message = self.telegram.add_message(chat_id, self.user.copy(), content)
        self.telegram.push("message", message)
        return message

    def _press(self, message: Json, data: str) -> Json:
        telegram = self.telegram
        telegram.state.last_query += 1
        query: Json = {
            "id": str(4_000_000_000 + telegram.state.last_query),
            "from": self.user.copy(),
            "chat_instance": str(8_000_000_000 + self.id),
            "message": message,
            "data": data,
        }
        telegram.state.queries[query["id"]] = {"from": self.id, "at": telegram.timestamp(), "answer": None}
        telegram.push("callback_query", query)
        return query

    def _message(self, message_id: int) -> Json:
        messages: dict[int, Json] = self.telegram.state.chats[self.id]["messages"]
        if message_id not in messages:
            raise LookupError(f"no message {message_id} in the chat of {self.user['first_name']}")
        return messages[message_id]

    def _set(self, **changes: bool) -> None:
        self.record.update(changes)
        self.telegram.changed({"type": "person", "chat_id": self.id})

    def _member(self, before: str, after: str) -> None:
        bot = {key: self.telegram.bot[key] for key in ("id", "is_bot", "first_name", "username")}

        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": bot, "status": status, **until}

        payload = {
            "chat": self.telegram.state.chats[self.id]["chat"],
            "from": self.user.copy(),
            "date": self.telegram.timestamp(),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
        self.telegram.push("my_chat_member", payload)


def _entities(key: str, text: str) -> Json:
    entities = tdlib.find_entities(text)
    return {key: entities} if entities else {}


def _parts(text: str) -> list[str]:
    """At most 4,096 UTF-16 units each, cut at a space or a line's end where there is one near."""
    parts = []
    while tdlib.units(text) > LIMIT:
        cut, size = 0, 0
        for character in text:
            size += tdlib.units(character)
            if size > LIMIT:
                break
            cut += 1
        near = max(text.rfind(" ", cut - 200, cut), text.rfind("\n", cut - 200, cut))
        cut = near + 1 if near > 0 else cut
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text else parts
