"""Writing a plan: from an event's page or by itself, a step at a time; changing and erasing steps."""

from dataclasses import replace
from datetime import date
from typing import Final

from telegram import InlineKeyboardButton, Update

from bot.context import Context
from bot.core.forms import Form
from bot.core.people import Role
from bot.core.plans import STEP_FIELDS, Plan
from handlers import forms
from handlers.events import pages as events
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, column, keyboard
from handlers.naming import council_name
from handlers.plans import progress
from handlers.plans.pages import (
    councils_of,
    found,
    found_step,
    may_write,
    own_step,
    say_plan,
    say_step,
    say_subscribe_first,
)
from handlers.plans.wording import heading, may_plan
from handlers.routing import groups_of, number_of
from messages.dates import day, digits


async def of_event(update: Update, context: Context) -> None:
    """The plan that one's council makes of an event: opened, or begun."""
    await context.answer_press(update)
    number, code = groups_of(context)
    event = await events.found(context, int(number))
    if event is None:
        return
    if not await may_plan(context, event):
        await context.say("plan.not_registered")
        return
    followed = await context.services.subscriptions.of_chat(context.person.id)
    meant = [council for council in followed if code in (None, council.code)]
    if len(meant) > 1:
        language, catalogue = context.person.language, context.services.catalogue
        choices = column(
            button(council_name(catalogue, language, one), "p-event", event.id, one.code) for one in meant
        )
        await context.say("plan.which_council", keyboard(*choices))
    elif meant:
        await _open_or_begin(update, context, meant[0].code, event.id)
    elif context.person.may(Role.COORDINATOR):
        await progress.plans(update, context)
    else:
        await say_subscribe_first(context)


async def new(update: Update, context: Context) -> None:
    """The plan of a council without an event: opened, or begun."""
    await context.answer_press(update)
    (code,) = groups_of(context)
    if code in await councils_of(context):
        await _open_or_begin(update, context, code, None)
    else:
        await say_subscribe_first(context)


async def _open_or_begin(update: Update, context: Context, code: str, event_id: int | None) -> None:
    plans = await context.services.plans.of_councils([code])
    plan = next((one for one in plans if one.event_id == event_id), None)
    if plan:
        await say_plan(context, plan)
        return
    if not await context.services.forms.draft(context.person.id, STEP.name):
        await context.say("plan.begins")
    await _begin_step(update, context, code, event_id)


async def another(update: Update, context: Context) -> None:
    """One step more in a plan."""
    await context.answer_press(update)
    plan = await found(context, number_of(context))
    if plan is None:
        return
    if not await may_write(context, plan):
        await context.say("plan.not_yours")
    elif plan.is_full:
        await context.say("plan.full", number=digits(context.person.language, len(plan.steps)))
    else:
        await _begin_step(update, context, plan.commune_code, plan.event_id)


async def _begin_step(update: Update, context: Context, code: str, event_id: int | None) -> None:
    """Ask for a step of this plan; one for it that is half written is gone on with."""
    answers = {"commune": code, "event": str(event_id or "")}
    draft = await context.services.forms.draft(context.person.id, STEP.name)
    same = draft is not None and answers.items() <= draft.answers.items()
    await forms.begin(update, context, STEP, None if same else answers)


async def change(update: Update, context: Context) -> None:
    """Change what a step says."""
    await context.answer_press(update)
    both = await own_step(context, number_of(context))
    if both is None:
        return
    plan, step = both
    if step.is_done:
        await say_step(context, plan, step, context.text("plan.changed_meanwhile"))
        return
    answers = {
        "step": str(step.id),
        "version": str(step.version),
        "commune": plan.commune_code,
        "event": str(plan.event_id or ""),
        "what": step.what,
        "who": step.who,
        "due": step.due.isoformat(),
    }
    await forms.begin(update, context, RESTEP, answers)


async def ask_to_erase(update: Update, context: Context) -> None:
    """Whether a step is really to be erased."""
    await context.answer_press(update)
    if both := await own_step(context, number_of(context)):
        _, step = both
        yes = button(context.text("plan.erase_yes"), "p-erased", step.id, step.version)
        no = button(context.text("button.back"), "p-step", step.id)
        await context.show(update, context.text("plan.erase_sure", what=step.what), keyboard([yes], [no]))


async def erase(update: Update, context: Context) -> None:
    """Erase a step, if it still is what was shown."""
    await context.answer_press(update)
    step_id, version = map(int, groups_of(context))
    both = await own_step(context, step_id)
    if both is None:
        return
    plan, step = both
    if await context.services.plans.erase_step(step.id, version):
        left = await context.services.plans.plan(plan.id)
        await say_plan(context, left or plan, context.text("plan.erased"))
    elif both := await found_step(context, step_id):
        await say_step(context, *both, context.text("plan.changed_meanwhile"))


async def _review(update: Update, context: Context, form: Form) -> None:
    await _show_review(context, STEP, form)


async def _review_change(update: Update, context: Context, form: Form) -> None:
    await _show_review(context, RESTEP, form)


async def _show_review(context: Context, kind: FormKind, form: Form) -> None:
    told, language = form.answers, context.person.language
    event = await context.services.events.event(int(told["event"])) if told.get("event") else None
    title = event.details.title if event else ""
    text = context.text(
        "plan.review",
        heading=heading(context.services.catalogue, language, told["commune"], title),
        what=told["what"],
        who=told["who"],
        day=day(language, date.fromisoformat(told["due"])),
    )
    await context.send(context.person.id, text, keyboard(*review_rows(context, kind, form, "plan.keep")))


async def _keep(update: Update, context: Context, form: Form) -> None:
    if form.answers["commune"] not in await councils_of(context):  # they stopped following it meanwhile
        await say_subscribe_first(context)
        return
    plan = await context.services.plans.add_step(form, context.person.id, context.now)
    if plan is None:
        await context.say("form.old_button")
        return
    await context.show(
        update, context.text("plan.kept", what=form.answers["what"]), keyboard(*_on(context, plan))
    )


def _on(context: Context, plan: Plan) -> list[list[InlineKeyboardButton]]:
    """After a step was kept: one more, or that was all."""
    more = [] if plan.is_full else [button(context.text("plan.another"), "p-another", plan.id)]
    return [more, [button(context.text("plan.finished"), "p", plan.id)]]


async def _keep_change(update: Update, context: Context, form: Form) -> None:
    both = await own_step(context, int(form.answers["step"]))
    if both is None:
        await context.services.forms.discard(form)
        return
    plan = await context.services.plans.change_step(form)
    if plan is None:
        await say_meanwhile(update, context, RESTEP, form)
        return
    await say_plan(context, plan, context.text("plan.changed"))


async def say_meanwhile(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    """A form about a step was not taken: say how the step stands by now; it can be sent all the same."""
    draft = await context.services.forms.draft(context.person.id, kind.name)
    if draft is None or draft.version != form.version:
        await context.say("form.old_button")
        return
    both = await found_step(context, int(form.answers["step"]))
    if both is None or both[1].is_done:
        await context.services.forms.discard(draft)
    if both is None:
        return
    plan, step = both
    await say_step(context, plan, step, context.text("plan.changed_meanwhile"))
    if not step.is_done:
        seen = replace(draft, answers={**draft.answers, "version": str(step.version)})
        await forms.save_and_ask(update, context, kind, seen)


def label(context: Context, _: str, value: str) -> str:
    """A day as the form shows it."""
    return day(context.person.language, date.fromisoformat(value))


STEP: Final = FormKind(
    "step", Role.PERSON, STEP_FIELDS, _review, _keep, label=label, worded=frozenset({"due"})
)
RESTEP: Final = FormKind(
    "restep",
    Role.PERSON,
    STEP_FIELDS,
    _review_change,
    _keep_change,
    takes_questions=True,
    label=label,
    worded=frozenset({"due"}),
    wording=STEP.name,
)
