"""What a chat receives, and when: chosen at a tap, and asked again when it is sent."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from telegram import Update

from bot.core.broadcasts import DeliveryState
from bot.core.forms import REVIEW, Form
from bot.core.people import Language
from bot.core.subscribers import Category, Rhythm
from tests.handlers.phones import notice, press, tap
from tests.handlers.subscribing import COORDINATOR, follow, share, shared, states
from tests.storage.records import PHNOM_PENH, PREAEK_NORIN, TONLE_BASAK
from tests.world import World

MONDAY = datetime(2026, 12, 7, 8, 0, tzinfo=PHNOM_PENH)


async def test_one_digest(world: World) -> None:
    """Three lessons come as one message on Monday at 8:00; it is edited by a correction and by a recall."""
    await follow(world, COORDINATOR, "clerk")
    await tap(world, "clerk", "rhythm:weekly")
    kept = [await shared(world, title) for title in ("ទឹក", "ផ្លូវ", "សាលា")]
    world.read_all("clerk")
    assert "🌙 រង់ចាំម៉ោងរបស់ខ្លួន (សារសង្ខេប ឬម៉ោងស្ងាត់)៖ ១" in await tap(world, COORDINATOR, f"b:{kept[0].id}")
    world.clock.now = MONDAY - timedelta(minutes=1)
    await world.send_broadcasts()
    assert world.read_all("clerk") == ""
    world.clock.now = MONDAY
    await world.send_broadcasts()
    digest = world.read("clerk")
    assert "ដំណឹងថ្មីចំនួន ៣" in digest and all(one.title in digest for one in kept)
    assert world.read_all("clerk") == ""

    services, by = world.bot.application.services, world.person(COORDINATOR).id
    answers = {"title": "ស្ពាន", "body": "ពីរ", "broadcast": str(kept[1].id)}
    form = await services.forms.save(Form(by, "correct", REVIEW, answers), world.clock())
    assert form
    texts: Mapping[Language, str] = {"km": "📖 ស្ពាន", "en": "📖 ស្ពាន"}
    assert await services.broadcasts.correct(kept[1].id, form, texts, world.clock()) == 2
    await world.send_broadcasts()
    corrected = world.person("clerk").last["text"]
    assert "ស្ពាន" in corrected and "ទឹក" in corrected and "ផ្លូវ" not in corrected

    await services.broadcasts.recall(kept[0].id, world.clock())
    await world.send_broadcasts()
    left = world.person("clerk").last["text"]
    assert "ទឹក" not in left and "ស្ពាន" in left and "សាលា" in left


async def test_quiet_hours(world: World) -> None:
    """What is shared at night comes at 7:00; where no quiet hours were wanted, at once."""
    await follow(world, COORDINATOR, "clerk", "staff")
    await tap(world, "staff", "quiet:0-0")
    world.clock.now = world.clock.now.replace(hour=21)
    await shared(world, "ទឹកស្អាត")
    assert world.person("staff").last["text"] == "📖 ទឹកស្អាត"
    assert world.person("clerk").last["text"] != "📖 ទឹកស្អាត"
    world.clock.pass_(hours=10)
    await world.send_broadcasts()
    assert world.person("clerk").last["text"] == "📖 ទឹកស្អាត"


async def test_muted_and_paused(world: World) -> None:
    """Who turned the theme, or lessons, off or pauses is not in the audience."""
    await follow(world, COORDINATOR, "clerk", "staff", "citizen", "guest")
    await tap(world, COORDINATOR, "want:lessons:off")
    await tap(world, "clerk", "mute:budget:off")
    await tap(world, "staff", "pause:week")
    assert await states(world, await shared(world, "ថវិកា", "budget")) == {DeliveryState.SENT: 2}
    assert world.person("guest").last["text"] == "📖 ថវិកា"
    assert await states(world, await shared(world, "ថវិកា និងស្ត្រី", "budget,women")) == {DeliveryState.SENT: 3}
    world.clock.pass_(days=7)
    assert await states(world, await shared(world, "ថវិកាថ្មី", "budget")) == {DeliveryState.SENT: 3}


@pytest.mark.parametrize("data", ["want:lessons:off", "mute:budget:off", "pause:month", "stop"])
async def test_a_wish_of_the_last_minute(world: World, data: str) -> None:
    """What a chat chooses between the confirmation and the sending counts."""
    await follow(world, COORDINATOR, "clerk")
    kept = await share(world, "ថវិកា", "budget")
    await tap(world, "clerk", data)
    await world.send_broadcasts()
    assert await states(world, kept) == {DeliveryState.SENT: 1, DeliveryState.SKIPPED: 1}


async def test_a_rhythm_of_the_last_minute(world: World) -> None:
    """What waits for Monday comes at once to who wants everything at once again, or tomorrow to the daily."""
    await follow(world, COORDINATOR, "clerk", "staff")
    for name in ("clerk", "staff"):
        await tap(world, name, "rhythm:weekly")
    kept = await shared(world, "ទឹកស្អាត")
    assert await states(world, kept) == {DeliveryState.SENT: 1, DeliveryState.PENDING: 2}
    await tap(world, "clerk", "rhythm:at-once")
    await tap(world, "staff", "rhythm:daily")
    await world.send_broadcasts()
    assert world.person("clerk").last["text"] == "📖 ទឹកស្អាត"
    assert await states(world, kept) == {DeliveryState.SENT: 2, DeliveryState.PENDING: 1}
    world.clock.pass_(hours=23)
    await world.send_broadcasts()
    assert await states(world, kept) == {DeliveryState.SENT: 3}


async def test_presses_at_once(world: World) -> None:
    """Taps on several buttons at the same time are all kept."""
    await follow(world, "clerk")
    person, application = world.person("clerk"), world.bot.application
    for data in ("want:lessons:off", "want:forums:off", "mute:budget:off", "rhythm:daily", "quiet:0-0"):
        person.press_data(person.last["message_id"], data)
    updates = [Update.de_json(one, application.bot) for one in world.telegram.take_updates()]
    await asyncio.gather(*(application.process_update(update) for update in updates))
    wishes = (await application.services.subscribers.subscriber(person.id)).preferences
    assert wishes.categories == {Category.MEETINGS} and wishes.muted_themes == {"budget"}
    assert wishes.rhythm is Rhythm.DAILY and wishes.quiet and wishes.quiet.begin == wishes.quiet.end


async def test_a_press_that_changes_nothing(world: World) -> None:
    """The second of two taps on one button is told that it was so already; a wrong one, that it is old."""
    await follow(world, "clerk")
    for _ in range(2):
        await tap(world, "clerk", "want:forums:off")
    assert notice(world, "clerk") == "បានកំណត់ដូច្នេះរួចហើយ។"
    for wrong in ("mute:no-such-theme:off", "quiet:1-2", "want:gossip:on", "rhythm:hourly", "restore:x"):
        await tap(world, "clerk", wrong)
        assert "ប៊ូតុងនេះលែងប្រើបានហើយ" in notice(world, "clerk"), wrong


async def test_stop_from_the_footer(world: World) -> None:
    """One tap under a broadcast ends everything in a message of its own; exactly that can be taken back."""
    await follow(world, COORDINATOR, "clerk")
    await follow(world, "clerk", commune=PREAEK_NORIN)
    await tap(world, "clerk", f"leave:{PREAEK_NORIN}")
    await shared(world, "ទឹកស្អាត")
    broadcast = world.person("clerk").last
    world.clock.pass_(minutes=1)
    stopped = await press(world, "clerk", "🔕 ឈប់ជាវ")
    assert "📖 ទឹកស្អាត" in stopped.split("---")[0] and "បានឈប់ហើយ" in stopped
    person, services = world.person("clerk"), world.bot.application.services
    assert person.message(broadcast["message_id"]) == broadcast
    assert await services.subscriptions.of_chat(person.id) == []
    assert "គ្មានការជាវទៀតទេ" in await tap(world, "clerk", "stop")
    assert "បានជាវឡើងវិញទាំងអស់" in await press(world, "clerk", "↩️")
    assert [one.code for one in await services.subscriptions.of_chat(person.id)] == [TONLE_BASAK]
