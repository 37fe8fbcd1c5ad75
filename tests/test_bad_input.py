"""What nobody should send, and somebody will: each gets an apt answer or silence, and changes nothing."""

from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from bot.core.membership import RequestState
from tests.joining import answer_all, fill_in
from tests.world import World

ODD_TEXTS = {
    "100 KB": "ក" * 100_000,
    "100 KB of words": "សួស្តី hello " * 8_000,
    "emoji": "🙏🙏🙏👨‍👩‍👧‍👦",
    "right to left": "\u202eមេរៀន\u202c שלום مرحبا",
    "zero width": "\u200b\u200c\u200d\ufeff",
    "HTML": "<b>គូស</i> & <script>alert(1)</script> &lt; <a href='x'>",
    "control": "\x00\x01\x07\x1b[31mក្រហម\x7f",
    "half a letter": "\ud83d ក",
    "marks alone": "្្្្ិុំ",
    "colons": "form:confirm:announce:1",
    "a slash": "/ ",
    "an unknown command": "/ឃុំ",
}
PRESSES_OF_COORDINATORS = (
    "requests",
    "r-closed",
    "request:1",
    "r-take:1",
    "r-approve:1:1",
    "r-decline:1:1",
    "r-ask:1:1",
    "r-undo:1:1",
    "r-history:1",
    "r-documents:1",
    "o-export",
    "go:announce",
    "go:share",
    "go:requests",
    "go:broadcasts",
    "go:invite",
    "l-waiting",
    "l-review:1",
    "l-send:1",
)
FORGED_PRESSES = (
    ":",
    "request",
    "request:999999999999999999999",
    "request:-1",
    "lesson:999",
    "lessons:99999",
    "useful:999",
    "l-theme:x:99999",
    "l-found:1",
    "l-tried:1:999999",
    "form:pick-x:offer:1",
    "form:done:share:1",
    "place:99",
    "place:9999",
    "place:999999",
    "place:០១",
    "subscribe:999999",
    "leave:999999",
    "topic:km:no-such-topic",
    "topic:fr:goal",
    "form:confirm:announce:1",
    "form:confirm:nothing:1",
    "form:change-nothing:join:1",
    "language:fr",
    "go:nowhere",
    "withdraw:1",
    "withdrawn:1",
    "r-correct:999",
    "r-reply:999",
    "r-approve:999:1",
    "r-undo:999:1",
    "join-anew:1",
    "join-fields:1",
    "o:999",
    "o-names:999999",
    "o-province:99",
    "o-sector:x",
    "o-invite:999",
    "o-edit:999",
    "form:confirm:profile:1",
    "o-end:999:999",
    "o-ended:999:999",
    "o-left:999",
    "form:confirm:join:1",
    "form:confirm:reply:1",
    "x" * 64,
)


@pytest.fixture(autouse=True)
def _no_failure() -> Any:
    """No update may fail in a handler: what fails is logged as an error."""
    structlog.reset_defaults()
    with capture_logs() as logs:
        yield
    assert [entry for entry in logs if entry["log_level"] == "error"] == []


def feed(world: World, text: str) -> None:
    """A message as Telegram would hand it over, whatever it holds."""
    citizen = world.person("citizen")
    if not citizen.record["started"]:
        citizen.start()
    message = {
        "message_id": 900_000,
        "date": world.telegram.timestamp(),
        "chat": {"id": citizen.id, "type": "private", "first_name": "citizen"},
        "from": citizen.user,
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
    world.telegram.feed({"message": message})


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
async def test_an_odd_question_is_answered(world: World, text: str) -> None:
    """Any text gets an answer, and one that can be sent."""
    feed(world, text)
    await world.deliver()
    assert world.read_all("citizen")


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
async def test_an_odd_answer_in_a_form(world: World, text: str) -> None:
    """Any text in a form is kept as it reads, or refused with a reason; the form can still be finished."""
    citizen = world.person("citizen")
    citizen.start("join")
    await world.deliver()
    world.read_all("citizen")
    feed(world, text)
    await world.deliver()
    said = world.read_all("citizen")
    assert said
    await answer_all(world, citizen)
    assert "យល់ព្រម ហើយផ្ញើសំណើ" in world.read_all("citizen")


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
async def test_an_odd_name_of_a_commune(world: World, text: str) -> None:
    """Any text as a commune's name is answered, and subscribes nothing."""
    world.person("citizen").start("subscribe")
    await world.deliver()
    world.read_all("citizen")
    feed(world, text)
    await world.deliver()
    assert world.read_all("citizen")
    assert await world.bot.application.services.subscriptions.of_chat(1001) == []


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "video", "document", "location", "animation"])
async def test_other_than_text(world: World, kind: str) -> None:
    """Whatever is no text is answered kindly."""
    world.person("citizen").send(kind)
    await world.deliver()
    assert "អានបានតែសារជាអក្សរ" in world.read("citizen")


@pytest.mark.parametrize("data", PRESSES_OF_COORDINATORS)
async def test_a_press_by_somebody_who_may_not(world: World, data: str) -> None:
    """A coordinator's button pressed by anybody else says so and changes nothing."""
    await _request_of_staff(world)
    citizen = world.person("citizen")
    citizen.start()
    await world.deliver()
    world.read_all("citizen")
    citizen.press_data(citizen.last["message_id"], data)
    await world.deliver()
    assert ("មានតែអ្នកគ្រប់គ្រងទេ" if data == "go:invite" else "មានតែអ្នកសម្របសម្រួលទេ") in world.read("citizen")
    request = await world.bot.application.services.membership.request(1)
    assert request and request.state is RequestState.NEW


@pytest.mark.parametrize("data", FORGED_PRESSES)
@pytest.mark.parametrize("name", ["citizen", "coordinator"])
async def test_a_forged_press(world: World, name: str, data: str) -> None:
    """A button's data that no button has is answered with a notice or a sentence, whoever forged it."""
    person = world.person(name)
    person.start()
    await world.deliver()
    world.read_all(name)
    person.press_data(person.last["message_id"], data)
    await world.deliver()
    notices = [toast["text"] for toast in person.toasts if toast.get("text")]
    assert notices or world.read_all(name)


@pytest.mark.parametrize("data", ["language:en", "go:forums", "place:03", "subscribe:030101", "lessons:0"])
async def test_a_press_on_a_message_of_a_week_ago(world: World, data: str) -> None:
    """A button that still makes sense works on a message that the bot can no longer change."""
    citizen = world.person("citizen")
    citizen.start()
    await world.deliver()
    world.read_all("citizen")
    citizen.press_old(citizen.last["message_id"], data)
    world.clock.pass_(days=7)
    await world.deliver()
    assert world.read_all("citizen")


async def test_a_press_without_data(world: World) -> None:
    """A button that carries nothing is let go in silence."""
    citizen = world.person("citizen")
    citizen.start()
    await world.deliver()
    world.read_all("citizen")
    citizen.press_data(citizen.last["message_id"], "")
    await world.deliver()
    assert citizen.toasts
    assert not world.read_all("citizen")


async def test_an_old_confirm_button(world: World) -> None:
    """The confirm button of an earlier form never confirms a later one."""
    coordinator = world.person("coordinator")
    for title in ("មេរៀនទីមួយ", "មេរៀនទីពីរ"):
        for text in ("/share", title, "ខ្លឹមសារនៃមេរៀន"):
            coordinator.type(text)
            await world.deliver()
        if title == "មេរៀនទីមួយ":
            old = coordinator.last
            coordinator.type("/cancel")
            await world.deliver()
    world.clock.pass_(days=7)
    confirm = old["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    coordinator.press_data(old["message_id"], confirm)
    await world.deliver()
    assert "លែងប្រើបានហើយ" in coordinator.toasts[-1]["text"]
    assert (await world.bot.application.services.lessons.newest(0))[0] == []


async def test_edits_channels_and_groups(world: World) -> None:
    """Edited messages and channel posts get silence; a group gets one sentence, when it uses a command."""
    citizen = world.person("citizen")
    message = citizen.start()
    await world.deliver()
    world.read_all("citizen")
    citizen.edit(message["message_id"], "/help")
    channel = {"id": -1001, "type": "channel", "title": "a channel"}
    world.telegram.feed({"channel_post": _post(channel, 910_000, "/start")})
    group = {"id": -2002, "type": "group", "title": "a group"}
    asker = {"from": citizen.user}
    world.telegram.feed({"message": _post(group, 910_001, "តើក្រុមការងារបង្កើតឡើងនៅពេលណា?") | asker})
    await world.deliver()
    assert not world.read_all("citizen")
    assert not world.unread[-1001] and not world.unread[-2002]
    world.telegram.feed({"message": _post(group, 910_002, "/start") | asker})
    await world.deliver()
    assert "t.me/wgpd_sandbox_bot" in world.unread[-2002][0]["text"]


async def test_a_coordinator_who_is_none_any_more(world: World) -> None:
    """A form begun as a coordinator cannot be finished by somebody who no longer is one."""
    coordinator = world.person("coordinator")
    for text in ("/share", "មេរៀន"):
        coordinator.type(text)
        await world.deliver()
    await world.stop()
    world.settings = world.settings.model_copy(update={"admin_ids": frozenset()})
    await world.start()
    world.read_all("coordinator")
    for said in ("មានតែអ្នកសម្របសម្រួលទេ", "២០០៣"):  # the form is erased: the next text is for the bot
        coordinator.type("តើក្រុមការងារបង្កើតឡើងនៅពេលណា?")
        await world.deliver()
        assert said in world.read("coordinator")


def _post(chat: dict[str, Any], message_id: int, text: str) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": len(text)}] if text[0] == "/" else []
    return {"message_id": message_id, "date": 1_800_000_000, "chat": chat, "text": text, "entities": entities}


async def _request_of_staff(world: World) -> None:
    staff = world.person("staff")
    await fill_in(world, staff)
    staff.press("✅ យល់ព្រម ហើយផ្ញើសំណើ")
    await world.deliver()
    world.read_all("staff")
