"""How a step went: asked after its day, told with a sentence, a photo and a new day."""

from datetime import date
from typing import Final

from markupsafe import Markup, escape
from telegram import Update

from bot.context import Context, Services
from bot.core.attachments import from_text
from bot.core.forms import Form
from bot.core.people import LANGUAGES, Role
from bot.core.plans import DONE_FIELDS, UNDONE_FIELDS, StepState
from handlers import forms
from handlers.forms import FormKind, review_rows
from handlers.keyboards import keyboard
from handlers.plans.pages import own_step, say_step
from handlers.plans.wording import MARKS, question
from handlers.plans.writing import label, say_meanwhile
from handlers.routing import groups_of
from messages.dates import day, digits


async def ask_about_steps(services: Services) -> None:
    """Ask the people of the councils how the steps went whose day is over."""
    now = services.clock()
    for plan in await services.plans.due(now):
        for step in plan.steps:
            texts = {language: str(question(services, language, plan, step)) for language in LANGUAGES}
            await services.plans.ask(step, texts, now)
    services.wake_outbox()


async def tell(update: Update, context: Context) -> None:
    """Somebody tells how a step went, under the question or on the step's page."""
    await context.answer_press(update)
    state, number, version = groups_of(context)
    both = await own_step(context, int(number))
    if both is None:
        return
    plan, step = both
    shown = step.waiting if version is None else int(version) == step.version
    if not shown or (step.is_done and state == StepState.DONE):
        await say_step(context, plan, step, context.text("plan.changed_meanwhile"))
        return
    kind = DONE if state == StepState.DONE else UNDONE
    answers = {"step": str(step.id), "version": str(step.version), "state": state, "what": step.what}
    await forms.begin(update, context, kind, answers)


async def _review_done(update: Update, context: Context, form: Form) -> None:
    await _review(context, DONE, form)


async def _review_undone(update: Update, context: Context, form: Form) -> None:
    await _review(context, UNDONE, form)


async def _review(context: Context, kind: FormKind, form: Form) -> None:
    told, language, state = form.answers, context.person.language, StepState(form.answers["state"])
    lines = [Markup("{} <b>{}</b>").format(MARKS[state], context.text(f"plan.state.{state}"))]
    if told["sentence"]:
        lines.append(escape(told["sentence"]))
    if photos := from_text(told["photo"]):
        number = digits(language, len(photos))
        lines.append(context.text("form.files", count=len(photos), number=number))
    if told.get("day"):
        lines.append(context.text("plan.new_day", day=day(language, date.fromisoformat(told["day"]))))
    text = context.text("plan.report_review", what=told["what"], report=Markup("\n").join(lines))
    await context.send(context.person.id, text, keyboard(*review_rows(context, kind, form, "plan.send")))


async def _keep_done(update: Update, context: Context, form: Form) -> None:
    await _keep(update, context, DONE, form)


async def _keep_undone(update: Update, context: Context, form: Form) -> None:
    await _keep(update, context, UNDONE, form)


async def _keep(update: Update, context: Context, kind: FormKind, form: Form) -> None:
    step_id = int(form.answers["step"])
    if await own_step(context, step_id) is None:
        await context.services.forms.discard(form)
        return
    plan = await context.services.plans.report(form, context.person.id, context.now)
    step = plan.step(step_id) if plan else None
    if plan and step:
        await say_step(context, plan, step, context.text("plan.reported"))
    else:
        await say_meanwhile(update, context, kind, form)


DONE: Final = FormKind("outcome", Role.PERSON, DONE_FIELDS, _review_done, _keep_done)
UNDONE: Final = FormKind(
    "delay",
    Role.PERSON,
    UNDONE_FIELDS,
    _review_undone,
    _keep_undone,
    label=label,
    worded=frozenset({"day"}),
    wording=DONE.name,
)
