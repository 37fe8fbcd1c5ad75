"""/forums: what is coming, and one event with all that can be done about it."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Update

from bot.calendar_file import to_calendar
from bot.context import Context
from bot.core.attachments import Attachment
from bot.core.events.event import Event
from bot.core.events.registrations import Registration
from bot.core.people import Role
from handlers.attachments import send_attachments
from handlers.events import deeds, standing, tickets
from handlers.events.wording import announcement, cancelled, item
from handlers.keyboards import Row, button, column, keyboard
from handlers.plans.wording import plan_row
from handlers.routing import number_of
from messages.dates import short_day

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
    await context.send(
        context.person.id, text, keyboard(*_openings(context, coming), [*mine, *_lists(context)])
    )


async def mine(update: Update, context: Context) -> None:
    """What is coming and concerns this person: where they have a seat, are offered one, or wait."""
    await context.answer_press(update)
    seats = await context.services.registrations.concerning(context.person.id)
    coming = [one for one in await context.services.events.upcoming(context.now) if one.id in seats]
    if not coming:
        await context.say("seat.none_mine", keyboard([button(context.text("menu.forums"), "go", "forums")]))
        return
    text = Markup("\n\n").join([context.text("seat.list_mine"), *_items(context, coming, seats)])
    await context.send(context.person.id, text, keyboard(*_openings(context, coming)))


def _items(context: Context, events: Sequence[Event], seats: Mapping[int, Registration]) -> Iterator[Markup]:
    """Events in a list, marked where the person has a seat or waits."""
    services = context.services
    for event in events:
        told = item(services.catalogue, context.person.language, event, services.timezone)
        seat = seats.get(event.id)
        yield Markup("\n").join([told, context.text(f"seat.mark.{seat.state}")]) if seat else told


async def _say_none(context: Context) -> None:
    if await context.services.subscriptions.of_chat(context.person.id):
        await context.say("event.none_subscribed", keyboard(_lists(context)))
    else:
        subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
        await context.say("event.none", keyboard([subscribing], _lists(context)))


def _lists(context: Context) -> Row:
    """The other lists."""
    return [button(context.text("event.to_past"), "e-past", 0)]


async def show_past(update: Update, context: Context) -> None:
    """Forums and meetings that are over, the last first."""
    await context.answer_press(update)
    page_number = number_of(context)
    past, number_of_pages = await context.services.events.past(context.now, page_number)
    seen = [event for event in past if await may_see(context, event)]
    turns = [
        button(mark, "e-past", other)
        for mark, other in (("‹", page_number - 1), ("›", page_number + 1))
        if 0 <= other < number_of_pages
    ]
    coming = button(context.text("event.to_coming"), "go", "forums")
    text = context.text("event.past" if seen else "event.no_past")
    await context.show(update, text, keyboard(*_openings(context, seen), turns, [coming]))


async def open_event(update: Update, context: Context) -> None:
    """An event in a list, or under an announcement, was pressed."""
    await context.answer_press(update)
    await say_event(update, context, number_of(context))


async def say_event(update: Update, context: Context, event_id: int) -> None:
    """Say one event whole, with all that can be done about it."""
    if event := await found(context, event_id):
        stands = await standing.standing_of(context, event)
        paragraphs = [page(context, event), await standing.in_words(context, stands)]
        text = Markup("\n\n").join(one for one in paragraphs if one)
        rows = [
            await tickets.row(context, event),
            *standing.rows(context, stands),
            *await _rows(context, event),
            *await deeds.rows(context, event),
        ]
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


def page(context: Context, event: Event) -> Markup:
    """All that is told of an event, and how it stands."""
    services, language = context.services, context.person.language
    told = services.catalogue, language, event.details
    if event.is_planned:
        return announcement(*told, services.timezone, event.repeats)
    return cancelled(*told, event.reason, services.timezone)


async def _rows(context: Context, event: Event) -> list[Row]:
    """All that the person can do about an event."""
    lessons = await context.services.lessons.of_event(event.id)
    return [
        _files(context, event),
        *column(button(f"📖 {lesson.title[:_LONGEST_LABEL]}", "lesson", lesson.id) for lesson in lessons),
        await plan_row(context, event),
        _offering(context, event),
    ]


def _files(context: Context, event: Event) -> Row:
    """What belongs to it, to open."""
    details = event.details
    files = [("event.map", "e-map")] if details.pin else []
    files += [("event.agenda", "e-agenda")] if details.agenda else []
    files += [("event.minutes", "e-minutes-read")] if event.has_minutes else []
    files += [("event.calendar", "e-file")] if event.ends_at > context.now else []
    return [button(context.text(key), verb, event.id) for key, verb in files]


def _offering(context: Context, event: Event) -> Row:
    """A lesson that was told there, when it has begun."""
    begun = event.is_planned and event.details.starts_at <= context.now
    return [button(context.text("event.offer_lesson"), "e-offer", event.id)] if begun else []


def back(context: Context, event_id: int) -> InlineKeyboardMarkup:
    """To the page of an event, from what is behind it."""
    return keyboard([back_button(context, event_id)])


def back_button(context: Context, event_id: int) -> InlineKeyboardButton:
    return button(context.text("event.to_page"), "e", event_id)


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


def _openings(context: Context, events: Sequence[Event]) -> list[Row]:
    """A button for each; the day tells those apart that come again."""
    return column(button(_label(context, event), "e", event.id) for event in events)


def _label(context: Context, event: Event) -> str:
    start = event.details.starts_at.astimezone(context.services.timezone)
    return f"{short_day(context.person.language, start)} · {event.details.title}"[:_LONGEST_LABEL]
