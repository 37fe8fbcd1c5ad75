"""Councils: find a commune by province, district and commune, or by its name; subscribe and unsubscribe."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core import councils
from bot.core.councils import Commune, Place
from bot.core.people import Language, Role
from bot.core.subscribers import Subscriber
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.naming import council_name
from handlers.routing import groups_of
from handlers.subscribers.chosen import (
    answers_for,
    button_for,
    for_subscriber,
    group_of,
    subscriber_chosen,
    tell_group,
)
from messages.dates import digits


@for_subscriber
async def subscribe(update: Update, context: Context, subscriber: Subscriber) -> None:
    """/subscribe: choose a province, or type part of the commune's name."""
    await forms.begin(update, context, SUBSCRIBE, answers_for(subscriber))
    followed = await context.services.subscriptions.of_chat(subscriber.chat_id)
    text = context.text("council.choose_province")
    if followed or subscriber.is_group:
        text = Markup("\n\n").join([_followed_text(context, subscriber, followed), text])
    await context.send(context.person.id, text, _provinces(context, subscriber))


@for_subscriber
async def subscriptions(update: Update, context: Context, subscriber: Subscriber) -> None:
    """Which councils this chat has subscribed, and how to change that."""
    followed = await context.services.subscriptions.of_chat(subscriber.chat_id)
    buttons = [button_for(subscriber, context.text("menu.subscribe"), "follow")]
    if followed:
        buttons.append(button_for(subscriber, context.text("menu.unsubscribe"), "unfollow"))
    text = _followed_text(context, subscriber, followed)
    await context.send(context.person.id, text, keyboard(buttons))


@for_subscriber
async def show_provinces(update: Update, context: Context, subscriber: Subscriber) -> None:
    """Back to the provinces."""
    await context.answer_press(update)
    text = context.text("council.choose_province")
    await context.show(update, text, _provinces(context, subscriber))


@for_subscriber
async def show_place(update: Update, context: Context, subscriber: Subscriber) -> None:
    """A province, district or commune was pressed: the next smaller ones, or the question to confirm."""
    code = groups_of(context)[0]
    await context.answer_press(update)
    if len(code) == 6:
        commune = councils.commune(code)
        if commune:
            await context.show(update, *_question(context, subscriber, commune))
            return
    elif places := (councils.districts(code) if len(code) == 2 else councils.communes(code)):
        key = "council.choose_district" if len(code) == 2 else "council.choose_commune"
        up = button_for(subscriber, context.text("button.back"), "place", code[:-2] or "all")
        rows = _places(context, subscriber, places)
        await context.show(update, context.text(key), keyboard(*rows, [up, _cancel(context)]))
        return
    await context.say("unknown_press")


async def take_name(update: Update, context: Context, text: str) -> None:
    """A commune's name, or part of it, was typed; or that of a province or district."""
    search = await context.services.forms.draft(context.person.id, SUBSCRIBE.name)
    subscriber = await subscriber_chosen(context, group_of(search.answers) if search else None)
    if subscriber is None:
        await _close_search(context)
        await context.say("group.not_administrator", bot=context.bot.username)
        return
    matches, areas = councils.find_communes(text), councils.find_areas(text)
    if matches.total == 1:
        await context.send(context.person.id, *_question(context, subscriber, matches.communes[0]))
        return
    if not matches.total and not areas:
        await context.say("council.not_found", _provinces(context, subscriber))
        return
    language = context.person.language
    named = [(_area_name(context, area), area.code) for area in areas]
    named += [(full_name(context, commune), commune.code) for commune in matches.communes]
    found = [button_for(subscriber, name, "place", code) for name, code in named]
    more = matches.total > len(matches.communes)
    await context.say(
        "council.many_found_more" if more else "council.many_found",
        keyboard(*column(found), [_cancel(context)]),
        total=digits(language, matches.total),
        shown=digits(language, len(matches.communes)),
    )


@for_subscriber
async def confirm(update: Update, context: Context, subscriber: Subscriber) -> None:
    """The council of a commune is subscribed."""
    commune = councils.commune(groups_of(context)[0])
    if commune is None:
        await context.answer_press(update, "unknown_press")
        return
    fresh = await context.services.subscriptions.subscribe(
        subscriber.chat_id, commune.code, context.person.id, context.now
    )
    await _close_search(context)
    await context.answer_press(update)
    if subscriber.is_group:
        text = await _tell_of(context, subscriber, "group.subscribed", commune, fresh)
    else:
        key = "council.subscribed" if fresh else "council.already_subscribed"
        text = context.text(key, council=full_name(context, commune))
    await context.show(update, text, _after(context, subscriber))


async def cancel_search(update: Update, context: Context) -> None:
    """The search for a commune is given up."""
    await _close_search(context)
    await context.answer_press(update)
    await context.show(update, context.text("form.cancelled"))


@for_subscriber
async def unsubscribe(update: Update, context: Context, subscriber: Subscriber) -> None:
    """/unsubscribe: which of this chat's councils."""
    followed = await context.services.subscriptions.of_chat(subscriber.chat_id)
    if not followed:
        subscribing = button_for(subscriber, context.text("menu.subscribe"), "follow")
        await context.send(
            context.person.id, _followed_text(context, subscriber, []), keyboard([subscribing])
        )
        return
    rows = column(
        button_for(subscriber, full_name(context, commune), "leave", commune.code)
        for commune in followed[:_MOST_LISTED]
    )
    all_of_them = button_for(subscriber, context.text("council.leave_all"), "stop")
    keeping = button(context.text("button.keep"), "keep")
    await context.say(
        "council.choose_to_leave", keyboard(*rows, [all_of_them] if len(followed) > 1 else [], [keeping])
    )


@for_subscriber
async def leave(update: Update, context: Context, subscriber: Subscriber) -> None:
    """One council's subscription ends; what remains is said."""
    commune = councils.commune(groups_of(context)[0])
    if commune is None:
        await context.answer_press(update, "unknown_press")
        return
    subscriptions = context.services.subscriptions
    ended = await subscriptions.unsubscribe(subscriber.chat_id, commune.code, context.now)
    left = await subscriptions.of_chat(subscriber.chat_id)
    await context.answer_press(update)
    if subscriber.is_group:
        text = await _tell_of(context, subscriber, "group.left", commune, bool(ended))
    else:
        key = "council.left_some" if left else "council.left" if ended else "council.left_before"
        text = context.text(key, councils=_list(context, left))
    again = button_for(subscriber, context.text("council.subscribe_again"), "follow")
    await context.show(update, text, keyboard([again]))


async def keep(update: Update, context: Context) -> None:
    """Nothing is to change after all."""
    await context.answer_press(update)
    await context.show(update, context.text("council.kept"))


async def follow(update: Update, context: Context) -> None:
    """The button that leads where /subscribe does."""
    await context.answer_press(update)
    await subscribe(update, context)


async def unfollow(update: Update, context: Context) -> None:
    """The button that leads where /unsubscribe does."""
    await context.answer_press(update)
    await unsubscribe(update, context)


async def _tell_of(context: Context, group: Subscriber, key: str, commune: Commune, changed: bool) -> Markup:
    """Say in the group what was changed for it; the same for the person who did."""
    if changed:
        name = full_name(context, commune, group.reads)
        told = context.text(key, group.reads, title=group.title, council=name)
        await tell_group(context, group, told)
    return context.text(key, title=group.title, council=full_name(context, commune))


def _followed_text(context: Context, subscriber: Subscriber, followed: list[Commune]) -> Markup:
    if subscriber.is_group:
        key = "group.followed" if followed else "group.none_subscribed"
    else:
        key = "council.followed" if followed else "council.none_subscribed"
    return context.text(key, title=subscriber.title, councils=_list(context, followed))


async def _close_search(context: Context) -> None:
    search = await context.services.forms.draft(context.person.id, SUBSCRIBE.name)
    if search:
        await context.services.forms.discard(search)


def _provinces(context: Context, subscriber: Subscriber) -> InlineKeyboardMarkup:
    return keyboard(*_places(context, subscriber, councils.provinces()), [_cancel(context)])


def _places(context: Context, subscriber: Subscriber, places: list[Place] | list[Commune]) -> list[Row]:
    language = context.person.language
    return grid([button_for(subscriber, one.name(language), "place", one.code) for one in places])


def _cancel(context: Context) -> InlineKeyboardButton:
    return button(context.text("button.cancel"), "search-cancel")


def full_name(context: Context, commune: Commune, language: Language | None = None) -> str:
    """A commune with its district and province, in the person's language or in another."""
    return council_name(context.services.catalogue, language or context.person.language, commune)


def _area_name(context: Context, area: Place) -> str:
    """A province, or a district with the province it lies in: some share their name."""
    names = [place.name(context.person.language) for place in councils.up_to_province(area)]
    return f"{' · '.join(names)} ›"


def _list(context: Context, communes: list[Commune]) -> str:
    return "\n".join(f"• {full_name(context, commune)}" for commune in communes)


def _question(
    context: Context, subscriber: Subscriber, commune: Commune
) -> tuple[Markup, InlineKeyboardMarkup]:
    """Whether this is the council that is meant."""
    key = "group.confirm" if subscriber.is_group else "council.confirm"
    return context.text(key, title=subscriber.title, council=full_name(context, commune)), keyboard(
        [button_for(subscriber, context.text("council.confirm_button"), "subscribe", commune.code)],
        [
            button_for(subscriber, context.text("button.back"), "place", commune.district.code),
            _cancel(context),
        ],
    )


def _after(context: Context, subscriber: Subscriber) -> InlineKeyboardMarkup:
    another = button_for(subscriber, context.text("council.another"), "follow")
    wishes = button_for(subscriber, context.text("menu.settings"), "settings")
    lessons = button(context.text("menu.lessons"), "go", "lessons")
    return keyboard(*column([wishes, another] if subscriber.is_group else [lessons, another, wishes]))


_MOST_LISTED: Final = 90  # Telegram allows 100 buttons under a message
SUBSCRIBE: Final = FormKind("subscribe", Role.PERSON, (), take=take_name)
