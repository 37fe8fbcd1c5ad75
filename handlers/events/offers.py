"""Freed seats go to those who wait: the offer, its end, and the clock's tick that sees to both."""

from markupsafe import Markup

from bot.context import Services
from bot.core.events.event import Event
from bot.core.events.offers import can_come_again, offered_until
from bot.core.events.registrations import Note, Registration, Why, why_closed
from bot.core.people import LANGUAGES
from handlers.events.wording import item
from messages.dates import day_and_time


async def look_after_seats(services: Services) -> None:
    """End the offers that nobody answered, or will; and offer every free seat to whoever waits for it."""
    for one in await services.offers.unanswered(services.clock()):
        await _lapse(services, one)
    await offer_free(services)


async def _lapse(services: Services, offered: Registration) -> None:
    """An offer is over; whoever let it lapse hears what they can do, unless the event is over as well."""
    event = await services.events.event(offered.event_id)
    now = services.clock()
    why = why_closed(event, now) if event else Why.OVER
    if event is None or why in (Why.OVER, Why.CANCELLED):
        await services.offers.lapse(offered, None, False, now)
        return
    if offered.own:
        key = "seat.note_lapsed_own_late" if why else "seat.note_lapsed_own"
    else:
        key = "seat.note_lapsed_guest_late" if why else "seat.note_lapsed_guest"
    note = note_about(services, event, offered, key)
    if await services.offers.lapse(offered, note, can_come_again(event, offered, now), now):
        services.wake_outbox()


async def offer_free(services: Services, event_id: int | None = None) -> None:
    """Offer free seats, of one event or of all, as long as there are both seats and people who wait."""
    while waiting := await services.offers.next_to_offer(services.clock(), event_id):
        if not any([await _offer(services, one) for one in waiting]):
            return  # another process is at it
        services.wake_outbox()


async def _offer(services: Services, first: Registration) -> bool:
    """Hold a free seat for the first who waits; whom nobody can ask has it at once, or is passed over."""
    event = await services.events.event(first.event_id)
    if event is None:
        return False
    now = services.clock()
    if first.person_id is None:
        note = note_about(services, event, first, "seat.note_admitted_guest")
        return await services.offers.seat_without_asking(first, note, now)
    if await services.offers.pass_over(first):
        return True
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
    return await services.offers.offer(first, until, Note(event.details.title, texts), now)


def note_about(services: Services, event: Event, seat: Registration, key: str) -> Note:
    """What is told to whoever answers for a seat that was given, taken, or is no longer held."""
    catalogue = services.catalogue
    texts = {}
    for language in LANGUAGES:
        about = item(catalogue, language, event, services.timezone)
        contact = event.details.contact or catalogue.text(language, "seat.contact").unescape()
        said: Markup = catalogue.text(language, key, name=seat.name, event=about, contact=contact)
        texts[language] = said
    return Note(event.details.title, texts)
