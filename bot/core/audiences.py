"""Audiences: whom a broadcast is for, and how many that would be now."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from bot.core.people import Language
from bot.core.subscribers import Category

AUDIENCE: Final = "audience"
"""The form's answer that holds the audience, as JSON; everybody without it."""


@dataclass(frozen=True)
class Audience:
    """Whom a broadcast is for: every subscriber, or those to whom all that is named here applies.

    `places` are codes of provinces, districts and communes, `themes` those that they did not mute.
    Of `members` it goes to the representatives, of an `event` to the people who registered for it, whether
    they subscribe a council or not.
    """

    places: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    members: bool = False
    event: int | None = None

    def toggle_place(self, code: str) -> "Audience":
        """With a place put in or taken out; what lies in a place that is put in goes with it."""
        if code in self.places:
            return replace(self, places=tuple(one for one in self.places if one != code))
        apart = [one for one in self.places if not one.startswith(code) and not code.startswith(one)]
        return replace(self, places=tuple(sorted([*apart, code])))

    def toggle_theme(self, theme: str) -> "Audience":
        """With a theme put in or taken out."""
        if theme in self.themes:
            return replace(self, themes=tuple(one for one in self.themes if one != theme))
        return replace(self, themes=(*self.themes, theme))

    def toggle_members(self) -> "Audience":
        """For members only, or for every subscriber."""
        return replace(self, members=not self.members)

    def toggle_event(self, event_id: int) -> "Audience":
        """For those who registered for an event, or for others as well."""
        return replace(self, event=None if self.event == event_id else event_id)

    @property
    def names_people(self) -> bool:
        """Whether it is for persons as such, and not for chats that subscribe a council."""
        return self.members or self.event is not None


EVERYBODY: Final = Audience()


@dataclass(frozen=True)
class Reach:
    """Whom a broadcast would reach now: chats, their councils, the languages they read, chats by province.

    Provinces stand by their codes; a chat that follows councils in two is counted in both.
    """

    chats: int
    councils: int
    languages: frozenset[Language]
    provinces: Mapping[str, int]


@dataclass(frozen=True)
class Offer:
    """What is to be broadcast, as far as it decides who gets it: to whom, as what, about what, when."""

    audience: Audience
    category: Category | None
    themes: tuple[str, ...]
    at: datetime


def audience_of(answers: Mapping[str, str]) -> Audience:
    """The audience that a form tells."""
    return audience_from(json.loads(answers[AUDIENCE])) if answers.get(AUDIENCE) else EVERYBODY


def with_audience(answers: Mapping[str, str], audience: Audience) -> dict[str, str]:
    """The form's answers with another audience."""
    return {**answers, AUDIENCE: json.dumps(asdict(audience))}


def audience_from(kept: Mapping[str, Any]) -> Audience:
    """An audience as JSON kept it."""
    places, themes = kept.get("places", ()), kept.get("themes", ())
    return Audience(tuple(places), tuple(themes), bool(kept.get("members")), kept.get("event"))


def themes_of(answers: Mapping[str, str]) -> tuple[str, ...]:
    """The themes that a form tells."""
    return tuple(answers.get("themes", "").split())


class Audiences(Protocol):
    """What the bot can count of whom a broadcast would reach."""

    async def reach(self, offer: Offer) -> Reach:
        """Whom it would reach now."""

    async def includes(self, audience: Audience, person_id: int) -> bool:
        """Whether an audience is for this person, whatever they want to receive."""

    async def places(self, offer: Offer, within: str) -> Mapping[str, int]:
        """Chats by the next smaller place in a place, or by province in "", wherever the audience is."""
