"""Where buttons `go:NAME`, deep links `?start=NAME` and a person's own words lead."""

from collections.abc import Mapping
from typing import Final

from bot.context import Context
from bot.core.people import Role
from handlers import broadcasts, coordinators, councils, events, inquiries, lessons, membership, questions
from handlers.routing import Reaction

PLACES: Final[Mapping[str, Reaction]] = {
    "ask": questions.examples,
    "subscribe": councils.subscribe,
    "forums": events.forums,
    "lessons": lessons.lessons,
    "join": membership.join,
    "members": membership.members,
    "contact": questions.contact,
    "unsubscribe": councils.unsubscribe,
    "person": inquiries.ask_person,
}
# Reached by those who may, from the menu only.
COORDINATOR_PLACES: Final[Mapping[str, Reaction]] = {
    "announce": events.announce,
    "share": lessons.share,
    "requests": membership.requests,
    "broadcasts": broadcasts.broadcasts,
    "invite": coordinators.invite_coordinator,
}


def places_of(context: Context) -> Mapping[str, Reaction]:
    """Where the person's role lets them go, coordinators' work first."""
    return {**COORDINATOR_PLACES, **PLACES} if context.person.may(Role.COORDINATOR) else PLACES
