"""Seats at the door in words."""

from typing import Final

from markupsafe import Markup

from bot.context import Context
from bot.core.councils import commune
from bot.core.events.attendance import Seat, Standing, standing
from bot.core.events.event import Event
from bot.core.events.registrations import CONCERNED, RegistrationState
from handlers.councils import full_name
from handlers.events.wording import when
from messages.dates import clock_time, day, day_and_time

_LONGEST_LABEL: Final = 60


def seat_in_words(context: Context, event: Event, seat: Seat) -> Markup:
    """Whose seat it is, at which event, and how it stands."""
    one, services = seat.registration, context.services
    council = commune(one.commune_code)
    lines = [
        Markup("👤 <b>{}</b>").format(one.name or "–"),
        Markup("🏛 {}").format(full_name(context, council)) if council else None,
        Markup("🏢 {}").format(one.organisation) if one.organisation else None,
        context.text("door.walked_in") if seat.is_walk_in else None,
        context.text("door.holder", name=seat.holder) if seat.holder and not one.own else None,
    ]
    about = Markup("{}\n{}").format(
        event.details.title, when(context.person.language, event.details, services.timezone)
    )
    who = Markup("\n").join(line for line in lines if line)
    return Markup("\n\n").join([about, who, _stands(context, event, seat)])


def _stands(context: Context, event: Event, seat: Seat) -> Markup:
    """Whether they came, or can come in."""
    match standing(event, seat, context.now):
        case Standing.CAME:
            return _came(context, seat)
        case Standing.EXPECTED:
            return context.text("door.expected")
        case Standing.SEATLESS:
            return context.text(f"door.state.{seat.registration.state}")
        case Standing.CANCELLED:
            return context.text("door.cancelled")
        case Standing.EARLY:
            return context.text("door.early", day=day_of(context, event))
        case Standing.AFTERWARDS:
            return context.text("door.afterwards", day=day_of(context, event))


def _came(context: Context, seat: Seat) -> Markup:
    language = context.person.language
    at = (seat.registration.attended_at or context.now).astimezone(context.now.tzinfo)
    if at.date() == context.now.date():
        return context.text("door.came_today", time=clock_time(language, at), name=seat.attended_by or "–")
    return context.text("door.came", when=day_and_time(language, at), name=seat.attended_by or "–")


def listed(context: Context, seat: Seat) -> str:
    """A seat on a button: whether they came, the name, and where they are from."""
    one = seat.registration
    if seat.came:
        mark = "✅"
    elif one.state is RegistrationState.COMING:
        mark = "⬜"
    else:
        mark = "⏳" if one.state in CONCERNED else "✖️"
    origin = one.origin(context.person.language)
    label = f"{mark} {one.name or '–'}" + (f" · {origin}" if origin else "")
    return label[:_LONGEST_LABEL]


def day_of(context: Context, event: Event) -> str:
    """The local day on which an event starts."""
    start = event.details.starts_at.astimezone(context.services.timezone)
    return day(context.person.language, start.date())
