"""One broadcast, live: how it goes on, and everything that can be done about it."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from markupsafe import Markup
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.account import to_workbook
from bot.context import Context, Services
from bot.core.accounts import Tally
from bot.core.approvals import ProposedCorrection
from bot.core.authority import may_send
from bot.core.broadcasts import Broadcast, BroadcastState, DeliveryState, Subject
from bot.core.councils import commune
from bot.core.people import Language, Person
from bot.core.readings import Readership
from bot.logs import kind_of
from handlers.broadcasts.wording import recipients_in_words, report
from handlers.keyboards import Row, button, keyboard
from handlers.routing import groups_of, number_of
from messages.dates import day_and_time, digits

MARKS: Final = {
    BroadcastState.PROPOSED: "👀",
    BroadcastState.SCHEDULED: "⏰",
    BroadcastState.SENDING: "⏳",
    BroadcastState.PAUSED: "⏸",
    BroadcastState.MISSED: "⚠️",
    BroadcastState.CANCELLED: "✖️",
    BroadcastState.DONE: "✅",
}
LOOKED_AT: Final = 30
"""The speed is that of so many seconds past: pauses do not count."""
BAR: Final = 12
"""The length of the progress bar, in signs."""

log = structlog.get_logger()


async def show(update: Update, context: Context, broadcast: Broadcast) -> None:
    """Put the broadcast in the place of the pressed button, and keep that message up to date."""
    text, buttons = await page(context.services, context.person, broadcast)
    await context.show(update, text, buttons)
    message = update.callback_query.message if update.callback_query else None
    if isinstance(message, Message):
        await context.services.broadcasts.watch(broadcast.id, message.chat_id, message.message_id)


async def open_broadcast(update: Update, context: Context) -> None:
    """A broadcast of the list, or its refresh button, was pressed."""
    await context.answer_press(update)
    broadcast = await context.services.broadcasts.broadcast(number_of(context))
    if broadcast is None:
        await context.say("broadcast.unknown")
    else:
        await show(update, context, broadcast)


async def ask_first(update: Update, context: Context) -> None:
    """What cannot be undone is asked once more."""
    await context.answer_press(update)
    deed, number = groups_of(context)
    await context.services.broadcasts.unwatch(int(number))  # the question must not be edited away
    yes = button(context.text("broadcast.yes"), "b-do", deed, number)
    no = button(context.text("button.back"), "b", number)
    await context.show(update, context.text(f"broadcast.sure.{deed}"), keyboard([yes], [no]))


async def do(update: Update, context: Context) -> None:
    """Pause, resume, send now, cancel, recall; retry the failed; resend the uncertain, or settle them."""
    await context.answer_press(update)
    deed, number = groups_of(context)
    broadcast_id, stored, now = int(number), context.services.broadcasts, context.now
    match deed:
        case "pause":
            done: object = await stored.move(broadcast_id, BroadcastState.PAUSED, now)
        case "resume":
            done = await stored.move(broadcast_id, BroadcastState.SENDING, now)
        case "now":
            done = await stored.send_now(broadcast_id, now)
        case "cancel":
            done = await stored.move(broadcast_id, BroadcastState.CANCELLED, now)
        case "recall":
            await stored.recall(broadcast_id, now)
            done = True
        case "retry":
            done = await stored.retry_failed(broadcast_id, now)
        case "resend":
            done = await stored.resend_uncertain(broadcast_id, now)
        case _:
            done = await stored.settle_uncertain(broadcast_id, now)
    if not done:
        await context.say("broadcast.cannot")
    broadcast = await stored.broadcast(broadcast_id)
    if broadcast:
        await show(update, context, broadcast)
    context.services.wake_outbox()


async def account(update: Update, context: Context) -> None:
    """Every recipient and what became of it, as an Excel file."""
    await context.answer_press(update)
    language, zone = context.person.language, context.services.timezone
    broadcast_id = number_of(context)
    if await context.services.broadcasts.broadcast(broadcast_id) is None:
        await context.say("broadcast.unknown")
        return
    recipients = await context.services.accounts.recipients(broadcast_id)
    columns = ("name", "councils", "language", "state", "attempts", "when", "reason", "read")
    rows = []
    for one in recipients:
        places = [place for code in one.councils if (place := commune(code))]
        state = context.text(f"account.{one.state}").unescape()
        when = f"{one.settled_at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if one.settled_at else ""
        councils = ", ".join(f"{place.name(language)} ({place.code})" for place in places)
        rows.append(
            (one.name, councils, one.language, state, one.attempts, when, one.reason, "✓" if one.read else "")
        )
    headings = [context.text(f"account.{column}").unescape() for column in columns]
    title = context.text("account.title").unescape()
    await context.typing()
    body = await asyncio.to_thread(to_workbook, title, headings, rows)
    await context.export(body, f"wgpd-broadcast-{broadcast_id}.xlsx")


async def page(
    services: Services, reader: Person, broadcast: Broadcast
) -> tuple[Markup, InlineKeyboardMarkup]:
    """All about one broadcast, and the buttons for what this coordinator can do about it now."""
    language = reader.language
    tally = await services.accounts.tally(broadcast.id)
    changes = await services.accounts.changes(broadcast.id)
    lines = [report(services.catalogue, language, broadcast, tally, services.timezone)]
    lines.append(recipients_in_words(services.catalogue, language, broadcast))
    state = "recalled" if broadcast.recalled_at else broadcast.state
    starts_at = broadcast.starts_at.astimezone(services.timezone)
    when = day_and_time(language, starts_at)
    lines.append(services.catalogue.text(language, f"broadcast.now.{state}", when=when))
    if broadcast.finished_at:
        ended = day_and_time(language, broadcast.finished_at.astimezone(services.timezone))
        lines.append(services.catalogue.text(language, "broadcast.ended", when=ended))
    if broadcast.state is BroadcastState.PAUSED and broadcast.starts_at > services.clock():
        lines.append(services.catalogue.text(language, "broadcast.planned", when=when))
    if broadcast.state is BroadcastState.PAUSED and broadcast.reason:
        lines.append(services.catalogue.text(language, "broadcast.why_paused", reason=broadcast.reason))
    if broadcast.state is BroadcastState.SENDING and tally.total:
        lines += await _progress(services, language, broadcast, tally)
        if waiting := await services.accounts.waiting(broadcast.id, services.clock()):
            shown = digits(language, waiting)
            lines.append(services.catalogue.text(language, "broadcast.waiting", count=waiting, number=shown))
    for key, number in (("broadcast.changing", changes.due), ("broadcast.unchanged", changes.refused)):
        if number:
            lines.append(services.catalogue.text(language, key, number=digits(language, number)))
    readership = None
    if broadcast.subject is Subject.LESSON and tally[DeliveryState.SENT]:
        readership = await services.readings.readership(broadcast.id)
        read, councils = digits(language, readership.read), digits(language, readership.councils)
        lines.append(services.catalogue.text(language, "reading.count", read=read, councils=councils))
    correction = await services.approvals.correction_of(broadcast.id)
    if correction:
        lines.append(services.catalogue.text(language, "broadcast.correction_waits"))
    if not may_send(reader, broadcast):
        return Markup("\n").join(lines), keyboard([_refresh(services, language, broadcast)])
    buttons = _buttons(services, language, broadcast, tally, readership, correction)
    return Markup("\n").join(lines), buttons


class Watch:
    """Keeps the messages that show broadcasts up to date, and edits only what has changed.

    One that is over is shown a last time.
    """

    def __init__(self) -> None:
        self._shown: dict[int, str] = {}

    async def refresh(self, services: Services, bot: Bot) -> None:
        """Edit the message of every broadcast that is watched."""
        watched = await services.broadcasts.watched()
        self._shown = {one.id: self._shown.get(one.id, "") for one, _, _ in watched}
        for broadcast, chat_id, message_id in watched:
            over = await _is_over(services, broadcast)
            reader = await services.people.find(chat_id)
            if reader is None:
                await services.broadcasts.unwatch(broadcast.id)
                continue
            text, buttons = await page(services, reader, broadcast)
            if self._shown[broadcast.id] == text:
                continue
            if not await services.broadcasts.is_watched(broadcast.id, chat_id, message_id):
                continue  # since it was looked up, the message was pressed, and says something else by now
            try:
                await bot.edit_message_text(
                    text, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=buttons
                )
            except (BadRequest, Forbidden) as problem:  # it is gone, or reads so already
                log.info("a broadcast's message could not be brought up to date", error=kind_of(problem))
            except TelegramError as problem:
                log.info("a broadcast's message is brought up to date later", error=kind_of(problem))
                continue
            self._shown[broadcast.id] = text
            if over:
                await services.broadcasts.unwatch(broadcast.id)


async def _is_over(services: Services, broadcast: Broadcast) -> bool:
    """Whether nothing more happens by itself: all is sent, and what is to be changed is changed."""
    if broadcast.state not in (BroadcastState.DONE, BroadcastState.CANCELLED):
        return False
    return not (await services.accounts.changes(broadcast.id)).due


async def _progress(
    services: Services, language: Language, broadcast: Broadcast, tally: Tally
) -> list[Markup]:
    """The bar; and once some are sent, how fast it goes and how long it will take at that."""
    left = tally[DeliveryState.PENDING] + tally[DeliveryState.SENDING]
    share = 1 - left / tally.total
    full = round(share * BAR)
    percent = digits(language, int(100 * share))
    text = services.catalogue.text
    lines = [text(language, "broadcast.progress", bar="▓" * full + "░" * (BAR - full), percent=percent)]
    now = services.clock()
    seconds = min((now - broadcast.starts_at).total_seconds(), LOOKED_AT)
    settled = await services.accounts.tried(broadcast.id, now - timedelta(seconds=LOOKED_AT))
    if seconds > 1 and settled and left:
        rate = settled / seconds
        minutes = max(1, round(left / rate / 60))
        shown = digits(language, f"{rate:.1f}")
        lines.append(text(language, "broadcast.rate", rate=shown, minutes=digits(language, minutes)))
    return lines


def _may_be_corrected(broadcast: Broadcast) -> bool:
    """What was proposed and turned down tells of nothing that is kept."""
    return broadcast.state is BroadcastState.PROPOSED or bool(broadcast.subject_id)


def _deed(
    services: Services,
    language: Language,
    broadcast: Broadcast,
    key: str,
    name: str,
    number: int = 0,
    asks: bool = False,
) -> Row:
    """The button of something that can be done; what cannot be undone asks once more."""
    label = services.catalogue.text(language, key, number=digits(language, number))
    return [button(label, "b-ask" if asks else "b-do", name, broadcast.id)]


def _ways_on(services: Services, language: Language, broadcast: Broadcast) -> list[Row]:
    """How it can go on from where it stands."""
    deed = partial(_deed, services, language, broadcast)
    cancel = deed("broadcast.cancel", "cancel", asks=True)
    match broadcast.state:
        case BroadcastState.PROPOSED:
            seeing = button(services.catalogue.text(language, "approval.see"), "b-see", broadcast.id)
            return [[seeing, *cancel]]
        case BroadcastState.SENDING:
            return [[*deed("broadcast.pause", "pause"), *cancel]]
        case BroadcastState.PAUSED:
            return [[*deed("broadcast.resume", "resume"), *cancel]]
        case BroadcastState.SCHEDULED:
            now = deed("broadcast.now_button", "now")
            return [now, [*deed("broadcast.pause", "pause"), *cancel]]
        case BroadcastState.MISSED:
            return [[*deed("broadcast.now_button", "now"), *cancel]]
        case _:
            return []


def _buttons(
    services: Services,
    language: Language,
    broadcast: Broadcast,
    tally: Tally,
    readership: Readership | None,
    correction: ProposedCorrection | None,
) -> InlineKeyboardMarkup:
    deed = partial(_deed, services, language, broadcast)
    rows = _ways_on(services, language, broadcast)
    if correction:
        label = services.catalogue.text(language, "approval.see")
        rows.append([button(label, "b-see-new", correction.id)])
    if not broadcast.recalled_at:
        if failed := tally[DeliveryState.FAILED]:
            rows.append(deed("broadcast.retry", "retry", failed))
        if uncertain := tally[DeliveryState.UNCERTAIN]:
            rows.append(deed("broadcast.resend", "resend", uncertain, asks=True))
            rows.append(deed("broadcast.take_for_sent", "settle", uncertain))
        if broadcast.subject in (Subject.LESSON, Subject.EVENT) and _may_be_corrected(broadcast):
            label = services.catalogue.text(language, "broadcast.correct")
            rows.append([button(label, "b-correct", broadcast.id)])
        if readership and readership.unread_chats:
            number = digits(language, readership.unread_chats)
            label = services.catalogue.text(language, "reading.remind", number=number)
            rows.append([button(label, "b-remind", broadcast.id)])
        if tally[DeliveryState.SENT]:
            rows.append(deed("broadcast.recall", "recall", asks=True))
    accounting = button(services.catalogue.text(language, "broadcast.account"), "b-account", broadcast.id)
    return keyboard(*rows, [accounting, _refresh(services, language, broadcast)])


def _refresh(services: Services, language: Language, broadcast: Broadcast) -> InlineKeyboardButton:
    return button(services.catalogue.text(language, "broadcast.refresh"), "b", broadcast.id)
