"""How far a change of an event reaches: this one alone, or all of its series that follow as well."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.events.changing import FOLLOWING, brought_up_to_date, can_be_changed, is_outdated
from bot.core.events.event import Event
from bot.core.forms import Form
from handlers.events.pages import found
from handlers.events.wording import rule_in_words
from handlers.keyboards import button, keyboard
from messages.dates import day, digits

Begin = Callable[[Update, Context, Sequence[Event], bool], Awaitable[None]]
"""Opens a form for events; whether it is meant for all that follow."""

THIS: Final = "this"


async def ask(update: Update, context: Context, event_id: int, deed: str, begin: Begin) -> None:
    """Ask how far a deed reaches, where it can reach further; else begin it. `deed` begins its buttons."""
    event = await changeable(context, event_id)
    if event is None:
        return
    series = await context.services.series.series(event.series_id) if event.series_id else None
    following = await those_following(context, event)
    if series is None or (series.ended_at and len(following) == 1):
        await begin(update, context, [event], False)
        return
    rows = [
        [button(context.text("extent.this", day=_day(context, event)), f"{deed}-{THIS}", event.id)],
        [button(context.text("extent.following"), f"{deed}-{FOLLOWING}", event.id)],
        [button(context.text("button.leave_as_is"), "e", event.id)],
    ]
    rule = rule_in_words(context.services.catalogue, context.person.language, series.rule)
    await context.say(f"extent.{deed}", keyboard(*rows), rule=rule, days=days(context, following))


async def choose(update: Update, context: Context, extent: str, event_id: int, begin: Begin) -> None:
    """How far it reaches was pressed."""
    event = await changeable(context, event_id)
    if event is None:
        return
    following = await those_following(context, event) if extent == FOLLOWING else []
    await begin(update, context, following or [event], bool(following))


async def changeable(context: Context, event_id: int, form: Form | None = None) -> Event | None:
    """The event, if it can still be changed; otherwise that is said, and the form for it erased."""
    event = await found(context, event_id)
    if event and can_be_changed(event, context.now):
        return event
    if event:
        await context.say("changing.too_late" if event.is_planned else "changing.is_cancelled")
    if form:
        await context.services.forms.discard(form)
    return None


async def those_meant(context: Context, form: Form) -> list[Event]:
    """The events that a form is about, the first alone or with all that follow; none: it is too late."""
    event = await changeable(context, int(form.answers["event"]), form)
    if event is None:
        return []
    return (await those_following(context, event) if FOLLOWING in form.answers else []) or [event]


async def those_following(context: Context, event: Event) -> list[Event]:
    """This one and those of its series that come after it and can be changed; none without a series."""
    following = await context.services.series.following(event) if event.series_id else []
    return [one for one in following if can_be_changed(one, context.now)]


async def over_what_others_changed(
    context: Context, form: Form, events: Sequence[Event], answers: Mapping[str, str]
) -> Form | None:
    """The form, brought up to date where somebody changed the events, which is said; None: it is another."""
    if not is_outdated(form, events):
        return form
    saved = await context.services.forms.save(brought_up_to_date(form, events, answers), context.now)
    await context.say("changing.overtaken" if saved else "form.old_button")
    return saved


async def will_tell(context: Context, events: Sequence[Event]) -> Markup:
    """How many people will be told of it."""
    number = await context.services.changing.concerned(events)
    if not number:
        return context.text("changing.tells_none_registered")
    return context.text("changing.tells", count=number, number=digits(context.person.language, number))


async def say_done(
    update: Update, context: Context, event: Event, key: str, people: int, messages: int
) -> None:
    """Say what was done, and how many hear of it."""
    language = context.person.language
    done = context.text(key, people=digits(language, people), messages=digits(language, messages))
    await context.show(update, done, keyboard([button(context.text("notice.back"), "e", event.id)]))
    context.services.wake_outbox()


def days(context: Context, events: Sequence[Event]) -> str:
    """The days of events, one a line."""
    return "\n".join(f"• {_day(context, event)}" for event in events)


def _day(context: Context, event: Event) -> str:
    return day(context.person.language, event.details.starts_at.astimezone(context.services.timezone))
