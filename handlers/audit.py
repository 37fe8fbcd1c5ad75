"""/audit, for administrators: what coordinators did, by person, kind and month, and as an Excel file."""

import asyncio
from collections.abc import Mapping
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.account import to_workbook
from bot.context import Context
from bot.core.audit import ALL, DEEDS, KINDS, Actor, Chosen, Matter, Record, months_since
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.plans.wording import council_of
from handlers.routing import groups_of
from handlers.team.wording import role_name
from messages.dates import clock_time, digits, month_name, short_day

CHOSEN: Final = rf":(\d{{1,15}}):({ALL}|{'|'.join(KINDS)}):({ALL}|20\d{{2}}-(?:0[1-9]|1[0-2]))"
"""How the data of a button tells which deeds are shown."""
COLUMNS: Final = {
    "number": 8,
    "when": 20,
    "who": 26,
    "role": 20,
    "deed": 50,
    "about": 50,
    "kind": 24,
    "id": 12,
}
"""The columns of the table and how wide they are."""
_LONGEST_TITLE: Final = 80
_LONGEST_NAME: Final = 40
_MONTHS: Final = 36
_OPENED_BY: Final[Mapping[Matter, str]] = {
    Matter.BROADCAST: "b",
    Matter.EVENT: "e",
    Matter.SEAT: "e-seat",
    Matter.LESSON: "l-review",
    Matter.REQUEST: "request",
    Matter.ORGANISATION: "o",
    Matter.TOPIC: "k-entry",
    Matter.PLAN: "p",
    Matter.STEP: "p-step",
}
"""What has a page of its own, and the button that opens it."""


async def audit(update: Update, context: Context) -> None:
    """/audit: the newest deeds of everybody."""
    await context.send(context.person.id, *await _page(context, Chosen(), 0))


async def show(update: Update, context: Context) -> None:
    """A page of what was chosen."""
    await context.answer_press(update)
    page, *chosen = groups_of(context)
    await context.show(update, *await _page(context, _chosen(*chosen), int(page)))


async def choose_actor(update: Update, context: Context) -> None:
    """Whose deeds are to be shown?"""
    chosen = _chosen(*groups_of(context))
    actors = {0: context.text("audit.everybody")} | {
        one.number: _name(context, one) for one in await context.services.audit.actors()
    }
    rows = column(
        _showing(label, Chosen(number, chosen.kind, chosen.month)) for number, label in actors.items()
    )
    await _ask(update, context, "audit.whose", rows)


async def choose_kind(update: Update, context: Context) -> None:
    """Deeds of which kind are to be shown?"""
    chosen = _chosen(*groups_of(context))
    buttons = [
        _showing(context.text(f"audit.kind.{kind}"), Chosen(chosen.actor, kind, chosen.month))
        for kind in (ALL, *KINDS)
    ]
    await _ask(update, context, "audit.which_kind", grid(buttons))


async def choose_month(update: Update, context: Context) -> None:
    """Deeds of which month are to be shown?"""
    chosen = _chosen(*groups_of(context))
    first = await context.services.audit.first_at()
    months = months_since(first.astimezone(context.services.timezone), context.now) if first else []
    buttons = [
        _showing(_month(context, month), Chosen(chosen.actor, chosen.kind, month))
        for month in (ALL, *months[:_MONTHS])
    ]
    await _ask(update, context, "audit.which_month", grid(buttons))


async def send_table(update: Update, context: Context) -> None:
    """All that was chosen, as an Excel file."""
    await context.answer_press(update)
    chosen = _chosen(*groups_of(context))
    rows = [await _row(context, one) for one in await context.services.audit.all(chosen)]
    headings = [context.text(f"audit.column.{name}").unescape() for name in COLUMNS]
    title = context.text("audit.title").unescape()
    await context.typing()
    body = await asyncio.to_thread(to_workbook, title, headings, rows, list(COLUMNS.values()))
    month = "" if chosen.month == ALL else f"-{chosen.month}"
    await context.export(body, f"wgpd-audit{month}.xlsx")


async def _ask(update: Update, context: Context, key: str, rows: list[Row]) -> None:
    await context.answer_press(update)
    await context.show(update, context.text(key), keyboard(*rows))


async def _page(context: Context, chosen: Chosen, page: int) -> tuple[Markup, InlineKeyboardMarkup]:
    found, pages = await context.services.audit.page(chosen, page)
    actors = {one.number: _name(context, one) for one in await context.services.audit.actors()}
    who = actors.get(chosen.actor, context.text("audit.everybody"))[:_LONGEST_NAME]
    kind, month = context.text(f"audit.kind.{chosen.kind}"), _month(context, chosen.month)
    shown = [
        (digits(context.person.language, number), one, await _title(context, one))
        for number, one in enumerate(found, 1)
    ]
    heading = context.text("audit.heading", who=who, kind=kind, month=month)
    lines = [_line(context, *one) for one in shown] or [context.text("audit.none")]
    opening = [
        button(f"🔎 {number}", _OPENED_BY[one.matter], one.about)
        for number, one, title in shown
        if title and one.matter in _OPENED_BY
    ]
    turns = [_showing(context.text("button.newer"), chosen, page - 1)] if page else []
    if page + 1 < pages:
        turns.append(_showing(context.text("button.older"), chosen, page + 1))
    tail = (chosen.actor, chosen.kind, chosen.month)
    choosing = [
        button(f"👤 {who}", "a-who", *tail),
        button(f"🗂 {kind}", "a-kind", *tail),
        button(f"📅 {month}", "a-month", *tail),
        button(context.text("audit.file"), "a-file", *tail),
    ]
    return Markup("\n\n").join([heading, *lines]), keyboard(*grid(opening, 4), turns, *grid(choosing))


def _line(context: Context, number: str, record: Record, title: str) -> Markup:
    language, at = context.person.language, record.at.astimezone(context.services.timezone)
    year = "" if at.year == context.now.year else f" {digits(language, at.year)}"
    return context.text(
        "audit.line",
        number=number,
        when=f"{short_day(language, at)}{year} {clock_time(language, at)}",
        who=_name(context, record.actor),
        deed=_deed(context, record),
        about=_about(context, record, title),
    ).strip()


async def _row(context: Context, record: Record) -> tuple[str | int, ...]:
    """One deed in the order of the columns."""
    kind = next(kind for kind, matters in KINDS.items() if record.matter in matters)
    return (
        record.id,
        f"{record.at.astimezone(context.services.timezone):%Y-%m-%d %H:%M:%S}",
        _name(context, record.actor),
        role_name(context, record.role),
        _deed(context, record).unescape(),
        _about(context, record, await _title(context, record)).unescape(),
        context.text(f"audit.kind.{kind}").unescape(),
        record.about,
    )


def _deed(context: Context, record: Record) -> Markup:
    """What was done, in words; of a deed that only an earlier version knew, its name."""
    known = record.deed in DEEDS
    return (
        context.text(f"audit.deed.{record.deed}") if known else context.text("audit.other", deed=record.deed)
    )


def _about(context: Context, record: Record, title: str) -> Markup:
    """What it was done to, while that is there; empty where it is about nothing."""
    if not record.about:
        return Markup("")
    return context.text("audit.about", title=title) if title else context.text("audit.gone")


async def _title(context: Context, record: Record) -> str:
    """The title of what it is about; empty where that is no longer there."""
    language, known = context.person.language, context.services.knowledge
    title = record.title or ""
    if record.matter is Matter.TOPIC and record.about in known:
        title = known.question(record.about, language)
    elif record.matter is Matter.TOPIC:
        versions = await context.services.live.versions_of(record.about)
        title = versions[0].change.entry.question(language) if versions else ""
    elif record.matter is Matter.PLAN and title:
        title = council_of(context.services.catalogue, language, title)
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def _name(context: Context, actor: Actor) -> str:
    """Who it was; of somebody who had themselves erased, only a number is left."""
    number = digits(context.person.language, actor.number)
    return actor.name or context.text("audit.somebody", number=number).unescape()


def _month(context: Context, month: str) -> str:
    between = Chosen(month=month).between(context.services.timezone)
    return (
        month_name(context.person.language, between[0])
        if between
        else context.text("audit.all_months").unescape()
    )


def _chosen(actor: str, kind: str, month: str) -> Chosen:
    return Chosen(int(actor), kind, month)


def _showing(label: str, chosen: Chosen, page: int = 0) -> InlineKeyboardButton:
    return button(label, "a", page, chosen.actor, chosen.kind, chosen.month)
