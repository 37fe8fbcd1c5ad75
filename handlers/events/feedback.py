"""How people found an event: stars by a press, and a sentence if they like; coordinators read the sum."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.events.feedback import FEEDBACK_FIELDS, STARS
from bot.core.forms import Form
from bot.core.people import Role
from handlers import forms
from handlers.events import pages
from handlers.forms import FormKind
from handlers.keyboards import button, grid, keyboard
from handlers.routing import groups_of, number_of
from messages.dates import digits


async def rate(update: Update, context: Context) -> None:
    """Stars were pressed: they are kept at once, and a sentence may follow."""
    event_id, stars = map(int, groups_of(context))
    kept = await context.services.feedback.rate(event_id, context.person.id, stars, context.now)
    await context.answer_press(update, "feedback.kept" if kept else "feedback.not_yours", alert=not kept)
    if not kept:
        return
    pressed = [
        button("⭐" * one if one == stars else digits(context.person.language, one), "e-stars", event_id, one)
        for one in STARS
    ]
    await context.change_keyboard(update, keyboard(*grid(pressed, len(STARS))))
    await forms.begin(update, context, FEEDBACK, {"event": str(event_id), "stars": str(stars)})


async def show(update: Update, context: Context) -> None:
    """What people said of an event, without their names."""
    await context.answer_press(update)
    event = await pages.found(context, number_of(context))
    if event is None:
        return
    feedback, language = await context.services.feedback.of_event(event.id), context.person.language
    if not feedback.given:
        await context.show(update, context.text("feedback.none"), pages.back(context, event.id))
        return
    bars = [
        Markup("{} {}").format("⭐" * stars, digits(language, feedback.counts.get(stars, 0)))
        for stars in reversed(STARS)
    ]
    heading = context.text(
        "feedback.sum",
        count=feedback.given,
        title=event.details.title,
        average=digits(language, f"{feedback.average:.1f}"),
        number=digits(language, feedback.given),
    )
    said = [Markup("«{}»").format(sentence) for sentence in feedback.sentences]
    text = Markup("\n\n").join([heading, Markup("\n").join(bars), *said])
    await context.show(update, text, pages.back(context, event.id))


async def _keep(update: Update, context: Context, form: Form) -> None:
    """The sentence needs no review: it is short, and can be given anew with other stars."""
    kept = await context.services.feedback.comment(form, context.now)
    await context.say("feedback.thanks" if kept else "form.old_button")


FEEDBACK: Final = FormKind("feedback", Role.PERSON, FEEDBACK_FIELDS, review=_keep)
