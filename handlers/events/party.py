"""More people from one council: somebody registers them, sees them, and takes them out again."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, Update

from bot.context import Context
from bot.core.councils import commune
from bot.core.events.event import Event
from bot.core.events.registrations import (
    PARTY_FIELDS,
    Already,
    Closed,
    CouncilFull,
    Registered,
    Registering,
    RegistrationState,
    Removed,
    Waiting,
)
from bot.core.forms import Form
from bot.core.people import Role
from handlers import forms
from handlers.councils import full_name
from handlers.events.pages import found
from handlers.events.standing import (
    closed_in_words,
    contact_of,
    seat_in_words,
    standing_of,
    with_page,
)
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import groups_of, number_of
from messages.dates import digits


async def add(update: Update, context: Context) -> None:
    """Register somebody else of one's council: of which, if there are several, then name and gender."""
    await context.answer_press(update)
    number, code = groups_of(context)
    event = await found(context, int(number))
    if event is None:
        return
    followed = await context.services.subscriptions.of_chat(context.person.id)
    if not followed:
        subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
        await context.say("seat.no_council", with_page(context, event, [[subscribing]]))
    elif code or len(followed) == 1:
        answers = {"event": number, "council": code or followed[0].code}
        await forms.begin(update, context, PARTY, answers)
    else:
        buttons = [button(full_name(context, one), "e-add", event.id, one.code) for one in followed]
        await context.say("seat.guest_council", keyboard(*column(buttons)))


async def show_party(update: Update, context: Context) -> None:
    """Those whom somebody registered, and the way to take each out."""
    await context.answer_press(update)
    if event := await found(context, number_of(context)):
        await _say_party(context, event)


async def _say_party(context: Context, event: Event) -> None:
    standing = await standing_of(context, event)
    told = [await seat_in_words(context, event, one) for one in standing.others]
    rows: list[Row] = []
    for one in standing.others:
        label = context.text("seat.take_out", name=one.name).unescape()
        rows.append([button(label, "e-back", event.id, one.id)])
        if one.state is RegistrationState.OFFERED:
            taking = context.text("seat.take_for", name=one.name).unescape()
            rows.append([button(taking, "e-take", event.id, one.id)])
    heading = context.text("seat.party", title=event.details.title)
    text = Markup("\n\n").join([heading, *(told or [context.text("seat.party_empty")])])
    await context.send(context.person.id, text, with_page(context, event, [*rows, [_more(context, event)]]))


async def _register(update: Update, context: Context, form: Form) -> None:
    """The form is filled in: a seat, or a place in the queue, for whom it names."""
    event = await found(context, int(form.answers["event"]))
    followed = {one.code for one in await context.services.subscriptions.of_chat(context.person.id)}
    if event is None or form.answers["council"] not in followed:
        await context.services.forms.discard(form)
        if event:
            await context.say("seat.no_council", with_page(context, event))
        return
    done = await context.services.registrations.register_guest(form, event.id, context.person.id, context.now)
    text = await _outcome(context, event, done)
    others = [_more(context, event)]
    listed = [button(context.text("seat.button.party"), "e-party", event.id)]
    await context.send(context.person.id, text, with_page(context, event, [others, listed]))


async def _outcome(context: Context, event: Event, done: Registering) -> Markup:
    match done:
        case Registered(seat) | Waiting(seat) | Removed(seat):
            return await seat_in_words(context, event, seat)
        case Already(seat):
            told = await seat_in_words(context, event, seat)
            return Markup("\n\n").join([context.text("seat.guest_already", name=seat.name), told])
        case CouncilFull(seats):
            number = digits(context.person.language, seats)
            return context.text("seat.council_full", number=number, contact=contact_of(context, event))
        case Closed(why):
            return closed_in_words(context, event, why)
        case _:
            return context.text("form.old_button")


def _more(context: Context, event: Event) -> InlineKeyboardButton:
    return button(context.text("seat.button.add"), "e-add", event.id)


def label(context: Context, field: str, value: str) -> str:
    """A gender, or a council that may be meant, as a button names it."""
    if field == "gender":
        return context.text(f"seat.gender.{value}").unescape()
    place = commune(value)
    return full_name(context, place) if place else value


PARTY: Final = FormKind("party", Role.PERSON, PARTY_FIELDS, _register, label=label, wording="guest")
