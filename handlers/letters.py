"""How a parcel reads: the text of a broadcast, or a digest of several, and the buttons under it."""

from typing import Final

from markupsafe import Markup
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from bot.core.broadcasts import Broadcast, Parcel, Subject
from bot.core.people import Language
from bot.telegram_sender import Letter
from handlers.keyboards import Row, button, column, keyboard
from messages.catalogue import Catalogue
from messages.dates import digits
from messages.parts import parts

IN_DIGEST: Final = 380
"""How much of a broadcast a digest shows, in UTF-16 units, tags included; the rest is a press away."""


class Composer:
    """Words parcels. `bot` tells its own name, once it said hello to Telegram."""

    def __init__(self, catalogue: Catalogue, bot: Bot) -> None:
        self._catalogue = catalogue
        self._bot = bot

    def compose(self, parcel: Parcel) -> Letter:
        """One broadcast as it is, several shortened under a heading; with the buttons for such a chat."""
        told = [delivery.broadcast for delivery in parcel.deliveries]
        if len(told) == 1:
            return Letter(told[0].texts[parcel.language], self.buttons(parcel, told[0]))
        number = digits(parcel.language, len(told))
        heading = self._text(parcel.language, "digest.heading", count=len(told), number=number)
        items = [_shortened(broadcast.texts[parcel.language]) for broadcast in told]
        rows = column(self._open(parcel, one, one.title) for one in told if one.subject is Subject.LESSON)
        return Letter(Markup("\n\n").join([heading, *items]), keyboard(*rows, *self._footer(parcel)))

    def buttons(self, parcel: Parcel, broadcast: Broadcast) -> InlineKeyboardMarkup | None:
        """What can be done with a broadcast where it arrived; nothing under what is meant for one person."""
        if broadcast.category is None:
            return None
        rows: list[Row] = []
        if broadcast.subject is Subject.LESSON:
            read = button(self._text(parcel.language, "letter.read"), "read", broadcast.subject_id)
            rows = [[read], [self._open(parcel, broadcast, self._text(parcel.language, "letter.open"))]]
        return keyboard(*rows, *self._footer(parcel))

    def _footer(self, parcel: Parcel) -> list[Row]:
        settings = self._text(parcel.language, "letter.settings")
        if _is_group(parcel):
            return [[InlineKeyboardButton(settings, url=self._link(f"group{parcel.chat_id}"))]]
        stop = self._text(parcel.language, "letter.stop")
        return [[button(settings, "go", "settings"), button(stop, "stop")]]

    def _open(self, parcel: Parcel, broadcast: Broadcast, label: str) -> InlineKeyboardButton:
        if _is_group(parcel):
            return InlineKeyboardButton(label, url=self._link(f"lesson-{broadcast.subject_id}"))
        return button(label, "lesson", broadcast.subject_id)

    def _link(self, payload: str) -> str:
        return create_deep_linked_url(self._bot.username, payload)

    def _text(self, language: Language, key: str, **values: object) -> Markup:
        return self._catalogue.text(language, key, **values)


def _is_group(parcel: Parcel) -> bool:
    return parcel.chat_id < 0


def _shortened(html: str) -> Markup:
    first, *more = parts(html, IN_DIGEST)
    return Markup(first + " …" if more else first)
