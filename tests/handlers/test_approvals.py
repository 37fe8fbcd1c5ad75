"""The second pair of eyes: nothing is sent that only one coordinator has seen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Update, update

from bot.app import Words
from bot.core.broadcasts import BroadcastState, Subject
from bot.core.subscribers import USUAL_HOURS
from storage.approvals import StoredApprovals
from storage.broadcasts import StoredBroadcasts
from storage.lessons import StoredLessons
from storage.tables import broadcasts, lessons
from tests.handlers.phones import begin, begin_coordinators, data_of, press, tap, write
from tests.storage.records import EVENT, LESSON, NOW, TEXTS, filled_form, subscribe
from tests.world import World, begin_world

AUTHOR, OTHER = "coordinator", "second"


@pytest.fixture
async def careful(tmp_path: Path, words: Words) -> AsyncIterator[World]:
    """A bot with the setting on, two coordinators, a reader, and a lesson that one of them proposed."""
    world = await begin_world(tmp_path, words, second_pair_of_eyes=True)
    await begin_coordinators(world, OTHER)
    await begin(world, "clerk")
    await subscribe(world.database, world.person("clerk").id)
    for text in ("/share", "ទឹកស្អាត", "ឃុំបានជួសជុលអណ្តូងចំនួនបួន"):
        await write(world, AUTHOR, text)
    world.person(AUTHOR).press("👀 ស្នើឱ្យអ្នកសម្របសម្រួលម្នាក់ទៀតយល់ព្រម")
    await world.deliver()
    yield world
    await world.stop()


async def state(world: World) -> BroadcastState:
    found = await StoredBroadcasts(world.database).broadcast(1)
    assert found
    return found.state


async def test_nothing_goes_unseen(careful: World) -> None:
    """What is proposed is not sent, and its author cannot approve it; another is asked to look."""
    assert "ទឹកស្អាត" in careful.read_all(OTHER)
    careful.read_all(AUTHOR)
    assert "អ្នកផ្សេង" in await tap(careful, AUTHOR, "b-approve:1:0")
    await careful.send_broadcasts()
    assert not careful.person("clerk").received or "ទឹកស្អាត" not in careful.person("clerk").last["text"]
    assert await state(careful) is BroadcastState.PROPOSED


async def test_approved(careful: World) -> None:
    """Another coordinator sees what recipients get and their number, approves, and it is sent once."""
    seen = await tap(careful, OTHER, "b-see:1")
    assert "ឃុំបានជួសជុលអណ្តូងចំនួនបួន" in seen
    assert "អ្នកទទួលមានចំនួន ១" in seen
    for _ in range(2):
        await tap(careful, OTHER, "b-approve:1:0")
        await careful.send_broadcasts()
    received = [m for m in careful.person("clerk").received if "ទឹកស្អាត" in m.get("text", "")]
    assert len(received) == 1
    assert "បានយល់ព្រម" in careful.read_all(AUTHOR)


async def refuse(world: World) -> None:
    """Another coordinator turns the lesson down."""
    await tap(world, OTHER, "b-refuse:1")
    await write(world, OTHER, "សូមបន្ថែមឈ្មោះឃុំ")
    world.person(OTHER).press("✖️ មិនផ្ញើទេ")
    await world.deliver()


async def test_refused(careful: World) -> None:
    """What is turned down is never sent, and its author reads why."""
    await refuse(careful)
    await careful.send_broadcasts()
    assert await state(careful) is BroadcastState.CANCELLED
    assert "សូមបន្ថែមឈ្មោះឃុំ" in careful.read_all(AUTHOR)
    assert "លែងរង់ចាំ" in await tap(careful, OTHER, "b-approve:1:0")


async def test_changed_since(careful: World) -> None:
    """An approval counts for the words that were seen: what was corrected since must be looked at again."""
    approvals = StoredApprovals(careful.database, USUAL_HOURS)
    assert await approvals.approve(1, 7, careful.person(OTHER).id, NOW) is None
    assert "ត្រូវបានកែ" in await tap(careful, OTHER, "b-approve:1:7")
    assert await state(careful) is BroadcastState.PROPOSED


# What is proposed is nobody's to find.


async def lessons_found(world: World) -> list[str]:
    """What the library holds."""
    return [one.title for one in (await StoredLessons(world.database).newest(0))[0]]


async def test_a_lesson_is_not_public(careful: World) -> None:
    """A lesson enters the library when it is approved, as its author's, and as it was corrected till then."""
    assert await lessons_found(careful) == []
    await edit(careful, AUTHOR)
    assert await lessons_found(careful) == []
    await tap(careful, OTHER, "b-approve:1:1")
    (lesson,) = (await StoredLessons(careful.database).newest(0))[0]
    assert lesson.author_id == careful.person(AUTHOR).id
    assert NEW in lesson.body
    await careful.send_broadcasts()
    assert NEW in await tap(careful, "clerk", f"lesson:{lesson.id}")


async def test_what_is_refused_was_never_there(careful: World) -> None:
    """What is turned down leaves nothing in the library, and cannot be corrected any more."""
    await refuse(careful)
    assert await lessons_found(careful) == []
    await tap(careful, AUTHOR, "b:1")
    assert data_of(careful, "📊", AUTHOR)
    assert not data_of(careful, "✏️", AUTHOR)


async def test_a_lesson_of_the_library(sent: World) -> None:
    """What a proposal changes in a lesson is in the library only when approved, and not over newer words."""
    for number in (2, 3):
        await tap(sent, AUTHOR, "l-send:1")
        await press(sent, AUTHOR, "✏️ ចំណងជើង")
        await write(sent, AUTHOR, f"ទឹកស្អាត ២០២{number}")
        await press(sent, AUTHOR, PROPOSE)
    assert await lessons_found(sent) == ["ទឹកស្អាត"]
    await tap(sent, OTHER, "b-approve:2:0")
    assert await lessons_found(sent) == ["ទឹកស្អាត ២០២2"]
    assert "ក្រោយពេលស្នើ" in await tap(sent, OTHER, "b-approve:3:0")
    assert await lessons_found(sent) == ["ទឹកស្អាត ២០២2"]


async def test_an_event_is_not_public(careful: World) -> None:
    """A forum can be found when it is approved."""
    form = await filled_form(careful.database, "announce", EVENT, careful.person(AUTHOR).id)
    stored, by = StoredBroadcasts(careful.database), careful.person(AUTHOR).id
    kept = await stored.confirm(form, Subject.EVENT, EVENT["title"], TEXTS, by, NOW, None, True)
    assert kept
    assert EVENT["title"] not in await write(careful, "clerk", "/forums")
    await tap(careful, OTHER, f"b-approve:{kept.id}:0")
    assert EVENT["title"] in await write(careful, "clerk", "/forums")


# When.


async def planned(world: World) -> int:
    """A lesson that its author proposes for tomorrow."""
    by = world.person(AUTHOR).id
    form = await filled_form(world.database, "share", LESSON, by)
    kept = await StoredBroadcasts(world.database).confirm(
        form, Subject.LESSON, LESSON["title"], TEXTS, by, NOW, NOW + timedelta(days=1), True
    )
    assert kept
    return kept.id


async def test_the_plan_is_seen(careful: World) -> None:
    """Who is to approve sees when it will be sent."""
    number = await planned(careful)
    assert "នឹងផ្ញើនៅថ្ងៃពុធ ទី២ ខែធ្នូ" in await tap(careful, OTHER, f"b-see:{number}")


async def test_a_late_approval(careful: World) -> None:
    """Approved long after its time, it is not sent before somebody says so."""
    number = await planned(careful)
    careful.clock.pass_(days=2)
    assert "បានកន្លងផុត" in await tap(careful, OTHER, f"b-see:{number}")
    careful.read_all(AUTHOR)
    await tap(careful, OTHER, f"b-approve:{number}:0")
    await careful.send_broadcasts()
    assert LESSON["title"] not in careful.read_all("clerk")
    assert "▶️ ផ្ញើឥឡូវ" in careful.read_all(AUTHOR)
    await press(careful, AUTHOR, "▶️ ផ្ញើឥឡូវ")
    await careful.send_broadcasts()
    assert careful.read_all("clerk")


# Corrections.

PROPOSE, DO_NOT, CHANGING = "👀 ស្នើឱ្យ", "✖️ មិនកែទេ", "សារដែលត្រូវកែ ឬលុបទៀត៖ ១"
OLD, NEW = "អណ្តូងចំនួនបួន", "អណ្តូងចំនួនប្រាំ"


def arrived(world: World) -> str:
    """What the clerk reads in the lesson now."""
    return str(next(m["text"] for m in world.person("clerk").received if "ទឹកស្អាត" in m.get("text", "")))


async def edit(world: World, name: str, body: str = NEW) -> str:
    """Somebody writes another text for the lesson, and confirms."""
    await tap(world, name, "b-correct:1")
    await press(world, name, "✏️ អត្ថបទ")
    await write(world, name, f"ឃុំបានជួសជុល{body}")
    return await press(world, name, PROPOSE)


@pytest.fixture
async def sent(careful: World) -> World:
    """The lesson was approved and has arrived; its author proposes a correction."""
    await tap(careful, OTHER, "b-approve:1:0")
    await careful.send_broadcasts()
    careful.read_all(OTHER)
    assert "នៅដដែល" in await edit(careful, AUTHOR)
    await careful.send_broadcasts()
    return careful


async def test_a_correction_waits(sent: World) -> None:
    """What arrived is not edited before somebody else than the author has seen both texts and approved."""
    assert OLD in arrived(sent)
    assert "លើការកែសារ" in sent.read_all(OTHER)
    for data in ("b-see-new:1", "b-approve-new:1"):
        assert "អ្នកផ្សេង" in await tap(sent, AUTHOR, data)
    await sent.send_broadcasts()
    assert OLD in arrived(sent)
    assert "មានការកែសារ" in await tap(sent, OTHER, "b:1")
    seen = await press(sent, OTHER, "👀 ពិនិត្យមើល")
    assert seen.index(OLD) < seen.index(NEW)
    assert "មានចំនួន ១" in seen


async def test_a_correction_is_approved(sent: World) -> None:
    """Approved, the message is edited once where it arrived, and the author of the correction hears so."""
    sent.read_all(AUTHOR)
    assert CHANGING in await tap(sent, OTHER, "b-approve-new:1")
    await sent.send_broadcasts()
    assert NEW in arrived(sent)
    assert "បានយល់ព្រមលើការកែសារ" in sent.read_all(AUTHOR)
    assert "លែងរង់ចាំ" in await tap(sent, OTHER, "b-approve-new:1")


async def test_a_correction_is_refused(sent: World) -> None:
    """Turned down, the message stays as it is, and the author of the correction reads why."""
    await tap(sent, OTHER, "b-refuse-new:1")
    await write(sent, OTHER, "ចំនួននេះមិនត្រឹមត្រូវទេ")
    sent.read_all(AUTHOR)
    await press(sent, OTHER, DO_NOT)
    await sent.send_broadcasts()
    assert OLD in arrived(sent)
    assert "ចំនួននេះមិនត្រឹមត្រូវទេ" in sent.read_all(AUTHOR)
    assert "លែងរង់ចាំ" in await tap(sent, OTHER, "b-see-new:1")


async def test_a_newer_correction(sent: World) -> None:
    """An approval counts for the words that were seen: a correction that was replaced is not made."""
    await edit(sent, AUTHOR, "អណ្តូងចំនួនប្រាំមួយ")
    assert "លែងរង់ចាំ" in await tap(sent, OTHER, "b-approve-new:1")
    await tap(sent, OTHER, "b-approve-new:2")
    await sent.send_broadcasts()
    assert "ប្រាំមួយ" in arrived(sent)


async def test_one_correction_at_a_time(sent: World) -> None:
    """Nobody's correction takes the place of somebody else's that waits."""
    assert "ពិនិត្យមើលសិន" in await edit(sent, OTHER, "អណ្តូងចំនួនដប់")
    assert NEW in await tap(sent, OTHER, "b-see-new:1")


@pytest.mark.parametrize("change", [update(broadcasts).values(revision=5), update(lessons).values(version=5)])
async def test_a_correction_of_what_changed(sent: World, change: Update) -> None:
    """A correction of what was changed meanwhile, here or in the library, is not made, and this is said."""
    async with sent.database.write() as connection:
        await connection.execute(change)
    assert "បានផ្លាស់ប្តូរ" in await tap(sent, OTHER, "b-approve-new:1")
    await sent.send_broadcasts()
    assert OLD in arrived(sent)


async def test_a_correction_after_a_recall(sent: World) -> None:
    """What was recalled is not corrected any more."""
    await tap(sent, AUTHOR, "b-do:recall:1")
    for data in ("b-see-new:1", "b-approve-new:1"):
        assert "លែងរង់ចាំ" in await tap(sent, OTHER, data)


async def test_the_words_are_whose(careful: World) -> None:
    """Who corrects what is only proposed becomes its author: they cannot approve it, and the other can."""
    await edit(careful, OTHER)
    assert "អ្នកផ្សេង" in await tap(careful, OTHER, "b-approve:1:1")
    await tap(careful, AUTHOR, "b-approve:1:1")
    await careful.send_broadcasts()
    assert NEW in arrived(careful)


# Reminders.


async def test_a_reminder_waits(sent: World) -> None:
    """A reminder is sent when another coordinator approved it, and not to who has read meanwhile."""
    await begin(sent, "staff")
    await subscribe(sent.database, sent.person("staff").id)
    await tap(sent, AUTHOR, "b-remind:1")
    await press(sent, AUTHOR, PROPOSE)
    await sent.send_broadcasts()
    assert "🔔 ទឹកស្អាត" in sent.read_all(OTHER)
    assert "អ្នកផ្សេង" in await tap(sent, AUTHOR, "b-approve:2:0")
    seen = await tap(sent, OTHER, "b-see:2")
    assert "សូមរំលឹក" in seen
    assert "មិនទាន់បានអាន" in seen
    sent.read_all("clerk")
    await tap(sent, OTHER, "b-approve:2:0")
    await sent.send_broadcasts()
    assert "សូមរំលឹក" in sent.read_all("clerk")
    assert "🔔 ទឹកស្អាត" in sent.read_all(AUTHOR)


async def test_read_before_the_approval(sent: World) -> None:
    """Whoever reads while the reminder waits is not called on."""
    await tap(sent, AUTHOR, "b-remind:1")
    await press(sent, AUTHOR, PROPOSE)
    await tap(sent, "clerk", "read:1")
    sent.read_all("clerk")
    await tap(sent, OTHER, "b-approve:2:0")
    await sent.send_broadcasts()
    assert "សូមរំលឹក" not in sent.read_all("clerk")
