"""Asking to become a member: the form, how one's request stands, correcting and withdrawing it."""

from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.applications import FIELDS, application_of
from bot.core.directory import Organisation
from bot.core.forms import Form
from bot.core.membership import (
    DeedKind,
    MemberAlready,
    MembershipRequest,
    RequestState,
    Sent,
    Waits,
)
from bot.core.people import Role
from handlers import forms, privacy
from handlers.forms import FormKind, cancel_button, review_rows
from handlers.keyboards import Row, button, column, keyboard
from handlers.membership.reviewing import reviewers_of
from handlers.membership.wording import dated, label, reason_in_words, told
from handlers.routing import number_of


async def join(update: Update, context: Context) -> None:
    """/join: ask to become a member, or see how one's request stands."""
    services, person_id = context.services, context.person.id
    latest = await services.membership.latest_of(person_id)
    represented = await services.directory.of_person(person_id)
    if draft := await services.forms.draft(person_id, JOIN.name):
        await _offer_draft(context, draft)
    elif latest and latest.is_open:
        text, buttons = await _status(context, latest)
        await context.send(person_id, text, buttons)
    elif represented:
        await _say_represented(context, represented)
    elif latest and latest.state is not RequestState.APPROVED:
        text, buttons = await _status(context, latest)
        await context.send(person_id, text, buttons)
    else:
        await _begin(update, context)


async def request(update: Update, context: Context) -> None:
    """How one's own request stands; who has none is told so, and can make one."""
    services, person_id = context.services, context.person.id
    if (
        await services.membership.latest_of(person_id)
        or await services.forms.draft(person_id, JOIN.name)
        or await services.directory.of_person(person_id)
    ):
        await join(update, context)
    else:
        joining = button(context.text("menu.join"), "go", "join")
        await context.say("request.none_made", keyboard([joining]))


async def remind_of_draft(context: Context) -> None:
    """Whoever comes back hears of the request that they began."""
    if draft := await context.services.forms.draft(context.person.id, JOIN.name):
        await _offer_draft(context, draft)


async def go_on(update: Update, context: Context) -> None:
    """Take the draft up where it stopped."""
    await context.answer_press(update)
    draft = await context.services.forms.draft(context.person.id, JOIN.name)
    if draft:
        await forms.save_and_ask(update, context, JOIN, draft)
    else:
        await join(update, context)


async def begin_anew(update: Update, context: Context) -> None:
    """Erase the draft that the button was shown for, and begin with an empty form."""
    await context.answer_press(update)
    draft = await context.services.forms.draft(context.person.id, JOIN.name)
    if draft and draft.version == number_of(context):
        await context.services.forms.discard(draft)
        await _begin(update, context)
    else:
        await join(update, context)


async def begin_another(update: Update, context: Context) -> None:
    """A member's representative asks for another organisation; not while a request of theirs is open."""
    await context.answer_press(update)
    latest = await context.services.membership.latest_of(context.person.id)
    draft = await context.services.forms.draft(context.person.id, JOIN.name)
    if draft or (latest and latest.is_open):
        await join(update, context)
    else:
        await _begin(update, context)


async def show_privacy(update: Update, context: Context) -> None:
    """What is kept, without leaving the form."""
    await context.answer_press(update)
    back = button(context.text("request.go_back"), "join-on")
    await context.send(context.person.id, privacy.what_is_kept(context), keyboard([back]))


async def show_fields(update: Update, context: Context) -> None:
    """The fields of the form, each to be changed: in the place of the few buttons under the review."""
    draft = await context.services.forms.draft(context.person.id, JOIN.name)
    if draft is None or draft.version != number_of(context):
        await context.answer_press(update, "form.old_button")
        return
    await context.answer_press(update)
    await context.change_keyboard(update, keyboard(*review_rows(context, JOIN, draft, "request.send")))


async def correct(update: Update, context: Context) -> None:
    """Open the form with what one's request says, to be changed and sent again."""
    await context.answer_press(update)
    request = await context.services.membership.request(number_of(context))
    if request and request.person_id == context.person.id and request.state is not RequestState.APPROVED:
        await forms.begin(update, context, JOIN, request.application.answers)
    else:
        await context.say("request.not_waiting")


async def ask_to_withdraw(update: Update, context: Context) -> None:
    """Withdrawing is asked once more."""
    await context.answer_press(update)
    yes = button(context.text("request.withdraw_yes"), "withdrawn", number_of(context))
    no = button(context.text("request.withdraw_no"), "go", "join")
    await context.show(update, context.text("request.withdraw_sure"), keyboard([yes], [no]))


async def withdraw(update: Update, context: Context) -> None:
    """The applicant takes the request back; who was looking at it hears of it."""
    await context.answer_press(update)
    services = context.services
    withdrawn = await services.membership.withdraw(number_of(context), context.person.id, context.now)
    await context.show(update, context.text("request.withdrawn" if withdrawn else "request.not_waiting"))
    reviewer = withdrawn and withdrawn.taken_by and await services.people.find(withdrawn.taken_by)
    if withdrawn and reviewer:
        key, language = "request.withdrawn_by_applicant", reviewer.language
        await context.tell(reviewer.id, context.text(key, language, organisation=withdrawn.organisation))


async def tell_coordinators(
    context: Context, request: MembershipRequest, key: str, only: int | None = None
) -> None:
    """Put a request before the coordinators, or before the one who looks at it; never the applicant."""
    coordinators = await reviewers_of(context.services, request)
    chosen = [one for one in coordinators if one.id == only] or coordinators
    for one in chosen:
        if one.id != context.person.id:
            opening = button(context.text("request.open", one.language), "request", request.id)
            text = context.text(key, one.language, organisation=request.organisation)
            await context.tell(one.id, text, keyboard([opening]))


async def _begin(update: Update, context: Context) -> None:
    await context.say("request.why_asked")
    await forms.begin(update, context, JOIN)


async def _offer_draft(context: Context, draft: Form) -> None:
    organisation = draft.answers.get("organisation")
    text = context.text("request.draft")
    if organisation:
        text = context.text("request.draft_of", organisation=organisation)
    await context.send(
        context.person.id,
        text,
        keyboard(
            [button(context.text("request.go_on"), "join-on")],
            [button(context.text("request.anew"), "join-anew", draft.version)],
        ),
    )


async def _status(context: Context, request: MembershipRequest) -> tuple[Markup, InlineKeyboardMarkup]:
    """How one's own request stands, and what one can do about it."""
    state = context.text(f"request.status.{request.state}")
    parts = [
        context.text(
            "request.yours", organisation=request.organisation, sent_on=dated(context, request.created_at)
        ),
        state,
    ]
    rows: list[Row] = []
    if request.state is RequestState.ASKED:
        deeds = await context.services.membership.deeds(request.id)
        question = next(deed.text for deed in reversed(deeds) if deed.kind is DeedKind.ASKED)
        parts.append(Markup("«{}»").format(question))
        rows.append([button(context.text("request.reply"), "r-reply", request.id)])
    if request.reason:
        parts.append(Markup("💬 {}").format(reason_in_words(context, request.reason)))
    if request.is_open:
        rows.append([button(context.text("request.correct"), "r-correct", request.id)])
        rows.append([button(context.text("request.withdraw"), "withdraw", request.id)])
    else:
        rows.append([button(context.text("request.correct_and_send"), "r-correct", request.id)])
    return Markup("\n\n").join(parts), keyboard(*rows)


async def _say_represented(context: Context, represented: list[Organisation]) -> None:
    rows = column(button(f"🏢 {one.name}"[:60], "o", one.id) for one in represented)
    another = button(context.text("request.another"), "join")
    await context.say(
        "request.is_member",
        keyboard(*rows, [another]),
        organisation=", ".join(one.name for one in represented),
    )


async def _review(update: Update, context: Context, form: Form) -> None:
    """Everything at a glance; the fields to change are a press further, so that a phone shows it whole."""
    text = Markup("\n\n").join(
        [
            context.text("request.check"),
            told(context, application_of(form.answers)),
            context.text("request.consent"),
        ]
    )
    await context.send(
        context.person.id,
        text,
        keyboard(
            [button(context.text("request.send"), "form", "confirm", JOIN.name, form.version)],
            [button(context.text("request.change"), "join-fields", form.version)],
            [button(context.text("request.privacy"), "join-privacy")],
            [cancel_button(context, form)],
        ),
    )


async def _submit(update: Update, context: Context, form: Form) -> None:
    match await context.services.membership.submit(form, context.person.id, context.now):
        case Sent(request, again):
            await context.show(update, context.text("request.sent", organisation=request.organisation))
            key = "request.again" if again else "request.new"
            await tell_coordinators(context, request, key, request.taken_by)
        case Waits(request):
            await context.show(update, context.text("request.waits_already"))
            await tell_coordinators(context, request, "request.repeated", request.taken_by)
        case MemberAlready(organisation):
            changing = button(
                context.text("form.join.organisation.change"),
                "form",
                "change-organisation",
                JOIN.name,
                form.version,
            )
            text = context.text("request.member_already", organisation=organisation.name)
            await context.show(update, text, keyboard([changing], [cancel_button(context, form)]))
        case None:
            await context.say("form.old_button")


JOIN: Final = FormKind("join", Role.PERSON, FIELDS, _review, _submit, label=label)
