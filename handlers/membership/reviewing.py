"""The queue of requests, and one request whole: who looks at it, what was done to it."""

from markupsafe import Markup
from telegram import Bot, InlineKeyboardMarkup, Update

from bot.context import Context, Services, tell
from bot.core.authority import may_admit
from bot.core.membership import (
    AlreadyDecided,
    Changed,
    Done,
    MembershipRequest,
    OwnRequest,
    RequestState,
    Reviewed,
)
from bot.core.people import Ability, Person
from handlers.attachments import send_attachments
from handlers.keyboards import Row, button, column, keyboard
from handlers.membership.wording import (
    MARKS,
    age,
    dated,
    history,
    queue_button,
    reason_in_words,
    tell_applicant,
    to_queue,
    told,
)
from handlers.routing import number_of
from messages.dates import digits


async def requests(update: Update, context: Context) -> None:
    """/requests: those that nobody has decided, longest waiting first."""
    text, buttons = await _queue(context)
    await context.send(context.person.id, text, buttons)


async def show_queue(update: Update, context: Context) -> None:
    """Back to the queue."""
    await context.answer_press(update)
    text, buttons = await _queue(context)
    await context.show(update, text, buttons)


async def show_closed(update: Update, context: Context) -> None:
    """The last ones that were decided or withdrawn."""
    await context.answer_press(update)
    closed = _own_part(context, await context.services.membership.closed())
    rows = column(
        button(f"{MARKS[request.state]} {request.organisation[:50]}", "request", request.id)
        for request in closed
    )
    text = context.text("request.closed" if closed else "request.none_closed")
    await context.show(update, text, keyboard(*rows, [queue_button(context)]))


async def open_request(update: Update, context: Context) -> None:
    """One request, whole."""
    await context.answer_press(update)
    request = await context.services.membership.request(number_of(context))
    if request is None:
        await context.show(update, context.text("request.gone"), to_queue(context))
        return
    await show_request(update, context, request)


async def take(update: Update, context: Context) -> None:
    """A coordinator looks at it; the applicant hears of it the first time."""
    await context.answer_press(update)
    request_id = number_of(context)
    before = await context.services.membership.request(request_id)
    outcome = await context.services.membership.take(request_id, context.person.id, context.now)
    if not isinstance(outcome, Done):
        await show_outcome(update, context, outcome)
        return
    await show_request(update, context, outcome.request)
    applicant = await context.services.people.find(outcome.request.person_id)
    if applicant and before and before.state != outcome.request.state:
        text = context.text(
            "request.applicant.taken", applicant.language, organisation=outcome.request.organisation
        )
        await tell_applicant(context, outcome.request, text)


async def show_history(update: Update, context: Context) -> None:
    """Everything that was done to a request."""
    await context.answer_press(update)
    request_id = number_of(context)
    deeds = await context.services.membership.deeds(request_id)
    if not deeds:
        await context.show(update, context.text("request.gone"), to_queue(context))
        return
    back = button(context.text("button.back"), "request", request_id)
    await context.send(context.person.id, history(context, deeds), keyboard([back]))


async def show_documents(update: Update, context: Context) -> None:
    """What the applicant sent with it."""
    await context.answer_press(update)
    request = await context.services.membership.request(number_of(context))
    if request and not await send_attachments(context, request.document):
        await context.say("lesson.file_gone")


async def show_outcome(update: Update, context: Context, outcome: Reviewed | None) -> None:
    """Why nothing was done: what the first decided, what has changed, or that it is one's own."""
    match outcome:
        case Done(request):
            await show_request(update, context, request)
        case AlreadyDecided(request):
            decider = request.decided_by and await context.services.people.find(request.decided_by)
            name = decider.name if decider else context.text("request.somebody")
            before = context.text(f"request.decided_before.{request.state}", name=name)
            await show_request(update, context, request, before)
        case Changed(request):
            await show_request(update, context, request, context.text("request.changed"))
        case OwnRequest():
            await context.show(update, context.text("request.own"), to_queue(context))
        case None:
            await context.show(update, context.text("request.gone"), to_queue(context))


async def show_request(
    update: Update, context: Context, request: MembershipRequest, first: Markup | None = None
) -> None:
    """A request with how it stands and what can be done; `first` stands above it."""
    parts = [first] if first else []
    parts += [told(context, request), await _standing(context, request)]
    await context.show(update, Markup("\n\n").join(parts), _choices(context, request))


async def remind(services: Services, bot: Bot) -> None:
    """Remind coordinators of requests that wait too long; each is claimed before it is told."""
    for request in await services.membership.claim_reminders(services.clock()):
        days = (services.clock() - request.waits_since).days
        for one in await reviewers_of(services, request):
            text = services.catalogue.text(
                one.language,
                "request.remind",
                organisation=request.organisation,
                count=days,
                number=digits(one.language, days),
            )
            opening = button(services.catalogue.text(one.language, "request.open"), "request", request.id)
            await tell(services, bot, one.id, text, keyboard([opening]))


async def put_back(context: Context, request: MembershipRequest) -> None:
    """Whoever looked at it coordinates no longer: the others hear that it waits for somebody."""
    for one in await reviewers_of(context.services, request):
        text = context.text("request.put_back", one.language, organisation=request.organisation)
        opening = button(context.text("request.open", one.language), "request", request.id)
        await context.tell(one.id, text, keyboard([opening]))


async def reviewers_of(services: Services, request: MembershipRequest) -> list[Person]:
    """The coordinators who may decide about a request."""
    coordinators = await services.people.coordinators(Ability.REVIEW)
    provinces = request.application.provinces
    return [one for one in coordinators if one.id != request.person_id and may_admit(one, provinces)]


async def _queue(context: Context) -> tuple[Markup, InlineKeyboardMarkup]:
    waiting = _own_part(context, await context.services.membership.open())
    closed = [button(context.text("request.closed_button"), "r-closed")]
    rows = column(
        button(
            f"{MARKS[request.state]} {request.organisation[:36]} · {age(context, request.waits_since)}",
            "request",
            request.id,
        )
        for request in waiting
    )
    if not rows:
        return context.text("request.none"), keyboard(closed)
    number = digits(context.person.language, len(waiting))
    return context.text("request.queue", count=len(waiting), number=number), keyboard(*rows, closed)


def _own_part(context: Context, requests: list[MembershipRequest]) -> list[MembershipRequest]:
    """The requests of organisations that work where the coordinator does."""
    return [one for one in requests if may_admit(context.person, one.application.provinces)]


async def _standing(context: Context, request: MembershipRequest) -> Markup:
    """When it was sent, how it stands, who looks at it, and why it was decided so."""
    taker = request.is_open and request.taken_by and await context.services.people.find(request.taken_by)
    stands = context.text(f"request.state.{request.state}")
    if taker and request.state is RequestState.TAKEN:
        stands = context.text("request.taken_by", name=taker.name)
    lines = [
        context.text("request.sent_on", sent_on=dated(context, request.created_at)),
        Markup("{} {}").format(MARKS[request.state], stands),
    ]
    if request.reason:
        lines.append(Markup("💬 {}").format(reason_in_words(context, request.reason)))
    return Markup("\n").join(lines)


def _choices(context: Context, request: MembershipRequest) -> InlineKeyboardMarkup:
    """What a coordinator can do: the buttons count for the request as it is shown."""
    seen = (request.id, request.version)
    rows: list[Row] = []
    others = request.person_id != context.person.id
    if others and request.is_open:
        rows.append(
            [
                button(context.text("request.approve"), "r-approve", *seen),
                button(context.text("request.decline"), "r-decline", *seen),
            ]
        )
        asking = button(context.text("request.ask"), "r-ask", *seen)
        taking = button(context.text("request.take"), "r-take", request.id)
        rows.append([asking] if request.taken_by == context.person.id else [taking, asking])
    if others and request.can_be_undone(context.now):
        rows.append([button(context.text("request.undo"), "r-undo", *seen)])
    if request.document:
        rows.append([button(context.text("request.documents"), "r-documents", request.id)])
    rows.append([button(context.text("request.history"), "r-history", request.id), queue_button(context)])
    return keyboard(*rows)
