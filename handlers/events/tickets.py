"""The ticket of a seat: its code, and a picture of it that is scanned at the door."""

from io import BytesIO
from typing import Final

import segno
from markupsafe import Markup
from telegram import InputFile, Update
from telegram.constants import MessageLimit, ParseMode
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.events.attendance import LINK
from bot.core.events.event import Event
from bot.core.events.registrations import Registration, RegistrationState
from handlers.events.wording import when
from handlers.keyboards import Row, button
from handlers.routing import number_of
from messages.parts import parts

_MODULE: Final = 12
"""The side of one square of the picture, in pixels."""


async def row(context: Context, event: Event) -> Row:
    """The button that gives the ticket, for whoever has a seat at an event that is still of use."""
    if not event.is_planned or event.ends_at <= context.now or not await _held(context, event.id):
        return []
    return [button(context.text("ticket.button"), "e-ticket", event.id)]


async def open_ticket(update: Update, context: Context) -> None:
    """Send the ticket again."""
    await context.answer_press(update)
    event = await context.services.events.event(number_of(context))
    seats = await _held(context, event.id) if event else []
    if event is None or not seats:
        await context.say("ticket.none")
    elif not event.is_planned:
        await context.say("event.cancelled", reason=event.reason or "–")
    else:
        await send_ticket(context, event, seats[0])


async def send_ticket(context: Context, event: Event, registration: Registration) -> None:
    """Send the ticket of a seat to the person who holds it; codes of their other seats stand below."""
    others = [one for one in await _held(context, event.id) if one.id != registration.id]
    caption, *more = parts(_words(context, event, registration, others), MessageLimit.CAPTION_LENGTH)
    await context.bot.send_photo(
        context.person.id,
        InputFile(BytesIO(picture(link(context, registration))), "code.png"),
        caption=caption,
        parse_mode=ParseMode.HTML,
    )
    for part in more:
        await context.send(context.person.id, part)


def picture(text: str) -> bytes:
    """A QR code as a PNG, with the white border that scanners need also on a dark screen."""
    body = BytesIO()
    segno.make_qr(text, error="m").save(body, kind="png", scale=_MODULE, border=4)
    return body.getvalue()


def link(context: Context, registration: Registration) -> str:
    """What opens a seat at the door when a coordinator follows it."""
    return create_deep_linked_url(context.bot.username, f"{LINK}{registration.code}")


async def _held(context: Context, event_id: int) -> list[Registration]:
    """The seats with a code that a person holds, their own first."""
    seats = await context.services.attendance.of_holder(event_id, context.person.id)
    held = [seat.registration for seat in seats]
    return [one for one in held if one.code and one.state is RegistrationState.COMING]


def _words(context: Context, event: Event, registration: Registration, others: list[Registration]) -> Markup:
    ticket = context.text(
        "ticket.caption",
        title=event.details.title,
        when=when(context.person.language, event.details, context.services.timezone),
        place=event.details.place,
        name=registration.name,
        code=registration.code,
    )
    if not others:
        return ticket
    codes = [context.text("ticket.other", name=one.name, code=one.code) for one in others]
    return Markup("\n").join([ticket, "", context.text("ticket.others"), *codes])
