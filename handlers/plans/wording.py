"""Action plans in words, and the button that leads to one from an event's page."""

from datetime import date
from typing import Final

from markupsafe import Markup, escape

from bot.context import Context, Services
from bot.core.audiences import Audience
from bot.core.councils import commune
from bot.core.events.event import Event
from bot.core.people import Language, Role
from bot.core.plans import Plan, Step, StepReport, StepState
from handlers.keyboards import Row, button
from handlers.naming import council_name
from messages.catalogue import Catalogue
from messages.dates import day, digits

MARKS: Final = {
    StepState.OPEN: "⚪️",
    StepState.DONE: "✅",
    StepState.PARTLY: "🔸",
    StepState.NOT_YET: "⏳",
}
_OVERDUE: Final = "⏰"
_LEFT: Final = "🔕"


async def plan_row(context: Context, event: Event) -> Row:
    """Under an event that has begun: the plan that one's council makes of it."""
    if not await may_plan(context, event):
        return []
    return [button(context.text("plan.of_event"), "p-event", event.id)]


async def may_plan(context: Context, event: Event) -> bool:
    """Whether this person can write a plan after an event: it has begun, and they registered for it."""
    if not event.is_planned or event.details.starts_at > context.now:
        return False
    if context.person.may(Role.COORDINATOR):
        return True
    return await context.services.audiences.includes(Audience(event=event.id), context.person.id)


def council_of(catalogue: Catalogue, language: Language, commune_code: str) -> str:
    """The name of a plan's council."""
    council = commune(commune_code)
    return council_name(catalogue, language, council) if council else commune_code


def label(context: Context, plan: Plan) -> str:
    """A plan in a list: of what event, if any, of which council, and how far it is."""
    language = context.person.language
    place = plan.council.name(language) if plan.council else plan.commune_code
    about = f"{place} · {plan.event[:_SHORT]}" if plan.event else place
    return f"{about} · {digits(language, f'{plan.done}/{len(plan.steps)}')}"


def heading(catalogue: Catalogue, language: Language, commune_code: str, event: str) -> Markup:
    """Whose plan it is, and after what event."""
    lines = [Markup("📍 {}").format(council_of(catalogue, language, commune_code))]
    if event:
        lines.append(Markup("📅 {}").format(event))
    return Markup("\n").join([catalogue.text(language, "plan.heading"), *lines])


def whole(context: Context, plan: Plan) -> Markup:
    """A plan with its steps, and how each stands."""
    language, today = context.person.language, context.now.date()
    head = heading(context.services.catalogue, language, plan.commune_code, plan.event)
    if not plan.steps:
        return Markup("\n\n").join([head, context.text("plan.no_steps")])
    done = context.text(
        "plan.done_of", done=digits(language, plan.done), total=digits(language, len(plan.steps))
    )
    lines = [
        Markup("{}. {} {}\n{}").format(
            digits(language, number), mark(step, today), step.what, duty(language, step)
        )
        for number, step in enumerate(plan.steps, 1)
    ]
    return Markup("\n\n").join([head, done, *lines])


def mark(step: Step, today: date) -> str:
    """The sign for how a step stands."""
    if step.is_left:
        return _LEFT
    return _OVERDUE if step.is_overdue(today) else MARKS[step.state]


def duty(language: Language, step: Step) -> Markup:
    """Who does a step, and until when."""
    return Markup("👤 {}\n📅 {}").format(step.who, day(language, step.due))


async def step_page(context: Context, plan: Plan, step: Step) -> Markup:
    """All about one step: how it stands, what was reported, when it is asked about."""
    language, zone = context.person.language, context.services.timezone
    parts = [
        heading(context.services.catalogue, language, plan.commune_code, plan.event),
        Markup("<b>{}</b>\n{}\n{}").format(step.what, duty(language, step), state_line(context, step)),
    ]
    parts += [await _reported(context, report) for report in step.reports]
    if step.ask_at and not step.is_done:
        when = day(language, step.ask_at.astimezone(zone))
        parts.append(context.text("plan.asked_on", day=when))
    elif step.is_left:
        parts.append(context.text("plan.left"))
    return Markup("\n\n").join(parts)


def state_line(context: Context, step: Step) -> Markup:
    """How a step stands, in words."""
    today = context.now.date()
    name = "overdue" if step.is_overdue(today) else step.state
    return Markup("{} {}").format(mark(step, today), context.text(f"plan.state.{name}"))


async def _reported(context: Context, report: StepReport) -> Markup:
    """One report; coordinators also read whose it is."""
    language = context.person.language
    when = day(language, report.at.astimezone(context.services.timezone))
    facts = [context.text(f"plan.state.{report.state}"), escape(when)]
    if context.person.may(Role.COORDINATOR):
        person = await context.services.people.find(report.by)
        facts.append(escape(person.name if person else "–"))
    line = Markup("{} {}").format(MARKS[report.state], Markup(" · ").join(facts))
    return Markup("\n").join([line, escape(report.sentence)]) if report.sentence else line


def question(services: Services, language: Language, plan: Plan, step: Step) -> Markup:
    """What people are asked after the day of a step."""
    return services.catalogue.text(
        language,
        "plan.question",
        what=step.what,
        duty=duty(language, step),
        council=council_of(services.catalogue, language, plan.commune_code),
    )


_SHORT: Final = 40
