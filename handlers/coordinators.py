"""How people become coordinators: one-time links that give a role."""

from typing import Final

from telegram import Update
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.people import INVITATION_LIFETIME, Role, digest_of, invite
from handlers.menus import set_menu_of

ROLES: Final = {"claim": Role.ADMINISTRATOR, "invite": Role.COORDINATOR}


async def invite_coordinator(update: Update, context: Context) -> None:
    """/invite: a link that makes the first person who opens it a coordinator."""
    invitation = invite(Role.COORDINATOR, context.now, INVITATION_LIFETIME)
    await context.services.people.keep_invitation(invitation, context.person.id, context.now)
    link = create_deep_linked_url(context.bot.username, f"invite-{invitation.token}")
    await context.say("invitation.link", link=link)


async def accept(update: Update, context: Context, kind: str, token: str) -> None:
    """A one-time link was opened. It is left for somebody else by a person who needs it not."""
    services = context.services
    if context.person.may(ROLES[kind]):
        await context.say("invitation.not_needed")
        return
    grant = await services.people.grant_of(digest_of(token), context.now)
    if grant is None or grant.organisation_id is not None:
        await context.say("invitation.void")
        return
    if await services.people.accept_invitation(digest_of(token), context.person.id, context.now) is None:
        await context.say("invitation.void")
        return
    person = await services.people.find(context.person.id)
    context.person = person or context.person
    await context.say(f"invitation.accepted.{context.person.role.name.lower()}")
    await set_menu_of(context.bot, context.person, services.catalogue)
