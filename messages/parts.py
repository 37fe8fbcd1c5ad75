"""Telegram takes 4,096 characters a message: longer texts become several, cut where a reader would."""

import re
from collections.abc import Iterator
from typing import Final

LIMIT: Final = 4096


def length(text: str) -> int:
    """The length as Telegram counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(html: str, limit: int = LIMIT) -> list[str]:
    """The text in pieces of at most `limit` UTF-16 units, cut at paragraph ends, else lines, else words.

    Tags must open and close within one paragraph. Tags and escapes are counted too, so a piece is never
    longer for Telegram than it is here.
    """
    pieces: list[str] = []
    current = ""
    for piece in _pieces(html, limit):
        if length(current + piece) > limit and current.strip():
            pieces.append(current.strip())
            current = ""
        current += piece
    return [*pieces, current.strip()] if current.strip() or not pieces else pieces


def shortened(html: str, limit: int) -> str:
    """The beginning of the text and an ellipsis, or all of it where it fits; what was open is closed."""
    first, *more = parts(html, limit)
    return f"{first} …{_closing(first)}" if more else first


def _closing(html: str) -> str:
    """The tags that close what is open at the end."""
    opened: list[str] = []
    for slash, tag in re.findall(r"<(/?)([\w-]+)[^<>]*>", html):
        if slash:
            opened.pop()
        else:
            opened.append(tag)
    return "".join(f"</{tag}>" for tag in reversed(opened))


def _pieces(html: str, limit: int) -> Iterator[str]:
    """Paragraphs with what parts them; those too long as lines, then words, then letters."""
    for paragraph in re.findall(r".+?(?:\n\s*\n|$)", html, flags=re.DOTALL):
        if length(paragraph) <= limit:
            yield paragraph
            continue
        for line in paragraph.splitlines(keepends=True):
            if length(line) <= limit:
                yield line
            else:
                yield from _letters(line, limit)


def _letters(line: str, limit: int) -> Iterator[str]:
    """Words, and single letters, tags or escapes of a word that alone is too long."""
    for word in re.findall(r"(?:<[^<>]*>|\S)*\s*", line):
        if length(word) <= limit:
            yield word
        else:
            yield from re.findall(r"<[^<>]*>|&[#\w]+;|.", word, flags=re.DOTALL)
