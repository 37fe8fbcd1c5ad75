"""Groups with the bot as a member, and what its privacy mode lets it hear there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.api.errors import bad_request, forbidden, upgraded
from bot.sandbox.api.tdlib import marked
from bot.sandbox.chats import Chat

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from bot.sandbox.telegram import Telegram

Json = dict[str, Any]
KINDS = frozenset({"group", "supergroup"})
_SERVICE = ("new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id")
_ADMINISTRATORS = frozenset({"creator", "administrator"})
_OUTSIDE = frozenset({"left", "kicked"})
_RIGHTS = (
    *("can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
    *("can_post_stories", "can_edit_stories", "can_delete_stories"),
)
_PERMISSIONS = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
    *("can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages"),
    *("can_manage_topics", "can_edit_tag", "can_react_to_messages"),
)


@dataclass(frozen=True)
class Group(Chat):
    """One group."""

    @property
    def record(self) -> Json:
        """What Telegram keeps: chat, messages, members."""
        return self.telegram.state.chats[self.id]

    @property
    def members(self) -> list[int]:
        """The identifiers of the persons in it."""
        members = self.record["members"].values()
        inside = [member["user"]["id"] for member in members if member["status"] not in _OUTSIDE]
        return [number for number in inside if number != self.telegram.bot["id"]]

    @property
    def has_bot(self) -> bool:
        """Whether the bot is in it."""
        return bot_member(self.telegram, self.record)["status"] not in _OUTSIDE

    def status(self, person_id: int) -> str:
        """What a person is there: "creator", "administrator", "member" or "left"."""
        member = self.record["members"].get(str(person_id))
        return str(member["status"]) if member else "left"

    # what its members do

    def add_bot(self, by: Person) -> None:
        """A member adds the bot, which hears of it."""
        if by.id not in self.members:
            raise RuntimeError(f"{by.name} is no member of this chat")
        self._bot_becomes({"status": "member"}, by)
        message = self.telegram.add_message(
            self.id, by.user.copy(), {"new_chat_members": [self.telegram.bot_user]}
        )
        self.telegram.push("message", message)

    def remove_bot(self, by: Person) -> None:
        """An administrator takes the bot away, which hears of it."""
        self._require_administrator(by)
        self._bot_becomes({"status": "kicked", "until_date": 0}, by)
        self.telegram.add_message(self.id, by.user.copy(), {"left_chat_member": self.telegram.bot_user})

    def restrict_bot(self, by: Person, *, may_write: bool) -> None:
        """An administrator says whether the bot may write."""
        self._require_administrator(by)
        permissions = dict.fromkeys(_PERMISSIONS, may_write)
        self._bot_becomes({"status": "restricted", "is_member": True, "until_date": 0, **permissions}, by)

    def promote(self, person: Person, by: Person, *, is_anonymous: bool = False) -> None:
        """The creator makes a member an administrator."""
        rights = dict.fromkeys(_RIGHTS, True)
        self._appoint(person, by, {"status": "administrator", "is_anonymous": is_anonymous, **rights})

    def demote(self, person: Person, by: Person) -> None:
        """The creator makes an administrator a mere member again."""
        self._appoint(person, by, {"status": "member"})

    def upgrade(self, by: Person) -> Group:
        """The creator makes it a supergroup: another chat, with the same members; the bot hears of it."""
        if self.status(by.id) != "creator" or self.record["chat"]["type"] != "group":
            raise RuntimeError("only the creator of a basic group makes it a supergroup")
        telegram = self.telegram
        upgraded = Group(telegram, telegram.open_group(self.name, basic=False))
        upgraded.record["members"], self.record["members"] = self.record["members"], {}
        self.record["migrated_to"] = upgraded.id
        told = telegram.add_message(self.id, by.user.copy(), {"migrate_to_chat_id": upgraded.id})
        telegram.push("message", told)
        begins = telegram.add_message(upgraded.id, by.user.copy(), {"migrate_from_chat_id": self.id})
        telegram.push("message", begins)
        self._changed()
        return upgraded

    # how

    def _require_administrator(self, person: Person) -> None:
        if self.status(person.id) not in _ADMINISTRATORS:
            raise RuntimeError(f"{person.name} is no administrator of this chat")

    def _appoint(self, person: Person, by: Person, member: Json) -> None:
        if self.status(by.id) != "creator" or self.status(person.id) in {"creator", *_OUTSIDE}:
            raise RuntimeError("only the creator appoints, and only members")
        self.record["members"][str(person.id)] = {"user": person.user.copy(), **member}
        self._changed()

    def _bot_becomes(self, member: Json, by: Person) -> None:
        telegram = self.telegram
        before = bot_member(telegram, self.record)
        after = {"user": telegram.bot_user, **member}
        self.record["members"][str(telegram.bot["id"])] = after
        change = {
            "chat": self.record["chat"],
            "from": by.user.copy(),
            "date": telegram.timestamp(),
            "old_chat_member": before,
            "new_chat_member": after,
        }
        telegram.push("my_chat_member", change)
        self._changed()

    def _changed(self) -> None:
        self.telegram.changed({"type": "person", "chat_id": self.id})


def bot_member(telegram: Telegram, record: Json) -> Json:
    """The bot as a ChatMember of a chat; in it, unless somebody took it away."""
    own: Json = {"user": telegram.bot_user, "status": "member"}
    member: Json = record["members"].get(str(telegram.bot["id"]), own)
    return member


def check_access(telegram: Telegram, record: Json, *, writing: bool) -> None:
    """Raise what Telegram says to a bot that is not in a group, may not write there, or comes too late."""
    kind = record["chat"]["type"]
    if kind not in KINDS:
        return
    if "migrated_to" in record:
        if writing:  # who only reads is not told
            raise upgraded(record["migrated_to"])
        return
    bot = bot_member(telegram, record)
    if bot["status"] == "kicked":
        raise forbidden(f"bot was kicked from the {kind} chat")
    if bot["status"] == "left" and (writing or kind == "supergroup"):
        raise forbidden(f"bot is not a member of the {kind} chat")
    if writing and not bot.get("can_send_messages", True):
        raise bad_request("not enough rights to send text messages to the chat")


def heard(telegram: Telegram, message: Json) -> bool:
    """Whether the bot gets this message: in a group only what is meant for it, and service messages."""
    if message["chat"]["type"] not in KINDS:
        return True
    if bot_member(telegram, telegram.state.chats[message["chat"]["id"]])["status"] in _OUTSIDE:
        return False
    if any(kind in message for kind in _SERVICE):
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
