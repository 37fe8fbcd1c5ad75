"""What Telegram remembers: persons, chats, messages, files, waiting updates; and its rules about them."""

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.api.errors import ApiError, bad_request, forbidden
from bot.sandbox.api.flood import Fault, FloodRules, Odds
from bot.sandbox.groups import Group, check_access
from bot.sandbox.people import Person

Json = dict[str, Any]
Listener = Callable[[Json], None]

TOKEN = "1000:sandbox-token-of-no-value-to-anyone"
USERNAME = "wgpd_sandbox_bot"
FIRST_GROUP = -1_001_000_000_000
"""The identifiers of supergroups go down from here."""
FIRST_BASIC_GROUP = -4_000_000_000
"""And those of groups that are not supergroups."""
QUERY_LIFE = timedelta(minutes=1)
"""How long a press waits for its answer."""
DELETABLE_FOR = timedelta(hours=48)
NOT_SENT_UNLESS_ASKED = frozenset(
    {"chat_member", "message_reaction", "message_reaction_count", "managed_bot", "guest_message"}
)


@dataclass
class State:
    """Everything that survives a restart; JSON can hold all of it."""

    persons: dict[int, Json] = field(default_factory=dict)
    chats: dict[int, Json] = field(default_factory=dict)
    """Each with "chat" (a Bot API Chat), "messages" (by identifier), "keyboard" and "members"."""
    updates: list[Json] = field(default_factory=list)
    queries: dict[str, Json] = field(default_factory=dict)
    inline_queries: dict[str, Json] = field(default_factory=dict)
    """By identifier, each with "from", "at", "query" and "answer"; see api.inline."""
    files: dict[str, Json] = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    """By "scope/language"; see methods.scope_key."""
    profile: dict[str, str] = field(default_factory=dict)
    """Name and descriptions by "field/language"."""
    menu_button: dict[str, Json] = field(default_factory=dict)
    allowed_updates: list[str] = field(default_factory=list)
    webhook: Json = field(default_factory=dict)
    last_update_id: int = 0
    last_message_id: int = 0
    last_file: int = 0
    last_group: int = 0
    last_query: int = 0
    last_album: int = 0


class Telegram:
    """Telegram's side of one bot: its state, and what is allowed.

    `clock` gives the time, with a zone. `token` is the only one accepted. `flood` limits sending
    (None: no limit). `accept_webhook` lets setWebhook succeed; to deliver the updates is then the caller's
    (`take_updates`).
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        token: str = TOKEN,
        username: str = USERNAME,
        flood: FloodRules | None = None,
        accept_webhook: bool = False,
    ) -> None:
        self.clock = clock
        self.token = token
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "WGPD",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        self.state = State()
        self.flood = flood
        self.accept_webhook = accept_webhook
        self.faults: list[Fault] = []
        self.odds: Odds | None = None
        """What fails by chance, beside the faults that were ordered."""
        self.calls: list[tuple[str, Json]] = []
        """Every call that was answered, newest last: (method, parameters as sent). The last 1,000."""
        self.waiting: asyncio.Future[bool] | None = None
        """The long poll that waits for updates; see polling."""
        self._listeners: list[Listener] = []

    @property
    def bot_user(self) -> Json:
        """The bot as the User of a message."""
        return {key: self.bot[key] for key in ("id", "is_bot", "first_name", "username")}

    # persons and chats

    def person(self, name: str, person_id: int, language_code: str = "km", phone: str = "") -> Person:
        """A person, made on the first call; the bot may not write to them before they press Start."""
        if person_id not in self.state.persons:
            phone = phone or f"+855{12_000_000 + person_id % 1_000_000}"
            self.state.persons[person_id] = {
                "user": {
                    "id": person_id,
                    "is_bot": False,
                    "first_name": name,
                    "language_code": language_code,
                },
                "phone": phone,
                "started": False,
                "blocked": False,
                "deactivated": False,
            }
            self.open_chat({"id": person_id, "type": "private", "first_name": name})
        return Person(self, person_id)

    @property
    def people(self) -> dict[int, Person]:
        """All persons by identifier."""
        return {person_id: Person(self, person_id) for person_id in self.state.persons}

    def group(self, title: str, members: Iterable[Person], *, basic: bool = False) -> Group:
        """A group with the bot in it, made on the first call; the first member is its creator.

        It is a supergroup, unless `basic`; those can be upgraded.
        """
        for record in self.state.chats.values():
            if record["chat"].get("title") == title and "migrated_to" not in record:
                return Group(self, record["chat"]["id"])
        group = Group(self, self.open_group(title, basic=basic))
        record = group.record
        for person in members:
            own = {"status": "member"} if record["members"] else {"status": "creator", "is_anonymous": False}
            record["members"][str(person.id)] = {"user": person.user.copy(), **own}
        return group

    def open_group(self, title: str, *, basic: bool) -> int:
        """A new group without members; its identifier."""
        self.state.last_group += 1
        group_id = (FIRST_BASIC_GROUP if basic else FIRST_GROUP) - self.state.last_group
        self.open_chat({"id": group_id, "type": "group" if basic else "supergroup", "title": title})
        return group_id

    def open_chat(self, chat: Json) -> Json:
        """The record of a chat, made on first use."""
        empty = {"chat": chat, "messages": {}, "keyboard": None, "members": {}}
        return self.state.chats.setdefault(int(chat["id"]), empty)

    def chat_for_sending(self, chat_id: Any) -> Json:
        """The record of a chat that the bot may write to; raises what Telegram would say."""
        record = self.known_chat(chat_id)
        person = self.state.persons.get(record["chat"]["id"])
        if person:
            if person["deactivated"]:
                raise forbidden("user is deactivated")
            if person["blocked"]:
                raise forbidden("bot was blocked by the user")
            if not person["started"]:
                raise forbidden("bot can't initiate conversation with a user")
        check_access(self, record, writing=True)
        return record

    def known_chat(self, chat_id: Any) -> Json:
        """The record of a chat; 400 "chat not found"."""
        if chat_id in (None, ""):
            raise bad_request("chat_id is empty")
        try:
            return self.state.chats[int(chat_id)]
        except (KeyError, ValueError):
            raise bad_request("chat not found") from None

    # messages

    def messages(self, chat_id: int) -> list[Json]:
        """The messages of a chat, oldest first."""
        record = self.state.chats.get(chat_id)
        return list(record["messages"].values()) if record else []

    def add_message(self, chat_id: int, sender: Json, content: Json, *, hidden: Json | None = None) -> Json:
        """Store a message and tell the listeners; `hidden` is what Telegram knows but does not show."""
        self.state.last_message_id += 1
        record = self.state.chats[chat_id]
        message: Json = {
            "message_id": self.state.last_message_id,
            "from": sender,
            "chat": record["chat"],
            "date": self.timestamp(),
            **content,
        }
        record["messages"][message["message_id"]] = message
        if hidden:
            record.setdefault("hidden", {})[str(message["message_id"])] = hidden
        self.changed({"type": "message", "chat_id": chat_id, "message": message})
        return message

    def hidden(self, chat_id: int, message_id: int) -> Json:
        """What Telegram knows about a message and does not show, {} mostly."""
        found: Json = self.state.chats[chat_id].get("hidden", {}).get(str(message_id), {})
        return found

    def replace_message(self, chat_id: int, message: Json) -> None:
        """Store an edited message and tell the listeners."""
        self.state.chats[chat_id]["messages"][message["message_id"]] = message
        self.changed({"type": "message", "chat_id": chat_id, "message": message})

    def remove_message(self, chat_id: int, message_id: int) -> None:
        """Delete a message and tell the listeners."""
        del self.state.chats[chat_id]["messages"][message_id]
        self.changed({"type": "deleted", "chat_id": chat_id, "message_id": message_id})

    def set_keyboard(self, chat_id: int, keyboard: Json | None) -> None:
        """Put buttons over the input of a chat, or take them away."""
        self.state.chats[chat_id]["keyboard"] = keyboard
        self.changed({"type": "keyboard", "chat_id": chat_id, "keyboard": keyboard})

    # files

    def add_file(self, name: str, mime: str, content: bytes) -> str:
        """Keep a file; its file_id."""
        self.state.last_file += 1
        number = self.state.last_file
        file_id = f"sandbox-file-{number}"
        suffix = re.search(r"\.\w{1,8}$", name, re.ASCII)
        self.state.files[file_id] = {
            "name": name,
            "mime": mime,
            "size": len(content),
            "path": f"documents/file_{number}{suffix[0] if suffix else ''}",
            "content": base64.b64encode(content).decode(),
        }
        return file_id

    def new_album(self) -> str:
        """What all messages of a new album are known by."""
        self.state.last_album += 1
        return str(13_000_000_000_000_000 + self.state.last_album)

    def file(self, file_id: str) -> tuple[Json, bytes] | None:
        """A file's record and its bytes."""
        record = self.state.files.get(file_id)
        return (record, base64.b64decode(record["content"])) if record else None

    def file_at(self, path: str) -> tuple[Json, bytes] | None:
        """The same by the `file_path` that getFile gave."""
        return next(
            (self.file(key) for key, value in self.state.files.items() if value["path"] == path), None
        )

    # updates

    def push(self, kind: str, payload: Json) -> Json:
        """Queue an update for the bot, unless it asked not to get this kind; the update."""
        self.state.last_update_id += 1
        update = {"update_id": self.state.last_update_id, kind: payload}
        allowed = self.state.allowed_updates
        if kind in allowed or (not allowed and kind not in NOT_SENT_UNLESS_ASKED):
            self.state.updates.append(update)
            self.changed({"type": "update", "kind": kind})
        return update

    def feed(self, update: Json) -> Json:
        """Queue a raw update, such as a group's message or a channel's post; the bot may answer there."""
        self.state.last_update_id = max(self.state.last_update_id + 1, int(update.get("update_id", 0)))
        update = {"update_id": self.state.last_update_id, **update}
        for chat, sender, message in _chats_in(update):
            record = self.open_chat(chat)
            if sender:
                record["members"].setdefault(str(sender["id"]), {"user": sender, "status": "member"})
            if message:
                record["messages"].setdefault(message["message_id"], message)
                self.state.last_message_id = max(self.state.last_message_id, message["message_id"])
        self.state.updates.append(update)
        self.changed({"type": "update", "kind": next((key for key in update if key != "update_id"), "")})
        return update

    def take_updates(self) -> list[Json]:
        """The updates that wait, each given once: how a test hands them to the bot."""
        taken, self.state.updates = self.state.updates, []
        return taken

    # faults

    def fail_next(
        self, method: str, fault: ApiError | str, *, times: int = 1, chat_id: int | None = None
    ) -> None:
        """Let the next calls of a method fail (in one chat, when given); see Fault for the kinds."""
        self.faults.append(Fault(method.lower(), fault, times, chat_id))

    def take_fault(self, method: str, chat_id: Any) -> ApiError | str | None:
        """The fault that waits for this call, used up by one; else what the odds say."""
        for fault in self.faults:
            if fault.meets(method.lower(), chat_id):
                fault.times -= 1
                self.faults = [left for left in self.faults if left.times > 0]
                return fault.kind
        return self.odds.draw(method.lower(), chat_id) if self.odds else None

    # listeners, time, keeping

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call the listener on every change; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self, event: Json) -> None:
        """Tell the listeners."""
        for listener in list(self._listeners):
            listener(event)

    def timestamp(self) -> int:
        """Now, as the Bot API writes a time: seconds since 1970."""
        return int(self.clock().timestamp())

    def snapshot(self) -> Json:
        """The whole state as JSON values, for `restore`."""
        saved: Json = json.loads(json.dumps(vars(self.state)))
        return saved

    def restore(self, saved: Json) -> None:
        """Take over the state of a snapshot; what it does not hold starts empty."""
        known = {
            key: value for key, value in json.loads(json.dumps(saved)).items() if key in vars(self.state)
        }
        for key in ("persons", "chats"):
            known[key] = {int(number): value for number, value in known.get(key, {}).items()}
        for record in known["chats"].values():
            record["messages"] = {int(number): value for number, value in record["messages"].items()}
        self.state = State(**known)
        self.changed({"type": "restored"})


def _chats_in(update: Json) -> Iterator[tuple[Json, Json | None, Json | None]]:
    for key, value in update.items():
        if not isinstance(value, dict):
            continue
        if "chat" in value:
            yield value["chat"], value.get("from"), value if "message_id" in value else None
        elif key == "callback_query" and "message" in value:
            yield value["message"]["chat"], value.get("from"), None
