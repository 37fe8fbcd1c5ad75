"""Where a coordinator may work: what lies in their provinces, and what is theirs anyhow."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from bot.core.audiences import Audience
from bot.core.broadcasts import Broadcast, Subject
from bot.core.directory import EVERYWHERE, Organisation
from bot.core.events.event import Event
from bot.core.lessons import Lesson
from bot.core.people import Ability, Needs, Person, Role

NEEDED_FOR: Final[Mapping[Subject, Needs]] = {
    Subject.EVENT: Ability.ANNOUNCE,
    Subject.CHANGE: Ability.ANNOUNCE,
    Subject.REMINDER: Ability.ANNOUNCE,
    Subject.SEAT: Ability.ANNOUNCE,
    Subject.SEATING: Ability.ANNOUNCE,
    Subject.FEEDBACK: Ability.ANNOUNCE,
    Subject.MINUTES: Ability.ANNOUNCE,
    Subject.LESSON: Ability.SHARE,
    Subject.ANSWER: Ability.ANSWER,
    Subject.CORRECTION: Ability.ANSWER,
    Subject.STEP: Role.COORDINATOR,
}
"""What handling a broadcast needs, by what it is about."""


def may_address(person: Person, audience: Audience) -> bool:
    """Whether all for whom it is follow councils in the person's provinces."""
    return not person.provinces or (bool(audience.places) and all(_lies_in(person, audience.places)))


def narrowed(person: Person, audience: Audience) -> Audience:
    """The audience as far as it lies in the person's provinces; all of these where none of it does."""
    if may_address(person, audience):
        return audience
    inside = tuple(
        code for code, lies in zip(audience.places, _lies_in(person, audience.places), strict=True) if lies
    )
    return replace(audience, places=inside or tuple(sorted(person.provinces)))


def may_organise(person: Person, event: Event) -> bool:
    """Whether it is the person's own event, or one for their provinces only."""
    return event.organiser == person.id or may_address(person, event.details.audience)


def may_send(person: Person, broadcast: Broadcast) -> bool:
    """Whether the person may handle broadcasts about this, and it is their own or for their provinces only.

    What goes to those who asked has no place.
    """
    needs = NEEDED_FOR[broadcast.subject]
    anywhere = needs is Ability.ANSWER or broadcast.created_by == person.id
    return person.may(needs) and (anywhere or may_address(person, broadcast.audience))


def may_admit(person: Person, provinces: Collection[str]) -> bool:
    """Whether an organisation works in one of the person's provinces."""
    return not person.provinces or EVERYWHERE in provinces or not person.provinces.isdisjoint(provinces)


def may_look_after(person: Person, organisation: Organisation) -> bool:
    """Whether the person may change this member's entry, and who speaks for it."""
    return person.may(Ability.REVIEW) and may_admit(person, organisation.provinces)


def may_review(person: Person, lesson: Lesson) -> bool:
    """Whether a lesson comes from a commune in the person's provinces, or from none in particular."""
    return not lesson.commune_code or all(_lies_in(person, [lesson.commune_code]))


def _lies_in(person: Person, places: Collection[str]) -> list[bool]:
    """For each place, whether it lies where the person may work; the first two figures are the province."""
    return [not person.provinces or code[:2] in person.provinces for code in places]
