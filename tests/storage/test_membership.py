"""Membership requests are sent once, decided once, and never by the applicant."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from bot.core.membership import AlreadyDecided, Decided, MembershipRequest, OwnRequest, RequestState
from storage.database import Database
from storage.forms import StoredForms
from storage.membership import StoredMembership
from tests.storage.records import LATER, NOW, REQUEST, filled_form, meet

APPLICANT, SOKHA, CHANNA = 7, 1, 2
APPROVED, DECLINED = RequestState.APPROVED, RequestState.DECLINED


async def submitted(
    database: Database, organisation: str = "ភ្នំស្រួច", person_id: int = APPLICANT
) -> MembershipRequest:
    """A request that waits."""
    await meet(database, person_id)
    form = await filled_form(database, "join", {**REQUEST, "organisation": organisation}, person_id)
    request = await StoredMembership(database).submit(form, person_id, NOW)
    assert request
    return request


async def joined(database: Database) -> list[str]:
    """The organisations that are no founding ones."""
    organisations = await StoredMembership(database).organisations()
    return [organisation.name for organisation in organisations if not organisation.founding]


async def test_submit(database: Database, other: Database) -> None:
    """A sent form becomes a request that waits, and is there for every process."""
    request = await submitted(database)
    assert {name: getattr(request, name) for name in REQUEST} == REQUEST
    assert (request.person_id, request.state, request.created_at) == (APPLICANT, RequestState.NEW, NOW)
    assert (request.decided_by, request.reason) == (None, "")
    assert await StoredMembership(other).request(request.id) == request
    assert await StoredMembership(other).latest_of(APPLICANT) == request
    assert await StoredMembership(other).waiting() == [request]


async def test_submit_closes_the_form(database: Database) -> None:
    """With the request the form is gone: pressing "send" again sends nothing."""
    await meet(database, APPLICANT)
    form = await filled_form(database, "join", REQUEST, APPLICANT)
    membership = StoredMembership(database)
    assert await membership.submit(form, APPLICANT, NOW)
    assert await StoredForms(database).draft(APPLICANT, "join") is None
    assert await membership.submit(form, APPLICANT, NOW) is None
    assert len(await membership.waiting()) == 1


async def test_twenty_presses_send_once(database: Database, other: Database) -> None:
    """Of twenty presses of "send" at once, through two processes, one request comes about."""
    await meet(database, APPLICANT)
    form = await filled_form(database, "join", REQUEST, APPLICANT)
    sent = await asyncio.gather(
        *(StoredMembership(through).submit(form, APPLICANT, NOW) for through in [database, other] * 10)
    )
    assert len([request for request in sent if request]) == 1
    assert len(await StoredMembership(database).waiting()) == 1


async def test_stale_form_is_not_sent(database: Database) -> None:
    """A form that changed after its review is not sent, and stays."""
    await meet(database, APPLICANT)
    form = await filled_form(database, "join", REQUEST, APPLICANT)
    newer = await StoredForms(database).save(replace(form, step="why"), LATER)
    assert await StoredMembership(database).submit(form, APPLICANT, LATER) is None
    assert await StoredForms(database).draft(APPLICANT, "join") == newer
    assert await StoredMembership(database).waiting() == []


async def test_submit_is_one_transaction(database: Database) -> None:
    """When the request cannot be written, the form is still there to be sent again."""
    form = await filled_form(database, "join", REQUEST, APPLICANT)  # of nobody the bot has met
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await StoredMembership(database).submit(form, APPLICANT, NOW)
    assert await StoredForms(database).draft(APPLICANT, "join") == form
    await meet(database, APPLICANT)
    assert await StoredMembership(database).submit(form, APPLICANT, NOW)


async def test_waiting_is_oldest_first(database: Database) -> None:
    """The queue shows the oldest request first, and none that is decided or withdrawn."""
    membership = StoredMembership(database)
    requests = [await submitted(database, f"អង្គការ {number}", 10 + number) for number in range(4)]
    await membership.decide(requests[0].id, APPROVED, SOKHA, LATER)
    await membership.withdraw(requests[2].id, 12, LATER)
    assert await membership.waiting() == [requests[1], requests[3]]


async def test_latest_of(database: Database) -> None:
    """Of several requests of one person, the newest counts; who has none has none."""
    await submitted(database, "មុន")
    newest = await submitted(database, "ក្រោយ")
    assert await StoredMembership(database).latest_of(APPLICANT) == newest
    assert await StoredMembership(database).latest_of(404) is None
    assert await StoredMembership(database).request(404) is None


@pytest.mark.parametrize("state", [APPROVED, DECLINED])
async def test_decide(database: Database, state: RequestState) -> None:
    """A decision is kept with who took it and why."""
    request = await submitted(database)
    membership = StoredMembership(database)
    decision = await membership.decide(request.id, state, SOKHA, LATER, "មូលហេតុ")
    assert decision == Decided(replace(request, state=state, decided_by=SOKHA, reason="មូលហេតុ"))
    assert await membership.request(request.id) == decision.request
    assert await membership.waiting() == []


async def test_no_such_request(database: Database) -> None:
    """What is no request cannot be decided."""
    assert await StoredMembership(database).decide(404, APPROVED, SOKHA, NOW) is None


async def test_two_decide_at_once(database: Database, other: Database) -> None:
    """When two coordinators decide at once, one decides and the other is told what was decided."""
    for number in range(5):
        request = await submitted(database, f"អង្គការ {number}")
        decisions = await asyncio.gather(
            StoredMembership(database).decide(request.id, APPROVED, SOKHA, LATER),
            StoredMembership(other).decide(request.id, DECLINED, CHANNA, LATER, "មូលហេតុ"),
        )
        assert Counter(type(decision) for decision in decisions) == {Decided: 1, AlreadyDecided: 1}
        kept = await StoredMembership(database).request(request.id)
        assert all(decision and decision.request == kept for decision in decisions)


async def test_decided_before(database: Database) -> None:
    """A decision that was taken stays, whatever is pressed afterwards, and even by the same person."""
    request = await submitted(database)
    membership = StoredMembership(database)
    await membership.decide(request.id, DECLINED, SOKHA, LATER, "មូលហេតុ")
    for by in (SOKHA, CHANNA, APPLICANT):
        again = await membership.decide(request.id, APPROVED, by, LATER)
        assert again == AlreadyDecided(replace(request, state=DECLINED, decided_by=SOKHA, reason="មូលហេតុ"))
    assert await joined(database) == []


@pytest.mark.parametrize("state", [APPROVED, DECLINED])
async def test_nobody_decides_their_own(database: Database, state: RequestState) -> None:
    """Who sent a request cannot decide it; it goes on waiting for somebody else."""
    request = await submitted(database)
    membership = StoredMembership(database)
    assert await membership.decide(request.id, state, APPLICANT, LATER) == OwnRequest(request)
    assert await membership.waiting() == [request]
    assert await joined(database) == []


async def test_approval_adds_the_organisation(database: Database) -> None:
    """An approved organisation is a member; a declined one is not."""
    membership = StoredMembership(database)
    first, second = await submitted(database, "អង្គការ ក"), await submitted(database, "អង្គការ ខ", 8)
    await membership.decide(first.id, APPROVED, SOKHA, LATER)
    await membership.decide(second.id, DECLINED, SOKHA, LATER)
    assert await joined(database) == ["អង្គការ ក"]


async def test_approval_adds_once(database: Database) -> None:
    """An organisation that asked twice, or that is a member already, is listed once."""
    membership = StoredMembership(database)
    for person_id, name in ((7, "អង្គការ ក"), (8, "អង្គការ ក"), (9, "UNICEF")):
        request = await submitted(database, name, person_id)
        assert isinstance(await membership.decide(request.id, APPROVED, SOKHA, LATER), Decided)
    names = [organisation.name for organisation in await membership.organisations()]
    assert (names.count("អង្គការ ក"), names.count("UNICEF"), len(names)) == (1, 1, 19)


async def test_withdraw(database: Database) -> None:
    """A request is withdrawn by its applicant while it waits, once, and then cannot be decided."""
    request = await submitted(database)
    membership = StoredMembership(database)
    assert not await membership.withdraw(request.id, SOKHA, LATER)
    assert not await membership.withdraw(404, APPLICANT, LATER)
    assert await membership.withdraw(request.id, APPLICANT, LATER)
    assert not await membership.withdraw(request.id, APPLICANT, LATER)
    decision = await membership.decide(request.id, APPROVED, SOKHA, LATER)
    assert isinstance(decision, AlreadyDecided)
    assert decision.request.state is RequestState.WITHDRAWN
    assert await joined(database) == []


async def test_withdraw_after_decision(database: Database) -> None:
    """A request that is decided can no longer be withdrawn."""
    request = await submitted(database)
    membership = StoredMembership(database)
    await membership.decide(request.id, APPROVED, SOKHA, LATER)
    assert not await membership.withdraw(request.id, APPLICANT, LATER)
    assert await joined(database) == ["ភ្នំស្រួច"]


async def test_founding_organisations(database: Database) -> None:
    """The eighteen organisations of the group's brief are members from the start, and listed first."""
    request = await submitted(database, "AAA")
    await StoredMembership(database).decide(request.id, APPROVED, SOKHA, LATER)
    organisations = await StoredMembership(database).organisations()
    assert [organisation.founding for organisation in organisations] == [True] * 18 + [False]
    names = [organisation.name for organisation in organisations]
    assert len(set(names)) == 19
    assert {"CIDSE", "Pact Cambodia", "Seila/PLG", "ADI/CCC", "Concern Worldwide"} < set(names)
