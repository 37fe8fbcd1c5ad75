"""Forums and meetings in words."""

from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from bot.core.events.event import Details, Event
from bot.core.events.rules import LAST, Rule, rule_told
from bot.core.people import Language
from messages.catalogue import Catalogue
from messages.dates import clock_time, day_and_time, digits, weekday_name

_IN_EVERY_MONTH: Final = 28
"""Up to this day, every month has it."""


def announcement(
    catalogue: Catalogue, language: Language, details: Details, zone: ZoneInfo, repeats: str = ""
) -> Markup:
    """What recipients get: what, when, where, and all that was told beside it but files and places.

    `repeats` is how often it comes again, as a form keeps it.
    """
    return catalogue.text(
        language,
        "event.broadcast",
        kind=catalogue.text(language, f"event.kind.{details.kind}"),
        title=details.title,
        about=Markup("\n\n").join(_about(catalogue, language, details, zone, repeats)),
    )


def item(catalogue: Catalogue, language: Language, event: Event, zone: ZoneInfo) -> Markup:
    """An event in a list."""
    details = event.details
    return catalogue.text(
        language,
        "event.item",
        title=details.title,
        when=when(language, details, zone),
        place=details.place,
    )


def item_with_contact(catalogue: Catalogue, language: Language, event: Event, zone: ZoneInfo) -> Markup:
    """The same, and whom to ask about it."""
    contact = event.details.contact
    told = item(catalogue, language, event, zone)
    return Markup("{}\n☎️ {}").format(told, contact) if contact else told


def cancelled(
    catalogue: Catalogue, language: Language, details: Details, reason: str, zone: ZoneInfo
) -> Markup:
    """All that was told of an event, with the word over it that it will not take place."""
    heading = catalogue.text(language, "event.cancelled", reason=reason or "–")
    return Markup("\n\n").join([heading, announcement(catalogue, language, details, zone)])


def change_in_words(
    catalogue: Catalogue, language: Language, before: Details, after: Details, zone: ZoneInfo
) -> Markup:
    """What those who come are told of a change: when and where it is, old and new of what is otherwise."""

    def line(mark: str, old: Markup, new: Markup) -> Markup:
        if old == new:
            return Markup("{} {}").format(mark, new)
        return catalogue.text(language, "changing.old_and_new", mark=mark, old=old, new=new)

    changes = [
        line("📅", when(language, before, zone), when(language, after, zone)),
        line("📍", escape(before.place), escape(after.place)),
    ]
    if before.title != after.title:
        changes.insert(0, line("📌", escape(before.title), escape(after.title)))
    if before.pin != after.pin:
        changes.append(catalogue.text(language, "changing.other_pin"))
    return catalogue.text(
        language, "changing.notice", title=after.title, changes=Markup("\n\n").join(changes)
    )


def when(language: Language, details: Details, zone: ZoneInfo) -> Markup:
    """The start and the end in the group's time; a press shows the reader's own, and sets a reminder."""
    start = details.starts_at.astimezone(zone)
    told = dated(day_and_time(language, start), details.starts_at.timestamp())
    if details.ends_at is None:
        return told
    end = details.ends_at.astimezone(zone)
    same_day = end.date() == start.date()
    return Markup("{} – {}").format(
        told, clock_time(language, end) if same_day else day_and_time(language, end)
    )


def dated(text: str, timestamp: float) -> Markup:
    """A text that Telegram knows as a moment, given in seconds since 1970."""
    return Markup('<tg-time unix="{}">{}</tg-time>').format(int(timestamp), text)


def rule_in_words(catalogue: Catalogue, language: Language, rule: Rule) -> str:
    """For example: Every month on the second Tuesday."""
    often = catalogue.text(language, f"event.every.{rule.every}")
    weekday = "" if rule.weekday is None else weekday_name(language, rule.weekday)
    if rule.day:
        on = "day" if rule.day <= _IN_EVERY_MONTH else "day_or_last"
    elif rule.weekday is not None:
        on = "last" if rule.nth == LAST else str(rule.nth or "weekday")
    else:
        return often.unescape()
    number = digits(language, rule.day or 0)
    return catalogue.text(language, f"event.on.{on}", often=often, weekday=weekday, day=number).unescape()


def _about(
    catalogue: Catalogue, language: Language, details: Details, zone: ZoneInfo, repeats: str
) -> list[Markup]:
    rule = rule_told(repeats, details.starts_at.astimezone(zone).date())
    lines = {
        "📅": when(language, details, zone),
        "🔁": escape(rule_in_words(catalogue, language, rule)) if rule else Markup(""),
        "📍": escape(details.place),
        "🏛": escape(details.host),
        "🗣": Markup(" · ").join(catalogue.text(one, "language.name") for one in details.languages),
        "👥": _seats(catalogue, language, details),
        "✍️": _deadline(catalogue, language, details, zone),
        "☎️": escape(details.contact),
    }
    facts = Markup("\n").join(Markup("{} {}").format(mark, said) for mark, said in lines.items() if said)
    return [facts, escape(details.description)] if details.description else [facts]


def _seats(catalogue: Catalogue, language: Language, details: Details) -> Markup:
    if details.capacity is None:
        return Markup("")
    number = digits(language, details.capacity)
    return catalogue.text(language, "event.seats", count=details.capacity, number=number)


def _deadline(catalogue: Catalogue, language: Language, details: Details, zone: ZoneInfo) -> Markup:
    if details.closes_at is None:
        return Markup("")
    local = day_and_time(language, details.closes_at.astimezone(zone))
    return catalogue.text(language, "event.register_until", when=local)
