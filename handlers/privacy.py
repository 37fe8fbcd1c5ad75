"""/privacy /mydata /forget: what is kept of a person, all of it to take along, and forgetting it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from typing import Final

import structlog
from markupsafe import Markup, escape
from telegram import BotCommandScopeChat, InlineKeyboardMarkup, InputFile, Update
from telegram.error import TelegramError

from bot.context import Context, Services
from bot.core.councils import commune
from bot.core.forms import REVIEW, Form
from bot.core.people import Ability, Role
from bot.core.personal import (
    FORGETTING,
    Differs,
    Farewell,
    Forgotten,
    LastAdministrator,
    NamedInSettings,
    Record,
)
from handlers import inquiries
from handlers.councils import full_name
from handlers.events.offers import offer_free
from handlers.keyboards import button, keyboard
from handlers.routing import number_of
from messages.dates import digits, short_day

log = structlog.get_logger()

LONGEST_LIST: Final = 5
LONGEST_WORDS: Final = 80
_LINES: Final[Mapping[str, tuple[str, ...]]] = {
    "people": ("name", "first_seen_at"),
    "subscriptions": ("commune_code",),
    "forms": ("saved_at",),
    "questions": ("asked_at", "text"),
    "inquiries": ("asked_at", "question"),
    "registrations": ("event_name", "name"),
    "feedback": ("event_name", "stars", "sentence"),
    "plan_steps": ("due_on", "what"),
    "step_reports": ("reported_at", "step_name", "sentence"),
    "lessons": ("shared_at", "title"),
    "lesson_reports": ("lesson_name", "body"),
    "lesson_useful": ("lesson_name",),
    "membership_requests": ("created_at", "organisation"),
    "representatives": ("organisation_name",),
    "organisations": ("name", "contact", "telephone"),
}
"""What a row of a table reads like in a line; those of other tables are only counted."""
MEANS: Final = ("seats", "guests", "groups", "requests", "work")
"""Groups whose loss others notice."""


async def privacy(update: Update, context: Context) -> None:
    """/privacy: what is kept, why, how long, and who sees it."""
    mine = button(context.text("privacy.mine"), "mydata")
    erasing = button(context.text("privacy.forget"), "forget")
    await context.send(context.person.id, what_is_kept(context), keyboard([mine], [erasing]))


def what_is_kept(context: Context) -> Markup:
    """The text of /privacy, with the days that the settings say."""
    language = context.person.language
    days = asdict(context.services.retention)
    shown = {name: digits(language, number) for name, number in days.items()}
    return context.services.catalogue.text(language, "privacy", **shown)


async def show_mine(update: Update, context: Context) -> None:
    """The button of /privacy: the same as /mydata."""
    await context.answer_press(update)
    await mydata(update, context)


async def mydata(update: Update, context: Context) -> None:
    """/mydata: all that is kept of the person, to read and as a file."""
    records = await context.services.personal.records(context.person.id, context.now)
    await context.send(context.person.id, _told(context, records))
    file = InputFile(BytesIO(_as_json(records, context.now)), "wgpd-mydata.json")
    caption = context.text("mydata.file").unescape()
    await context.bot.send_document(context.person.id, file, caption=caption)


async def show_farewell(update: Update, context: Context) -> None:
    """The button of /privacy: the same as /forget."""
    await context.answer_press(update)
    await forget(update, context)


async def forget(update: Update, context: Context) -> None:
    """/forget: say what would go and what would stay, and ask once."""
    barred = await context.services.personal.bars(context.person.id)
    if barred:
        await context.say(_why_not(barred))
    else:
        await _ask(context)


async def forget_now(update: Update, context: Context) -> None:
    """«Yes, erase me», under the newest question: it is done, or asked anew if it would now do otherwise."""
    services, person = context.services, context.person
    form = await _asked(context)
    if form is None:
        await context.answer_press(update, "forget.old")
        return
    await context.answer_press(update)
    match await services.personal.forget(person.id, form.answers["told"], context.now):
        case Forgotten() as forgotten:
            await _see_to_others(context, forgotten)
            await _drop_menu(context)
            await context.show(update, context.text("forget.done"))
        case Differs():
            await context.show(update, context.text("forget.differs"))
            await _ask(context)
        case LastAdministrator() | NamedInSettings() as barred:
            await context.show(update, context.text(_why_not(barred)))


async def keep_all(update: Update, context: Context) -> None:
    """«Keep everything»: nothing happens."""
    form = await _asked(context)
    if form is None or not await context.services.forms.discard(form):
        await context.answer_press(update, "forget.old")
        return
    await context.answer_press(update)
    await context.show(update, context.text("forget.kept"))


async def forget_what_is_old(services: Services) -> None:
    """The nightly tick: what has been kept long enough is forgotten."""
    forgotten = await services.keeper.tidy(services.clock())
    if forgotten:
        log.info("what was kept long enough is forgotten", **forgotten)


def is_about_forgetting(update: Update) -> bool:
    """Whether a button of the question was pressed with which one is forgotten."""
    data = update.callback_query.data if update.callback_query else None
    return data is not None and data.startswith("forget-")


def _why_not(barred: LastAdministrator | NamedInSettings) -> str:
    return "forget.last_administrator" if isinstance(barred, LastAdministrator) else "forget.in_settings"


async def _asked(context: Context) -> Form | None:
    """What the pressed button asked, if it is the newest."""
    form = await context.services.forms.draft(context.person.id, FORGETTING)
    return form if form and form.version == number_of(context) else None


async def _ask(context: Context) -> None:
    """Say what would happen, and remember what was said; what is being filled in stays open."""
    services, person_id = context.services, context.person.id
    farewell = await services.personal.farewell(person_id, context.now)
    before = await services.forms.draft(person_id, FORGETTING)
    asking = replace(before or Form(person_id, FORGETTING, REVIEW), answers={"told": farewell.digest})
    saved = await services.forms.save(asking, context.now, aside=True)
    if saved is None:
        await context.say("form.old_button")
        return
    await context.send(person_id, _farewell(context, farewell), _yes_or_no(context, saved))


def _yes_or_no(context: Context, form: Form) -> InlineKeyboardMarkup:
    yes = button(context.text("forget.yes"), "forget-yes", form.version)
    return keyboard([yes], [button(context.text("forget.no"), "forget-no", form.version)])


def _farewell(context: Context, farewell: Farewell) -> Markup:
    """What goes, what stays, and what it means for others."""
    parts = [context.text("forget.goes", goes=_counted(context, farewell.goes))]
    if farewell.stays:
        parts.append(context.text("forget.stays", stays=_counted(context, farewell.stays)))
    means = [
        context.text(f"forget.means.{group}")
        for group in MEANS
        if group in farewell.goes or group in farewell.stays
    ]
    if context.person.may(Role.COORDINATOR) and "work" not in farewell.stays:
        means.append(context.text("forget.means.work"))
    if farewell.alone:
        means.append(context.text("forget.means.alone", organisations=", ".join(farewell.alone)))
    if means:
        parts.append(Markup("\n").join(means))
    return Markup("\n\n").join([*parts, context.text("forget.sure")])


def _counted(context: Context, numbers: Mapping[str, int]) -> Markup:
    ordered = sorted(numbers.items(), key=lambda one: ORDER.index(one[0]))
    return Markup("\n").join(Markup("• {}").format(_heading(context, *one)) for one in ordered)


def _heading(context: Context, group: str, number: int) -> Markup:
    label = context.text(f"personal.{group}")
    if group == "profile":
        return label
    return Markup("{}{} {}").format(
        label, "៖" if context.person.language == "km" else ":", digits(context.person.language, number)
    )


def _told(context: Context, records: Sequence[Record]) -> Markup:
    """All groups with their first lines."""
    parts = [context.text("mydata.head")]
    ordered = sorted(records, key=lambda record: ORDER.index(record.group))
    for group, held in groupby(ordered, key=lambda record: record.group):
        of_group = list(held)
        lines = [line for record in of_group if group != "work" and (line := _line(context, record))]
        shown = [Markup("• {}").format(line) for line in lines[:LONGEST_LIST]]
        if left := len(lines) - len(shown):
            shown.append(context.text("mydata.more", number=digits(context.person.language, left)))
        heading = Markup("<b>{}</b>").format(_heading(context, group, len(of_group)))
        parts.append(Markup("\n").join([heading, *shown]))
    return Markup("\n\n").join(parts)


def _line(context: Context, record: Record) -> Markup:
    values = [_in_words(context, record.values.get(name)) for name in _LINES.get(record.table, ())]
    return Markup(" · ").join(escape(value) for value in values if value)


def _in_words(context: Context, value: object) -> str:
    if isinstance(value, datetime):
        return _day(context, value.astimezone(context.services.timezone))
    if not isinstance(value, str):
        return "" if value is None else digits(context.person.language, str(value))
    place = commune(value) if value.isascii() and value.isdigit() and len(value) == 6 else None
    if place:
        return full_name(context, place)
    return value if len(value) <= LONGEST_WORDS else f"{value[:LONGEST_WORDS]} …"


def _day(context: Context, when: date) -> str:
    language = context.person.language
    return f"{short_day(language, when)} {digits(language, when.year)}"


def _as_json(records: Iterable[Record], now: datetime) -> bytes:
    """Everything, by table, as it is kept."""
    tables: dict[str, list[Mapping[str, object]]] = {}
    for record in records:
        tables.setdefault(record.table, []).append(record.values)
    told = {"made_at": now, "tables": tables}
    return json.dumps(told, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else str(value)


async def _drop_menu(context: Context) -> None:
    """Telegram keeps a menu for whoever chose a language or coordinates."""
    try:
        await context.bot.delete_my_commands(BotCommandScopeChat(context.person.id))
    except TelegramError as problem:
        log.warning("Telegram did not drop a person's menu", error=type(problem).__name__)


async def _see_to_others(context: Context, forgotten: Forgotten) -> None:
    """Seats go on, coordinators hear what is left to them; of who it was, nobody hears."""
    services = context.services
    for event_id in forgotten.events:
        await offer_free(services, event_id)
    for inquiry_id in forgotten.inquiries:
        await inquiries.put_again(services, context.bot, inquiry_id)
    for coordinator_id in forgotten.talked:
        await _tell(context, coordinator_id, "inquiry.ended")
    for organisation, reviewer_id in forgotten.withdrawn:
        await _tell(context, reviewer_id, "request.withdrawn_by_applicant", organisation)
    coordinators = await services.people.coordinators(Ability.REVIEW) if forgotten.farewell.alone else []
    for organisation in forgotten.farewell.alone:
        for coordinator in coordinators:
            await _tell(context, coordinator.id, "members.nobody_left", organisation)


async def _tell(context: Context, reader_id: int, key: str, organisation: str = "") -> None:
    reader = await context.services.people.find(reader_id)
    if reader:
        await context.tell(reader.id, context.text(key, reader.language, organisation=organisation))


ORDER: Final = (
    *("profile", "drafts", "subscriptions", "groups", "questions", "talks", "seats", "attendance", "guests"),
    *("feedback", "steps", "step_reports", "lessons_waiting", "lessons", "versions", "experiences_waiting"),
    *("experiences", "useful", "readings", "requests", "deeds", "organisations", "invitations", "deliveries"),
    "work",
)
"""The groups, as they are told."""
