"""Members, and who speaks for them: what joins, what others see, what ends."""

import asyncio
from datetime import timedelta

from bot.core.applications import described, profile_answers
from bot.core.audiences import Audience, Offer
from bot.core.directory import NameTaken, Organisation
from bot.core.membership import DeedKind, Done, MembershipRequest, RequestState
from bot.core.people import Invitation, Role, invite
from storage.audiences import StoredAudiences
from storage.database import Database
from storage.directory import StoredDirectory
from storage.forms import StoredForms
from storage.membership import StoredMembership
from storage.people import StoredPeople
from tests.storage.records import LATER, NOW, filled_form, meet
from tests.storage.test_membership import APPLICANT, OTHER, SOKHA, submitted

DAY = timedelta(days=1)


async def admitted(
    database: Database, person_id: int = APPLICANT, organisation: str = "ភ្នំស្រួច", **answers: str
) -> MembershipRequest:
    """A request that was approved."""
    request = await submitted(database, person_id, organisation, **answers)
    stored = StoredMembership(database)
    done = await stored.decide(request.id, request.version, RequestState.APPROVED, SOKHA, LATER)
    assert isinstance(done, Done)
    return done.request


async def invitation(database: Database, organisation_id: int, by: int = APPLICANT) -> Invitation:
    made = invite(Role.PERSON, NOW, DAY, organisation_id)
    await StoredPeople(database, ()).keep_invitation(made, by, NOW)
    return made


async def speakers(database: Database, organisation_id: int) -> list[int]:
    found = await StoredDirectory(database).representatives(organisation_id)
    return [one.person_id for one in found]


async def test_founding_organisations(database: Database) -> None:
    """The eighteen organisations of the brief are members from the start, listed first, with both names."""
    await admitted(database, organisation="AAA")
    members = await StoredDirectory(database).organisations()
    assert [one.founding for one in members] == [True] * 18 + [False]
    assert {"CIDSE", "Pact Cambodia", "Seila/PLG", "ADI/CCC", "Concern Worldwide"} < {
        one.name for one in members
    }
    assert all(one.other_name for one in members[:18])


async def test_what_others_see(database: Database) -> None:
    """A member shows what it does; how to reach it only where it agreed."""
    directory = StoredDirectory(database)
    shown = await directory.organisation((await admitted(database)).organisation_id or 0)
    hidden = await directory.organisation(
        (await admitted(database, OTHER, "ក្រុម", public="no")).organisation_id or 0
    )
    assert shown and hidden
    for one in (shown, hidden):
        assert (one.kind, one.provinces, one.sectors) == ("local", ("05", "03"), ("planning", "women"))
        assert one.joined_at == LATER
    assert (shown.contact, shown.position, shown.email) == ("សុខា", "នាយក", "office@example.org")
    assert (hidden.contact, hidden.position, hidden.telephone, hidden.email) == ("", "", "", "")


async def test_a_colleague_is_invited(database: Database) -> None:
    """A link makes one person a representative, and no more than that; the next gets nothing."""
    organisation_id = (await admitted(database)).organisation_id or 0
    made, people = await invitation(database, organisation_id), StoredPeople(database, ())
    await meet(database, OTHER, 9)
    given = await asyncio.gather(*(people.accept_invitation(made.digest, one, LATER) for one in (OTHER, 9)))
    assert sorted(map(str, given)) == ["0", "None"]
    assert len(await speakers(database, organisation_id)) == 2
    person = await people.find((await speakers(database, organisation_id))[-1])
    assert person
    assert person.role is Role.REPRESENTATIVE


async def test_stepping_down(database: Database) -> None:
    """Who steps down takes their contact details and open links along; colleagues stay."""
    organisation_id = (await admitted(database)).organisation_id or 0
    people, directory = StoredPeople(database, ()), StoredDirectory(database)
    used, open_ = [await invitation(database, organisation_id) for _ in range(2)]
    await meet(database, OTHER)
    await people.accept_invitation(used.digest, OTHER, LATER)
    assert await directory.step_down(organisation_id, APPLICANT)
    assert not await directory.step_down(organisation_id, APPLICANT)
    assert await speakers(database, organisation_id) == [OTHER]
    assert await people.grant_of(open_.digest, LATER) is None
    organisation = await directory.organisation(organisation_id)
    assert organisation
    assert (organisation.contact, organisation.telephone) == ("", "")


async def test_leaving(database: Database) -> None:
    """An organisation that left is nowhere, nobody speaks for it, and it can ask and be admitted again."""
    organisation_id = (await admitted(database)).organisation_id or 0
    directory = StoredDirectory(database)
    made = await invitation(database, organisation_id)
    assert await directory.leave(organisation_id, LATER) == [APPLICANT]
    assert await directory.leave(organisation_id, LATER) is None
    assert await directory.organisation(organisation_id) is None
    assert await directory.of_person(APPLICANT) == []
    assert await StoredPeople(database, ()).grant_of(made.digest, LATER) is None
    again = await admitted(database, organisation="អង្គការភ្នំស្រួច")
    assert again.organisation_id == organisation_id
    assert [one.id for one in await directory.of_person(APPLICANT)] == [organisation_id]


async def test_who_was_invited_meanwhile(database: Database) -> None:
    """Taking an approval back ends what followed from it: those who were invited speak no longer either."""
    request = await admitted(database)
    made = await invitation(database, request.organisation_id or 0)
    await meet(database, OTHER)
    await StoredPeople(database, ()).accept_invitation(made.digest, OTHER, LATER)
    assert await StoredMembership(database).undo(request.id, request.version, SOKHA, LATER)
    assert await speakers(database, request.organisation_id or 0) == []


async def test_members_are_addressed_by_their_representatives(database: Database) -> None:
    """What is sent to members reaches who speaks for one now: invited colleagues too, and no former ones."""
    organisation_id = (await admitted(database)).organisation_id or 0
    made = await invitation(database, organisation_id)
    await meet(database, OTHER, 9)
    audience = Offer(Audience(members=True), None, (), NOW)

    async def reached() -> int:
        return (await StoredAudiences(database).reach(audience)).chats

    assert await reached() == 1
    await StoredPeople(database, ()).accept_invitation(made.digest, OTHER, LATER)
    assert await reached() == 2
    await StoredDirectory(database).step_down(organisation_id, APPLICANT)
    assert await reached() == 1
    await StoredDirectory(database).leave(organisation_id, LATER)
    assert await reached() == 0


async def test_a_name_is_corrected(database: Database) -> None:
    """A member is renamed from what was looked at, not to another's name; its request keeps the deed."""
    request = await admitted(database)
    organisation_id = request.organisation_id or 0
    directory = StoredDirectory(database)

    async def rename(name: str, other_name: str = "", version: str = "1") -> Organisation | NameTaken | None:
        answers = {"organisation": str(organisation_id), "version": version}
        form = await filled_form(
            database, "naming", {**answers, "name": name, "other_name": other_name}, OTHER
        )
        renamed = await directory.rename(form, SOKHA, LATER)
        draft = await StoredForms(database).draft(OTHER, "naming")
        assert (draft is None) == isinstance(renamed, Organisation)
        if draft:
            await StoredForms(database).discard(draft)
        return renamed

    assert await rename("the unicef") == NameTaken("UNICEF")
    assert await rename("ថ្មី", "pact  cambodia") == NameTaken("Pact Cambodia")
    renamed = await rename("ភ្នំ ស្រួច", "Phnum Sruoch NGO")
    assert isinstance(renamed, Organisation)
    assert (renamed.names, renamed.version) == (("ភ្នំ ស្រួច", "Phnum Sruoch NGO"), 2)
    assert await rename("ទៀត") is None, "it is another by now"
    deed = (await StoredMembership(database).deeds(request.id))[-1]
    assert (deed.kind, deed.by, deed.text) == (DeedKind.RENAMED, SOKHA, "ភ្នំស្រួច → ភ្នំ ស្រួច")


async def test_what_a_member_shows(database: Database) -> None:
    """What a member shows is changed once from what was looked at; contact details stay whose they are."""
    organisation_id = (await admitted(database)).organisation_id or 0
    directory = StoredDirectory(database)
    before = await directory.organisation(organisation_id)
    assert before
    answers = {**profile_answers(before), "provinces": "17"}
    form = await filled_form(database, "profile", answers, OTHER)
    changed = described(before, answers)
    saved = await asyncio.gather(*(directory.describe(form, changed, OTHER) for _ in range(5)))
    (after,) = [one for one in saved if one]
    assert (after.provinces, after.contact, after.version) == (("17",), before.contact, before.version + 1)
    again = await filled_form(database, "profile", answers, OTHER)
    assert await directory.describe(again, changed, OTHER) is None
    await directory.step_down(organisation_id, APPLICANT)  # whose telephone it is, though another saved
    left = await directory.organisation(organisation_id)
    assert left
    assert (left.contact, left.telephone, left.provinces) == ("", "", ("17",))
