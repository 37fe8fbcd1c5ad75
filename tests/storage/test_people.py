"""People, and the links that give a role: once, in time, and never a lower one."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.people import Invitation, Role, digest_of, invite
from storage.database import Database
from storage.people import StoredPeople
from tests.storage.records import LATER, NOW, meet

SOKHA, CHANNA = 7, 8
DAY = timedelta(days=1)


async def invitation(database: Database, role: Role, created_by: int | None = 1) -> Invitation:
    made = invite(role, NOW, DAY)
    await StoredPeople(database, ()).keep_invitation(made, created_by, NOW)
    return made


async def role_of(database: Database, person_id: int) -> Role:
    person = await StoredPeople(database, ()).find(person_id)
    assert person
    return person.role


async def test_meet(database: Database) -> None:
    """Somebody who writes is remembered, with the newest name and client language."""
    people = StoredPeople(database, ())
    assert await people.find(SOKHA) is None
    first = await people.meet(SOKHA, "សុខា", "en-US", NOW)
    assert (first.id, first.name, first.role, first.language) == (SOKHA, "សុខា", Role.PERSON, "en")
    again = await people.meet(SOKHA, "Sokha", "km", LATER)
    assert (again.name, again.language) == ("Sokha", "km")
    assert await people.find(SOKHA) == again


async def test_meeting_again_keeps_language_and_role(database: Database) -> None:
    """Writing again changes neither the chosen language nor the role."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA)
    await people.choose_language(SOKHA, "en")
    made = await invitation(database, Role.COORDINATOR)
    await people.accept_invitation(made.digest, SOKHA, NOW)
    again = await people.meet(SOKHA, "សុខា", "km", LATER)
    assert (again.chosen_language, again.language, again.role) == ("en", "en", Role.COORDINATOR)


async def test_telegram_ids_of_52_bits(database: Database) -> None:
    """The largest identifier that Telegram may give a person is kept whole."""
    largest = 2**52 - 1
    await meet(database, largest)
    found = await StoredPeople(database, ()).find(largest)
    assert found
    assert found.id == largest


async def test_admin_ids(database: Database) -> None:
    """Who stands in ADMIN_IDS is an administrator, whatever the tables say."""
    people = StoredPeople(database, {SOKHA})
    assert (await people.meet(SOKHA, "សុខា", "km", NOW)).role is Role.ADMINISTRATOR
    assert (await people.meet(CHANNA, "ចាន់ណា", "km", NOW)).role is Role.PERSON
    assert [person.id for person in await people.coordinators(Role.COORDINATOR)] == [SOKHA]
    assert await role_of(database, SOKHA) is Role.PERSON  # the tables say nothing of it


async def test_coordinators(database: Database) -> None:
    """Coordinators are those who hold the role or a higher one and can be reached."""
    people = StoredPeople(database, ())
    await meet(database, 1, 2, 3, 4)
    for person_id, role in ((2, Role.COORDINATOR), (3, Role.ADMINISTRATOR), (4, Role.COORDINATOR)):
        await people.accept_invitation((await invitation(database, role)).digest, person_id, NOW)
    await people.mark_blocked(4, NOW)
    assert [person.id for person in await people.coordinators(Role.COORDINATOR)] == [2, 3]
    await meet(database, 4)
    assert [person.id for person in await people.coordinators(Role.COORDINATOR)] == [2, 3, 4]


async def test_has_administrator(database: Database) -> None:
    """There is an administrator as soon as ADMIN_IDS names one or somebody was given the role."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA, CHANNA)
    assert not await people.has_administrator()
    assert await StoredPeople(database, {SOKHA}).has_administrator()
    await people.accept_invitation((await invitation(database, Role.COORDINATOR)).digest, SOKHA, NOW)
    assert not await people.has_administrator()
    await people.accept_invitation((await invitation(database, Role.ADMINISTRATOR)).digest, CHANNA, NOW)
    assert await people.has_administrator()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMINISTRATOR])
async def test_works_once(database: Database, role: Role) -> None:
    """An invitation gives its role to the first who opens it, and to nobody after."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA, CHANNA)
    made = await invitation(database, role)
    assert await people.accept_invitation(digest_of(made.token), SOKHA, NOW) is role
    assert await people.accept_invitation(digest_of(made.token), CHANNA, NOW) is None
    assert await people.accept_invitation(digest_of(made.token), SOKHA, NOW) is None
    assert [await role_of(database, one) for one in (SOKHA, CHANNA)] == [role, Role.PERSON]


async def test_expired(database: Database) -> None:
    """An invitation works until it expires, and not at that moment or after."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA)
    early, late = await invitation(database, Role.COORDINATOR), await invitation(database, Role.COORDINATOR)
    for moment in (late.expires_at, late.expires_at + timedelta(days=365)):
        assert await people.accept_invitation(late.digest, SOKHA, moment) is None
    assert await role_of(database, SOKHA) is Role.PERSON
    last_moment = early.expires_at - timedelta(microseconds=1)
    assert await people.accept_invitation(early.digest, SOKHA, last_moment) is Role.COORDINATOR


@pytest.mark.parametrize("digest", ["", "0" * 64, digest_of("guessed"), "' OR 1=1 --"])
async def test_unknown(database: Database, digest: str) -> None:
    """A link that nobody made gives nothing."""
    await meet(database, SOKHA)
    await invitation(database, Role.ADMINISTRATOR)
    assert await StoredPeople(database, ()).accept_invitation(digest, SOKHA, NOW) is None
    assert await role_of(database, SOKHA) is Role.PERSON


async def test_the_token_is_not_kept(database: Database) -> None:
    """What is kept of an invitation does not open it: the digest is no token."""
    await meet(database, SOKHA)
    made = await invitation(database, Role.ADMINISTRATOR)
    assert await StoredPeople(database, ()).accept_invitation(digest_of(made.digest), SOKHA, NOW) is None


async def test_20_open_one_link_at_once(database: Database, other: Database) -> None:
    """Of twenty people who open one link at once, through two processes, exactly one gets the role."""
    await meet(database, *range(10, 30))
    made = await invitation(database, Role.COORDINATOR)
    given = await asyncio.gather(
        *(
            StoredPeople(through, ()).accept_invitation(made.digest, person_id, NOW)
            for person_id, through in zip(range(10, 30), [database, other] * 10, strict=True)
        )
    )
    assert sorted(role for role in given if role) == [Role.COORDINATOR]
    assert len(await StoredPeople(database, ()).coordinators(Role.COORDINATOR)) == 1


async def test_a_claim_replaces_the_earlier(database: Database) -> None:
    """A new claim link makes the one before worthless, and leaves coordinators' invitations alone."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA, CHANNA)
    invited = await invitation(database, Role.COORDINATOR, created_by=1)
    first = await invitation(database, Role.ADMINISTRATOR, created_by=None)
    second = await invitation(database, Role.ADMINISTRATOR, created_by=None)
    assert await people.accept_invitation(first.digest, SOKHA, NOW) is None
    assert await people.accept_invitation(second.digest, SOKHA, NOW) is Role.ADMINISTRATOR
    assert await people.accept_invitation(invited.digest, CHANNA, NOW) is Role.COORDINATOR


async def test_invitations_do_not_replace_each_other(database: Database) -> None:
    """Two invitations of one coordinator both work."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA, CHANNA)
    for person_id, made in (
        (SOKHA, await invitation(database, Role.COORDINATOR)),
        (CHANNA, await invitation(database, Role.COORDINATOR)),
    ):
        assert await people.accept_invitation(made.digest, person_id, NOW) is Role.COORDINATOR


async def test_a_lower_role_never_overwrites_a_higher(database: Database) -> None:
    """An administrator who opens a coordinator's link stays administrator; a coordinator may rise."""
    people = StoredPeople(database, ())
    await meet(database, SOKHA)
    for role, held in (
        (Role.COORDINATOR, Role.COORDINATOR),
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR),
        (Role.COORDINATOR, Role.ADMINISTRATOR),
    ):
        await people.accept_invitation((await invitation(database, role)).digest, SOKHA, NOW)
        assert await role_of(database, SOKHA) is held
