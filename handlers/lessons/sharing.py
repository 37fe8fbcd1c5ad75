"""Sharing a lesson with every subscribed council, and correcting one that was shared."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup, escape
from telegram import Update

from bot.context import Context
from bot.core import lessons as core
from bot.core.broadcasts import Broadcast, Subject
from bot.core.forms import Form
from bot.core.lessons import Lesson, LessonState, content_of
from bot.core.people import LANGUAGES, Ability, Language
from handlers import forms
from handlers.broadcasts import composing
from handlers.forms import FormKind
from handlers.lessons.wording import author_of, facts, files_line, label, suggest, to_list
from handlers.routing import number_of
from handlers.scopes import BROADCAST


async def share(update: Update, context: Context) -> None:
    """/share: write a lesson, see it, send it."""
    await forms.begin(update, context, SHARE)


async def send(update: Update, context: Context) -> None:
    """Send an approved lesson to the councils: the same preview and confirmation as for a new one."""
    await context.answer_press(update)
    lesson = await context.services.lessons.lesson(number_of(context))
    if lesson is None or lesson.state is not LessonState.APPROVED:
        await context.say("lesson.unknown", to_list(context))
        return
    await forms.begin(update, context, SHARE, await _answers(context, lesson))


async def correct(
    update: Update, context: Context, broadcast: Broadcast, proposed: Mapping[str, str] | None
) -> None:
    """Change a lesson that was shared, also where it has arrived; or what is only `proposed`."""
    lesson = await context.services.lessons.lesson(broadcast.subject_id)
    if proposed is None and lesson is None:
        await context.say("lesson.unknown", to_list(context))
        return
    answers = proposed or (await _answers(context, lesson) if lesson else {})
    await forms.begin(update, context, CORRECT, {**answers, "broadcast": str(broadcast.id)})


async def _answers(context: Context, lesson: Lesson) -> dict[str, str]:
    """A lesson as the forms hold it: which one it is, as it was seen, and who may be named."""
    seen = {"lesson": str(lesson.id), "version": str(lesson.version)}
    return {**seen, "author": await author_of(context, lesson), **lesson.content.answers}


async def _review_correction(update: Update, context: Context, form: Form) -> None:
    await composing.preview_correction(context, CORRECT, form, texts(context, form))


async def _confirm_correction(update: Update, context: Context, form: Form) -> None:
    await composing.correct(update, context, form, texts(context, form))


async def _plan(update: Update, context: Context, text: str) -> None:
    form = await context.services.forms.open_in(context.person.id)
    if form:
        await composing.plan(update, context, text, SHARE, form)


async def _review(update: Update, context: Context, form: Form) -> None:
    await composing.preview(context, SHARE, form, Subject.LESSON, texts(context, form))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    await composing.confirm(update, context, form, Subject.LESSON, texts(context, form))


def texts(context: Context, form: Form) -> Mapping[Language, str]:
    """What recipients get, in each language."""
    content, author = content_of(form.answers), form.answers.get("author", "")
    said = {}
    for language in LANGUAGES:
        about = facts(context, content, author, language) + files_line(context, content, language)
        body = Markup("\n\n").join(part for part in (escape(content.body), Markup("\n").join(about)) if part)
        said[language] = context.text("lesson.broadcast", language, title=content.title, body=body)
    return said


SHARE: Final = FormKind(
    "share",
    Ability.SHARE,
    core.SHARE_FIELDS,
    _review,
    _confirm,
    at_review=_plan,
    label=label,
    suggest=suggest,
    about=("lesson", "version"),
)
CORRECT: Final = FormKind(
    "correct",
    Ability.SHARE,
    core.CORRECT_FIELDS,
    _review_correction,
    _confirm_correction,
    takes_questions=True,
    about=("broadcast", "version"),
    within=BROADCAST,
)
