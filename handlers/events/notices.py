"""What people are told of an event by the clock: the tick that sends it, and the page that shows it."""

from collections.abc import Sequence

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context, Services
from bot.core.authority import may_organise
from bot.core.events.event import Event
from bot.core.events.notices import MINUTES, REMINDERS, Notice, NoticeState
from bot.core.events.telling import PlannedNotice, ahead, asked_for_minutes
from bot.core.people import LANGUAGES, Ability, Language
from handlers.events import pages
from handlers.events.wording import item_with_contact
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import number_of
from messages.dates import clock_time, digits, short_day


async def send_due(services: Services) -> None:
    """The clock's tick: begin to send every notice that is due."""
    for notice in await services.notices.due(services.clock()):
        event = await services.events.event(notice.event_id)
        if event:
            await _send(services, event, notice)


async def _send(services: Services, event: Event, notice: PlannedNotice) -> bool:
    """Begin to send a notice; False when somebody changed the event meanwhile, or it was sent."""
    now = services.clock()
    coordinators = await services.people.coordinators(Ability.ANNOUNCE)
    organisers = [one.id for one in coordinators if may_organise(one, event)]
    askable = asked_for_minutes(event.organiser, organisers)
    texts = {language: _text(services, language, event, notice.notice) for language in LANGUAGES}
    sent = await services.notices.send(notice, event, texts, askable, now)
    if sent:
        services.wake_outbox()
    return sent


def _text(services: Services, language: Language, event: Event, notice: Notice) -> Markup:
    catalogue, zone = services.catalogue, services.timezone
    told = item_with_contact(catalogue, language, event, zone)
    if notice in REMINDERS:
        unit, count = ahead(event.details.starts_at, zone, services.clock())
        number = digits(language, count)
        how_far = catalogue.text(language, f"notice.ahead.{unit}", count=count, number=number)
        return catalogue.text(language, "notice.reminder", ahead=how_far, event=told)
    key = "notice.minutes" if notice in MINUTES else "notice.feedback"
    return catalogue.text(language, key, event=told)


async def show(update: Update, context: Context) -> None:
    """The notices of an event, and what became of each."""
    await context.answer_press(update)
    if event := await pages.found(context, number_of(context)):
        await context.send(context.person.id, *await _page(context, event))


async def send_now(update: Update, context: Context) -> None:
    """A notice that was missed is to go out all the same."""
    await context.answer_press(update)
    services = context.services
    notice = await services.notices.notice(number_of(context))
    event = await services.events.event(notice.event_id) if notice else None
    if notice is None or event is None:
        await context.say("event.unknown")
        return
    made_up = notice.can_be_made_up_for(event, context.now) and await _send(services, event, notice)
    if not made_up:
        await context.say("notice.of_no_use")
    await context.show(update, *await _page(context, event))


async def _page(context: Context, event: Event) -> tuple[Markup, InlineKeyboardMarkup]:
    planned = [
        one
        for one in await context.services.notices.of_event(event.id)
        if one.state is not NoticeState.DROPPED or one.starts_at == event.details.starts_at
    ]
    heading = context.text("notice.list", title=event.details.title)
    text = Markup("\n").join([heading, "", *(_line(context, one) for one in planned)])
    missed = [one for one in planned if one.can_be_made_up_for(event, context.now)]
    return text, keyboard(*_sendings(context, missed), [button(context.text("notice.back"), "e", event.id)])


def _sendings(context: Context, missed: Sequence[PlannedNotice]) -> list[Row]:
    return column(
        button(context.text("notice.send_now", notice=_name(context, one)).unescape(), "e-notice", one.id)
        for one in missed
    )


def _line(context: Context, planned: PlannedNotice) -> Markup:
    """One notice: what it is, when, and what became of it."""
    language = context.person.language
    local = planned.due_at.astimezone(context.services.timezone)
    sent_to_nobody = planned.state is NoticeState.SENT and not planned.told
    return context.text(
        "notice.to_nobody" if sent_to_nobody else f"notice.state.{planned.state}",
        notice=_name(context, planned),
        day=short_day(language, local),
        time=clock_time(language, local),
        reached=digits(language, planned.reached),
        told=digits(language, planned.told),
    )


def _name(context: Context, planned: PlannedNotice) -> str:
    return context.text(f"event.reminder.{planned.notice}").unescape()
