"""Councils: find a commune by province, district and commune, or by its name; subscribe and unsubscribe."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core import councils
from bot.core.councils import Commune, Place
from bot.core.people import Role
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.routing import groups_of
from messages.dates import digits


async def subscribe(update: Update, context: Context) -> None:
    """/subscribe: choose a province, or type part of the commune's name."""
    await forms.begin(update, context, SUBSCRIBE, {})
    followed = await context.services.subscriptions.of_chat(context.person.id)
    text = context.text("council.choose_province")
    if followed:
        text = Markup("\n\n").join(
            [context.text("council.followed", councils=_list(context, followed)), text]
        )
    await context.send(context.person.id, text, _provinces(context))


async def subscriptions(update: Update, context: Context) -> None:
    """Which councils this chat has subscribed, and how to change that."""
    followed = await context.services.subscriptions.of_chat(context.person.id)
    subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
    if followed:
        leaving = button(context.text("menu.unsubscribe"), "go", "unsubscribe")
        councils_followed = _list(context, followed)
        await context.say("council.followed", keyboard([subscribing, leaving]), councils=councils_followed)
    else:
        await context.say("council.none_subscribed", keyboard([subscribing]))


async def show_provinces(update: Update, context: Context) -> None:
    """Back to the provinces."""
    await context.answer_press(update)
    await context.show(update, context.text("council.choose_province"), _provinces(context))


async def show_place(update: Update, context: Context) -> None:
    """A province, district or commune was pressed: the next smaller ones, or the question to confirm."""
    (code,) = groups_of(context)
    await context.answer_press(update)
    if len(code) == 6:
        commune = councils.commune(code)
        if commune:
            await context.show(update, _confirm_text(context, commune), _confirm_keyboard(context, commune))
            return
    elif places := (councils.districts(code) if len(code) == 2 else councils.communes(code)):
        key = "council.choose_district" if len(code) == 2 else "council.choose_commune"
        up = button(context.text("button.back"), "place", code[:-2] or "all")
        rows = _places(context, places)
        await context.show(update, context.text(key), keyboard(*rows, [up, _cancel(context)]))
        return
    await context.say("unknown_press")


async def take_name(update: Update, context: Context, text: str) -> None:
    """A commune's name, or part of it, was typed; or that of a province or district."""
    matches, areas = councils.find_communes(text), councils.find_areas(text)
    if matches.total == 1:
        commune = matches.communes[0]
        await context.send(
            context.person.id, _confirm_text(context, commune), _confirm_keyboard(context, commune)
        )
        return
    if not matches.total and not areas:
        await context.say("council.not_found", _provinces(context))
        return
    language = context.person.language
    found = [button(_area_name(context, area), "place", area.code) for area in areas]
    found += [button(_full_name(context, commune), "place", commune.code) for commune in matches.communes]
    more = matches.total > len(matches.communes)
    await context.say(
        "council.many_found_more" if more else "council.many_found",
        keyboard(*column(found), [_cancel(context)]),
        total=digits(language, matches.total),
        shown=digits(language, len(matches.communes)),
    )


async def confirm(update: Update, context: Context) -> None:
    """The council of a commune is subscribed in this chat."""
    commune = councils.commune(groups_of(context)[0])
    if commune is None:
        await context.answer_press(update, "unknown_press")
        return
    services = context.services
    fresh = await services.subscriptions.subscribe(
        context.person.id, commune.code, context.person.id, context.now
    )
    await _close_search(context)
    await context.answer_press(update)
    key = "council.subscribed" if fresh else "council.already_subscribed"
    await context.show(update, context.text(key, council=_full_name(context, commune)), _after(context))


async def cancel_search(update: Update, context: Context) -> None:
    """The search for a commune is given up."""
    await _close_search(context)
    await context.answer_press(update)
    await context.show(update, context.text("form.cancelled"))


async def unsubscribe(update: Update, context: Context) -> None:
    """/unsubscribe: which of this chat's councils."""
    followed = await context.services.subscriptions.of_chat(context.person.id)
    if not followed:
        subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
        await context.say("council.none_subscribed", keyboard([subscribing]))
        return
    rows = column(
        button(_full_name(context, commune), "leave", commune.code) for commune in followed[:_MOST_LISTED]
    )
    everything = [button(context.text("council.leave_all"), "leave", "all")] if len(followed) > 1 else []
    await context.say(
        "council.choose_to_leave", keyboard(*rows, everything, [button(context.text("button.keep"), "keep")])
    )


async def leave(update: Update, context: Context) -> None:
    """One council's subscription ends, or all of this chat's; what remains is said."""
    (code,) = groups_of(context)
    subscriptions = context.services.subscriptions
    ended = await subscriptions.unsubscribe(context.person.id, None if code == "all" else code, context.now)
    left = await subscriptions.of_chat(context.person.id)
    key = "council.left_some" if left else "council.left" if ended else "council.left_before"
    await context.answer_press(update)
    again = keyboard([button(context.text("council.subscribe_again"), "go", "subscribe")])
    await context.show(update, context.text(key, councils=_list(context, left)), again)


async def keep(update: Update, context: Context) -> None:
    """Nothing is to change after all."""
    await context.answer_press(update)
    await context.show(update, context.text("council.kept"))


async def _close_search(context: Context) -> None:
    search = await context.services.forms.draft(context.person.id, SUBSCRIBE.name)
    if search:
        await context.services.forms.discard(search)


def _provinces(context: Context) -> InlineKeyboardMarkup:
    return keyboard(*_places(context, councils.provinces()), [_cancel(context)])


def _places(context: Context, places: list[Place] | list[Commune]) -> list[Row]:
    return grid([button(place.name(context.person.language), "place", place.code) for place in places])


def _cancel(context: Context) -> InlineKeyboardButton:
    return button(context.text("button.cancel"), "search-cancel")


def _full_name(context: Context, commune: Commune) -> str:
    language = context.person.language
    name = commune.name(language)
    return context.text(
        "council.name",
        commune=f"{name} ({commune.code})" if councils.shares_full_name(commune) else name,
        district=commune.district.name(language),
        province=commune.province.name(language),
    ).unescape()


def _area_name(context: Context, area: Place) -> str:
    """A province, or a district with the province it lies in: some share their name."""
    names = [place.name(context.person.language) for place in councils.up_to_province(area)]
    return f"{' · '.join(names)} ›"


def _list(context: Context, communes: list[Commune]) -> str:
    return "\n".join(f"• {_full_name(context, commune)}" for commune in communes)


def _confirm_text(context: Context, commune: Commune) -> str:
    return context.text("council.confirm", council=_full_name(context, commune))


def _confirm_keyboard(context: Context, commune: Commune) -> InlineKeyboardMarkup:
    return keyboard(
        [button(context.text("council.confirm_button"), "subscribe", commune.code)],
        [button(context.text("button.back"), "place", commune.district.code), _cancel(context)],
    )


def _after(context: Context) -> InlineKeyboardMarkup:
    return keyboard(
        *column(
            [
                button(context.text("menu.lessons"), "go", "lessons"),
                button(context.text("council.another"), "go", "subscribe"),
            ]
        )
    )


_MOST_LISTED: Final = 90  # Telegram allows 100 buttons under a message
SUBSCRIBE: Final = FormKind("subscribe", Role.PERSON, (), take=take_name)
