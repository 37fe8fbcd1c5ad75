"""Who came to an event, in numbers and as a spreadsheet; for coordinators."""

import asyncio
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.account import to_workbook
from bot.context import Context
from bot.core.councils import commune
from bot.core.events.attendance import Seat, Turnout, turnout
from bot.core.events.event import Event
from handlers.councils import full_name
from handlers.events.wording import when
from handlers.keyboards import button, keyboard
from handlers.routing import number_of
from messages.dates import digits

_MOST_LISTED: Final = 10
COLUMNS: Final = (
    *("name", "gender", "council", "district", "province", "organisation"),
    *("state", "registered", "came", "walk_in"),
)
_WIDTHS: Final = (28, 14, 22, 22, 20, 30, 18, 18, 18, 12)


async def show(update: Update, context: Context) -> None:
    """How many of how many came, and who they are."""
    await context.answer_press(update)
    event = await context.services.events.event(number_of(context))
    if event is None:
        await context.say("event.unknown")
        return
    numbers = turnout(await context.services.attendance.of_event(event.id))
    buttons = [
        button(context.text("turnout.file"), "e-came-file", event.id),
        button(context.text("event.more"), "e", event.id),
    ]
    await context.send(context.person.id, _in_words(context, event, numbers), keyboard(buttons))


async def send_workbook(update: Update, context: Context) -> None:
    """Every seat of the event, as an Excel file."""
    await context.answer_press(update)
    event = await context.services.events.event(number_of(context))
    if event is None:
        await context.say("event.unknown")
        return
    seats = await context.services.attendance.of_event(event.id)
    headings = [context.text(f"turnout.column.{column}").unescape() for column in COLUMNS]
    title = context.text("turnout.sheet").unescape()
    rows = [_cells(context, seat) for seat in seats]
    await context.typing()
    body = await asyncio.to_thread(to_workbook, title, headings, rows, _WIDTHS)
    await context.export(body, f"wgpd-attendance-{event.id}.xlsx")


def _cells(context: Context, seat: Seat) -> list[str]:
    one, language, zone = seat.registration, context.person.language, context.services.timezone
    place = commune(one.commune_code)
    moments = [
        f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
        for moment in (one.registered_at, one.attended_at)
    ]
    return [
        one.name,
        context.text(f"seat.gender.{one.gender}").unescape() if one.gender else "",
        *([area.name(language) for area in (place, place.district, place.province)] if place else [""] * 3),
        one.organisation,
        context.text(f"turnout.state.{one.state}").unescape(),
        *moments,
        "✓" if seat.is_walk_in else "",
    ]


def _in_words(context: Context, event: Event, numbers: Turnout) -> Markup:
    language = context.person.language
    page = context.text(
        "turnout.page",
        title=event.details.title,
        when=when(language, event.details, context.services.timezone),
        came=digits(language, numbers.came),
        expected=digits(language, numbers.expected),
        walk_ins=digits(language, numbers.walk_ins),
        present=digits(language, numbers.present),
        women=digits(language, numbers.women),
        men=digits(language, numbers.men),
        untold=digits(language, numbers.untold),
    )
    councils = [
        (full_name(context, place) if (place := commune(code)) else code, number)
        for code, number in numbers.councils
    ]
    paragraphs = [
        page,
        _longest_first(context, context.text("turnout.councils"), councils),
        _longest_first(context, context.text("turnout.organisations"), numbers.organisations),
    ]
    if numbers.of_nothing:
        paragraphs.append(context.text("turnout.of_nothing", number=digits(language, numbers.of_nothing)))
    return Markup("\n\n").join(one for one in paragraphs if one)


def _longest_first(context: Context, heading: Markup, counted: Sequence[tuple[str, int]]) -> Markup | None:
    """A heading, the names with the highest numbers, and how many names more there are."""
    if not counted:
        return None
    language = context.person.language
    lines = [
        context.text("turnout.line", name=name, number=digits(language, number))
        for name, number in counted[:_MOST_LISTED]
    ]
    left = len(counted) - len(lines)
    if left:
        lines.append(context.text("turnout.more", number=digits(language, left)))
    return Markup("\n").join([heading, *lines])
