"""/plan: the plans of one's councils, one plan, and one step with its reports."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.people import Role
from bot.core.plans import REPORTED, Plan, Step
from handlers.attachments import send_attachments
from handlers.keyboards import Row, button, column, keyboard
from handlers.naming import council_name
from handlers.plans.wording import label, mark, step_page, whole
from handlers.routing import number_of
from messages.dates import digits

_LONGEST_LABEL: Final = 50


async def plan(update: Update, context: Context) -> None:
    """/plan: the plan of one's council; where there are several or none, what there is to choose from."""
    codes = await councils_of(context)
    if not codes:
        await say_subscribe_first(context)
        return
    plans = await context.services.plans.of_councils(codes)
    if len(plans) == 1:
        await say_plan(context, plans[0])
    else:
        await _say_list(context)


async def show_list(update: Update, context: Context) -> None:
    """All plans of one's councils, and what can be begun."""
    await context.answer_press(update)
    await _say_list(context)


async def _say_list(context: Context) -> None:
    followed = await context.services.subscriptions.of_chat(context.person.id)
    if not followed:
        await say_subscribe_first(context)
        return
    plans = await context.services.plans.of_councils([council.code for council in followed])
    rows = column(button(label(context, plan), "p", plan.id) for plan in plans)
    own = {plan.commune_code for plan in plans if plan.event_id is None}
    language, catalogue = context.person.language, context.services.catalogue
    rows += column(
        button(
            context.text("plan.begin", council=council_name(catalogue, language, council)),
            "p-new",
            council.code,
        )
        for council in followed
        if council.code not in own
    )
    await context.say("plan.list" if plans else "plan.none", keyboard(*rows))


async def open_plan(update: Update, context: Context) -> None:
    """A plan was pressed."""
    await context.answer_press(update)
    if plan := await found(context, number_of(context)):
        await say_plan(context, plan)


async def say_plan(context: Context, plan: Plan, before: Markup | None = None) -> None:
    """Say one plan, after a sentence on what was just done."""
    text = whole(context, plan)
    text = Markup("\n\n").join([before, text]) if before else text
    await context.send(context.person.id, text, await _plan_buttons(context, plan))


async def _plan_buttons(context: Context, plan: Plan) -> InlineKeyboardMarkup:
    language, today = context.person.language, context.now.date()
    rows = column(
        button(
            f"{digits(language, number)}. {mark(step, today)} {step.what[:_LONGEST_LABEL]}", "p-step", step.id
        )
        for number, step in enumerate(plan.steps, 1)
    )
    if await may_write(context, plan):
        writing = [] if plan.is_full else [button(context.text("plan.another"), "p-another", plan.id)]
        return keyboard(*rows, writing, [button(context.text("plan.all"), "p-list")])
    return keyboard(*rows, [button(context.text("plan.all_councils"), "go", "plans")])


async def open_step(update: Update, context: Context) -> None:
    """A step of a plan was pressed."""
    await context.answer_press(update)
    if both := await found_step(context, number_of(context)):
        await say_step(context, *both)


async def say_step(context: Context, plan: Plan, step: Step, before: Markup | None = None) -> None:
    """Say one step with its reports, after a sentence on what happened."""
    text = await step_page(context, plan, step)
    text = Markup("\n\n").join([before, text]) if before else text
    rows = _deeds(context, step) if await may_write(context, plan) else []
    if step.photos:
        number = digits(context.person.language, len(step.photos))
        rows.append([button(context.text("plan.photos", number=number), "p-photos", step.id)])
    back = button(context.text("plan.back"), "p", plan.id)
    await context.send(context.person.id, text, keyboard(*rows, [back]))


def _deeds(context: Context, step: Step) -> list[Row]:
    """What the people of its council can do about a step; a press counts for the version that is shown."""
    done, *undone = [
        button(context.text(f"plan.report.{state}"), f"p-{state}", step.id, step.version)
        for state in REPORTED
    ]
    rows = [[] if step.is_done else [done], undone]
    changing = [] if step.is_done else [button(context.text("plan.change"), "p-change", step.id)]
    if step.may_be_erased:
        changing.append(button(context.text("plan.erase"), "p-erase", step.id))
    return [*rows, changing]


async def send_photos(update: Update, context: Context) -> None:
    """The photos of a step's reports."""
    await context.answer_press(update)
    both = await found_step(context, number_of(context))
    if both and not await send_attachments(context, both[1].photos):
        await context.say("lesson.file_gone")


async def found(context: Context, plan_id: int) -> Plan | None:
    """The plan, if there is one that this person may see; otherwise that is said."""
    plan = await context.services.plans.plan(plan_id)
    if plan and await may_see(context, plan):
        return plan
    await context.say("plan.unknown", keyboard([button(context.text("menu.plan"), "go", "plan")]))
    return None


async def found_step(context: Context, step_id: int) -> tuple[Plan, Step] | None:
    """The step and its plan, if this person may see them; otherwise that is said."""
    plan = await context.services.plans.of_step(step_id)
    step = plan.step(step_id) if plan else None
    if plan and step and await may_see(context, plan):
        return plan, step
    await context.say("plan.step_gone", keyboard([button(context.text("menu.plan"), "go", "plan")]))
    return None


async def own_step(context: Context, step_id: int) -> tuple[Plan, Step] | None:
    """The same for a step that this person may change or report on."""
    both = await found_step(context, step_id)
    if both and not await may_write(context, both[0]):
        await context.say("plan.not_yours")
        return None
    return both


async def may_see(context: Context, plan: Plan) -> bool:
    """Whether a plan is of one's council; coordinators see all."""
    return context.person.may(Role.COORDINATOR) or await may_write(context, plan)


async def may_write(context: Context, plan: Plan) -> bool:
    """Whether this person follows the council of a plan."""
    return plan.commune_code in await councils_of(context)


async def councils_of(context: Context) -> list[str]:
    """The codes of the councils that this person follows."""
    return [council.code for council in await context.services.subscriptions.of_chat(context.person.id)]


async def say_subscribe_first(context: Context) -> None:
    """Plans are those of a council: without one, the way to it."""
    subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
    await context.say("plan.subscribe_first", keyboard([subscribing]))
