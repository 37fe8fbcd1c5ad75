"""Which events, broadcasts, lessons and requests a coordinator limited to provinces may work on."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from bot.context import Context
from bot.core import authority
from bot.core.people import Person
from handlers.routing import Scope

T = TypeVar("T")


def _scope(
    name: str,
    find: Callable[[Context, int], Coroutine[Any, Any, T | None]],
    may: Callable[[Person, T], bool],
) -> Scope:
    async def holds(context: Context, number: int) -> bool:
        thing = await find(context, number)
        return thing is None or may(context.person, thing)

    return Scope(name, holds)


EVENT: Final = _scope("event", lambda c, number: c.services.events.event(number), authority.may_organise)
BROADCAST: Final = _scope(
    "broadcast", lambda c, number: c.services.broadcasts.broadcast(number), authority.may_send
)
LESSON: Final = _scope("lesson", lambda c, number: c.services.lessons.lesson(number), authority.may_review)
REQUEST: Final = _scope(
    "request",
    lambda c, number: c.services.membership.request(number),
    lambda person, request: authority.may_admit(person, request.application.provinces),
)


async def _of_seat(context: Context, number: int) -> bool:
    seat = await context.services.registrations.registration(number)
    return seat is None or await EVENT.holds(context, seat.event_id)


async def _of_notice(context: Context, number: int) -> bool:
    notice = await context.services.notices.notice(number)
    return notice is None or await EVENT.holds(context, notice.event_id)


async def _of_correction(context: Context, number: int) -> bool:
    correction = await context.services.approvals.correction(number)
    return correction is None or await BROADCAST.holds(context, correction.broadcast_id)


async def _of_report(context: Context, number: int) -> bool:
    report = await context.services.lessons.report_of(number)
    return report is None or await LESSON.holds(context, report.lesson_id)


SEAT: Final = Scope("seat", _of_seat)
NOTICE: Final = Scope("notice", _of_notice)
CORRECTION: Final = Scope("correction", _of_correction)
REPORT: Final = Scope("report", _of_report)
