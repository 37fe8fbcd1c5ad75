"""Membership requests are sent once, decided once, never by the applicant, and remember what was done."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.attachments import Attachment, AttachmentKind, to_text
from bot.core.forms import Form
from bot.core.membership import (
    AlreadyDecided,
    Changed,
    DeedKind,
    Done,
    MemberAlready,
    MembershipRequest,
    OwnRequest,
    RequestState,
    Sent,
    Waits,
)
from storage.database import Database
from storage.directory import StoredDirectory
from storage.forms import StoredForms
from storage.membership import StoredMembership
from tests.storage.records import LATER, NOW, REQUEST, filled_form, meet

APPLICANT, OTHER, SOKHA, CHANNA = 7, 8, 1, 2
APPROVED, DECLINED = RequestState.APPROVED, RequestState.DECLINED
DAY = timedelta(days=1)


async def submit(
    database: Database, person_id: int = APPLICANT, **answers: str
) -> Sent | Waits | MemberAlready | None:
    """What comes of a form that is sent."""
    await meet(database, person_id)
    form = await filled_form(database, "join", {**REQUEST, **answers}, person_id)
    return await StoredMembership(database).submit(form, person_id, NOW)


async def submitted(
    database: Database, person_id: int = APPLICANT, organisation: str = "ភ្នំស្រួច", **answers: str
) -> MembershipRequest:
    """A request that is like no other of these tests but in what is given."""
    unlike = {"other_name": "", "telephone": f"+855 12 345 {person_id:03}"}
    sent = await submit(database, person_id, **{**unlike, "organisation": organisation, **answers})
    assert isinstance(sent, Sent)
    return sent.request


async def decided(database: Database, request: MembershipRequest, state: RequestState) -> MembershipRequest:
    stored = StoredMembership(database)
    done = await stored.decide(request.id, request.version, state, SOKHA, LATER, "មូលហេតុ")
    assert isinstance(done, Done)
    return done.request


async def asked(database: Database, request: MembershipRequest, text: str = "ឯកសារ?") -> MembershipRequest:
    done = await StoredMembership(database).ask(request.id, request.version, SOKHA, LATER, text)
    assert isinstance(done, Done)
    return done.request


async def joined(database: Database) -> list[str]:
    """The members that are no founding ones."""
    return [one.name for one in await StoredDirectory(database).organisations() if not one.founding]


async def deeds(database: Database, request: MembershipRequest) -> list[tuple[DeedKind, int, str]]:
    found = await StoredMembership(database).deeds(request.id)
    return [(deed.kind, deed.by, deed.text) for deed in found]


# Sending.


async def test_submit(database: Database, other: Database) -> None:
    """A sent form becomes a request that says the same, waits, and is there for every process."""
    sent = await submit(database)
    assert isinstance(sent, Sent)
    request = sent.request
    assert request.answers == REQUEST
    assert (request.person_id, request.state, request.created_at) == (APPLICANT, RequestState.NEW, NOW)
    assert (request.decided_by, request.reason, sent.again) == (None, "", False)
    stored = StoredMembership(other)
    assert await stored.request(request.id) == await stored.latest_of(APPLICANT) == request
    assert await stored.open() == [request]
    assert await deeds(other, request) == [(DeedKind.SENT, APPLICANT, "")]
    assert not (await stored.request(404) or await stored.latest_of(404) or await stored.deeds(404))


async def test_twenty_presses_send_once(database: Database, other: Database) -> None:
    """Of twenty presses of "send" at once, through two processes, one request comes about."""
    await meet(database, APPLICANT)
    form = await filled_form(database, "join", REQUEST, APPLICANT)
    sent = await asyncio.gather(
        *(StoredMembership(through).submit(form, APPLICANT, NOW) for through in [database, other] * 10)
    )
    assert len([request for request in sent if request]) == 1
    assert len(await StoredMembership(database).open()) == 1
    assert await StoredForms(database).draft(APPLICANT, "join") is None


async def test_stale_form_is_not_sent(database: Database) -> None:
    """A form that changed after its review is not sent, and stays."""
    await meet(database, APPLICANT)
    form = await filled_form(database, "join", REQUEST, APPLICANT)
    newer = await StoredForms(database).save(replace(form, step="why"), LATER)
    assert await StoredMembership(database).submit(form, APPLICANT, LATER) is None
    assert await StoredForms(database).draft(APPLICANT, "join") == newer
    assert await StoredMembership(database).open() == []


async def test_submit_is_one_transaction(database: Database) -> None:
    """When the request cannot be written, the form is still there to be sent again."""
    form = await filled_form(database, "join", REQUEST, APPLICANT)  # of nobody the bot has met
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await StoredMembership(database).submit(form, APPLICANT, NOW)
    assert await StoredForms(database).draft(APPLICANT, "join") == form
    await meet(database, APPLICANT)
    assert await StoredMembership(database).submit(form, APPLICANT, NOW)


# Duplicates.


@pytest.mark.parametrize(
    "alike",
    [
        {"organisation": "អង្គការ ភ្នំ ស្រួច", "other_name": ""},
        {"organisation": "phnum-sruoch", "other_name": ""},
        {"organisation": "ថ្មី", "other_name": "ភ្នំស្រួច"},
        {"organisation": "ថ្មី", "other_name": "", "telephone": REQUEST["telephone"]},
    ],
    ids=["Khmer name", "Latin name", "the other way round", "telephone"],
)
async def test_somebody_else_asks(database: Database, alike: Mapping[str, str]) -> None:
    """While one waits, who else asks for it makes no second; it is written down that they did."""
    first = await submit(database)
    assert isinstance(first, Sent)
    again = await submit(database, OTHER, **{"telephone": "+855 99 999 999", "contact": "ចាន់ណា", **alike})
    assert again == Waits(first.request)
    assert await StoredMembership(database).open() == [first.request]
    *_, (kind, by, text) = await deeds(database, first.request)
    assert (kind, by, "ចាន់ណា" in text) == (DeedKind.REPEATED, OTHER, True)


@pytest.mark.parametrize("state", [DECLINED, RequestState.WITHDRAWN])
async def test_a_closed_request_is_opened_again(database: Database, state: RequestState) -> None:
    """Asking again after a refusal or withdrawal opens the same request, with new words and its history."""
    request, stored = await submitted(database), StoredMembership(database)
    if state is DECLINED:
        await decided(database, request, DECLINED)
    else:
        await stored.withdraw(request.id, APPLICANT, LATER)
    sent = await submit(database, organisation="ឈ្មោះថ្មី", other_name="", telephone="+855 99 999 999")
    assert isinstance(sent, Sent)
    again = sent.request
    assert (sent.again, again.id, again.organisation, again.state) == (True, request.id, "ឈ្មោះថ្មី", "new")
    assert (again.decided_by, again.reason, again.taken_by, again.waits_since) == (None, "", None, NOW)
    assert [kind for kind, *_ in await deeds(database, again)] == [DeedKind.SENT, state, DeedKind.SENT]


async def test_a_correction_changes_the_request(database: Database) -> None:
    """Correcting an open request says other words; whoever looks at it still does."""
    request, stored = await submitted(database), StoredMembership(database)
    await stored.take(request.id, SOKHA, LATER)
    sent = await submit(database, why="ដើម្បីរៀន")
    assert isinstance(sent, Sent)
    assert (sent.request.id, sent.request.why) == (request.id, "ដើម្បីរៀន")
    assert (sent.request.state, sent.request.taken_by) == (RequestState.TAKEN, SOKHA)
    assert [kind for kind, *_ in await deeds(database, request)][-1] is DeedKind.CORRECTED


async def test_many_people_ask_for_the_same(database: Database, other: Database) -> None:
    """When many ask for one organisation at once, one request comes about, and the others hear of it."""
    people = range(100, 120)
    await meet(database, *people)
    forms = [
        await filled_form(database, "join", {**REQUEST, "telephone": f"+855 12 345 {person}"}, person)
        for person in people
    ]
    sent = await asyncio.gather(
        *(
            StoredMembership(through).submit(form, form.chat_id, NOW)
            for form, through in zip(forms, [database, other] * 10, strict=True)
        )
    )
    assert Counter(type(one) for one in sent) == {Sent: 1, Waits: 19}
    assert len(await StoredMembership(database).open()) == 1


@pytest.mark.parametrize("name", ["UNICEF", "អង្គការ យូនីសេហ្វ", "seila plg"])
async def test_a_member_need_not_ask(database: Database, name: str) -> None:
    """Who asks for a member is told so, and keeps the form to correct the name."""
    sent = await submit(database, organisation=name, other_name="")
    assert isinstance(sent, MemberAlready)
    assert sent.organisation.founding
    assert await StoredForms(database).draft(APPLICANT, "join")
    assert await StoredMembership(database).open() == []


# Reviewing.


async def test_the_queue(database: Database) -> None:
    """Who has waited longest comes first; what is decided or withdrawn is among the last closed."""
    stored = StoredMembership(database)
    requests = [await submitted(database, 10 + number, f"ក្រុម {number}") for number in range(4)]
    first = await decided(database, requests[0], APPROVED)
    second = await stored.withdraw(requests[2].id, 12, LATER + DAY)
    await asked(database, requests[1])
    await stored.reply(await reply_form(database, requests[1]), 11, LATER + DAY)
    assert [request.id for request in await stored.open()] == [requests[3].id, requests[1].id]
    assert await stored.closed() == [second, first]


async def reply_form(database: Database, request: MembershipRequest, document: str = "") -> Form:
    answers = {"request": str(request.id), "answer": "បាទ មាន", "document": document}
    return await filled_form(database, "reply", answers, request.person_id)


async def test_take(database: Database) -> None:
    """Looking at a request says so, changes nothing that others look at, and another can take it over."""
    request, stored = await submitted(database), StoredMembership(database)
    for by in (SOKHA, CHANNA):
        taken = replace(request, state=RequestState.TAKEN, taken_by=by)
        assert await stored.take(request.id, by, LATER) == Done(taken)
    assert await stored.take(request.id, APPLICANT, LATER) == OwnRequest(taken)
    assert await stored.take(404, SOKHA, LATER) is None


async def test_question_and_answer(database: Database) -> None:
    """A question waits for the applicant alone; the answer and its files are in the request, once."""
    file = Attachment(AttachmentKind.DOCUMENT, "file", "unique")
    request = await submitted(database, document=to_text([replace(file, unique_id="first")]))
    stored = StoredMembership(database)
    waiting = await asked(database, request)
    assert (waiting.state, waiting.taken_by) == (RequestState.ASKED, SOKHA)
    form = await reply_form(database, request, to_text([file]))
    assert await stored.reply(form, OTHER, LATER) is None
    answers = await asyncio.gather(*(stored.reply(form, APPLICANT, LATER + DAY) for _ in range(5)))
    (answered,) = [one for one in answers if one]
    assert (answered.state, answered.waits_since) == (RequestState.TAKEN, LATER + DAY)
    assert [one.unique_id for one in answered.document] == ["first", "unique"]
    expected = [(DeedKind.ASKED, SOKHA, "ឯកសារ?"), (DeedKind.ANSWERED, APPLICANT, "បាទ មាន")]
    assert (await deeds(database, request))[1:] == expected


@pytest.mark.parametrize("state", [APPROVED, DECLINED])
async def test_decide(database: Database, state: RequestState) -> None:
    """A decision is kept with who took it and why, and stays, whatever is pressed afterwards."""
    request, stored = await submitted(database), StoredMembership(database)
    done = await decided(database, request, state)
    assert (done.state, done.decided_by, done.decided_at, done.reason) == (state, SOKHA, LATER, "មូលហេតុ")
    assert await stored.request(request.id) == done
    assert await joined(database) == (["ភ្នំស្រួច"] if state is APPROVED else [])
    for by in (SOKHA, CHANNA):
        for version in (request.version, done.version):
            again = await stored.decide(request.id, version, DECLINED, by, LATER, "x")
            assert again == AlreadyDecided(done)
    assert await stored.decide(404, 1, APPROVED, SOKHA, NOW) is None


async def test_what_was_not_seen_is_not_decided(database: Database) -> None:
    """A decision counts for what was looked at: after a correction it must be looked at again."""
    request, stored = await submitted(database), StoredMembership(database)
    await submit(database, why="ដើម្បីរៀន")
    outcome = await stored.decide(request.id, request.version, APPROVED, SOKHA, LATER)
    assert isinstance(outcome, Changed)
    assert outcome.request.why == "ដើម្បីរៀន"
    assert isinstance(await stored.ask(request.id, request.version, SOKHA, LATER, "?"), Changed)
    assert await joined(database) == []


async def test_nobody_reviews_their_own(database: Database) -> None:
    """Who sent a request can neither take, ask, decide nor undo; it goes on waiting for somebody else."""
    request, stored = await submitted(database), StoredMembership(database)
    seen = (request.id, request.version, APPLICANT, LATER)
    assert await stored.take(request.id, APPLICANT, LATER) == OwnRequest(request)
    assert await stored.ask(*seen, "?") == OwnRequest(request)
    for state in (APPROVED, DECLINED):
        assert await stored.decide(request.id, request.version, state, APPLICANT, LATER) == OwnRequest(
            request
        )
    declined = await decided(database, request, DECLINED)
    assert await stored.undo(request.id, declined.version, APPLICANT, LATER) is None


async def test_a_hundred_reviewers_leave_one_decision(database: Database, other: Database) -> None:
    """Of a hundred coordinators who decide at once, one does; all others are told what that one decided."""
    request = await submitted(database)
    outcomes = await asyncio.gather(
        *(
            StoredMembership(through).decide(
                request.id, request.version, (APPROVED, DECLINED)[by % 2], by, LATER, f"by {by}"
            )
            for by, through in enumerate([database, other] * 50, 1000)
        )
    )
    assert Counter(type(outcome) for outcome in outcomes) == {Done: 1, AlreadyDecided: 99}
    kept = await StoredMembership(database).request(request.id)
    assert all(outcome and outcome.request == kept for outcome in outcomes)
    assert len(await deeds(database, request)) == 2
    assert len(await joined(database)) == (kept is not None and kept.state is APPROVED)


# Taking back.


@pytest.mark.parametrize("state", [APPROVED, DECLINED])
async def test_undo(database: Database, state: RequestState) -> None:
    """A decision is taken back once, within a day; with an approval the membership goes too."""
    request, stored = await submitted(database), StoredMembership(database)
    done = await decided(database, request, state)
    assert await stored.undo(request.id, done.version, CHANNA, LATER + DAY) is None
    assert await stored.undo(request.id, done.version - 1, CHANNA, LATER) is None
    undone = await stored.undo(request.id, done.version, CHANNA, LATER + timedelta(hours=23))
    assert undone
    assert (undone.state, undone.taken_by, undone.reason, undone.organisation_id) == ("taken", 2, "", None)
    assert await stored.undo(request.id, done.version, CHANNA, LATER) is None
    assert (await joined(database), await StoredDirectory(database).of_person(APPLICANT)) == ([], [])
    assert (await decided(database, undone, APPROVED)).organisation_id
    assert await joined(database) == ["ភ្នំស្រួច"]


async def test_withdraw(database: Database) -> None:
    """A request is withdrawn by its applicant while it is open, once, and then cannot be decided."""
    request, stored = await submitted(database), StoredMembership(database)
    assert not await stored.withdraw(request.id, SOKHA, LATER)
    assert not await stored.withdraw(404, APPLICANT, LATER)
    withdrawn = await stored.withdraw(request.id, APPLICANT, LATER)
    assert withdrawn
    assert not await stored.withdraw(request.id, APPLICANT, LATER)
    decision = await stored.decide(request.id, withdrawn.version, APPROVED, SOKHA, LATER)
    assert decision == AlreadyDecided(withdrawn)
    assert await joined(database) == []


# Reminders.


async def test_reminders(database: Database, other: Database) -> None:
    """After 3 days and after 7, one process is told once to remind; not while the applicant has the word."""
    request = await submitted(database)
    waiting_for_answer = await submitted(database, OTHER, "ក្រុម")
    await asked(database, waiting_for_answer)

    async def reminded(days: float) -> int:
        at = NOW + timedelta(days=days)
        found = await asyncio.gather(
            *(StoredMembership(through).claim_reminders(at) for through in [database, other] * 4)
        )
        claimed = [one.id for some in found for one in some]
        assert set(claimed) <= {request.id}
        return len(claimed)

    assert [await reminded(days) for days in (2.9, 3, 6.9, 7, 30)] == [0, 1, 0, 1, 0]


async def test_one_reminder_after_a_long_absence(database: Database) -> None:
    """A bot that was away for more than a week reminds once, not for every date that it missed."""
    request, stored = await submitted(database), StoredMembership(database)
    assert [one.id for one in await stored.claim_reminders(NOW + 8 * DAY)] == [request.id]
    assert await stored.claim_reminders(NOW + 9 * DAY) == []


async def test_an_answer_begins_a_new_wait(database: Database) -> None:
    """Once answered, a request is waited for anew; a correction in between does not make it younger."""
    request, stored = await submitted(database), StoredMembership(database)
    await stored.claim_reminders(NOW + 3 * DAY)
    corrected = await submit(database, why="ដើម្បីរៀន")
    assert isinstance(corrected, Sent)
    assert await stored.claim_reminders(NOW + 4 * DAY) == []
    await asked(database, corrected.request)
    await stored.reply(await reply_form(database, request), APPLICANT, NOW + 4 * DAY)
    assert await stored.claim_reminders(NOW + 6 * DAY) == []
    assert len(await stored.claim_reminders(NOW + 7 * DAY)) == 1
