"""How a lesson reads: whole, with whom it comes from, and the names of themes and places."""

from collections.abc import Iterable

from markupsafe import Markup, escape
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.context import Context
from bot.core.councils import commune
from bot.core.lessons import NAMED, Content, Lesson, Report
from bot.core.people import Language
from handlers.councils import full_name
from handlers.keyboards import button, keyboard
from messages.dates import day, digits


def label(context: Context, field: str, value: str) -> str:
    """What stands on the button for a value of a lesson's form."""
    if field == "themes":
        return theme_name(context, value)
    if field == "named":
        return context.text("lesson.named" if value == NAMED else "lesson.unnamed").unescape()
    place = commune(value)
    return full_name(context, place) if place else value


async def suggest(context: Context, field: str) -> tuple[str, ...]:
    """The communes that the person follows; other fields have nothing that suits one person more."""
    if field != "commune":
        return ()
    followed = await context.services.subscriptions.of_chat(context.person.id)
    return tuple(one.code for one in followed[:_MOST_SUGGESTED])


def theme_name(context: Context, theme: str, language: Language | None = None) -> str:
    return context.text(f"theme.{theme}", language).unescape()


def facts(
    context: Context, content: Content, author: str = "", language: Language | None = None
) -> list[Markup]:
    """Whom a lesson comes from and what it is about, a line each."""
    language = language or context.person.language
    themes = " · ".join(theme_name(context, theme, language) for theme in content.themes)
    lines = {
        "📍": full_name(context, content.commune, language) if content.commune else "",
        "🏢": content.organisation,
        "👤": author,
        "🏷": themes,
    }
    return [Markup("{} {}").format(mark, said) for mark, said in lines.items() if said]


def files_line(context: Context, content: Content, language: Language | None = None) -> list[Markup]:
    """How many attachments there are, if any."""
    number = len(content.attachments)
    shown = digits(language or context.person.language, number)
    return [context.text("form.files", language, count=number, number=shown)] if number else []


async def whole(context: Context, lesson: Lesson, reports: Iterable[Report] = ()) -> Markup:
    """A lesson with everything about it, and how it went elsewhere."""
    shared_on = day(context.person.language, lesson.shared_at.astimezone(context.services.timezone))
    told = context.text("lesson.whole", title=lesson.title, body=lesson.body, shared_on=shared_on)
    author = await author_of(context, lesson)
    about = Markup("\n").join([*facts(context, lesson, author), *_spoken(context, lesson)])
    return _paragraphs([told, about, *(reported(context, report) for report in reports)])


async def author_of(context: Context, lesson: Lesson) -> str:
    """The author's name, if they agreed to be named."""
    author = await context.services.people.find(lesson.author_id) if lesson.named else None
    return author.name if author else ""


def drafted(context: Context, content: Content, author: str = "") -> Markup:
    """A lesson as its form tells it so far."""
    about = [*facts(context, content, author), *_spoken(context, content), *files_line(context, content)]
    return _paragraphs(
        [
            Markup("📖 <b>{}</b>").format(content.title),
            escape(content.body),
            Markup("\n").join(about),
        ]
    )


def reported(context: Context, report: Report) -> Markup:
    """How a lesson went elsewhere, credited to the commune."""
    place = full_name(context, report.commune) if report.commune else report.commune_code
    return context.text("lesson.report", commune=place, body=report.body)


def lines_of(context: Context, lessons: Iterable[Lesson], verb: str = "lesson") -> list[InlineKeyboardButton]:
    """A button for each lesson; a clip stands behind those with attachments."""
    return [
        button(f"{one.title[:_LONGEST_LABEL]}{' 📎' if one.attachments else ''}", verb, one.id)
        for one in lessons
    ]


def back_to_list(context: Context) -> InlineKeyboardButton:
    """From another list: the newest take its place."""
    return button(context.text("lesson.to_list"), "lessons", 0)


def list_button(context: Context) -> InlineKeyboardButton:
    """From anything else, which stays: the newest come in a new message."""
    return button(context.text("lesson.to_list"), "go", "lessons")


def to_list(context: Context) -> InlineKeyboardMarkup:
    return keyboard([list_button(context)])


def _spoken(context: Context, content: Content) -> list[Markup]:
    """In which languages it is written, if that could be found."""
    names = [context.text("language.name", one) for one in content.languages]
    return [Markup("🗣 {}").format(Markup(" · ").join(names))] if names else []


def _paragraphs(parts: Iterable[Markup]) -> Markup:
    return Markup("\n\n").join(part for part in parts if part)


_MOST_SUGGESTED = 8
_LONGEST_LABEL = 60
