"""Finding a lesson: the newest, by theme, by province, by words, and one's own."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.councils import provinces
from bot.core.forms import REVIEW, Form
from bot.core.lesson_index import LONGEST_SEARCH
from bot.core.lessons import PAGE_SIZE, THEMES, Lesson, LessonState
from bot.core.people import Ability, Role
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.lessons.reviewing import waiting_for
from handlers.lessons.wording import back_to_list, lines_of, theme_name
from handlers.routing import groups_of, number_of
from messages.dates import digits


async def find_or_list(update: Update, context: Context) -> None:
    """/lessons WORDS: those that fit; /lessons alone: the newest."""
    words = " ".join(context.args or ())
    if words:
        await _take_words(update, context, words)
    else:
        await lessons(update, context)


async def lessons(update: Update, context: Context) -> None:
    """The newest lessons."""
    text, buttons = await _newest(context, 0)
    await context.send(context.person.id, text, buttons)


async def show_page(update: Update, context: Context) -> None:
    """Another page of the newest."""
    await context.answer_press(update)
    text, buttons = await _newest(context, number_of(context))
    await context.show(update, text, buttons)


async def show_themes(update: Update, context: Context) -> None:
    """The themes that have lessons."""
    await context.answer_press(update)
    numbers = await context.services.lessons.themes()
    rows = column(
        button(_counted(context, theme_name(context, theme), numbers[theme]), "l-theme", theme, 0)
        for theme in THEMES
        if theme in numbers
    )
    text = context.text("lesson.choose_theme" if rows else "lesson.no_themes")
    await context.show(update, text, keyboard(*rows, [back_to_list(context)]))


async def show_theme(update: Update, context: Context) -> None:
    """The lessons about one theme."""
    await context.answer_press(update)
    theme, page = groups_of(context)
    if theme not in THEMES:
        await context.say("unknown_press")
        return
    found, pages = await context.services.lessons.newest(int(page), theme=theme)
    text = context.text("lesson.about", what=theme_name(context, theme))
    up = button(context.text("lesson.by_theme"), "l-themes")
    await context.show(update, text, _page(context, found, int(page), pages, f"l-theme:{theme}", [up]))


async def show_provinces(update: Update, context: Context) -> None:
    """The provinces from which there are lessons."""
    await context.answer_press(update)
    numbers, language = await context.services.lessons.provinces(), context.person.language
    rows = grid(
        [
            button(_counted(context, one.name(language), numbers[one.code]), "l-province", one.code, 0)
            for one in provinces()
            if one.code in numbers
        ]
    )
    text = context.text("lesson.choose_province" if rows else "lesson.no_provinces")
    await context.show(update, text, keyboard(*rows, [back_to_list(context)]))


async def show_province(update: Update, context: Context) -> None:
    """The lessons from one province."""
    await context.answer_press(update)
    code, page = groups_of(context)
    name = next((one.name(context.person.language) for one in provinces() if one.code == code), None)
    if name is None:
        await context.say("unknown_press")
        return
    found, pages = await context.services.lessons.newest(int(page), province=code)
    up = button(context.text("lesson.by_province"), "l-provinces")
    buttons = _page(context, found, int(page), pages, f"l-province:{code}", [up])
    await context.show(update, context.text("lesson.about", what=name), buttons)


async def search(update: Update, context: Context) -> None:
    """Ask for the words to find lessons by."""
    await context.answer_press(update)
    await forms.begin(update, context, SEARCH, {})


async def show_found(update: Update, context: Context) -> None:
    """Another page of what was found; the words stand in the form that asked for them."""
    form = await context.services.forms.draft(context.person.id, SEARCH.name)
    words = form.answers.get("words") if form else None
    if not words:
        await context.answer_press(update, "unknown_press")
        return
    await context.answer_press(update)
    text, buttons = await _found(context, words, number_of(context))
    await context.show(update, text, buttons)


async def show_own(update: Update, context: Context) -> None:
    """What the person offered, and how each stands."""
    await context.answer_press(update)
    own = await context.services.lessons.of_author(context.person.id)
    rows = column(button(f"{MARKS[lesson.state]} {lesson.title[:60]}", "lesson", lesson.id) for lesson in own)
    text = context.text("lesson.own_list" if own else "lesson.own_none")
    await context.show(update, text, keyboard(*rows, [back_to_list(context)]))


async def _ask_for_words(update: Update, context: Context, form: Form) -> None:
    await context.say("lesson.search_words", keyboard([forms.cancel_button(context, form)]))


async def _take_words(update: Update, context: Context, text: str) -> None:
    """Search, and keep the words for the other pages; the next text is no search again.

    Another form that is open stays so.
    """
    stored, words = context.services.forms, text[:LONGEST_SEARCH]
    draft = await stored.draft(context.person.id, SEARCH.name)
    form = draft or Form(context.person.id, SEARCH.name, REVIEW)
    await stored.save(replace(form, answers={"words": words}), context.now, aside=True)
    found, buttons = await _found(context, words, 0)
    await context.send(context.person.id, found, buttons)


async def _found(context: Context, words: str, page: int) -> tuple[Markup, InlineKeyboardMarkup]:
    found = await context.services.library.search(words)
    again = [button(context.text("lesson.search"), "l-search")]
    shown = found[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    text = context.text("lesson.found" if found else "lesson.nothing_found", words=words[:100])
    return text, _page(context, shown, page, -(-len(found) // PAGE_SIZE), "l-found", again)


async def _newest(context: Context, page: int) -> tuple[Markup, InlineKeyboardMarkup]:
    found, pages = await context.services.lessons.newest(page)
    if not found:
        return context.text("lesson.none"), keyboard(*await _deeds(context))
    ways = [
        button(context.text("lesson.search"), "l-search"),
        button(context.text("lesson.by_theme"), "l-themes"),
        button(context.text("lesson.by_province"), "l-provinces"),
    ]
    rows = [*column(lines_of(context, found)), _turns(context, page, pages, "lessons"), ways[:1], ways[1:]]
    return context.text("lesson.list"), keyboard(*rows, *await _deeds(context))


async def _deeds(context: Context) -> list[Row]:
    """Offering a lesson, looking after one's own, and, for coordinators, what waits for them."""
    stored, rows = context.services.lessons, [[button(context.text("menu.lesson"), "go", "lesson")]]
    if await stored.of_author(context.person.id):
        rows.append([button(context.text("lesson.own_button"), "l-mine")])
    if context.person.may(Ability.SHARE):
        lessons_waiting, reports = await waiting_for(context)
        number = len(lessons_waiting) + len(reports)
        if number:
            shown = digits(context.person.language, number)
            rows.append([button(context.text("lesson.waiting_button", number=shown), "l-waiting")])
    return rows


def _page(
    context: Context, found: Iterable[Lesson], page: int, pages: int, verb: str, ways: Row
) -> InlineKeyboardMarkup:
    return keyboard(
        *column(lines_of(context, found)),
        _turns(context, page, pages, verb),
        ways,
        [back_to_list(context)],
    )


def _turns(context: Context, page: int, pages: int, verb: str) -> Row:
    turns = []
    if page > 0:
        turns.append(button(context.text("button.newer"), verb, page - 1))
    if page + 1 < pages:
        turns.append(button(context.text("button.older"), verb, page + 1))
    return turns


def _counted(context: Context, name: str, number: int) -> str:
    return f"{name} ({digits(context.person.language, number)})"


MARKS: Final = {
    LessonState.OFFERED: "⏳",
    LessonState.RETURNED: "↩️",
    LessonState.APPROVED: "✅",
    LessonState.DECLINED: "✖️",
}
SEARCH: Final = FormKind("search", Role.PERSON, (), _ask_for_words, take=_take_words, takes_questions=True)
