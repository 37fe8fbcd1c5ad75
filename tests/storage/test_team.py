"""The team: somebody always administers, and who loses a role loses all that hung on it, at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.core.forms import REVIEW, Form
from bot.core.history import Result
from bot.core.inquiries import InquiryState
from bot.core.membership import DeedKind, Done, MembershipRequest, RequestState, Sent
from bot.core.people import UNLIMITED, Ability, Limits, Person, Role, invite
from bot.core.team import REFERENCE, Change, Changed, LastAdministrator
from storage.database import Database
from storage.forms import StoredForms
from storage.history import StoredHistory
from storage.inquiries import StoredInquiries
from storage.membership import StoredMembership
from storage.people import StoredPeople
from storage.tables import forms, roles
from storage.team import StoredTeam
from tests.storage.records import LATER, NOW, REQUEST, meet

SOKHA, CHANNA, DARA, CITIZEN = 7, 8, 9, 20
DAY = timedelta(days=1)
LIMITS = Limits(frozenset({Ability.REVIEW, Ability.ANSWER}), frozenset({"03"}))


async def appoint(database: Database, person_id: int, role: Role, limits: Limits = UNLIMITED) -> Person:
    await meet(database, person_id)
    people, made = StoredPeople(database, ()), invite(role, NOW, DAY, limits=limits)
    await people.keep_invitation(made, 1, NOW)
    assert await people.accept_invitation(made.digest, person_id, NOW) is role
    return await known(database, person_id)


async def known(database: Database, person_id: int) -> Person:
    person = await StoredPeople(database, ()).find(person_id)
    assert person
    return person


async def take(
    database: Database, person: Person, by: int, role: Role = Role.PERSON, admin_ids: tuple[int, ...] = ()
) -> Change:
    after = replace(person, role=role, limits=UNLIMITED)
    return await StoredTeam(database, admin_ids).change(person, after, by, ["share"], LATER)


async def administrators(database: Database) -> list[int]:
    async with database.read() as connection:
        return list(
            await connection.scalars(select(roles.c.person_id).where(roles.c.role == Role.ADMINISTRATOR))
        )


async def test_limits_come_with_the_invitation(database: Database) -> None:
    """A coordinator may do what the invitation says, where it says; an administrator everything."""
    person = await appoint(database, SOKHA, Role.COORDINATOR, LIMITS)
    assert (person.limits, person.provinces) == (LIMITS, frozenset({"03"}))
    assert [one for one in Ability if person.may(one)] == [Ability.REVIEW, Ability.ANSWER]
    raised = await appoint(database, SOKHA, Role.ADMINISTRATOR)
    assert all(map(raised.may, Ability))
    assert raised.provinces == frozenset()


async def test_who_hears_of_work(database: Database) -> None:
    """Only those who may do a thing are told of it."""
    await appoint(database, SOKHA, Role.COORDINATOR, LIMITS)
    await appoint(database, CHANNA, Role.ADMINISTRATOR)
    people = StoredPeople(database, ())
    told = {needs: [one.id for one in await people.coordinators(needs)] for needs in Ability}
    assert told[Ability.REVIEW] == told[Ability.ANSWER] == [SOKHA, CHANNA]
    assert told[Ability.ANNOUNCE] == told[Ability.SHARE] == [CHANNA]


@pytest.mark.parametrize("after", [Role.PERSON, Role.COORDINATOR])
async def test_two_administrators_remove_each_other(database: Database, other: Database, after: Role) -> None:
    """At the same moment, again and again: one always stays, and the other is gone."""
    for _ in range(25):
        sokha = await appoint(database, SOKHA, Role.ADMINISTRATOR)
        channa = await appoint(database, CHANNA, Role.ADMINISTRATOR)
        outcomes = await asyncio.gather(
            take(database, channa, SOKHA, after), take(other, sokha, CHANNA, after)
        )
        assert [type(one) for one in outcomes].count(Changed) == 1
        assert len(await administrators(database)) == 1


async def test_all_step_down_at_once(database: Database, other: Database) -> None:
    """Three who all step down leave one."""
    team = [await appoint(database, one, Role.ADMINISTRATOR) for one in (SOKHA, CHANNA, DARA)]
    outcomes = await asyncio.gather(
        *(take(base, one, one.id) for base, one in zip((database, other, database), team, strict=True))
    )
    assert outcomes.count(LastAdministrator()) == 1
    assert len(await administrators(database)) == 1


@pytest.mark.parametrize("after", [Role.PERSON, Role.COORDINATOR])
async def test_the_last_administrator_stays(database: Database, after: Role) -> None:
    """Whoever is left alone can neither step down nor be lowered, unless the settings name another."""
    sokha = await appoint(database, SOKHA, Role.ADMINISTRATOR)
    assert await take(database, sokha, SOKHA, after) == LastAdministrator()
    assert await administrators(database) == [SOKHA]
    assert await take(database, sokha, SOKHA, after, admin_ids=(CHANNA,)) == Changed()
    assert await administrators(database) == []


async def test_who_administers_no_longer_changes_nothing(database: Database) -> None:
    """An administrator who was removed meanwhile cannot remove others."""
    await appoint(database, SOKHA, Role.ADMINISTRATOR)
    channa = await appoint(database, CHANNA, Role.ADMINISTRATOR)
    dara = await appoint(database, DARA, Role.COORDINATOR)
    assert await take(database, channa, SOKHA) == Changed()
    assert await take(database, dara, CHANNA) is None
    assert (await known(database, DARA)).role is Role.COORDINATOR


async def test_an_older_role_is_not_changed(database: Database) -> None:
    """A press that shows somebody as coordinator does not remove the administrator they have become."""
    await appoint(database, SOKHA, Role.ADMINISTRATOR)
    before = await appoint(database, CHANNA, Role.COORDINATOR)
    await appoint(database, CHANNA, Role.ADMINISTRATOR)
    assert await take(database, before, SOKHA) is None
    assert (await known(database, CHANNA)).role is Role.ADMINISTRATOR


async def looked_at(database: Database, by: int) -> MembershipRequest:
    """A request that somebody looks at."""
    await meet(database, CITIZEN)
    stored, draft = StoredForms(database), Form(CITIZEN, "join", REVIEW, REQUEST)
    saved = await stored.save(draft, NOW)
    assert saved
    sent = await StoredMembership(database).submit(saved, CITIZEN, NOW)
    assert isinstance(sent, Sent)
    taken = await StoredMembership(database).take(sent.request.id, by, NOW)
    assert isinstance(taken, Done)
    return taken.request


async def test_all_that_hangs_on_a_role_goes_with_it(database: Database) -> None:
    """Drafts of the work, what was taken, and open invitations: at once; a person's own form stays."""
    await appoint(database, SOKHA, Role.ADMINISTRATOR)
    channa = await appoint(database, CHANNA, Role.ADMINISTRATOR)
    request = await looked_at(database, CHANNA)
    question = await StoredHistory(database).keep(CITIZEN, "តើ?", "km", Result.PERSON, NOW)
    inquiry = await StoredInquiries(database).pass_on(question, NOW)
    assert inquiry
    assert await StoredInquiries(database).take(inquiry.id, CHANNA, NOW)
    for kind in ("share", "join"):
        await StoredForms(database).save(Form(CHANNA, kind, REVIEW, {}), NOW)
    team, open_ = StoredTeam(database, ()), invite(Role.COORDINATOR, NOW, DAY)
    form = await StoredForms(database).save(Form(CHANNA, "invite", REVIEW, {}), NOW)
    assert form
    assert await team.invite(form, open_, CHANNA, NOW)
    assert [one.reference for one in await team.invitations(LATER)] == [open_.digest[:REFERENCE]]

    outcome = await take(database, channa, SOKHA)

    assert isinstance(outcome, Changed)
    assert [(one.id, one.state, one.taken_by) for one in outcome.inquiries] == [
        (inquiry.id, InquiryState.WAITING, None)
    ]
    assert [(one.id, one.state, one.taken_by) for one in outcome.requests] == [
        (request.id, RequestState.NEW, None)
    ]
    deeds = await StoredMembership(database).deeds(request.id)
    assert [one.kind for one in deeds] == [DeedKind.SENT, DeedKind.TAKEN, DeedKind.GIVEN_BACK]
    assert await team.invitations(LATER) == []
    assert await StoredPeople(database, ()).accept_invitation(open_.digest, DARA, LATER) is None
    async with database.read() as connection:
        assert list(await connection.scalars(select(forms.c.kind))) == ["join"]
    assert await team.colleague(CHANNA) is None


async def test_what_one_may_still_do_is_kept(database: Database) -> None:
    """Who loses one ability gives back only what belongs to it."""
    await appoint(database, SOKHA, Role.ADMINISTRATOR)
    channa = await appoint(database, CHANNA, Role.COORDINATOR, LIMITS)
    await looked_at(database, CHANNA)
    after = replace(channa, limits=Limits(frozenset({Ability.REVIEW}), frozenset({"03"})))
    assert await StoredTeam(database, ()).change(channa, after, SOKHA, [], LATER) == Changed()
    assert (await known(database, CHANNA)).limits == after.limits


async def test_an_invitation_is_taken_back_once(database: Database) -> None:
    """A link that was taken back gives nothing; one that was used cannot be taken back."""
    await meet(database, SOKHA)
    people, team = StoredPeople(database, ()), StoredTeam(database, ())
    used, open_ = invite(Role.COORDINATOR, NOW, DAY), invite(Role.COORDINATOR, NOW, DAY)
    for one in (used, open_):
        await people.keep_invitation(one, 1, NOW)
    assert await people.accept_invitation(used.digest, SOKHA, NOW)
    assert [await team.take_back(one.digest[:REFERENCE]) for one in (used, open_, open_)] == [
        False,
        True,
        False,
    ]
    assert await people.accept_invitation(open_.digest, SOKHA, NOW) is None


async def test_all_abilities_are_kept_as_none(database: Database) -> None:
    """A coordinator of before, with nothing set, may do everything everywhere."""
    await meet(database, SOKHA)
    async with database.write() as connection:
        await connection.execute(insert(roles).values(person_id=SOKHA, role=Role.COORDINATOR, given_at=NOW))
    assert (await known(database, SOKHA)).limits == UNLIMITED
