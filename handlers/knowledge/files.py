"""The knowledge as files: exported for Excel or a text editor, imported again after a look at the changes."""

import asyncio
import json
from dataclasses import replace
from typing import Final

from markupsafe import Markup
from telegram import Document, Update
from telegram.error import TelegramError

from bot.context import Context
from bot.core.entries import too_many
from bot.core.forms import Form
from bot.core.knowledge import Change
from bot.core.people import Ability
from bot.exchange import LARGEST, Fault, read_upload, to_toml, to_workbook
from bot.trial import try_out
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import button, keyboard
from handlers.knowledge.editing import trial_text
from handlers.routing import groups_of
from messages.dates import digits

MOST_LISTED: Final = 10


async def show_files(update: Update, context: Context) -> None:
    """Export or import."""
    await context.answer_press(update)
    rows = [
        [
            button(context.text("files.excel"), "k-export", "xlsx"),
            button(context.text("files.toml"), "k-export", "zip"),
        ],
        [button(context.text("files.import"), "k-import")],
        [button(context.text("button.back"), "k-all")],
    ]
    await context.show(update, context.text("files.what"), keyboard(*rows))


async def export(update: Update, context: Context) -> None:
    """Send everything that the bot knows as one file."""
    await context.answer_press(update)
    (suffix,) = groups_of(context)
    known = context.services.knowledge
    body = await asyncio.to_thread(to_workbook if suffix == "xlsx" else to_toml, known)
    name = f"wgpd-knowledge-{context.now:%Y-%m-%d}.{suffix}"
    caption = context.text("files.exported").striptags()
    await context.typing()
    await context.export(body, name, caption)


async def begin_import(update: Update, context: Context) -> None:
    """Ask for the file."""
    await context.answer_press(update)
    await forms.begin(update, context, IMPORT, {})


async def take_file(update: Update, context: Context) -> bool:
    """A document while the import waits for one; False when it is meant for something else."""
    document = update.message.document if update.message else None
    form = await context.services.forms.open_in(context.person.id)
    if document is None or not context.person.may(IMPORT.needs):
        return False
    if form is None or form.kind != IMPORT.name:
        if form or not (document.file_name or "").lower().endswith((".xlsx", ".toml", ".zip")):
            return False
        await context.say("files.import_first", keyboard([button(context.text("files.import"), "k-import")]))
        return True
    changes = await _changes(context, document.file_id, document.file_name or "", document)
    if changes is None:
        return True
    if not changes:
        await context.say("files.nothing_new", keyboard([forms.cancel_button(context, form)]))
        return True
    numbers = {change.entry.id: await _newest(context, change) for change in changes}
    answers = {
        "file_id": document.file_id,
        "name": document.file_name or "",
        "numbers": json.dumps(numbers),
    }
    saved = await context.services.forms.save(replace(form, answers=answers), context.now)
    if saved:
        await _say_changes(context, saved, changes)
    return True


async def _ask_for_file(update: Update, context: Context, form: Form) -> None:
    await context.say("files.send", keyboard([forms.cancel_button(context, form)]))


async def _take_text(update: Update, context: Context, _: str) -> None:
    await context.say("files.send")


async def _say_changes(context: Context, form: Form, changes: list[Change]) -> None:
    """What the file would change, and what that would do to known questions."""
    language, known = context.person.language, context.services.knowledge
    await context.typing()
    trial = await try_out(known, context.services.live.with_change(*changes))
    new = sum(change.entry.id not in known for change in changes)
    titles = [change.entry.question(language) for change in changes]
    listed = Markup("\n").join(Markup("• {}").format(title) for title in titles[:MOST_LISTED])
    text = context.text(
        "files.changes",
        new=digits(language, new),
        changed=digits(language, len(changes) - new),
        listed=listed,
    )
    confirming = button(context.text("files.confirm"), "form", "confirm", IMPORT.name, form.version)
    await context.send(
        context.person.id,
        Markup("\n\n").join([text, trial_text(context, trial, *changes)]),
        keyboard([confirming], [forms.cancel_button(context, form)]),
    )


async def _import(update: Update, context: Context, form: Form) -> None:
    """Publish what was shown, all at once; what somebody published meanwhile is left alone."""
    if "file_id" not in form.answers:
        await context.say("files.send")
        return
    services, language = context.services, context.person.language
    numbers: dict[str, int] = json.loads(form.answers["numbers"])
    changes = await _changes(context, form.answers["file_id"], form.answers["name"])
    if changes is None:
        return
    shown = [(change, numbers[change.entry.id]) for change in changes if change.entry.id in numbers]
    published = await services.versions.publish_form(form, shown, context.person.id, context.now)
    if published is None:
        await context.say("form.old_button")
        return
    await services.live.refresh()
    done = context.text(
        "files.imported", number=digits(language, len(published)), total=digits(language, len(numbers))
    )
    await context.show(update, done)


async def _newest(context: Context, change: Change) -> int:
    versions = await context.services.live.versions_of(change.entry.id)
    return versions[0].number if versions else 0


async def _changes(
    context: Context, file_id: str, name: str, document: Document | None = None
) -> list[Change] | None:
    """What a file would change; None, and the reason said, when it cannot be read."""
    await context.typing()
    try:
        if document and (document.file_size or 0) > LARGEST:
            raise Fault("too_large", name)
        file = await context.bot.get_file(file_id)
        body = bytes(await file.download_as_bytearray())
        imported = await asyncio.to_thread(read_upload, name, body, context.services.knowledge)
    except Fault as fault:
        await context.say(f"files.fault.{fault.reason}", place=fault.place)
        return None
    except TelegramError:
        await context.say("files.not_received")
        return None
    changes = [Change(one.entry, one.chapter) for one in imported]
    if too_many(context.services.live.with_change(*changes)):
        await context.say("knowledge.too_many")
        return None
    return changes


IMPORT: Final = FormKind(
    "import", Ability.ANSWER, (), _ask_for_file, _import, take=_take_text, takes_questions=True
)
