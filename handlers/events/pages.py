"""/forums: what is coming, and one event with all that can be done about it."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from markupsafe import Markup
from telegram import InputFile, Update

from bot.calendar_file import to_calendar
from bot.context import Context
from bot.core.attachments import Attachment
from bot.core.events.changing import can_be_changed
from bot.core.events.event import Event
from bot.core.people import Role
from handlers.attachments import send_attachments
from handlers.events.wording import announcement, cancelled, item
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import number_of

_LONGEST_LABEL: Final = 60


async def forums(update: Update, context: Context) -> None:
    """/forums: what is coming, soonest first."""
    services, language = context.services, context.person.language
    coming = [event for event in await services.events.upcoming(context.now) if await may_see(context, event)]
    if not coming:
        await _say_none(context)
        return
    items = [item(services.catalogue, language, event, services.timezone) for event in coming]
    text = Markup("\n\n").join([context.text("event.list"), *items])
    await context.send(context.person.id, text, keyboard(*_openings(coming)))


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
        await context.send(context.person.id, await page(context, event), keyboard(*_rows(context, event)))


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
    told = services.catalogue, language, event.details
    if event.is_planned:
        return announcement(*told, services.timezone)
    return cancelled(*told, event.reason, services.timezone)


def _rows(context: Context, event: Event) -> list[Row]:
    details = event.details
    files = [("event.map", "e-map")] if details.pin else []
    files += [("event.agenda", "e-agenda")] if details.agenda else []
    files.append(("event.calendar", "e-file"))
    deeds = [files, *(_deeds_of_coordinators(context, event) if context.person.may(Role.COORDINATOR) else ())]
    return [[button(context.text(key), verb, event.id) for key, verb in row] for row in deeds]


def _deeds_of_coordinators(context: Context, event: Event) -> list[list[tuple[str, str]]]:
    changing = [("changing.change", "e-change"), ("changing.cancel", "e-cancel")]
    return [changing if can_be_changed(event, context.now) else [], [("notice.open", "e-notices")]]


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
