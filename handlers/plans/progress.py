"""/plans, for coordinators: how far the councils are, in a picture, an Excel file, and plan by plan."""

import asyncio
from typing import Final

import structlog
from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update
from telegram.error import TelegramError

from bot.account import to_workbook
from bot.charts.plans import COLOURS, COUNCILS, PlanLabels, plan_chart
from bot.context import Context
from bot.core.people import LANGUAGES, Language
from bot.core.plans import Plan, Progress, Step, StepState, busiest, ranked, together
from bot.logs import kind_of
from handlers.keyboards import button, column, keyboard
from handlers.plans.pages import say_plan
from handlers.plans.wording import council_of, label
from handlers.routing import groups_of, number_of
from messages.dates import digits

log = structlog.get_logger()


async def plans(update: Update, context: Context) -> None:
    """/plans: a picture of how far the councils are, and a button for each."""
    progress = await context.services.plans.progress()
    if not progress:
        await context.say("plan.none_anywhere")
        return
    await _send_chart(context, progress)
    await context.send(context.person.id, *_overview(context, progress, 0))


async def show_page(update: Update, context: Context) -> None:
    """Other councils of the list."""
    await context.answer_press(update)
    progress = await context.services.plans.progress()
    await context.show(update, *_overview(context, progress, number_of(context)))


def _overview(context: Context, progress: list[Progress], page: int) -> tuple[Markup, InlineKeyboardMarkup]:
    """How all councils stand together, and a page of them to open, those with most steps first."""
    language, everywhere = context.person.language, together(progress)
    numbers = {state.value: everywhere.counts[state] for state in COLOURS} | {"left": everywhere.left}
    lines = [
        context.text(f"plan.count.{state}", number=digits(language, number))
        for state, number in numbers.items()
        if number
    ]
    councils = column(
        button(_counted(context, one), "p-council", one.commune_code)
        for one in ranked(progress)[page * _PAGE_SIZE : (page + 1) * _PAGE_SIZE]
    )
    turns = [button(context.text("plan.councils.before"), "p-councils", page - 1)] if page else []
    if (page + 1) * _PAGE_SIZE < len(progress):
        turns.append(button(context.text("plan.councils.after"), "p-councils", page + 1))
    number, counted = digits(language, len(progress)), Markup("\n").join(lines)
    text = context.text("plan.overview", number=number, counts=counted)
    return text, keyboard(*councils, turns, [button(context.text("plan.table"), "p-table")])


async def open_council(update: Update, context: Context) -> None:
    """A council was pressed: its plan, or what there is to choose from."""
    await context.answer_press(update)
    (code,) = groups_of(context)
    found = await context.services.plans.of_councils([code])
    if len(found) == 1:
        await say_plan(context, found[0])
        return
    rows = column(button(label(context, plan), "p", plan.id) for plan in found)
    back = button(context.text("plan.all_councils"), "go", "plans")
    name = council_of(context.services.catalogue, context.person.language, code)
    await context.say("plan.of_council" if found else "plan.unknown", keyboard(*rows, [back]), council=name)


async def send_table(update: Update, context: Context) -> None:
    """Every step of every plan, as an Excel file."""
    await context.answer_press(update)
    everything = await context.services.plans.every()
    rows = [_row(context, plan, step) for plan in everything for step in plan.steps]
    headings = [context.text(f"plan.table.{name}").unescape() for name in COLUMNS]
    title = context.text("plan.heading").striptags()
    await context.typing()
    body = await asyncio.to_thread(to_workbook, title, headings, rows, list(COLUMNS.values()))
    await context.export(body, "wgpd-plans.xlsx")


def _row(context: Context, plan: Plan, step: Step) -> tuple[str | int, ...]:
    """One step in the order of the columns."""
    language, council = context.person.language, plan.council
    places = [one.name(language) for one in (council, council.district, council.province)] if council else []
    last = step.reports[0] if step.reports else None
    when = f"{last.at.astimezone(context.services.timezone):%Y-%m-%d}" if last else ""
    return (
        *(places or (plan.commune_code, "", "")),
        plan.event,
        step.what,
        step.who,
        step.due.isoformat(),
        context.text(f"plan.state.{step.state}").unescape(),
        last.sentence if last else "",
        when,
        "✓" if step.photos else "",
        step.asked,
    )


async def _send_chart(context: Context, progress: list[Progress]) -> None:
    shown = busiest(progress, COUNCILS)
    labels = {language: _labels(context, language, shown) for language in LANGUAGES}
    picture = await asyncio.to_thread(plan_chart, shown, labels, context.person.language)
    try:
        await context.bot.send_photo(context.person.id, picture)
    except TelegramError as problem:
        log.info("a chart could not be sent", error=kind_of(problem))


def _labels(context: Context, language: Language, shown: list[Progress]) -> PlanLabels:
    def text(key: str) -> str:
        return context.text(key, language).unescape()

    return PlanLabels(
        title=text("plan.chart"),
        states={state: text(f"plan.state.{state}") for state in StepState},
        councils=[_short_name(one, language) or text("plan.chart.others") for one in shown],
    )


def _short_name(progress: Progress, language: Language) -> str:
    """A council with its province, as there is room for in a chart."""
    council = progress.council
    return (
        f"{council.name(language)} · {council.province.name(language)}" if council else progress.commune_code
    )


def _counted(context: Context, one: Progress) -> str:
    language = context.person.language
    name = council_of(context.services.catalogue, language, one.commune_code)
    return f"{name} · {digits(language, f'{one.counts.get(StepState.DONE, 0)}/{one.total}')}"


_PAGE_SIZE: Final = 12
COLUMNS: Final = {
    "council": 22,
    "district": 20,
    "province": 18,
    "event": 36,
    "what": 50,
    "who": 26,
    "due": 12,
    "state": 22,
    "report": 50,
    "reported": 12,
    "photo": 8,
    "asked": 14,
}
"""The columns of the table and how wide they are."""
