"""What became of broadcasts: the list, and what coordinators are told by itself."""

import asyncio

import structlog
from markupsafe import Markup
from telegram import Bot, Update
from telegram.error import TelegramError

from bot.charts.provinces import ProvinceLabels, province_chart
from bot.context import Context, Services, tell
from bot.core import councils
from bot.core.accounts import ProvinceCount
from bot.core.authority import may_send
from bot.core.broadcasts import NOTICES, Broadcast, DeliveryState
from bot.core.people import LANGUAGES, Language, Person, Role
from bot.logs import kind_of
from handlers.broadcasts import progress
from handlers.broadcasts.wording import name_of
from handlers.keyboards import button, column, keyboard
from messages.dates import digits

log = structlog.get_logger()


async def broadcasts(update: Update, context: Context) -> None:
    """/broadcasts: the last ones; each can be opened."""
    newest = await context.services.broadcasts.newest()
    if not newest:
        await context.say("broadcast.none")
        return
    rows = []
    for one in newest:
        tally = await context.services.accounts.tally(one.id)
        sent, total = (digits(context.person.language, n) for n in (tally[DeliveryState.SENT], tally.total))
        mark = progress.MARKS[one.state]
        rows.append(button(f"{mark} {sent}/{total} · {name_of(one)[:50]}", "b", one.id))
    await context.say("broadcast.list", keyboard(*column(rows)))


async def tell_finished(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Tell the coordinator who confirmed a broadcast what became of it, with a picture by province."""
    if broadcast.subject in NOTICES:  # the clock began it; the event's page tells
        return
    await _tell_about(services, bot, broadcast, "broadcast.done")
    await _send_chart(services, bot, broadcast)


async def tell_paused(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Tell the coordinator that a broadcast paused itself, and why."""
    await _tell_about(services, bot, broadcast, "broadcast.paused_itself")


async def begin_scheduled(services: Services, bot: Bot) -> None:
    """Begin what is due; of what is too late, its coordinator is asked."""
    for missed in await services.broadcasts.begin_due(services.clock()):
        await ask_about_missed(services, bot, missed)
    services.wake_outbox()


async def ask_about_missed(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Its time is over: whoever confirmed it says whether it is sent all the same."""
    await _tell_about(services, bot, broadcast, None)


async def _tell_about(services: Services, bot: Bot, broadcast: Broadcast, key: str | None) -> None:
    """Tell whoever confirmed it; those who may send it, where that is no coordinator any more."""
    author = await services.people.find(broadcast.created_by)
    readers = [author] if author and may_send(author, broadcast) else await _senders(services, broadcast)
    for reader in readers:
        text, buttons = await progress.page(services, reader, broadcast)
        if key:
            text = Markup("\n\n").join([services.catalogue.text(reader.language, key), text])
        await tell(services, bot, reader.id, text, buttons)


async def _senders(services: Services, broadcast: Broadcast) -> list[Person]:
    coordinators = await services.people.coordinators(Role.COORDINATOR)
    return [one for one in coordinators if may_send(one, broadcast)]


async def _send_chart(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Who got it, by province, where there are several; an answer to askers has none."""
    coordinator = await services.people.find(broadcast.created_by)
    counts = await services.accounts.by_province(broadcast.id)
    if (
        coordinator is None
        or not may_send(coordinator, broadcast)
        or broadcast.category is None
        or len(counts) < 2
    ):
        return
    labels = {language: _labels(services, language, counts) for language in LANGUAGES}
    picture = await asyncio.to_thread(province_chart, counts, labels, coordinator.language)
    try:
        await bot.send_photo(coordinator.id, picture, caption=broadcast.title)
    except TelegramError as problem:
        log.info("a chart could not be sent", error=kind_of(problem))


def _labels(services: Services, language: Language, counts: list[ProvinceCount]) -> ProvinceLabels:
    def text(key: str) -> str:
        return services.catalogue.text(language, key).unescape()

    places = [councils.place(one.code) for one in counts]
    return ProvinceLabels(
        title=text("chart.provinces"),
        reached=text("chart.reached"),
        missed=text("chart.missed"),
        provinces=[place.name(language) if place else "" for place in places],
    )
