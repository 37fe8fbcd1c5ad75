"""The four persons of the sandbox, named by their roles."""

from typing import NamedTuple

from bot.sandbox.groups import Group
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram


class Role(NamedTuple):
    """One phone of the page."""

    key: str
    person_id: int
    name: str
    english: str
    phone: str


ROLES = (
    Role("citizen", 1001, "ពលរដ្ឋ", "Citizen", "+85512000001"),
    Role("council", 1002, "ក្រុមប្រឹក្សាឃុំ", "Commune council", "+85512000002"),
    Role("organisation", 1003, "អង្គការ", "Organisation", "+85512000003"),
    Role("coordinator", 1004, "អ្នកសម្របសម្រួល", "Coordinator", "+85512000004"),
)


GROUP = "ក្រុមសាកល្បង"
"""The group that all four are in; the council made it."""


def enter(telegram: Telegram) -> dict[str, Person]:
    """Make the four known to Telegram, and their group; persons by role."""
    persons = {role.key: telegram.person(role.name, role.person_id, "km", role.phone) for role in ROLES}
    creator = persons["council"]
    others = [person for person in persons.values() if person != creator]
    telegram.group(GROUP, [creator, *others], basic=True)
    return persons


def group(telegram: Telegram) -> Group:
    """The group of the four."""
    return telegram.group(GROUP, ())
