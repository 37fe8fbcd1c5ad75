"""Where the links lead in what a coordinator is about to send, so that it is known before it is sent."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup
from telegram import Message
from telegram.constants import MessageEntityType

from bot.context import Context
from bot.core.links import Link, link_to

_KINDS: Final[list[str | None]] = [MessageEntityType.URL, MessageEntityType.TEXT_LINK]
MOST: Final = 20
"""So many are told; a text has seldom more than one."""


def addresses_in(messages: Iterable[Message]) -> list[str]:
    """What Telegram made links of in messages, each once."""
    found = []
    for message in messages:
        entities = message.parse_entities(_KINDS) | message.parse_caption_entities(_KINDS)
        found += [entity.url or part for entity, part in entities.items()]
    return list(dict.fromkeys(found))


def links_in(context: Context, messages: Iterable[Message]) -> list[Markup]:
    """A paragraph with a line for each link in messages that were shown; none where there are none."""
    links = [link for address in addresses_in(messages) if (link := link_to(address))]
    lines = [_line(context, link) for link in dict.fromkeys(links)][:MOST]
    return [Markup("\n").join([context.text("links.heading"), *lines])] if lines else []


async def say_links(context: Context, messages: Iterable[Message]) -> None:
    """Say where the links lead in a message of its own."""
    for paragraph in links_in(context, messages):
        await context.send(context.person.id, paragraph)


def _line(context: Context, link: Link) -> Markup:
    rest = link.host.removesuffix(link.owner)
    host = Markup("{}<b>{}</b>").format(rest, link.owner)
    line = Markup("• {}").format(host)
    if link.looks_alike:
        line += Markup(" – ") + context.text("links.looks_alike", name=link.ascii_host)
    if link.disguised:
        line += Markup(" – ") + context.text("links.disguised")
    return line
