"""Joins everything: settings and a database become the application, in an order that can be read."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from telegram import LinkPreviewOptions
from telegram.ext import ApplicationBuilder, ContextTypes, Defaults, ExtBot
from telegram.request import BaseRequest

from bot.config import Settings
from bot.context import Context, Services, WgpdApplication
from bot.core.broadcasts import Broadcast
from bot.core.events.codes import new_code
from bot.core.inbox import Inbox
from bot.core.knowledge import Knowledge
from bot.core.office import Office
from bot.core.questions import Answerer
from bot.floods import Doorkeeper
from bot.knowledge import KnowledgeError
from bot.library import Library
from bot.live import LiveKnowledge
from bot.outbox import SENDERS, Outbox
from bot.pacing import Pace, Pacer
from bot.processor import ChatOrderProcessor
from bot.queue import KeptQueue
from bot.telegram_sender import TelegramSender
from bot.transport import AiohttpRequest
from handlers import FIRST, ORDER, TURNED_AWAY
from handlers.broadcasts.letters import Composer
from handlers.broadcasts.reports import tell_finished, tell_paused
from handlers.errors import report
from handlers.places import PLACES
from handlers.questions import CONTACT, EXAMPLES
from messages.catalogue import Catalogue
from storage.accounts import StoredAccounts
from storage.approvals import StoredApprovals
from storage.audiences import StoredAudiences
from storage.audit import StoredAudit
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.directory import StoredDirectory
from storage.duty import Duty
from storage.events.attendance import StoredAttendance
from storage.events.changing import StoredChanging
from storage.events.events import StoredEvents
from storage.events.feedback import StoredFeedback
from storage.events.minutes import StoredMinutes
from storage.events.offers import StoredOffers
from storage.events.registrations import StoredRegistrations
from storage.events.series import StoredSeries
from storage.events.telling import StoredNotices
from storage.forms import StoredForms
from storage.history import StoredHistory
from storage.inbox import StoredInbox
from storage.inquiries import StoredInquiries
from storage.knowledge import StoredVersions
from storage.lessons import StoredLessons
from storage.membership import StoredMembership
from storage.people import StoredPeople
from storage.personal.forgetting import StoredPersonalData
from storage.personal.keeping import StoredKeeping
from storage.plans import StoredPlans
from storage.readings import StoredReadings
from storage.subscribers import StoredSubscribers
from storage.subscriptions import StoredSubscriptions
from storage.team import StoredTeam

KNOWLEDGE: Final = Path(__file__).parent.parent / "messages" / "knowledge"


def now_in_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Bot:
    """The application, and the worker that sends broadcasts beside it."""

    application: WgpdApplication
    outbox: Outbox
    inbox: Inbox
    queue: KeptQueue
    requests: tuple[BaseRequest, BaseRequest]

    async def close(self) -> None:
        """Close the ways to Telegram, also when the first hello failed and PTB thinks nothing was opened."""
        await self.application.shutdown()
        for request in self.requests:
            await request.shutdown()


@dataclass(frozen=True)
class Words:
    """What the bot says and knows; read and trained once."""

    catalogue: Catalogue
    knowledge: Knowledge
    answerer: Answerer


def _check_knowledge(knowledge: Knowledge) -> None:
    """What the handlers name must be there: better a sentence at the start than a dead button."""
    known = {entry.id for entry in knowledge.entries}
    for topic in (CONTACT, *EXAMPLES):
        if topic not in known:
            raise KnowledgeError(f"the entry {topic!r} is missing, which the bot itself offers.")
    for talk in knowledge.small_talk:
        if talk.place and talk.place not in PLACES:
            raise KnowledgeError(f"small talk {talk.id}: there is no place {talk.place!r} in the bot.")


def build(
    settings: Settings,
    database: Database,
    words: Words,
    clock: Callable[[], datetime] = now_in_utc,
    new_request: Callable[[], BaseRequest] = AiohttpRequest,
    seconds: Callable[[], float] = monotonic,
) -> Bot:
    """The bot, ready to be initialized. `new_request` makes the ways to Telegram (polling has its own).

    `clock` tells the time of day, `seconds` the pacing's.
    """
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # how PTB is told to give waits as timedelta, not int
    pace = Pace(seconds, settings.broadcast_rate)
    requests = (new_request(), new_request())
    bot = ExtBot(
        settings.bot_token.get_secret_value(),
        base_url=f"{settings.bot_api_url}/bot",
        base_file_url=f"{settings.bot_api_url}/file/bot",
        request=requests[0],
        get_updates_request=requests[1],
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=Pacer(pace),
    )
    _check_knowledge(words.knowledge)
    people = StoredPeople(database, settings.admin_ids)
    subscribers = StoredSubscribers(database, settings.hours)
    broadcasts = StoredBroadcasts(database, settings.hours)
    versions = StoredVersions(database)
    lessons = StoredLessons(database)
    inbox = StoredInbox(database)
    doorkeeper = Doorkeeper(people, clock)
    queue = KeptQueue(inbox, clock, doorkeeper)

    async def finished(broadcast: Broadcast) -> None:
        await tell_finished(services, bot, broadcast)

    async def paused(broadcast: Broadcast) -> None:
        await tell_paused(services, bot, broadcast)

    outbox = Outbox(
        StoredDeliveries(database, settings.hours),
        subscribers,
        TelegramSender(bot, Composer(words.catalogue, bot).compose, settings.paid_broadcasts),
        Duty(database),
        clock,
        finished,
        paused,
        at_once=max(SENDERS, settings.broadcast_rate // 2),
    )
    services = Services(
        clock=clock,
        timezone=settings.zone,
        second_pair_of_eyes=settings.second_pair_of_eyes,
        hours=settings.hours,
        office=Office(settings.office_hours, settings.zone),
        catalogue=words.catalogue,
        live=LiveKnowledge(words.knowledge, words.answerer, versions),
        versions=versions,
        history=StoredHistory(database),
        audit=StoredAudit(database, settings.zone),
        people=people,
        personal=StoredPersonalData(database, settings.admin_ids),
        retention=settings.retention,
        keeper=StoredKeeping(database, settings.retention),
        team=StoredTeam(database, settings.admin_ids),
        forms=StoredForms(database),
        subscriptions=StoredSubscriptions(database),
        subscribers=subscribers,
        audiences=StoredAudiences(database),
        membership=StoredMembership(database),
        directory=StoredDirectory(database),
        events=StoredEvents(database),
        feedback=StoredFeedback(database),
        minutes=StoredMinutes(database),
        registrations=StoredRegistrations(database, settings.hours, new_code, settings.seats_per_council),
        offers=StoredOffers(database, settings.hours, new_code),
        series=StoredSeries(database, settings.hours),
        plans=StoredPlans(database, settings.hours),
        attendance=StoredAttendance(database),
        changing=StoredChanging(database, settings.hours),
        notices=StoredNotices(database, settings.hours),
        lessons=lessons,
        library=Library(lessons),
        broadcasts=broadcasts,
        approvals=StoredApprovals(database, settings.hours),
        accounts=StoredAccounts(database),
        readings=StoredReadings(database),
        inquiries=StoredInquiries(database),
        doorkeeper=doorkeeper,
        wake_outbox=outbox.wake,
    )
    application = (
        ApplicationBuilder()
        .application_class(WgpdApplication, {"services": services})
        .bot(bot)
        .context_types(ContextTypes(context=Context))
        .concurrent_updates(ChatOrderProcessor(inbox))
        .update_queue(queue)
        .build()
    )
    if not isinstance(application, WgpdApplication):
        raise TypeError("python-telegram-bot built another class than it was given")
    application.add_handler(TURNED_AWAY, group=-2)
    application.add_handler(FIRST, group=-1)
    application.add_handlers(ORDER)
    application.add_error_handler(report)
    return Bot(application, outbox, inbox, queue, requests)
