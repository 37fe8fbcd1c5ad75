"""Whom a broadcast is for: chosen on its preview, by place, by theme, or members only."""

from dataclasses import replace
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, Update

from bot.context import Context
from bot.core import councils
from bot.core.audiences import EVERYBODY, Audience, Offer, audience_of, with_audience
from bot.core.authority import may_address, narrowed
from bot.core.broadcasts import offer_of
from bot.core.forms import Form
from bot.core.lessons import THEMES
from handlers.broadcasts.composing import audience_line, save_and_review, send_at_of
from handlers.broadcasts.planning import KINDS, SUBJECTS
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.routing import groups_of
from messages.dates import digits

DEED: Final = (
    r"(show|done|everybody|members|themes|event|event-\d{1,15}|in-(?:all|\d{2}|\d{4})|place-\d{2}(?:\d{2}){0,2}"
    rf"|theme-(?:{'|'.join(THEMES)}))"
)
"""What a button of the recipients' page does, as its data says it."""
_TICK: Final = "✅ "


async def choose(update: Update, context: Context) -> None:
    """A button of the recipients' page: it counts only for the form's version under which it was shown."""
    name, version, pressed = groups_of(context)
    deed, _, argument = pressed.partition("-")
    kind = KINDS[name]
    form = await context.services.forms.draft(context.person.id, name)
    if form is None or form.version != int(version):
        await context.answer_press(update, "form.old_button" if form else "form.closed")
        return
    await context.answer_press(update)
    audience = audience_of(form.answers)
    match deed:
        case "done":
            await save_and_review(update, context, kind, form)
        case "in":
            await _show_places(update, context, kind, form, "" if argument == "all" else argument)
        case "themes":
            await _show_themes(update, context, kind, form)
        case "everybody":
            await _change(update, context, kind, form, EVERYBODY)
        case "members":
            await _change(update, context, kind, form, audience.toggle_members())
        case "event" if argument:
            await _change(update, context, kind, form, audience.toggle_event(int(argument)))
        case "event":
            await _show_events(update, context, kind, form)
        case "place":
            changed = await _save(context, form, audience.toggle_place(argument))
            await _show_places(update, context, kind, changed, argument[:4])
        case "theme":
            changed = await _save(context, form, audience.toggle_theme(argument))
            await _show_themes(update, context, kind, changed)
        case _:
            await _show(update, context, kind, form)


async def _change(update: Update, context: Context, kind: FormKind, form: Form, audience: Audience) -> None:
    await _show(update, context, kind, await _save(context, form, audience))


async def _save(context: Context, form: Form, audience: Audience) -> Form | None:
    """Save whom it is for, as far as the coordinator may address them."""
    inside = narrowed(context.person, audience)
    changed = replace(form, answers=with_audience(form.answers, inside))
    return await context.services.forms.save(changed, context.now)


async def _show(update: Update, context: Context, kind: FormKind, form: Form | None) -> None:
    """What is chosen, how many that are, and the ways to choose."""
    if form is None:
        await context.say("form.old_button")
        return
    audience = audience_of(form.answers)
    everybody = _turn(context, kind, form, "everybody", audience == EVERYBODY)
    rows = [
        [everybody] if may_address(context.person, EVERYBODY) else [],
        [_turn(context, kind, form, "in-all", bool(audience.places))],
        [_turn(context, kind, form, "themes", bool(audience.themes))],
        [_turn(context, kind, form, "members", audience.members)],
        [_turn(context, kind, form, "event", audience.event is not None)],
        [_to(context, kind, form, "done")],
    ]
    await context.show(update, await _heading(context, kind, form), keyboard(*rows))


async def _show_places(
    update: Update, context: Context, kind: FormKind, form: Form | None, within: str
) -> None:
    """Provinces, or the districts or communes of one, in which there are subscribers, with their number."""
    if form is None:
        await context.say("form.old_button")
        return
    audience, language = audience_of(form.answers), context.person.language
    counts = await context.services.audiences.places(_offer(context, kind, form), within)
    buttons = [
        _place(kind, form, code, f"{place.name(language)} ({_number(context, count)})", audience)
        for code, count in counts.items()
        if (place := councils.place(code)) and may_address(context.person, Audience((code,)))
    ]
    rows: list[Row] = []
    if within and (whole := councils.place(within)):
        label = context.text("audience.whole", place=whole.name(language))
        rows.append([_toggle(kind, form, "place", within, label, within in audience.places)])
    up = "show" if not within else f"in-{within[:-2] or 'all'}"
    rows += [*grid(buttons), [_to(context, kind, form, up, "button.back"), _to(context, kind, form, "done")]]
    await context.show(update, await _heading(context, kind, form), keyboard(*rows))


async def _show_themes(update: Update, context: Context, kind: FormKind, form: Form | None) -> None:
    """The themes, those chosen with a tick."""
    if form is None:
        await context.say("form.old_button")
        return
    audience = audience_of(form.answers)
    rows = column(
        _toggle(kind, form, "theme", theme, context.text(f"theme.{theme}"), theme in audience.themes)
        for theme in THEMES
    )
    ways = [_to(context, kind, form, "show", "button.back"), _to(context, kind, form, "done")]
    await context.show(update, await _heading(context, kind, form), keyboard(*rows, ways))


async def _show_events(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """The events for which people can have registered, those to come and of the last months, newest first."""
    audience = audience_of(form.answers)
    events = await context.services.events.around(context.now)
    rows = column(
        _toggle(kind, form, "event", str(event.id), event.details.title, audience.event == event.id)
        for event in events
    )
    text = await _heading(context, kind, form) if events else context.text("audience.no_event")
    await context.show(update, text, keyboard(*rows, [_to(context, kind, form, "show", "button.back")]))


async def _heading(context: Context, kind: FormKind, form: Form) -> Markup:
    reach = await context.services.audiences.reach(_offer(context, kind, form))
    return context.text(
        "audience.chosen",
        count=reach.chats,
        audience=await audience_line(context, audience_of(form.answers)),
        chats=_number(context, reach.chats),
        councils=_number(context, reach.councils),
    )


def _offer(context: Context, kind: FormKind, form: Form) -> Offer:
    return offer_of(SUBJECTS[kind.name], form.answers, send_at_of(form) or context.now)


def _number(context: Context, number: int) -> str:
    return digits(context.person.language, number)


def _turn(context: Context, kind: FormKind, form: Form, deed: str, ticked: bool) -> InlineKeyboardButton:
    """A button on the first page, with a tick where something is chosen."""
    label = context.text(f"audience.button.{deed.partition('-')[0]}")
    return button(f"{_TICK if ticked else ''}{label}", "b-who", kind.name, form.version, deed)


def _to(
    context: Context, kind: FormKind, form: Form, deed: str, key: str = "audience.done"
) -> InlineKeyboardButton:
    return button(context.text(key), "b-who", kind.name, form.version, deed)


def _toggle(
    kind: FormKind, form: Form, deed: str, value: str, label: str, ticked: bool
) -> InlineKeyboardButton:
    return button(f"{_TICK if ticked else ''}{label}", "b-who", kind.name, form.version, f"{deed}-{value}")


def _place(kind: FormKind, form: Form, code: str, label: str, audience: Audience) -> InlineKeyboardButton:
    """A commune is put in or taken out; a larger place is opened first, and can be put in whole there."""
    ticked = code in audience.places
    if len(code) == 6:
        return _toggle(kind, form, "place", code, label, ticked)
    inside = any(one.startswith(code) for one in audience.places)
    return button(f"{_TICK if inside else ''}{label} ›", "b-who", kind.name, form.version, f"in-{code}")
