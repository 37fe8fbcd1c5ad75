"""Reviewing what was offered: a coordinator approves, returns with a reason, or declines with a reason."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core import lessons as core
from bot.core.authority import may_review
from bot.core.forms import Form
from bot.core.lessons import AlreadyDecided, Changed, Decided, Lesson, LessonState, OwnLesson, Report
from bot.core.people import Ability, Person
from handlers import forms
from handlers.attachments import send_attachments
from handlers.councils import full_name
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, column, keyboard
from handlers.lessons.reading import state_line
from handlers.lessons.wording import back_to_list, lines_of, whole
from handlers.routing import groups_of, number_of
from handlers.scopes import LESSON
from messages.dates import digits


async def show_waiting(update: Update, context: Context) -> None:
    """Lessons and reports that wait for a coordinator, oldest first."""
    await context.answer_press(update)
    lessons, reports = await waiting_for(context)
    rows = lines_of(context, lessons, "l-review")
    for report in reports:
        place = full_name(context, report.commune) if report.commune else report.commune_code
        rows.append(button(f"👣 {place}", "l-report", report.id))
    number = digits(context.person.language, len(rows))
    text = context.text("lesson.queue", count=len(rows), number=number)
    if not rows:
        text = context.text("lesson.queue_empty")
    await context.show(update, text, keyboard(*column(rows), [back_to_list(context)]))


async def review(update: Update, context: Context) -> None:
    """One offered lesson, whole, with its attachments."""
    await context.answer_press(update)
    lesson = await context.services.lessons.lesson(number_of(context))
    if lesson is None:
        await context.say("lesson.unknown", to_queue(context))
        return
    await _say_for_review(context, lesson)


async def approve(update: Update, context: Context) -> None:
    """The lesson is approved as it was looked at."""
    await context.answer_press(update)
    lesson_id, version = map(int, groups_of(context))
    await _decide(update, context, lesson_id, version, LessonState.APPROVED, "")


async def ask_why(update: Update, context: Context) -> None:
    """Returning and declining ask for a reason, which the author reads."""
    await context.answer_press(update)
    deed, lesson_id, version = groups_of(context)
    state = LessonState.RETURNED if deed == "return" else LessonState.DECLINED
    lesson = await context.services.lessons.lesson(int(lesson_id))
    if lesson is None:
        await context.say("lesson.unknown", to_queue(context))
    elif lesson.state is not LessonState.OFFERED or lesson.version != int(version):
        await _say_for_review(context, lesson)
    elif lesson.author_id == context.person.id:
        await context.say("lesson.own", to_queue(context))
    else:
        answers = {"lesson": lesson_id, "version": version, "state": state, "title": lesson.title}
        await forms.begin(update, context, VERDICT, answers)


async def _review_verdict(update: Update, context: Context, form: Form) -> None:
    returned = form.answers["state"] == LessonState.RETURNED
    rows = review_rows(context, VERDICT, form, "lesson.return_yes" if returned else "lesson.decline_yes")
    await context.say(
        "lesson.return_sure" if returned else "lesson.decline_sure",
        keyboard(*rows),
        title=form.answers["title"],
        reason=form.answers["reason"],
    )


async def _confirm_verdict(update: Update, context: Context, form: Form) -> None:
    lesson_id, version = int(form.answers["lesson"]), int(form.answers["version"])
    state = LessonState(form.answers["state"])
    await _decide(update, context, lesson_id, version, state, form.answers["reason"])
    await context.services.forms.discard(form)


async def _decide(
    update: Update, context: Context, lesson_id: int, version: int, state: LessonState, reason: str
) -> None:
    """Write the decision, unless somebody did before, and tell both sides."""
    stored = context.services.lessons
    match await stored.decide(lesson_id, version, state, context.person.id, context.now, reason):
        case Decided(lesson):
            told = await _tell_author(context, lesson)
            text = context.text(f"lesson.decided.{state}", title=lesson.title)
            if not told:
                text = Markup("\n").join([text, context.text("lesson.not_told")])
            await context.show(update, text, _after(context, lesson))
            await _tell_other_coordinators(context, lesson)
        case AlreadyDecided(lesson):
            text = Markup("\n\n").join(
                [context.text("lesson.decided_before", title=lesson.title), await state_line(context, lesson)]
            )
            await context.show(update, text, to_queue(context))
        case Changed(lesson):
            await context.say("lesson.changed")
            await _say_for_review(context, lesson)
        case OwnLesson():
            await context.show(update, context.text("lesson.own"), to_queue(context))
        case None:
            await context.show(update, context.text("lesson.unknown"), to_queue(context))


async def _say_for_review(context: Context, lesson: Lesson) -> None:
    parts = [await whole(context, lesson), await state_line(context, lesson)]
    if not await send_attachments(context, lesson.attachments):
        parts.insert(0, context.text("lesson.file_gone"))
    await context.send(context.person.id, Markup("\n\n").join(parts), _choices(context, lesson))


def _choices(context: Context, lesson: Lesson) -> InlineKeyboardMarkup:
    if lesson.state is not LessonState.OFFERED or lesson.author_id == context.person.id:
        return to_queue(context)
    seen = (lesson.id, lesson.version)
    return keyboard(
        [button(context.text("lesson.approve"), "l-approve", *seen)],
        [
            button(context.text("lesson.edit"), "l-edit", lesson.id),
            button(context.text("lesson.return"), "l-return", *seen),
        ],
        [
            button(context.text("lesson.decline"), "l-decline", *seen),
            button(context.text("lesson.versions_button"), "l-versions", lesson.id),
        ],
        [queue_button(context)],
    )


def _after(context: Context, lesson: Lesson) -> InlineKeyboardMarkup:
    sending = button(context.text("lesson.send"), "l-send", lesson.id)
    approved = lesson.state is LessonState.APPROVED
    return keyboard([sending] if approved else [], [queue_button(context)])


async def _tell_author(context: Context, lesson: Lesson) -> bool:
    author = await context.services.people.find(lesson.author_id)
    if author is None:
        return False
    text = context.text(
        f"lesson.author.{lesson.state}", author.language, title=lesson.title, reason=lesson.reason
    )
    opening = button(context.text("lesson.open", author.language), "lesson", lesson.id)
    changing = button(context.text("lesson.edit_and_offer", author.language), "l-edit", lesson.id)
    row = [changing] if lesson.state is LessonState.RETURNED else [opening]
    return bool(await context.tell(author.id, text, keyboard(row)))


async def _tell_other_coordinators(context: Context, lesson: Lesson) -> None:
    for other in await reviewers_of(context, lesson):
        if other.id != context.person.id:
            text = context.text(
                f"lesson.decided_by_other.{lesson.state}",
                other.language,
                name=context.person.name,
                title=lesson.title,
            )
            await context.tell(other.id, text)


async def waiting_for(context: Context) -> tuple[list[Lesson], list[Report]]:
    """The lessons and reports that this coordinator may decide about."""
    stored, reports = context.services.lessons, []
    for report in await context.services.lessons.waiting_reports():
        lesson = await stored.lesson(report.lesson_id)
        if lesson and may_review(context.person, lesson):
            reports.append(report)
    return [one for one in await stored.waiting() if may_review(context.person, one)], reports


async def reviewers_of(context: Context, lesson: Lesson) -> list[Person]:
    """The coordinators who may decide about a lesson."""
    coordinators = await context.services.people.coordinators(Ability.SHARE)
    return [one for one in coordinators if one.id != lesson.author_id and may_review(one, lesson)]


def queue_button(context: Context) -> InlineKeyboardButton:
    return button(context.text("lesson.to_queue"), "l-waiting")


def to_queue(context: Context) -> InlineKeyboardMarkup:
    return keyboard([queue_button(context)])


VERDICT: Final = FormKind(
    "verdict",
    Ability.SHARE,
    core.VERDICT_FIELDS,
    _review_verdict,
    _confirm_verdict,
    takes_questions=True,
    about=("lesson", "version", "state"),
    within=LESSON,
)
