"""At the door: a coordinator finds seats by code, picture or name, and checks people in one after another."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, Update

from bot.context import Context
from bot.core.events.attendance import (
    ADMISSIBLE,
    Seat,
    Standing,
    beside,
    code_in,
    is_open,
    named,
    standing,
    turnout,
)
from bot.core.events.event import Event
from bot.core.people import Ability
from handlers import forms
from handlers.events import tickets
from handlers.events.door_wording import day_of, listed, seat_in_words
from handlers.events.wording import when
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import gate, groups_of, number_of
from handlers.scopes import EVENT
from messages.dates import digits

_MOST_FOUND: Final = 12


async def open_door(update: Update, context: Context) -> None:
    """Begin to check people in; whatever is typed next is a code or a name."""
    await context.answer_press(update)
    if event := await _event(context, number_of(context)):
        await begin(update, context, event)


async def begin(update: Update, context: Context, event: Event, first: Markup | None = None) -> None:
    """Wait for codes and names, after what is to be said `first`."""
    if not is_open(event, context.now):
        await _say_closed(context, event)
        return
    await forms.begin(update, context, DOOR, {"event": str(event.id)})
    now = turnout(await context.services.attendance.of_event(event.id))
    language = context.person.language
    page = context.text(
        "door.page",
        title=event.details.title,
        when=when(language, event.details, context.services.timezone),
        present=digits(language, now.present),
        expected=digits(language, now.expected),
    )
    text = Markup("\n\n").join([first, page] if first else [page])
    await context.send(context.person.id, text, keyboard(*_door_rows(context, event)))


async def close(update: Update, context: Context) -> None:
    """The coordinator is done at the door."""
    await context.answer_press(update)
    door = await context.services.forms.draft(context.person.id, DOOR.name)
    if door:
        await context.services.forms.discard(door)
    await context.show(update, context.text("door.ended"))


async def take(update: Update, context: Context, text: str) -> None:
    """A code, the link of a ticket, or part of a name was typed."""
    door = await context.services.forms.open_in(context.person.id)
    event = await _event(context, int(door.answers["event"])) if door else None
    if event is None:
        return
    code = code_in(text)
    seat = await context.services.attendance.with_code(code) if code else None
    if seat:
        await _show(update, context, seat)
        return
    found = named(await context.services.attendance.of_event(event.id), text)
    if len(found) == 1:
        await _show(update, context, found[0])
    elif found:
        await _say_found(context, event, found)
    else:
        rows = [_walk_in(context, event)] if is_open(event, context.now) else []
        await context.say("door.not_found", keyboard(*rows))


async def open_link(update: Update, context: Context, typed: str) -> None:
    """The link of a ticket was followed: a coordinator sees the seat, its holder the ticket."""
    code = code_in(typed)
    seat = await context.services.attendance.with_code(code) if code else None
    if context.person.may(Ability.ANNOUNCE):
        if seat is None:
            await context.say("door.unknown_code")
        elif await gate(update, context, Ability.ANNOUNCE, EVENT, seat.registration.event_id):
            await _show(update, context, seat)
        return
    event = await context.services.events.event(seat.registration.event_id) if seat else None
    if seat and event and seat.registration.person_id == context.person.id:
        await tickets.send_ticket(context, event, seat.registration)
    else:
        await context.say("door.not_yours")


async def open_seat(update: Update, context: Context) -> None:
    """One of those who were found."""
    await context.answer_press(update)
    await _show(update, context, await context.services.attendance.seat(number_of(context)))


async def move(update: Update, context: Context) -> None:
    """Somebody came, is let in without a seat, or did not come after all; the seat that was shown stays.

    When another coordinator was faster, the seat itself is shown, and tells when and by whom.
    """
    deed, number, shown = groups_of(context)
    attendance, by, now = context.services.attendance, context.person.id, context.now
    seat = await attendance.seat(int(number))
    await context.answer_press(update)
    event = await _event(context, seat.registration.event_id) if seat else None
    if seat is None or event is None:
        await _show(update, context, None)
        return
    if deed == "out":
        done = await attendance.take_back(seat.registration.id)
    elif standing(event, seat, now) not in ADMISSIBLE:
        done = False
    elif deed == "in":
        done = await attendance.check_in(seat.registration.id, by, now)
    else:
        done = await attendance.let_in(seat.registration.id, by, now)
    if done and deed == "out" and seat.is_walk_in:
        text = context.text("door.walk_in_forgotten", name=seat.registration.name)
        await context.show(update, text, keyboard(_next(context, event)))
        return
    await _show(update, context, await attendance.seat(int(shown) if done else seat.registration.id))


async def _show(update: Update, context: Context, seat: Seat | None) -> None:
    """A seat with all that can be done about it, and the holder's others."""
    event = await _event(context, seat.registration.event_id) if seat else None
    if seat is None or event is None:
        await context.show(update, context.text("door.seat_gone"))
        return
    holder = seat.registration.person_id
    others = await context.services.attendance.of_holder(event.id, holder) if holder is not None else []
    paragraphs = [seat_in_words(context, event, seat)]
    rows: list[Row] = [_deed(context, event, seat)]
    if around := beside(seat, others):
        paragraphs.append(context.text("door.others"))
        rows += column(_other(context, event, one, seat) for one in around)
    if await _expects_another(context, event):
        paragraphs.insert(0, context.text("door.other_event"))
    text = Markup("\n\n").join(paragraphs)
    await context.show(update, text, keyboard(*rows, _next(context, event)))


async def _say_found(context: Context, event: Event, found: Sequence[Seat]) -> None:
    language, shown = context.person.language, found[:_MOST_FOUND]
    await context.say(
        "door.found_more" if len(found) > len(shown) else "door.found",
        keyboard(
            *column(button(listed(context, seat), "e-door-seat", seat.registration.id) for seat in shown),
            _walk_in(context, event) if is_open(event, context.now) else [],
        ),
        total=digits(language, len(found)),
        shown=digits(language, len(shown)),
    )


async def _say_closed(context: Context, event: Event) -> None:
    """Why nobody is checked in now."""
    back = keyboard([button(context.text("event.more"), "e", event.id)])
    if event.is_planned:
        await context.say("door.early", back, day=day_of(context, event))
    else:
        await context.say("door.cancelled", back)


async def _event(context: Context, event_id: int) -> Event | None:
    """The event, or that it is not there any more is said."""
    event = await context.services.events.event(event_id)
    if event is None:
        await context.say("event.unknown")
    return event


async def _expects_another(context: Context, event: Event) -> bool:
    """Whether the coordinator stands at the door of another event."""
    form = await context.services.forms.open_in(context.person.id)
    return form is not None and form.kind == DOOR.name and form.answers["event"] != str(event.id)


def _deed(context: Context, event: Event, seat: Seat) -> Row:
    """What can be done about the seat that is shown."""
    seat_id = seat.registration.id
    match standing(event, seat, context.now):
        case Standing.CAME:
            key = "door.forget" if seat.is_walk_in else "door.undo"
            return [button(context.text(key), "e-out", seat_id, seat_id)]
        case Standing.EXPECTED | Standing.AFTERWARDS:
            return [button(context.text("door.check_in"), "e-in", seat_id, seat_id)]
        case Standing.SEATLESS:
            return [button(context.text("door.let_in"), "e-let", seat_id, seat_id)]
        case _:
            return []


_TOGGLES: Final = {
    Standing.CAME: "e-out",
    Standing.EXPECTED: "e-in",
    Standing.AFTERWARDS: "e-in",
}


def _other(context: Context, event: Event, seat: Seat, shown: Seat) -> InlineKeyboardButton:
    """Another seat of the same holder: a press checks it in or takes that back; else it opens."""
    deed = _TOGGLES.get(standing(event, seat, context.now))
    label, seat_id = listed(context, seat), seat.registration.id
    if deed is None:
        return button(label, "e-door-seat", seat_id)
    return button(label, deed, seat_id, shown.registration.id)


def _door_rows(context: Context, event: Event) -> list[Row]:
    return [
        _walk_in(context, event),
        [button(context.text("turnout.button"), "e-came", event.id)],
        [button(context.text("door.end"), "e-door-end")],
    ]


def _walk_in(context: Context, event: Event) -> Row:
    return [button(context.text("door.walk_in"), "e-walk", event.id)]


def _next(context: Context, event: Event) -> Row:
    """Back to where the next code is awaited."""
    return [button(context.text("door.next"), "e-door", event.id)] if is_open(event, context.now) else []


DOOR: Final = FormKind("door", Ability.ANNOUNCE, (), take=take, within=EVENT)
