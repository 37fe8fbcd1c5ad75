"""Speaking for a member: inviting colleagues, stepping down, and leaving the group."""

from telegram import Update
from telegram.helpers import create_deep_linked_url

from bot.context import Context
from bot.core.authority import may_admit, may_look_after
from bot.core.directory import Organisation
from bot.core.people import INVITATION_LIFETIME, Ability, Role, digest_of, invite
from handlers.keyboards import button, keyboard
from handlers.membership.listing import show_organisation
from handlers.routing import groups_of, number_of


async def invite_colleague(update: Update, context: Context) -> None:
    """A link that lets the first person who opens it speak for the organisation."""
    await context.answer_press(update)
    organisation = await own_organisation(context, number_of(context))
    if organisation is None:
        await context.say("members.not_yours")
        return
    invitation = invite(Role.REPRESENTATIVE, context.now, INVITATION_LIFETIME, organisation.id)
    await context.services.people.keep_invitation(invitation, context.person.id, context.now)
    link = create_deep_linked_url(context.bot.username, f"colleague-{invitation.token}")
    await context.say("members.invitation", organisation=organisation.name, link=link)


async def accept(update: Update, context: Context, token: str) -> None:
    """A colleague's link was opened. Who speaks for the organisation already leaves it for somebody else."""
    services, person = context.services, context.person
    grant = await services.people.grant_of(digest_of(token), context.now)
    organisation = None
    if grant and grant.organisation_id is not None:
        organisation = await services.directory.organisation(grant.organisation_id)
    if organisation is None:
        await context.say("invitation.void")
    elif organisation in await services.directory.of_person(person.id):
        await context.say("invitation.not_needed")
    elif await services.people.accept_invitation(digest_of(token), person.id, context.now) is None:
        await context.say("invitation.void")
    else:
        opening = button(context.text("members.open"), "o", organisation.id)
        subscribing = button(context.text("menu.subscribe"), "go", "subscribe")
        await context.say(
            "members.accepted", keyboard([opening], [subscribing]), organisation=organisation.name
        )
        await tell_colleagues(context, organisation, "members.joined_by")


async def ask_to_end(update: Update, context: Context) -> None:
    """Stepping down, or ending another's right to speak, is asked once more."""
    await context.answer_press(update)
    organisation_id, person_id = map(int, groups_of(context))
    organisation = await own_organisation(context, organisation_id)
    if organisation is None or not _may_end(context, person_id):
        await context.say("members.not_yours")
        return
    yes = button(context.text("members.end_yes"), "o-ended", organisation_id, person_id)
    no = button(context.text("button.back"), "o", organisation_id)
    if person_id == context.person.id:
        text = context.text("members.step_down_sure", organisation=organisation.name)
    else:
        other = await context.services.people.find(person_id)
        name = other.name if other else "–"
        text = context.text("members.end_sure", name=name, organisation=organisation.name)
    await context.show(update, text, keyboard([yes], [no]))


async def end(update: Update, context: Context) -> None:
    """Somebody speaks for the organisation no longer; a coordinator hears when nobody does."""
    await context.answer_press(update)
    organisation_id, person_id = map(int, groups_of(context))
    services = context.services
    organisation = await own_organisation(context, organisation_id)
    if organisation is None or not _may_end(context, person_id):
        await context.say("members.not_yours")
        return
    if await services.directory.step_down(organisation_id, person_id):
        if person_id != context.person.id:
            await _tell(context, [person_id], "members.ended_by_other", organisation)
        if not await services.directory.representatives(organisation_id):
            await _tell_coordinators(context, organisation, "members.nobody_left")
    await show_organisation(update, context, organisation, context.text("members.ended"))


async def ask_to_leave(update: Update, context: Context) -> None:
    """Leaving the group is asked once more."""
    await context.answer_press(update)
    organisation = await own_organisation(context, number_of(context))
    if organisation is None:
        await context.say("members.not_yours")
        return
    yes = button(context.text("members.leave_yes"), "o-left", organisation.id)
    no = button(context.text("button.back"), "o", organisation.id)
    text = context.text("members.leave_sure", organisation=organisation.name)
    await context.show(update, text, keyboard([yes], [no]))


async def leave(update: Update, context: Context) -> None:
    """The organisation is no member from now on; everybody concerned hears of it."""
    await context.answer_press(update)
    organisation = await own_organisation(context, number_of(context))
    spoke = await context.services.directory.leave(organisation.id, context.now) if organisation else None
    if organisation is None or spoke is None:
        await context.say("members.not_yours")
        return
    await context.show(update, context.text("members.left", organisation=organisation.name))
    others = [person_id for person_id in spoke if person_id != context.person.id]
    await _tell(context, others, "members.left", organisation)
    await _tell_coordinators(context, organisation, "members.left", told=spoke)


async def own_organisation(context: Context, organisation_id: int) -> Organisation | None:
    """The member, for those who speak for it and for coordinators."""
    directory = context.services.directory
    represented = await directory.of_person(context.person.id)
    own = next((one for one in represented if one.id == organisation_id), None)
    known = own or await directory.organisation(organisation_id)
    return known if own or (known and may_look_after(context.person, known)) else None


def _may_end(context: Context, person_id: int) -> bool:
    return person_id == context.person.id or context.person.may(Ability.REVIEW)


async def tell_colleagues(context: Context, organisation: Organisation, key: str) -> None:
    """Tell the others who speak for it."""
    colleagues = await context.services.directory.representatives(organisation.id)
    others = [one.person_id for one in colleagues if one.person_id != context.person.id]
    await _tell(context, others, key, organisation)


async def _tell_coordinators(
    context: Context, organisation: Organisation, key: str, told: list[int] | None = None
) -> None:
    coordinators = [
        one.id
        for one in await context.services.people.coordinators(Ability.REVIEW)
        if may_admit(one, organisation.provinces)
    ]
    known = {context.person.id, *(told or ())}
    await _tell(context, [one for one in coordinators if one not in known], key, organisation)


async def _tell(context: Context, readers: list[int], key: str, organisation: Organisation) -> None:
    for reader_id in readers:
        reader = await context.services.people.find(reader_id)
        if reader:
            text = context.text(
                key, reader.language, name=context.person.name, organisation=organisation.name
            )
            await context.tell(reader.id, text)
