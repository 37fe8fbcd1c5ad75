"""Reply markup, checked as Telegram checks it."""

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.api.errors import bad_request

Json = dict[str, Any]

MAX_BUTTONS = 100
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def checked(markup: Any) -> Json | None:
    """A valid reply markup, None when there is none; raises ApiError."""
    if markup in (None, "", {}):
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = [
            [_inline_button(button) for button in row]
            for row in _rows(markup["inline_keyboard"], "inline_keyboard")
        ]
        rows = [row for row in rows if row]
        if sum(map(len, rows)) > MAX_BUTTONS:
            raise bad_request("reply markup is too long")
        return {"inline_keyboard": rows} if rows else None
    if "keyboard" in markup:
        buttons = [[_reply_button(button) for button in row] for row in _rows(markup["keyboard"], "keyboard")]
        if sum(map(len, buttons)) > 3 * MAX_BUTTONS:
            raise bad_request("reply markup is too long")
        return {**markup, "keyboard": [row for row in buttons if row]}
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return dict(markup)
    return None


def is_inline(markup: Json | None) -> bool:
    """Buttons under the message, and not over the input."""
    return bool(markup and "inline_keyboard" in markup)


def check_outside_private(markup: Json | None) -> None:
    """Refuse the buttons that work in private chats only."""
    for row in (markup or {}).get("keyboard", []):
        for button in row:
            if button.get("request_contact"):
                raise bad_request("phone number can be requested in private chats only")
            if button.get("request_location"):
                raise bad_request("location can be requested in private chats only")
    for row in (markup or {}).get("inline_keyboard", []):
        if any("web_app" in button for button in row):
            raise bad_request("BUTTON_TYPE_INVALID")


def _rows(value: Any, field: str) -> list[list[Any]]:
    if not isinstance(value, list):
        raise bad_request(f'field "{field}" of the {_what(field)} must be of type Array')
    if not all(isinstance(row, list) for row in value):
        raise bad_request(f'can\'t parse {_what(field)}: Field "{field}" must be an Array of Arrays')
    return value


def _what(field: str) -> str:
    return "InlineKeyboardMarkup" if field == "inline_keyboard" else "ReplyKeyboardMarkup"


def _inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: Expected an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    action = next((name for name in _ACTIONS if name in button), None)
    if action is None:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if action == "callback_data" and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url":
        _check_url(str(button["url"]))
    if action == "copy_text" and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return dict(button)


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg":
        return
    if parts.scheme not in {"http", "https"}:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if "." not in parts.netloc or " " in url:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _reply_button(button: Any) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("keyboard button text must be non-empty")
    return dict(button)
