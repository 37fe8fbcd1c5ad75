"""The second pair of eyes: nothing is sent that only one coordinator has seen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Words
from bot.core.broadcasts import BroadcastState
from storage.broadcasts import StoredBroadcasts
from tests.handlers.phones import begin, begin_coordinators, tap, write
from tests.storage.records import NOW, subscribe
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


async def test_refused(careful: World) -> None:
    """What is turned down is never sent, and its author reads why."""
    await tap(careful, OTHER, "b-refuse:1")
    await write(careful, OTHER, "សូមបន្ថែមឈ្មោះឃុំ")
    careful.person(OTHER).press("✖️ មិនផ្ញើទេ")
    await careful.deliver()
    await careful.send_broadcasts()
    assert await state(careful) is BroadcastState.CANCELLED
    assert "សូមបន្ថែមឈ្មោះឃុំ" in careful.read_all(AUTHOR)
    assert "លែងរង់ចាំ" in await tap(careful, OTHER, "b-approve:1:0")


async def test_changed_since(careful: World) -> None:
    """An approval counts for the words that were seen: what was corrected since must be looked at again."""
    assert await StoredBroadcasts(careful.database).approve(1, 7, careful.person(OTHER).id, NOW) is None
    assert "ត្រូវបានកែ" in await tap(careful, OTHER, "b-approve:1:7")
    assert await state(careful) is BroadcastState.PROPOSED
