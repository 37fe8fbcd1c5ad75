"""Chats that subscribe, and lessons for them."""

from collections.abc import Mapping
from typing import Final

from bot.core.broadcasts import Broadcast, DeliveryState, Subject
from bot.core.forms import REVIEW, Form
from bot.core.people import Language
from tests.handlers.phones import begin, tap
from tests.storage.records import TONLE_BASAK
from tests.world import World

COORDINATOR: Final = "coordinator"


async def follow(world: World, *names: str, commune: str = TONLE_BASAK) -> None:
    """People subscribe a council."""
    await begin(world, *names)
    for name in names:
        await tap(world, name, f"subscribe:{commune}")


async def share(world: World, title: str, themes: str = "") -> Broadcast:
    """A coordinator's lesson to all who want it, confirmed and not sent yet."""
    services, by = world.bot.application.services, world.person(COORDINATOR).id
    answers = {"title": title, "body": f"{title}៖ មួយ", "themes": themes}
    form = await services.forms.save(Form(by, "share", REVIEW, answers), world.clock())
    assert form
    texts: Mapping[Language, str] = {"km": f"📖 {title}", "en": f"📖 {title}"}
    kept = await services.broadcasts.confirm(form, Subject.LESSON, title, texts, by, world.clock())
    assert kept
    return kept


async def shared(world: World, title: str, themes: str = "") -> Broadcast:
    """The same, and what is due is sent."""
    kept = await share(world, title, themes)
    await world.send_broadcasts()
    return kept


async def states(world: World, kept: Broadcast) -> dict[DeliveryState, int]:
    return dict((await world.bot.application.services.accounts.tally(kept.id)).counts)
