"""The clock's ticks: each asks the database what is due; nothing is remembered in a timer."""

from datetime import timedelta
from typing import Final

from bot.app import Bot
from bot.context import Context
from handlers.broadcasts.progress import Watch
from handlers.broadcasts.reports import begin_scheduled
from handlers.events.notices import send_due
from handlers.events.offers import look_after_seats
from handlers.inquiries import look_after
from handlers.knowledge.gaps import summarise_week
from handlers.plans.reporting import ask_about_steps

OUTBOX_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)
INQUIRIES_EVERY: Final = timedelta(minutes=10)
KNOWLEDGE_EVERY: Final = timedelta(seconds=5)
LESSONS_EVERY: Final = timedelta(seconds=5)
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

    async def forget_askers(_: Context) -> None:
        await services.history.forget_askers(services.clock())
        await services.inquiries.forget_closed(services.clock())

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

    jobs = bot.application.job_queue
    if jobs is None:
        raise RuntimeError("python-telegram-bot was installed without its job queue")
    jobs.run_repeating(forget_done_updates, FORGET_EVERY, first=0, name="inbox", job_kwargs=_EACH_TICK)
    jobs.run_repeating(look_after_inquiries, INQUIRIES_EVERY, name="inquiries", job_kwargs=_EACH_TICK)
    jobs.run_repeating(forget_askers, FORGET_EVERY, first=60, name="askers", job_kwargs=_EACH_TICK)
    jobs.run_repeating(refresh_knowledge, KNOWLEDGE_EVERY, name="knowledge", job_kwargs=_EACH_TICK)
    jobs.run_repeating(refresh_lessons, LESSONS_EVERY, first=1, name="lessons", job_kwargs=_EACH_TICK)
    jobs.run_repeating(pass_seats_on, SEATS_EVERY, first=2, name="seats", job_kwargs=_EACH_TICK)
    jobs.run_repeating(send_summary, SUMMARY_EVERY, first=60, name="summary", job_kwargs=_EACH_TICK)
    jobs.run_repeating(ask_about_plans, PLANS_EVERY, first=2, name="plans", job_kwargs=_EACH_TICK)
    jobs.run_repeating(show_progress, PROGRESS_EVERY, name="progress", job_kwargs=_EACH_TICK)
    jobs.run_repeating(begin_what_is_due, SCHEDULED_EVERY, first=1, name="scheduled", job_kwargs=_EACH_TICK)
    jobs.run_repeating(make_events_ahead, SERIES_EVERY, first=1, name="series", job_kwargs=_EACH_TICK)
    jobs.run_repeating(send_notices, NOTICES_EVERY, first=2, name="notices", job_kwargs=_EACH_TICK)
    jobs.run_repeating(look_into_outbox, OUTBOX_EVERY, name="outbox", job_kwargs=_EACH_TICK)
