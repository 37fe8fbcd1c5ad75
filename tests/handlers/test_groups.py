"""Groups as subscribers: set up by their administrators only, reached while the bot is in them."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from bot.core.broadcasts import DeliveryState
from bot.core.subscribers import Category
from bot.sandbox.groups import Group
from tests.handlers.phones import begin, calls, press, tap, write
from tests.handlers.subscribing import COORDINATOR, follow, share, shared, states
from tests.storage.records import PHNOM_PENH, TONLE_BASAK
from tests.world import World

NOT_ADMINISTRATOR = "មានតែអ្នកគ្រប់គ្រងក្រុមនោះទេ"
CHANGES = (
    *("want:lessons:off", "mute:budget:off", "rhythm:daily", "quiet:0-0", "pause:week", "resume"),
    *("group-language:en", "stop", "restore:1", "follow", "unfollow", f"subscribe:{TONLE_BASAK}"),
    *(f"leave:{TONLE_BASAK}", "settings", "themes", "quiet-hours", "pause-until", "place:all"),
)


async def founded(world: World, *, basic: bool = False) -> Group:
    """The clerk's group, with the citizen in it, which the clerk lets receive news of a council."""
    await begin(world, COORDINATOR, "clerk", "citizen")
    group = world.telegram.group("ភូមិ", [world.person("clerk"), world.person("citizen")], basic=basic)
    world.person("clerk").start(f"group{group.id}")
    await world.deliver()
    await press(world, "clerk", "🔔 ជាវឃុំ/សង្កាត់")
    await write(world, "clerk", "Khum Tonle Basak")
    await press(world, "clerk", "✅ ជាវ")
    assert "ទទួលព័ត៌មានសម្រាប់ក្រុមប្រឹក្សា ទន្លេបាសាក់" in group.last["text"]
    return group


def links(message: dict[str, Any]) -> list[str]:
    """Where those buttons under a message lead that are links."""
    rows = message["reply_markup"]["inline_keyboard"]
    return [button["url"].partition("?start=")[2] for row in rows for button in row if "url" in button]


async def test_a_group_receives(world: World) -> None:
    """A group that its administrator subscribed gets a lesson with links for buttons, accounted for."""
    group = await founded(world)
    kept = await shared(world, "ទឹកស្អាត")
    assert group.last["text"] == "📖 ទឹកស្អាត"
    assert f"lesson-{kept.subject_id}" in links(group.last) and f"group{group.id}" in links(group.last)
    assert await states(world, kept) == {DeliveryState.SENT: 1}
    (recipient,) = await world.bot.application.services.accounts.recipients(kept.id)
    assert (recipient.name, recipient.councils) == ("ភូមិ", (TONLE_BASAK,))


async def test_only_administrators(world: World) -> None:
    """No button, forged or of better days, lets a mere member read or change what a group receives."""
    group = await founded(world)
    await begin(world, "stranger")
    services = world.bot.application.services
    before = await services.subscribers.subscriber(group.id)
    told = len(group.messages)
    for data in CHANGES:
        for name in ("citizen", "stranger"):
            assert NOT_ADMINISTRATOR in await tap(world, name, f"{data}:{group.id}"), data
    assert await services.subscribers.subscriber(group.id) == before
    assert [one.code for one in await services.subscriptions.of_chat(group.id)] == [TONLE_BASAK]
    assert len(group.messages) == told


async def test_a_form_of_better_days(world: World) -> None:
    """A search or a pause that was begun for a group ends when its administrator is none any more."""
    group = await founded(world)
    citizen, clerk = world.person("citizen"), world.person("clerk")
    for data, typed in (("follow", "Khum Batheay"), ("pause-until", "15/1/2027")):
        group.promote(citizen, clerk)
        await tap(world, "citizen", f"{data}:{group.id}")
        group.demote(citizen, clerk)
        assert NOT_ADMINISTRATOR in await write(world, "citizen", typed)
        assert await world.bot.application.services.forms.open_in(citizen.id) is None
    wishes = (await world.bot.application.services.subscribers.subscriber(group.id)).preferences
    assert wishes.paused_until is None


async def test_a_group_pauses(world: World) -> None:
    """A pause until a typed day is the group's, not its administrator's."""
    group = await founded(world)
    await tap(world, "clerk", f"pause-until:{group.id}")
    assert "ផ្អាករហូតដល់ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧" in await write(world, "clerk", "15/1/2027")
    subscribers = world.bot.application.services.subscribers
    until = datetime(2027, 1, 15, tzinfo=PHNOM_PENH)
    assert (await subscribers.subscriber(group.id)).preferences.paused_until == until
    assert (await subscribers.subscriber(world.person("clerk").id)).preferences.paused_until is None


async def test_the_bot_comes_and_goes(world: World) -> None:
    """A group without the bot, or where it may not write, gets nothing; it does again when that is over."""
    group, clerk = await founded(world), world.person("clerk")
    await follow(world, "staff")
    away, back = partial(group.remove_bot, clerk), partial(group.add_bot, clerk)
    restricted = partial(group.restrict_bot, clerk, may_write=False)
    allowed = partial(group.restrict_bot, clerk, may_write=True)
    for stop, again in ((away, back), (restricted, allowed)):
        stop()
        await world.deliver()
        assert await states(world, await shared(world, "ក")) == {DeliveryState.SENT: 1}
        again()
        await world.deliver()
        assert await states(world, await shared(world, "ខ")) == {DeliveryState.SENT: 2}
    greetings = [message for message in group.received if "មកក្រុមនេះ" in message["text"]]
    assert len(greetings) == 1 and links(greetings[0]) == [f"group{group.id}"]


async def test_away_without_a_word(world: World) -> None:
    """A group that Telegram says the bot is no longer in is remembered so, and comes back by itself."""
    group, clerk = await founded(world), world.person("clerk")
    group.remove_bot(clerk)
    world.telegram.take_updates()
    assert await states(world, await shared(world, "ក")) == {DeliveryState.BLOCKED: 1}
    assert await states(world, await shared(world, "ខ")) == {}
    group.add_bot(clerk)
    await world.deliver()
    assert await states(world, await shared(world, "គ")) == {DeliveryState.SENT: 1}


@pytest.mark.parametrize("heard", [True, False])
async def test_an_upgraded_group(world: World, heard: bool) -> None:
    """A group that became a supergroup keeps all, whether the bot heard of it or Telegram says so later."""
    old = await founded(world, basic=True)
    await tap(world, "clerk", f"want:meetings:off:{old.id}")
    kept = await share(world, "ទឹកស្អាត")
    new = old.upgrade(world.person("clerk"))
    if heard:
        await world.deliver()
    else:
        world.telegram.take_updates()
    await world.send_broadcasts()
    assert new.last["text"] == "📖 ទឹកស្អាត" and f"group{new.id}" in links(new.last)
    assert await states(world, kept) == {DeliveryState.SENT: 1}
    subscribers = world.bot.application.services.subscribers
    assert Category.MEETINGS not in (await subscribers.subscriber(new.id)).preferences.categories
    assert (await subscribers.subscriber(new.id)).title == "ភូមិ"


async def test_where_the_bot_may_not_write(world: World) -> None:
    """An administrator who opens a group in which the bot may not write is told so."""
    group, clerk = await founded(world), world.person("clerk")
    group.restrict_bot(clerk, may_write=False)
    await world.deliver()
    assert "ខ្ញុំមិនមានសិទ្ធិសរសេរក្នុងក្រុមនោះទេ" in await write(world, "clerk", f"/start group{group.id}")
    for nonsense in ("group-5", "group-0", "group-100999", f"group-{'9' * 40}"):
        assert NOT_ADMINISTRATOR in await write(world, "clerk", f"/start {nonsense}")


async def test_who_is_not_a_person(world: World) -> None:
    """An administrator who stays anonymous gets the way, too; channels and their posts get silence."""
    group = await founded(world)
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    channel_bot = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
    channel = {"id": -1009, "type": "channel", "title": "ឆានែល"}
    text = "/settings@wgpd_sandbox_bot"
    said = {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}], "date": 0}
    chat = group.record["chat"]
    before = len(calls(world, "sendMessage"))
    world.telegram.feed(
        {"message": {"message_id": 9001, "from": anonymous, "sender_chat": chat, "chat": chat, **said}}
    )
    await world.deliver()
    assert links(group.last) == [f"group{group.id}"] and len(calls(world, "sendMessage")) == before + 1
    world.telegram.feed(
        {"message": {"message_id": 9002, "from": channel_bot, "sender_chat": channel, "chat": chat, **said}}
    )
    world.telegram.feed({"channel_post": {"message_id": 1, "sender_chat": channel, "chat": channel, **said}})
    status = {"user": world.telegram.bot_user, "status": "left"}
    added = {
        "chat": {"id": group.id - 7, "type": "supergroup", "title": "ថ្មី"},
        "from": anonymous,
        "date": 0,
        "old_chat_member": status,
        "new_chat_member": {**status, "status": "member"},
    }
    world.telegram.feed({"my_chat_member": {**added, "chat": channel}})
    world.telegram.feed({"my_chat_member": added})
    await world.deliver()
    assert len(calls(world, "sendMessage")) == before + 2
    assert int(calls(world, "sendMessage")[-1]["chat_id"]) == group.id - 7
