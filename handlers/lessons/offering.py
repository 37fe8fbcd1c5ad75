"""Offering a lesson: anybody who subscribed a council fills it in, and changes one that was returned."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core import lessons as core
from bot.core.authority import may_review
from bot.core.forms import Form
from bot.core.lessons import NAMED, Lesson, LessonState, content_of
from bot.core.people import Ability, Role
from handlers import forms
from handlers.events import pages
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.lessons.reviewing import reviewers_of
from handlers.lessons.wording import drafted, label, suggest, to_list
from handlers.routing import number_of


async def offer(update: Update, context: Context) -> None:
    """/lesson: share a lesson from one's commune; a coordinator reads it before others do."""
    if not await context.services.subscriptions.of_chat(context.person.id):
        subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
        await context.say("lesson.subscribe_first", keyboard([subscribing]))
        return
    if not await context.services.forms.draft(context.person.id, OFFER.name):
        await context.say("lesson.offer_begins")
    await forms.begin(update, context, OFFER)


async def offer_from_event(update: Update, context: Context) -> None:
    """Share a lesson that was told at an event; a lesson that is being written goes first."""
    await context.answer_press(update)
    event = await pages.found(context, number_of(context))
    if event is None:
        return
    drafted = await context.services.forms.draft(context.person.id, OFFER.name)
    if drafted or not await context.services.subscriptions.of_chat(context.person.id):
        await offer(update, context)
        return
    await context.say("lesson.offer_begins")
    await forms.begin(update, context, OFFER, {"event": str(event.id)})


async def edit(update: Update, context: Context) -> None:
    """Change a lesson: its author one that was returned, a coordinator one that waits or is approved."""
    await context.answer_press(update)
    lesson = await context.services.lessons.lesson(number_of(context))
    if lesson is None or not _may_edit(context, lesson):
        await context.say("lesson.not_to_edit" if lesson else "lesson.unknown", to_list(context))
        return
    answers = {"lesson": str(lesson.id), "version": str(lesson.version), **lesson.content.answers}
    await forms.begin(update, context, REVISE, answers)


def _may_edit(context: Context, lesson: Lesson) -> bool:
    if lesson.state is LessonState.RETURNED:
        return lesson.author_id == context.person.id
    reviews = context.person.may(Ability.SHARE) and may_review(context.person, lesson)
    return reviews and lesson.state is not LessonState.DECLINED


async def _review_offer(update: Update, context: Context, form: Form) -> None:
    author = context.person.name if form.answers["named"] == NAMED else ""
    await _review(context, OFFER, form, "lesson.offer_send", author)


async def _review_revision(update: Update, context: Context, form: Form) -> None:
    lesson = await context.services.lessons.lesson(int(form.answers["lesson"]))
    returned = lesson is not None and lesson.state is LessonState.RETURNED
    await _review(context, REVISE, form, "lesson.offer_again" if returned else "lesson.save")


async def _review(context: Context, kind: FormKind, form: Form, confirm_key: str, author: str = "") -> None:
    rows = review_rows(context, kind, form, confirm_key)
    draft = drafted(context, content_of(form.answers), author)
    text = Markup("\n\n").join([draft, context.text("lesson.offer_review")])
    await context.send(context.person.id, text, keyboard(*rows))


async def _offer(update: Update, context: Context, form: Form) -> None:
    lesson = await context.services.lessons.offer(form, context.person.id, context.now)
    if lesson is None:
        await context.say("form.old_button")
        return
    await _tell_coordinators(context, lesson)
    await context.show(update, context.text("lesson.offered", title=lesson.title), to_list(context))


async def _revise(update: Update, context: Context, form: Form) -> None:
    before = await context.services.lessons.lesson(int(form.answers["lesson"]))
    if before is None or not _may_edit(context, before):
        await context.say("lesson.not_to_edit", to_list(context))
        return
    lesson = await context.services.lessons.revise(form, context.person.id, context.now)
    if lesson is None:
        opening = button(context.text("lesson.open"), "lesson", before.id)
        await context.say("lesson.changed_meanwhile", keyboard([opening]))
    elif before.state is LessonState.RETURNED:
        await _tell_coordinators(context, lesson)
        await context.show(update, context.text("lesson.offered", title=lesson.title), to_list(context))
    else:
        await _tell_author(context, lesson)
        verb = "l-review" if lesson.state is LessonState.OFFERED else "lesson"
        opening = button(context.text("lesson.open"), verb, lesson.id)
        await context.show(update, context.text("lesson.saved", title=lesson.title), keyboard([opening]))


async def _tell_coordinators(context: Context, lesson: Lesson) -> None:
    for coordinator in await reviewers_of(context, lesson):
        opening = button(context.text("lesson.review", coordinator.language), "l-review", lesson.id)
        text = context.text("lesson.new", coordinator.language, title=lesson.title)
        await context.tell(coordinator.id, text, keyboard([opening]))


async def _tell_author(context: Context, lesson: Lesson) -> None:
    author = await context.services.people.find(lesson.author_id)
    if author and author.id != context.person.id:
        opening = button(context.text("lesson.open", author.language), "lesson", lesson.id)
        text = context.text("lesson.author.edited", author.language, title=lesson.title)
        await context.tell(author.id, text, keyboard([opening]))


OFFER: Final = FormKind(
    "offer",
    Role.PERSON,
    core.OFFER_FIELDS,
    _review_offer,
    _offer,
    label=label,
    suggest=suggest,
    wording="share",
)
REVISE: Final = FormKind(
    "revise",
    Role.PERSON,
    core.REVISE_FIELDS,
    _review_revision,
    _revise,
    takes_questions=True,
    label=label,
    suggest=suggest,
    wording="share",
    about=("lesson", "version"),
)
