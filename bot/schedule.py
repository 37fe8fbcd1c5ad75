"""The clock's ticks: each asks the database what is due; nothing is remembered in a timer."""

from datetime import timedelta
from typing import Final

from bot.app import Bot
from bot.context import Context
from handlers.inquiries import look_after

OUTBOX_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)
INQUIRIES_EVERY: Final = timedelta(minutes=10)
# A tick that comes late still runs, once: APScheduler would drop it after a second.
_EACH_TICK: Final = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def schedule(bot: Bot) -> None:
    """Set the ticks going with the application."""

    async def look_into_outbox(_: Context) -> None:
        bot.outbox.wake()

    async def forget_done_updates(_: Context) -> None:
        await bot.inbox.forget_done(bot.application.services.clock())

    async def look_after_inquiries(context: Context) -> None:
        await look_after(bot.application.services, context.bot)

    jobs = bot.application.job_queue
    if jobs is None:
        raise RuntimeError("python-telegram-bot was installed without its job queue")
    jobs.run_repeating(forget_done_updates, FORGET_EVERY, first=0, name="inbox", job_kwargs=_EACH_TICK)
    jobs.run_repeating(look_after_inquiries, INQUIRIES_EVERY, name="inquiries", job_kwargs=_EACH_TICK)
    jobs.run_repeating(look_into_outbox, OUTBOX_EVERY, name="outbox", job_kwargs=_EACH_TICK)
