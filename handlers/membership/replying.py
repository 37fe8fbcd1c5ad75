"""The applicant answers what a coordinator asked, in the chat; the answer becomes part of the request."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core import membership as core
from bot.core.forms import Form
from bot.core.membership import RequestState
from bot.core.people import Role
from handlers import forms
from handlers.forms import FormKind, review_rows, said
from handlers.keyboards import keyboard
from handlers.membership.applying import tell_coordinators
from handlers.routing import number_of


async def reply(update: Update, context: Context) -> None:
    """Open the form for the answer."""
    await context.answer_press(update)
    request = await context.services.membership.request(number_of(context))
    own = request is not None and request.person_id == context.person.id
    if request and own and request.state is RequestState.ASKED:
        await forms.begin(update, context, REPLY, {"request": str(request.id)})
    else:
        await context.say("request.not_asked")


async def _review(update: Update, context: Context, form: Form) -> None:
    parts = [context.text("request.reply_sure", answer=form.answers["answer"])]
    if form.answers["document"]:
        document = next(field for field in REPLY.fields if field.files)
        parts.append(context.text("form.kept", value=said(context, REPLY, form, document)))
    rows = review_rows(context, REPLY, form, "request.reply_yes")
    await context.send(context.person.id, Markup("\n\n").join(parts), keyboard(*rows))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    request = await context.services.membership.reply(form, context.person.id, context.now)
    if request is None:
        await context.services.forms.discard(form)
        await context.show(update, context.text("request.not_asked"))
        return
    await context.show(update, context.text("request.replied"))
    await tell_coordinators(context, request, "request.answered", request.taken_by)


REPLY: Final = FormKind("reply", Role.PERSON, core.REPLY_FIELDS, _review, _confirm, takes_questions=True)
