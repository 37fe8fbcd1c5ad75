"""What persons do in the page."""

import base64
from collections.abc import Callable
from typing import Any

from bot.sandbox.groups import Group
from bot.sandbox.people import Person

Json = dict[str, Any]
Action = Callable[[Person, int | None, Json], object]


def do(person: Person, body: Json) -> None:
    """One action of a person: {"do": "type", "text": …} and the like; ValueError for an unknown one.

    "chat_id" names the group where it happens; without it, it happens in the private chat.
    """
    action = ACTIONS.get(body["do"])
    if action is None:
        raise ValueError(f"unknown action {body['do']!r}")
    action(person, int(body["chat_id"]) if body.get("chat_id") else None, body)


def _type(person: Person, chat_id: int | None, body: Json) -> None:
    """A text, perhaps as a reply to a message."""
    reply_to = int(body["reply_to"]) if body.get("reply_to") else None
    person.type(str(body["text"]), chat_id=chat_id, reply_to=reply_to)


def _upload(person: Person, chat_id: int | None, body: Json) -> None:
    """A file that comes as base64 in "content"."""
    content = base64.b64decode(body["content"], validate=True)
    name, mime, kind = (str(body[key]) for key in ("name", "mime", "kind"))
    person.upload(name, mime, content, kind=kind, chat_id=chat_id)


def _in_group(person: Person, chat_id: int | None, body: Json) -> None:
    """What a group's members do with the bot, and its creator with them: {"what": …, "user_id": …}."""
    group = Group(person.telegram, chat_id or 0)
    match body["what"]:
        case "add_bot":
            group.add_bot(person)
        case "remove_bot":
            group.remove_bot(person)
        case "upgrade":
            group.upgrade(person)
        case "promote":
            group.promote(person.telegram.people[int(body["user_id"])], person)
        case "demote":
            group.demote(person.telegram.people[int(body["user_id"])], person)
        case what:
            raise ValueError(f"unknown action {what!r}")


ACTIONS: dict[str, Action] = {
    "start": lambda person, _, body: person.start(body.get("payload") or None),
    "type": _type,
    "press": lambda person, chat_id, body: person.press_data(
        int(body["message_id"]), str(body["data"]), chat_id
    ),
    "reply": lambda person, chat_id, body: person.press_reply(str(body["text"]), chat_id),
    "contact": lambda person, chat_id, _: person.share_contact(chat_id=chat_id),
    "send": lambda person, chat_id, body: person.send(str(body["kind"]), chat_id=chat_id),
    "album": lambda person, chat_id, body: person.send_album(*map(str, body["kinds"]), chat_id=chat_id),
    "upload": _upload,
    "inline": lambda person, chat_id, body: person.inline(str(body["words"]), chat_id=chat_id),
    "choose": lambda person, chat_id, body: person.choose_inline(str(body["result_id"]), chat_id),
    "edit": lambda person, chat_id, body: person.edit(int(body["message_id"]), str(body["text"]), chat_id),
    "group": _in_group,
    "block": lambda person, _, __: person.block(),
    "unblock": lambda person, _, __: person.unblock(),
    "speak": lambda person, _, body: person.speak(str(body["language"])),
}
