"""/gaps: what was asked and not answered, what was not liked, what nobody uses; and a weekly summary."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from io import BytesIO
from typing import Final

import structlog
from markupsafe import Markup
from telegram import Bot, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import Forbidden, TelegramError

from bot.charts.drawing import has_khmer_font
from bot.charts.weekly import WEEKS, ChartLabels, weekly_chart
from bot.context import Context, Services
from bot.core.entries import with_asks
from bot.core.features import bare
from bot.core.grouping import groups
from bot.core.history import ASKERS_KEPT, Question, Use, Week, weeks
from bot.core.people import LANGUAGES, Ability, Language
from bot.core.questions import Answerer, answered
from handlers.keyboards import button, column, keyboard
from handlers.knowledge import editing
from handlers.routing import groups_of, number_of
from messages.dates import digits, short_day

log = structlog.get_logger()

MOST_GROUPS: Final = 10
MOST_SHOWN: Final = 8
MOST_DISLIKED: Final = 5
SUMMARY_HOUR: Final = 8
"""On Mondays from this hour on, local time."""


async def gaps(update: Update, context: Context) -> None:
    """/gaps: questions without an answer, most asked first; entries that were disliked or never used."""
    await context.answer_press(update)
    await context.typing()
    services, language = context.services, context.person.language
    since = context.now - ASKERS_KEPT
    grouped = await _grouped(services, since)
    uses = await services.history.uses(since)
    parts = [context.text("gaps.title" if grouped else "gaps.none")]
    parts += [_disliked(context, uses)]
    used = {use.topic for use in uses}
    unused = [entry.id for entry in services.knowledge.entries if entry.id not in used]
    parts.append(context.text("gaps.unused", number=digits(language, len(unused)), count=len(unused)))
    rows = [
        button(f"{digits(language, len(group))} × {group[0].text[:60]}", "gap", group[0].id)
        for group in grouped[:MOST_GROUPS]
    ]
    listing = button(context.text("gaps.show_unused"), "gaps-unused")
    await context.send(
        context.person.id,
        Markup("\n\n").join(part for part in parts if part),
        keyboard(*column(rows), [listing] if unused else []),
    )


async def show_unused(update: Update, context: Context) -> None:
    """Entries that nobody was told in the last 90 days."""
    await context.answer_press(update)
    services, language = context.services, context.person.language
    used = {use.topic for use in await services.history.uses(context.now - ASKERS_KEPT)}
    lines = [
        Markup("• {}").format(services.knowledge.question(entry.id, language))
        for entry in services.knowledge.entries
        if entry.id not in used
    ]
    await context.send(context.person.id, Markup("\n").join([context.text("gaps.unused_list"), *lines]))


async def show_gap(update: Update, context: Context) -> None:
    """The questions of one group, and what can be done: a new entry, or another way of asking one."""
    await context.answer_press(update)
    group = await _group_of(context, number_of(context))
    if not group:
        await context.say("gaps.closed")
        return
    texts = Counter(question.text for question in group)
    lines = [
        Markup("• {} ({})").format(text[:300], digits(context.person.language, times))
        for text, times in texts.most_common(MOST_SHOWN)
    ]
    adding = button(context.text("gaps.add"), "gap-add", group[0].id)
    joining = button(context.text("gaps.join"), "gap-entries", group[0].id)
    text = Markup("\n").join([context.text("gaps.group"), *lines])
    await context.send(context.person.id, text, keyboard([adding], [joining]))


async def add_entry(update: Update, context: Context) -> None:
    """Write an entry for a group: its questions are filled in as ways of asking."""
    await context.answer_press(update)
    group = await _group_of(context, number_of(context))
    if not group:
        await context.say("gaps.closed")
        return
    asks = _asks(group)
    chapter = editing.chapter_for_new(context.services.knowledge)
    await editing.begin_new(update, context, chapter, {"question_km": asks[0], "asks": "\n".join(asks)})


async def show_entries(update: Update, context: Context) -> None:
    """The entries nearest to a group, to become what its questions ask."""
    await context.answer_press(update)
    question_id = number_of(context)
    group = await _group_of(context, question_id)
    if not group:
        await context.say("gaps.closed")
        return
    known, language = context.services.knowledge, context.person.language
    topics = context.services.answerer.closest(group[0].text, MOST_SHOWN)
    if not topics:
        await context.say("knowledge.nothing_found")
        return
    rows = [button(known.question(topic, language), "gap-to", question_id, topic) for topic in topics]
    await context.say("gaps.choose_entry", keyboard(*column(rows)))


async def join_entry(update: Update, context: Context) -> None:
    """The group's questions become ways of asking an entry: as a draft, to be tried and published."""
    await context.answer_press(update)
    question_id, topic = groups_of(context)
    group = await _group_of(context, int(question_id))
    known = context.services.knowledge
    if not group or topic not in known:
        await context.say("gaps.closed")
        return
    newest = (await context.services.live.versions_of(topic))[0]
    change = replace(newest.change, entry=with_asks(newest.change.entry, _asks(group)), retired=False)
    await editing.begin(update, context, change, newest.number)


async def summarise_week(services: Services, bot: Bot) -> None:
    """Once a week, from Monday morning on: tell those who answer what was asked, with a chart."""
    now = services.clock().astimezone(services.timezone)
    monday = datetime.combine(
        now.date() - timedelta(days=now.weekday()), datetime.min.time(), services.timezone
    )
    if now < monday + timedelta(hours=SUMMARY_HOUR):
        return
    year, week, _ = now.isocalendar()
    if not await services.history.claim_summary(f"{year}-W{week:02}", services.clock()):
        return
    asked = await services.history.results(monday - timedelta(weeks=WEEKS))
    local = [(moment.astimezone(services.timezone), result) for moment, result in asked]
    counted = weeks(local, (monday - timedelta(days=1)).date(), WEEKS)
    if not any(week.total for week in counted):
        return
    grouped = await _grouped(services, monday - timedelta(weeks=1))
    labels = {language: _labels(services, language, counted) for language in LANGUAGES}
    if not await asyncio.to_thread(has_khmer_font):
        log.warning("no Khmer font is on this machine: the chart speaks English")
    pictures = {one: await asyncio.to_thread(weekly_chart, counted, labels, one) for one in LANGUAGES}
    for coordinator in await services.people.coordinators(Ability.ANSWER):
        language = coordinator.language
        caption = _caption(services, language, counted[-1], grouped)
        try:
            await bot.send_photo(
                coordinator.id,
                BytesIO(pictures[language]),
                caption=caption,
                parse_mode=ParseMode.HTML,
                reply_markup=_to_gaps(services, language),
            )
        except Forbidden:
            await services.people.mark_blocked(coordinator.id, services.clock())
        except TelegramError:
            continue


def _caption(services: Services, language: Language, week: Week, grouped: list[list[Question]]) -> Markup:
    text = services.catalogue.text(
        language,
        "summary.week",
        from_day=short_day(language, week.first_day),
        to_day=short_day(language, week.first_day + timedelta(days=6)),
        total=digits(language, week.total),
        answered=digits(language, week.answered),
        offered=digits(language, week.offered),
        unanswered=digits(language, week.unanswered),
    )
    lines = [Markup("• {}").format(group[0].text[:100]) for group in grouped[:3]]
    if not lines:
        return text
    return Markup("\n").join([text, "", services.catalogue.text(language, "summary.gaps"), *lines])


def _to_gaps(services: Services, language: Language) -> InlineKeyboardMarkup:
    return keyboard([button(services.catalogue.text(language, "summary.open"), "gaps")])


def _labels(services: Services, language: Language, counted: list[Week]) -> ChartLabels:
    def plain(key: str) -> str:
        return services.catalogue.text(language, key).unescape()

    return ChartLabels(
        title=plain("chart.title"),
        answered=plain("chart.answered"),
        offered=plain("chart.offered"),
        unanswered=plain("chart.unanswered"),
        weeks=[short_day(language, week.first_day) for week in counted],
    )


def _disliked(context: Context, uses: list[Use]) -> Markup:
    """The entries with most 👎, with how often they were liked; empty when there are none."""
    known, language = context.services.knowledge, context.person.language
    disliked = sorted((use for use in uses if use.down and use.topic in known), key=lambda use: -use.down)
    if not disliked:
        return Markup("")
    lines = [
        Markup("👎 {} · 👍 {} · {}").format(
            digits(language, use.down), digits(language, use.up), known.question(use.topic, language)
        )
        for use in disliked[:MOST_DISLIKED]
    ]
    return Markup("\n").join([context.text("gaps.disliked"), *lines])


async def _grouped(services: Services, since: datetime) -> list[list[Question]]:
    """Questions without an answer that served, alike ones together, most asked first.

    What the bot would answer by now, after an entry was added, is no gap any more.
    """
    changed = {version.topic: version.published_at for version in await services.versions.current()}
    found = [
        gap
        for gap in await services.history.gaps(since)
        if gap.text and (gap.vote >= 0 or not _is_later(changed.get(gap.topic or ""), gap.asked_at))
    ]
    return await asyncio.to_thread(_group, services.answerer, tuple(found))


def _is_later(changed_at: datetime | None, asked_at: datetime) -> bool:
    """Whether the entry was changed after the answer that was disliked."""
    return changed_at is not None and changed_at > asked_at


@lru_cache(maxsize=2)
def _group(answerer: Answerer, found: tuple[Question, ...]) -> list[list[Question]]:
    """A pass over hundreds of questions takes seconds: the next press is about the same ones."""
    texts = {bare(question.text): question.text for question in found}
    closed = {key for key, text in texts.items() if answered(answerer.reply(text))}
    still = [gap for gap in found if gap.vote < 0 or bare(gap.text) not in closed]
    if not still:
        return []
    words = [question.text for question in still]
    return [[still[place] for place in group] for group in groups(words, answerer.likeness(words))]


async def _group_of(context: Context, question_id: int) -> list[Question]:
    """The group that a question belongs to now; empty when it is no gap any more."""
    grouped = await _grouped(context.services, context.now - ASKERS_KEPT)
    return next((group for group in grouped if any(q.id == question_id for q in group)), [])


def _asks(group: list[Question]) -> list[str]:
    """The different questions of a group, most asked first, as ways of asking."""
    return [text for text, _ in Counter(" ".join(q.text.split())[:300] for q in group).most_common(16)]
