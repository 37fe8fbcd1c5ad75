"""Membership: an organisation asks to join, a coordinator decides, and the organisation hears of it."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core import membership as core
from bot.core.forms import Form
from bot.core.membership import (
    AlreadyDecided,
    Decided,
    MembershipRequest,
    OwnRequest,
    RequestState,
)
from bot.core.people import Role
from handlers import forms
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, column, keyboard
from handlers.routing import number_of
from messages.dates import day, digits


async def join(update: Update, context: Context) -> None:
    """/join: ask to become a member, or see how one's request stands."""
    latest = await context.services.membership.latest_of(context.person.id)
    if await context.services.forms.draft(context.person.id, JOIN.name):
        await begin(update, context)
    elif latest and latest.state is RequestState.NEW:
        withdrawing = button(context.text("request.withdraw"), "withdraw", latest.id)
        await context.say("request.waiting", keyboard([withdrawing]), organisation=latest.organisation)
    elif latest and latest.state is RequestState.APPROVED:
        another = button(context.text("request.another"), "join")
        await context.say("request.is_member", keyboard([another]), organisation=latest.organisation)
    else:
        await begin(update, context)


async def request(update: Update, context: Context) -> None:
    """How one's own request stands; who has none is told so, and can make one."""
    latest = await context.services.membership.latest_of(context.person.id)
    drafted = await context.services.forms.draft(context.person.id, JOIN.name)
    joining = button(context.text("menu.join"), "go", "join")
    if drafted or (latest and latest.state in (RequestState.NEW, RequestState.APPROVED)):
        await join(update, context)
    elif latest:
        yours = context.text("request.yours", organisation=latest.organisation)
        state = context.text(f"request.state.{latest.state}")
        await context.send(context.person.id, Markup("\n").join([yours, state]), keyboard([joining]))
    else:
        await context.say("request.none_made", keyboard([joining]))


async def begin_another(update: Update, context: Context) -> None:
    """A member asks for another organisation; not while a request of theirs waits."""
    await context.answer_press(update)
    latest = await context.services.membership.latest_of(context.person.id)
    if latest and latest.state is RequestState.NEW:
        await join(update, context)
    else:
        await begin(update, context)


async def begin(update: Update, context: Context) -> None:
    """Open the form, with the reason for its questions when it is new."""
    if not await context.services.forms.draft(context.person.id, JOIN.name):
        await context.say("request.why_asked")
    await forms.begin(update, context, JOIN)


async def ask_to_withdraw(update: Update, context: Context) -> None:
    """Withdrawing is asked once more."""
    await context.answer_press(update)
    yes = button(context.text("request.withdraw_yes"), "withdrawn", number_of(context))
    no = button(context.text("request.withdraw_no"), "go", "join")
    await context.show(update, context.text("request.withdraw_sure"), keyboard([yes], [no]))


async def withdraw(update: Update, context: Context) -> None:
    """The applicant takes the request back."""
    done = await context.services.membership.withdraw(number_of(context), context.person.id, context.now)
    await context.answer_press(update)
    await context.show(update, context.text("request.withdrawn" if done else "request.not_waiting"))


async def members(update: Update, context: Context) -> None:
    """/members: every organisation, those of the brief first."""
    organisations = await context.services.membership.organisations()
    language = context.person.language
    founding = [o for o in organisations if o.founding]
    joined = [o for o in organisations if not o.founding]
    paragraphs = [context.text("members.founding", number=digits(language, len(founding))), _names(founding)]
    if joined:
        paragraphs += [context.text("members.joined", number=digits(language, len(joined))), _names(joined)]
    joining = button(context.text("menu.join"), "go", "join")
    await context.send(context.person.id, Markup("\n\n").join(paragraphs), keyboard([joining]))


async def requests(update: Update, context: Context) -> None:
    """/requests: those that wait for a decision, oldest first."""
    text, buttons = await _queue(context)
    await context.send(context.person.id, text, buttons)


async def show_queue(update: Update, context: Context) -> None:
    """Back to the queue."""
    await context.answer_press(update)
    text, buttons = await _queue(context)
    await context.show(update, text, buttons)


async def open_request(update: Update, context: Context) -> None:
    """One request, whole."""
    request = await context.services.membership.request(number_of(context))
    await context.answer_press(update)
    if request is None:
        await context.say("request.gone")
        return
    await context.show(update, _whole(context, request), _choices(context, request))


async def ask_to_approve(update: Update, context: Context) -> None:
    """Approving is asked once more: the organisation hears of it at once."""
    request = await context.services.membership.request(number_of(context))
    await context.answer_press(update)
    if request is None:
        await context.say("request.gone")
        return
    if request.state is not RequestState.NEW:
        await context.show(update, _whole(context, request), _to_queue(context))
        return
    yes = button(context.text("request.approve_yes"), "approved", request.id)
    no = button(context.text("button.back"), "request", request.id)
    text = context.text("request.approve_sure", organisation=request.organisation)
    await context.show(update, text, keyboard([yes], [no]))


async def approve(update: Update, context: Context) -> None:
    """The request is approved."""
    await context.answer_press(update)
    await _decide(update, context, number_of(context), RequestState.APPROVED, "")


async def decline(update: Update, context: Context) -> None:
    """Declining asks for a reason first."""
    request = await context.services.membership.request(number_of(context))
    await context.answer_press(update)
    if request is None or request.state is not RequestState.NEW:
        await context.say("request.gone")
        return
    answers = {"request": str(request.id), "organisation": request.organisation}
    await forms.begin(update, context, DECLINE, answers)


async def _review_join(update: Update, context: Context, form: Form) -> None:
    rows = review_rows(context, JOIN, form, "request.send")
    await context.say("request.review", keyboard(*rows), **form.answers)


async def _submit(update: Update, context: Context, form: Form) -> None:
    request = await context.services.membership.submit(form, context.person.id, context.now)
    if request is None:
        await context.say("form.old_button")
        return
    for coordinator in await context.services.people.coordinators():
        opening = button(context.text("request.open", coordinator.language), "request", request.id)
        text = context.text("request.new", coordinator.language, organisation=request.organisation)
        await context.tell(coordinator.id, text, keyboard([opening]))
    await context.show(update, context.text("request.sent", organisation=request.organisation))


async def _review_decline(update: Update, context: Context, form: Form) -> None:
    rows = review_rows(context, DECLINE, form, "request.decline_yes")
    await context.say(
        "request.decline_sure" if form.answers["reason"] else "request.decline_sure_no_reason",
        keyboard(*rows),
        **form.answers,
    )


async def _confirm_decline(update: Update, context: Context, form: Form) -> None:
    request_id, reason = int(form.answers["request"]), form.answers["reason"]
    await _decide(update, context, request_id, RequestState.DECLINED, reason)
    await context.services.forms.discard(form)


async def _decide(
    update: Update, context: Context, request_id: int, state: RequestState, reason: str
) -> None:
    """Write the decision, unless somebody did before, and tell both sides."""
    services = context.services
    match await services.membership.decide(request_id, state, context.person.id, context.now, reason):
        case Decided(request):
            told = await _tell_applicant(context, request)
            text = context.text(f"request.decided.{state}", organisation=request.organisation)
            if not told:
                text = Markup("\n").join([text, context.text("request.not_told")])
            await context.show(update, text, _to_queue(context))
            await _tell_other_coordinators(context, request)
        case AlreadyDecided(request):
            await context.show(update, _whole(context, request), _to_queue(context))
        case OwnRequest():
            await context.show(update, context.text("request.own"), _to_queue(context))
        case None:
            await context.show(update, context.text("request.gone"), _to_queue(context))


async def _tell_applicant(context: Context, request: MembershipRequest) -> bool:
    applicant = await context.services.people.find(request.person_id)
    if applicant is None:
        return False
    key = f"request.applicant.{request.state}"
    if request.reason:
        key += "_reason"
    text = context.text(key, applicant.language, organisation=request.organisation, reason=request.reason)
    subscribing = button(context.text("menu.subscribe", applicant.language), "go", "subscribe")
    approved = request.state is RequestState.APPROVED
    return bool(await context.tell(applicant.id, text, keyboard([subscribing]) if approved else None))


async def _tell_other_coordinators(context: Context, request: MembershipRequest) -> None:
    for other in await context.services.people.coordinators():
        if other.id != context.person.id:
            text = context.text(
                f"request.decided_by_other.{request.state}",
                other.language,
                name=context.person.name,
                organisation=request.organisation,
            )
            await context.tell(other.id, text)


async def _queue(context: Context) -> tuple[Markup, InlineKeyboardMarkup | None]:
    waiting = await context.services.membership.waiting()
    if not waiting:
        return context.text("request.none"), None
    number = digits(context.person.language, len(waiting))
    rows = column(button(request.organisation, "request", request.id) for request in waiting[:_MOST_LISTED])
    return context.text("request.queue", count=len(waiting), number=number), keyboard(*rows)


def _whole(context: Context, request: MembershipRequest) -> Markup:
    sent_on = day(context.person.language, request.created_at.astimezone(context.services.timezone))
    whole = context.text(
        "request.whole",
        organisation=request.organisation,
        contact=request.contact,
        telephone=request.telephone,
        why=request.why,
        sent_on=sent_on,
    )
    return Markup("\n\n").join([whole, context.text(f"request.state.{request.state}")])


def _choices(context: Context, request: MembershipRequest) -> InlineKeyboardMarkup:
    if request.state is not RequestState.NEW:
        return _to_queue(context)
    return keyboard(
        [
            button(context.text("request.approve"), "approve", request.id),
            button(context.text("request.decline"), "decline", request.id),
        ],
        [button(context.text("request.to_queue"), "requests")],
    )


def _to_queue(context: Context) -> InlineKeyboardMarkup:
    return keyboard([button(context.text("request.to_queue"), "requests")])


def _names(organisations: list[core.Organisation]) -> Markup:
    return Markup("\n").join(Markup("• {}").format(organisation.name) for organisation in organisations)


_MOST_LISTED: Final = 30
JOIN: Final = FormKind("join", Role.PERSON, core.FIELDS, _review_join, _submit)
DECLINE: Final = FormKind(
    "decline",
    Role.COORDINATOR,
    core.DECLINE_FIELDS,
    _review_decline,
    _confirm_decline,
    about=("request",),
)
