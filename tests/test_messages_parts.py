"""Long texts become several messages, and nothing but white space is lost between them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from bot.core.councils import provinces
from bot.core.events.event import LARGEST_CAPACITY, Details, EventKind
from bot.core.people import LANGUAGES, Language
from bot.sandbox.api.tdlib import parse_html, units
from bot.sandbox.api.text import message_text
from handlers.events.wording import announcement
from messages.catalogue import read_catalogue
from messages.parts import LIMIT, length, parts

CATALOGUE = read_catalogue()
TOKEN = re.compile(r"&[#\w]+;|<[^>]*>")
# What people write: words, Khmer without spaces, emoji, signs that are escaped, paragraphs.
written = st.text(st.sampled_from("ab ក្រុ់ៗ🙂&<>\"'\n\n \t\u200b\u00a0;#1"), max_size=400)


def solid(text: str) -> str:
    """The text without white space."""
    return re.sub(r"\s+", "", text)


def test_length() -> None:
    """A text is as long as Telegram says: an emoji counts two."""
    for text in ("", "abc", "ក្រុម", "🙂", "👩‍🌾", "a\n"):
        assert length(text) == units(text)


@pytest.mark.parametrize(
    "text", ["x", "<b>ក</b>", "ក" * LIMIT, "🙂" * (LIMIT // 2)], ids=["x", "tag", "km", "emoji"]
)
def test_short_text(text: str) -> None:
    """A text that fits is one message, as it is."""
    assert parts(text) == [text]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_empty_text(text: str) -> None:
    """Nothing is still one piece, so that there is always a last one."""
    assert parts(text) == [""]


def test_one_too_long() -> None:
    """One character more than fits makes a second message."""
    assert [len(piece) for piece in parts("ក" * (LIMIT + 1))] == [LIMIT, 1]
    assert [units(piece) for piece in parts("🙂" * (LIMIT // 2 + 1))] == [LIMIT, 2]


def test_cut_at_paragraphs() -> None:
    """A text is cut between paragraphs where that is possible, and as few times as possible."""
    paragraphs = [letter * 1500 for letter in "abcde"]
    assert parts("\n\n".join(paragraphs)) == [
        "\n\n".join(paragraphs[:2]),
        "\n\n".join(paragraphs[2:4]),
        paragraphs[4],
    ]


def test_a_paragraph_is_not_cut_for_the_rest() -> None:
    """A paragraph that fits into a message of its own is never cut."""
    assert parts("a" * 3000 + "\n\n" + "b b\n" * 900) == ["a" * 3000, ("b b\n" * 900).strip()]


def test_cut_at_lines() -> None:
    """A paragraph that is too long is cut between lines."""
    lines = [letter * 1500 for letter in "abc"]
    assert parts("\n".join(lines)) == ["\n".join(lines[:2]), lines[2]]


def test_cut_at_words() -> None:
    """A line that is too long is cut between words."""
    text = "ពាក្យ " * 2000
    pieces = parts(text)
    assert all(set(piece.split()) == {"ពាក្យ"} for piece in pieces)
    assert sum(len(piece.split()) for piece in pieces) == 2000


def test_escapes_are_whole() -> None:
    """An escape is never cut in two."""
    for text in ("&" * 5000, "<" * 5000, "'" * 5000, "a&" * 3000):
        for piece in parts(escape(text)):
            plain, _ = parse_html(piece)
            assert set(plain) <= set(text)


@pytest.mark.parametrize("tag", ["b", "i"])
def test_tags_are_whole(tag: str) -> None:
    """Tags that open and close in one paragraph stay so, and every piece is one that Telegram takes."""
    paragraph = f"<{tag}>" + "ចំណង&amp;ជើង " * 40 + f"</{tag}>\nអត្ថបទ"
    pieces = parts("\n\n".join([paragraph] * 30))
    assert len(pieces) > 1
    for piece in pieces:
        assert piece.count(f"<{tag}>") == piece.count(f"</{tag}>")
        parse_html(piece)


def test_tags_in_a_long_line() -> None:
    """A line that must be cut is never cut inside a tag, however long its words are."""
    for text in ("ក" * (LIMIT - 1) + "<b>ក</b>", "ក" * (LIMIT - 4) + "<b>ក</b>", "<i>" + "ក" * 5000 + "</i>"):
        for piece in parts(text):
            assert "<" not in TOKEN.sub("", piece)
            assert ">" not in TOKEN.sub("", piece)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(written, st.integers(12, 60))
def test_any_text(text: str, limit: int) -> None:
    """Whatever is written, every piece fits and is taken by Telegram, and together they say all of it."""
    html = str(escape(text))
    pieces = parts(html, limit)
    assert solid("".join(pieces)) == solid(html)
    for piece in pieces:
        assert units(piece) <= limit
        assert piece.strip() or pieces == [""]
        plain, entities = parse_html(piece)
        assert not entities
        assert solid(plain) in solid(text)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(2, 40))
def test_any_plain_text(text: str, limit: int) -> None:
    """Whatever characters there are, pieces keep to the limit and letters of two units stay whole."""
    plain = text.replace("&", "").replace("<", "")
    pieces = parts(plain, limit)
    assert solid("".join(pieces)) == solid(plain)
    assert all(units(piece) <= limit for piece in pieces)
    for piece in pieces:
        piece.encode("utf-16-le")


# The longest that the forms allow, all of it signs that are escaped.
LONGEST = {
    "title": "&" * 200,
    "place": "<" * 300,
    "when": "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ ម៉ោង ៨:៣០ ព្រឹក",
    "organisation": "&" * 150,
    "contact": "<" * 100,
    "telephone": "+855 12 345 678",
    "why": "&" * 1000,
    "reason": "'" * 500,
    "question": "'" * 500,
    "other_name": "&" * 150,
    "kind": "អង្គការក្រៅរដ្ឋាភិបាលអន្តរជាតិ",
    "provinces": ", ".join(province.km for province in provinces()),
    "sectors": " · ".join(["បរិស្ថាន និងធនធានធម្មជាតិ"] * 10),
    "position": "<" * 100,
    "email": "a" * 254,
    "website": "&" * 200,
    "heard": "&" * 300,
    "document": "៣",
    "public": "មានតែអ្នកសម្របសម្រួល",
    "shared_on": "ថ្ងៃសុក្រ",
    "sent_on": "ថ្ងៃសុក្រ",
}
BODIES = {
    "one word": "&" * 3000,
    "words": "<& " * 1000,
    "lines": "<&\n" * 1000,
    "paragraphs": "&&&\n\n" * 600,
    "emoji": "🙂" * 1500,
}
SENTENCES = [
    "lesson.whole",
    "event.item",
    "request.application",
    "request.decline_sure",
    "request.ask_sure",
    "request.approve_sure_reason",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("key", SENTENCES)
def test_longest_values(key: str, body: str, language: Language) -> None:
    """The longest that the forms allow, all of it escaped signs, still makes messages that Telegram takes."""
    values = {**LONGEST, "body": body, "why": body[:1000]}
    html = CATALOGUE.text(language, key, **values)
    for piece in parts(html):
        plain, _ = message_text(piece, "HTML")
        assert units(plain) <= LIMIT


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_longest_lesson_is_one_message(body: str, language: Language) -> None:
    """A broadcast is sent as one message, and the longest lesson that the form allows fits into one."""
    plain, _ = message_text(CATALOGUE.text(language, "lesson.broadcast", **{**LONGEST, "body": body}), "HTML")
    assert units(plain) <= LIMIT


@pytest.mark.parametrize("language", LANGUAGES)
def test_longest_announcement_is_one_message(language: Language) -> None:
    """So does the longest announcement, its date known to Telegram as one."""
    zone = ZoneInfo("Asia/Phnom_Penh")
    start = datetime(2027, 1, 15, 8, 30, tzinfo=zone)
    details = Details(
        EventKind.LOCAL_FORUM,
        "<" * 200,
        start,
        "&" * 300,
        ends_at=start + timedelta(days=2),
        description="<&>" * 500,
        languages=LANGUAGES,
        host="<" * 150,
        capacity=LARGEST_CAPACITY,
        closes_at=start,
        contact="&" * 200,
    )
    plain, entities = message_text(announcement(CATALOGUE, language, details, zone), "HTML")
    assert units(plain) <= LIMIT
    assert [one["unix_time"] for one in entities if one["type"] == "date_time"] == [start.timestamp()]


def test_many_events() -> None:
    """A list longer than a message is cut between its items, never within one."""
    items = [CATALOGUE.text("km", "event.item", **LONGEST) for _ in range(10)]
    pieces = parts(Markup("\n\n").join(items))
    assert len(pieces) > 1
    assert "\n\n".join(pieces) == "\n\n".join(items)
