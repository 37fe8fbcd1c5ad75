"""The Bot API: a method's name and parameters in, its answer out."""

import re
from typing import Any

from bot.sandbox.api import albums, inline, sending
from bot.sandbox.api.errors import NOT_FOUND, UNAUTHORIZED, ApiError, bad_request
from bot.sandbox.api.params import Params
from bot.sandbox.groups import bot_member, check_access
from bot.sandbox.telegram import QUERY_LIFE, Telegram

Json = dict[str, Any]

LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""Bytes of a file that getFile still gives."""
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


def call(telegram: Telegram, token: str, method: str, params: Params) -> Any:
    """The result of a call, getUpdates excepted (see polling); raises ApiError as Telegram would."""
    if token != telegram.token:
        raise ApiError(*UNAUTHORIZED)
    function = METHODS.get(method.lower())
    if function is None:
        raise ApiError(*NOT_FOUND)
    telegram.calls = [*telegram.calls[-999:], (method, dict(params.values))]
    return function(telegram, params)


# the bot itself


def get_me(telegram: Telegram, _: Params) -> Json:
    """getMe."""
    return {**telegram.bot, "first_name": telegram.state.profile.get("name/") or telegram.bot["first_name"]}


def _profile(field: str, limit: int) -> tuple[sending.Method, sending.Method]:
    def key(params: Params) -> str:
        return f"{field}/{_language(params)}"

    def put(telegram: Telegram, params: Params) -> bool:
        text = params.text(field)
        if len(text) > limit:
            raise bad_request(f"bot {field.replace('_', ' ')} is too long")
        if text:
            telegram.state.profile[key(params)] = text
        else:
            telegram.state.profile.pop(key(params), None)
        telegram.changed({"type": "profile"})
        return True

    def get(telegram: Telegram, params: Params) -> Json:
        profile = telegram.state.profile
        default = telegram.bot["first_name"] if field == "name" else ""
        return {field: profile.get(key(params)) or profile.get(f"{field}/") or default}

    return put, get


def set_commands(telegram: Telegram, params: Params) -> bool:
    """setMyCommands, for one scope and one language."""
    commands = params.json("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: Expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    cleaned = []
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/")
        if not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        cleaned.append({"command": name, "description": command["description"]})
    key = scope_key(telegram, params)
    if cleaned:
        telegram.state.commands[key] = cleaned
    else:
        telegram.state.commands.pop(key, None)
    telegram.changed({"type": "commands"})
    return True


def get_commands(telegram: Telegram, params: Params) -> list[Json]:
    """getMyCommands: exactly this scope and language."""
    return telegram.state.commands.get(scope_key(telegram, params), [])


def delete_commands(telegram: Telegram, params: Params) -> bool:
    """deleteMyCommands."""
    telegram.state.commands.pop(scope_key(telegram, params), None)
    telegram.changed({"type": "commands"})
    return True


def scope_key(telegram: Telegram, params: Params) -> str:
    """Where a command list is kept: "scope[:chat[:user]]/language"."""
    scope = params.json("scope", "BotCommandScope") or {"type": "default"}
    kind = scope.get("type")
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if "chat_id" in _SCOPES[kind]:
        telegram.known_chat(scope.get("chat_id"))
    parts = [kind, *(str(scope.get(name)) for name in _SCOPES[kind])]
    return f"{':'.join(parts)}/{_language(params)}"


def commands_for(telegram: Telegram, person_id: int, chat_id: int | None = None) -> list[Json]:
    """The commands that a person sees in a chat, the private one by default: the first list that there is."""
    language = str(telegram.state.persons[person_id]["user"].get("language_code") or "")
    for scope in _scopes_of(person_id, chat_id or person_id):
        for wanted in (language, ""):
            if commands := telegram.state.commands.get(f"{scope}/{wanted}"):
                return commands
    return []


def _scopes_of(person_id: int, chat_id: int) -> tuple[str, ...]:
    if chat_id == person_id:
        return (f"chat:{chat_id}", "all_private_chats", "default")
    return (f"chat_member:{chat_id}:{person_id}", f"chat:{chat_id}", "all_group_chats", "default")


def set_menu_button(telegram: Telegram, params: Params) -> bool:
    """setChatMenuButton."""
    if "chat_id" in params:
        telegram.known_chat(params.values["chat_id"])
    button = params.json("menu_button", "MenuButton") or {"type": "default"}
    if button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    telegram.state.menu_button[params.text("chat_id")] = button
    return True


def get_menu_button(telegram: Telegram, params: Params) -> Json:
    """getChatMenuButton."""
    buttons = telegram.state.menu_button
    return buttons.get(params.text("chat_id")) or buttons.get("") or {"type": "commands"}


# chats, presses, files


def get_chat(telegram: Telegram, params: Params) -> Json:
    """getChat: a ChatFullInfo with what it must hold."""
    record = telegram.known_chat(params.values.get("chat_id"))
    person = telegram.state.persons.get(record["chat"]["id"])
    if person and not person["started"]:
        raise bad_request("chat not found")
    check_access(telegram, record, writing=False)
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    types = dict.fromkeys(gifts, False)
    return {**record["chat"], "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": types}


def get_member(telegram: Telegram, params: Params) -> Json:
    """getChatMember."""
    record = telegram.known_chat(params.values.get("chat_id"))
    user_id = params.number("user_id")
    check_access(telegram, record, writing=False)
    if user_id == telegram.bot["id"]:
        return bot_member(telegram, record)
    if user_id == record["chat"]["id"] and user_id in telegram.state.persons:
        return {"user": telegram.state.persons[user_id]["user"], "status": "member"}
    member: Json | None = record["members"].get(str(user_id))
    if member is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member


def get_administrators(telegram: Telegram, params: Params) -> list[Json]:
    """getChatAdministrators: of groups only."""
    record = telegram.known_chat(params.values.get("chat_id"))
    if record["chat"]["type"] == "private":
        raise bad_request("there are no administrators in the private chat")
    check_access(telegram, record, writing=False)
    return [
        member for member in record["members"].values() if member["status"] in {"creator", "administrator"}
    ]


def answer_query(telegram: Telegram, params: Params) -> bool:
    """answerCallbackQuery: once, and soon."""
    query = telegram.state.queries.get(params.text("callback_query_id"))
    late = query is not None and telegram.timestamp() - query["at"] > QUERY_LIFE.total_seconds()
    if query is None or late or query["answer"] is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    shown = {"text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}
    query["answer"] = shown
    telegram.changed({"type": "answer", "chat_id": query["from"], **shown})
    return True


def get_file(telegram: Telegram, params: Params) -> Json:
    """getFile."""
    file_id = params.text("file_id")
    record = telegram.state.files.get(file_id)
    if record is None:
        raise bad_request("invalid file_id" if file_id else "file_id not specified")
    if record["size"] > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    unique = f"u{file_id.rpartition('-')[2]}"
    return {
        "file_id": file_id,
        "file_unique_id": unique,
        "file_size": record["size"],
        "file_path": record["path"],
    }


# webhook


def set_webhook(telegram: Telegram, params: Params) -> bool:
    """setWebhook: refused, unless the Telegram was made with accept_webhook."""
    url = params.text("url")
    if not url:
        return delete_webhook(telegram, params)
    if not telegram.accept_webhook:
        raise bad_request("bad webhook: the sandbox gives updates through getUpdates only")
    if not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    names = ("max_connections", "ip_address", "secret_token")
    telegram.state.webhook = {"url": url} | {name: params.values[name] for name in names if name in params}
    set_allowed(telegram, params)
    _drop(telegram, params)
    return True


def delete_webhook(telegram: Telegram, params: Params) -> bool:
    """deleteWebhook."""
    telegram.state.webhook = {}
    _drop(telegram, params)
    return True


def webhook_info(telegram: Telegram, _: Params) -> Json:
    """getWebhookInfo."""
    webhook = telegram.state.webhook
    info: Json = {
        "url": webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(telegram.state.updates),
    }
    if telegram.state.allowed_updates:
        info["allowed_updates"] = telegram.state.allowed_updates
    return info


def set_allowed(telegram: Telegram, params: Params) -> None:
    """Remember which kinds of update the bot wants; a call that does not say leaves it as it is."""
    allowed = params.json("allowed_updates")
    if isinstance(allowed, list):
        telegram.state.allowed_updates = [str(kind) for kind in allowed]


def _drop(telegram: Telegram, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        telegram.take_updates()


def _done(_: Telegram, __: Params) -> bool:
    return True


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


METHODS: dict[str, sending.Method] = {
    **sending.METHODS,
    **albums.METHODS,
    **inline.METHODS,
    "getme": get_me,
    "logout": _done,
    "close": _done,
    "setmycommands": set_commands,
    "getmycommands": get_commands,
    "deletemycommands": delete_commands,
    "setchatmenubutton": set_menu_button,
    "getchatmenubutton": get_menu_button,
    "getchat": get_chat,
    "getchatmember": get_member,
    "getchatadministrators": get_administrators,
    "answercallbackquery": answer_query,
    "getfile": get_file,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": webhook_info,
}
for _name, _field, _limit in (
    ("name", "name", 64),
    ("description", "description", 512),
    ("shortdescription", "short_description", 120),
):
    METHODS[f"setmy{_name}"], METHODS[f"getmy{_name}"] = _profile(_field, _limit)
