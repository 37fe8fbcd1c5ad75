"""One lesson: read with its attachments, found useful, looked at in earlier versions."""

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.authority import may_review
from bot.core.lessons import Lesson, LessonState, may_be_read_by
from bot.core.people import Ability
from handlers.attachments import send_attachments
from handlers.keyboards import button, column, keyboard
from handlers.lessons.wording import drafted, list_button, reported, to_list, whole
from handlers.routing import groups_of, number_of
from messages.dates import day_and_time, digits


async def open_lesson(update: Update, context: Context) -> None:
    """A lesson in a list, or under a broadcast, was pressed."""
    await context.answer_press(update)
    await say_lesson(update, context, number_of(context))


async def show_reports(update: Update, context: Context) -> None:
    """How a lesson went elsewhere: all of it, the newest first."""
    await context.answer_press(update)
    lesson_id = number_of(context)
    lesson = await context.services.lessons.lesson(lesson_id)
    reports = await context.services.lessons.reports(lesson_id)
    if lesson is None or lesson.state is not LessonState.APPROVED or not reports:
        await context.say("lesson.unknown", to_list(context))
        return
    text = Markup("\n\n").join(reported(context, one) for one in reversed(reports))
    back = button(context.text("button.back"), "lesson", lesson_id)
    await context.send(context.person.id, text, keyboard([back]))


async def say_lesson(update: Update, context: Context, lesson_id: int) -> None:
    """Say one lesson whole, its attachments before it: the buttons are nearest to the thumb at the end."""
    lesson = await context.services.lessons.lesson(lesson_id)
    coordinates = context.person.may(Ability.SHARE)
    if lesson is None or not may_be_read_by(lesson, context.person.id, coordinates):
        await context.say("lesson.unknown", to_list(context))
        return
    reports = await context.services.lessons.reports(lesson_id)
    text = await whole(context, lesson, reports[-_MOST_REPORTS:])
    if lesson.state is not LessonState.APPROVED:
        text = Markup("\n\n").join([text, await state_line(context, lesson)])
    if not await send_attachments(context, lesson.attachments):
        text = Markup("\n\n").join([context.text("lesson.file_gone"), text])
    await context.send(context.person.id, text, await _buttons(context, lesson))


async def state_line(context: Context, lesson: Lesson) -> Markup:
    """How a lesson stands, who decided so, and why."""
    decider = await context.services.people.find(lesson.decided_by) if lesson.decided_by else None
    line = context.text(f"lesson.state.{lesson.state}", name=decider.name if decider else "–")
    reason = context.text("lesson.reason", reason=lesson.reason) if lesson.reason else None
    return Markup("\n").join([line, reason]) if reason else line


async def useful(update: Update, context: Context) -> None:
    """The person found it useful, or takes that back."""
    number, turn = groups_of(context)
    lesson_id, found = int(number), None if turn is None else turn == "on"
    counted = await context.services.lessons.find_useful(lesson_id, context.person.id, found, context.now)
    lesson = await context.services.lessons.lesson(lesson_id)
    if counted is None or lesson is None:
        await context.answer_press(update, "lesson.unknown")
        return
    await context.answer_press(
        update, "lesson.useful_counted" if counted else "lesson.useful_taken", alert=False
    )
    await context.change_keyboard(update, await _buttons(context, lesson))


async def show_versions(update: Update, context: Context) -> None:
    """Who did what to a lesson, and when."""
    await context.answer_press(update)
    lesson_id = number_of(context)
    versions = await context.services.lessons.versions(lesson_id)
    if not versions:
        await context.say("lesson.unknown", to_list(context))
        return
    rows, language = [], context.person.language
    for version in versions[:_MOST_VERSIONS]:
        who = await context.services.people.find(version.by)
        when = day_and_time(language, version.at.astimezone(context.services.timezone))
        deed = context.text(f"lesson.deed.{version.deed}").unescape()
        label = f"{digits(language, version.number)}. {deed} · {who.name if who else '–'} · {when}"
        rows.append(button(label, "l-version", lesson_id, version.number))
    back = button(context.text("button.back"), "lesson", lesson_id)
    await context.say("lesson.versions", keyboard(*column(rows), [back]), title=versions[0].content.title)


async def show_version(update: Update, context: Context) -> None:
    """What a lesson said then."""
    await context.answer_press(update)
    lesson_id, number = map(int, groups_of(context))
    found = await context.services.lessons.versions(lesson_id)
    version = next((one for one in found if one.number == number), None)
    if version is None:
        await context.say("lesson.unknown", to_list(context))
        return
    text = drafted(context, version.content)
    if version.reason:
        text = Markup("\n\n").join([text, context.text("lesson.reason", reason=version.reason)])
    back = button(context.text("button.back"), "l-versions", lesson_id)
    await context.send(context.person.id, text, keyboard([back]))


async def _buttons(context: Context, lesson: Lesson) -> InlineKeyboardMarkup:
    """What a reader can do about a lesson, and what its author and coordinators can."""
    own = lesson.author_id == context.person.id
    coordinates = context.person.may(Ability.SHARE) and may_review(context.person, lesson)
    editing = button(context.text("lesson.edit"), "l-edit", lesson.id)
    versions = button(context.text("lesson.versions_button"), "l-versions", lesson.id)
    rows = []
    if lesson.state is LessonState.APPROVED:
        number = await context.services.lessons.useful(lesson.id)
        shown = digits(context.person.language, number)
        counts = await context.services.lessons.found_useful(lesson.id, context.person.id)
        turn = "off" if counts else "on"
        rows.append([button(context.text("lesson.useful", number=shown), "useful", lesson.id, turn)])
        rows.append([button(context.text("lesson.tried"), "l-tried", lesson.id)])
        reports = len(await context.services.lessons.reports(lesson.id))
        if reports > _MOST_REPORTS:
            all_of_them = digits(context.person.language, reports)
            label = context.text("lesson.all_reports", number=all_of_them)
            rows.append([button(label, "l-reports", lesson.id)])
        if coordinates:
            rows.append([editing, versions])
            rows.append([button(context.text("lesson.send"), "l-send", lesson.id)])
    elif lesson.state is LessonState.RETURNED and own:
        rows.append([button(context.text("lesson.edit_and_offer"), "l-edit", lesson.id)])
    elif coordinates and not own:
        rows.append([button(context.text("lesson.review"), "l-review", lesson.id), versions])
    return keyboard(*rows, [list_button(context)])


_MOST_VERSIONS = 20
_MOST_REPORTS = 5
"""So many reports, the newest, are said with a lesson; the others are a press away."""
