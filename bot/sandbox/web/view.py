"""What the page shows: the four phones as JSON."""

from typing import Any

from bot.sandbox import cast
from bot.sandbox.api.methods import commands_for
from bot.sandbox.cast import ROLES, Role
from bot.sandbox.chats import Chat
from bot.sandbox.groups import Group
from bot.sandbox.telegram import Telegram

Json = dict[str, Any]

PASSED_ON = frozenset({"message", "deleted", "keyboard", "answer", "action", "inline", "bot"})
"""Changes that the page is told as they are; after others it loads everything again."""
RELOADED = frozenset({"person", "commands", "profile", "restored"})


def everything(telegram: Telegram, *, online: bool, can_kill: bool) -> Json:
    """All that the page needs to draw itself."""
    group = cast.group(telegram)
    return {
        "bot": {"id": telegram.bot["id"], "username": telegram.bot["username"]},
        "online": online,
        "can_kill": can_kill,
        "group": _group(group),
        "phones": [_phone(telegram, role, group) for role in ROLES],
    }


def _group(group: Group) -> Json:
    return {
        "id": group.id,
        "title": group.name,
        "members": len(group.members),
        "has_bot": group.has_bot,
        "is_basic": group.record["chat"]["type"] == "group",
        "people": [
            {"id": role.person_id, "name": role.name, "status": group.status(role.person_id)}
            for role in ROLES
        ],
    }


def _phone(telegram: Telegram, role: Role, group: Chat) -> Json:
    record = telegram.state.persons[role.person_id]
    language = record["user"].get("language_code", "")
    return {
        "key": role.key,
        "id": role.person_id,
        "name": role.name,
        "english": role.english,
        "language": language,
        "started": record["started"],
        "blocked": record["blocked"],
        "private": _chat(Chat(telegram, role.person_id), role),
        "group": _chat(group, role),
        "bot_name": _profile(telegram, "name", language) or telegram.bot["first_name"],
        "description": _profile(telegram, "description", language),
    }


def _chat(chat: Chat, role: Role) -> Json:
    return {
        "messages": chat.messages,
        "keyboard": chat.telegram.state.chats[chat.id]["keyboard"],
        "commands": commands_for(chat.telegram, role.person_id, chat.id),
    }


def _profile(telegram: Telegram, field: str, language: str) -> str:
    profile = telegram.state.profile
    return profile.get(f"{field}/{language}") or profile.get(f"{field}/") or ""
