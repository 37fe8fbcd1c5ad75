"""The list of the team, and the page of one of them."""

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.people import Role
from bot.core.team import Colleague
from handlers.keyboards import Row, button, column, keyboard
from handlers.routing import number_of
from handlers.team.wording import limits_in_words, role_name, since, team_button, until
from messages.dates import digits

_MARKS = {Role.ADMINISTRATOR: "👑", Role.COORDINATOR: "👤"}


async def show_team(update: Update, context: Context) -> None:
    """/team: who coordinates and administers, and which invitations are open."""
    text, buttons = await team_page(context)
    await context.send(context.person.id, text, buttons)


async def show_again(update: Update, context: Context) -> None:
    """Back to the list."""
    await context.answer_press(update)
    await context.show(update, *await team_page(context))


async def open_member(update: Update, context: Context) -> None:
    """One of the team was pressed."""
    await context.answer_press(update)
    await show_colleague(update, context, number_of(context))


async def show_colleague(
    update: Update, context: Context, person_id: int, first: Markup | None = None
) -> None:
    """One of the team, and what can be done about them; `first` stands above it."""
    colleague = await context.services.team.colleague(person_id)
    if colleague is None:
        gone = [first or context.text("team.gone")]
        text, buttons = await team_page(context)
        await context.show(update, Markup("\n\n").join([*gone, text]), buttons)
        return
    text = _described(context, colleague)
    whole = Markup("\n\n").join([first, text] if first else [text])
    await context.show(update, whole, keyboard(*_deeds(context, colleague), [team_button(context)]))


async def team_page(context: Context) -> tuple[Markup, InlineKeyboardMarkup]:
    """Everybody of the team with what they may do, and the open invitations."""
    colleagues = await context.services.team.colleagues()
    invitations = await context.services.team.invitations(context.now)
    paragraphs = [context.text("team.list"), *(_described(context, one) for one in colleagues)]
    paragraphs += [
        Markup("\n").join(
            [
                context.text(
                    "team.invitation",
                    role=role_name(context, one.role),
                    name=one.inviter,
                    until=until(context, one.expires_at),
                ),
                *limits_in_words(context, one.role, one.limits),
            ]
        )
        for one in invitations
    ]
    opening = column(
        button(f"{_MARKS[one.person.role]} {one.person.name[:50]}", "t", one.person.id) for one in colleagues
    )
    taking_back = column(
        button(
            context.text(
                "team.take_back",
                role=role_name(context, one.role),
                number=digits(context.person.language, place),
            ).unescape(),
            "t-take-back",
            one.reference,
        )
        for place, one in enumerate(invitations, start=1)
    )
    inviting = [button(context.text("team.invite"), "t-invite")]
    return Markup("\n\n").join(paragraphs), keyboard(*opening, *taking_back, inviting)


def _described(context: Context, colleague: Colleague) -> Markup:
    person = colleague.person
    named = Markup("{} <b>{}</b> – {}").format(
        _MARKS[person.role], person.name, role_name(context, person.role)
    )
    known = (
        context.text("team.since", since=since(context, colleague.since))
        if colleague.since
        else context.text("team.fixed")
    )
    return Markup("\n").join([named, *limits_in_words(context, person.role, person.limits), known])


def _deeds(context: Context, colleague: Colleague) -> list[Row]:
    """What an administrator can do about one of the team."""
    person = colleague.person
    if colleague.is_fixed:
        return []
    if person.id == context.person.id:
        return [[button(context.text("team.step_down"), "t-ask", "revoke", person.id)]]
    revoking = [button(context.text("team.revoke"), "t-ask", "revoke", person.id)]
    if person.role is Role.ADMINISTRATOR:
        return [[button(context.text("team.lower"), "t-ask", "lower", person.id)], revoking]
    limiting = [button(context.text("team.limit"), "t-limit", person.id)]
    raising = [button(context.text("team.raise"), "t-ask", "raise", person.id)]
    return [limiting, raising, revoking]
