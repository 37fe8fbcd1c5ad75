"""Broadcasts in words: to whom, by province, and what became of them."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.core import councils
from bot.core.accounts import Tally
from bot.core.audiences import Audience
from bot.core.broadcasts import NOTICES, Broadcast, DeliveryState, Subject
from bot.core.people import Language
from messages.catalogue import Catalogue
from messages.dates import day, digits


def audience_in_words(
    catalogue: Catalogue, language: Language, audience: Audience, event: str = ""
) -> Markup:
    """Whom a broadcast is for; `event` is the title of the one for which they registered."""
    parts = []
    if audience.members or audience.event is None:
        parts.append(
            catalogue.text(language, "audience.members" if audience.members else "audience.everybody")
        )
    if places := [place.name(language) for code in audience.places if (place := councils.place(code))]:
        parts.append(catalogue.text(language, "audience.in_places", places=", ".join(places)))
    if audience.event is not None:
        parts.append(
            catalogue.text(language, "audience.event", title=event or digits(language, audience.event))
        )
    if audience.themes:
        themes = ", ".join(catalogue.text(language, f"theme.{theme}").unescape() for theme in audience.themes)
        parts.append(catalogue.text(language, "audience.about", themes=themes))
    return Markup(" · ").join(parts)


def recipients_in_words(catalogue: Catalogue, language: Language, broadcast: Broadcast) -> Markup:
    """Whom a broadcast goes to, as its page says it."""
    if broadcast.reminds:
        return catalogue.text(language, "audience.unread")
    if broadcast.subject is Subject.CHANGE or broadcast.subject in NOTICES:
        return catalogue.text(language, "audience.concerned")
    if broadcast.category is None:
        return catalogue.text(language, "audience.asked")
    return audience_in_words(catalogue, language, broadcast.audience)


def name_of(broadcast: Broadcast) -> str:
    """Its title; a reminder is told apart from what it reminds of."""
    return f"🔔 {broadcast.title}" if broadcast.reminds else broadcast.title


def provinces_in_words(language: Language, counts: Mapping[str, int]) -> Markup:
    """How many chats in each province."""
    named = [(place, count) for code, count in counts.items() if (place := councils.place(code))]
    return Markup(" · ").join(
        Markup("{} {}").format(place.name(language), digits(language, count)) for place, count in named
    )


def report(
    catalogue: Catalogue, language: Language, broadcast: Broadcast, tally: Tally, timezone: ZoneInfo
) -> Markup:
    """What became of a broadcast: how many were reached of how many, and every other state that occurred."""
    lines = [
        catalogue.text(
            language,
            f"broadcast.report.{'notice' if broadcast.subject in NOTICES else broadcast.subject}",
            title=name_of(broadcast),
            sent_on=day(language, broadcast.starts_at.astimezone(timezone)),
            reached=digits(language, tally[DeliveryState.SENT]),
            total=digits(language, tally.total),
        )
    ]
    lines += [
        catalogue.text(language, f"broadcast.state.{state}", number=digits(language, tally[state]))
        for state in DeliveryState
        if state is not DeliveryState.SENT and tally[state]
    ]
    return Markup("\n").join(lines)
