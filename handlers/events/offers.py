"""Freed seats go to those who wait: the offer, its end, and the clock's tick that sees to both."""

from markupsafe import Markup

from bot.context import Services
from bot.core.events.event import Event
from bot.core.events.registrations import Note, Registration, offered_until
from bot.core.people import LANGUAGES
from handlers.events.wording import item
from messages.dates import day_and_time


async def look_after_seats(services: Services) -> None:
    """End the offers that nobody answered, and offer every free seat to whoever waits for it."""
    await services.registrations.lapse(services.clock())
    await offer_free(services)


async def offer_free(services: Services, event_id: int | None = None) -> None:
    """Offer free seats, of one event or of all, as long as there are both seats and people who wait."""
    while waiting := await services.registrations.next_to_offer(services.clock(), event_id):
        if not any([await _offer(services, one) for one in waiting]):
            return  # another process is at it
        services.wake_outbox()


async def _offer(services: Services, first: Registration) -> bool:
    """Hold a free seat for the first who waits; whom nobody can ask has it at once."""
    event = await services.events.event(first.event_id)
    if event is None:
        return False
    now = services.clock()
    if first.person_id is None:
        note = note_about(services, event, first, "seat.note_admitted_guest")
        return await services.registrations.seat_without_asking(first, note, now)
    until = offered_until(now, event.details.starts_at, services.hours)
    key = "seat.note_offer" if first.own else "seat.note_offer_guest"
    texts = {
        language: services.catalogue.text(
            language,
            key,
            name=first.name,
            event=item(services.catalogue, language, event, services.timezone),
            until=day_and_time(language, until.astimezone(services.timezone)),
        )
        for language in LANGUAGES
    }
    return await services.registrations.offer(first, until, Note(event.details.title, texts), now)


def note_about(services: Services, event: Event, seat: Registration, key: str) -> Note:
    """What is told to whoever answers for a seat that somebody else gave or took."""
    catalogue = services.catalogue
    texts = {}
    for language in LANGUAGES:
        about = item(catalogue, language, event, services.timezone)
        contact = event.details.contact or catalogue.text(language, "seat.contact").unescape()
        said: Markup = catalogue.text(language, key, name=seat.name, event=about, contact=contact)
        texts[language] = said
    return Note(event.details.title, texts)
