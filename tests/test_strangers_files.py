"""Files offered by strangers are never opened: on no path are they even fetched, but to hash a lesson's."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import handlers
from bot.core import forms
from bot.core.forms import Field
from bot.core.people import Role
from bot.sandbox.people import Person
from handlers.forms import FormKind
from tests.world import World

ROOT: Final = Path(__file__).parent.parent
KINDS: Final = ("photo", "voice", "video", "audio", "document", "animation", "video_note", "sticker")
FILES: Final = [
    (kind, field)
    for kind in handlers.KINDS
    for field in kind.fields
    if field.files and kind.needs is Role.PERSON
]
HASHED: Final = {kind.name for kind, field in FILES if field.hashed}


def fetched(world: World) -> list[Any]:
    return [parameters for name, parameters in world.telegram.calls if name == "getFile"]


def offer_everything(person: Person, **where: Any) -> None:
    """Every kind of file, alone and in albums, and the names that look like knowledge to import."""
    for kind in KINDS:
        person.send(kind, **where)
    for together in (["photo", "video"], ["document", "document"], ["audio", "audio"]):
        person.send_album(*together, caption="?", **where)
    for name in ("a.xlsx", "a.zip", "a.toml", "a.exe"):
        person.upload(name, "application/octet-stream", b"PK\x03\x04 poison", **where)


async def test_without_a_form(world: World) -> None:
    """Files sent to the bot for no reason, to a question, to a talk and in a group are not fetched."""
    citizen, coordinator = world.person("citizen"), world.person("coordinator")
    for person in (citizen, coordinator):
        person.start()
    await world.deliver()
    for before in ("/contact", "/person", "តើអ្នកណាជាអ្នកទទួលខុសត្រូវផ្លូវនៅភូមិខ្ញុំ?"):
        citizen.type(before)
        offer_everything(citizen)
        await world.deliver()
        world.clock.pass_(minutes=5)
    coordinator.press("take:1")
    await world.deliver()
    offer_everything(citizen)
    await world.deliver()
    assert any("document" in message for message in coordinator.received)  # copied by Telegram itself
    village = world.telegram.group("village", [citizen], basic=True)
    offer_everything(citizen, chat_id=village.id)
    await world.deliver()
    assert fetched(world) == []


@pytest.mark.parametrize(("kind", "field"), FILES, ids=lambda one: one.name)
async def test_in_a_form(world: World, kind: FormKind, field: Field) -> None:
    """A form takes a file by Telegram's name for it; only a lesson's is fetched, and only to be hashed."""
    citizen = world.person("citizen")
    citizen.start()
    await world.deliver()
    begun = forms.begin(citizen.id, kind.name, kind.fields)
    at_field = forms.change(begun, kind.fields, field.name)
    await world.bot.application.services.forms.save(at_field, world.clock())
    offer_everything(citizen)
    await world.deliver()
    form = await world.bot.application.services.forms.open_in(citizen.id)
    assert form and form.answers[field.name]
    assert bool(fetched(world)) == field.hashed


async def test_the_import(world: World) -> None:
    """Whoever is no coordinator cannot have a file imported, not even by a forged form."""
    citizen = world.person("citizen")
    citizen.start()
    await world.deliver()
    await world.bot.application.services.forms.save(forms.begin(citizen.id, "import", (), {}), world.clock())
    offer_everything(citizen)
    await world.deliver()
    assert fetched(world) == []


def test_only_lessons_are_hashed() -> None:
    """Of the forms that anybody can fill in, the one that offers a lesson hashes its files."""
    assert {"offer", "revise"} == HASHED


def test_where_files_are_fetched() -> None:
    """Two functions fetch files: the coordinators' import, and the one that hashes and lets go."""
    found = {
        (path.relative_to(ROOT).as_posix(), function.name)
        for folder in ("bot", "handlers", "storage", "messages")
        for path in (ROOT / folder).rglob("*.py")
        if "sandbox" not in path.parts
        for function in _functions(path)
        if any(name in ast.unparse(function) for name in ("get_file(", "download_", "/file/bot"))
    }
    assert found == {
        ("handlers/attachments.py", "digested"),
        ("handlers/knowledge/files.py", "_changes"),
        ("bot/app.py", "build"),  # tells PTB where files would be
    }


async def test_what_is_fetched_is_hashed_as_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content of a lesson's file goes into SHA-256 and nowhere else: no file is written or unpacked."""
    citizen = world.person("citizen")
    citizen.start("lesson")
    await world.deliver()
    kind = handlers._form._kinds["offer"]
    field = next(one for one in kind.fields if one.files)
    at_field = forms.change(forms.begin(citizen.id, "offer", kind.fields), kind.fields, field.name)
    draft = await world.bot.application.services.forms.draft(citizen.id, "offer")
    if draft:
        await world.bot.application.services.forms.discard(draft)
    await world.bot.application.services.forms.save(at_field, world.clock())

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    for opener in ("zipfile.ZipFile", "openpyxl.load_workbook", "PIL.Image.open", "pathlib.Path.write_bytes"):
        monkeypatch.setattr(opener, refuse)
    poison = b"PK\x03\x04 poison"
    citizen.upload("lesson.xlsx", "application/zip", poison)
    await world.deliver()
    form = await world.bot.application.services.forms.open_in(citizen.id)
    assert form and hashlib.sha256(poison).hexdigest() in form.answers[field.name]


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
