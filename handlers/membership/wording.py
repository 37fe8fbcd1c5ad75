"""How requests and organisations read: values in words, a whole request, what was done to one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.context import Context
from bot.core.applications import YES, Application
from bot.core.lessons import THEMES
from bot.core.membership import Deed, MembershipRequest, Reason, RequestState
from bot.core.people import Language
from handlers.keyboards import button, keyboard
from handlers.naming import province_name, province_names
from messages.dates import day, day_and_time, digits

MARKS: Final = {
    RequestState.NEW: "🆕",
    RequestState.TAKEN: "👀",
    RequestState.ASKED: "❓",
    RequestState.APPROVED: "✅",
    RequestState.DECLINED: "❌",
    RequestState.WITHDRAWN: "↩️",
}


def label(context: Context, field: str, value: str) -> str:
    """What stands on the button for a value of the form."""
    match field:
        case "kind":
            return context.text(f"kind.{value}").unescape()
        case "provinces":
            return province_name(context, value)
        case "sectors":
            return sector_name(context, value)
        case _:
            return context.text("request.public" if value == YES else "request.not_public").unescape()


def sector_name(context: Context, sector: str) -> str:
    return context.text(f"theme.{sector}").unescape() if sector in THEMES else sector


def sector_names(context: Context, sectors: Iterable[str]) -> str:
    return " · ".join(sector_name(context, sector) for sector in sectors)


def reason_label(context: Context, _field: str, value: str) -> str:
    """Ready words, by the few that stand on the button; own words as they are."""
    return context.text(f"request.reason_button.{value}").unescape() if value in tuple(Reason) else value


def reason_in_words(context: Context, reason: str, language: Language | None = None) -> str:
    """A reason as its reader reads it; ready words are in their language."""
    return (
        context.text(f"request.reason.{reason}", language).unescape() if reason in tuple(Reason) else reason
    )


def told(context: Context, application: Application) -> Markup:
    """Everything that a form tells."""
    language, documents = context.person.language, len(application.document)
    values = {
        "kind": label(context, "kind", application.kind.value),
        "provinces": province_names(context, application.provinces),
        "sectors": sector_names(context, application.sectors),
        "public": label(context, "public", application.answers["public"]),
        "document": digits(language, documents) if documents else "",
    }
    said: dict[str, object] = {
        name: values.get(name, value) or "–" for name, value in application.answers.items()
    }
    return context.text("request.application", None, **said)


def dated(context: Context, when: datetime) -> str:
    return day(context.person.language, when.astimezone(context.services.timezone))


def age(context: Context, since: datetime) -> str:
    """How long something has waited, in days, or hours on the first day."""
    hours = int((context.now - since).total_seconds() // 3600)
    if hours < 1:
        return context.text("request.age_none").unescape()
    number = hours // 24 if hours >= 24 else hours
    key = "request.age_days" if hours >= 24 else "request.age_hours"
    return context.text(key, count=number, number=digits(context.person.language, number)).unescape()


def history(context: Context, deeds: Sequence[Deed]) -> Markup:
    """What was done to a request: when, by whom, and with what words."""
    lines = []
    for deed in deeds:
        when = day_and_time(context.person.language, deed.at.astimezone(context.services.timezone))
        what = context.text(f"request.deed.{deed.kind}", name=deed.name or context.text("request.somebody"))
        lines.append(Markup("<i>{}</i>\n{}").format(when, what))
        if deed.text:
            lines[-1] += Markup("\n«{}»").format(reason_in_words(context, deed.text))
    return Markup("\n\n").join(lines)


def queue_button(context: Context) -> InlineKeyboardButton:
    return button(context.text("request.to_queue"), "requests")


def to_queue(context: Context) -> InlineKeyboardMarkup:
    return keyboard([queue_button(context)])


async def tell_applicant(
    context: Context, request: MembershipRequest, text: Markup, *buttons: InlineKeyboardButton
) -> bool:
    """Tell whoever asked; False when they cannot be reached."""
    return bool(await context.tell(request.person_id, text, keyboard(*([one] for one in buttons))))
