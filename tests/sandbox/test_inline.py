"""Inline mode: words after the bot's name, its answer, and what a person sends of it."""

from typing import Any

import pytest
from telegram import (
    Bot,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)

from bot.sandbox.api import methods
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.params import Params
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from tests.sandbox.conftest import Clock, EchoBot

Json = dict[str, Any]
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def call(telegram: Telegram, method: str, **values: Any) -> Any:
    return methods.call(telegram, telegram.token, method, Params(values))


def article(identifier: str = "1", text: str = "<b>ចម្លើយ</b>", **more: Any) -> Json:
    content = {"message_text": text, "parse_mode": "HTML"}
    return {
        "type": "article",
        "id": identifier,
        "title": "ចំណងជើង",
        "input_message_content": content,
        **more,
    }


def answer(telegram: Telegram, query: Json, *results: Json, **more: Any) -> Any:
    return call(telegram, "answerInlineQuery", inline_query_id=query["id"], results=[*results], **more)


def test_query(telegram: Telegram, citizen: Person) -> None:
    """Words after the bot's name reach the bot, with the kind of chat that they are written in."""
    group = telegram.group("ក្រុម", [citizen])
    citizen.inline("ច្បាប់")
    citizen.inline("", chat_id=group.id)
    private, other = telegram.take_updates()
    update = Update.de_json(private, Bot(telegram.token))
    assert update.inline_query and update.inline_query.query == "ច្បាប់"
    assert private["inline_query"]["from"]["id"] == 1001
    assert [item["inline_query"]["chat_type"] for item in (private, other)] == ["sender", "supergroup"]
    assert telegram.bot["supports_inline_queries"]


async def test_real_answer(telegram: Telegram, citizen: Person, echo: EchoBot) -> None:
    """What python-telegram-bot answers is what the person is offered, and can send."""
    query = citizen.inline("ច្បាប់")
    assert citizen.inline_results == []
    result = InlineQueryResultArticle(
        "law", "ច្បាប់", InputTextMessageContent("<b>ច្បាប់</b>", parse_mode="HTML"), description="ឆ្នាំ២០០១"
    )
    button = InlineQueryResultsButton("បើកបូត", start_parameter="from-inline")
    await echo.bot.answer_inline_query(query["id"], [result], cache_time=5, is_personal=True, button=button)
    (offered,) = citizen.inline_results
    assert (offered["id"], offered["title"], offered["description"]) == ("law", "ច្បាប់", "ឆ្នាំ២០០១")
    assert citizen.inline_answer["button"] == {"text": "បើកបូត", "start_parameter": "from-inline"}
    assert (citizen.inline_answer["cache_time"], citizen.inline_answer["is_personal"]) == (5, True)
    message = citizen.choose_inline("law")
    assert message["text"] == "ច្បាប់" and message["entities"][0]["type"] == "bold"
    with pytest.raises(LookupError, match="no inline result"):
        citizen.choose_inline("none")


def test_chosen(telegram: Telegram, citizen: Person) -> None:
    """A chosen result is the person's own message via the bot, and the bot gets it, in a group too."""
    group = telegram.group("ក្រុម", [citizen])
    answer(telegram, citizen.inline("x"), article())
    telegram.take_updates()
    sent = [citizen.choose_inline("1"), citizen.choose_inline("1", group.id)]
    assert [update["message"] for update in telegram.take_updates()] == sent
    assert [message["chat"]["id"] for message in sent] == [1001, group.id]
    assert all(message["via_bot"] == telegram.bot_user for message in sent)
    assert all(message["from"]["id"] == 1001 for message in sent)
    assert citizen.received == group.received == []


def test_buttons_of_chosen(telegram: Telegram, citizen: Person) -> None:
    """A press under a chosen result names it by inline_message_id, and so can the bot edit it."""
    markup = {"inline_keyboard": [[{"text": "បន្ត", "callback_data": "more"}]]}
    answer(telegram, citizen.inline("x"), article(reply_markup=markup))
    message = citizen.choose_inline("1")
    query = citizen.press("បន្ត", message["message_id"])
    assert "message" not in query
    changed = {"inline_message_id": query["inline_message_id"], "text": "ទៀត"}
    assert call(telegram, "editMessageText", **changed) is True
    assert citizen.message(message["message_id"])["text"] == "ទៀត"
    for wrong in ("nonsense", "inline1001_1", "inline5_1"):
        with pytest.raises(ApiError, match="MESSAGE_ID_INVALID"):
            call(telegram, "editMessageText", **{**changed, "inline_message_id": wrong})


def test_answered_once_and_soon(telegram: Telegram, citizen: Person, clock: Clock) -> None:
    """A query is answered once, and within ten seconds."""
    first, late = citizen.inline("a"), citizen.inline("b")
    clock.forward(seconds=10)
    answer(telegram, first)
    clock.forward(seconds=1)
    for query in (first, late, {"id": "none"}):
        with pytest.raises(ApiError, match=TOO_OLD):
            answer(telegram, query)


def test_newest_answer(telegram: Telegram, citizen: Person, clock: Clock) -> None:
    """The answer to the latest words counts, in whatever order answers come; what is old is forgotten."""
    first, second = citizen.inline("a"), citizen.inline("ab")
    other = telegram.person("អង្គការ", 1003)
    answer(telegram, other.inline("x"), article("theirs"))
    answer(telegram, second, article("new"))
    answer(telegram, first, article("old"))
    assert [result["id"] for result in citizen.inline_results] == ["new"]
    clock.forward(minutes=1)
    citizen.inline("abc")
    assert citizen.inline_results == []
    assert len(telegram.state.inline_queries) == 2


REFUSED: list[tuple[Json, str]] = [
    ({"results": "{"}, "can't parse inline query results JSON object"),
    ({"results": "1"}, "expected an Array of inline query results"),
    ({"results": [article(str(n)) for n in range(51)]}, "too many inline query results specified"),
    ({"results": [article("a"), article("a")]}, "RESULT_ID_DUPLICATE"),
    ({"results": [article("")]}, "RESULT_ID_EMPTY"),
    ({"results": [article("ក" * 22)]}, "RESULT_ID_INVALID"),
    ({"results": [article(title="")]}, "ARTICLE_TITLE_EMPTY"),
    ({"results": [article(input_message_content=None)]}, "can't parse InlineQueryResult"),
    ({"results": [{"type": "photo", "id": "1"}]}, "can't parse InlineQueryResult"),
    ({"results": ["x"]}, "can't parse InlineQueryResult: Expected an Object"),
    ({"results": [article(text="<b>x")]}, "can't parse entities: Can't find end tag"),
    ({"results": [article(text="x" * 4097)]}, "message is too long"),
    (
        {"results": [article(reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": ""}]]})]},
        "BUTTON_DATA_INVALID",
    ),
    ({"results": [article(reply_markup={"keyboard": [["x"]]})]}, "inline keyboard expected"),
    ({"next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
    ({"button": {"start_parameter": "x"}}, "can't parse InlineQueryResultsButton"),
    ({"button": {"text": "x", "start_parameter": ""}}, "can't use empty start_parameter"),
    ({"button": {"text": "x", "start_parameter": "x" * 65}}, "too long start_parameter specified"),
    ({"button": {"text": "x", "start_parameter": "ក"}}, "unallowed characters in start_parameter are used"),
    ({"button": {"text": "x", "web_app": {"url": "http://a.b"}}}, "BUTTON_URL_INVALID"),
]


@pytest.mark.parametrize(("values", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_refused(telegram: Telegram, citizen: Person, values: Json, words: str) -> None:
    """What the real Telegram refuses is refused, in its own words, and the query may still be answered."""
    query = citizen.inline("x")
    with pytest.raises(ApiError) as refusal:
        call(telegram, "answerInlineQuery", **{"inline_query_id": query["id"], "results": [], **values})
    assert refusal.value.description.startswith(f"Bad Request: {words}")
    assert answer(telegram, query, *(article(str(number)) for number in range(50)), next_offset="x" * 64)
    assert len(citizen.inline_results) == 50
