"""How people come into the team: one-time links that give a role, within limits, for some days."""

from typing import Final

from markupsafe import Markup
from telegram import Update
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.forms import Form
from bot.core.people import Role, digest_of, invite, limits_of
from bot.core.team import INVITE_FIELDS, LIFETIMES, LIMITS_FIELDS, ROLES, offered
from handlers import forms
from handlers.forms import FormKind, cancel_button, change_buttons
from handlers.keyboards import button, grid, keyboard
from handlers.menus import set_menu_of
from handlers.routing import groups_of
from handlers.team.colleagues import team_page
from handlers.team.wording import label, limits_in_words, role_name


async def invite_somebody(update: Update, context: Context) -> None:
    """/invite: a link to the team; as usual, or with other limits."""
    await forms.begin(update, context, INVITE, {})


async def begin(update: Update, context: Context) -> None:
    """The same from the list of the team."""
    await context.answer_press(update)
    await invite_somebody(update, context)


async def take_back(update: Update, context: Context) -> None:
    """An open invitation is void from now on."""
    await context.answer_press(update)
    done = await context.services.team.take_back(groups_of(context)[0])
    first = context.text("team.taken_back" if done else "invitation.void_already")
    text, buttons = await team_page(context)
    await context.show(update, Markup("\n\n").join([first, text]), buttons)


async def accept(update: Update, context: Context, token: str) -> None:
    """A one-time link was opened. It is left for somebody else by a person who needs it not."""
    people, digest = context.services.people, digest_of(token)
    grant = await people.grant_of(digest, context.now)
    if grant is None or grant.organisation_id is not None:
        await context.say("invitation.void")
        return
    if context.person.may(grant.role):
        await context.say("invitation.not_needed")
        return
    if await people.accept_invitation(digest, context.person.id, context.now) is None:
        await context.say("invitation.void")
        return
    context.person = person = await people.find(context.person.id) or context.person
    accepted = context.text(f"invitation.accepted.{person.role.name.lower()}")
    limits = limits_in_words(context, person.role, person.limits)
    text = Markup("\n\n").join([accepted, Markup("\n").join(limits)] if limits else [accepted])
    await context.send(person.id, text)
    await set_menu_of(context.bot, person, context.services.catalogue)
    for other in await people.coordinators(Role.ADMINISTRATOR):
        if other.id != person.id:
            role = context.text(f"role.{person.role.name.lower()}", other.language)
            told = context.text("team.joined", other.language, name=person.name, role=role)
            seeing = button(context.text("team.open", other.language), "t", person.id)
            await context.tell(other.id, told, keyboard([seeing]))


async def _review(update: Update, context: Context, form: Form) -> None:
    role = ROLES[form.answers["role"]]
    limits = offered(role, limits_of(form.answers))
    text = context.text(
        "invitation.review",
        role=role_name(context, role),
        limits=Markup("\n").join(limits_in_words(context, role, limits) or [context.text("team.all")]),
        lifetime=label(context, "lifetime", form.answers["lifetime"]),
    )
    fields = [one for one in INVITE_FIELDS if role is Role.COORDINATOR or one not in LIMITS_FIELDS]
    making = button(context.text("invitation.make"), "form", "confirm", INVITE.name, form.version)
    changes = grid(change_buttons(context, INVITE, form, fields))
    await context.send(context.person.id, text, keyboard([making], *changes, [cancel_button(context, form)]))


async def _confirm(update: Update, context: Context, form: Form) -> None:
    role, lifetime = ROLES[form.answers["role"]], LIFETIMES[form.answers["lifetime"]]
    limits = offered(role, limits_of(form.answers))
    invitation = invite(role, context.now, lifetime, limits=limits)
    if not await context.services.team.invite(form, invitation, context.person.id, context.now):
        await context.say("form.old_button")
        return
    text = context.text(
        "invitation.link",
        role=role_name(context, role),
        lifetime=label(context, "lifetime", form.answers["lifetime"]),
        link=create_deep_linked_url(context.bot.username, f"invite-{invitation.token}"),
    )
    listing = button(context.text("team.to_list"), "go", "team")  # in a new message: the link stays
    await context.show(update, text, keyboard([listing]))


INVITE: Final = FormKind("invite", Role.ADMINISTRATOR, INVITE_FIELDS, _review, _confirm, label=label)
