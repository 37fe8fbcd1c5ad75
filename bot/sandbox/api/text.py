"""What Telegram makes of a text before it stores it: parsed, cleaned, trimmed, with its entities."""

from bot.sandbox.api import tdlib
from bot.sandbox.api.errors import bad_request
from bot.sandbox.api.tdlib import Entity, units

_EMPTY = frozenset(
    chr(code)
    for code in (
        *(0x20, 0x0A, 0xA0, 0xAD, 0x1680, 0x180E, 0x2800, 0x3000, 0xFEFF, 0xFFFC),
        *range(0x2000, 0x2010),
        *range(0x2028, 0x2030),
        *range(0x205F, 0x2065),
    )
)
_DROPPED = frozenset("\r\u0333\u033f\u030a" + "".join(chr(code) for code in range(0x2028, 0x202F)))
_KEEPS_SPACES = frozenset({"pre", "code", "text_link", "text_mention", "custom_emoji"})
_CONTINUOUS = _KEEPS_SPACES | {"url", "mention", "hashtag", "cashtag", "bot_command", "email", "phone_number"}


def is_empty(text: str) -> bool:
    """Nothing to see: only white space and zero-width characters."""
    return all(character in _EMPTY for character in text)


def formatted(text: str, parse_mode: str = "", given: list[Entity] | None = None) -> tuple[str, list[Entity]]:
    """The text and entities that a message will hold; raises ApiError with Telegram's own words."""
    try:
        match parse_mode.lower():
            case "":
                plain, entities = text, [dict(entity) for entity in given or []]
            case "html":
                plain, entities = tdlib.parse_html(text)
            case "markdownv2":
                plain, entities = tdlib.parse_markdown(text)
            case "markdown":
                plain, entities = tdlib.parse_markdown(text, version=1)
            case _:
                raise bad_request("unsupported parse_mode")
        plain, entities = tidy(plain, entities)
        found = tdlib.find_entities(plain)
    except tdlib.ParseError as error:
        raise bad_request(str(error)) from None
    taken = [entity for entity in entities if entity["type"] in _CONTINUOUS]
    entities += [entity for entity in found if not any(_meet(entity, other) for other in taken)]
    return plain, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def tidy(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Clean and trim as TDLib does, and move the entities along."""
    kept: list[str] = []  # one item per UTF-16 unit; the second half of a pair is ""
    moved = [0]  # old UTF-16 offset -> new one
    for character in text:
        wide = character > "\uffff"
        if character not in _DROPPED:
            kept.append(" " if character < " " and character != "\n" else character)
            kept.extend([""] * wide)
        moved.extend([len(kept)] * (1 + wide))

    end = len(kept)
    while end and kept[end - 1] in {" ", "\n"}:
        end -= 1
    spans = []
    for entity in entities:
        start = moved[min(max(entity["offset"], 0), len(moved) - 1)]
        stop = min(moved[min(entity["offset"] + entity["length"], len(moved) - 1)], end)
        while start < stop and entity["type"] not in _KEEPS_SPACES and kept[start] in {" ", "\n"}:
            start += 1
        if start < stop:
            spans.append((entity, start, stop))

    begin = 0
    first = min((start for _, start, _ in spans), default=end)
    while begin < min(first, end) and kept[begin] in {" ", "\n"}:
        begin += 1
    return "".join(kept[begin:end]), [
        {**entity, "offset": start - begin, "length": stop - start} for entity, start, stop in spans
    ]


def message_text(
    text: str, parse_mode: str = "", given: list[Entity] | None = None
) -> tuple[str, list[Entity]]:
    """The text of a message: never empty, at most 4,096 UTF-16 units after parsing."""
    if not text:
        raise bad_request("message text is empty")
    plain, entities = formatted(text, parse_mode, given)
    if is_empty(plain):
        raise bad_request("text must be non-empty")
    if units(plain) > 4096:
        raise bad_request("message is too long")
    return plain, entities


def caption_text(
    text: str, parse_mode: str = "", given: list[Entity] | None = None
) -> tuple[str, list[Entity]]:
    """A caption: may be empty, at most 1,024 UTF-16 units after parsing."""
    plain, entities = formatted(text, parse_mode, given)
    if units(plain) > 1024:
        raise bad_request("message caption is too long")
    return ("", []) if is_empty(plain) else (plain, entities)


def _meet(one: Entity, other: Entity) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )
