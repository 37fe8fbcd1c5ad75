"""How roles and limits read."""

from datetime import datetime

from markupsafe import Markup
from telegram import InlineKeyboardButton

from bot.context import Context
from bot.core.people import Ability, Language, Limits, Role
from handlers.keyboards import button
from handlers.naming import province_name, province_names
from messages.dates import day, day_and_time, digits


def label(context: Context, field: str, value: str) -> str:
    """A value of the forms as a button names it."""
    match field:
        case "role":
            return context.text(f"role.{value}").unescape()
        case "abilities":
            return context.text(f"ability.{value}").unescape()
        case "provinces":
            return province_name(context, value)
        case _:
            shown = digits(context.person.language, value)
            return context.text("team.days", count=int(value), number=shown).unescape()


def role_name(context: Context, role: Role) -> str:
    return context.text(f"role.{role.name.lower()}").unescape()


def limits_in_words(
    context: Context, role: Role, limits: Limits, language: Language | None = None
) -> list[Markup]:
    """What somebody may do and where, a line each; an administrator everything, which goes without saying."""
    if role is not Role.COORDINATOR:
        return []
    abilities = [context.text(f"ability.{one}", language) for one in Ability if one in limits.abilities]
    names = province_names(context, sorted(limits.provinces), language)
    return [
        context.text("team.may", language, abilities=Markup(" · ").join(abilities) or "–"),
        context.text("team.where", language, provinces=names or context.text("members.everywhere", language)),
    ]


def since(context: Context, when: datetime) -> str:
    return day(context.person.language, when.astimezone(context.services.timezone))


def until(context: Context, when: datetime) -> str:
    return day_and_time(context.person.language, when.astimezone(context.services.timezone))


def team_button(context: Context) -> InlineKeyboardButton:
    return button(context.text("team.to_list"), "t-all")
