"""What coordinators do is put down once each, with the deed or not at all; looking is not."""

import re
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot.core.audit import DEEDS, Matter, filled_in, pressed
from bot.core.broadcasts import BroadcastState
from handlers import ORDER, _form
from storage.tables import audit, broadcasts, people
from tests.conversation import Conversation
from tests.events import announced, seat
from tests.handlers.phones import FAILED, begin, begin_coordinators, press, tap, upload, write
from tests.world import ADMINISTRATOR, PEOPLE, PHNOM_PENH, World

CONVERSATIONS = Path(__file__).parent.parent / "conversations"
LOOKS = """
    a a-kind a-month a-who add addition ask audit b b-ask b-at-once b-correct
    b-later b-me b-refuse b-refuse-new b-remind b-see b-see-new b-who broadcasts cancel chapter
    chapters contact door e e-add e-agenda e-announce e-back e-came e-cancel
    e-cancel-following e-cancel-this e-change e-change-following e-change-this e-door e-door-end
    e-door-seat e-feedback e-file e-guest e-guest-add e-guest-queue e-leave e-map e-mine e-minutes
    e-minutes-read e-notices e-offer e-party e-past e-seat e-seat-off e-series e-stars e-ticket
    e-walk e-who entries feedback find follow forget forget-no forget-yes form forums gap gap-add
    gap-entries gap-to gaps gaps-unused go group-language help join-anew join-fields join-on
    join-privacy k-add k-all k-chapter k-draft k-edit k-entry k-files k-find k-import
    k-retire k-retired-list k-try k-version k-versions keep-edited knowledge l-decline l-edit
    l-found l-mine l-province l-provinces l-report l-reports l-return l-review l-search l-send
    l-theme l-themes l-tried l-version l-versions l-waiting language leave lesson lessons members
    more mute mydata none o o-all o-edit o-end o-leave o-name o-names o-province
    o-provinces o-search o-sector o-sectors p p-another p-change p-council p-councils p-done p-erase
    p-event p-list p-new p-not-yet p-partly p-photos p-step pause pause-until pick place
    plan plans privacy quiet quiet-hours r-approve r-ask r-closed r-correct r-decline r-documents
    r-history r-reply read request requests restore resume rhythm same-toggle search search-cancel
    seek settings stop subscribe t t-all t-ask t-invite t-limit team themes topic unfollow
    unsubscribe useful verdict vote want withdraw
"""
"""Commands, buttons and forms that show something, ask for something, or change what is private."""

DONE = {
    "a-broadcast-is-controlled": (
        "share 1, b-do:now 1, b-do:pause 1, b-do:resume 1, correct 1, b-do:recall 1, b-account 1"
    ),
    "a-coordinator-edits-the-knowledge": "entry contact-phone, k-tell contact-phone, k-back contact-phone",
    "a-forum-is-over": "announce 1, minutes 1, e-lesson 1",
    "a-founding-member-is-described": "o-invite 12, naming 12",  # another was faster with the profile
    "a-lesson-is-declined": "invite, start, verdict:declined 1, offer 2, revise 2, l-approve 2",
    "a-lesson-is-offered": "verdict:returned 1, l-approve 1, share 1",
    "a-meeting-comes-again": "announce 1, announce 2, e-series-end 2",
    "a-party-comes": "announce 1, guest 1, e-seat-off-yes 1, e-seat-beyond 1",
    "a-request-is-reviewed": "invite, start, clarify 1, admit 1, r-undo 1, decline 1",
    "an-answer-becomes-knowledge": "take 2, answer 2, end 2, same 2, keep 2",
    "somebody-comes-without-a-seat": "announce 1, walkin 1",
}
"""What the coordinators of a conversation do, one after another; all else that they press is only a look."""


async def done(world: World) -> list[str]:
    """What the audit tells: every deed, and what it is about."""
    async with world.database.read() as connection:
        rows = await connection.execute(select(audit).order_by(audit.c.id))
        return [f"{row.deed} {row.about}".strip() for row in rows]


def beginnings(pattern: str) -> set[str]:
    """What a button of this pattern can send, with 1 for a number or a name."""
    plain = pattern.removeprefix("^(?:").removesuffix(r")\Z")
    plain = re.sub(r"\((?:\?:)?\\d\{[^)]*\)|\(\[[^)]*\)|\(\?::[^)]*\)+\?", "1", plain)
    parts = [
        one[1:-1].removeprefix("?:").split("|") if one.startswith("(") else [one]
        for one in re.findall(r"\([^()]*\)|[^()]+", plain)
    ]
    return {"".join(chosen) for chosen in product(*parts)}


def everything_bound() -> set[str]:
    """What every command, button and kind of form is called in the audit."""
    found = {name for handler in ORDER if isinstance(handler, CommandHandler) for name in handler.commands}
    for handler in ORDER:
        if isinstance(handler, CallbackQueryHandler) and isinstance(handler.pattern, re.Pattern):
            found |= {pressed(data)[0].rstrip("1") for data in beginnings(handler.pattern.pattern)}
    for kind in _form._kinds.values():
        found |= {filled_in(kind.name, {"state": state})[0] for state in ("", "returned", "declined")}
    return found - {".*"}


def test_everything_is_a_deed_or_a_look() -> None:
    """Every command, button and form has words in the audit, or is known to do nothing that belongs there.

    That each deed has its words in both languages is tested with the other texts; that a look is nothing but
    a look, at the end of every test with a World.
    """
    assert everything_bound() - set(DEEDS) == set(LOOKS.split())
    assert set(DEEDS) - everything_bound() == {"answer"}  # written, not pressed


@pytest.mark.parametrize("name", DONE)
async def test_each_deed_is_put_down_once(world: World, name: str) -> None:
    """Of a whole conversation, the audit tells each deed once, and nothing else."""
    await Conversation(world).play(CONVERSATIONS / f"{name}.txt")
    assert ", ".join(await done(world)) == DONE[name]


async def test_an_event_and_its_door(world: World) -> None:
    """Checking in, taking it back, removing, giving a seat, cancelling: each once, and nothing too late."""
    await begin(world, "coordinator", "citizen")
    event = await announced(world.database, ADMINISTRATOR)
    await seat(world.database, event, PEOPLE["citizen"])
    world.clock.now = datetime(2027, 1, 15, 7, 30, tzinfo=PHNOM_PENH)
    for verb in ("e-in", "e-in", "e-out", "e-out"):  # the second of each is too late
        await tap(world, "coordinator", f"{verb}:1:1")
    await tap(world, "coordinator", "e-seat-off-yes:1")
    await tap(world, "coordinator", "e-seat-off-yes:1")
    await tap(world, "coordinator", "e-seat-in:1")
    await tap(world, "coordinator", f"e-cancel:{event}")
    await write(world, "coordinator", "ទឹកជំនន់")
    await press(world, "coordinator", "🚫 យល់ព្រម លុបចោល")
    deeds = ["e-in 1", "e-out 1", "e-seat-off-yes 1", "e-seat-in 1", f"cancelling {event}"]
    assert await done(world) == deeds


async def test_an_import(small: World) -> None:
    """However many entries a file changes, publishing it is one deed."""
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-import")
    entries = [
        f'[[entry]]\nid = "{topic}"\nanswer_km = "ថ្មី"\n' for topic in ("years-of-work", "how-it-began")
    ]
    await upload(small, "coordinator", "two.toml", "\n".join(entries).encode())
    await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert await done(small) == ["import"]


async def test_exports(small: World) -> None:
    """To export is a deed each time, though nothing is changed; to look is none."""
    await share(small)
    event = await announced(small.database, ADMINISTRATOR)
    files = [
        *(f"b-account:1 e-came-file:{event} o-export p-table".split()),
        *("k-export:xlsx", "a-file:0:all:all", "a-file:0:all:all"),
    ]
    for data in ("p-list:0", *files):
        await tap(small, "coordinator", data)
        await tap(small, "citizen", data)
    taken = ["b-account 1", f"e-came-file {event}", "o-export", "p-table", "k-export", "a-file", "a-file"]
    assert await done(small) == ["share 1", *taken]
    shown = await write(small, "coordinator", "/audit")
    assert shown.count("បានទាញយកកំណត់ត្រាសកម្មភាព") == 2
    assert "បានទាញយកបញ្ជីអ្នកទទួលសារ «ទឹកស្អាត»" in shown


async def share(world: World, title: str = "ទឹកស្អាត") -> None:
    """A subscriber is there, and the coordinator shares a lesson with them."""
    await begin(world, "coordinator")
    await write(world, "citizen", "/subscribe")
    await write(world, "citizen", "ទន្លេបាសាក់")
    await press(world, "citizen", "✅")
    await write(world, "coordinator", "/share")
    await write(world, "coordinator", title)
    await write(world, "coordinator", "យើងបានសាងសង់អាងទឹក។")
    await press(world, "coordinator", "✅ ផ្ញើ")


async def state_of(world: World) -> BroadcastState:
    async with world.database.read() as connection:
        return BroadcastState((await connection.execute(select(broadcasts.c.state))).scalar_one())


async def test_what_is_not_done_is_not_put_down(world: World) -> None:
    """A press that is refused, forged, lost or too late leaves nothing in the audit."""
    await share(world)
    await tap(world, "citizen", "b-do:pause:1")
    await tap(world, "citizen", "a:0:0:all:all")
    assert await done(world) == ["share 1"]
    await tap(world, "coordinator", "b-do:resume:1")  # it is not paused
    await tap(world, "coordinator", "b-do:pause:1")
    await tap(world, "coordinator", "b-do:pause:1")
    await tap(world, "coordinator", "b-do:pause:99")
    assert await done(world) == ["share 1", "b-do:pause 1"]


async def test_the_clock_is_no_coordinator(world: World) -> None:
    """What the bot sends and ends by itself is nobody's deed, and neither is what citizens do."""
    await share(world)
    await world.send_broadcasts()
    assert await state_of(world) is BroadcastState.DONE
    assert await done(world) == ["share 1"]


async def test_no_deed_without_its_record(world: World) -> None:
    """Where the audit cannot be written, the deed is not done either, and the person is told so."""
    await share(world)
    async with world.database.write() as connection:
        await connection.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END")
        )
    assert FAILED in await tap(world, "coordinator", "b-do:pause:1")
    assert await state_of(world) is BroadcastState.SENDING
    async with world.database.write() as connection:
        await connection.execute(text("DROP TRIGGER broken"))
    await tap(world, "coordinator", "b-do:pause:1")
    assert await state_of(world) is BroadcastState.PAUSED
    assert await done(world) == ["share 1", "b-do:pause 1"]


async def test_erased_people_leave_a_number(world: World) -> None:
    """When a coordinator is erased, what they did stays under a number, and no trace of their id."""
    await begin_coordinators(world, "second")
    second = world.person("second").id
    await tap(world, "second", "o-left:1")
    async with world.database.write() as connection:
        await connection.execute(people.delete().where(people.c.id == second))
    async with world.database.read() as connection:
        told = [
            str(tuple(row))
            for name in ("actors", "audit")
            for row in await connection.execute(text(f"SELECT * FROM {name}"))
        ]
    assert not [row for row in told if str(second) in row]
    shown = await write(world, "coordinator", "/audit")
    assert "អ្នកសម្របសម្រួលលេខ២\nបានឱ្យសមាជិកចាកចេញពីក្រុម «" in shown


async def test_looking_for_deeds(world: World) -> None:
    """Deeds are found by person, by kind and by month, page by page; what is gone is said to be."""
    await begin_coordinators(world, "second")
    await share(world, "អណ្តូង")
    world.clock.pass_(days=31)
    for number in range(1, 9):
        await tap(world, "second", f"o-invite:{number}")
    shown = await write(world, "coordinator", "/audit")
    assert shown.count("បានបង្កើតតំណអញ្ជើញតំណាងរបស់សមាជិក") == 8
    assert "បានចែករំលែកមេរៀន «អណ្តូង»" in await press(world, "coordinator", "ចាស់ជាង")
    await press(world, "coordinator", "👤 គ្រប់គ្នា")
    of_second = await press(world, "coordinator", "second")
    assert "បានចែករំលែកមេរៀន" not in of_second
    assert "👤 second" in of_second
    await press(world, "coordinator", "🗂 គ្រប់ប្រភេទ")
    assert "គ្មានសកម្មភាពបែបនេះទេ" in await press(world, "coordinator", "ផែនការសកម្មភាព")
    await tap(world, "coordinator", "a:0:0:broadcasts:all")
    await press(world, "coordinator", "📅 គ្រប់ខែ")
    of_december = await press(world, "coordinator", "ធ្នូ ២០២៦")
    assert "១ ធ្នូ ២០២៦ ៩:០០ ព្រឹក · coordinator\nបានចែករំលែកមេរៀន «អណ្តូង»" in of_december
    assert "អណ្តូង" in await press(world, "coordinator", "🔎 ១")
    async with world.database.write() as connection:
        await connection.execute(broadcasts.delete())
    assert "បានចែករំលែកមេរៀន (លែងមានហើយ)" in await tap(world, "coordinator", "a:0:0:broadcasts:all")


async def test_what_an_earlier_version_did(world: World) -> None:
    """A deed that is no longer known is shown by its name."""
    await begin_coordinators(world)
    async with world.database.write() as connection:
        await connection.execute(text("INSERT INTO actors (id) VALUES (7)"))
        await connection.execute(
            text(
                "INSERT INTO audit (at, actor_id, role, deed, matter) "
                "VALUES ('2026-11-30 02:00:00', 7, 1, 'import', 'nothing')"
            )
        )
    assert "អ្នកសម្របសម្រួលលេខ៧" in await write(world, "coordinator", "/audit")


async def test_excel(world: World) -> None:
    """What was chosen comes as an Excel file: every deed of it, in the words of the reader."""
    await begin_coordinators(world, "second")
    await share(world, "=1+1")
    world.person("coordinator").type("/language")
    await world.deliver()
    await press(world, "coordinator", "English")
    await tap(world, "coordinator", "a-file:0:all:2026-12")
    document = world.person("coordinator").last["document"]
    assert document["file_name"] == "wgpd-audit-2026-12.xlsx"
    found = world.telegram.file(document["file_id"])
    assert found
    rows = list(load_workbook(BytesIO(found[1])).worksheets[0].values)
    assert rows[0] == ("No.", "When", "Who", "Role then", "What", "About", "Kind", "Its number")
    assert rows[1][3:] == ("administrator", "shared a lesson", "«=1+1»", "Broadcasts", "1")
    assert [row[3:5] for row in rows[2:]] == [
        ("coordinator", "used an invitation"),
        ("administrator", "made a link for somebody new in the team"),
    ]
    assert rows[1][1] == "2026-12-01 09:00:00"


def test_what_buttons_and_forms_are_about() -> None:
    """The number that a deed is about is found in the data of its button, or in the answers of its form."""
    assert pressed("b-do:recall:12") == ("b-do:recall", "12")
    assert pressed("k-retired:contact-phone:3") == ("k-retired", "contact-phone")
    assert pressed("e-in:5:6") == ("e-in", "5")
    assert pressed("go:audit") == ("go", "audit")
    assert filled_in("verdict", {"state": "returned", "lesson": "4"}) == ("verdict:returned", "4")
    assert filled_in("cancelling", {"event": "9"}) == ("cancelling", "9")
    assert filled_in("announce", {"event": "9"}) == ("announce", "")
    assert DEEDS["announce"] is Matter.BROADCAST
