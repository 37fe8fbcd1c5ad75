"""Membership on people's phones: who may do what, forged and old buttons, races between presses, files."""

import asyncio
import io

import pytest
from openpyxl import load_workbook
from telegram import Update

from bot.core.membership import MembershipRequest, RequestState
from storage.directory import StoredDirectory
from storage.membership import StoredMembership
from tests.handlers.phones import begin, begin_coordinators, data_of, notice, press, replica, tap, write
from tests.joining import fill_in
from tests.world import World

SEND = "✅ យល់ព្រម ហើយផ្ញើសំណើ"
NOT_YOURS = "មានតែតំណាងរបស់អង្គការនេះ"
UNICEF = 12
"""The number of a founding organisation."""


async def ask(world: World, name: str, organisation: str = "អង្គការសាកល្បង", **answers: str) -> str:
    """Somebody asks to join, up to the end; what they read."""
    await fill_in(world, world.person(name), organisation=organisation, **answers)
    world.read_all(name)
    return await press(world, name, SEND)


async def approve(world: World, name: str = "coordinator", number: int = 1) -> None:
    await tap(world, name, f"request:{number}")
    await press(world, name, "✅ យល់ព្រម")
    await press(world, name, "✅ យល់ព្រមទទួល")


async def request_of(world: World, number: int = 1) -> MembershipRequest:
    found = await StoredMembership(world.database).request(number)
    assert found
    return found


async def member(world: World, name: str = "staff") -> int:
    """The organisation for which somebody asked, and speaks since the coordinator approved."""
    await begin(world, "coordinator")
    await ask(world, name)
    await approve(world)
    world.read_all(name)
    (organisation,) = await StoredDirectory(world.database).of_person(world.person(name).id)
    return organisation.id


# Who may do what.


@pytest.mark.parametrize("kind", ["admit", "decline", "clarify"])
async def test_a_forged_confirmation(world: World, kind: str) -> None:
    """A plain person's press of a reviewer's form is refused, and decides nothing."""
    await begin(world, "coordinator", "citizen")
    await ask(world, "staff")
    assert "មានតែអ្នកសម្របសម្រួលទេ" in await tap(world, "citizen", f"form:confirm:{kind}:1")
    assert (await request_of(world)).state is RequestState.NEW


@pytest.mark.parametrize("verb", ["withdraw:1", "withdrawn:1", "r-correct:1", "r-reply:1"])
@pytest.mark.parametrize("name", ["citizen", "coordinator"])
async def test_somebody_elses_request(world: World, name: str, verb: str) -> None:
    """Nobody but the applicant withdraws, corrects or answers a request, whatever their role."""
    await begin(world, "coordinator", "citizen")
    await ask(world, "staff")
    before = await request_of(world)
    await tap(world, name, verb)
    assert await request_of(world) == before
    assert await world.bot.application.services.forms.open_in(world.person(name).id) is None


async def test_what_a_stranger_forges_on_an_organisation(world: World) -> None:
    """A person who represents nothing cannot invite, end, or let an organisation leave, theirs or not."""
    organisation = await member(world)
    staff = world.person("staff").id
    await begin(world, "citizen")
    for one in (organisation, UNICEF, 999):
        verbs = (f"o-invite:{one}", f"o-edit:{one}", f"o-end:{one}:{staff}", f"o-ended:{one}:{staff}")
        for verb in (*verbs, f"o-leave:{one}", f"o-left:{one}"):
            assert NOT_YOURS in await tap(world, "citizen", verb)
    directory = StoredDirectory(world.database)
    assert [one.person_id for one in await directory.representatives(organisation)] == [staff]
    assert len(await directory.organisations()) == 19


async def test_a_colleague_is_not_ended_by_another(world: World) -> None:
    """Who speaks for an organisation ends only their own part, not a colleague's."""
    organisation = await member(world)
    invitation = await tap(world, "staff", f"o-invite:{organisation}")
    world.person("clerk").start(invitation.partition("?start=")[2].split()[0])
    await world.deliver()
    world.read_all("clerk")
    assert NOT_YOURS in await tap(world, "clerk", f"o-ended:{organisation}:{world.person('staff').id}")
    assert len(await StoredDirectory(world.database).representatives(organisation)) == 2


async def test_how_to_reach_a_member(world: World) -> None:
    """Telephone and name are for members and coordinators; a person reads only what the organisation does."""
    organisation = await member(world)
    await begin(world, "citizen")
    assert "Sok Dara" in await tap(world, "staff", f"o:{organisation}")
    assert "Sok Dara" in await tap(world, "coordinator", f"o:{organisation}")
    shown = await tap(world, "citizen", f"o:{organisation}")
    assert "អង្គការសាកល្បង" in shown
    assert "Sok Dara" not in shown
    assert "+855" not in shown


async def test_a_member_that_did_not_agree(world: World) -> None:
    """Where the organisation did not agree, not even members read how to reach it."""
    await begin(world, "coordinator")
    await fill_in(world, world.person("clerk"), organisation="អង្គការស្ងាត់")
    await press(world, "clerk", "✏️ កែចំណុចណាមួយ")
    await press(world, "clerk", "✏️ អ្នកអាចមើល")
    await press(world, "clerk", "មានតែអ្នកសម្របសម្រួល")
    await press(world, "clerk", SEND)
    await approve(world)
    (quiet,) = await StoredDirectory(world.database).of_person(world.person("clerk").id)
    assert "Sok Dara" not in await tap(world, "clerk", f"o:{quiet.id}")


async def test_a_coordinators_own_request(world: World) -> None:
    """A coordinator who asks for an organisation can do nothing with the request but read it."""
    await begin_coordinators(world, "second")
    await ask(world, "second")
    before = await request_of(world)
    for verb in ("r-take:1", "r-approve:1:1", "r-decline:1:1", "r-ask:1:1"):
        await tap(world, "second", verb)
        assert "សំណើរបស់ខ្លួនឯង" in world.person("second").last["text"]
    assert await request_of(world) == before


async def test_a_coordinator_who_no_longer_is_one(world: World) -> None:
    """A form that a coordinator opened decides nothing once the role is gone."""
    await begin_coordinators(world, "second")
    await ask(world, "staff")
    await tap(world, "second", "r-approve:1:1")
    async with world.database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM roles")
    assert "មានតែអ្នកសម្របសម្រួលទេ" in await press(world, "second", "✅ យល់ព្រមទទួល")
    assert (await request_of(world)).state is RequestState.NEW


# Races.


async def test_two_decide_at_once_in_two_processes(world: World) -> None:
    """Two coordinators confirm at the same moment: one decides, the other reads who did."""
    await begin_coordinators(world, "second")
    await ask(world, "staff")
    await tap(world, "coordinator", "r-approve:1:1")
    await tap(world, "second", "r-decline:1:1")
    await press(world, "second", "ទាក់ទងមិនបាន")
    world.read_all("staff")
    async with replica(world) as other:
        world.person("coordinator").press("✅ យល់ព្រមទទួល")
        (first,) = world.telegram.take_updates()
        world.person("second").press("❌ មិនទទួលយក")
        (second,) = world.telegram.take_updates()
        await asyncio.gather(
            world.bot.application.process_update(Update.de_json(first, world.bot.application.bot)),
            other.application.process_update(Update.de_json(second, other.application.bot)),
        )
    request = await request_of(world)
    assert not request.is_open
    told = world.read_all("coordinator") + world.read_all("second")
    assert "មុនលោកអ្នក" in told
    assert len(world.unread[world.person("staff").id]) == 1
    assert len(await StoredMembership(world.database).deeds(1)) == 2


async def test_an_old_button(world: World) -> None:
    """A button from before a correction shows the request anew instead of deciding on what nobody read."""
    await begin(world, "coordinator")
    await ask(world, "staff")
    await write(world, "staff", "/join")
    await press(world, "staff", "✏️ កែសំណើ")
    await press(world, "staff", "✏️ កែចំណុចណាមួយ")
    await press(world, "staff", "✏️ មូលហេតុ")
    await write(world, "staff", "ដើម្បីរៀន")
    await press(world, "staff", SEND)
    shown = await tap(world, "coordinator", "r-approve:1:1")
    assert "បានផ្លាស់ប្តូរ" in shown
    assert "ដើម្បីរៀន" in shown
    assert (await request_of(world)).state is RequestState.NEW


async def test_an_old_button_of_a_draft(world: World) -> None:
    """Neither "start anew" nor "correct" of an earlier draft touches the one that came after it."""
    staff = world.person("staff")
    await write(world, "staff", "/join")
    await write(world, "staff", "ចាស់")
    await write(world, "staff", "/join")
    (old,) = data_of(world, "🗑", "staff")
    await press(world, "staff", "🗑")
    await write(world, "staff", "ថ្មី")
    await tap(world, "staff", old)
    draft = await world.bot.application.services.forms.draft(staff.id, "join")
    assert draft
    assert draft.answers["organisation"] == "ថ្មី"
    await tap(world, "staff", old.replace("join-anew", "join-fields"))
    assert "សូមប្រើប៊ូតុងក្នុងសារចុងក្រោយ" in notice(world, "staff")


# Telling.


async def test_an_applicant_who_blocked_the_bot(world: World) -> None:
    """A decision stands although the applicant cannot be told, and the coordinator is told to call."""
    await begin(world, "coordinator")
    await ask(world, "staff")
    world.person("staff").block()
    await world.deliver()
    await tap(world, "coordinator", "r-approve:1:1")
    assert "សូមទូរស័ព្ទទៅ" in await press(world, "coordinator", "✅ យល់ព្រមទទួល")
    assert (await request_of(world)).state is RequestState.APPROVED


async def test_whoever_looks_at_it_is_told(world: World) -> None:
    """An answer and a withdrawal go to the coordinator who looks at the request, and to no other."""
    await begin_coordinators(world, "second")
    await ask(world, "staff")
    await tap(world, "second", "r-ask:1:1")
    await write(world, "second", "តើមានលិខិតទេ?")
    await press(world, "second", "✅ ផ្ញើសំណួរ")
    world.read_all("coordinator")
    await tap(world, "staff", "r-reply:1")
    await write(world, "staff", "មាន")
    await press(world, "staff", "✅ ផ្ញើចម្លើយ")
    await tap(world, "staff", "withdrawn:1")
    told = world.read_all("second")
    assert "បានឆ្លើយសំណួរ" in told
    assert "បានដកសំណើវិញ" in told
    assert world.read_all("coordinator") == ""


# The file.


async def test_all_members_in_excel(world: World) -> None:
    """The file has every member in a row, as text, whatever it is called."""
    await begin(world, "coordinator")
    await ask(world, "staff", "=1+1")
    await approve(world)
    await tap(world, "coordinator", "o-export")
    sent = world.telegram.file(world.person("coordinator").last["document"]["file_id"])
    assert sent
    sheet = load_workbook(io.BytesIO(sent[1])).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 20
    assert sheet.cell(20, 1).data_type == "s"
    assert (rows[-1][0], rows[-1][5], rows[-1][6]) == ("=1+1", "Sok Dara", "Director")
    assert [row[0] for row in rows if row[11]] == [row[0] for row in rows[:-1]]
