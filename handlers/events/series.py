"""Events that come again: announcing one that stands in the calendar, and ending the series."""

from telegram import Update

from bot.context import Context
from bot.core.events.event import answers_of
from bot.core.events.rules import OF_SERIES
from handlers import forms
from handlers.events.announcing import ANNOUNCE
from handlers.events.deeds import can_be_announced, running_series
from handlers.events.pages import found
from handlers.events.wording import rule_in_words
from handlers.keyboards import button, keyboard
from handlers.routing import number_of


async def announce_present(update: Update, context: Context) -> None:
    """Tell subscribers of an event that stands in the calendar, with preview and count as of a new one."""
    await context.answer_press(update)
    event = await found(context, number_of(context))
    if event is None:
        return
    if not await can_be_announced(context, event):
        await context.say("event.announced_before")
        return
    draft = await context.services.forms.draft(context.person.id, ANNOUNCE.name)
    if draft and draft.answers.get("event") != str(event.id):
        await forms.begin(update, context, ANNOUNCE)  # another that was begun comes first
        return
    answers = answers_of(event.details, context.services.timezone)
    present = {"event": str(event.id), "version": str(event.version), OF_SERIES: event.repeats}
    await forms.begin(update, context, ANNOUNCE, {**answers, **present})


async def ask_to_end(update: Update, context: Context) -> None:
    """Whether the series is to end."""
    await context.answer_press(update)
    event = await found(context, number_of(context))
    series = await running_series(context, event) if event else None
    if event is None:
        return
    if series is None:
        await context.say("event.series_ended")
        return
    rule = rule_in_words(context.services.catalogue, context.person.language, series.rule)
    ending = button(context.text("event.end_series_yes"), "e-series-end", event.id)
    leaving = button(context.text("button.leave_as_is"), "e", event.id)
    await context.say("event.end_series_sure", keyboard([ending], [leaving]), rule=rule)


async def end(update: Update, context: Context) -> None:
    """The series ends; what stands in the calendar stays."""
    await context.answer_press(update)
    event = await found(context, number_of(context))
    if event and event.series_id:
        await context.services.series.end(event.series_id, context.now)
        await context.show(update, context.text("event.series_ended"))
