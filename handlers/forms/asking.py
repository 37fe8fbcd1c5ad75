"""What kinds of forms there are, and how they ask: the question, its buttons, what was answered in words."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update

from bot.context import Context
from bot.core import forms
from bot.core.attachments import from_text
from bot.core.forms import Field, Form
from bot.core.months import month_of
from bot.core.people import Needs
from handlers.forms.calendar import month_rows
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.routing import Scope
from messages.dates import digits

FormStep = Callable[[Update, Context, Form], Coroutine[Any, Any, None]]
TextStep = Callable[[Update, Context, str], Coroutine[Any, Any, None]]
# What stands on the button for a value of a field.
Label = Callable[[Context, str, str], str]
# The values of a field that suit this person.
Suggest = Callable[[Context, str], Coroutine[Any, Any, Sequence[str]]]


_LONG_LIST: Final = 12
"""More buttons than these, which have short labels, stand two in a row."""
_SHORT: Final = 12
_SHORT_IN_A_ROW: Final = 3
"""So many values stand beside each other where all have labels of at most so many letters."""


@dataclass(frozen=True)
class FormKind:
    """A kind of form. `review` shows what was filled in, `confirm` acts on it.

    A kind with `take` gets every text itself and has no steps; `at_review` gets the texts that come when
    everything is filled in. `label` names the values of fields with buttons, `suggest` offers values besides
    those of the field itself. Values of fields in `worded` are kept in another form than people read:
    `label` words them as well. With `apart`, what is not asked at first has a page of its own at the review.
    Whoever fills it in must hold what it `needs`, at every step.
    """

    name: str
    needs: Needs
    fields: tuple[Field, ...]
    review: FormStep | None = None
    confirm: FormStep | None = None
    take: TextStep | None = None
    at_review: TextStep | None = None
    takes_questions: bool = False  # a question in the middle of it is meant for it
    label: Label | None = None
    suggest: Suggest | None = None
    worded: frozenset[str] = frozenset()
    apart: bool = False
    wording: str = ""  # the kind whose texts it asks with, if not its own
    about: tuple[str, ...] = ()  # the answers that tell what it is about
    within: Scope | None = None  # where that must lie for a coordinator limited to provinces

    @property
    def texts(self) -> str:
        """The kind under whose name the texts for its fields stand."""
        return self.wording or self.name


def review_rows(context: Context, kind: FormKind, form: Form, confirm_key: str) -> list[Row]:
    """The buttons under a review: confirm, change any field, cancel."""
    changes = change_buttons(
        context, kind, form, [one for one in kind.fields if not (kind.apart and one.later)]
    )
    more = button(context.text("form.more"), "form", "more", kind.name, form.version)
    return [
        [button(context.text(confirm_key), "form", "confirm", kind.name, form.version)],
        *grid([*changes, more] if kind.apart else changes),
        [cancel_button(context, form)],
    ]


def change_buttons(
    context: Context, kind: FormKind, form: Form, fields: Sequence[Field]
) -> list[InlineKeyboardButton]:
    """A button for each field that leads back to it."""
    return [
        button(
            context.text(f"form.{kind.texts}.{field.name}.change"),
            "form",
            f"change-{field.name}",
            kind.name,
            form.version,
        )
        for field in fields
    ]


def said(context: Context, kind: FormKind, form: Form, field: Field) -> str:
    """What was answered to a field, in words."""
    value = form.answers.get(field.name, "")
    if field.files:
        number = len(from_text(value))
        return context.text("form.files", count=number, number=digits(context.person.language, number))
    if kind.label and (field.choices or kind.suggest or field.name in kind.worded) and value:
        values = value.split() if field.several else [value]
        return ", ".join(kind.label(context, field.name, one) for one in values)
    return value or "–"


async def question(
    context: Context,
    kind: FormKind,
    form: Form,
    field: Field,
    trouble: str | None = None,
    choices: Sequence[str] = (),
    understood: Markup | None = None,
    month: date | None = None,
) -> tuple[Markup, InlineKeyboardMarkup]:
    """The prompt of a field, with the step's number; its values to press, and the ways out.

    Before it stand what was `understood` of the answer before, and what the `trouble` is. A calendar shows
    the `month`, or that of the answer.
    """
    asked = [one for one in kind.fields if not one.later or one is field]
    language = context.person.language
    prompt = context.text(f"form.{kind.texts}.{field.name}")
    changing = forms.is_whole(form, kind.fields)
    if field.files and form.answers.get(field.name):
        prompt = context.text("form.more_files", files=said(context, kind, form, field))
    elif changing:
        now = context.text("form.now", value=said(context, kind, form, field))
        prompt = Markup("\n\n").join([prompt, now])
    elif len(asked) > 1:
        step = f"{digits(language, asked.index(field) + 1)}/{digits(language, len(asked))}"
        prompt = Markup("{} {}").format(context.text("form.step", step=step), prompt)
    before = [context.text("form.kept", value=understood)] if understood else []
    wrong = [context.text(trouble)] if trouble else []
    values = await _values(context, kind, form, field, choices)
    days = [] if choices else _days(context, kind, form, field, month)
    return Markup("\n\n").join([*before, *wrong, prompt]), keyboard(
        *days, *values, *_ways(context, kind, form, field), [cancel_button(context, form)]
    )


def picking(value: str) -> str:
    """The move that picks a value. A colon would part the data: 08:30 goes as 08h30, which reads the same."""
    return f"pick-{value.replace(':', 'h')}"


async def _values(
    context: Context, kind: FormKind, form: Form, field: Field, choices: Sequence[str]
) -> list[Row]:
    """A button for each value that can be picked; a tick stands before what is picked already."""
    if kind.label is None:
        return []
    offered = choices or [*field.choices, *(await kind.suggest(context, field.name) if kind.suggest else ())]
    ticked = forms.picked(form, field) if field.several else []
    labels = {one: kind.label(context, field.name, one) for one in offered}
    buttons = [
        _tap(kind, form, f"✅ {label}" if one in ticked else label, picking(one))
        for one, label in labels.items()
    ]
    if len(buttons) > _LONG_LIST:
        return grid(buttons)
    short = not field.several and all(len(label) <= _SHORT for label in labels.values())
    return grid(buttons, _SHORT_IN_A_ROW) if short else column(buttons)


def _days(context: Context, kind: FormKind, form: Form, field: Field, month: date | None) -> list[Row]:
    """A month to press a day of, where the field asks for one."""
    if not field.calendar:
        return []
    today = context.now.date()
    shown = month or month_of(form.answers.get(field.name, ""), today)
    return month_rows(context.person.language, shown, today, partial(_tap, kind, form))


def _tap(kind: FormKind, form: Form, label: str, move: str) -> InlineKeyboardButton:
    return button(label, "form", move, kind.name, form.version)


def understood(context: Context, kind: FormKind, before: Form, after: Form) -> Markup | None:
    """What was made of an answer that is kept in another form than it was given, in words."""
    changed = [
        field
        for field in kind.fields
        if field.name in kind.worded
        and after.answers.get(field.name, "") != before.answers.get(field.name, "")
    ]
    return Markup(" · ").join(said(context, kind, after, field) for field in changed) or None


def _ways(context: Context, kind: FormKind, form: Form, field: Field) -> list[Row]:
    """The ways on and back."""
    changing, given = forms.is_whole(form, kind.fields), form.answers.get(field.name)
    moves = []
    if field.gathers and (given or (changing and field.optional)):
        moves.append(("button.done", "done"))
    if field.files and given:
        moves.append(("button.remove_files", "empty"))
    if changing and not field.gathers:
        moves.append(("button.leave_as_is", "back"))
    elif not changing and kind.fields.index(field) > 0:
        moves.append(("button.back", "back"))
    if field.optional and not given and not changing:
        moves.append(("button.skip", "skip"))
    elif field.optional and given and changing and not field.gathers:
        moves.append(("button.leave_empty", "skip"))
    return grid([button(context.text(key), "form", move, kind.name, form.version) for key, move in moves])


def contact_keyboard(context: Context) -> ReplyKeyboardMarkup:
    return ReplyKeyboardMarkup(
        [
            [KeyboardButton(context.text("button.share_contact"), request_contact=True)],
            [KeyboardButton(context.text("button.back")), KeyboardButton(context.text("button.cancel"))],
        ],
        resize_keyboard=True,
        one_time_keyboard=True,
    )


def cancel_button(context: Context, form: Form) -> InlineKeyboardButton:
    """The button that erases the form."""
    return button(context.text("button.cancel"), "form", "cancel", form.kind, form.version)
