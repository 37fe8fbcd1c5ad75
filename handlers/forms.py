"""The one driver of all forms: it loads the row, asks the core, saves, and says the next step."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from markupsafe import Markup
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)

from bot.context import Context
from bot.core import forms
from bot.core.attachments import from_text
from bot.core.forms import Field, Form, Refused
from bot.core.people import LANGUAGES, Role
from handlers.attachments import attachment_in, digested, size_of
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.routing import groups_of
from messages.dates import digits

FormStep = Callable[[Update, Context, Form], Coroutine[Any, Any, None]]
TextStep = Callable[[Update, Context, str], Coroutine[Any, Any, None]]
# Whether the text was answered.
AnswerStep = Callable[[Update, Context, str], Coroutine[Any, Any, bool]]
# What stands on the button for a value of a field.
Label = Callable[[Context, str, str], str]
# The values of a field that suit this person.
Suggest = Callable[[Context, str], Coroutine[Any, Any, Sequence[str]]]

PRESS: Final = (
    r"form:(back|skip|empty|done|confirm|cancel|change-[a-z_]+|pick-[a-z0-9_-]{1,20}):([a-z]+):(\d{1,10})"
)
_TRIES: Final = 12
_LONG_LIST: Final = 12
"""More buttons than these, which have short labels, stand two in a row."""
_ALBUM: Final = "album"
"""The form's answer that holds the last album and the message that counts what came of it."""


@dataclass(frozen=True)
class FormKind:
    """A kind of form. `review` shows what was filled in, `confirm` acts on it.

    A kind with `take` gets every text itself and has no steps; `at_review` gets the texts that come when
    everything is filled in. `label` names the values of fields with buttons, `suggest` offers values besides
    those of the field itself.
    """

    name: str
    role: Role
    fields: tuple[Field, ...]
    review: FormStep | None = None
    confirm: FormStep | None = None
    take: TextStep | None = None
    at_review: TextStep | None = None
    takes_questions: bool = False  # a question in the middle of it is meant for it
    label: Label | None = None
    suggest: Suggest | None = None
    wording: str = ""  # the kind whose texts it asks with, if not its own

    @property
    def texts(self) -> str:
        """The kind under whose name the texts for its fields stand."""
        return self.wording or self.name


async def begin(
    update: Update, context: Context, kind: FormKind, answers: Mapping[str, str] | None = None
) -> None:
    """Open a form of this kind: the draft if there is one, else a new one."""
    draft = await context.services.forms.draft(context.person.id, kind.name)
    if draft and answers is None:
        await context.say("form.resumed")
    elif draft:
        await context.services.forms.discard(draft)
        draft = None
    form = draft or forms.begin(context.person.id, kind.name, kind.fields, answers)
    await save_and_ask(update, context, kind, form)


def review_rows(context: Context, kind: FormKind, form: Form, confirm_key: str) -> list[Row]:
    """The buttons under a review: confirm, change any field, cancel."""
    changes = [
        button(
            context.text(f"form.{kind.texts}.{field.name}.change"),
            "form",
            f"change-{field.name}",
            kind.name,
            form.version,
        )
        for field in kind.fields
    ]
    return [
        [button(context.text(confirm_key), "form", "confirm", kind.name, form.version)],
        *grid(changes),
        [cancel_button(context, form)],
    ]


class FormDriver:
    """What texts and buttons do to forms of the known kinds; texts that belong to none are questions.

    So are texts in the middle of a form that read as a question and can be answered; the form stays open.
    """

    def __init__(self, kinds: tuple[FormKind, ...], otherwise: TextStep, aside: AnswerStep) -> None:
        """`otherwise` takes a text when no form is open, `aside` a question in the middle of one."""
        self._kinds = {kind.name: kind for kind in kinds}
        self._otherwise = otherwise
        self._aside = aside

    async def take_message(self, update: Update, context: Context) -> None:
        """Any private message that is no command: an answer to the open form, or a question."""
        form = await context.services.forms.open_in(context.person.id)
        kind = self._kinds.get(form.kind) if form else None
        if form and kind and not context.person.may(kind.role):
            await context.services.forms.discard(form)  # the role was taken away meanwhile
            form = kind = None
        field = forms.current_field(form, kind.fields) if form and kind else None
        if form and kind and field and field.files and update.message and attachment_in(update.message):
            await _attach(update, context, kind)
            return
        text = _text_of(update, field)
        if text is None:
            await self._say_text_please(update, context, kind, form)
        elif form is None or kind is None:
            await self._otherwise(update, context, text)
        elif text.strip() in _labels(context, "button.cancel"):
            await self._cancel(context, form)
        elif self._is_aside(kind, text) and await self._aside(update, context, text):
            if await context.services.forms.open_in(context.person.id) == form:
                await _ask_again(update, context, kind, form, "form.still_open")
        elif kind.take:
            await kind.take(update, context, text)
        elif kind.at_review and forms.current_field(form, kind.fields) is None:
            await kind.at_review(update, context, text)
        elif text.strip() in _labels(context, "button.back"):
            await save_and_ask(update, context, kind, forms.back(form, kind.fields))
        elif field and field.gathers and text.strip() in _labels(context, "button.done"):
            await self._move(update, context, kind, form, "done")
        else:
            await self._answer(update, context, kind, form, text)

    @staticmethod
    def _is_aside(kind: FormKind, text: str) -> bool:
        return not kind.takes_questions and forms.reads_as_question(text)

    async def press(self, update: Update, context: Context) -> None:
        """A button of a form: it counts only for the version of the form under which it was shown."""
        move, name, version = groups_of(context)
        kind = self._kinds.get(name)
        form = await context.services.forms.draft(context.person.id, name)
        if kind is None or not context.person.may(kind.role):
            await context.answer_press(update, "not_allowed")
            return
        verb = move.partition("-")[0]
        if form is None or not forms.counts(form, kind.fields, verb, int(version)):
            await context.answer_press(update, "form.old_button" if form else "form.closed")
            return
        await context.answer_press(update)
        if move == "cancel":
            await self._cancel(context, form)
        elif move == "confirm":
            if forms.current_field(form, kind.fields) is None and kind.confirm:
                await kind.confirm(update, context, form)
        else:
            await self._move(update, context, kind, form, move)

    async def cancel(self, update: Update, context: Context) -> None:
        """/cancel: erase the open form."""
        form = await context.services.forms.open_in(context.person.id)
        if form is None:
            await context.say("form.nothing_to_cancel", ReplyKeyboardRemove())
        else:
            await self._cancel(context, form)

    async def _say_text_please(
        self, update: Update, context: Context, kind: FormKind | None, form: Form | None
    ) -> None:
        if form and kind:
            field = forms.current_field(form, kind.fields)
            files = field is not None and field.files > 0
            await _ask_again(
                update, context, kind, form, "form.refused.no_file" if files else "form.text_please"
            )
        else:
            await context.say("text_please", keyboard([button(context.text("menu.ask"), "go", "ask")]))

    async def _answer(self, update: Update, context: Context, kind: FormKind, form: Form, text: str) -> None:
        answered = forms.answer(form, kind.fields, text, context.moment)
        if isinstance(answered, Refused):
            trouble = f"form.refused.{answered.reason}"
            await _ask_again(update, context, kind, form, trouble, answered.choices)
            return
        field = forms.current_field(form, kind.fields)
        if field and field.contact:
            # Takes the button for sharing one's contact away again.
            await context.say("form.kept", ReplyKeyboardRemove(), value=answered.answers[field.name])
        await save_and_ask(update, context, kind, answered)

    async def _move(self, update: Update, context: Context, kind: FormKind, form: Form, move: str) -> None:
        match move.split("-", 1):
            case ["back"]:
                moved: Form | Refused = forms.back(form, kind.fields)
            case ["skip"]:
                moved = forms.skip(form, kind.fields)
            case ["empty"]:
                moved = forms.empty(form, kind.fields)
            case ["done"]:
                moved = forms.done(form, kind.fields)
            case ["pick", value]:
                moved = forms.pick(form, kind.fields, value, context.moment)
            case [_, name]:
                moved = forms.change(form, kind.fields, name)
            case _:
                moved = form
        if isinstance(moved, Refused):
            await context.say(f"form.refused.{moved.reason}")
        else:
            stays = move == "empty" or move.startswith("pick-")
            await save_and_ask(update, context, kind, moved, form.step if stays else None)

    async def _cancel(self, context: Context, form: Form) -> None:
        erased = await context.services.forms.discard(form)
        await context.say("form.cancelled" if erased else "form.old_button", ReplyKeyboardRemove())


async def save_and_ask(
    update: Update, context: Context, kind: FormKind, form: Form, shown: str | None = None
) -> None:
    """Save the form, and ask what is next in it.

    When that is the field already `shown` in the pressed message, the message is changed instead.
    """
    saved = await context.services.forms.save(form, context.now)
    if saved is None:
        await context.say("form.old_button")
        return
    field = forms.current_field(saved, kind.fields)
    if field and field.name == shown:
        text, buttons = await _question(context, kind, saved, field)
        await context.show(update, text, buttons)
    elif field:
        await _ask(context, kind, saved, field)
    elif kind.review:
        await kind.review(update, context, saved)


def said(context: Context, kind: FormKind, form: Form, field: Field) -> str:
    """What was answered to a field, in words."""
    value = form.answers.get(field.name, "")
    if field.files:
        number = len(from_text(value))
        return context.text("form.files", count=number, number=digits(context.person.language, number))
    if kind.label and (field.choices or kind.suggest) and value:
        values = value.split() if field.several else [value]
        return ", ".join(kind.label(context, field.name, one) for one in values)
    return value or "–"


async def _attach(update: Update, context: Context, kind: FormKind) -> None:
    """Put what a message brings to the open form; of an album, one message counts what has come.

    Parts of one album may come to several processes at once: each tries until its own is in.
    """
    message = update.message
    attachment = attachment_in(message) if message else None
    if message is None or attachment is None:
        return
    attachment = await digested(context, attachment, size_of(message))
    counting: int | None = None
    for _ in range(_TRIES):
        form = await context.services.forms.open_in(context.person.id)
        if form is None or form.kind != kind.name:
            return
        attached = forms.attach(form, kind.fields, attachment)
        trouble = f"form.refused.{attached.reason}" if isinstance(attached, Refused) else None
        kept = form if isinstance(attached, Refused) else attached
        album, _, known = form.answers.get(_ALBUM, "").partition(" ")
        if attachment.album and album == attachment.album:
            counting = int(known)
        elif attachment.album:
            counting = counting or (await context.bot.send_message(form.chat_id, "📎")).message_id
            kept = replace(kept, answers={**kept.answers, _ALBUM: f"{attachment.album} {counting}"})
        saved = kept if kept == form else await context.services.forms.save(kept, context.now)
        field = forms.current_field(saved, kind.fields) if saved else None
        if saved is None or field is None:
            continue
        text, buttons = await _question(context, kind, saved, field, trouble)
        if counting is None:
            await context.send(form.chat_id, text, buttons)
        else:
            await context.change(counting, text, buttons)
        return
    await context.say("form.old_button")


async def _ask_again(
    update: Update,
    context: Context,
    kind: FormKind,
    form: Form,
    trouble: str | None = None,
    choices: Sequence[str] = (),
) -> None:
    """Say what was wrong, if anything, and the current step once more; `choices` are what may be meant."""
    field = forms.current_field(form, kind.fields)
    if field:
        await _ask(context, kind, form, field, trouble, choices)
        return
    if trouble and (kind.review or trouble != "form.still_open"):
        await context.say(trouble)
    if kind.review:
        await kind.review(update, context, form)


async def _ask(
    context: Context,
    kind: FormKind,
    form: Form,
    field: Field,
    trouble: str | None = None,
    choices: Sequence[str] = (),
) -> None:
    text, buttons = await _question(context, kind, form, field, trouble, choices)
    await context.send(form.chat_id, text, _contact_keyboard(context) if field.contact else buttons)


async def _question(
    context: Context,
    kind: FormKind,
    form: Form,
    field: Field,
    trouble: str | None = None,
    choices: Sequence[str] = (),
) -> tuple[Markup, InlineKeyboardMarkup]:
    """The prompt of a field, with the step's number; its values to press, and the ways out."""
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
    if trouble:
        prompt = Markup("\n\n").join([context.text(trouble), prompt])
    values = await _values(context, kind, form, field, choices)
    return prompt, keyboard(*values, *_ways(context, kind, form, field), [cancel_button(context, form)])


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
        button(f"✅ {label}" if one in ticked else label, "form", f"pick-{one}", kind.name, form.version)
        for one, label in labels.items()
    ]
    return grid(buttons) if len(buttons) > _LONG_LIST else column(buttons)


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


def _contact_keyboard(context: Context) -> ReplyKeyboardMarkup:
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


def _labels(context: Context, key: str) -> set[str]:
    return {context.text(key, language).unescape() for language in LANGUAGES}


def _text_of(update: Update, field: Field | None) -> str | None:
    """What the person wrote, or the telephone number of the contact they shared where one is asked."""
    message = update.message
    if message is None:
        return None
    if message.contact and field and field.contact:
        return f"+{message.contact.phone_number.lstrip('+')}"
    return message.text or message.caption
