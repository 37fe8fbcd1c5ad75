"""Changing what somebody of the team may do, and taking their role away, with all that hangs on it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from markupsafe import Markup
from telegram import Update

from bot.context import Context
from bot.core.forms import Form
from bot.core.people import UNLIMITED, Needs, Person, Role, limits_of
from bot.core.team import LIMITS_FIELDS, Changed, LastAdministrator
from handlers import forms, inquiries
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.membership import reviewing
from handlers.menus import set_menu_of
from handlers.routing import groups_of, number_of
from handlers.team.colleagues import show_colleague
from handlers.team.wording import label, limits_in_words

DEEDS: Final[Mapping[str, Role]] = {
    "raise": Role.ADMINISTRATOR,
    "lower": Role.COORDINATOR,
    "revoke": Role.PERSON,
}
"""The role that each leaves somebody with."""


async def limit(update: Update, context: Context) -> None:
    """What a coordinator may do, and where, is to change."""
    await context.answer_press(update)
    person = await _changeable(update, context, number_of(context))
    if person and person.role is Role.COORDINATOR:
        await forms.begin(update, context, LIMITS, {**person.limits.answers, "person": str(person.id)})
    elif person:
        await show_colleague(update, context, person.id)


async def ask_first(update: Update, context: Context) -> None:
    """Giving and taking a role is asked once more."""
    await context.answer_press(update)
    deed, number = groups_of(context)
    person = await _changeable(update, context, int(number))
    if person is None:
        return
    asked = "step_down" if person.id == context.person.id else deed
    sure = context.text(f"team.sure.{asked}", name=person.name)
    yes = button(context.text(f"team.yes.{asked}"), "t-do", deed, person.id)
    no = button(context.text("button.leave_as_is"), "t", person.id)
    await context.show(update, sure, keyboard([yes], [no]))


async def change_role(update: Update, context: Context, needs: Mapping[str, Needs]) -> None:
    """Give or take a role; `needs` says what each kind of form needs."""
    await context.answer_press(update)
    deed, number = groups_of(context)
    person = await _changeable(update, context, int(number))
    if person is None:
        return
    after = replace(person, role=DEEDS[deed], limits=UNLIMITED)
    erased = [kind for kind, needed in needs.items() if not after.may(needed)]
    await _change(update, context, person, after, deed, erased)


async def _review(update: Update, context: Context, form: Form) -> None:
    person = await _changeable(update, context, int(form.answers["person"]))
    if person is None:
        await context.services.forms.discard(form)
        return
    limits = limits_in_words(context, Role.COORDINATOR, limits_of(form.answers))
    text = context.text("team.limit_review", name=person.name, limits=Markup("\n").join(limits))
    await context.send(
        context.person.id, text, keyboard(*review_rows(context, LIMITS, form, "team.limit_yes"))
    )


async def _confirm(update: Update, context: Context, form: Form) -> None:
    person = await _changeable(update, context, int(form.answers["person"]))
    if not await context.services.forms.discard(form) or person is None:
        return
    if person.role is not Role.COORDINATOR:
        await show_colleague(update, context, person.id)
        return
    await _change(update, context, person, replace(person, limits=limits_of(form.answers)), "limit", [])


async def _changeable(update: Update, context: Context, person_id: int) -> Person | None:
    """The colleague, unless they are gone, or the bot's settings name them; then that is shown."""
    colleague = await context.services.team.colleague(person_id)
    if colleague and not colleague.is_fixed:
        return colleague.person
    await show_colleague(update, context, person_id)
    return None


async def _change(
    update: Update, context: Context, person: Person, after: Person, deed: str, erased: list[str]
) -> None:
    """Write it, say so to everybody concerned, and put back into the queues what the person had taken."""
    outcome = await context.services.team.change(person, after, context.person.id, erased, context.now)
    match outcome:
        case Changed(talks, requests):
            await _say_done(update, context, after, deed)
            await _tell(context, after, deed)
            for inquiry in talks:
                await inquiries.put_back(context, inquiry)
            for request in requests:
                await reviewing.put_back(context, request)
        case LastAdministrator():
            await show_colleague(update, context, person.id, context.text("team.last"))
        case None:
            await show_colleague(update, context, person.id, context.text("team.changed_meanwhile"))


async def _say_done(update: Update, context: Context, after: Person, deed: str) -> None:
    if after.id == context.person.id:
        context.person = after
        await context.show(update, context.text("team.stepped_down"))
    else:
        await show_colleague(update, context, after.id, context.text(f"team.done.{deed}", name=after.name))


async def _tell(context: Context, after: Person, deed: str) -> None:
    """Tell the person, whose menu changes, and the other administrators."""
    me = context.person.id
    if after.id != me:
        limits = limits_in_words(context, after.role, after.limits, after.language)
        told = context.text(f"team.told.{deed}", after.language)
        text = Markup("\n\n").join([told, Markup("\n").join(limits)] if deed == "limit" else [told])
        await context.tell(after.id, text)
    await set_menu_of(context.bot, after, context.services.catalogue)
    for other in await context.services.people.coordinators(Role.ADMINISTRATOR):
        if other.id not in (me, after.id):
            key = "team.noted.step_down" if after.id == me else f"team.noted.{deed}"
            by = context.person.name
            await context.tell(other.id, context.text(key, other.language, name=after.name, by=by))


LIMITS: Final = FormKind(
    "limits", Role.ADMINISTRATOR, LIMITS_FIELDS, _review, _confirm, label=label, wording="invite"
)
