"""The one driver of all forms: it loads the row, asks the core, saves, and says the next step."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Final

from markupsafe import Markup
from telegram import ReplyKeyboardRemove, Update

from bot.context import Context
from bot.core import forms
from bot.core.audit import filled_in
from bot.core.forms import Field, Form, Refused
from bot.core.months import month_of
from bot.core.people import LANGUAGES, Needs
from handlers.attachments import attachment_in, digested, size_of
from handlers.forms.asking import (
    FormKind,
    TextStep,
    change_buttons,
    contact_keyboard,
    question,
    said,
    understood,
)
from handlers.keyboards import button, grid, keyboard
from handlers.routing import gate, groups_of

# Whether the text was answered.
AnswerStep = Callable[[Update, Context, str], Coroutine[Any, Any, bool]]

PRESS: Final = (
    r"form:(back|skip|empty|done|more|review|confirm|cancel|change-[a-z_]+|pick-[a-z0-9_-]{1,20}"
    r"|month-[0-9]{4}-[0-9]{2}|idle)"
    r":([a-z]+):(\d{1,10})"
)
_TRIES: Final = 12
_ALBUM: Final = "album"
"""The form's answer that holds the last album and the message that counts what came of it."""


async def begin(
    update: Update, context: Context, kind: FormKind, answers: Mapping[str, str] | None = None
) -> None:
    """Open a form of this kind: the draft if there is one, else a new one.

    With answers it is a new one, but for a draft of a kind that is about something: what is filled in there
    is not lost, whatever it is about.
    """
    if not await _may_fill_in(update, context, kind, answers or {}):
        return
    draft = await context.services.forms.draft(context.person.id, kind.name)
    if draft and answers is None:
        await context.say("form.resumed")
    elif draft and kind.about and any(field.name in draft.answers for field in kind.fields):
        same = all(draft.answers.get(name) == (answers or {}).get(name) for name in kind.about)
        await context.say("form.resumed" if same else "form.others_first")
    elif draft:
        await context.services.forms.discard(draft)
        draft = None
    form = draft or forms.begin(context.person.id, kind.name, kind.fields, answers)
    await save_and_ask(update, context, kind, form)


def doing(context: Context, form: Form | None) -> AbstractContextManager[None]:
    """Meanwhile, the person does what the form is for."""
    return context.doing(*filled_in(form.kind, form.answers)) if form else nullcontext()


async def _may_fill_in(update: Update, context: Context, kind: FormKind, answers: Mapping[str, str]) -> bool:
    """Whether the person holds what the form needs, also for the thing that it is about."""
    number = answers.get(kind.within.name) if kind.within else None
    return await gate(update, context, kind.needs, kind.within, int(number) if number else None)


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
        with doing(context, form):
            await self._take_message(update, context, form)

    async def _take_message(self, update: Update, context: Context, form: Form | None) -> None:
        kind = self._kinds.get(form.kind) if form else None
        if form and kind and not await self._let_in(update, context, kind, form):
            return
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

    @property
    def needs(self) -> Mapping[str, Needs]:
        """What each kind of form needs."""
        return {name: kind.needs for name, kind in self._kinds.items()}

    @staticmethod
    async def _let_in(update: Update, context: Context, kind: FormKind, form: Form | None) -> bool:
        """Whether the person may go on with a form; one that they no longer may is erased."""
        allowed = await _may_fill_in(update, context, kind, form.answers if form else {})
        if form and not allowed:
            await context.services.forms.discard(form)
        return allowed

    @staticmethod
    def _is_aside(kind: FormKind, text: str) -> bool:
        return not kind.takes_questions and forms.reads_as_question(text)

    async def press(self, update: Update, context: Context) -> None:
        """A button of a form: it counts only for the version of the form under which it was shown."""
        move, name, version = groups_of(context)
        kind = self._kinds.get(name)
        form = await context.services.forms.draft(context.person.id, name)
        if kind is None:
            await context.answer_press(update, "unknown_press")
            return
        if not await self._let_in(update, context, kind, form):
            return
        verb = move.partition("-")[0]
        if form is None or not forms.counts(form, kind.fields, verb, int(version)):
            await context.answer_press(update, "form.old_button" if form else "form.closed")
            return
        await context.answer_press(update)
        with doing(context, form):
            await self._press(update, context, kind, form, move)

    async def _press(self, update: Update, context: Context, kind: FormKind, form: Form, move: str) -> None:
        verb = move.partition("-")[0]
        if move == "cancel":
            await self._cancel(context, form)
        elif move == "confirm":
            if forms.current_field(form, kind.fields) is None and kind.confirm:
                await kind.confirm(update, context, form)
        elif move == "more":
            await _show_more(update, context, kind, form)
        elif verb == "month":
            await self._turn(update, context, kind, form, move.removeprefix("month-"))
        elif move == "idle":
            pass  # a weekday, or a day that cannot be chosen
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
            await self._refuse(update, context, kind, form, answered)
            return
        field = forms.current_field(form, kind.fields)
        if field and field.contact:
            # Takes the button for sharing one's contact away again.
            await context.say("form.kept", ReplyKeyboardRemove(), value=answered.answers[field.name])
        await save_and_ask(update, context, kind, answered, before=form)

    @staticmethod
    async def _refuse(update: Update, context: Context, kind: FormKind, form: Form, refused: Refused) -> None:
        """Say what is wrong with an answer, and keep what is right of it."""
        kept = forms.keep(form, kind.fields, refused.kept)
        kept = forms.change(kept, kind.fields, refused.at or form.step)
        saved = await context.services.forms.save(kept, context.now) if refused.kept else form
        if saved is None:
            await context.say("form.old_button")
            return
        trouble = f"form.refused.{refused.reason}"
        await _ask_again(update, context, kind, saved, trouble, refused.choices, form)

    @staticmethod
    async def _turn(update: Update, context: Context, kind: FormKind, form: Form, month: str) -> None:
        """Show another month of the calendar in the place of the pressed one."""
        field = forms.current_field(form, kind.fields)
        if field and field.calendar:
            shown = month_of(month, context.now.date())
            await context.show(update, *await question(context, kind, form, field, month=shown))

    async def _move(self, update: Update, context: Context, kind: FormKind, form: Form, move: str) -> None:
        match move.split("-", 1):
            case ["review"]:
                moved: Form | Refused = forms.at_review(form, kind.fields)
            case ["back"]:
                moved = forms.back(form, kind.fields)
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
            await save_and_ask(update, context, kind, moved, form.step if stays else None, form)

    async def _cancel(self, context: Context, form: Form) -> None:
        erased = await context.services.forms.discard(form)
        await context.say("form.cancelled" if erased else "form.old_button", ReplyKeyboardRemove())


async def save_and_ask(
    update: Update,
    context: Context,
    kind: FormKind,
    form: Form,
    shown: str | None = None,
    before: Form | None = None,
) -> None:
    """Save the form, and ask what is next in it, behind what was understood since it was as `before`.

    When that is the field already `shown` in the pressed message, the message is changed instead. From a
    field that has its place on the page of what is not asked at first, one comes back there.
    """
    saved = await context.services.forms.save(form, context.now)
    if saved is None:
        await context.say("form.old_button")
        return
    field = forms.current_field(saved, kind.fields)
    if field and field.name == shown:
        text, buttons = await question(context, kind, saved, field)
        await context.show(update, text, buttons)
    elif field:
        await _ask(context, kind, saved, field, before=before)
    elif kind.apart and before and any(one.name == before.step and one.later for one in kind.fields):
        await _show_more(update, context, kind, saved)
    elif kind.review:
        await kind.review(update, context, saved)


async def _show_more(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """What was not asked at first: what is filled in of it, and a button for each."""
    later = [field for field in kind.fields if field.later]
    lines = [
        Markup("{}: {}").format(
            context.text(f"form.{kind.texts}.{field.name}.change"), said(context, kind, form, field)
        )
        for field in later
        if form.answers.get(field.name)
    ]
    back = button(context.text("button.to_review"), "form", "review", kind.name, form.version)
    text = Markup("\n").join([context.text("form.more_asked"), *lines])
    await context.show(update, text, keyboard(*grid(change_buttons(context, kind, form, later)), [back]))


async def _attach(update: Update, context: Context, kind: FormKind) -> None:
    """Put what a message brings to the open form; of an album, one message counts what has come.

    Parts of one album may come to several processes at once: each tries until its own is in.
    """
    message = update.message
    attachment = attachment_in(message) if message else None
    if message is None or attachment is None:
        return
    open_form = await context.services.forms.open_in(context.person.id)
    taken = open_form and forms.attach(open_form, kind.fields, attachment)
    asked = forms.current_field(open_form, kind.fields) if open_form else None
    if isinstance(taken, Form) and asked and asked.hashed:  # else nobody fetches it
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
        text, buttons = await question(context, kind, saved, field, trouble)
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
    before: Form | None = None,
) -> None:
    """Say what was wrong, if anything, and the current step once more; `choices` are what may be meant."""
    field = forms.current_field(form, kind.fields)
    if field:
        await _ask(context, kind, form, field, trouble, choices, before)
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
    before: Form | None = None,
) -> None:
    kept = understood(context, kind, before, form) if before else None
    text, buttons = await question(context, kind, form, field, trouble, choices, kept)
    await context.send(form.chat_id, text, contact_keyboard(context) if field.contact else buttons)


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
