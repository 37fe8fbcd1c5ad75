"""«I am coming»: registering, the queue, an offered seat, and giving one back."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.councils import Commune
from bot.core.events.event import Event
from bot.core.events.registrations import (
    GENDERS,
    Already,
    Closed,
    Gender,
    Registered,
    Registration,
    RegistrationState,
    Removed,
    Waiting,
    Why,
    own_seat,
    why_closed,
)
from handlers.councils import full_name
from handlers.events.offers import offer_free
from handlers.events.pages import found
from handlers.events.standing import (
    closed_in_words,
    say_standing,
    seat_in_words,
    with_page,
)
from handlers.events.tickets import send_ticket
from handlers.keyboards import button, column, keyboard
from handlers.routing import groups_of, number_of

ALONE: Final = "0"
"""The code in the button of who comes for no council."""


async def come(update: Update, context: Context) -> None:
    """«I am coming»: a seat, or a place in the queue; then what is not known yet is asked."""
    await context.answer_press(update)
    event = await found(context, number_of(context))
    if event is None:
        return
    person = context.person
    followed = await context.services.subscriptions.of_chat(person.id)
    council = followed[0].code if len(followed) == 1 else ""
    registered = await context.services.registrations.register(
        event.id, person.id, person.name, council, context.now
    )
    match registered:
        case Registered(seat) | Waiting(seat):
            if seat.code:
                await send_ticket(context, event, seat)
            await say_standing(context, event)
            await _ask_more(context, seat, followed)
        case Already():
            await say_standing(context, event, context.text("seat.already"))
        case Removed(seat):
            text = await seat_in_words(context, event, seat)
            await context.send(person.id, text, with_page(context, event))
        case Closed(why):
            await context.send(person.id, closed_in_words(context, event, why), with_page(context, event))


async def _ask_more(context: Context, seat: Registration, followed: list[Commune]) -> None:
    """For which council, if there are several, and the gender, if that was never told."""
    if len(followed) > 1 and not seat.commune_code:
        buttons = [button(full_name(context, one), "e-for", seat.id, one.code) for one in followed]
        alone = button(context.text("seat.alone"), "e-for", seat.id, ALONE)
        await context.say("seat.which_council", keyboard(*column([*buttons, alone])))
    elif seat.gender is None:
        await context.say("seat.which_gender", _genders(context, seat))


def _genders(context: Context, seat: Registration) -> InlineKeyboardMarkup:
    first, second, untold = (
        button(context.text(f"seat.gender.{one}"), "e-gender", seat.id, one) for one in GENDERS
    )
    return keyboard([first, second], [untold])


async def tell_council(update: Update, context: Context) -> None:
    """The council for which somebody comes was pressed: one that they follow."""
    await context.answer_press(update)
    number, code = groups_of(context)
    followed = {one.code for one in await context.services.subscriptions.of_chat(context.person.id)}
    council = "" if code == ALONE else code
    known = code == ALONE or code in followed
    kept = known and await context.services.registrations.set_council(int(number), context.person.id, council)
    seat = await context.services.registrations.registration(int(number)) if kept else None
    if seat is None:
        await context.say("unknown_press")
    elif seat.gender is None:
        await context.show(update, context.text("seat.which_gender"), _genders(context, seat))
    else:
        await context.show(update, context.text("seat.thanks"))


async def tell_gender(update: Update, context: Context) -> None:
    """The gender was pressed, or that one would rather not say."""
    await context.answer_press(update)
    number, told = groups_of(context)
    kept = await context.services.registrations.set_gender(int(number), context.person.id, Gender(told))
    await context.show(update, context.text("seat.thanks" if kept else "unknown_press"))


async def cannot(update: Update, context: Context) -> None:
    """«I cannot»: noted; who has a seat is asked whether to give it back, who is offered one lets it go."""
    await context.answer_press(update)
    event = await found(context, number_of(context))
    if event is None:
        return
    person = context.person
    own = own_seat(await context.services.registrations.of_person(event.id, person.id))
    if own and own.state is RegistrationState.OFFERED:
        await _let_go(update, context, event, own)
    elif own and own.is_concerned:
        await _ask_back(context, own)
    elif (why := why_closed(event, context.now)) and why is not Why.LATE:
        await context.send(person.id, closed_in_words(context, event, why), with_page(context, event))
    elif await context.services.registrations.decline(event.id, person.id, person.name, context.now):
        coming = button(context.text("seat.button.come"), "e-come", event.id)
        await context.say("seat.declined", keyboard([coming]))
    else:
        await say_standing(context, event)


async def ask_back(update: Update, context: Context) -> None:
    """Giving a seat back, or leaving the queue, is asked once more: it may be hard to get again."""
    await context.answer_press(update)
    if chosen := await _chosen(context):
        _, seat = chosen
        await _ask_back(context, seat)


async def _ask_back(context: Context, seat: Registration) -> None:
    yes = button(context.text("seat.back_yes"), "e-back-yes", seat.id)
    no = button(context.text("seat.back_no"), "e", seat.event_id)
    waits = seat.state is RegistrationState.WAITING
    if seat.own:
        await context.say("seat.leave_sure" if waits else "seat.back_sure", keyboard([yes], [no]))
    else:
        await context.say("seat.take_out_sure", keyboard([yes], [no]), name=seat.name)


async def give_back(update: Update, context: Context) -> None:
    """The seat is given back, and goes to the next who waits."""
    await context.answer_press(update)
    seat = await context.services.registrations.release(number_of(context), context.person.id)
    event = await context.services.events.event(seat.event_id) if seat else None
    if seat is None or event is None:
        await context.show(update, context.text("seat.not_yours"))
        return
    if seat.own:
        coming = button(context.text("seat.button.come"), "e-come", event.id)
        await context.show(update, context.text("seat.given_back"), with_page(context, event, [[coming]]))
    else:
        party = button(context.text("seat.button.party"), "e-party", event.id)
        text = context.text("seat.taken_out", name=seat.name)
        await context.show(update, text, with_page(context, event, [[party]]))
    await offer_free(context.services, event.id)


async def take(update: Update, context: Context) -> None:
    """An offered seat is taken, if it still is offered."""
    await context.answer_press(update)
    chosen = await _chosen(context, RegistrationState.OFFERED)
    if chosen is None:
        return
    event, offered = chosen
    seat = await context.services.offers.take(offered.id, context.person.id, context.now)
    if seat is None:
        await say_standing(context, event, context.text("seat.not_offered"))
        return
    await send_ticket(context, event, seat)
    if seat.own:
        await say_standing(context, event)
    else:
        text = await seat_in_words(context, event, seat)
        await context.send(context.person.id, text, with_page(context, event))


async def let_go(update: Update, context: Context) -> None:
    """An offered seat is not wanted: it goes to the next."""
    await context.answer_press(update)
    if chosen := await _chosen(context, RegistrationState.OFFERED):
        await _let_go(update, context, *chosen)


async def _let_go(update: Update, context: Context, event: Event, offered: Registration) -> None:
    if await context.services.registrations.release(offered.id, context.person.id):
        await context.say("seat.let_go", with_page(context, event))
        await offer_free(context.services, event.id)
    else:
        await say_standing(context, event, context.text("seat.not_offered"))


async def _chosen(
    context: Context, state: RegistrationState | None = None
) -> tuple[Event, Registration] | None:
    """The seat that a press means: the one it names, the only one in this state, or one's own.

    Where several may be meant, that is asked; where none is, that is said.
    """
    event_id, named = (int(one) if one else None for one in groups_of(context))
    event = await found(context, event_id or 0)
    if event is None:
        return None
    seats = await context.services.registrations.of_person(event.id, context.person.id)
    fitting = [
        one
        for one in seats
        if (one.is_concerned if state is None else one.state is state)
        and (one.id == named if named else one.own or state is not None)
    ]
    if len(fitting) == 1:
        return event, fitting[0]
    if fitting:
        await _ask_which(context, event, fitting)
    else:
        await say_standing(context, event, context.text("seat.not_offered" if state else "seat.not_yours"))
    return None


async def _ask_which(context: Context, event: Event, offered: list[Registration]) -> None:
    rows = [
        [
            button(context.text("seat.take_for", name=one.name).unescape(), "e-take", event.id, one.id),
            button(context.text("seat.button.pass"), "e-pass", event.id, one.id),
        ]
        for one in offered
    ]
    told = [await seat_in_words(context, event, one) for one in offered]
    await context.send(context.person.id, Markup("\n\n").join(told), keyboard(*rows))
