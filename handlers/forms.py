"""The one driver of all forms: it loads the row, asks the core, saves, and says the next step."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove, Update

from bot.context import Context
from bot.core import forms
from bot.core.forms import Field, Form, Refused
from bot.core.people import LANGUAGES, Role
from handlers.keyboards import Row, button, grid, keyboard
from handlers.routing import groups_of
from messages.dates import digits

FormStep = Callable[[Update, Context, Form], Coroutine[Any, Any, None]]
TextStep = Callable[[Update, Context, str], Coroutine[Any, Any, None]]
# Whether the text was answered.
AnswerStep = Callable[[Update, Context, str], Coroutine[Any, Any, bool]]

PRESS: Final = r"form:(back|skip|confirm|cancel|change-[a-z_]+):([a-z]+):(\d{1,10})"


@dataclass(frozen=True)
class FormKind:
    """A kind of form. `review` shows what was filled in, `confirm` acts on it.

    A kind with `take` gets every text itself and has no steps; `at_review` gets the texts that come when
    everything is filled in.
    """

    name: str
    role: Role
    fields: tuple[Field, ...]
    review: FormStep | None = None
    confirm: FormStep | None = None
    take: TextStep | None = None
    at_review: TextStep | None = None
    takes_questions: bool = False  # a question in the middle of it is meant for it


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
            context.text(f"form.{kind.name}.{field.name}.change"),
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
        text = _text_of(update, forms.current_field(form, kind.fields) if form and kind else None)
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
        if form is None or form.version != int(version):
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
            await _ask_again(update, context, kind, form, "form.text_please")
        else:
            await context.say("text_please", keyboard([button(context.text("menu.ask"), "go", "ask")]))

    async def _answer(self, update: Update, context: Context, kind: FormKind, form: Form, text: str) -> None:
        answered = forms.answer(form, kind.fields, text, context.moment)
        if isinstance(answered, Refused):
            await _ask_again(update, context, kind, form, f"form.refused.{answered.reason}")
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
            case [_, name]:
                moved = forms.change(form, kind.fields, name)
            case _:
                moved = form
        if isinstance(moved, Refused):
            await context.say(f"form.refused.{moved.reason}")
        else:
            await save_and_ask(update, context, kind, moved)

    async def _cancel(self, context: Context, form: Form) -> None:
        erased = await context.services.forms.discard(form)
        await context.say("form.cancelled" if erased else "form.old_button", ReplyKeyboardRemove())


async def save_and_ask(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """Save the form, and ask what is next in it."""
    saved = await context.services.forms.save(form, context.now)
    if saved is None:
        await context.say("form.old_button")
        return
    field = forms.current_field(saved, kind.fields)
    if field:
        await _ask(context, kind, saved, field)
    elif kind.review:
        await kind.review(update, context, saved)


async def _ask_again(
    update: Update, context: Context, kind: FormKind, form: Form, trouble: str | None = None
) -> None:
    """Say what was wrong, if anything, and the current step once more."""
    field = forms.current_field(form, kind.fields)
    if field:
        await _ask(context, kind, form, field, trouble)
        return
    if trouble and (kind.review or trouble != "form.still_open"):
        await context.say(trouble)
    if kind.review:
        await kind.review(update, context, form)


async def _ask(
    context: Context, kind: FormKind, form: Form, field: Field, trouble: str | None = None
) -> None:
    """Say the prompt of a field, with the step's number and the ways out."""
    position = kind.fields.index(field)
    language = context.person.language
    prompt = context.text(f"form.{kind.name}.{field.name}")
    changing = forms.is_whole(form, kind.fields)
    if changing:
        now = context.text("form.now", value=form.answers[field.name])
        prompt = Markup("\n\n").join([prompt, now])
    elif len(kind.fields) > 1:
        step = f"{digits(language, position + 1)}/{digits(language, len(kind.fields))}"
        prompt = Markup("{} {}").format(context.text("form.step", step=step), prompt)
    if trouble:
        prompt = Markup("\n\n").join([context.text(trouble), prompt])
    if field.contact:
        await context.send(form.chat_id, prompt, _contact_keyboard(context))
        return
    ways = []
    if changing or position > 0:
        label = context.text("button.leave_as_is" if changing else "button.back")
        ways.append(button(label, "form", "back", kind.name, form.version))
    if field.optional and not changing:
        ways.append(button(context.text("button.skip"), "form", "skip", kind.name, form.version))
    await context.send(form.chat_id, prompt, keyboard(ways, [cancel_button(context, form)]))


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
