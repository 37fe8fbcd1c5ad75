"""Who comes, for coordinators: in numbers and by name; one removed, let in, or added by name."""

from dataclasses import replace
from typing import Final

from markupsafe import Markup, escape
from telegram import Update

from bot.context import Context
from bot.core.councils import commune
from bot.core.events.event import Event
from bot.core.events.registrations import (
    ADMISSIBLE,
    GUEST_FIELDS,
    Beyond,
    Closed,
    Expected,
    Full,
    Registered,
    Registering,
    Registration,
    RegistrationState,
    Waiting,
    counted,
)
from bot.core.forms import Form, is_whole
from bot.core.people import Ability
from handlers import forms
from handlers.events.offers import note_about, offer_free
from handlers.events.party import label
from handlers.events.standing import closed_in_words, local, seat_in_words
from handlers.forms import FormKind, cancel_button
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import gate, groups_of, number_of
from handlers.scopes import EVENT
from messages.dates import digits

_NAMES_A_PAGE: Final = 10
_MOST_COUNCILS: Final = 20
MARKS: Final = {
    RegistrationState.COMING: "✅",
    RegistrationState.OFFERED: "🎟",
    RegistrationState.WAITING: "⏳",
}


async def show_who(update: Update, context: Context) -> None:
    """👥 Who comes: the counts, by council, and a page of names to open."""
    await context.answer_press(update)
    event_id, page = map(int, groups_of(context))
    event = await context.services.events.event(event_id)
    if event is None:
        await context.say("event.unknown")
        return
    listed = await context.services.registrations.of_event(event.id)
    last = max(len(listed) - 1, 0) // _NAMES_A_PAGE
    page = min(page, last)
    shown = listed[page * _NAMES_A_PAGE : (page + 1) * _NAMES_A_PAGE]
    turns: Row = []
    if page > 0:
        turns.append(button("⬅️", "e-who", event.id, page - 1))
    if page < last:
        turns.append(button("➡️", "e-who", event.id, page + 1))
    rows = [
        *column(button(_short(context, one), "e-seat", one.id) for one in shown),
        turns,
        [button(context.text("seat.guest"), "e-guest", event.id)],
        [button(context.text("event.more"), "e", event.id)],
    ]
    await context.show(update, _numbers(context, event, counted(listed)), keyboard(*rows))


def _short(context: Context, one: Registration) -> str:
    """One name in a list."""
    origin = one.origin(context.person.language)
    return " · ".join([f"{MARKS[one.state]} {one.name[:35]}", *([origin[:25]] if origin else [])])


def _numbers(context: Context, event: Event, expected: Expected) -> Markup:
    language = context.person.language
    capacity = event.details.capacity
    heading = context.text("seat.numbers", title=event.details.title)
    lines = [context.text("seat.number_coming", number=digits(language, expected.coming))]
    if capacity is not None:
        taken, seats = digits(language, event.taken), digits(language, capacity)
        lines.append(context.text("seat.number_taken", taken=taken, seats=seats))
    if expected.offered:
        lines.append(context.text("seat.number_offered", number=digits(language, expected.offered)))
    if expected.waiting:
        lines.append(context.text("seat.number_waiting", number=digits(language, expected.waiting)))
    councils = [
        Markup("• {} – {}").format(place.name(language) if place else code, digits(language, number))
        for code, number in list(expected.councils.items())[:_MOST_COUNCILS]
        for place in [commune(code)]
    ]
    by_council = [Markup("\n").join([context.text("seat.by_council"), *councils])] if councils else []
    return Markup("\n\n").join([heading, Markup("\n").join(lines), *by_council])


async def open_seat(update: Update, context: Context) -> None:
    """One of them: who, from where, since when, and what can be done."""
    await context.answer_press(update)
    seat = await context.services.registrations.registration(number_of(context))
    await _show_seat(update, context, seat)


async def _show_seat(
    update: Update, context: Context, seat: Registration | None, first: Markup | None = None
) -> None:
    event = await context.services.events.event(seat.event_id) if seat else None
    if seat is None or event is None:
        await context.say("event.unknown")
        return
    text = await _whole(context, event, seat)
    rows: list[Row] = []
    if seat.is_concerned and seat.attended_at is None:
        rows.append([button(context.text("seat.remove"), "e-seat-off", seat.id)])
    if seat.state in ADMISSIBLE:
        rows.insert(0, [button(context.text("seat.admit"), "e-seat-in", seat.id)])
    rows.append([button(context.text("seat.who"), "e-who", event.id, 0)])
    paragraphs = [first, text]
    await context.show(update, Markup("\n\n").join(one for one in paragraphs if one), keyboard(*rows))


async def _whole(context: Context, event: Event, seat: Registration) -> Markup:
    state = (
        context.text("seat.was_removed")
        if seat.state is RegistrationState.REMOVED
        else await seat_in_words(context, event, _as_told_of(seat))
    )
    adder = await context.services.people.find(seat.added_by) if seat.added_by else None
    holder = await context.services.people.find(seat.person_id) if seat.person_id and not seat.own else None
    lines = [
        Markup("<b>{}</b>").format(seat.name),
        escape(seat.origin(context.person.language)),
        context.text(f"seat.gender.{seat.gender}") if seat.gender else Markup(""),
        context.text("seat.since", when=local(context, seat.registered_at)),
        context.text("seat.by", name=holder.name) if holder else Markup(""),
        context.text("seat.by", name=adder.name) if adder else Markup(""),
    ]
    return Markup("\n\n").join([Markup("\n").join(line for line in lines if line), state])


def _as_told_of(seat: Registration) -> Registration:
    """The seat as it is told to somebody else than its holder."""
    return replace(seat, own=False)


async def ask_to_remove(update: Update, context: Context) -> None:
    """Removing is asked once more: the person is told at once."""
    await context.answer_press(update)
    seat = await context.services.registrations.registration(number_of(context))
    if seat is None or not seat.is_concerned:
        await _show_seat(update, context, seat)
        return
    yes = button(context.text("seat.remove_yes"), "e-seat-off-yes", seat.id)
    no = button(context.text("button.back"), "e-seat", seat.id)
    await context.show(update, context.text("seat.remove_sure", name=seat.name), keyboard([yes], [no]))


async def remove(update: Update, context: Context) -> None:
    """Somebody is taken off the list and told; the seat goes to the next who waits."""
    await context.answer_press(update)
    services = context.services
    pressed = await _pressed(context)
    if pressed is None:
        return
    event, seat = pressed
    key = "seat.note_removed" if seat.own else "seat.note_removed_guest"
    note = note_about(services, event, seat, key)
    await services.registrations.remove(seat.id, context.person.id, note, context.now)
    await _show_seat(update, context, await services.registrations.registration(seat.id))
    await offer_free(services, event.id)
    services.wake_outbox()


async def _pressed(context: Context) -> tuple[Event, Registration] | None:
    """The seat whose button was pressed, with its event; None, and that said, when there is no such seat."""
    seat = await context.services.registrations.registration(number_of(context))
    event = await context.services.events.event(seat.event_id) if seat else None
    if seat and event:
        return event, seat
    await context.say("event.unknown")
    return None


async def admit(update: Update, context: Context) -> None:
    """One who waits, or was removed, gets a seat if there is one."""
    await _admit(update, context, beyond=False)


async def admit_beyond(update: Update, context: Context) -> None:
    """The same though all seats are held."""
    await _admit(update, context, beyond=True)


async def _admit(update: Update, context: Context, beyond: bool) -> None:
    await context.answer_press(update)
    services = context.services
    pressed = await _pressed(context)
    if pressed is None:
        return
    event, seat = pressed
    key = "seat.note_admitted" if seat.own else "seat.note_admitted_guest"
    note = note_about(services, event, seat, key)
    done = await services.registrations.admit(seat.id, context.person.id, note, beyond, context.now)
    if isinstance(done, Full):
        going = button(context.text("seat.admit_beyond"), "e-seat-beyond", seat.id)
        back = button(context.text("button.back"), "e-seat", seat.id)
        await context.show(update, _full(context, done), keyboard([going], [back]))
        return
    first = closed_in_words(context, event, done.why) if isinstance(done, Closed) else None
    await _show_seat(update, context, await services.registrations.registration(seat.id), first)
    services.wake_outbox()


async def add(update: Update, context: Context) -> None:
    """Add somebody by name: a form."""
    await context.answer_press(update)
    await forms.begin(update, context, GUEST, {"event": str(number_of(context))})


async def _add(update: Update, context: Context, form: Form) -> None:
    await _add_guest(context, form, Beyond.ASK)


async def add_anyway(update: Update, context: Context) -> None:
    """All seats are held: beyond them, or into the queue, as the coordinator pressed."""
    await context.answer_press(update)
    wanted, version = groups_of(context)
    form = await context.services.forms.draft(context.person.id, GUEST.name)
    if form is None or form.version != int(version) or not is_whole(form, GUEST.fields):
        await context.say("form.old_button")
        return
    if await gate(update, context, GUEST.needs, GUEST.within, int(form.answers["event"])):
        with forms.doing(context, form):
            await _add_guest(context, form, Beyond(wanted))


async def _add_guest(context: Context, form: Form, beyond: Beyond) -> None:
    event = await context.services.events.event(int(form.answers["event"]))
    if event is None:
        await context.services.forms.discard(form)
        await context.say("event.unknown")
        return
    done = await context.services.registrations.add_guest(
        form, event.id, context.person.id, beyond, context.now
    )
    if isinstance(done, Full):
        rows = [
            [button(context.text("seat.beyond"), f"e-guest-{Beyond.ADD}", form.version)],
            [button(context.text("seat.into_queue"), f"e-guest-{Beyond.QUEUE}", form.version)],
            [cancel_button(context, form)],
        ]
        await context.send(context.person.id, _full(context, done), keyboard(*rows))
        return
    more = [button(context.text("seat.guest"), "e-guest", event.id)]
    listed = [button(context.text("seat.who"), "e-who", event.id, 0)]
    await context.send(context.person.id, await _added(context, event, done), keyboard(more, listed))


async def _added(context: Context, event: Event, done: Registering) -> Markup:
    match done:
        case Registered(seat) | Waiting(seat):
            return await seat_in_words(context, event, seat)
        case Closed(why):
            return closed_in_words(context, event, why)
        case _:
            return context.text("form.old_button")


def _full(context: Context, full: Full) -> Markup:
    number = digits(context.person.language, full.capacity)
    return context.text("seat.full", number=number)


GUEST: Final = FormKind("guest", Ability.ANNOUNCE, GUEST_FIELDS, _add, label=label, within=EVENT)
