"""How people become coordinators: one-time links that give a role."""

from telegram import Update
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.people import INVITATION_LIFETIME, Role, digest_of, invite
from handlers.menus import set_menu_of


async def invite_coordinator(update: Update, context: Context) -> None:
    """/invite: a link that makes the first person who opens it a coordinator."""
    invitation = invite(Role.COORDINATOR, context.now, INVITATION_LIFETIME)
    await context.services.people.keep_invitation(invitation, context.person.id, context.now)
    link = create_deep_linked_url(context.bot.username, f"invite-{invitation.token}")
    await context.say("invitation.link", link=link)


async def accept(update: Update, context: Context, token: str) -> None:
    """A one-time link was opened."""
    services = context.services
    role = await services.people.accept_invitation(digest_of(token), context.person.id, context.now)
    if role is None:
        await context.say("invitation.void")
        return
    person = await services.people.find(context.person.id)
    context.person = person or context.person
    await context.say(f"invitation.accepted.{context.person.role.name.lower()}")
    await set_menu_of(context.bot, context.person, services.catalogue)
