"""Lessons learned: reading them, and sharing one with every subscribed council."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core import lessons as core
from bot.core.broadcasts import Broadcast, Subject
from bot.core.forms import Form
from bot.core.lessons import Lesson
from bot.core.people import LANGUAGES, Language, Role
from handlers import broadcasts, forms
from handlers.forms import FormKind
from handlers.keyboards import button, column, keyboard
from handlers.routing import number_of
from messages.dates import day


async def lessons(update: Update, context: Context) -> None:
    """/lessons: the newest."""
    text, buttons = await _page(context, 0)
    await context.send(context.person.id, text, buttons)


async def show_page(update: Update, context: Context) -> None:
    """Another page of lessons."""
    await context.answer_press(update)
    text, buttons = await _page(context, number_of(context))
    await context.show(update, text, buttons)


async def open_lesson(update: Update, context: Context) -> None:
    """A lesson in the list was pressed."""
    await context.answer_press(update)
    await say_lesson(update, context, number_of(context))


async def say_lesson(update: Update, context: Context, lesson_id: int) -> None:
    """Say one lesson whole."""
    lesson = await context.services.lessons.lesson(lesson_id)
    if lesson is None:
        await context.say("lesson.unknown", _to_list(context))
        return
    shared_on = day(context.person.language, lesson.shared_at.astimezone(context.services.timezone))
    await context.say(
        "lesson.whole", _to_list(context), title=lesson.title, body=lesson.body, shared_on=shared_on
    )


async def share(update: Update, context: Context) -> None:
    """/share: write a lesson, see it, send it."""
    await forms.begin(update, context, SHARE)


async def correct(update: Update, context: Context, broadcast: Broadcast) -> None:
    """Change a lesson that was shared, also where it has arrived."""
    lesson = await context.services.lessons.lesson(broadcast.subject_id)
    if lesson is None:
        await context.say("lesson.unknown", _to_list(context))
        return
    answers = {"broadcast": str(broadcast.id), "title": lesson.title, "body": lesson.body}
    await forms.begin(update, context, CORRECT, answers)


async def _review_correction(update: Update, context: Context, form: Form) -> None:
    await broadcasts.preview_correction(context, CORRECT, form, _texts(context, form))


async def _confirm_correction(update: Update, context: Context, form: Form) -> None:
    await broadcasts.correct(update, context, form, _texts(context, form))


async def _plan(update: Update, context: Context, text: str) -> None:
    form = await context.services.forms.open_in(context.person.id)
    if form:
        await broadcasts.plan(update, context, text, SHARE, form)


async def _review(update: Update, context: Context, form: Form) -> None:
    await broadcasts.preview(context, SHARE, form, Subject.LESSON, _texts(context, form))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    await broadcasts.confirm(update, context, form, Subject.LESSON, _texts(context, form))


def _texts(context: Context, form: Form) -> Mapping[Language, str]:
    """What recipients get, in each language."""
    return {
        language: context.text(
            "lesson.broadcast", language, title=form.answers["title"], body=form.answers["body"]
        )
        for language in LANGUAGES
    }


async def _page(context: Context, page: int) -> tuple[Markup, InlineKeyboardMarkup | None]:
    found, pages = await context.services.lessons.newest(page)
    if not found:
        return context.text("lesson.none"), keyboard([button(context.text("menu.ask"), "go", "ask")])
    turns = []
    if page > 0:
        turns.append(button(context.text("button.newer"), "lessons", page - 1))
    if page + 1 < pages:
        turns.append(button(context.text("button.older"), "lessons", page + 1))
    return context.text("lesson.list"), keyboard(*column(map(_line, found)), turns)


def _line(lesson: Lesson) -> InlineKeyboardButton:
    return button(lesson.title, "lesson", lesson.id)


def _to_list(context: Context) -> InlineKeyboardMarkup:
    return keyboard([button(context.text("lesson.to_list"), "lessons", 0)])


SHARE: Final = FormKind("share", Role.COORDINATOR, core.FIELDS, _review, _confirm, at_review=_plan)
CORRECT: Final = FormKind(
    "correct", Role.COORDINATOR, core.FIELDS, _review_correction, _confirm_correction, takes_questions=True
)
