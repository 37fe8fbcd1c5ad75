"""The team in the chat: the last administrator stays, and limits hold where they are needed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Words
from bot.core.audiences import audience_of
from bot.core.people import CLAIM_LIFETIME, UNLIMITED, Ability, Limits, Role, invite
from tests.handlers.phones import begin, begin_coordinators, notice, press, tap, write
from tests.joining import fill_in
from tests.world import World, begin_world

TEXTS = ("វេទិកា", "១៥ មករា ២០២៧", "៨:៣០ ព្រឹក", "សាលាឃុំ")
NOT_YOURS = "ពាក់ព័ន្ធនឹងខេត្តក្រៅពីខេត្តរបស់លោកអ្នក"


@pytest.fixture
async def unclaimed(tmp_path: Path, few_words: Words) -> AsyncIterator[World]:
    """A bot whose settings name no administrator."""
    world = await begin_world(tmp_path, few_words, admin_ids="")
    yield world
    await world.stop()


async def claim(world: World, name: str, role: Role = Role.ADMINISTRATOR) -> None:
    """Somebody opens a claim link."""
    made = invite(role, world.clock.now, CLAIM_LIFETIME)
    await world.bot.application.services.people.keep_invitation(made, None, world.clock.now)
    world.person(name).start(f"claim-{made.token}")
    await world.deliver()
    assert "ជាអ្នកគ្រប់គ្រង" in world.read_all(name)


async def limit(world: World, name: str, limits: Limits) -> None:
    """An administrator limits a coordinator."""
    services = world.bot.application.services
    person = await services.people.find(world.person(name).id)
    assert person
    after = replace(person, limits=limits)
    assert await services.team.change(person, after, world.person("coordinator").id, [], world.clock.now)


async def test_the_last_administrator_steps_down(unclaimed: World) -> None:
    """Alone, one is told that somebody must stay; with another, one leaves, and the other hears of it."""
    world = unclaimed
    await claim(world, "citizen")
    me = world.person("citizen").id
    await write(world, "citizen", "/team")
    await press(world, "citizen", "👑 citizen")
    await press(world, "citizen", "លាឈប់")
    assert "ត្រូវតែមានអ្នកគ្រប់គ្រងម្នាក់" in await press(world, "citizen", "យល់ព្រម លាឈប់")
    await write(world, "citizen", "/team")
    assert "ត្រូវតែមានអ្នកគ្រប់គ្រងម្នាក់" in await tap(world, "citizen", f"t-do:lower:{me}")
    await claim(world, "clerk")
    world.read_all("citizen")
    assert "លោកអ្នកបានលាឈប់ពីតួនាទីហើយ" in await tap(world, "citizen", f"t-do:revoke:{me}")
    assert "citizen បានលាឈប់ពីតួនាទី" in world.read_all("clerk")
    assert "មានតែអ្នកគ្រប់គ្រងទេ" in await write(world, "citizen", "/team")


async def test_a_menu_shows_what_one_may(small: World) -> None:
    """The command menu and /help hold no more than what the person may do, and change with it."""
    await begin_coordinators(small, "clerk")
    await limit(small, "clerk", Limits(frozenset({Ability.REVIEW})))
    help_ = await write(small, "clerk", "/help")
    shown = [name for name in ("/requests", "/broadcasts", "/announce", "/gaps", "/team") if name in help_]
    assert shown == ["/requests", "/broadcasts"]


async def test_an_announcement_stays_in_the_province(small: World) -> None:
    """What a limited coordinator writes is for their provinces, however the recipients are pressed."""
    await begin_coordinators(small, "clerk")
    await limit(small, "clerk", replace(UNLIMITED, provinces=frozenset({"03", "01"})))
    await write(small, "clerk", "/announce")
    await press(small, "clerk", "វេទិកាថ្នាក់ជាតិ")
    for text in TEXTS:
        await write(small, "clerk", text)
    forms = small.bot.application.services.forms
    for deed in ("everybody", "place-12", "place-03", "members"):
        form = await forms.open_in(small.person("clerk").id)
        assert form
        await tap(small, "clerk", f"b-who:announce:{form.version}:{deed}")
        form = await forms.open_in(small.person("clerk").id)
        assert form
        assert set(audience_of(form.answers).places) <= {"03", "01"}
        assert audience_of(form.answers).places
    # Limited further meanwhile, what was shown is not sent.
    await limit(small, "clerk", replace(UNLIMITED, provinces=frozenset({"02"})))
    form = await forms.open_in(small.person("clerk").id)
    assert form
    await tap(small, "clerk", f"form:confirm:announce:{form.version}")
    assert await small.bot.application.services.broadcasts.newest() == []


async def test_another_provinces_request(small: World) -> None:
    """Only those hear of a request, see it and decide, in whose provinces the organisation works."""
    await begin_coordinators(small, "clerk", "citizen")
    await limit(small, "clerk", replace(UNLIMITED, provinces=frozenset({"03"})))
    await limit(small, "citizen", replace(UNLIMITED, provinces=frozenset({"01"})))
    staff = small.person("staff")
    await fill_in(small, staff, provinces="Kampong Cham")
    await press(small, "staff", "យល់ព្រម")
    assert "ស្នើសុំចូលជាសមាជិក" in small.read_all("clerk")
    assert small.read_all("citizen") == ""
    assert "Sala Phum" in await write(small, "clerk", "/requests")
    assert "Sala Phum" not in await write(small, "citizen", "/requests")
    assert NOT_YOURS in await tap(small, "citizen", "request:1")
    assert NOT_YOURS in await tap(small, "citizen", "r-approve:1:1")


async def test_what_somebody_looked_at_goes_back(small: World) -> None:
    """A revoked coordinator's request waits for the others, who hear of it."""
    await begin_coordinators(small, "clerk")
    await fill_in(small, small.person("staff"))
    await press(small, "staff", "យល់ព្រម")
    small.read_all("clerk")
    await tap(small, "clerk", "r-take:1")
    small.read_all("coordinator")
    said = await tap(small, "coordinator", f"t-do:revoke:{small.person('clerk').id}")
    assert "រង់ចាំអ្នកពិនិត្យម្តងទៀត" in said
    request = await small.bot.application.services.membership.request(1)
    assert request
    assert (request.state, request.taken_by) == ("new", None)
    assert "លែងនៅក្នុងក្រុមសម្របសម្រួល" in small.read_all("clerk")


async def test_whom_the_settings_name(small: World) -> None:
    """An administrator of ADMIN_IDS is not changed in the chat, whatever is pressed."""
    await begin(small, "coordinator")
    me = small.person("coordinator").id
    for deed in ("revoke", "lower", "raise"):
        await write(small, "coordinator", "/team")
        assert "ADMIN_IDS" in await tap(small, "coordinator", f"t-do:{deed}:{me}")
    assert notice(small, "coordinator") == ""
