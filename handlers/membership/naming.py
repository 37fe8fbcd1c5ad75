"""The name of a member, corrected by a coordinator: people know it by that, and no two may share one."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.applications import NAME_FIELDS
from bot.core.directory import NameTaken, Organisation
from bot.core.forms import Form, change
from bot.core.people import Ability
from handlers import forms
from handlers.forms import FormKind, review_rows, said
from handlers.keyboards import keyboard
from handlers.membership.listing import show_organisation
from handlers.membership.representing import tell_colleagues
from handlers.routing import number_of


async def rename(update: Update, context: Context) -> None:
    """Open the form with the names that the member has now."""
    await context.answer_press(update)
    organisation = await context.services.directory.organisation(number_of(context))
    if organisation is None:
        await context.say("members.gone")
        return
    known = {"organisation": str(organisation.id), "version": str(organisation.version)}
    await forms.begin(update, context, NAMING, known | _names(organisation))


async def _review(update: Update, context: Context, form: Form) -> None:
    """What was, and what will be; without a difference there is nothing to save."""
    organisation = await context.services.directory.organisation(int(form.answers["organisation"]))
    if organisation is None:
        await context.services.forms.discard(form)
        await context.say("members.gone")
        return
    before = Form(form.chat_id, form.kind, form.step, _names(organisation))
    changes = [
        context.text(
            "changing.field",
            field=context.text(f"form.{NAMING.texts}.{field.name}.change"),
            old=said(context, NAMING, before, field),
            new=said(context, NAMING, form, field),
        )
        for field in NAMING.fields
        if before.answers[field.name] != form.answers[field.name]
    ]
    rows = review_rows(context, NAMING, form, "members.save")
    heading = context.text("members.naming", name=organisation.name)
    text = Markup("\n\n").join([heading, *(changes or [context.text("changing.nothing")])])
    await context.send(context.person.id, text, keyboard(*(rows if changes else rows[1:])))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    """Write the names, and tell those who speak for it; a name that another has is asked for again."""
    renamed = await context.services.directory.rename(form, context.person.id, context.now)
    match renamed:
        case Organisation():
            await show_organisation(update, context, renamed, context.text("members.renamed"))
            await tell_colleagues(context, renamed, "members.renamed_by")
        case NameTaken(name):
            await context.say("members.name_taken", name=name)
            await forms.save_and_ask(update, context, NAMING, change(form, NAMING.fields, "name"))
        case None:
            await context.services.forms.discard(form)
            await context.say("members.not_saved")


def _names(organisation: Organisation) -> dict[str, str]:
    return {"name": organisation.name, "other_name": organisation.other_name}


NAMING: Final = FormKind("naming", Ability.REVIEW, NAME_FIELDS, _review, _confirm, about=("organisation",))
