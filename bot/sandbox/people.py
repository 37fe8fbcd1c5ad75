"""What persons do in Telegram: each action becomes the update that the real one would send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.sandbox import samples
from bot.sandbox.api import tdlib
from bot.sandbox.api.text import is_empty, tidy
from bot.sandbox.chats import Chat, inline_message_id
from bot.sandbox.groups import heard

Json = dict[str, Any]
LIMIT = 4096
MOST_IN_ALBUM = 10
IN_ALBUM = ("photo", "video", "document", "audio")
INLINE_QUERY_LIFE = timedelta(seconds=10)
"""How long what a person writes after the bot's name waits for its answer."""


@dataclass(frozen=True)
class Person(Chat):
    """One person and their private chat with the bot, whose id is the person's own."""

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
    def toasts(self) -> list[Json]:
        """The answers to this person's presses: {"text", "show_alert", …}, oldest first."""
        queries = self.telegram.state.queries.values()
        return [query["answer"] for query in queries if query["from"] == self.id and query["answer"]]

    @property
    def inline_answer(self) -> Json:
        """The bot's newest answer to `inline`: "results", "button", "next_offset", …; {} for none."""
        queries = reversed(self.telegram.state.inline_queries.values())
        answers = (query["answer"] for query in queries if query["from"] == self.id and query["answer"])
        return next(answers, {})

    @property
    def inline_results(self) -> list[Json]:
        """What the newest answer offers, as the bot gave it."""
        results: list[Json] = self.inline_answer.get("results", [])
        return results

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

    def press(self, button: str, message_id: int | None = None, *, chat_id: int | None = None) -> Json:
        """Press an inline button by its text or data; without message_id, on the latest that has it."""
        chat = self._chat(chat_id)
        candidates = [chat.message(message_id)] if message_id else reversed(chat.received)
        for message in candidates:
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for item in row:
                    if button in {item["text"], item.get("callback_data")} and "callback_data" in item:
                        return self.press_data(message["message_id"], item["callback_data"], chat_id)
        raise LookupError(f"no inline button {button!r}; there are {chat.buttons(message_id)}")

    def press_data(self, message_id: int, data: str, chat_id: int | None = None) -> Json:
        """Press with any data, as a modified client can; the CallbackQuery."""
        return self._press(dict(self._chat(chat_id).message(message_id)), data)

    def press_old(self, message_id: int, data: str) -> Json:
        """Press a button of a message that the bot can no longer read (Telegram sends date 0)."""
        chat = self.telegram.state.chats[self.id]["chat"]
        return self._press({"chat": chat, "message_id": message_id, "date": 0}, data)

    def press_reply(self, text: str, chat_id: int | None = None) -> Json:
        """Press a button over the input: sends its text, the contact or the place."""
        chat = self._chat(chat_id)
        button = next((item for row in chat.keyboard for item in row if item["text"] == text), None)
        if button is None:
            raise LookupError(f"no reply button {text!r}; there are {chat.keyboard}")
        if button.get("request_contact"):
            message = self.share_contact()
        elif button.get("request_location"):
            message = self.send("location")
        else:
            message = self.type(text, chat_id=chat_id)
        record = self.telegram.state.chats[chat.id]
        if record["keyboard"] and record["keyboard"].get("one_time_keyboard"):
            self.telegram.set_keyboard(chat.id, None)
        return message

    def share_contact(
        self, *, phone: str | None = None, user_id: int | None = None, chat_id: int | None = None
    ) -> Json:
        """Share the own contact, or another's: then user_id is not the sender's, or 0 for none."""
        contact = {
            "phone_number": phone or self.record["phone"],
            "first_name": self.user["first_name"],
            "user_id": self.id if user_id is None else user_id,
        }
        if not contact["user_id"]:
            del contact["user_id"]
        return self._send({"contact": contact}, chat_id)

    def send(self, kind: str, caption: str = "", *, chat_id: int | None = None) -> Json:
        """Send a photo, sticker, voice, video, audio, document, animation, video_note or location."""
        return self._send(samples.content(self.telegram, kind) | _caption(caption), chat_id)

    def send_album(self, *kinds: str, caption: str = "", chat_id: int | None = None) -> list[Json]:
        """Send two to ten samples as one album; the caption stands under the first, as clients put it."""
        suites = {kind if kind in {"document", "audio"} else "picture" for kind in kinds}
        if not 2 <= len(kinds) <= MOST_IN_ALBUM or len(suites) > 1 or not set(kinds) <= set(IN_ALBUM):
            raise ValueError(f"Telegram's clients make no album of {kinds}")
        album = {"media_group_id": self.telegram.new_album()}
        captions = [caption, *[""] * (len(kinds) - 1)]
        return [
            self._send(album | samples.content(self.telegram, kind) | _caption(words), chat_id)
            for kind, words in zip(kinds, captions, strict=True)
        ]

    def upload(
        self,
        name: str,
        mime: str,
        body: bytes,
        caption: str = "",
        *,
        kind: str = "document",
        chat_id: int | None = None,
    ) -> Json:
        """Send a file of one's own, as a document or another kind."""
        if not body:
            raise ValueError("Telegram's clients send no empty file")
        file_id = self.telegram.add_file(name, mime, body)
        content = {kind: samples.described(self.telegram, kind, file_id)}
        return self._send(content | _caption(caption), chat_id)

    def inline(self, words: str, *, chat_id: int | None = None) -> Json:
        """Write words after the bot's name, in the private chat or a group; the InlineQuery."""
        telegram = self.telegram
        telegram.state.last_query += 1
        query: Json = {
            "id": str(6_000_000_000 + telegram.state.last_query),
            "from": self.user.copy(),
            "query": words[:256],
            "offset": "",
            "chat_type": telegram.state.chats[chat_id]["chat"]["type"] if chat_id else "sender",
        }
        self._forget_inline_queries()
        kept = {"from": self.id, "at": telegram.timestamp(), "query": query["query"], "answer": None}
        telegram.state.inline_queries[query["id"]] = kept
        telegram.changed({"type": "inline_query"})
        telegram.push("inline_query", query)
        return query

    def choose_inline(self, result_id: str, chat_id: int | None = None) -> Json:
        """Send one of the results that the newest answer offers, to the private chat or a group."""
        contents = self.inline_answer.get("contents", {})
        if result_id not in contents:
            raise LookupError(f"no inline result {result_id!r}; there are {list(contents)}")
        return self._send({**contents[result_id], "via_bot": self.telegram.bot_user}, chat_id)

    def join(self, chat_id: int) -> Json:
        """Enter a group; the message that tells of it."""
        self._membership(chat_id, "member")
        return self._send({"new_chat_members": [self.user.copy()]}, chat_id)

    def leave(self, chat_id: int) -> Json:
        """Go out of a group; the message that tells of it."""
        message = self._send({"left_chat_member": self.user.copy()}, chat_id)
        self._membership(chat_id, "left")
        return message

    def edit(self, message_id: int, text: str, chat_id: int | None = None) -> Json:
        """Change an own text; the edited message."""
        chat = self._chat(chat_id)
        message = {key: value for key, value in chat.message(message_id).items() if key != "entities"}
        if message["from"]["id"] != self.id:
            raise LookupError("only an own message can be edited")
        message |= {"text": text, "edit_date": self.telegram.timestamp(), **_entities("entities", text)}
        self.telegram.replace_message(chat.id, message)
        if heard(self.telegram, message):
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

    # how

    def _chat(self, chat_id: int | None) -> Chat:
        return Chat(self.telegram, chat_id or self.id)

    def _send(self, content: Json, chat_id: int | None = None, reply_to: int | None = None) -> Json:
        chat_id = chat_id or self.id
        if chat_id == self.id:
            if self.record["blocked"]:
                raise RuntimeError("the person blocked the bot; unblock() or start() first")
            if not self.record["started"]:
                self._set(started=True)
        elif not self._is_member(chat_id):
            raise RuntimeError(f"{self.name} is no member of this chat")
        if reply_to:
            replied = self._chat(chat_id).message(reply_to)
            content["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
        message = self.telegram.add_message(chat_id, self.user.copy(), content)
        if heard(self.telegram, message):
            self.telegram.push("message", message)
        return message

    def _is_member(self, chat_id: int) -> bool:
        member = self.telegram.state.chats[chat_id]["members"].get(str(self.id))
        return member is not None and member["status"] not in {"left", "kicked"}

    def _membership(self, chat_id: int, status: str) -> None:
        members = self.telegram.state.chats[chat_id]["members"]
        members[str(self.id)] = {"user": self.user.copy(), "status": status}
        self._set()

    def _forget_inline_queries(self) -> None:
        """Drop the person's own that can no longer be answered: only the newest answer is looked at."""
        state, now = self.telegram.state, self.telegram.timestamp()
        oldest = now - INLINE_QUERY_LIFE.total_seconds()
        state.inline_queries = {
            key: query
            for key, query in state.inline_queries.items()
            if query["from"] != self.id or query["at"] >= oldest
        }

    def _press(self, message: Json, data: str) -> Json:
        telegram = self.telegram
        telegram.state.last_query += 1
        query: Json = {
            "id": str(4_000_000_000 + telegram.state.last_query),
            "from": self.user.copy(),
            "chat_instance": str(8_000_000_000 + abs(message["chat"]["id"])),
            "data": data,
        }
        if "via_bot" in message:
            query["inline_message_id"] = inline_message_id(message)
        else:
            query["message"] = message
        telegram.state.queries[query["id"]] = {"from": self.id, "at": telegram.timestamp(), "answer": None}
        telegram.push("callback_query", query)
        return query

    def _set(self, **changes: bool) -> None:
        self.record.update(changes)
        self.telegram.changed({"type": "person", "chat_id": self.id})

    def _member(self, before: str, after: str) -> None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": self.telegram.bot_user, "status": status, **until}

        payload = {
            "chat": self.telegram.state.chats[self.id]["chat"],
            "from": self.user.copy(),
            "date": self.telegram.timestamp(),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
        self.telegram.push("my_chat_member", payload)


def _caption(caption: str) -> Json:
    return {"caption": caption, **_entities("caption_entities", caption)} if caption else {}


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
