"""The page of a broadcast: its buttons, what it shows live, and its account."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell

from bot.core.broadcasts import MOST_FAILURES, Broadcast, BroadcastState, DeliveryState, Subject
from bot.sandbox.api import flood
from bot.sandbox.api.errors import ApiError, bad_request
from handlers.broadcasts import progress
from handlers.broadcasts.progress import Watch
from handlers.broadcasts.reports import begin_scheduled
from storage.accounts import StoredAccounts
from storage.broadcasts import StoredBroadcasts
from storage.people import StoredPeople
from tests.handlers.phones import (
    NOT_ALLOWED,
    begin,
    begin_coordinators,
    calls,
    labels,
    press,
    rows,
    tap,
    write,
)
from tests.storage.records import TEXTS, filled_form, subscribe
from tests.world import World

COORDINATOR, READERS = "coordinator", ("clerk", "staff")
LESSON = {"title": "ទឹកស្អាត", "body": "មួយ"}
CANNOT, UNKNOWN = "មិនអាចធ្វើបានទេ", "គ្មានការផ្សព្វផ្សាយនេះទេ"
SENDING, PAUSED, CANCELLED, DONE = "កំពុងផ្ញើ", "បានផ្អាក", "បានបោះបង់", "បានចប់"
GO_ON, PAUSE, CANCEL, YES, BACK = "▶️", "⏸", "✖️", "យល់ព្រម", "ថយក្រោយ"
DEEDS = ("pause", "resume", "now", "cancel", "recall", "retry", "resend", "settle")


def stored(world: World) -> StoredBroadcasts:
    return StoredBroadcasts(world.database)


def accounts(world: World) -> StoredAccounts:
    return StoredAccounts(world.database)


async def confirmed(world: World, *readers: str, later: timedelta | None = None) -> Broadcast:
    """A lesson that these people are to get, by the coordinator."""
    await begin_coordinators(world)
    await begin(world, *readers)
    by = world.person(COORDINATOR).id
    await subscribe(world.database, *(world.person(name).id for name in readers))
    form = await filled_form(world.database, "share", LESSON, by)
    now = world.clock()
    kept = await stored(world).confirm(
        form, Subject.LESSON, LESSON["title"], TEXTS, by, now, now + later if later else None
    )
    assert kept
    for name in (COORDINATOR, *readers):
        world.read_all(name)
    return kept


async def opened(world: World, kept: Broadcast) -> str:
    """The coordinator opens the broadcast from the list; what its message says then."""
    await write(world, COORDINATOR, "/broadcasts")
    return await do(world, f"b:{kept.id}")


async def do(world: World, data: str) -> str:
    """The coordinator presses a button of the newest message; what this message says then, and what came."""
    came = await tap(world, COORDINATOR, data)
    return page(world) + came


def page(world: World) -> str:
    """What the coordinator's newest message says now, with its buttons."""
    message = world.person(COORDINATOR).last
    buttons = [one["text"] for row in message["reply_markup"]["inline_keyboard"] for one in row]
    return "\n".join([message["text"], *(f"[ {one} ]" for one in buttons)])


async def state(world: World, kept: Broadcast) -> BroadcastState:
    found = await stored(world).broadcast(kept.id)
    assert found
    return found.state


async def refresh(world: World, watch: Watch) -> int:
    """The clock's tick for progress; how many messages it edited."""
    before = len(calls(world, "editMessageText"))
    await watch.refresh(world.bot.application.services, world.bot.application.bot)
    return len(calls(world, "editMessageText")) - before


# Who may.


async def test_only_coordinators(world: World) -> None:
    """Data of a coordinator's button, forged by a citizen, changes nothing, for all of them."""
    kept = await confirmed(world, "clerk")
    await begin(world, "citizen")
    before = rows(world)
    forged = [f"b-do:{deed}:{kept.id}" for deed in DEEDS]
    forged += [f"b-ask:{deed}:{kept.id}" for deed in ("cancel", "recall", "resend")]
    forged += [f"{name}:{kept.id}" for name in ("b", "b-account", "b-correct")]
    forged += [f"{name}:{kind}:1" for name in ("b-later", "b-at-once") for kind in ("share", "announce")]
    for data in forged:
        said = await tap(world, "citizen", data)
        assert NOT_ALLOWED in said, data
        assert LESSON["title"] not in said
        assert rows(world) == before, data
    assert calls(world, "sendDocument") == []


@pytest.mark.parametrize(
    "data", ["b-do:delete:1", "b-do:pause:x", "b:1:2", "b-do:pause:1\n", "b-ask:pause:1"]
)
async def test_no_such_button(world: World, data: str) -> None:
    """Data that no button has changes nothing."""
    await confirmed(world, "clerk")
    before = rows(world)
    await tap(world, COORDINATOR, data)
    assert rows(world) == before


# What can be done.


async def test_pause_and_go_on(world: World) -> None:
    """Pause stops it also over a restart, and the page offers to go on, which sends it."""
    kept = await confirmed(world, *READERS)
    said = await opened(world, kept)
    assert SENDING in said and LESSON["title"] in said
    assert PAUSED in await press(world, COORDINATOR, PAUSE) + page(world)
    await world.stop()
    await world.start()
    await world.send_broadcasts()
    assert not world.read_all("clerk")
    await press(world, COORDINATOR, GO_ON)
    assert SENDING in page(world)
    await world.send_broadcasts()
    assert "វេទិកា" in world.read_all("clerk")
    assert "២ ក្នុងចំណោម ២" in world.read_all(COORDINATOR)


async def test_cancel_asks_first(world: World) -> None:
    """Cancel asks first; back leads back, and yes cancels, so that nobody gets it."""
    kept = await confirmed(world, "clerk")
    await opened(world, kept)
    for answer, after in ((BACK, BroadcastState.SENDING), (YES, BroadcastState.CANCELLED)):
        await press(world, COORDINATOR, CANCEL)
        assert await state(world, kept) is BroadcastState.SENDING
        await press(world, COORDINATOR, answer)
        assert await state(world, kept) is after
    assert CANCELLED in page(world)
    await world.send_broadcasts()
    assert not world.read_all("clerk")


async def test_planned(world: World) -> None:
    """What is planned says when, can be sent now, and is not sent before."""
    kept = await confirmed(world, "clerk", later=timedelta(days=1))
    said = await opened(world, kept)
    assert "ទី២ ខែធ្នូ" in said
    await world.send_broadcasts()
    assert not world.read_all("clerk")
    await press(world, COORDINATOR, GO_ON)
    await world.send_broadcasts()
    assert "វេទិកា" in world.read_all("clerk")


async def test_missed_asks(world: World) -> None:
    """What the bot slept through asks its coordinator once, with both ways on, and waits for the answer."""
    kept = await confirmed(world, "clerk", later=timedelta(days=1))
    world.clock.pass_(days=1, hours=1, seconds=1)
    application = world.bot.application
    for expected in (True, False):
        await begin_scheduled(application.services, application.bot)
        await world.send_broadcasts()
        said = world.read_all(COORDINATOR)
        assert ("ប៉ុន្តែមិនបានផ្ញើទេ" in said) == expected
        if expected:
            assert [label[0] for label in labels(said)[:2]] == [GO_ON[0], CANCEL[0]]
    assert not world.read_all("clerk")
    assert await state(world, kept) is BroadcastState.MISSED


async def test_told_why_it_paused(world: World) -> None:
    """When it pauses itself, the coordinator is told so, with Telegram's reason and the button to go on."""
    await confirmed(world, "clerk")
    reason = "can't parse entities: <b>"
    world.telegram.fail_next("sendMessage", bad_request(reason), chat_id=world.person("clerk").id)
    await world.send_broadcasts()
    said = world.read_all(COORDINATOR)
    assert "បានផ្អាកដោយខ្លួនឯង" in said and "មូលហេតុ" in said and reason in said.lower()
    assert any(label.startswith(GO_ON) for label in labels(said))
    await world.send_broadcasts()
    assert not world.read_all(COORDINATOR)
    await press(world, COORDINATOR, GO_ON)
    await world.send_broadcasts()
    assert "វេទិកា" in world.read_all("clerk")


async def test_failures_pause_it(world: World) -> None:
    """Failures in a row, as Telegram really tells them, pause it, and the coordinator is told."""
    kept = await confirmed(world, "clerk")
    for _ in range(MOST_FAILURES):
        assert not world.read_all(COORDINATOR)
        trouble = ApiError(502, "Bad Gateway")
        world.telegram.fail_next("sendMessage", trouble, chat_id=world.person("clerk").id)
        await world.send_broadcasts()
        world.clock.pass_(hours=1)
    assert "Bad Gateway" in world.read_all(COORDINATOR)
    assert await state(world, kept) is BroadcastState.PAUSED


async def test_retry_of_the_failed(world: World) -> None:
    """The failed are counted on their button, which sends to them and to nobody else."""
    kept = await confirmed(world, *READERS)
    world.telegram.fail_next("sendMessage", bad_request("not now"), chat_id=world.person("clerk").id)
    await world.send_broadcasts()
    assert "វេទិកា" in world.read_all("staff")
    await opened(world, kept)
    assert any("🔁" in label and "(១)" in label for label in labels(page(world)))
    await press(world, COORDINATOR, "🔁")
    await world.send_broadcasts()
    assert "វេទិកា" in world.read_all("clerk")
    assert not world.read_all("staff")


@pytest.mark.parametrize("resend", [True, False])
async def test_the_uncertain(world: World, resend: bool) -> None:
    """Of the uncertain, it is asked before they get it again; taken for sent, they get nothing."""
    kept = await confirmed(world, *READERS)
    world.telegram.fail_next("sendMessage", flood.TIMEOUT_AFTER, chat_id=world.person("clerk").id)
    await world.send_broadcasts()
    for name in READERS:
        world.read_all(name)
    await opened(world, kept)
    if resend:
        await press(world, COORDINATOR, "📤")
        await world.send_broadcasts()
        assert not world.read_all("clerk")
        await press(world, COORDINATOR, YES)
    else:
        await press(world, COORDINATOR, "✅ រាប់")
    await world.send_broadcasts()
    assert bool(world.read_all("clerk")) == resend
    assert not world.read_all("staff")
    assert (await accounts(world).tally(kept.id)).counts == {DeliveryState.SENT: 2}


async def test_recall(world: World) -> None:
    """A recall asks first, deletes the message where Telegram allows it, and counts where it does not."""
    kept = await confirmed(world, *READERS)
    await world.send_broadcasts()
    refusal = bad_request("message can't be deleted for everyone")
    world.telegram.fail_next("deleteMessage", refusal, chat_id=world.person("staff").id)
    await opened(world, kept)
    await press(world, COORDINATOR, "🗑")
    await world.send_broadcasts()
    assert calls(world, "deleteMessage") == []
    await press(world, COORDINATOR, YES)
    await world.send_broadcasts()
    assert "វេទិកា" not in world.person("clerk").last["text"]
    assert world.person("staff").last["text"] == "វេទិកា"
    said = await opened(world, kept)
    assert "បានដកវិញ៖ ១" in said and "លុបមិនបានទៀតទេ៖ ១" in said
    assert not any(sign in label for label in labels(said) for sign in "🗑✏🔁📤")


async def test_recall_after_two_days(world: World) -> None:
    """After 48 hours Telegram deletes nothing more, and each is counted."""
    kept = await confirmed(world, *READERS)
    await world.send_broadcasts()
    world.clock.pass_(hours=49)
    await do(world, f"b-do:recall:{kept.id}")
    await world.send_broadcasts()
    assert "លុបមិនបានទៀតទេ៖ ២" in await opened(world, kept)
    assert (await accounts(world).tally(kept.id)).counts == {DeliveryState.SENT: 2}


async def test_an_unchanged_edit_is_done(world: World) -> None:
    """A correction that changes nothing, as Telegram says, counts as done."""
    kept = await confirmed(world, "clerk")
    await world.send_broadcasts()
    form = await filled_form(world.database, "correct", LESSON, world.person(COORDINATOR).id)
    assert await stored(world).correct(kept.id, form, TEXTS, world.clock()) == 1
    await world.send_broadcasts()
    assert len(calls(world, "editMessageText")) == 1
    changes = await accounts(world).changes(kept.id)
    assert (changes.due, changes.refused) == (0, 0)


@pytest.mark.parametrize("deed", ["pause", "resume", "cancel", "retry", "resend", "settle"])
async def test_what_cannot_be(world: World, deed: str) -> None:
    """What cannot be done (any more) is said, and changes nothing; also of no broadcast."""
    kept = await confirmed(world, "clerk")
    await world.send_broadcasts()
    await opened(world, kept)
    before = await state(world, kept), (await accounts(world).tally(kept.id)).counts
    for number in (kept.id, 404):
        assert CANNOT in await tap(world, COORDINATOR, f"b-do:{deed}:{number}")
    assert before == (await state(world, kept), (await accounts(world).tally(kept.id)).counts)


async def test_unknown(world: World) -> None:
    """A broadcast that does not exist is neither opened nor corrected, and this is said."""
    await begin_coordinators(world)
    for data in ("b:404", "b-correct:404"):
        assert UNKNOWN in await tap(world, COORDINATOR, data)


# Live.


async def test_live(world: World) -> None:
    """The page is edited only when it changed, carries the bar, and its buttons go on working."""
    kept = await confirmed(world, *READERS)
    await opened(world, kept)
    assert "░" * 12 in page(world)
    watch = Watch()
    await refresh(world, watch)
    assert [await refresh(world, watch) for _ in range(3)] == [0, 0, 0]
    wait = ApiError(502, "Bad Gateway")
    world.telegram.fail_next("sendMessage", wait, chat_id=world.person("staff").id)
    await world.send_broadcasts()
    assert [await refresh(world, watch) for _ in range(3)] == [1, 0, 0]
    assert "▓" * 6 + "░" * 6 + " ៥០%" in page(world)
    world.clock.pass_(seconds=4)
    assert await refresh(world, watch) == 1
    assert "ក្នុងមួយវិនាទី" in page(world)
    await press(world, COORDINATOR, PAUSE)
    assert [await refresh(world, watch) for _ in range(3)][1:] == [0, 0]
    assert PAUSED in page(world)


async def test_the_page_shows_the_end(world: World) -> None:
    """The page shows at last that the broadcast is done, and is then left alone."""
    kept = await confirmed(world, *READERS)
    await opened(world, kept)
    shown = world.person(COORDINATOR).last["message_id"]
    watch = Watch()
    await refresh(world, watch)
    await world.send_broadcasts()
    assert [await refresh(world, watch) for _ in range(3)] == [1, 0, 0]
    (message,) = [one for one in world.person(COORDINATOR).received if one["message_id"] == shown]
    assert SENDING not in message["text"]
    assert DONE in message["text"]
    world.clock.pass_(days=1)
    assert await refresh(world, watch) == 0


async def test_a_page_that_is_gone(world: World) -> None:
    """A page that cannot be edited any more keeps no other from being brought up to date."""
    first = await confirmed(world, "clerk")
    await opened(world, first)
    gone = world.person(COORDINATOR).last["message_id"]
    await opened(world, await confirmed(world, "clerk"))
    world.telegram.remove_message(world.person(COORDINATOR).id, gone)
    watch = Watch()
    assert [await refresh(world, watch) for _ in range(3)] == [2, 0, 0]


async def test_telegram_fails_at_the_end(world: World) -> None:
    """When Telegram fails just as the page would show the end, the page shows it at the next tick."""
    kept = await confirmed(world, "clerk")
    await opened(world, kept)
    shown = world.person(COORDINATOR).last["message_id"]
    watch = Watch()
    await refresh(world, watch)
    await world.send_broadcasts()
    world.telegram.fail_next("editMessageText", flood.BAD_GATEWAY)
    for _ in range(2):
        await refresh(world, watch)
    (message,) = [one for one in world.person(COORDINATOR).received if one["message_id"] == shown]
    assert DONE in message["text"]
    assert await refresh(world, watch) == 0


async def test_a_question_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question asked just while the page is being brought up to date is not edited away."""
    kept = await confirmed(world, "clerk")
    await opened(world, kept)
    reckon = progress.page

    async def while_pressed(*given: Any) -> Any:
        reckoned = await reckon(*given)
        await do(world, f"b-ask:cancel:{kept.id}")
        return reckoned

    monkeypatch.setattr(progress, "page", while_pressed)
    await Watch().refresh(world.bot.application.services, world.bot.application.bot)
    assert YES in page(world)


# The account.


async def account(world: World, kept: Broadcast) -> list[tuple[Cell, ...]]:
    """The rows of the file that the coordinator gets, without the headings."""
    await tap(world, COORDINATOR, f"b-account:{kept.id}")
    document = world.person(COORDINATOR).last["document"]
    assert document["file_name"] == f"wgpd-broadcast-{kept.id}.xlsx"
    file = world.telegram.file(document["file_id"])
    assert file
    sheet = load_workbook(BytesIO(file[1])).active
    assert sheet
    return list(sheet.iter_rows(min_row=2))  # type: ignore[arg-type]


async def test_the_account(world: World) -> None:
    """The Excel has a row for every recipient, with their council, what became of it, when, and why."""
    kept = await confirmed(world, "clerk", "staff", "citizen")
    world.person("staff").block()
    world.telegram.fail_next("sendMessage", bad_request("=1+1"), chat_id=world.person("citizen").id)
    await world.send_broadcasts()
    found = {str(row[0].value): [cell.value for cell in row[1:]] for row in await account(world, kept)}
    names = [f"person {world.person(name).id}" for name in ("clerk", "staff", "citizen")]
    assert sorted(found) == sorted(names)
    clerk, staff, citizen = (found[name] for name in names)
    assert "120101" in str(clerk[0])
    assert clerk[1:5] == ["km", "បានទទួល", 1, "2026-12-01 09:00:00"]
    assert staff[2] == "បានទប់ស្កាត់"
    assert (citizen[2], citizen[5]) == ("ផ្ញើមិនបាន", "=1+1")


async def test_no_formulas(world: World) -> None:
    """Names that look like formulas stay texts."""
    kept = await confirmed(world, *READERS)
    names = ['=HYPERLINK("http://x";"y")', "@SUM(A1)"]
    for reader, name in zip(READERS, names, strict=True):
        people = StoredPeople(world.database, ())
        await people.meet(world.person(reader).id, name, "km", world.clock())
    found = [(row[0].value, row[0].data_type) for row in await account(world, kept)]
    assert found == [(name, "s") for name in names]
