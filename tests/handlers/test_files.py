"""The knowledge as files: out to Excel and TOML, and back in."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.knowledge import Change, Knowledge, changed
from bot.exchange import LARGEST, read_upload, to_toml, to_workbook
from bot.sandbox.api.flood import RESET_BEFORE
from tests.handlers.phones import (
    FAILED,
    FORUM,
    FOUNDED,
    NOT_ALLOWED,
    OLD_BUTTON,
    ask_founded,
    begin,
    calls,
    change_answer,
    data_of,
    notice,
    press,
    rows,
    tap,
    upload,
    write,
)
from tests.world import World

NOTHING_CHANGED = "មិនបានកែអ្វីទេ"


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
    (data,) = data_of(small, "✅ ដាក់ប្រើទាំងអស់")
    await tap(small, "coordinator", data)
    before = rows(small)
    await tap(small, "coordinator", data)
    assert rows(small) == before
    assert "ទម្រង់នេះបានផ្ញើ ឬបោះបង់រួចហើយ" in notice(small, "coordinator")


async def test_a_second_file_takes_the_place_of_the_first(small: World) -> None:
    """Of two files sent one after the other, the second is published, and the first one's button is old."""
    await begin(small, "coordinator")
    await open_import(small)
    await upload(small, "coordinator", "one.toml", toml("founded-when", "ចម្លើយទីមួយ"))
    (first,) = data_of(small, "✅ ដាក់ប្រើទាំងអស់")
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
