"""What a member shows of itself, kept right by those who represent it, or by a coordinator."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.applications import PROFILE_FIELDS, described, profile_answers
from bot.core.directory import Organisation
from bot.core.forms import Form
from bot.core.people import Role
from handlers import forms
from handlers.forms import FormKind, review_rows
from handlers.keyboards import keyboard
from handlers.membership.listing import presented, show_organisation
from handlers.membership.representing import own_organisation
from handlers.membership.wording import label
from handlers.routing import number_of


async def edit(update: Update, context: Context) -> None:
    """Open the form with what the member shows now."""
    await context.answer_press(update)
    organisation = await own_organisation(context, number_of(context))
    if organisation is None:
        await context.say("members.not_yours")
        return
    known = {"organisation": str(organisation.id), "version": str(organisation.version)}
    await forms.begin(update, context, PROFILE, known | profile_answers(organisation))


async def _review(update: Update, context: Context, form: Form) -> None:
    organisation = await own_organisation(context, int(form.answers["organisation"]))
    if organisation is None:
        await context.say("members.not_yours")
        return
    shown = presented(context, described(organisation, form.answers))
    text = Markup("\n\n").join([context.text("members.check"), shown])
    await context.send(
        context.person.id, text, keyboard(*review_rows(context, PROFILE, form, "members.save"))
    )


async def _confirm(update: Update, context: Context, form: Form) -> None:
    organisation = await own_organisation(context, int(form.answers["organisation"]))
    saved: Organisation | None = None
    if organisation and organisation.version == int(form.answers["version"]):
        changed = described(organisation, form.answers)
        saved = await context.services.directory.describe(form, changed, context.person.id)
    if saved:
        await show_organisation(update, context, saved, context.text("members.saved"))
    else:
        await context.services.forms.discard(form)
        await context.say("members.not_saved")


PROFILE: Final = FormKind(
    "profile", Role.PERSON, PROFILE_FIELDS, _review, _confirm, label=label, wording="join"
)
