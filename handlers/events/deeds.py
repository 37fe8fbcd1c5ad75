"""What coordinators can do with an event, from the planning to the minutes: the buttons under its page."""

from collections.abc import AsyncIterator

from bot.context import Context
from bot.core.authority import may_organise
from bot.core.events.attendance import is_open
from bot.core.events.changing import can_be_changed
from bot.core.events.event import Event
from bot.core.events.series import Series
from bot.core.people import Ability
from handlers.keyboards import Row, button, grid

Deed = tuple[str, str, *tuple[object, ...]]
"""The key of a button, the verb that it sends, and what follows the event's id in its data."""


async def rows(context: Context, event: Event) -> list[Row]:
    """A coordinator's buttons; for others there are none."""
    if not context.person.may(Ability.ANNOUNCE) or not may_organise(context.person, event):
        return []
    deeds = [deed async for deed in _deeds(context, event)]
    return grid([button(context.text(key), verb, event.id, *more) for key, verb, *more in deeds])


async def _deeds(context: Context, event: Event) -> AsyncIterator[Deed]:
    if await can_be_announced(context, event):
        yield "event.announce", "e-announce"
    if can_be_changed(event, context.now):
        yield "changing.change", "e-change"
        yield "changing.cancel", "e-cancel"
    yield "seat.who", "e-who", 0
    yield "notice.open", "e-notices"
    if is_open(event, context.now):
        yield "door.button", "e-door"
    yield "turnout.button", "e-came"
    if await running_series(context, event):
        yield "event.end_series", "e-series"
    if event.is_planned and event.details.starts_at <= context.now:
        yield "event.minutes_anew" if event.has_minutes else "event.write_minutes", "e-minutes"
        yield "event.feedback", "e-feedback"


async def can_be_announced(context: Context, event: Event) -> bool:
    """Whether it is to come, and nobody was told of it."""
    to_come = event.is_planned and event.details.starts_at > context.now
    return to_come and not await context.services.events.is_announced(event.id)


async def running_series(context: Context, event: Event) -> Series | None:
    """The series of an event, if that goes on."""
    series = await context.services.series.series(event.series_id) if event.series_id else None
    return series if series and not series.ended_at else None
