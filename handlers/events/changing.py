"""Changing events that were announced: what changes, who is told, then all at once."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup
from telegram import Message, Update

from bot.context import Context
from bot.core.events.changing import FOLLOWING, Amendment, begun_with, changed_fields, is_outdated
from bot.core.events.event import (
    FIELDS,
    Details,
    Event,
    Misfit,
    answers_of,
    details_of,
    misfit,
    moves_calendars,
)
from bot.core.events.series import Course, carried_over, goes_on, start_along
from bot.core.forms import REVIEW, Form, change
from bot.core.people import LANGUAGES, Ability, Language
from handlers import forms
from handlers.events import extent
from handlers.events.announcing import ANNOUNCE, label
from handlers.events.wording import announcement, change_in_words, rule_in_words, when
from handlers.forms import FormKind, review_rows, said
from handlers.keyboards import keyboard
from handlers.links import links_in
from handlers.routing import groups_of, number_of
from handlers.scopes import EVENT

_SHOWN: Final = 120
"""How much of an answer before and after is shown beside each other."""


class _Plan(NamedTuple):
    """What a form would do to the events that it is about, and to how their series goes on."""

    amendments: list[Amendment]
    course: Course | None


async def change_event(update: Update, context: Context) -> None:
    """An event is to be changed: alone, or with all that follow?"""
    await context.answer_press(update)
    await begin(update, context, number_of(context))


async def begin(update: Update, context: Context, event_id: int) -> None:
    """Begin to change an event, once it is known how far that reaches."""
    await extent.ask(update, context, event_id, "e-change", _open)


async def choose_extent(update: Update, context: Context) -> None:
    """How far the change reaches was pressed."""
    await context.answer_press(update)
    reach, event_id = groups_of(context)
    await extent.choose(update, context, reach, int(event_id), _open)


async def _open(update: Update, context: Context, events: Sequence[Event], following: bool) -> None:
    """Open the form that changes events, as they are now, or as somebody left it."""
    await forms.begin(update, context, AMEND, begun_with(events, _answers(context, events[0]), following))


async def _review(update: Update, context: Context, form: Form) -> None:
    events = await extent.those_meant(context, form)
    if not events:
        return
    current = await extent.over_what_others_changed(context, form, events, _answers(context, events[0]))
    if current is None:
        return
    form = current
    if wrong := misfit(_details(context, form), context.now, events[0].taken):
        await _ask_anew(update, context, form, context.text(f"form.refused.{wrong.reason}"), wrong)
        return
    rows = review_rows(context, AMEND, form, "changing.confirm")
    changes = _changes(context, events[0], form)
    if not changes:
        await context.send(context.person.id, context.text("changing.nothing"), keyboard(*rows[1:]))
        return
    plan = await _plan(context, form, events)
    if unfit := _first_misfit(context, plan.amendments):
        await _ask_anew(update, context, form, *unfit)
        return
    shown: list[Message] = []
    for language, text in plan.amendments[0].texts.items():
        await context.say(f"broadcast.preview.{language}")
        shown += await context.send(context.person.id, text)
    noticed = [one.event for one in plan.amendments if one.notice]
    told = await extent.will_tell(context, noticed) if noticed else context.text("changing.tells_nobody")
    parts = [
        *links_in(context, shown),
        context.text("changing.changes"),
        *changes,
        *_of_those_following(context, form, plan),
        told,
    ]
    await context.send(context.person.id, Markup("\n\n").join(parts), keyboard(*rows))


async def _ask_anew(update: Update, context: Context, form: Form, trouble: Markup, wrong: Misfit) -> None:
    """Say what does not go together, and ask for it again."""
    await context.send(context.person.id, trouble)
    await forms.save_and_ask(update, context, AMEND, change(form, AMEND.fields, wrong.field))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    """Write the change; where somebody was faster, or an event fills up, the draft is looked at again."""
    events = await extent.those_meant(context, form)
    if not events:
        return
    if is_outdated(form, events):
        await _review(update, context, form)
        return
    plan = await _plan(context, form, events)
    if _first_misfit(context, plan.amendments):
        await _review(update, context, form)
        return
    told = await context.services.changing.change(form, plan.amendments, plan.course, context.now)
    if told:
        await extent.say_done(update, context, events[0], "changing.changed", told.people, told.messages)
    elif await context.services.forms.draft(context.person.id, AMEND.name) == form:
        await _review(update, context, form)
    else:
        await context.say("form.old_button")


async def _plan(context: Context, form: Form, events: Sequence[Event]) -> _Plan:
    """The first event becomes what the form tells; what is changed is carried over to the others."""
    first, *later = events
    after = _details(context, form)
    series = await context.services.series.series(first.series_id) if first.series_id else None
    if series is None or FOLLOWING not in form.answers:
        return _Plan([_amendment(context, first, after, first.repeats)], None)
    zone = context.services.timezone
    changed = _changed(context, first, form)
    course = goes_on(series, await context.services.series.following(first), changed, after.starts_at, zone)
    repeats = "" if series.ended_at else course.series.rule.kept
    amended = [_amendment(context, first, after, repeats)]
    for event in later:
        start = start_along(course, event, changed, zone)
        answers = carried_over(_answers(context, event), changed, after.starts_at, start)
        amended.append(_amendment(context, event, details_of(answers, zone), repeats))
    return _Plan(amended, course)


def _amendment(context: Context, event: Event, after: Details, repeats: str) -> Amendment:
    """What becomes of an event that comes again so; those concerned are told where calendars must follow."""
    catalogue, zone = context.services.catalogue, context.services.timezone
    texts = {one: announcement(catalogue, one, after, zone, repeats) for one in LANGUAGES}
    notice: Mapping[Language, str] | None = None
    if moves_calendars(event.details, after):
        notice = {one: change_in_words(catalogue, one, event.details, after, zone) for one in LANGUAGES}
    return Amendment(event, after, texts, notice)


def _first_misfit(context: Context, amendments: Sequence[Amendment]) -> tuple[Markup, Misfit] | None:
    """Which of the events cannot be as it would become, in words, and why."""
    zone = context.services.timezone
    for one in amendments:
        if wrong := misfit(one.details, context.now, one.event.taken):
            language = context.person.language
            reason = context.text(f"form.refused.{wrong.reason}")
            told = when(language, one.details, zone)
            return context.text("extent.misfit", when=told, reason=reason), wrong
    return None


def _of_those_following(context: Context, form: Form, plan: _Plan) -> list[Markup]:
    """What becomes of the events that follow, and how the series goes on."""
    if plan.course is None:
        return []
    language, zone = context.person.language, context.services.timezone
    lines = []
    for one in plan.amendments[1:]:
        before, after = when(language, one.event.details, zone), when(language, one.details, zone)
        lines.append(after if before == after else context.text("extent.moved", old=before, new=after))
    rule = rule_in_words(context.services.catalogue, language, plan.course.series.rule)
    days = Markup("\n").join(Markup("• {}").format(line) for line in lines)
    told = [context.text("extent.follow", rule=rule, days=days)]
    if "agenda" in _changed(context, plan.amendments[0].event, form):
        told.append(context.text("extent.agenda"))
    return told


def _changes(context: Context, event: Event, form: Form) -> list[Markup]:
    """What is changed, old and new."""
    answers = _answers(context, event)
    before = Form(form.chat_id, form.kind, REVIEW, answers)
    return [
        context.text(
            "changing.field",
            field=context.text(f"form.{AMEND.texts}.{field.name}.change"),
            old=_cut(said(context, AMEND, before, field)),
            new=_cut(said(context, AMEND, form, field)),
        )
        for field in changed_fields(answers, form.answers)
    ]


def _changed(context: Context, event: Event, form: Form) -> dict[str, str]:
    """The answers that are otherwise than the event is."""
    fields = changed_fields(_answers(context, event), form.answers)
    return {field.name: form.answers.get(field.name, "") for field in fields}


def _cut(text: str) -> str:
    plain = Markup(text).unescape() if isinstance(text, Markup) else text
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def _answers(context: Context, event: Event) -> dict[str, str]:
    return answers_of(event.details, context.services.timezone)


def _details(context: Context, form: Form) -> Details:
    return details_of(form.answers, context.services.timezone)


AMEND: Final = FormKind(
    "amend",
    Ability.ANNOUNCE,
    FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    label=label,
    worded=ANNOUNCE.worded,
    apart=True,
    wording=ANNOUNCE.name,
    about=("event", FOLLOWING),
    within=EVENT,
)
