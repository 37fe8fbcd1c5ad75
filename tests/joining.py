"""Filling in the form of a membership request, as tests need it whatever they are about."""

from bot.core.applications import FIELDS
from bot.core.forms import Field, Form, current_field
from bot.sandbox.people import Person
from tests.world import World


async def fill_in(world: World, person: Person, **answers: str) -> None:
    """Somebody asks to join and answers up to the review, which is left unread."""
    person.start("join")
    await world.deliver()
    await answer_all(world, person, **answers)
    while len(world.unread[person.id]) > 1:
        world.unread[person.id].popleft()


async def answer_all(world: World, person: Person, **answers: str) -> None:
    """The questions that are open are answered: as given, else by skipping, or with the first choice."""
    given = {"organisation": "Sala Phum", "contact": "Sok Dara", "position": "Director", "why": "To share"}
    while True:
        form = await world.bot.application.services.forms.open_in(person.id)
        assert form, "no form is open"
        field = current_field(form, FIELDS)
        if field is None:
            return
        _answer(person, form, field, {**given, **answers})
        world.clock.pass_(seconds=1)  # who answers faster floods the bot
        await world.deliver()


def _answer(person: Person, form: Form, field: Field, given: dict[str, str]) -> None:
    gathered = field.gathers and form.answers.get(field.name)
    if field.name in given and not gathered:
        person.type(given[field.name])
    elif field.contact:
        person.share_contact()
    else:
        move = "skip" if field.optional else "done" if gathered else f"pick-{field.choices[0]}"
        person.press_data(person.last["message_id"], f"form:{move}:join:{form.version}")
