"""/forums: what is coming, and one event with all that can be done about it."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Final

from markupsafe import Markup
from telegram import InputFile, Update

from bot.calendar_file import to_calendar
from bot.context import Context
from bot.core.attachments import Attachment
from bot.core.events.event import Event
from bot.core.events.registrations import Registration
from bot.core.people import Role
from handlers.attachments import send_attachments
from handlers.events import standing
from handlers.events.wording import announcement, item
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import number_of

_LONGEST_LABEL: Final = 60


async def forums(update: Update, context: Context) -> None:
    """/forums: what is coming, soonest first."""
    upcoming = await context.services.events.upcoming(context.now)
    coming = [event for event in upcoming if await may_see(context, event)]
    if not coming:
        await _say_none(context)
        return
    seats = await context.services.registrations.concerning(context.person.id)
    text = Markup("\n\n").join([context.text("event.list"), *_items(context, coming, seats)])
    mine = [button(context.text("seat.mine"), "e-mine")] if any(one.id in seats for one in coming) else []
    await context.send(context.person.id, text, keyboard(*_openings(coming), mine))


async def mine(update: Update, context: Context) -> None:
    """What is coming and concerns this person: where they have a seat, are offered one, or wait."""
    await context.answer_press(update)
    seats = await context.services.registrations.concerning(context.person.id)
    coming = [one for one in await context.services.events.upcoming(context.now) if one.id in seats]
    if not coming:
        await context.say("seat.none_mine", keyboard([button(context.text("menu.forums"), "go", "forums")]))
        return
    text = Markup("\n\n").join([context.text("seat.list_mine"), *_items(context, coming, seats)])
    await context.send(context.person.id, text, keyboard(*_openings(coming)))


def _items(context: Context, events: Sequence[Event], seats: Mapping[int, Registration]) -> Iterator[Markup]:
    """Events in a list, marked where the person has a seat or waits."""
    services = context.services
    for event in events:
        told = item(services.catalogue, context.person.language, event, services.timezone)
        seat = seats.get(event.id)
        yield Markup("\n").join([told, context.text(f"seat.mark.{seat.state}")]) if seat else told


async def _say_none(context: Context) -> None:
    if await context.services.subscriptions.of_chat(context.person.id):
        await context.say("event.none_subscribed")
    else:
        await context.say("event.none", keyboard([button(context.text("menu.subscribe"), "go", "subscribe")]))


async def open_event(update: Update, context: Context) -> None:
    """An event in a list, or under an announcement, was pressed."""
    await context.answer_press(update)
    await say_event(update, context, number_of(context))


async def say_event(update: Update, context: Context, event_id: int) -> None:
    """Say one event whole, with all that can be done about it."""
    if event := await found(context, event_id):
        stands = await standing.standing_of(context, event)
        paragraphs = [await page(context, event), await standing.in_words(context, stands)]
        text = Markup("\n\n").join(one for one in paragraphs if one)
        rows = [*standing.rows(context, stands), *_rows(context, event)]
        await context.send(context.person.id, text, keyboard(*rows))


async def found(context: Context, event_id: int) -> Event | None:
    """The event, if there is one that this person may see; otherwise that is said."""
    event = await context.services.events.event(event_id)
    if event and await may_see(context, event):
        return event
    await context.say("event.unknown", keyboard([button(context.text("menu.forums"), "go", "forums")]))
    return None


async def may_see(context: Context, event: Event) -> bool:
    """Whether an event is for this person, or for everybody."""
    if context.person.may(Role.COORDINATOR):
        return True
    return await context.services.audiences.includes(event.details.audience, context.person.id)


async def page(context: Context, event: Event) -> Markup:
    """All that is told of an event, and how it stands."""
    services, language = context.services, context.person.language
    whole = announcement(services.catalogue, language, event.details, services.timezone)
    if event.is_planned:
        return whole
    return Markup("\n\n").join([context.text("event.cancelled", reason=event.reason or "–"), whole])


def _rows(context: Context, event: Event) -> list[Row]:
    details = event.details
    files = [("event.map", "e-map")] if details.pin else []
    files += [("event.agenda", "e-agenda")] if details.agenda else []
    files.append(("event.calendar", "e-file"))
    rows = [[button(context.text(key), verb, event.id) for key, verb in files]]
    if context.person.may(Role.COORDINATOR):
        rows.append([button(context.text("seat.who"), "e-who", event.id, 0)])
    return rows


async def send_map(update: Update, context: Context) -> None:
    """Where it is, to open in a map."""
    await context.answer_press(update)
    if event := await found(context, number_of(context)):
        await _send(context, event.details.pin)


async def send_agenda(update: Update, context: Context) -> None:
    """The agenda document."""
    await context.answer_press(update)
    if event := await found(context, number_of(context)):
        await _send(context, event.details.agenda)


async def _send(context: Context, attachment: Attachment | None) -> None:
    if attachment is None or not await send_attachments(context, [attachment]):
        await context.say("lesson.file_gone")


async def send_file(update: Update, context: Context) -> None:
    """The calendar file, which replaces one that was taken before."""
    await context.answer_press(update)
    if event := await found(context, number_of(context)):
        await send_calendar(context, event)


async def send_calendar(context: Context, event: Event) -> None:
    """Send an event as a file that calendars open."""
    body = to_calendar([event], context.services.timezone, f"{context.bot.username}.t.me")
    await context.bot.send_document(
        context.person.id,
        InputFile(BytesIO(body), f"event-{event.id}.ics"),
        caption=context.text("event.file").unescape(),
    )


def _openings(events: Sequence[Event]) -> list[Row]:
    return column(button(event.details.title[:_LONGEST_LABEL], "e", event.id) for event in events)
