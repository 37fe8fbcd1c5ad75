"""What a coordinator can do with an event that comes again."""

from bot.context import Context
from bot.core.events.event import Event
from bot.core.events.series import Series
from bot.core.people import Role
from handlers.keyboards import Row, button


async def rows(context: Context, event: Event) -> list[Row]:
    """What a coordinator can do with one that comes again."""
    if not context.person.may(Role.COORDINATOR):
        return []
    announcing = [button(context.text("event.announce"), "e-announce", event.id)]
    ending = [button(context.text("event.end_series"), "e-series", event.id)]
    return [
        announcing if await can_be_announced(context, event) else [],
        ending if await running_series(context, event) else [],
    ]


async def can_be_announced(context: Context, event: Event) -> bool:
    """Whether it is to come, and nobody was told of it."""
    to_come = event.is_planned and event.details.starts_at > context.now
    return to_come and not await context.services.events.is_announced(event.id)


async def running_series(context: Context, event: Event) -> Series | None:
    """The series of an event, if that goes on."""
    series = await context.services.series.series(event.series_id) if event.series_id else None
    return series if series and not series.ended_at else None
