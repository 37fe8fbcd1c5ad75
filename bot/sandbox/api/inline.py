"""Inline mode: the bot's answers to what persons write after its name, in any chat."""

import re
from typing import Any

from bot.sandbox.api import keyboards, sending
from bot.sandbox.api.errors import bad_request
from bot.sandbox.api.params import Params
from bot.sandbox.api.text import message_text
from bot.sandbox.people import INLINE_QUERY_LIFE
from bot.sandbox.telegram import Telegram

Json = dict[str, Any]

MAX_RESULTS = 50
LONGEST_CACHE = 24 * 60 * 60
_UNREADABLE = "can't parse InlineQueryResult"


def answer_inline_query(telegram: Telegram, params: Params) -> bool:
    """answerInlineQuery: once, and soon."""
    button = _button(params.json("button", "InlineQueryResultsButton"))
    results = params.json("results", "inline query results")
    if not isinstance(results, list):
        raise bad_request("expected an Array of inline query results")
    if len(results) > MAX_RESULTS:
        raise bad_request("too many inline query results specified")
    contents = [_content(telegram, result) for result in results]
    query = telegram.state.inline_queries.get(params.text("inline_query_id"))
    if query is None or query["answer"] is not None or _is_late(telegram, query):
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    identifiers = _identifiers(results)
    if len(params.text("next_offset").encode()) > 64:
        raise bad_request("NEXT_OFFSET_INVALID")
    query["answer"] = {
        "results": results,
        "contents": dict(zip(identifiers, contents, strict=True)),
        "button": button,
        "cache_time": min(max(params.number("cache_time", 300), 0), LONGEST_CACHE),
        "is_personal": params.flag("is_personal"),
        "next_offset": params.text("next_offset"),
    }
    shown = {"query": query["query"], "results": results, "button": button}
    telegram.changed({"type": "inline", "chat_id": query["from"], **shown})
    return True


def _is_late(telegram: Telegram, query: Json) -> bool:
    return telegram.timestamp() - int(query["at"]) > INLINE_QUERY_LIFE.total_seconds()


def _identifiers(results: list[Json]) -> list[str]:
    identifiers = [str(result.get("id", "")) for result in results]
    if not all(identifiers):
        raise bad_request("RESULT_ID_EMPTY")
    if any(len(identifier.encode()) > 64 for identifier in identifiers):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(identifiers)) < len(identifiers):
        raise bad_request("RESULT_ID_DUPLICATE")
    return identifiers


def _content(telegram: Telegram, result: Any) -> Json:
    """What the message will hold when a person chooses this result."""
    if not isinstance(result, dict):
        raise bad_request(f"{_UNREADABLE}: Expected an Object")
    if result.get("type") != "article":
        raise bad_request(f"{_UNREADABLE}: the sandbox knows articles only")
    given = result.get("input_message_content")
    if not isinstance(given, dict) or "message_text" not in given:
        raise bad_request(f"{_UNREADABLE}: the sandbox knows articles with a message_text only")
    if not result.get("title"):
        raise bad_request("ARTICLE_TITLE_EMPTY")
    text, entities = message_text(given["message_text"], given.get("parse_mode") or "", given.get("entities"))
    content: Json = {"text": text}
    if entities:
        content["entities"] = sending.named(telegram, entities)
    if options := given.get("link_preview_options"):
        content["link_preview_options"] = options
    if markup := keyboards.checked(result.get("reply_markup")):
        if not keyboards.is_inline(markup):
            raise bad_request("inline keyboard expected")
        content["reply_markup"] = markup
    return content


def _button(button: Any) -> Json | None:
    """The button over the results: it opens the private chat, or a web app."""
    if not button:
        return None
    if not isinstance(button, dict) or not button.get("text"):
        raise bad_request("can't parse InlineQueryResultsButton: Can't find field \"text\"")
    if "web_app" in button:
        if not str(button["web_app"].get("url", "")).startswith("https://"):
            raise bad_request("BUTTON_URL_INVALID")
        return dict(button)
    parameter = str(button.get("start_parameter", ""))
    if not parameter:
        raise bad_request("can't use empty start_parameter")
    if len(parameter) > 64:
        raise bad_request("too long start_parameter specified")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", parameter):
        raise bad_request("unallowed characters in start_parameter are used")
    return dict(button)


METHODS: dict[str, sending.Method] = {"answerinlinequery": answer_inline_query}
