"""Where buttons `go:NAME`, deep links `?start=NAME` and a person's own words lead."""

from collections.abc import Mapping
from typing import Final

from bot.context import Context
from bot.core.khmer import normalise
from bot.core.people import LANGUAGES
from handlers import (
    audit,
    councils,
    inquiries,
    languages,
    lessons,
    membership,
    questions,
)
from handlers.broadcasts import reports
from handlers.events import announcing, pages
from handlers.knowledge import entries, gaps
from handlers.menus import COMMANDS, work_of
from handlers.plans import pages as plans
from handlers.plans import progress
from handlers.routing import Reaction
from handlers.subscribers import settings
from handlers.team import colleagues, inviting

# Reached by words, and not shown in the menu: it has their commands, or buttons, already.
BY_WORDS: Final = frozenset({"language", "lesson", "plan", "subscriptions", "request", "invite"})
PLACES: Final[Mapping[str, Reaction]] = {
    "ask": questions.examples,
    "subscribe": councils.subscribe,
    "forums": pages.forums,
    "plan": plans.plan,
    "lessons": lessons.lessons,
    "lesson": lessons.offer,
    "join": membership.join,
    "members": membership.members,
    "contact": questions.contact,
    "settings": settings.settings,
    "unsubscribe": councils.unsubscribe,
    "person": inquiries.ask_person,
    "language": languages.language,
    "subscriptions": councils.subscriptions,
    "request": membership.request,
}
# Reached by those who may, from the menu only.
COORDINATOR_PLACES: Final[Mapping[str, Reaction]] = {
    "announce": announcing.announce,
    "share": lessons.share,
    "requests": membership.requests,
    "broadcasts": reports.broadcasts,
    "plans": progress.plans,
    "knowledge": entries.knowledge,
    "gaps": gaps.gaps,
    "team": colleagues.show_team,
    "invite": inviting.invite_somebody,
    "audit": audit.audit,
}


def place_named(context: Context, text: str) -> str | None:
    """The place whose button or menu line reads as the text does, in either language."""
    wanted = _letters(text)
    for place in places_of(context):
        keys = [f"menu.{place}", *([f"command.{place}"] if place in COMMANDS else [])]
        labels = (context.text(key, one) for key in keys for one in LANGUAGES)
        if wanted and wanted in map(_letters, map(str, labels)):
            return place
    return None


def _letters(text: str) -> str:
    """The normal form without spaces and signs."""
    return "".join(c for c in normalise(text[:100]) if c.isalnum() or "\u1780" <= c <= "\u17d3")


def places_of(context: Context) -> Mapping[str, Reaction]:
    """Where the person may go, coordinators' work first."""
    names = work_of(context.person)
    return {**{name: to for name, to in COORDINATOR_PLACES.items() if name in names}, **PLACES}
