"""A conversation is a row: a form's fields, the step it stands at, and the pure moves between steps."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from bot.core.attachments import Attachment, AttachmentKind, from_text, to_text
from bot.core.khmer import normalise

REVIEW: Final = "review"
NAMELESS: Final = "–"
"""The name of somebody, or of a group, whose own shows nothing."""
_SINCE: Final = "since"
"""The form's answer that holds in which field several are being picked, and since which version."""


@dataclass(frozen=True)
class Moment:
    """When and where an answer is read: local time of the group, time zone included."""

    now: datetime


@dataclass(frozen=True)
class Refused:
    """An answer that does not fit; `reason` is the last part of a catalogue key.

    `choices` are values of which one may have been meant; `kept` is what was understood beside it, by field.
    `at` is the field that it is about, if not the one that was answered.
    """

    reason: str
    choices: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict, hash=False)
    at: str = ""


Answered = str | Mapping[str, str] | Refused
"""What a check makes of an answer: the value to keep, those of several fields, or why it does not fit."""
Check = Callable[[str, Moment], Answered]


@dataclass(frozen=True)
class Field:
    """One question of a form. `check` returns the value to keep, or why it does not fit.

    A field with `choices` offers these values as buttons; where `several` may be picked, they are kept with
    spaces between. A field with `files` takes so many attachments, of the kinds in `only` if there are any.
    One that is `later` is not asked: it holds its `usual` value, and can be filled in at the review. One with
    a `calendar` offers days to press, and its check takes them as YYYY-MM-DD.
    """

    name: str
    check: Check
    optional: bool = False
    contact: bool = False  # may be answered by sharing one's Telegram contact
    choices: tuple[str, ...] = ()
    several: bool = False
    files: int = 0
    only: tuple[AttachmentKind, ...] = ()
    hashed: bool = False  # its files are known by their content as well, which is fetched for that
    later: bool = False
    usual: str = ""
    calendar: bool = False

    @property
    def gathers(self) -> bool:
        """Whether answers are put together here until the person says that these are all."""
        return self.several or self.files > 0


@dataclass(frozen=True)
class Form:
    """A form that somebody is filling in. `version` changes with every save; 0 is not saved yet."""

    chat_id: int
    kind: str
    step: str
    answers: Mapping[str, str] = field(default_factory=dict)
    version: int = 0


def begin(chat_id: int, kind: str, fields: Sequence[Field], answers: Mapping[str, str] | None = None) -> Form:
    """A new form at its first open field."""
    usual = {f.name: f.usual for f in fields if f.later}
    form = Form(chat_id, kind, REVIEW, {**usual, **(answers or {})})
    return replace(form, step=_first_open(form, fields))


def answer(form: Form, fields: Sequence[Field], text: str, moment: Moment) -> Form | Refused:
    """The form with the current field answered, one step on; or why the answer does not fit."""
    current = current_field(form, fields)
    if current is None:
        return Refused("review")
    value = current.check(text, moment)
    if isinstance(value, Refused):
        return value
    if current.several and isinstance(value, str):  # typed beside what is picked, of which there may be more
        return _gather(form, current, " ".join(dict.fromkeys([*picked(form, current), *value.split()])))
    return _keep(form, fields, current, value)


def keep(form: Form, fields: Sequence[Field], values: Mapping[str, str]) -> Form:
    """The form with these fields answered, at the next that is open."""
    kept = replace(form, answers={**form.answers, **values})
    return replace(kept, step=_first_open(kept, fields))


def pick(form: Form, fields: Sequence[Field], value: str, moment: Moment) -> Form | Refused:
    """The form with a value picked: one step on, or, where several may be, put in or taken out again."""
    current = current_field(form, fields)
    if current is None or not current.several:
        return answer(form, fields, value, moment)
    checked = current.check(value, moment)
    if not isinstance(checked, str):
        return checked if isinstance(checked, Refused) else Refused("review")
    before = picked(form, current)
    after = [one for one in before if one != checked] if checked in before else [*before, checked]
    gathered = _gather(form, current, " ".join(after))
    since = form.answers[_SINCE] if _picking_since(form, current) else f"{current.name} {form.version}"
    return replace(gathered, answers={**gathered.answers, _SINCE: since})


def counts(form: Form, fields: Sequence[Field], move: str, version: int) -> bool:
    """Whether a button counts that was shown with this version of the form: the present one.

    Where several are picked, people press the second before they see the first ticked: there the versions
    since the first pick count as well.
    """
    if version == form.version:
        return True
    current = current_field(form, fields)
    since = _picking_since(form, current) if current and current.several and move == "pick" else None
    return since is not None and since <= version < form.version


def _picking_since(form: Form, field: Field) -> int | None:
    """The version at which the picking in this field began."""
    name, _, version = form.answers.get(_SINCE, "").partition(" ")
    return int(version) if name == field.name else None


def picked(form: Form, field: Field) -> list[str]:
    """The values picked so far in a field that takes several."""
    return form.answers.get(field.name, "").split()


def attach(form: Form, fields: Sequence[Field], attachment: Attachment) -> Form | Refused:
    """The form with an attachment put to the current field; the same file twice is refused."""
    current = current_field(form, fields)
    if current is None or not current.files:
        return Refused("review")
    kept = from_text(form.answers.get(current.name, ""))
    if current.only and attachment.kind not in current.only:
        return Refused("other_file")
    if any(attachment.is_same(one) for one in kept):
        return Refused("same_file")
    if len(kept) >= current.files:
        return Refused("many_files")
    return _gather(form, current, to_text([*kept, attachment]))


def empty(form: Form, fields: Sequence[Field]) -> Form | Refused:
    """The form with everything taken out of the current field, where it may be empty; it stays there."""
    current = current_field(form, fields)
    if current is None or not current.optional:
        return Refused("needed")
    return _gather(form, current, "")


def done(form: Form, fields: Sequence[Field]) -> Form | Refused:
    """The form one step on from a field that gathers, if something is there or none is needed."""
    current = current_field(form, fields)
    if current is None or not current.gathers:
        return Refused("review")
    gathered = form.answers.get(current.name, "")
    if not gathered and not current.optional:
        return Refused("needed")
    return _keep(form, fields, current, gathered)


def skip(form: Form, fields: Sequence[Field]) -> Form | Refused:
    """The form with the current field left empty, if it may be."""
    current = current_field(form, fields)
    if current is None or not current.optional:
        return Refused("needed")
    return _keep(form, fields, current, "")


def back(form: Form, fields: Sequence[Field]) -> Form:
    """The form one step earlier, or back at the review after changing a field; answers are kept."""
    names = [f.name for f in fields]
    if not names:
        return form
    if form.step in names and is_whole(form, fields):  # one field was being changed
        return replace(form, step=REVIEW)
    position = names.index(form.step) if form.step in names else len(names)
    return replace(form, step=names[max(position - 1, 0)])


def at_review(form: Form, fields: Sequence[Field]) -> Form:
    """The form at its review, or at the first field that is still open."""
    return replace(form, step=_first_open(form, fields))


def change(form: Form, fields: Sequence[Field], name: str) -> Form:
    """The form standing at one field again; the answer to it leads back to the review."""
    return replace(form, step=name) if any(f.name == name for f in fields) else form


def is_whole(form: Form, fields: Sequence[Field]) -> bool:
    """Whether every field has its answer."""
    return all(f.name in form.answers for f in fields)


def current_field(form: Form, fields: Sequence[Field]) -> Field | None:
    """The field that the form asks now, or None at the review, which only a whole form reaches."""
    return next((f for f in fields if f.name == form.step), None) or next(
        (f for f in fields if f.name not in form.answers), None
    )


def units(text: str) -> int:
    """The length of a text as Telegram counts: in UTF-16 units."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def text_between(shortest: int, longest: int, *, lines: bool = False) -> Check:
    """A check for free text by its length in UTF-16 units, as Telegram counts; `lines` keeps line ends."""

    def check(text: str, _: Moment) -> str | Refused:
        kept = clean(text) if lines else " ".join(clean(text).split())
        if len(kept) < shortest:
            return Refused("too_short")
        if units(kept) > longest:
            return Refused("too_long")
        return kept

    return check


def whole_number(least: int, most: int) -> Check:
    """A check for a number of these bounds, in the figures of either language."""

    def check(text: str, _: Moment) -> str | Refused:
        typed = clean(text)
        if not typed.isdecimal() or len(typed) > len(str(most)):
            return Refused("no_number")
        return str(int(typed)) if least <= int(typed) <= most else Refused("no_number")

    return check


def one_of(values: Sequence[str]) -> Check:
    """A check for a field whose answers are buttons."""

    def check(text: str, _: Moment) -> str | Refused:
        return text if text in values else Refused("pick_please")

    return check


def files_only(_text: str, _moment: Moment) -> str | Refused:
    """A check for a field that takes files and no words."""
    return Refused("files_please")


def no_question(check: Check) -> Check:
    """The same check for names and the like, which a question to the bot is not."""

    def checked(text: str, moment: Moment) -> Answered:
        return Refused("question") if reads_as_question(text) else check(text, moment)

    return checked


def clean(text: str) -> str:
    """The text without control characters, direction overrides and half letters; empty if nothing shows."""
    spaced = re.sub(r"[\t\v\f]", " ", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in spaced if c == "\n" or not _is_unwanted(c)).strip()
    return kept if any(_shows(c) for c in kept) else ""


def shown_name(name: str) -> str:
    """A person's or a group's own name, in one line, without what would turn the text around it."""
    return " ".join(clean(name).split()) or NAMELESS


def _shows(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANKS


def reads_as_question(text: str) -> bool:
    """Whether an answer to a form looks like a question to the bot: it begins with «តើ» or ends with «?»."""
    return text.strip().endswith(("?", "？")) or normalise(text[:20]).startswith(_WHETHER)


def _is_unwanted(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") or character in _DIRECTION_OVERRIDES


_WHETHER: Final = normalise("តើ")
# Letters and signs by name that draw nothing: fillers and the empty Braille pattern.
_BLANKS: Final = frozenset("\u2800\u3164\u115f\u1160\uffa0")
_DIRECTION_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _keep(form: Form, fields: Sequence[Field], current: Field, value: str | Mapping[str, str]) -> Form:
    return keep(form, fields, {current.name: value} if isinstance(value, str) else value)


def _gather(form: Form, current: Field, value: str) -> Form:
    """The form standing where it stood, with what is gathered so far, if anything."""
    others = {name: kept for name, kept in form.answers.items() if name != current.name}
    return replace(form, step=current.name, answers={**others, current.name: value} if value else others)


def _first_open(form: Form, fields: Sequence[Field]) -> str:
    return next((f.name for f in fields if f.name not in form.answers), REVIEW)


class Forms(Protocol):
    """What the bot remembers of forms: at most one of a kind in a chat, and at most one of them open."""

    async def open_in(self, chat_id: int) -> Form | None:
        """The form that the next text in this chat belongs to."""

    async def draft(self, chat_id: int, kind: str) -> Form | None:
        """The form of this kind, open or laid aside."""

    async def save(self, form: Form, now: datetime, *, aside: bool = False) -> Form | None:
        """Save and open the form, laying the chat's others aside; None when somebody saved it meanwhile.

        `aside`: it is closed, and what else is open stays so.
        """

    async def lay_aside(self, chat_id: int) -> None:
        """Close what is open in a chat, and keep it as a draft."""

    async def discard(self, form: Form) -> bool:
        """Erase the form; False when it is gone or has changed meanwhile."""
