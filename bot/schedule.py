"""The clock's ticks: each asks the database what is due; nothing is remembered in a timer."""

from datetime import timedelta
from typing import Final

from bot.app import Bot
from bot.context import Context
from handlers.broadcasts.progress import Watch
from handlers.broadcasts.reports import begin_scheduled
from handlers.inquiries import look_after
from handlers.knowledge.gaps import summarise_week
from handlers.membership.reviewing import remind

OUTBOX_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)
INQUIRIES_EVERY: Final = timedelta(minutes=10)
KNOWLEDGE_EVERY: Final = timedelta(seconds=5)
LESSONS_EVERY: Final = timedelta(seconds=5)
REQUESTS_EVERY: Final = timedelta(minutes=10)
PROGRESS_EVERY: Final = timedelta(seconds=2)
SCHEDULED_EVERY: Final = timedelta(seconds=10)
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

    async def forget_drafts(_: Context) -> None:
        await services.forms.forget_drafts(services.clock())

    async def refresh_knowledge(_: Context) -> None:
        await services.live.refresh()

    async def refresh_lessons(_: Context) -> None:
        await services.library.refresh()  # so that the first search need not wait for it

    async def show_progress(context: Context) -> None:
        await watch.refresh(services, context.bot)

    async def begin_what_is_due(context: Context) -> None:
        await begin_scheduled(services, context.bot)

    async def send_summary(context: Context) -> None:
        await summarise_week(services, context.bot)

    async def look_after_inquiries(context: Context) -> None:
        await look_after(services, context.bot)

    async def remind_of_requests(context: Context) -> None:
        await remind(services, context.bot)

    jobs = bot.application.job_queue
    if jobs is None:
        raise RuntimeError("python-telegram-bot was installed without its job queue")
    jobs.run_repeating(forget_done_updates, FORGET_EVERY, first=0, name="inbox", job_kwargs=_EACH_TICK)
    jobs.run_repeating(look_after_inquiries, INQUIRIES_EVERY, name="inquiries", job_kwargs=_EACH_TICK)
    jobs.run_repeating(forget_askers, FORGET_EVERY, first=60, name="askers", job_kwargs=_EACH_TICK)
    jobs.run_repeating(forget_drafts, FORGET_EVERY, first=90, name="drafts", job_kwargs=_EACH_TICK)
    jobs.run_repeating(remind_of_requests, REQUESTS_EVERY, first=30, name="requests", job_kwargs=_EACH_TICK)
    jobs.run_repeating(refresh_knowledge, KNOWLEDGE_EVERY, name="knowledge", job_kwargs=_EACH_TICK)
    jobs.run_repeating(refresh_lessons, LESSONS_EVERY, first=1, name="lessons", job_kwargs=_EACH_TICK)
    jobs.run_repeating(send_summary, SUMMARY_EVERY, first=60, name="summary", job_kwargs=_EACH_TICK)
    jobs.run_repeating(show_progress, PROGRESS_EVERY, name="progress", job_kwargs=_EACH_TICK)
    jobs.run_repeating(begin_what_is_due, SCHEDULED_EVERY, first=1, name="scheduled", job_kwargs=_EACH_TICK)
    jobs.run_repeating(look_into_outbox, OUTBOX_EVERY, name="outbox", job_kwargs=_EACH_TICK)
