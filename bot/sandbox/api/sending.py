"""The methods that send, change and delete messages."""

import mimetypes
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.sandbox import groups, samples
from bot.sandbox.api import keyboards
from bot.sandbox.api.errors import bad_request
from bot.sandbox.api.params import Params
from bot.sandbox.api.text import caption_text, message_text
from bot.sandbox.chats import inline_message
from bot.sandbox.telegram import DELETABLE_FOR, Telegram

Json = dict[str, Any]
Method = Callable[[Telegram, Params], Any]

MEDIA = ("photo", "document", "voice", "video", "audio", "sticker", "animation", "video_note")
ACTIONS = frozenset(
    {
        "typing",
        *("upload_photo", "upload_video", "upload_voice", "upload_audio", "upload_document"),
        *("record_video", "record_voice", "record_audio", "record_video_note", "upload_video_note"),
        *("choose_sticker", "find_location"),
    }
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")
_CONTENT = (
    "text",
    "entities",
    "caption",
    "caption_entities",
    "location",
    "contact",
    "venue",
    "poll",
    "dice",
    *MEDIA,
)


def send_message(telegram: Telegram, params: Params) -> Json:
    """sendMessage."""
    text, entities = message_text(params.text("text"), params.text("parse_mode"), params.json("entities"))
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    content: Json = {"text": text}
    if entities:
        content["entities"] = named(telegram, entities)
    if options := params.json("link_preview_options"):
        content["link_preview_options"] = options
    return _deliver(telegram, record, params, content)


def send_media(kind: str) -> Method:
    """sendPhoto, sendDocument, …: an upload, a known file_id or a link."""

    def send(telegram: Telegram, params: Params) -> Json:
        record = telegram.chat_for_sending(params.values.get("chat_id"))
        content: Json = {kind: samples.described(telegram, kind, file_given(telegram, params, kind))}
        return _deliver(telegram, record, params, content | caption_given(telegram, params))

    return send


def send_location(telegram: Telegram, params: Params) -> Json:
    """sendLocation."""
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    place = {"latitude": params.decimal("latitude"), "longitude": params.decimal("longitude")}
    return _deliver(telegram, record, params, {"location": place})


def send_contact(telegram: Telegram, params: Params) -> Json:
    """sendContact."""
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    for name in ("phone_number", "first_name"):
        if not params.text(name):
            raise bad_request(f"{name.replace('_', ' ')} is empty")
    names = ("phone_number", "first_name", "last_name", "vcard")
    contact = {name: params.text(name) for name in names if params.text(name)}
    return _deliver(telegram, record, params, {"contact": contact})


def copy_message(telegram: Telegram, params: Params) -> Json:
    """copyMessage: the content without the author."""
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    source = _message(telegram, params, "from_chat_id", "message to copy not found")
    content = {key: source[key] for key in _CONTENT if key in source}
    if "caption" in params and "text" not in content:
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
        content |= caption_given(telegram, params)
    return {"message_id": _deliver(telegram, record, params, content)["message_id"]}


def forward_message(telegram: Telegram, params: Params) -> Json:
    """forwardMessage: the content with its author."""
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    source = _message(telegram, params, "from_chat_id", "message to forward not found")
    origin = {"type": "user", "sender_user": source["from"], "date": source["date"]}
    content = {key: source[key] for key in _CONTENT if key in source}
    return _deliver(telegram, record, params, content | {"forward_origin": origin})


def edit_text(telegram: Telegram, params: Params) -> Json | bool:
    """editMessageText; buttons that are not given again are taken away."""
    text, entities = message_text(params.text("text"), params.text("parse_mode"), params.json("entities"))
    message = _editable(telegram, params)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    content: Json = {"text": text} | ({"entities": named(telegram, entities)} if entities else {})
    return _change(telegram, message, params, ("text", "entities"), content)


def edit_caption(telegram: Telegram, params: Params) -> Json | bool:
    """editMessageCaption."""
    message = _editable(telegram, params)
    if not any(kind in message for kind in MEDIA):
        raise bad_request("there is no caption in the message to edit")
    return _change(
        telegram, message, params, ("caption", "caption_entities"), caption_given(telegram, params)
    )


def edit_markup(telegram: Telegram, params: Params) -> Json | bool:
    """editMessageReplyMarkup."""
    return _change(telegram, _editable(telegram, params), params, (), {})


def delete_message(telegram: Telegram, params: Params) -> bool:
    """deleteMessage: for 48 hours."""
    message = _message(telegram, params, "chat_id", "message to delete not found")
    own = message["from"]["id"] == telegram.bot["id"]
    groups.check_access(telegram, telegram.known_chat(message["chat"]["id"]), writing=True)
    if message["chat"]["type"] in groups.KINDS and not own:
        raise bad_request("message can't be deleted")
    if telegram.timestamp() - message["date"] > DELETABLE_FOR / timedelta(seconds=1):
        raise bad_request("message can't be deleted for everyone")
    telegram.remove_message(message["chat"]["id"], message["message_id"])
    return True


def chat_action(telegram: Telegram, params: Params) -> bool:
    """sendChatAction."""
    record = telegram.chat_for_sending(params.values.get("chat_id"))
    action = params.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    telegram.changed({"type": "action", "chat_id": record["chat"]["id"], "action": action})
    return True


# parts


def _deliver(telegram: Telegram, record: Json, params: Params, content: Json) -> Json:
    markup = keyboards.checked(params.json("reply_markup", "reply keyboard markup"))
    chat_id: int = record["chat"]["id"]
    if record["chat"]["type"] != "private":
        keyboards.check_outside_private(markup)
    reply = params.json("reply_parameters") or {}
    replied_id = reply.get("message_id") or params.number("reply_to_message_id")
    if replied_id:
        replied = record["messages"].get(replied_id)
        if replied:
            content["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
        elif not (reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")):
            raise bad_request("message to be replied not found")
    if telegram.flood:
        telegram.flood.spend(chat_id, telegram.clock(), paid=params.flag("allow_paid_broadcast"))
    if keyboards.is_inline(markup):
        content["reply_markup"] = markup
    if params.flag("protect_content"):
        content["has_protected_content"] = True
    hidden = {"markup": markup} if markup and not keyboards.is_inline(markup) else None
    message = telegram.add_message(chat_id, telegram.bot_user, content, hidden=hidden)
    if markup and "keyboard" in markup:
        telegram.set_keyboard(chat_id, markup)
    elif markup and markup.get("remove_keyboard"):
        telegram.set_keyboard(chat_id, None)
    return message


def _change(
    telegram: Telegram, message: Json, params: Params, fields: tuple[str, ...], content: Json
) -> Json | bool:
    """The changed message; of a message sent with inline mode only that it was done."""
    markup = keyboards.checked(params.json("reply_markup", "reply keyboard markup"))
    if markup and not keyboards.is_inline(markup):
        raise bad_request("inline keyboard expected")
    changed = {key: value for key, value in message.items() if key not in {*fields, "reply_markup"}} | content
    if markup:
        changed["reply_markup"] = markup
    if changed == message:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    if telegram.flood:
        telegram.flood.spend(message["chat"]["id"], telegram.clock())
    changed["edit_date"] = telegram.timestamp()
    telegram.replace_message(message["chat"]["id"], changed)
    return changed if "chat_id" in params else True


def _editable(telegram: Telegram, params: Params) -> Json:
    if "chat_id" not in params and "inline_message_id" in params:
        sent = inline_message(telegram, params.text("inline_message_id"))
        if sent is None:
            raise bad_request("MESSAGE_ID_INVALID")
        return sent
    message = _message(telegram, params, "chat_id", "message to edit not found")
    telegram.chat_for_sending(message["chat"]["id"])
    hidden = telegram.hidden(message["chat"]["id"], message["message_id"])
    if message["from"]["id"] != telegram.bot["id"] or "forward_origin" in message or "markup" in hidden:
        raise bad_request("message can't be edited")
    return message


def _message(telegram: Telegram, params: Params, chat: str, missing: str) -> Json:
    record = telegram.known_chat(params.values.get(chat))
    message_id = params.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message: Json | None = record["messages"].get(message_id)
    if message is None:
        raise bad_request(missing)
    return message


def caption_given(telegram: Telegram, params: Params) -> Json:
    """The caption of a call, checked, with its entities; {} for none."""
    caption, entities = caption_text(
        params.text("caption"), params.text("parse_mode"), params.json("caption_entities")
    )
    if not caption:
        return {}
    return {"caption": caption} | ({"caption_entities": named(telegram, entities)} if entities else {})


def file_given(telegram: Telegram, params: Params, kind: str) -> str:
    """The file_id of what a call sends: an upload, a known file_id of this kind, or a link."""
    if upload := params.upload(kind):
        if not upload.content:
            raise bad_request("file must be non-empty")
        if kind == "photo" and not upload.content.startswith(_PICTURES):
            raise bad_request("IMAGE_PROCESS_FAILED")
        guess = mimetypes.guess_type(upload.name)[0]
        return telegram.add_file(upload.name or kind, guess or upload.mime, upload.content)
    reference = params.text(kind)
    if not reference:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if reference in telegram.state.files:
        known = telegram.state.files[reference].get("kind", kind)
        if known != kind and "photo" in {known, kind}:
            raise bad_request(f"can't use file of type {known.title()} as {kind.title()}")
        return reference
    if reference.startswith(("http://", "https://")):
        return telegram.add_file(
            reference.rpartition("/")[2] or kind, "application/octet-stream", reference.encode()
        )
    raise bad_request("wrong file identifier/HTTP URL specified")


def named(telegram: Telegram, entities: list[Json]) -> list[Json]:
    """Mentions of a person by identifier hold the whole User, where Telegram knows one; others fall away."""
    named = []
    for entity in entities:
        if entity["type"] != "text_mention":
            named.append(entity)
            continue
        person = telegram.state.persons.get(entity.get("user_id") or entity.get("user", {}).get("id"))
        if person:
            rest = {key: value for key, value in entity.items() if key != "user_id"}
            named.append({**rest, "user": person["user"]})
    return named


METHODS: dict[str, Method] = {
    "sendmessage": send_message,
    **{f"send{kind.replace('_', '')}": send_media(kind) for kind in MEDIA},
    "sendlocation": send_location,
    "sendcontact": send_contact,
    "copymessage": copy_message,
    "forwardmessage": forward_message,
    "editmessagetext": edit_text,
    "editmessagecaption": edit_caption,
    "editmessagereplymarkup": edit_markup,
    "deletemessage": delete_message,
    "sendchataction": chat_action,
}
