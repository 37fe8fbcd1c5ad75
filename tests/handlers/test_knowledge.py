"""The knowledge in the chat: files out and in, retiring, two coordinators at once, and who may press what."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from telegram.ext import CallbackQueryHandler

from bot.core.knowledge import Change, Knowledge, changed
from bot.exchange import LARGEST, read_upload, to_toml, to_workbook
from bot.sandbox.api.flood import RESET_BEFORE
from handlers import ORDER
from tests.handlers.phones import (
    FAILED,
    NOT_ALLOWED,
    begin,
    begin_coordinators,
    calls,
    labels,
    notice,
    press,
    rows,
    tap,
    upload,
    write,
)
from tests.world import World

FOUNDED = "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?"
FORUM = "forum-how-often"
MEANWHILE = "មានអ្នកផ្សេងបានដាក់ប្រើកំណែថ្មី"
PUBLISHED = "បានដាក់ប្រើហើយ"
NOTHING_CHANGED = "មិនបានកែអ្វីទេ"
UNKNOWN_PRESS = "ប៊ូតុងនេះលែងប្រើបានហើយ។ សូមចុច /help"
OLD_BUTTON = "សូមប្រើប៊ូតុងក្នុងសារចុងក្រោយ"


def with_answer(known: Knowledge, topic: str, answer: str) -> Knowledge:
    """The knowledge with another answer of an entry."""
    entry = replace(known.entry(topic), answer_km=answer)
    return changed(known, [Change(entry, known.chapter_of(topic))])


def toml(topic: str, answer: str) -> bytes:
    """A file that changes one answer."""
    return f'[[entry]]\nid = "{topic}"\nanswer_km = "{answer}"\n'.encode()


async def open_import(world: World, name: str = "coordinator") -> str:
    """A coordinator goes to where a file can be sent back."""
    await write(world, name, "/knowledge")
    await press(world, name, "📎 ឯកសារ")
    return await press(world, name, "⬆️ ផ្ញើឯកសារមកវិញ")


async def change_answer(world: World, name: str, topic: str, answer: str) -> str:
    """A coordinator opens an entry and writes another answer; what the review shows."""
    await tap(world, name, f"k-edit:{topic}")
    await press(world, name, "✏️ ចម្លើយ (ខ្មែរ)")
    return await write(world, name, answer)


async def ask_founded(world: World) -> str:
    return await write(world, "citizen", FOUNDED)


# Out.


@pytest.mark.parametrize(("label", "suffix"), [("⬇️ Excel", "xlsx"), ("TOML", "zip")])
async def test_export(world: World, label: str, suffix: str) -> None:
    """The exported file is named after the day, and holds what the bot knows: read again, nothing is new."""
    await write(world, "coordinator", "/knowledge")
    await press(world, "coordinator", "📎 ឯកសារ")
    assert "document" in await press(world, "coordinator", label)
    document = world.person("coordinator").last["document"]
    assert document["file_name"] == f"wgpd-knowledge-2026-12-01.{suffix}"
    found = world.telegram.file(document["file_id"])
    assert found
    known = world.words.knowledge
    assert read_upload(document["file_name"], found[1], known) == []
    # Somebody who knows nothing yet learns all of it.
    nothing = Knowledge((), chapters=tuple(replace(chapter, topics=()) for chapter in known.chapters))
    learned = read_upload(document["file_name"], found[1], nothing)
    assert {one.entry.id for one in learned} == {entry.id for entry in known.entries}


@pytest.mark.parametrize("suffix", ["xlsx", "zip"])
async def test_export_holds_what_was_published(small: World, suffix: str) -> None:
    """What coordinators published stands in the export, and what they retired does not."""
    await begin(small, "coordinator")
    await change_answer(small, "coordinator", "founded-when", "ចម្លើយថ្មី")
    await press(small, "coordinator", "✅ ដាក់ប្រើ")
    await tap(small, "coordinator", f"k-retired:{FORUM}:0")
    await tap(small, "coordinator", f"k-export:{suffix}")
    document = small.person("coordinator").last["document"]
    found = small.telegram.file(document["file_id"])
    assert found
    differing = read_upload(document["file_name"], found[1], small.words.knowledge)
    assert [(one.entry.id, one.entry.answer_km) for one in differing] == [("founded-when", "ចម្លើយថ្មី")]


# In.


@pytest.mark.parametrize(("name", "write_file"), [("all.xlsx", to_workbook), ("all.zip", to_toml)])
async def test_nothing_new(small: World, name: str, write_file: Callable[[Knowledge], bytes]) -> None:
    """A file that says what the bot knows changes nothing, and says so."""
    await begin(small, "coordinator")
    assert "សូមផ្ញើឯកសារ" in await open_import(small)
    said = await upload(small, "coordinator", name, write_file(small.words.knowledge))
    assert "គ្មានអ្វីត្រូវកែទេ" in said
    assert "✅" not in said
    assert rows(small)["entry_versions"] == []


@pytest.mark.parametrize(
    ("name", "write_file"),
    [
        ("all.xlsx", lambda known: to_workbook(with_answer(known, "founded-when", "ចម្លើយថ្មី"))),
        ("all.zip", lambda known: to_toml(with_answer(known, "founded-when", "ចម្លើយថ្មី"))),
        ("one.toml", lambda _: toml("founded-when", "ចម្លើយថ្មី")),
    ],
    ids=["xlsx", "zip", "toml"],
)
async def test_import(small: World, name: str, write_file: Callable[[Knowledge], bytes]) -> None:
    """A changed answer is shown first, published when confirmed, and answered from then on."""
    await begin(small, "coordinator")
    await open_import(small)
    shown = await upload(small, "coordinator", name, write_file(small.words.knowledge))
    assert "ថ្មី៖ ០ · កែ៖ ១" in shown
    assert f"• {FOUNDED}" in shown
    assert "បានសាកសំណួរ" in shown
    assert rows(small)["entry_versions"] == []
    assert "២០០៣" in await ask_founded(small)
    assert "បានដាក់ប្រើ៖ ១ ក្នុងចំណោម ១" in await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert "ចម្លើយថ្មី" in await ask_founded(small)
    assert small.bot.application.services.knowledge.chapter_of("founded-when") == "history"
    assert rows(small)["forms"] == []


async def test_import_of_a_new_entry(small: World) -> None:
    """A new entry of a file is counted as new, and answered once it is published."""
    body = (
        'title_km = "ការចូលរួម និងថវិកា"\ntitle_en = "Joining and funding"\n[[entry]]\n'
        'question_km = "តើខ្ចីតង់បានទេ?"\nanswer_km = "មិនទាន់មានតង់ទេ។"\nasks = ["ខ្ចីតង់", "តើខ្ចីតង់បានទេ"]\n'
    )
    await begin(small, "coordinator")
    await open_import(small)
    assert "ថ្មី៖ ១ · កែ៖ ០" in await upload(small, "coordinator", "new.toml", body.encode())
    await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert "មិនទាន់មានតង់ទេ។" in await write(small, "citizen", "តើខ្ចីតង់បានទេ?")


async def test_import_twice(small: World) -> None:
    """A second press on the same button publishes nothing again."""
    await begin(small, "coordinator")
    await open_import(small)
    await upload(small, "coordinator", "one.toml", toml("founded-when", "ចម្លើយថ្មី"))
    (data,) = _data(small, "✅ ដាក់ប្រើទាំងអស់")
    await tap(small, "coordinator", data)
    before = rows(small)
    await tap(small, "coordinator", data)
    assert rows(small) == before
    assert "ទម្រង់នេះបានផ្ញើ ឬបោះបង់រួចហើយ" in notice(small, "coordinator")


def _data(world: World, label: str, name: str = "coordinator") -> list[str]:
    """The data of the buttons with this label under somebody's newest message."""
    keyboard = world.person(name).last["reply_markup"]["inline_keyboard"]
    return [button["callback_data"] for row in keyboard for button in row if label in button["text"]]


async def test_a_second_file_takes_the_place_of_the_first(small: World) -> None:
    """Of two files sent one after the other, the second is published, and the first one's button is old."""
    await begin(small, "coordinator")
    await open_import(small)
    await upload(small, "coordinator", "one.toml", toml("founded-when", "ចម្លើយទីមួយ"))
    (first,) = _data(small, "✅ ដាក់ប្រើទាំងអស់")
    await upload(small, "coordinator", "two.toml", toml("founded-when", "ចម្លើយទីពីរ"))
    await tap(small, "coordinator", first)
    assert OLD_BUTTON in notice(small, "coordinator")
    assert rows(small)["entry_versions"] == []
    await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert "ចម្លើយទីពីរ" in await ask_founded(small)


NEW_ENTRY = '[[entry]]\nid = "new-one"\nquestion_km = "តើខ្ចីតង់បានទេ?"\n'


@pytest.mark.parametrize(
    ("name", "body", "sentence", "place"),
    [
        ("notes.pdf", b"%PDF-1.4", "មិនមែនជាឯកសារ Excel", "notes.pdf"),
        ("all.xlsx", b"PK broken", "មិនមែនជាឯកសារ Excel", "all.xlsx"),
        ("all.zip", b"PK broken", "មិនមែនជាឯកសារ Excel", "all.zip"),
        ("a <b>.toml", b"[[entry", "TOML", "a <b>.toml"),
        ("a.toml", NEW_ENTRY.encode(), "ខ្វះចម្លើយ", "new-one"),
        ("a.toml", toml("no such id", "ចម្លើយ"), "(id) មានតែអក្សរ a-z", "no such id"),
        ("a.toml", 2 * toml("founded-when", "ចម្លើយ"), "មានពីរដង", "founded-when"),
        ("a.toml", toml("founded-when", "ក" * 3501), "វែងពេក", "founded-when"),
        ("a.toml", toml("founded-when", "ក") + b'related = ["nothing"]', "(related) មិនមាន", "founded-when"),
    ],
    ids=["kind", "xlsx", "zip", "toml", "answer", "id", "twice", "long", "related"],
)
async def test_a_broken_file(small: World, name: str, body: bytes, sentence: str, place: str) -> None:
    """A file with a fault is refused in Khmer with the place of the fault, and nothing of it is taken."""
    await begin(small, "coordinator")
    await open_import(small)
    good = toml("how-to-join", "ចម្លើយថ្មី")
    said = await upload(small, "coordinator", name, body if b"[[" not in body else good + body)
    assert NOTHING_CHANGED in said
    assert sentence in said
    assert place in said
    assert FAILED not in said
    assert rows(small)["entry_versions"] == []
    # The next file is taken all the same.
    assert "កែ៖ ១" in await upload(small, "coordinator", "good.toml", good)


async def test_a_row_without_an_answer(small: World) -> None:
    """A fault in a spreadsheet is told with the number of its row."""
    known = small.words.knowledge
    empty = replace(known.entry("founded-when"), id="", answer_km="", answer_en="", related=())
    await begin(small, "coordinator")
    await open_import(small)
    body = to_workbook(replace(known, entries=(*known.entries, empty)))
    assert "ខ្វះចម្លើយ នៅ៖ 9" in await upload(small, "coordinator", "all.xlsx", body)


async def test_too_large_a_file(small: World) -> None:
    """A file that is too large is refused before it is fetched."""
    await begin(small, "coordinator")
    await open_import(small)
    assert "ធំពេក" in await upload(small, "coordinator", "all.xlsx", b"x" * (LARGEST + 1))
    assert calls(small, "getFile") == []


async def test_a_file_that_cannot_be_fetched(small: World) -> None:
    """When Telegram does not give the file, the coordinator hears it and can send it again."""
    await begin(small, "coordinator")
    await open_import(small)
    small.telegram.fail_next("getFile", RESET_BEFORE)
    body = toml("founded-when", "ចម្លើយថ្មី")
    assert "មិនអាចទាញយកឯកសារបានទេ" in await upload(small, "coordinator", "one.toml", body)
    assert "កែ៖ ១" in await upload(small, "coordinator", "one.toml", body)


async def test_a_file_of_somebody_else(small: World) -> None:
    """A file from somebody who is no coordinator is never fetched, also after the forged button."""
    await begin(small, "citizen")
    for _ in range(2):
        said = await upload(small, "citizen", "one.toml", toml("founded-when", "ចម្លើយថ្មី"))
        assert "ខ្ញុំអានបានតែសារជាអក្សរ" in said
        assert NOT_ALLOWED in await tap(small, "citizen", "k-import")
    assert calls(small, "getFile") == []
    assert rows(small)["entry_versions"] == rows(small)["forms"] == []


async def test_a_file_that_nobody_asked_for(small: World) -> None:
    """A coordinator's file is not fetched while no import waits for one, nor after it was cancelled."""
    await begin(small, "coordinator")
    body = toml("founded-when", "ចម្លើយថ្មី")
    assert "ផ្ញើម្តងទៀត" in await upload(small, "coordinator", "one.toml", body)
    await open_import(small)
    await write(small, "coordinator", "/cancel")
    assert "ផ្ញើម្តងទៀត" in await upload(small, "coordinator", "one.toml", body)
    assert calls(small, "getFile") == []


async def test_a_file_that_is_no_document(small: World) -> None:
    """A picture while the import waits is not fetched; the file is asked for once more."""
    await begin(small, "coordinator")
    await open_import(small)
    small.person("coordinator").send("photo")
    await small.deliver()
    assert FAILED not in small.read_all("coordinator")
    assert "សូមផ្ញើឯកសារ" in await write(small, "coordinator", "រង់ចាំបន្តិច")
    assert calls(small, "getFile") == []


async def test_a_restart_in_between(small: World) -> None:
    """A restart between the file and its confirmation loses nothing."""
    await begin(small, "coordinator")
    await open_import(small)
    await upload(small, "coordinator", "one.toml", toml("founded-when", "ចម្លើយថ្មី"))
    await small.stop()
    await small.start()
    assert "បានដាក់ប្រើ៖ ១ ក្នុងចំណោម ១" in await press(small, "coordinator", "✅ ដាក់ប្រើទាំងអស់")
    assert "ចម្លើយថ្មី" in await ask_founded(small)


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
    confirming, trying = _data(small, "✅ ដាក់ប្រើ") + _data(small, "🧪 សាកល្បង")
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
        sent = len(world.person("citizen").received)
        said = await tap(world, "citizen", data)
        assert NOT_ALLOWED in said, data
        assert len(world.person("citizen").received) <= sent + 1, data
    for move in ("confirm", "back", "skip", "cancel", "change-answer_km"):
        for kind in ("entry", "import", "same", "find"):
            for version in range(1, 6):
                await tap(world, "citizen", f"form:{move}:{kind}:{version}")
                assert NOT_ALLOWED in notice(world, "citizen")
    assert rows(world) == before
    assert services.knowledge is known
    assert world.read_all("coordinator") == ""
    assert calls(world, "sendDocument") == calls(world, "getFile") == []
