"""Walks through the whole bot as several people at once: every command, every kind of button, every form."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

import handlers
from bot.core import forms
from bot.core.forms import Field, Form, current_field
from bot.sandbox.people import Person
from handlers.forms import FormKind
from handlers.menus import COORDINATOR_COMMANDS, PUBLIC_COMMANDS
from tests.world import World

KINDS: Final[dict[str, FormKind]] = {kind.name: kind for kind in handlers.KINDS}
# What fits a field that does not take any words.
FITTING: Final = {
    "date": ("15/1/2027",),
    "time": ("8:30",),
    "ends": ("11:00",),
    "closes": ("10/1/2027 12:00",),
    "capacity": ("40",),
    "languages": ("km",),
    "telephone": ("012 345 678",),
    "email": ("sok.dara@example.org",),
    "website": ("https://example.org",),
    "provinces": ("Takeo",),
    "commune": ("Tonle Basak",),
    "council": ("Tonle Basak",),
    "due": ("1/3/2027",),
    "until": ("1/3/2027",),
    "start": ("1/3/2027",),
    "day": ("1/3/2027",),
    "year": ("2026",),
    "number": ("12",),
    "women": ("4",),
}


@dataclass
class Crawler:
    """People who type the given words wherever they can, and press every kind of button once.

    `words` are tried in their order, until a field takes one.
    """

    world: World
    people: Sequence[Person]
    words: Sequence[str]
    filled: set[str] = field(default_factory=set)  # the kinds of forms that were filled in up to the review
    refused: set[str] = field(default_factory=set)  # the fields that took none of the words
    typed: int = 0
    _newest: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    _read: dict[int, int] = field(default_factory=dict)
    _waiting: deque[tuple[Person, str]] = field(default_factory=deque)

    async def type_commands(self) -> None:
        """Everybody tries every command, and fills in the form that opens."""
        for name in (*PUBLIC_COMMANDS, *COORDINATOR_COMMANDS):
            for person in self.people:
                await self.say(person, f"/{name}")

    async def say(self, person: Person, *texts: str) -> None:
        for text in texts:
            person.type(text)
            await self._settle(person)

    async def press_everything(self, most: int = 3000) -> None:
        """Press what has not been pressed, until nothing is left; forms are filled in on the way."""
        for _ in range(most):
            if not self._waiting:
                return
            person, shape = self._waiting.popleft()
            person.press_data(*self._newest[person.id, shape])
            await self._settle(person)
        raise AssertionError("there is no end to the buttons")

    async def _settle(self, person: Person) -> None:
        """Let the bot answer, and fill in what it asks."""
        await self._answered()
        await self.fill_in(person)

    async def _answered(self) -> None:
        """Nobody floods the bot: a second passes for each message and press."""
        self.world.clock.pass_(seconds=1)
        await self.world.deliver()
        self._look()

    def _look(self) -> None:
        """Note the buttons of all that came since the last look."""
        for person in self.people:
            for message in self._unread(person):
                self._read[person.id] = message["message_id"]
                if not message["from"]["is_bot"]:
                    continue
                for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                    for button in row:
                        self._note(person, message["message_id"], button.get("callback_data"))

    def _unread(self, person: Person) -> list[dict[str, Any]]:
        """What has come since the last look, oldest first."""
        read = self._read.get(person.id, 0)
        return list(takewhile(lambda one: one["message_id"] > read, reversed(person.messages)))[::-1]

    def _note(self, person: Person, message_id: int, data: str | None) -> None:
        """A kind of button is pressed once, where it stands newest by then; those of forms are filled in."""
        shape = re.sub(r"\d+", "N", data or "")
        if data and not data.startswith("form:"):
            if (person.id, shape) not in self._newest:
                self._waiting.append((person, shape))
            self._newest[person.id, shape] = message_id, data

    async def fill_in(self, person: Person) -> None:
        form = await self._open(person)
        if form is None or form.kind not in KINDS:
            return
        kind = KINDS[form.kind]
        for _ in range(len(kind.fields)):
            form = await self._open(person)
            current = current_field(form, kind.fields) if form and form.kind == kind.name else None
            if form is None or current is None:
                break
            await self._answer(person, kind, form, current)
        form = await self._open(person)
        if form is None or form.kind != kind.name or current_field(form, kind.fields):
            return
        self.filled.add(kind.name)
        if kind.take:
            await self._type(person, self.words[-1])
        elif kind.confirm:
            await self._press(person, f"form:confirm:{kind.name}:{form.version}")
        if await self._open(person):
            await self._type(person, "/cancel")

    async def _answer(self, person: Person, kind: FormKind, form: Form, asked: Field) -> None:
        """Try the words; else what fits, else the first choice, else leave it out."""
        words = [] if asked.choices or asked.files else self.words
        self.typed += 1
        own = [f"{one} {self.typed}" for one in words]  # no two are the same
        for text in (*own, *FITTING.get(asked.name, ())):
            await self._type(person, text)
            if await self._moved(person, form, asked):
                return
        self.refused.add(f"{kind.name}.{asked.name}")
        if asked.files:
            person.send("photo", self.words[-1])
            await self._answered()
            person.upload(f"{self.words[-1]}.pdf"[-60:], "application/pdf", b"%PDF-", self.words[-1])
            await self._answered()
            await self._move(person, kind, "done")
        for value in asked.choices[:1] if not asked.files else ():
            await self._move(person, kind, f"pick-{value.replace(':', 'h')}")
            if asked.several:
                await self._move(person, kind, "done")
        if not await self._moved(person, form, asked):
            await self._move(person, kind, "skip")

    async def _moved(self, person: Person, form: Form, asked: Field) -> bool:
        now = await self._open(person)
        return now is None or now.kind != form.kind or now.step != asked.name

    async def _move(self, person: Person, kind: FormKind, move: str) -> None:
        form = await self._open(person)
        if form:
            await self._press(person, f"form:{move}:{kind.name}:{form.version}")

    async def open(self, person: Person, kind: FormKind, answers: Mapping[str, str]) -> None:
        """Open a form as if its button had been pressed, and fill it in."""
        form = forms.begin(person.id, kind.name, kind.fields, answers)
        await self.world.bot.application.services.forms.save(form, self.world.clock())
        await self.fill_in(person)

    async def _type(self, person: Person, text: str) -> None:
        person.type(text)
        await self._answered()

    async def _press(self, person: Person, data: str) -> None:
        person.press_data(person.last["message_id"], data)
        await self._answered()

    async def _open(self, person: Person) -> Form | None:
        return await self.world.bot.application.services.forms.open_in(person.id)


def said(world: World) -> list[dict[str, Any]]:
    """All that the bot said, to anybody."""
    chats = world.telegram.state.chats
    return [m for number in chats for m in world.telegram.messages(number) if m["from"]["is_bot"]]
