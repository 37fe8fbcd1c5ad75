"""How a parcel reads: the text of a broadcast, or a digest of several, and the buttons under it."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup
from telegram import Bot, InlineKeyboardButton
from telegram.helpers import create_deep_linked_url

from bot.core.broadcasts import Parcel, Subject
from bot.core.people import Language
from bot.core.subscribers import Category
from bot.telegram_sender import Letter
from handlers.keyboards import Row, button, keyboard
from messages.catalogue import Catalogue
from messages.dates import digits
from messages.parts import shortened

TRIAL: Final = 0
"""The number in the buttons of a message that a coordinator sends to themselves first: it leads nowhere."""
_TO_LOOK: Final = (("event.more", "e"), ("event.calendar", "e-file"))
# What stands under a broadcast about an event or a plan, in rows: the key of a button, what it does, and with
# what beside the number of that.
_DEEDS: Final[Mapping[Subject, tuple[tuple[tuple[str, ...], ...], ...]]] = {
    Subject.EVENT: ((("seat.button.come", "e-come"), ("seat.button.cannot", "e-cannot")), _TO_LOOK),
    Subject.CHANGE: (_TO_LOOK,),
    Subject.REMINDER: (_TO_LOOK, (("notice.cannot_come", "e-leave"),)),
    Subject.SEAT: (
        (("seat.button.take", "e-take"), ("seat.button.pass", "e-pass")),
        (("event.more", "e"),),
    ),
    Subject.LAPSED: ((("seat.button.come", "e-come"),), (("event.more", "e"),)),
    Subject.SEATING: ((("event.more", "e"),),),
    Subject.FEEDBACK: (
        (
            ("notice.stars.one", "e-stars", "1"),
            ("notice.stars.two", "e-stars", "2"),
            ("notice.stars.three", "e-stars", "3"),
            ("notice.stars.four", "e-stars", "4"),
            ("notice.stars.five", "e-stars", "5"),
        ),
    ),
    Subject.MINUTES: ((("notice.write_minutes", "e-minutes"),), (("event.more", "e"),)),
    Subject.STEP: (
        (("plan.report.done", "p-done"),),
        (("plan.report.partly", "p-partly"), ("plan.report.not-yet", "p-not-yet")),
    ),
}
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
            (one,) = told
            html = one.texts[parcel.language]
            return self.letter(
                parcel.chat_id, parcel.language, html, one.subject, one.subject_id, one.category
            )
        number = digits(parcel.language, len(told))
        heading = self._text(parcel.language, "digest.heading", count=len(told), number=number)
        items = [Markup(shortened(broadcast.texts[parcel.language], IN_DIGEST)) for broadcast in told]
        lessons = [one for one in told if one.subject is Subject.LESSON]
        rows = [
            [
                self._open(parcel.chat_id, one.subject_id, one.title),
                self._read(parcel.language, one.subject_id),
            ]
            for one in lessons
        ]
        footer = self._footer(parcel.chat_id, parcel.language)
        return Letter(Markup("\n\n").join([heading, *items]), keyboard(*rows, *footer))

    def letter(
        self,
        chat_id: int,
        language: Language,
        html: str,
        subject: Subject,
        subject_id: int,
        category: Category | None,
    ) -> Letter:
        """One broadcast with its buttons; what is meant for one person ends with no way to decline such."""
        rows = self._rows(chat_id, language, subject, subject_id)
        if category is None:
            return Letter(html, keyboard(*rows) if rows else None)
        return Letter(html, keyboard(*rows, *self._footer(chat_id, language)))

    def _rows(self, chat_id: int, language: Language, subject: Subject, subject_id: int) -> list[Row]:
        """What can be done about what is told."""
        if subject is Subject.LESSON:
            opening = self._open(chat_id, subject_id, self._text(language, "letter.open"))
            return [[self._read(language, subject_id)], [opening]]
        if chat_id < 0 and subject in _DEEDS:
            label = self._text(language, "event.open")
            return [[InlineKeyboardButton(label, url=self._link(f"event-{subject_id}"))]]
        return [
            [button(self._text(language, key), verb, subject_id, *more) for key, verb, *more in row]
            for row in _DEEDS.get(subject, ())
        ]

    def _footer(self, chat_id: int, language: Language) -> list[Row]:
        settings = self._text(language, "letter.settings")
        if chat_id < 0:
            return [[InlineKeyboardButton(settings, url=self._link(f"group{chat_id}"))]]
        stop = self._text(language, "letter.stop")
        return [[button(settings, "go", "settings"), button(stop, "stop")]]

    def _read(self, language: Language, lesson_id: int) -> InlineKeyboardButton:
        return button(self._text(language, "letter.read"), "read", lesson_id)

    def _open(self, chat_id: int, lesson_id: int, label: str) -> InlineKeyboardButton:
        if chat_id < 0:
            return InlineKeyboardButton(label, url=self._link(f"lesson-{lesson_id}"))
        return button(label, "lesson", lesson_id)

    def _link(self, payload: str) -> str:
        return create_deep_linked_url(self._bot.username, payload)

    def _text(self, language: Language, key: str, **values: object) -> Markup:
        return self._catalogue.text(language, key, **values)
