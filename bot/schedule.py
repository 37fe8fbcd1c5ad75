"""The clock's ticks: each asks the database what is due; nothing is remembered in a timer."""

from datetime import time, timedelta
from typing import Final

from bot.app import Bot
from bot.context import Context
from handlers.broadcasts.progress import Watch
from handlers.broadcasts.reports import begin_scheduled
from handlers.events.notices import send_due
from handlers.events.offers import look_after_seats
from handlers.inquiries import look_after
from handlers.knowledge.gaps import summarise_week
from handlers.membership.reviewing import remind
from handlers.plans.reporting import ask_about_steps
from handlers.privacy import forget_what_is_old

OUTBOX_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)
RETENTION: Final = "retention"
RETENTION_AT: Final = time(3, 30)
RETENTION_FIRST: Final = timedelta(minutes=2)
INQUIRIES_EVERY: Final = timedelta(minutes=10)
KNOWLEDGE_EVERY: Final = timedelta(seconds=5)
LESSONS_EVERY: Final = timedelta(seconds=5)
REQUESTS_EVERY: Final = timedelta(minutes=10)
NOTICES_EVERY: Final = timedelta(seconds=30)
PLANS_EVERY: Final = timedelta(minutes=3)
PROGRESS_EVERY: Final = timedelta(seconds=2)
SERIES_EVERY: Final = timedelta(hours=1)
SCHEDULED_EVERY: Final = timedelta(seconds=10)
SEATS_EVERY: Final = timedelta(minutes=1)
SUMMARY_EVERY: Final = timedelta(minutes=30)
# A tick that comes late still runs, once: APScheduler would drop it after a second.
_EACH_TICK: Final = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def schedule(bot: Bot) -> None:
    """Set the ticks going with the application."""
    services = bot.application.services
    watch = Watch()

    async def look_into_outbox(_: Context) -> None:
        bot.outbox.wake()

    async def forget_done_updates(_: Context) -> None:
        await bot.inbox.forget_done(services.clock())

    async def keep_no_longer(_: Context) -> None:
        await forget_what_is_old(services)

    async def refresh_knowledge(_: Context) -> None:
        await services.live.refresh()

    async def refresh_lessons(_: Context) -> None:
        await services.library.refresh()  # so that the first search need not wait for it

    async def show_progress(context: Context) -> None:
        await watch.refresh(services, context.bot)

    async def begin_what_is_due(context: Context) -> None:
        await begin_scheduled(services, context.bot)

    async def pass_seats_on(_: Context) -> None:
        await look_after_seats(services)

    async def make_events_ahead(_: Context) -> None:
        await services.series.make_ahead(services.clock())

    async def send_notices(_: Context) -> None:
        await send_due(services)

    async def send_summary(context: Context) -> None:
        await summarise_week(services, context.bot)

    async def ask_about_plans(_: Context) -> None:
        await ask_about_steps(services)

    async def look_after_inquiries(context: Context) -> None:
        await look_after(services, context.bot)

    async def remind_of_requests(context: Context) -> None:
        await remind(services, context.bot)

    jobs = bot.application.job_queue
    if jobs is None:
        raise RuntimeError("python-telegram-bot was installed without its job queue")
    for name, tick, every, first in (
        ("inbox", forget_done_updates, FORGET_EVERY, 0),
        ("inquiries", look_after_inquiries, INQUIRIES_EVERY, None),
        ("requests", remind_of_requests, REQUESTS_EVERY, 30),
        ("knowledge", refresh_knowledge, KNOWLEDGE_EVERY, None),
        ("lessons", refresh_lessons, LESSONS_EVERY, 1),
        ("seats", pass_seats_on, SEATS_EVERY, 2),
        ("summary", send_summary, SUMMARY_EVERY, 60),
        ("plans", ask_about_plans, PLANS_EVERY, 2),
        ("progress", show_progress, PROGRESS_EVERY, None),
        ("scheduled", begin_what_is_due, SCHEDULED_EVERY, 1),
        ("series", make_events_ahead, SERIES_EVERY, 1),
        ("notices", send_notices, NOTICES_EVERY, 2),
        ("outbox", look_into_outbox, OUTBOX_EVERY, None),
    ):
        jobs.run_repeating(tick, every, first=first, name=name, job_kwargs=_EACH_TICK)
    at_night = RETENTION_AT.replace(tzinfo=services.timezone)
    jobs.run_daily(keep_no_longer, at_night, name=RETENTION, job_kwargs=_EACH_TICK)
    jobs.run_once(keep_no_longer, RETENTION_FIRST, name=RETENTION)  # a bot that is off at night forgets too
