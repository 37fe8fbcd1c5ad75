"""Approving, declining with a reason, asking for more, and taking a decision back."""

from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core import membership as core
from bot.core.forms import Form
from bot.core.membership import (
    Done,
    MembershipRequest,
    RequestState,
    why_not,
)
from bot.core.people import Ability
from handlers import forms
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.membership.reviewing import reviewers_of, show_outcome, show_request
from handlers.membership.wording import queue_button, reason_in_words, reason_label, tell_applicant
from handlers.routing import groups_of
from handlers.scopes import REQUEST


async def approve(update: Update, context: Context) -> None:
    """Approving is asked once more, and can go with a word: the organisation hears of it at once."""
    await _begin(update, context, ADMIT)


async def decline(update: Update, context: Context) -> None:
    """Declining asks for a reason first."""
    await _begin(update, context, DECLINE)


async def ask(update: Update, context: Context) -> None:
    """What a coordinator still wants to know."""
    await _begin(update, context, CLARIFY)


async def undo(update: Update, context: Context) -> None:
    """Take a decision back within a day; everybody who heard of it hears of this."""
    await context.answer_press(update)
    request_id, version = map(int, groups_of(context))
    membership = context.services.membership
    request = await membership.undo(request_id, version, context.person.id, context.now)
    if request is None:
        await context.show(update, context.text("request.not_undone"), keyboard([queue_button(context)]))
        return
    await show_request(update, context, request, context.text("request.undone"))
    applicant = await context.services.people.find(request.person_id)
    if applicant:
        text = context.text("request.applicant.undone", applicant.language, organisation=request.organisation)
        await tell_applicant(context, request, text)
    await _tell_other_coordinators(context, request, "request.undone_by_other")


async def _begin(update: Update, context: Context, kind: FormKind) -> None:
    """Open the form for a deed, if the request is still as it was shown."""
    await context.answer_press(update)
    request_id, version = map(int, groups_of(context))
    request = await context.services.membership.request(request_id)
    as_seen = request is not None and request.is_open and request.version == version
    if request is None or not as_seen or request.person_id == context.person.id:
        outcome = why_not(request, context.person.id) if request else None
        await show_outcome(update, context, outcome)
        return
    answers = {"request": str(request_id), "version": str(version), "organisation": request.organisation}
    await forms.begin(update, context, kind, answers)


async def _review_admit(update: Update, context: Context, form: Form) -> None:
    reason = form.answers["reason"]
    await context.say(
        "request.approve_sure_reason" if reason else "request.approve_sure",
        keyboard(*review_rows(context, ADMIT, form, "request.approve_yes")),
        organisation=form.answers["organisation"],
        reason=reason,
    )


async def _review_decline(update: Update, context: Context, form: Form) -> None:
    await context.say(
        "request.decline_sure",
        keyboard(*review_rows(context, DECLINE, form, "request.decline_yes")),
        organisation=form.answers["organisation"],
        reason=reason_in_words(context, form.answers["reason"]),
    )


async def _review_clarify(update: Update, context: Context, form: Form) -> None:
    await context.say(
        "request.ask_sure",
        keyboard(*review_rows(context, CLARIFY, form, "request.ask_yes")),
        organisation=form.answers["organisation"],
        question=form.answers["question"],
    )


async def _confirm_admit(update: Update, context: Context, form: Form) -> None:
    await _decide(update, context, form, RequestState.APPROVED)


async def _confirm_decline(update: Update, context: Context, form: Form) -> None:
    await _decide(update, context, form, RequestState.DECLINED)


async def _confirm_clarify(update: Update, context: Context, form: Form) -> None:
    """The applicant is asked; the request waits for them."""
    request_id, version, question = _of(form), int(form.answers["version"]), form.answers["question"]
    membership = context.services.membership
    outcome = await membership.ask(request_id, version, context.person.id, context.now, question)
    await context.services.forms.discard(form)
    if not isinstance(outcome, Done):
        await show_outcome(update, context, outcome)
        return
    request = outcome.request
    applicant = await context.services.people.find(request.person_id)
    reached = False
    if applicant:
        text = context.text(
            "request.applicant.asked",
            applicant.language,
            organisation=request.organisation,
            question=question,
        )
        replying = button(context.text("request.reply", applicant.language), "r-reply", request.id)
        reached = await tell_applicant(context, request, text, replying)
    await _show_done(update, context, request, "request.asked", reached)


async def _decide(update: Update, context: Context, form: Form, state: RequestState) -> None:
    """Write the decision, unless somebody did before, and tell both sides."""
    request_id, version, reason = _of(form), int(form.answers["version"]), form.answers["reason"]
    membership = context.services.membership
    outcome = await membership.decide(request_id, version, state, context.person.id, context.now, reason)
    await context.services.forms.discard(form)
    if not isinstance(outcome, Done):
        await show_outcome(update, context, outcome)
        return
    request = outcome.request
    reached = await _tell_decision(context, request)
    await _show_done(update, context, request, f"request.decided.{state}", reached)
    await _tell_other_coordinators(context, request, f"request.decided_by_other.{state}")


async def _show_done(
    update: Update, context: Context, request: MembershipRequest, key: str, reached: bool
) -> None:
    parts = [context.text(key, organisation=request.organisation)]
    if not reached:
        parts.append(context.text("request.not_told"))
    undoing = button(context.text("request.undo"), "r-undo", request.id, request.version)
    rows = [[undoing]] if request.can_be_undone(context.now) else []
    await context.show(update, Markup("\n").join(parts), keyboard(*rows, [queue_button(context)]))


async def _tell_decision(context: Context, request: MembershipRequest) -> bool:
    """Tell the applicant, with what comes next: a member's first steps, or correcting and asking again."""
    applicant = await context.services.people.find(request.person_id)
    if applicant is None:
        return False
    language = applicant.language
    parts = [context.text(f"request.applicant.{request.state}", language, organisation=request.organisation)]
    if request.reason:
        reason = reason_in_words(context, request.reason, language)
        parts.insert(1, Markup("💬 {}").format(reason))
    if request.state is RequestState.APPROVED:
        parts.append(context.text("request.next_steps", language))
        buttons = [
            button(context.text("members.invite", language), "o-invite", request.organisation_id),
            button(context.text("menu.subscribe", language), "go", "subscribe"),
            button(context.text("menu.members", language), "go", "members"),
        ]
    else:
        parts.append(context.text("request.ask_again", language))
        buttons = [button(context.text("request.correct_and_send", language), "r-correct", request.id)]
    return await tell_applicant(context, request, Markup("\n\n").join(parts), *buttons)


async def _tell_other_coordinators(context: Context, request: MembershipRequest, key: str) -> None:
    for other in await reviewers_of(context.services, request):
        if other.id != context.person.id:
            text = context.text(
                key, other.language, name=context.person.name, organisation=request.organisation
            )
            await context.tell(other.id, text)


def _of(form: Form) -> int:
    return int(form.answers["request"])


ADMIT: Final = FormKind(
    "admit",
    Ability.REVIEW,
    core.ADMIT_FIELDS,
    _review_admit,
    _confirm_admit,
    takes_questions=True,
    within=REQUEST,
)
DECLINE: Final = FormKind(
    "decline",
    Ability.REVIEW,
    core.DECLINE_FIELDS,
    _review_decline,
    _confirm_decline,
    takes_questions=True,
    label=reason_label,
    within=REQUEST,
)
CLARIFY: Final = FormKind(
    "clarify",
    Ability.REVIEW,
    core.CLARIFY_FIELDS,
    _review_clarify,
    _confirm_clarify,
    takes_questions=True,
    within=REQUEST,
)
