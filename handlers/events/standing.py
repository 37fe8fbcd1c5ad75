"""How a person's seats at an event stand, in words, and what they can do about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup

from bot.context import Context
from bot.core.events.event import Event
from bot.core.events.registrations import (
    CONCERNED,
    Deed,
    Registration,
    RegistrationState,
    Why,
    deeds,
    own_seat,
    why_closed,
)
from handlers.events.wording import item
from handlers.keyboards import Row, button, keyboard
from messages.dates import day_and_time, digits

_SIDE_BY_SIDE: Final = ((Deed.COME, Deed.CANNOT), (Deed.TAKE, Deed.PASS))


@dataclass(frozen=True)
class Standing:
    """The seats that a person answers for at an event; `follows` says whether they subscribe a council."""

    event: Event
    seats: Sequence[Registration]
    follows: bool

    @property
    def own(self) -> Registration | None:
        return own_seat(self.seats)

    @property
    def others(self) -> list[Registration]:
        """Those of their council whom they registered."""
        return [one for one in self.seats if not one.own and one.is_concerned]


async def standing_of(context: Context, event: Event) -> Standing:
    """How the person stands towards an event."""
    seats = await context.services.registrations.of_person(event.id, context.person.id)
    follows = bool(await context.services.subscriptions.of_chat(context.person.id))
    return Standing(event, seats, follows)


async def in_words(context: Context, standing: Standing) -> Markup | None:
    """What the person should know about their seat, or about getting one."""
    own = standing.own
    if own and (own.state in CONCERNED or own.state is RegistrationState.REMOVED):
        return await seat_in_words(context, standing.event, own)
    if why := why_closed(standing.event, context.now):
        return None if why is Why.CANCELLED else closed_in_words(context, standing.event, why)
    left = standing.event.seats_left
    if left is None:
        return None
    number = digits(context.person.language, left)
    return context.text("seat.left", count=left, number=number) if left else context.text("seat.none_left")


async def seat_in_words(context: Context, event: Event, seat: Registration) -> Markup:
    """How one seat stands: the person's own, or that of somebody whom they registered."""
    match seat.state:
        case RegistrationState.COMING if seat.own:
            return context.text("seat.coming", code=seat.code)
        case RegistrationState.COMING:
            return context.text("seat.guest_coming", name=seat.name, code=seat.code)
        case RegistrationState.WAITING:
            place = await context.services.registrations.place(seat)
            number = digits(context.person.language, place)
            if seat.own:
                return context.text("seat.waiting", number=number)
            return context.text("seat.guest_waiting", name=seat.name, number=number)
        case RegistrationState.OFFERED:
            until = local(context, seat.offered_until or context.now)
            if seat.own:
                return context.text("seat.offered", until=until)
            return context.text("seat.guest_offered", name=seat.name, until=until)
        case RegistrationState.REMOVED if seat.own:
            return context.text("seat.removed", contact=contact_of(context, event))
        case RegistrationState.REMOVED:
            return context.text("seat.guest_removed", name=seat.name, contact=contact_of(context, event))
        case _:
            return context.text("seat.not_coming", name=seat.name)


def closed_in_words(context: Context, event: Event, why: Why) -> Markup:
    """Why nobody can register any more."""
    match why:
        case Why.LATE:
            return context.text("seat.closed_late", when=local(context, event.closes_at))
        case Why.OVER:
            return context.text("seat.closed_over")
        case Why.CANCELLED:
            return context.text("event.cancelled", reason=event.reason or "–")


def contact_of(context: Context, event: Event) -> str:
    """Whom to ask about an event."""
    return event.details.contact or context.text("seat.contact").unescape()


def rows(context: Context, standing: Standing) -> list[Row]:
    """What the person can do about their seats, those of a pair side by side."""
    fitting = deeds(standing.event, standing.seats, standing.follows, context.now)
    rows: list[Row] = []
    for deed in fitting:
        one = button(context.text(f"seat.button.{deed}"), f"e-{deed}", standing.event.id)
        if any(deed is second and first in fitting for first, second in _SIDE_BY_SIDE):
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


async def say_standing(context: Context, event: Event, first: Markup | None = None) -> None:
    """Say how the person stands towards an event: seat or queue, when and where, and what comes next."""
    services = context.services
    standing = await standing_of(context, event)
    told = await in_words(context, standing)
    own = standing.own
    next_step = {
        RegistrationState.COMING: "seat.coming_next",
        RegistrationState.WAITING: "seat.waiting_next",
    }.get(own.state if own else RegistrationState.CANNOT)
    about = item(services.catalogue, context.person.language, event, services.timezone)
    paragraphs = [first, told, about, context.text(next_step) if next_step else None]
    text = Markup("\n\n").join(one for one in paragraphs if one)
    await context.send(context.person.id, text, with_page(context, event, rows(context, standing)))


def with_page(context: Context, event: Event, rows: Sequence[Row] = ()) -> InlineKeyboardMarkup:
    """The rows, and the way to the event's page."""
    return keyboard(*rows, [button(context.text("event.more"), "e", event.id)])


def local(context: Context, moment: datetime) -> str:
    """A moment in the group's time."""
    return day_and_time(context.person.language, moment.astimezone(context.services.timezone))
