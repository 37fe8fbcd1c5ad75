"""The knowledge in the chat: retiring, two coordinators at once, and who may press what."""

import re
from dataclasses import replace

import pytest
from telegram.ext import CallbackQueryHandler

from bot.core.knowledge import Change
from handlers import ORDER
from tests.handlers.phones import (
    FAILED,
    FORUM,
    FOUNDED,
    NOT_ALLOWED,
    OLD_BUTTON,
    ask_founded,
    begin,
    begin_coordinators,
    calls,
    change_answer,
    data_of,
    labels,
    notice,
    press,
    rows,
    tap,
    write,
)
from tests.world import World

MEANWHILE = "មានអ្នកផ្សេងបានដាក់ប្រើកំណែថ្មី"
PUBLISHED = "បានដាក់ប្រើហើយ"
UNKNOWN_PRESS = "ប៊ូតុងនេះលែងប្រើបានហើយ។ សូមចុច /help"


# Retiring.


async def test_retire_and_bring_back(small: World) -> None:
    """A retired entry is no longer answered, is found among the retired, and can be brought back."""
    assert "២០០៣" in await ask_founded(small)
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-entry:founded-when")
    assert "១ ដង" in await press(small, "coordinator", "🗑 ដកចេញ")
    assert "បានដកចេញ" in await press(small, "coordinator", "🗑 យល់ព្រម")
    assert "២០០៣" not in await ask_founded(small)
    await write(small, "coordinator", "/knowledge")
    assert FOUNDED in await press(small, "coordinator", "🗑 បានដកចេញ")
    opened = await press(small, "coordinator", FOUNDED)
    assert "(ដកចេញ) · coordinator" in opened
    assert "[ ✏️ កែ ]" not in opened
    assert "🗑" not in opened
    await press(small, "coordinator", "🕘 កំណែមុនៗ")
    await press(small, "coordinator", "កំណែ ០")
    assert PUBLISHED in await press(small, "coordinator", "↩️ យកកំណែនេះមកប្រើវិញ")
    assert "២០០៣" in await ask_founded(small)
    assert small.bot.application.services.knowledge == small.words.knowledge
    await write(small, "coordinator", "/knowledge")
    assert FOUNDED not in await press(small, "coordinator", "🗑 បានដកចេញ")


async def test_the_retired_is_not_edited(small: World) -> None:
    """The old buttons of a retired entry answer politely, and change nothing."""
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-retired:founded-when:0")
    before = rows(small)
    for data in ("k-edit:founded-when", "k-retire:founded-when", "k-retired:founded-when:1"):
        assert UNKNOWN_PRESS in await tap(small, "coordinator", data)
    assert UNKNOWN_PRESS in await tap(small, "coordinator", "topic:km:founded-when")
    assert rows(small) == before


async def test_what_contact_says_is_not_retired(small: World) -> None:
    """The entry that /contact says cannot be retired, by its button or a forged one."""
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-entry:how-to-contact")
    assert "ចំណុចនេះដកចេញមិនបានទេ" in await press(small, "coordinator", "🗑 ដកចេញ")
    assert UNKNOWN_PRESS in await tap(small, "coordinator", "k-retired:how-to-contact:0")
    assert rows(small)["entry_versions"] == []
    assert "០២៣" in await write(small, "citizen", "/contact")


async def test_examples_without_the_retired(small: World) -> None:
    """A retired entry is offered nowhere: not as an example, nor in its chapter, nor as related."""
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-retired:founded-when:0")
    assert FOUNDED not in await write(small, "citizen", "/ask")
    assert FOUNDED not in await tap(small, "citizen", "chapter:km:history")
    assert FOUNDED not in await tap(small, "citizen", "topic:km:how-it-began")


# Two coordinators at once.


async def test_two_coordinators_edit_one_entry(small: World) -> None:
    """The second to publish is told, the first one's version stands, and the second's draft is kept."""
    await begin_coordinators(small, "second")
    assert "ចម្លើយទីមួយ" in await change_answer(small, "coordinator", "founded-when", "ចម្លើយទីមួយ")
    assert "ចម្លើយទីពីរ" in await change_answer(small, "second", "founded-when", "ចម្លើយទីពីរ")
    assert PUBLISHED in await press(small, "coordinator", "✅ ដាក់ប្រើ")
    told = await press(small, "second", "✅ ដាក់ប្រើ")
    assert MEANWHILE in told
    assert "📖 បើកមើល" in labels(told)
    assert "ចម្លើយទីមួយ" in await ask_founded(small)
    assert len(rows(small)["entry_versions"]) == 1
    assert "ចម្លើយទីមួយ" in await press(small, "second", "📖 បើកមើល")
    assert "ចម្លើយទីពីរ" in await tap(small, "second", "k-draft")
    # Told of it, the second may publish all the same; nothing is lost.
    assert PUBLISHED in await press(small, "second", "✅ ដាក់ប្រើ")
    assert len(rows(small)["entry_versions"]) == 2


async def test_retired_meanwhile(small: World) -> None:
    """A draft of an entry that was retired meanwhile does not bring it back."""
    await begin_coordinators(small, "second")
    await change_answer(small, "second", "founded-when", "ចម្លើយទីពីរ")
    await tap(small, "coordinator", "k-retired:founded-when:0")
    assert MEANWHILE in await press(small, "second", "✅ ដាក់ប្រើ")
    assert "founded-when" not in small.bot.application.services.knowledge


async def test_two_coordinators_edit_two_entries(small: World) -> None:
    """Coordinators who change different entries do not hinder each other."""
    await begin_coordinators(small, "second")
    await change_answer(small, "coordinator", "founded-when", "ចម្លើយទីមួយ")
    await change_answer(small, "second", "how-to-join", "ចម្លើយទីពីរ")
    assert PUBLISHED in await press(small, "coordinator", "✅ ដាក់ប្រើ")
    assert PUBLISHED in await press(small, "second", "✅ ដាក់ប្រើ")
    known = small.bot.application.services.knowledge
    assert known.answer("founded-when", "km") == "ចម្លើយទីមួយ"
    assert known.answer("how-to-join", "km") == "ចម្លើយទីពីរ"


# The trial before a draft is published.


async def steal(world: World) -> str:
    """A coordinator gives an entry the ways of asking of another; what the review shows."""
    founded = world.words.knowledge.entry("founded-when")
    await begin(world, "coordinator")
    await tap(world, "coordinator", f"k-edit:{FORUM}")
    await press(world, "coordinator", "✏️ របៀបសួរ")
    return await write(world, "coordinator", "\n".join([founded.question_km, *founded.asks]))


async def test_a_draft_that_takes_questions(small: World) -> None:
    """A draft that takes questions from another entry is published only after a second, warned press."""
    await steal(small)
    warning = await press(small, "coordinator", "✅ ដាក់ប្រើ")
    assert "នឹងទៅចំណុចផ្សេង" in warning
    assert f"→ លែងជា «{FOUNDED}»" in warning
    assert f"ជារបៀបសួររបស់ «{FOUNDED}» រួចហើយ" in warning
    assert rows(small)["entry_versions"] == []
    assert "២០០៣" in await ask_founded(small)
    assert PUBLISHED in await press(small, "coordinator", "✅ នៅតែដាក់ប្រើ")
    assert len(rows(small)["entry_versions"]) == 1
    assert rows(small)["forms"] == []


async def test_the_trial_shows_the_same(small: World) -> None:
    """Trying a draft shows what publishing would warn of, and publishes nothing."""
    await steal(small)
    shown = await press(small, "coordinator", "🧪 សាកល្បង")
    assert f"→ លែងជា «{FOUNDED}»" in shown
    assert f"ជារបៀបសួររបស់ «{FOUNDED}» រួចហើយ" in shown
    assert rows(small)["entry_versions"] == []


async def test_a_warning_holds_for_one_draft(small: World) -> None:
    """A draft that is changed after the warning is warned of again."""
    await steal(small)
    await press(small, "coordinator", "✅ ដាក់ប្រើ")
    await press(small, "coordinator", "✏️ ចម្លើយ (ខ្មែរ)")
    assert "✅ ដាក់ប្រើ" in labels(await write(small, "coordinator", "ចម្លើយផ្សេង"))
    again = await press(small, "coordinator", "✅ ដាក់ប្រើ")
    assert "✅ នៅតែដាក់ប្រើ" in labels(again)
    assert rows(small)["entry_versions"] == []


async def test_a_harmless_draft(small: World) -> None:
    """A draft that takes nothing away is published at the first press."""
    await begin(small, "coordinator")
    await change_answer(small, "coordinator", "founded-when", "ចម្លើយថ្មី")
    assert PUBLISHED in await press(small, "coordinator", "✅ ដាក់ប្រើ")


async def test_the_longest_entry(small: World) -> None:
    """An entry as long as it may be is opened, edited, tried and said without a failure."""
    services = small.bot.application.services
    longest = replace(
        services.knowledge.entry("founded-when"),
        answer_km="ឆ្នាំ" * 700,
        answer_en="year " * 700,
        asks=(FOUNDED, *(f"{number} " + "x" * 290 for number in range(59))),
    )
    await services.versions.publish(Change(longest, "history"), 0, 1004, small.clock())
    await services.live.refresh()
    await begin(small, "coordinator")
    for data in ("k-entry:founded-when", "k-version:founded-when:1", "k-edit:founded-when"):
        said = await tap(small, "coordinator", data)
        assert "ឆ្នាំ" * 100 in said
        assert FAILED not in said
    assert "បានសាកសំណួរ" in await press(small, "coordinator", "🧪 សាកល្បង")
    begun = await ask_founded(small)
    assert len(begun) < 1000
    assert "ឆ្នាំ" * 700 in (await tap(small, "citizen", "more:km:founded-when")).replace("\n", "")


# Old and unknown buttons.


async def test_an_old_button_of_a_form(small: World) -> None:
    """A button of an earlier version of the draft does nothing, and says so; so it is after the end."""
    await begin(small, "coordinator")
    await tap(small, "coordinator", "k-edit:founded-when")
    confirming, trying = data_of(small, "✅ ដាក់ប្រើ") + data_of(small, "🧪 សាកល្បង")
    await press(small, "coordinator", "✏️ ចម្លើយ (ខ្មែរ)")
    await write(small, "coordinator", "ចម្លើយថ្មី")
    before = rows(small)
    for data in (confirming, trying):
        assert await tap(small, "coordinator", data) == ""
        assert OLD_BUTTON in notice(small, "coordinator")
    assert rows(small) == before
    await write(small, "coordinator", "/cancel")
    for data in (confirming, trying):
        assert await tap(small, "coordinator", data) == ""
        assert "ទម្រង់នេះបានផ្ញើ ឬបោះបង់រួចហើយ" in notice(small, "coordinator")
    assert "២០០៣" in await ask_founded(small)


@pytest.mark.parametrize("topic", ["no-such-thing", "x", "-", "0", "a" * 40, "greeting", "entry-12345678"])
async def test_unknown_topics(small: World, topic: str) -> None:
    """A button with an unknown topic is answered politely, whatever it wanted, and changes nothing."""
    await begin(small, "coordinator")
    before = rows(small)
    for data in (
        "k-chapter:{}",
        "k-entry:{}",
        "k-versions:{}",
        "k-version:{}:0",
        "k-version:{}:999999999999999",
        "k-back:{}:0",
        "k-back:{}:7",
        "k-retire:{}",
        "k-retired:{}:0",
        "k-edit:{}",
        "k-tell:{}:1",
        "gap-to:999999999999999:{}",
        "give:999999999999999:{}",
        "topic:km:{}",
        "more:km:{}",
        "chapter:km:{}",
    ):
        said = await tap(small, "coordinator", data.format(topic))
        assert said.strip(), data
        assert FAILED not in said, data
    assert rows(small) == before


async def test_unknown_numbers(small: World) -> None:
    """A button with an unknown number is answered politely, and changes nothing."""
    await begin(small, "coordinator")
    before = rows(small)
    for data in ("keep:{}", "same:{}", "gap:{}", "gap-add:{}", "gap-entries:{}", "entries:{}"):
        for number in (0, 7, 999999999999999):
            said = await tap(small, "coordinator", data.format(number))
            assert said.strip(), data
            assert FAILED not in said, data
    assert "សំណួរនេះលែងរង់ចាំហើយ" in await tap(small, "coordinator", "take:7")
    for data in ("same-toggle:1:1", "k-try:1", "form:confirm:entry:1", "form:confirm:import:1"):
        await tap(small, "coordinator", data)
        assert "ទម្រង់នេះបានផ្ញើ ឬបោះបង់រួចហើយ" in notice(small, "coordinator")
    assert rows(small) == before


@pytest.mark.parametrize(
    "data", ["k-edit:Founded", "k-edit:" + "a" * 41, "k-edit:../x", "keep:-1", "k-", "gap:x"]
)
async def test_what_is_no_button_at_all(small: World, data: str) -> None:
    """Data that no button of the bot can have gets a short notice and nothing else."""
    await begin(small, "coordinator")
    assert await tap(small, "coordinator", data) == ""
    assert UNKNOWN_PRESS in notice(small, "coordinator")


# Who may press what.

FORGED = (
    "k-all",
    "k-chapter:history",
    "k-find",
    "k-retired-list",
    "k-entry:founded-when",
    "k-versions:founded-when",
    "k-version:founded-when:0",
    "k-back:founded-when:0",
    "k-retire:founded-when",
    "k-retired:founded-when:0",
    "k-edit:founded-when",
    "k-add:history",
    "k-draft",
    "k-try:1",
    "k-tell:founded-when:1",
    "k-files",
    "k-export:xlsx",
    "k-export:zip",
    "k-import",
    "gaps",
    "gaps-unused",
    "gap:1",
    "gap-add:1",
    "gap-entries:1",
    "gap-to:1:founded-when",
    "keep:1",
    "same:1",
    "same-toggle:1:1",
    "give:1:founded-when",
    "entries:1",
    "take:1",
    "go:knowledge",
    "go:gaps",
)
GUARDED = re.compile(r"k-|gap|keep:|same|give|entries|take")


def test_every_guarded_button_is_forged() -> None:
    """Every button of the coordinators' work on the knowledge is among those that are forged below."""
    patterns = [
        handler.pattern
        for handler in ORDER
        if isinstance(handler, CallbackQueryHandler) and isinstance(handler.pattern, re.Pattern)
    ]
    guarded = [one for one in patterns if GUARDED.match(one.pattern.removeprefix("^(?:"))]
    assert len(guarded) >= 30
    assert [one.pattern for one in guarded if not any(one.match(data) for data in FORGED)] == []


async def test_forged_presses(world: World) -> None:
    """A citizen who forges a coordinator's button is refused each time, and nothing changes."""
    services = world.bot.application.services
    await begin_coordinators(world)
    # What the buttons name is there: a gap, a published version, an answered talk, a draft and its form.
    await write(world, "citizen", "តើថ្ងៃស្អែកមានភ្លៀងទេ?")
    await press(world, "citizen", "🙋 សួរអ្នកសម្របសម្រួល")
    await press(world, "coordinator", "ខ្ញុំឆ្លើយ")
    await write(world, "coordinator", "ខ្ញុំមិនដឹងទេ។")
    founded = replace(services.knowledge.entry("founded-when"), answer_km="ចម្លើយថ្មី")
    await services.versions.publish(Change(founded, "history"), 0, 1004, world.clock())
    await tap(world, "coordinator", "k-edit:how-to-join")
    before, known = rows(world), services.knowledge
    assert [len(before[name]) for name in ("entry_versions", "forms", "inquiries")] == [1, 1, 1]
    world.read_all("citizen")
    world.read_all("coordinator")
    for data in FORGED:
        world.clock.pass_(seconds=1)
        sent = len(world.person("citizen").received)
        said = await tap(world, "citizen", data)
        assert NOT_ALLOWED in said, data
        assert len(world.person("citizen").received) <= sent + 1, data
    for move in ("confirm", "back", "skip", "cancel", "change-answer_km"):
        for kind in ("entry", "import", "same", "find"):
            for version in range(1, 6):
                world.clock.pass_(seconds=1)  # who presses faster floods the bot
                assert NOT_ALLOWED in await tap(world, "citizen", f"form:{move}:{kind}:{version}")
    assert rows(world) == before
    assert services.knowledge is known
    assert world.read_all("coordinator") == ""
    assert calls(world, "sendDocument") == calls(world, "getFile") == []
