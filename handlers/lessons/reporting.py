"""«We tried this in our commune»: a short report that becomes part of a lesson when a coordinator agrees."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core import lessons as core
from bot.core.authority import may_review
from bot.core.councils import commune
from bot.core.forms import Form
from bot.core.lessons import LessonState, Report
from bot.core.people import Ability, Role
from handlers import forms
from handlers.councils import full_name
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, column, keyboard
from handlers.lessons.reviewing import queue_button, to_queue
from handlers.lessons.wording import reported, to_list
from handlers.routing import groups_of, number_of


async def tell(update: Update, context: Context) -> None:
    """Somebody tried a lesson: in which of their communes, and how did it go?"""
    await context.answer_press(update)
    number, code = groups_of(context)
    lesson = await context.services.lessons.lesson(int(number))
    if lesson is None or lesson.state is not LessonState.APPROVED:
        await context.say("lesson.unknown", to_list(context))
        return
    followed = await context.services.subscriptions.of_chat(context.person.id)
    meant = [one for one in followed if code in (None, one.code)]
    if not meant:
        subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
        await context.say("lesson.subscribe_to_report", keyboard([subscribing]))
    elif len(meant) > 1:
        choices = column(button(full_name(context, one), "l-tried", lesson.id, one.code) for one in meant)
        await context.say("lesson.tried_where", keyboard(*choices))
    else:
        answers = {"lesson": str(lesson.id), "commune": meant[0].code}
        await forms.begin(update, context, TRIED, answers)


async def review(update: Update, context: Context) -> None:
    """A report that waits, for a coordinator."""
    await context.answer_press(update)
    report = await context.services.lessons.report_of(number_of(context))
    lesson = await context.services.lessons.lesson(report.lesson_id) if report else None
    if report is None or lesson is None or report.state is not LessonState.OFFERED:
        await context.show(update, context.text("lesson.report_gone"), to_queue(context))
        return
    yes = button(context.text("lesson.report_yes"), "l-report-yes", report.id)
    no = button(context.text("lesson.report_no"), "l-report-no", report.id)
    opening = button(context.text("lesson.open"), "lesson", lesson.id)
    text = context.text("lesson.report_review", title=lesson.title)
    rows = [[yes], [no, opening]] if report.author_id != context.person.id else [[opening]]
    await context.show(
        update,
        Markup("\n\n").join([text, reported(context, report)]),
        keyboard(*rows, [queue_button(context)]),
    )


async def decide(update: Update, context: Context) -> None:
    """A report is let through, or not; its author hears of it."""
    await context.answer_press(update)
    deed, number = groups_of(context)
    state = LessonState.APPROVED if deed == "yes" else LessonState.DECLINED
    stored = context.services.lessons
    report = await stored.report_of(int(number))
    if report is None or not await stored.decide_report(report.id, state, context.person.id, context.now):
        await context.show(update, context.text("lesson.report_gone"), to_queue(context))
        return
    await _tell_author(context, report, state)
    await context.show(update, context.text(f"lesson.report_decided.{state}"), to_queue(context))


async def _tell_author(context: Context, report: Report, state: LessonState) -> None:
    author = await context.services.people.find(report.author_id)
    lesson = await context.services.lessons.lesson(report.lesson_id)
    if author and lesson:
        opening = button(context.text("lesson.open", author.language), "lesson", lesson.id)
        text = context.text(f"lesson.report_author.{state}", author.language, title=lesson.title)
        await context.tell(author.id, text, keyboard([opening]))


async def _review(update: Update, context: Context, form: Form) -> None:
    place = commune(form.answers["commune"])
    name = full_name(context, place) if place else form.answers["commune"]
    rows = review_rows(context, TRIED, form, "lesson.report_send")
    text = context.text("lesson.report", commune=name, body=form.answers["body"])
    await context.send(context.person.id, text, keyboard(*rows))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    report = await context.services.lessons.report(form, context.person.id, context.now)
    lesson = await context.services.lessons.lesson(int(form.answers["lesson"]))
    if report is None or lesson is None:
        await context.say("form.old_button")
        return
    for coordinator in await context.services.people.coordinators(Ability.SHARE):
        if coordinator.id != report.author_id and may_review(coordinator, lesson):
            opening = button(context.text("lesson.review", coordinator.language), "l-report", report.id)
            text = context.text("lesson.report_new", coordinator.language, title=lesson.title)
            await context.tell(coordinator.id, text, keyboard([opening]))
    await context.show(update, context.text("lesson.report_sent"), to_list(context))


TRIED: Final = FormKind(
    "tried",
    Role.PERSON,
    core.REPORT_FIELDS,
    _review,
    _confirm,
    takes_questions=True,
    about=("lesson", "commune"),
)
