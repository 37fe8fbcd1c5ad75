"""The library of lessons on people's phones: attachments, races between presses, forged and old buttons."""

import asyncio
import hashlib
import json
from dataclasses import replace

import pytest
from telegram import Update

from bot.core.attachments import Attachment, AttachmentKind, from_text, to_text
from bot.core.forms import Form
from bot.core.lessons import LessonState
from bot.sandbox.api import methods
from bot.sandbox.api.errors import bad_request
from storage.lessons import StoredLessons
from tests.handlers.phones import (
    begin,
    begin_coordinators,
    calls,
    notice,
    press,
    replica,
    tap,
    upload,
    write,
)
from tests.world import World

ADDED, GONE = "📎 ឯកសារចំនួន", "លែងអាចបង្ហាញបាន"
SAME, MANY = "ឯកសារនេះមានរួចហើយ", "មិនអាចទទួលបន្ថែម"
NOT_ALLOWED = "មានតែអ្នកសម្របសម្រួលទេ"


async def subscribe(world: World, name: str) -> None:
    await write(world, name, "/subscribe")
    await write(world, name, "Tonle Basak")
    await press(world, name, "✅ ជាវ")


async def to_attachments(world: World) -> str:
    """The clerk fills a form in as far as the attachments."""
    name = "clerk"
    await subscribe(world, name)
    await write(world, name, "/lesson")
    await write(world, name, "អណ្តូងទឹក")
    await write(world, name, "ក្រុមប្រឹក្សាឃុំបានជីកអណ្តូងទឹកចំនួនបី។")
    await press(world, name, "ថវិកា")
    await press(world, name, "✅ រួចរាល់")
    await press(world, name, "ទន្លេបាសាក់")
    return await press(world, name, "រំលង")


async def offer(world: World, attachments: str = "រំលង") -> None:
    """The clerk goes on from the attachments, skipping them or done with them, to the end."""
    await press(world, "clerk", attachments)
    await press(world, "clerk", "ទេ កុំដាក់ឈ្មោះខ្ញុំ")
    await press(world, "clerk", "✅ ផ្ញើទៅ")


async def open_form(world: World) -> Form:
    """The form that the clerk is filling in."""
    form = await world.bot.application.services.forms.open_in(world.person("clerk").id)
    assert form
    return form


async def attached(world: World) -> list[Attachment]:
    """What has been attached in it."""
    return list(from_text((await open_form(world)).answers.get("attachments", "")))


async def send(world: World, kind: str) -> str:
    world.person("clerk").send(kind)
    await world.deliver()
    return world.read_all("clerk")


# Searching.


async def test_a_search_in_the_middle(world: World) -> None:
    """Who looks for a lesson while writing one goes on writing: the next text belongs to it."""
    await to_attachments(world)
    before = await open_form(world)
    assert "រកមិនឃើញ" in await write(world, "clerk", "/lessons អ្វីមួយ")
    assert await open_form(world) == before


# Attachments.


@pytest.mark.parametrize(
    "kind", ["photo", "video", "animation", "document", "audio", "voice", "video_note", "location"]
)
async def test_every_kind(world: World, kind: str) -> None:
    """Whatever can be attached is kept with the digest of its content, and shown to the reader as it was."""
    await begin(world, "coordinator")
    await to_attachments(world)
    assert f"{ADDED} ១" in await send(world, kind)
    (kept,) = await attached(world)
    assert kept.kind == kind
    if kind != "location":
        file = world.telegram.file(kept.file_id)
        assert file
        assert kept.digest == hashlib.sha256(file[1]).hexdigest()
    await offer(world, "✅ រួចរាល់")
    before = len(world.person("coordinator").received)
    await press(world, "coordinator", "📥 បើកពិនិត្យ")
    shown = world.person("coordinator").received[before]
    (sent,) = [message for message in world.person("clerk").messages if kind in message]
    assert shown[kind] == sent[kind]


async def test_the_same_file_twice(world: World) -> None:
    """A file is kept once, also when it comes again under another name."""
    await to_attachments(world)
    assert f"{ADDED} ១" in await upload(world, "clerk", "a.pdf", b"the same")
    assert SAME in await upload(world, "clerk", "b.pdf", b"the same")
    assert len(await attached(world)) == 1


async def test_too_many(world: World) -> None:
    """The eleventh file is refused with a sentence, and the ten stay."""
    await to_attachments(world)
    for number in range(10):
        await upload(world, "clerk", f"{number}.pdf", f"file {number}".encode())
    assert MANY in await upload(world, "clerk", "11.pdf", b"file 11")
    assert len(await attached(world)) == 10


async def test_too_large_to_hash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that Telegram gives no bot is kept all the same, without its digest."""
    monkeypatch.setattr(methods, "LARGEST_DOWNLOAD", 3)
    await to_attachments(world)
    assert f"{ADDED} ១" in await upload(world, "clerk", "a.pdf", b"large")
    (kept,) = await attached(world)
    assert kept.digest == ""
    assert kept.file_id


async def test_all_removed(world: World) -> None:
    """What was attached can be taken away again, and the form goes on without."""
    await to_attachments(world)
    await send(world, "photo")
    assert "លោកអ្នកមានរូបថត" in await press(world, "clerk", "🗑")
    assert "ជំហាន ៧/៧" in await press(world, "clerk", "រំលង")


async def test_an_album_at_once(world: World) -> None:
    """Of an album whose parts reach several processes at once, every part is kept."""
    await to_attachments(world)
    world.person("clerk").send_album(*["photo"] * 5)
    updates = world.telegram.take_updates()
    async with replica(world) as other:
        bots = (world.bot, other)
        await asyncio.gather(
            *(
                bots[number % 2].application.process_update(
                    Update.de_json(update, bots[number % 2].application.bot)
                )
                for number, update in enumerate(updates)
            )
        )
    assert len(await attached(world)) == 5


async def test_sent_as_an_album(world: World) -> None:
    """What came as an album is shown as one, before the text, and its words stay under it."""
    await begin(world, "coordinator")
    await to_attachments(world)
    world.person("clerk").send_album("photo", "video", caption="មុន & <ក្រោយ>")
    await world.deliver()
    await offer(world, "✅ រួចរាល់")
    await press(world, "coordinator", "📥 បើកពិនិត្យ")
    (album,) = calls(world, "sendMediaGroup")
    assert [one["type"] for one in json.loads(album["media"])] == ["photo", "video"]
    photo, video, text = world.person("coordinator").received[-3:]
    assert photo["media_group_id"] == video["media_group_id"]
    assert photo["caption"] == "មុន & <ក្រោយ>"
    assert "អណ្តូងទឹក" in text["text"]


async def test_a_file_that_is_gone(world: World) -> None:
    """When Telegram has lost an attachment, the reader is told so and reads the rest."""
    await begin(world, "coordinator")
    await to_attachments(world)
    await send(world, "photo")
    await offer(world, "✅ រួចរាល់")
    world.telegram.fail_next("sendPhoto", bad_request("wrong file identifier/HTTP URL specified"))
    said = await press(world, "coordinator", "📥 បើកពិនិត្យ")
    assert GONE in said
    assert "អណ្តូងទឹក" in said


async def test_files_where_none_are_asked(world: World) -> None:
    """A picture in answer to a question for words is not taken for one."""
    await subscribe(world, "clerk")
    await write(world, "clerk", "/lesson")
    assert "សូមឆ្លើយជាអក្សរ" in await send(world, "photo")


# Presses.


async def test_an_old_pick(world: World) -> None:
    """A button of a form counts only for the version under which it was shown."""
    await subscribe(world, "clerk")
    await write(world, "clerk", "/lesson")
    await write(world, "clerk", "អណ្តូងទឹក")
    await write(world, "clerk", "ក្រុមប្រឹក្សាឃុំបានជីកអណ្តូងទឹក។")
    await press(world, "clerk", "ថវិកា")
    form = await open_form(world)
    for version in (form.version + 1, form.version - 2):
        await tap(world, "clerk", f"form:pick-planning:offer:{version}")
        assert "លែងប្រើបានហើយ" in notice(world, "clerk")
    for forged in ("pick-nothing", "pick-120101", "empty", "skip"):
        form = await open_form(world)
        await tap(world, "clerk", f"form:{forged}:offer:{form.version}")
        assert (await open_form(world)).answers["themes"] == "budget", forged


async def test_two_quick_picks(world: World) -> None:
    """Two themes pressed before the first is seen ticked are both picked."""
    await subscribe(world, "clerk")
    await write(world, "clerk", "/lesson")
    await write(world, "clerk", "អណ្តូងទឹក")
    await write(world, "clerk", "ក្រុមប្រឹក្សាឃុំបានជីកអណ្តូងទឹក។")
    keyboard = world.person("clerk").last["reply_markup"]["inline_keyboard"]
    for row in keyboard[:2]:
        await tap(world, "clerk", row[0]["callback_data"])
    assert (await open_form(world)).answers["themes"] == "partnership planning"


REVIEWING = (
    "l-waiting",
    "l-review:1",
    "l-approve:1:1",
    "l-return:1:1",
    "l-decline:1:1",
    "l-send:1",
    "l-versions:1",
    "l-version:1:1",
    "l-report:1",
    "l-report-yes:1",
    "l-report-no:1",
)


async def test_only_coordinators_review(world: World) -> None:
    """Whoever is no coordinator is refused each button of the review, and nothing changes."""
    await begin(world, "coordinator", "citizen")
    await to_attachments(world)
    await offer(world)
    stored = world.bot.application.services.lessons
    before = await stored.lesson(1)
    for data in REVIEWING:
        assert NOT_ALLOWED in await tap(world, "citizen", data), data
    assert await stored.lesson(1) == before
    assert "មិនអាចកែបានទេ" in await tap(world, "citizen", "l-edit:1")
    assert "រកមិនឃើញមេរៀន" in await tap(world, "citizen", "lesson:1")


@pytest.mark.parametrize(
    "data",
    [
        "lesson:99",
        "l-edit:99",
        "l-tried:99",
        "l-tried:99:120101",
        "l-review:99",
        "l-approve:99:1",
        "l-return:99:1",
        "l-send:99",
        "l-versions:99",
        "l-version:99:1",
        "l-report:99",
        "l-report-yes:99",
        "l-theme:nothing:0",
        "l-province:99:0",
    ],
)
async def test_a_lesson_that_is_gone(world: World, data: str) -> None:
    """An old button on what is no longer there says so."""
    await begin(world, "coordinator")
    assert (await tap(world, "coordinator", data)).strip()


async def test_notices_of_what_is_gone(world: World) -> None:
    """A vote for, or another page of, what is no longer there is answered with a notice."""
    await begin(world, "coordinator")
    await tap(world, "coordinator", "useful:99")
    assert "រកមិនឃើញមេរៀន" in notice(world, "coordinator")
    await tap(world, "coordinator", "l-found:1")
    assert "លែងប្រើបានហើយ" in notice(world, "coordinator")


# Sending an approved lesson.


async def approve(world: World) -> None:
    await to_attachments(world)
    await offer(world)
    await press(world, "coordinator", "📥 បើកពិនិត្យ")
    await press(world, "coordinator", "✅ យល់ព្រម")


async def test_sending_makes_no_second_lesson(world: World) -> None:
    """An approved lesson that is sent, changed in the preview, is one lesson with one more version."""
    await begin(world, "coordinator")
    await approve(world)
    await press(world, "coordinator", "📤")
    await press(world, "coordinator", "✏️ ចំណងជើង")
    await write(world, "coordinator", "អណ្តូងទឹកស្អាត")
    await press(world, "coordinator", "✅ ផ្ញើ")
    stored = StoredLessons(world.database)
    (lesson,) = await stored.all()
    assert (lesson.title, lesson.author_id, lesson.state) == ("អណ្តូងទឹកស្អាត", 1002, "approved")
    assert [one.deed for one in await stored.versions(lesson.id)] == ["edited", "approved", "offered"]


async def test_sending_what_was_changed_meanwhile(world: World) -> None:
    """A preview of what the lesson no longer says is not sent."""
    await begin_coordinators(world, "second")
    await approve(world)
    await press(world, "coordinator", "📤")
    await tap(world, "second", "l-edit:1")
    await press(world, "second", "✏️ ចំណងជើង")
    await write(world, "second", "ចំណងជើងថ្មី")
    await press(world, "second", "✅ រក្សាទុក")
    world.read_all("coordinator")
    assert "លែងប្រើបានហើយ" in await press(world, "coordinator", "✅ ផ្ញើ")
    assert await world.bot.application.services.broadcasts.newest() == []


async def test_sending_spares_what_is_being_written(world: World) -> None:
    """A lesson that the coordinator has begun to write is not lost by sending another."""
    await begin(world, "coordinator")
    await approve(world)
    await write(world, "coordinator", "/share")
    await write(world, "coordinator", "កំពុងសរសេរ")
    assert "អំពីរឿងមួយទៀត" in await tap(world, "coordinator", "l-send:1")
    draft = await world.bot.application.services.forms.draft(1004, "share")
    assert draft
    assert draft.answers["title"] == "កំពុងសរសេរ"


async def test_a_correction_keeps_whom_it_comes_from(world: World) -> None:
    """A corrected broadcast still says where the lesson comes from, and the version before is kept."""
    await begin(world, "coordinator")
    await approve(world)
    await press(world, "coordinator", "📤")
    await press(world, "coordinator", "✅ ផ្ញើ")
    await world.send_broadcasts()
    await tap(world, "coordinator", "b-correct:1")
    await press(world, "coordinator", "✏️ ចំណងជើង")
    await write(world, "coordinator", "អណ្តូងបួន")
    await press(world, "coordinator", "✅")
    await world.send_broadcasts()
    arrived = world.person("clerk").last["text"]
    assert "អណ្តូងបួន" in arrived
    assert "📍 ទន្លេបាសាក់" in arrived
    assert [one.content.title for one in await StoredLessons(world.database).versions(1)][:2] == [
        "អណ្តូងបួន",
        "អណ្តូងទឹក",
    ]


# Elsewhere.


async def test_inline(world: World) -> None:
    """After the bot's name, words in any chat offer lessons with the way to the whole one."""
    await begin(world, "coordinator")
    await approve(world)
    clerk = world.person("clerk")
    clerk.inline("អណ្តូង")
    await world.deliver()
    titles = [result["title"] for result in clerk.inline_results]
    assert "📖 អណ្តូងទឹក" in titles
    chosen = clerk.inline_results[titles.index("📖 អណ្តូងទឹក")]
    message = clerk.choose_inline(chosen["id"])
    assert "ជីកអណ្តូងទឹកចំនួនបី" in message["text"]
    assert message["reply_markup"]["inline_keyboard"][0][0]["url"].endswith("?start=lesson-1")
    clerk.inline("football")
    await world.deliver()
    assert not [one for one in clerk.inline_results if one["title"].startswith("📖")]


# Old, forged and double presses.


async def test_useful_twice(world: World) -> None:
    """Two taps on a button count once, and two on the next take back once; old buttons turn it over."""
    await begin(world, "coordinator")
    await approve(world)
    useful = world.bot.application.services.lessons.useful
    for data, number in (("useful:1:on", 1), ("useful:1:off", 0)):
        await tap(world, "clerk", "lesson:1")
        keyboard = world.person("clerk").last["reply_markup"]["inline_keyboard"]
        assert keyboard[0][0]["callback_data"] == data
        for _ in range(2):
            await tap(world, "clerk", data)
            assert await useful(1) == number
    for number in (1, 0):
        await tap(world, "clerk", "useful:1")
        assert await useful(1) == number


async def test_an_event_that_is_not_there(world: World) -> None:
    """A lesson cannot be offered from a forum that does not exist, and this is said."""
    await subscribe(world, "clerk")
    assert "📅" in await tap(world, "clerk", "e-offer:99")
    assert await world.bot.application.services.forms.draft(world.person("clerk").id, "offer") is None


async def test_a_revision_is_not_lost(world: World) -> None:
    """Who edits another lesson, or the same once more, finds what they have changed and not saved."""
    await begin(world, "coordinator")
    await approve(world)
    stored = StoredLessons(world.database)
    forms, by = world.bot.application.services.forms, world.person("coordinator").id
    form = await forms.save(Form(by, "offer", "review", {"title": "ផ្លូវលំ", "body": "មួយ"}), world.clock())
    assert form
    other = await stored.offer(form, 4242, world.clock())
    assert other
    await tap(world, "coordinator", "l-edit:1")
    await press(world, "coordinator", "✏️ ចំណងជើង")
    await write(world, "coordinator", "អណ្តូងថ្មី")
    for number, said in ((other.id, "អំពីរឿងមួយទៀត"), (1, "បានបំពេញខ្លះរួច")):
        shown = await tap(world, "coordinator", f"l-edit:{number}")
        assert said in shown and "អណ្តូងថ្មី" in shown


async def test_what_is_refused_is_not_read(world: World) -> None:
    """A file that the form does not take is not fetched from Telegram."""
    await to_attachments(world)
    world.person("clerk").upload("a.pdf", "application/pdf", b"one")
    await world.deliver()
    fetched = len(calls(world, "getFile"))
    assert fetched == 1
    form = await open_form(world)
    full = to_text([Attachment(AttachmentKind.PHOTO, str(one), str(one)) for one in range(10)])
    services = world.bot.application.services
    await services.forms.save(replace(form, answers={**form.answers, "attachments": full}), world.clock())
    world.read_all("clerk")
    world.person("clerk").upload("b.pdf", "application/pdf", b"two")
    await world.deliver()
    assert MANY in world.read_all("clerk")
    assert len(calls(world, "getFile")) == fetched


async def test_many_reports(world: World) -> None:
    """A lesson is said with its newest five reports; the others are a press away."""
    await begin(world, "coordinator")
    await approve(world)
    stored, forms = StoredLessons(world.database), world.bot.application.services.forms
    for number in range(6):
        answers = {"lesson": "1", "commune": "120101", "body": f"លើកទី {number}"}
        form = await forms.save(Form(4242, "tried", "review", answers), world.clock())
        assert form
        report = await stored.report(form, 4242, world.clock())
        assert report
        await stored.decide_report(report.id, LessonState.APPROVED, 1004, world.clock())
    said = await tap(world, "clerk", "lesson:1")
    assert "លើកទី 0" not in said and "លើកទី 5" in said
    assert "លើកទី 0" in await press(world, "clerk", "👣 បទពិសោធន៍ទាំងអស់")
