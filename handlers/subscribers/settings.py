"""/settings: what a chat receives, how often, and when not; one message, and a tap for each."""

from datetime import date, datetime
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.dates import coming_day
from bot.core.forms import Field, Form
from bot.core.lessons import THEMES
from bot.core.people import LANGUAGES, Role
from bot.core.subscribers import (
    DIGEST_TIME,
    QUIET_CHOICES,
    Category,
    Pause,
    QuietHours,
    Rhythm,
    Subscriber,
)
from handlers import forms
from handlers.councils import full_name
from handlers.forms import FormKind
from handlers.keyboards import column, grid, keyboard
from handlers.routing import groups_of
from handlers.subscribers.chosen import answers_for, button_for, for_subscriber, group_of, subscriber_chosen
from messages.dates import clock_time, day, digits

_ON, _OFF, _CHOSEN = "✅", "▫️", "✓"
_SEPARATOR: Final = Markup(" · ")
MOST_NAMED: Final = 10
"""So many councils are named; of the others it is said how many there are."""


@for_subscriber
async def settings(update: Update, context: Context, subscriber: Subscriber) -> None:
    """/settings, or a broadcast's footer: in a message of its own."""
    await send_page(context, subscriber)


async def send_page(context: Context, subscriber: Subscriber) -> None:
    """What the chat receives, and the buttons to change it, as a new message."""
    await context.send(context.person.id, *await _page(context, subscriber))


@for_subscriber
async def show(update: Update, context: Context, subscriber: Subscriber) -> None:
    """The same in the place of the pressed button."""
    await context.answer_press(update)
    await _show(update, context, subscriber, changed=True)


@for_subscriber
async def want(update: Update, context: Context, subscriber: Subscriber) -> None:
    """A category is received or declined."""
    category, wish, *_ = groups_of(context)
    subscribers = context.services.subscribers
    changed = await subscribers.want(subscriber.chat_id, Category(category), wish == "on")
    await _show(update, context, subscriber, changed)


@for_subscriber
async def set_rhythm(update: Update, context: Context, subscriber: Subscriber) -> None:
    """How often was chosen; what waits goes with it."""
    rhythm = Rhythm(groups_of(context)[0])
    changed = await context.services.subscribers.set_rhythm(subscriber.chat_id, rhythm, context.now)
    context.services.wake_outbox()
    await _show(update, context, subscriber, changed)


@for_subscriber
async def show_themes(update: Update, context: Context, subscriber: Subscriber) -> None:
    """The second page: every theme of lessons, on or off."""
    await context.answer_press(update)
    await _show_themes(update, context, subscriber)


@for_subscriber
async def mute(update: Update, context: Context, subscriber: Subscriber) -> None:
    """A theme is declined, or received again."""
    theme, wish, *_ = groups_of(context)
    if theme not in THEMES:
        await context.answer_press(update, "unknown_press")
        return
    changed = await context.services.subscribers.mute(subscriber.chat_id, theme, wish == "off")
    await _answer(update, context, changed)
    await _show_themes(update, context, subscriber)


@for_subscriber
async def show_quiet(update: Update, context: Context, subscriber: Subscriber) -> None:
    """The page of quiet hours: those of the settings, others, and none."""
    await context.answer_press(update)
    usual = context.services.hours.quiet
    now = subscriber.preferences.quiet or usual
    others = [one for one in QUIET_CHOICES if one != usual]
    choices = [(usual, "usual"), *((one, f"{one.begin}-{one.end}") for one in others)]
    buttons = [
        button_for(
            subscriber, f"{_CHOSEN if one == now else ''} {_hours(context, one)}".strip(), "quiet", data
        )
        for one, data in choices
    ]
    text = context.text("settings.choose_quiet")
    await context.show(update, text, keyboard(*column(buttons), _back(context, subscriber)))


@for_subscriber
async def set_quiet(update: Update, context: Context, subscriber: Subscriber) -> None:
    """Quiet hours were chosen."""
    chosen = groups_of(context)[0]
    quiet = None if chosen == "usual" else QuietHours(*map(int, chosen.split("-")))
    if quiet and quiet not in QUIET_CHOICES:
        await context.answer_press(update, "unknown_press")
        return
    changed = await context.services.subscribers.set_quiet(subscriber.chat_id, quiet)
    await _show(update, context, subscriber, changed)


@for_subscriber
async def pause(update: Update, context: Context, subscriber: Subscriber) -> None:
    """Nothing for a week, or for a month."""
    until = context.services.hours.day_after(Pause(groups_of(context)[0]).days, context.now)
    changed = await context.services.subscribers.pause(subscriber.chat_id, until)
    await _show(update, context, subscriber, changed)


@for_subscriber
async def resume(update: Update, context: Context, subscriber: Subscriber) -> None:
    """The pause is over."""
    changed = await context.services.subscribers.pause(subscriber.chat_id, None)
    await _show(update, context, subscriber, changed)


@for_subscriber
async def ask_until(update: Update, context: Context, subscriber: Subscriber) -> None:
    """A pause until a day that is typed."""
    await context.answer_press(update)
    await forms.begin(update, context, PAUSE, answers_for(subscriber))


async def pause_until(update: Update, context: Context, form: Form) -> None:
    """The day was typed."""
    await context.services.forms.discard(form)
    subscriber = await subscriber_chosen(context, group_of(form.answers))
    if subscriber is None:
        await context.say("group.not_administrator", bot=context.bot.username)
        return
    until = context.services.hours.begin_of(date.fromisoformat(form.answers["until"]))
    await context.services.subscribers.pause(subscriber.chat_id, until)
    await send_page(context, await context.services.subscribers.subscriber(subscriber.chat_id))


@for_subscriber
async def speak(update: Update, context: Context, subscriber: Subscriber) -> None:
    """The language of a group; persons choose theirs with /language."""
    language = next(one for one in LANGUAGES if one == groups_of(context)[0])
    changed = await context.services.subscribers.speak(subscriber.chat_id, language)
    await _show(update, context, subscriber, changed)


async def _answer(update: Update, context: Context, changed: bool) -> None:
    """End the press; one that changes nothing is told so, such as an old button or the second of two taps."""
    await context.answer_press(update, None if changed else "settings.same", alert=False)


async def _show(update: Update, context: Context, subscriber: Subscriber, changed: bool) -> None:
    """The page as it is now, in the place of the pressed button."""
    await _answer(update, context, changed)
    now = await context.services.subscribers.subscriber(subscriber.chat_id)
    await context.show(update, *await _page(context, now))


async def _show_themes(update: Update, context: Context, subscriber: Subscriber) -> None:
    now = await context.services.subscribers.subscriber(subscriber.chat_id)
    muted = now.preferences.muted_themes
    buttons = [
        _switch(subscriber, context.text(f"theme.{theme}"), theme not in muted, "mute", theme)
        for theme in THEMES
    ]
    rows = [*column(buttons), _back(context, subscriber)]
    await context.show(update, context.text("settings.choose_themes"), keyboard(*rows))


async def _page(context: Context, subscriber: Subscriber) -> tuple[Markup, InlineKeyboardMarkup]:
    followed = await context.services.subscriptions.of_chat(subscriber.chat_id)
    wishes, language = subscriber.preferences, context.person.language
    of_group = subscriber.is_group
    head = context.text("settings.of_group" if of_group else "settings.own", title=subscriber.title)
    lines = [head, Markup()]
    if followed:
        names = [full_name(context, commune) for commune in followed[:MOST_NAMED]]
        more = [f"+{digits(language, len(followed) - MOST_NAMED)}"] if len(followed) > MOST_NAMED else []
        lines.append(context.text("settings.councils", councils="\n".join([*names, *more])))
    else:
        lines.append(context.text("settings.no_council"))
    wanted = _SEPARATOR.join(context.text(f"category.{one}") for one in Category if one in wishes.categories)
    lines.append(context.text("settings.wanted" if wanted else "settings.nothing_wanted", categories=wanted))
    if wishes.muted_themes:
        muted = _SEPARATOR.join(context.text(f"theme.{one}") for one in THEMES if one in wishes.muted_themes)
        lines.append(context.text("settings.muted", themes=muted))
    at = clock_time(language, datetime.combine(context.now.date(), DIGEST_TIME))
    lines.append(context.text(f"settings.rhythm.{wishes.rhythm}", time=at))
    quiet = _hours(context, wishes.quiet or context.services.hours.quiet)
    lines.append(context.text("settings.quiet", hours=quiet))
    if wishes.paused_until and wishes.is_paused(context.now):
        until = day(language, wishes.paused_until.astimezone(context.services.timezone))
        lines.append(context.text("settings.paused", day=until))
    return Markup("\n").join(lines), _buttons(context, subscriber, bool(followed))


def _buttons(context: Context, subscriber: Subscriber, follows: bool) -> InlineKeyboardMarkup:
    def tap(key: str, verb: str, *arguments: object) -> InlineKeyboardButton:
        return button_for(subscriber, context.text(key), verb, *arguments)

    wishes = subscriber.preferences
    categories = [
        _switch(subscriber, context.text(f"category.{one}"), one in wishes.categories, "want", one)
        for one in Category
    ]
    rhythms = [
        _choice(
            subscriber, context.text(f"settings.rhythm_button.{one}"), one is wishes.rhythm, "rhythm", one
        )
        for one in Rhythm
    ]
    languages = [
        _choice(
            subscriber, context.text("language.name", one), one == subscriber.reads, "group-language", one
        )
        for one in LANGUAGES
    ]
    pauses = [tap(f"settings.pause.{one}", "pause", one) for one in Pause]
    return keyboard(
        *grid(categories),
        [tap("settings.themes", "themes"), tap("settings.quiet_button", "quiet-hours")],
        rhythms,
        [tap("settings.resume", "resume")]
        if wishes.is_paused(context.now)
        else [*pauses, tap("settings.pause.until", "pause-until")],
        languages if subscriber.is_group else [],
        [tap("settings.follow", "follow"), *([tap("settings.unfollow", "unfollow")] if follows else [])],
        [tap("settings.stop", "stop")] if follows else [],
    )


def _switch(subscriber: Subscriber, name: str, on: bool, verb: str, what: str) -> InlineKeyboardButton:
    """A press turns it; pressed twice at once, it is still turned once."""
    return button_for(subscriber, f"{_ON if on else _OFF} {name}", verb, what, "off" if on else "on")


def _choice(subscriber: Subscriber, name: str, chosen: bool, verb: str, what: str) -> InlineKeyboardButton:
    return button_for(subscriber, f"{_CHOSEN} {name}" if chosen else name, verb, what)


def _back(context: Context, subscriber: Subscriber) -> list[InlineKeyboardButton]:
    return [button_for(subscriber, context.text("button.back"), "settings")]


def _hours(context: Context, quiet: QuietHours) -> str:
    if quiet.begin == quiet.end:
        return context.text("settings.no_quiet").unescape()
    begin, end = (
        clock_time(context.person.language, datetime.combine(context.now.date(), at))
        for at in (quiet.begins_at, quiet.ends_at)
    )
    return f"{begin} – {end}"


PAUSE: Final = FormKind(
    "pause", Role.PERSON, (Field("until", coming_day, calendar=True),), review=pause_until
)
