"""The role matrix: everything that can be said or pressed, by each kind of person.

What each thing needs is written down here once more, by hand: whoever binds a new handler adds it.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from re import _constants as syntax  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Table, delete, insert, select
from telegram.ext import CallbackQueryHandler, CommandHandler, InlineQueryHandler, MessageHandler

from bot.core.people import Ability, Needs, Role
from handlers import KINDS, ORDER
from handlers.menus import COORDINATOR_COMMANDS, PUBLIC_COMMANDS
from handlers.places import COORDINATOR_PLACES
from handlers.routing import gated
from storage.tables import (
    broadcasts,
    events,
    forms,
    inquiries,
    lesson_reports,
    lessons,
    membership_requests,
    metadata,
    notices,
    organisations,
    people,
    proposed_corrections,
    registrations,
    representatives,
    roles,
)
from tests.handlers.phones import FAILED
from tests.world import Clock, World

# The verbs of buttons, up to the first that varies, by what they need and by what they are about.
EVERYBODYS: Final = """
    form language topic chapters chapter pick more vote none person end add place subscribe search-cancel
    leave keep e e-map e-agenda e-file e-past e-stars e-minutes-read e-offer e-mine e-come e-for e-gender
    e-cannot e-back e-back-yes e-leave e-take e-pass e-add e-party e-ticket p p-list p-step p-photos p-event
    p-new p-another p-change p-erase p-erased p-done p-partly p-not-yet read lessons lesson useful l-themes
    l-theme l-provinces l-province l-search l-found l-mine l-tried l-reports l-edit follow unfollow settings
    want themes mute rhythm quiet-hours quiet pause pause-until resume group-language stop restore join
    join-on join-anew join-fields join-privacy withdraw withdrawn r-correct r-reply o o-all o-names
    o-provinces o-province o-sectors o-sector o-search o-edit o-invite o-end o-ended o-leave o-left
    mydata forget forget-yes forget-no
"""
WORK: Final[dict[tuple[Needs, str], str]] = {
    (Role.COORDINATOR, ""): "b p-council p-councils p-table",
    (Role.COORDINATOR, "broadcast"): """
        b-ask b-do b-account b-correct b-see b-approve b-refuse b-remind b-remind-yes""",
    (Role.COORDINATOR, "correction"): "b-see-new b-approve-new b-refuse-new",
    (Ability.ANNOUNCE, ""): "b-me:announce b-who:announce b-later:announce b-at-once:announce e-guest-add"
    " e-guest-queue e-door-end",
    (Ability.ANNOUNCE, "event"): """
        e-feedback e-minutes e-who e-guest e-announce e-series e-series-end e-door e-walk e-came e-came-file
        e-change e-change-this e-change-following e-cancel e-cancel-this e-cancel-following e-notices""",
    (Ability.ANNOUNCE, "seat"): """
        e-seat e-seat-off e-seat-off-yes e-seat-in e-seat-beyond e-door-seat e-in e-let e-out""",
    (Ability.ANNOUNCE, "notice"): "e-notice",
    (Ability.SHARE, ""): "b-me:share b-who:share b-later:share b-at-once:share l-waiting",
    (Ability.SHARE, "event"): "e-lesson",
    (Ability.SHARE, "lesson"): "l-review l-approve l-return l-decline l-send l-versions l-version",
    (Ability.SHARE, "report"): "l-report l-report-yes l-report-no",
    (Ability.REVIEW, ""): "requests r-closed o-export o-name",
    (Ability.REVIEW, "request"): "request r-take r-history r-documents r-approve r-decline r-ask r-undo",
    (Ability.ANSWER, ""): """
        take entries give keep: keep-edited same same-toggle k-all k-chapter k-find k-retired-list k-entry
        k-versions k-version k-back k-retire k-retired k-edit k-add k-draft k-try k-tell k-files k-export
        k-import gaps gaps-unused gap gap-add gap-entries gap-to""",
    (Role.ADMINISTRATOR, ""): "t t-all t-invite t-take-back t-limit t-ask t-do a a-file a-kind a-month a-who",
}
FORMS: Final[dict[tuple[Needs, str], str]] = {
    (Role.PERSON, ""): """
        subscribe person addition join reply seek profile feedback party step restep outcome delay search
        offer revise tried pause""",
    (Ability.ANNOUNCE, ""): "announce",
    (Ability.ANNOUNCE, "broadcast"): "proposed",
    (Ability.ANNOUNCE, "event"): "amend cancelling minutes guest door walkin",
    (Ability.SHARE, ""): "share",
    (Ability.SHARE, "broadcast"): "correct",
    (Ability.SHARE, "lesson"): "verdict",
    (Role.COORDINATOR, "broadcast"): "refuse",
    (Role.COORDINATOR, "correction"): "dismiss",
    (Ability.REVIEW, "request"): "admit decline clarify",
    (Ability.REVIEW, ""): "naming",
    (Ability.ANSWER, ""): "find entry import same",
    (Role.ADMINISTRATOR, ""): "invite limits",
}
COMMANDS: Final[dict[Needs, str]] = {
    Role.COORDINATOR: "broadcasts plans",
    Ability.ANNOUNCE: "announce",
    Ability.SHARE: "share",
    Ability.REVIEW: "requests",
    Ability.ANSWER: "knowledge gaps",
    Role.ADMINISTRATOR: "team invite audit",
}
NEEDS: Final = {name: needed for needed, names in COMMANDS.items() for name in names.split()}
VERBS: Final = {verb: needed for needed, verbs in WORK.items() for verb in verbs.split()}
OF_WORK: Final = frozenset(VERBS)
VERBS.update((verb, (Role.PERSON, "")) for verb in EVERYBODYS.split())
KIND_NEEDS: Final = {name: needed for needed, names in FORMS.items() for name in names.split()}

REFUSALS: Final = (
    "មានតែអ្នកសម្របសម្រួលទេ ដែលអាចធ្វើការនេះបាន",
    "មានតែអ្នកគ្រប់គ្រងទេ ដែលអាចធ្វើការនេះបាន",
    "ការងារនេះមិនស្ថិតក្នុងភារកិច្ច",
    "ពាក់ព័ន្ធនឹងខេត្តក្រៅពីខេត្តរបស់លោកអ្នក",
    "Only coordinators can do this",
    "Only administrators can do this",
    "This is not part of your work as a coordinator",
    "This concerns other provinces than yours",
)
AUTHOR, TAKER = 77, 78
ID: Final = 4242
KNOWN: Final = ("1",)
FORGED: Final = ("1", "999", "9" * 15)
"""Numbers of things that there are, that there are not, and that no number can be."""
FORGERS: Final = ("person", "coordinator of another province", "administrator")
"""Who tries the forged ones as well; what everybody may is tried by a person, who is nobody else."""
HERE, THERE = "03", "01"
NOW: Final = Clock().now


@dataclass(frozen=True)
class Somebody:
    """One kind of person."""

    role: Role = Role.PERSON
    abilities: frozenset[Ability] = frozenset(Ability)
    province: str = ""
    known: bool = True
    was_coordinator: bool = False

    def may(self, needs: Needs, scope: str, about: int | None) -> bool:
        """What the matrix says; all that is known, number 1 of each sort, lies in HERE.

        The one broadcast announces an event, and somebody else proposed it.
        """
        there = about == 1 and scope != ""
        if there and self.role is Role.COORDINATOR and self.province == THERE:
            return False
        if there and scope in ("broadcast", "correction") and not self._holds(Ability.ANNOUNCE):
            return False
        return self._holds(needs)

    def _holds(self, needs: Needs) -> bool:
        if isinstance(needs, Role):
            return self.role >= needs
        return self.role is Role.ADMINISTRATOR or (self.role is Role.COORDINATOR and needs in self.abilities)


COORDINATOR: Final = Role.COORDINATOR
EVERYBODY: Final = {
    "stranger": Somebody(known=False),
    "person": Somebody(),
    "representative": Somebody(Role.REPRESENTATIVE),
    "coordinator without any ability": Somebody(COORDINATOR, frozenset()),
    **{f"coordinator who may {one}": Somebody(COORDINATOR, frozenset({one})) for one in Ability},
    "coordinator of another province": Somebody(COORDINATOR, province=THERE),
    "coordinator of the province": Somebody(COORDINATOR, province=HERE),
    "administrator": Somebody(Role.ADMINISTRATOR),
    "revoked coordinator": Somebody(was_coordinator=True),
}


def samples(pattern: str, numbers: Sequence[str]) -> list[str]:
    """Data that fits a pattern: every alternative, with these numbers one after another."""
    parsed = parser.parse(pattern.removesuffix(r"\Z"))
    return list(dict.fromkeys(_samples(parsed, numbers)))


def _samples(parsed: Any, numbers: Sequence[str]) -> Iterator[str]:
    parts = [list(_part(operator, given, numbers)) for operator, given in parsed]
    varied = max((len(part) for part in parts), default=1)
    yield from ("".join(part[turn % len(part)] for part in parts) for turn in range(varied))


def _part(operator: Any, given: Any, numbers: Sequence[str]) -> Iterator[str]:
    match operator:
        case syntax.LITERAL:
            yield chr(given)
        case syntax.BRANCH:
            for branch in given[1]:
                yield from _samples(branch, numbers)
        case syntax.SUBPATTERN:
            yield from _samples(given[3], numbers)
        case syntax.IN:
            kind, first = given[0]
            yield "1" if kind is syntax.CATEGORY else chr(first[0] if kind is syntax.RANGE else first)
        case syntax.MAX_REPEAT:
            least, most, inner = given
            yield from _repeated(least, most, inner, numbers)
        case syntax.AT:
            yield ""
        case _:
            raise NotImplementedError(f"the matrix cannot make an example of {operator}")


def _repeated(least: int, most: int, inner: Any, numbers: Sequence[str]) -> Iterator[str]:
    digits = inner[0] == (syntax.IN, [(syntax.CATEGORY, syntax.CATEGORY_DIGIT)])
    if least == 0:
        yield ""
    elif digits and least == most:
        yield "030101"[:most]
    elif digits and most >= 10:
        yield from (number[:most] for number in numbers)
    else:
        yield next(_samples(inner, numbers)) * least


def verb_of(data: str) -> str:
    """The part of a button's data by which the matrix names it."""
    parted = re.match(r"b-[a-z-]+:(announce|share)\b|keep:", data)
    return parted[0] if parted else data.partition(":")[0]


def presses(numbers: Sequence[str] = KNOWN) -> list[str]:
    """Data of every button that a handler takes, but for the places of the menu and of forms."""
    patterns = [handler.pattern for handler in ORDER if isinstance(handler, CallbackQueryHandler)]
    texts = [pattern.pattern for pattern in patterns if isinstance(pattern, re.Pattern)]
    found = [data for text in texts if text != r"^(?:.*)\Z" for data in samples(text, numbers)]
    return [data for data in found if not data.startswith(("go:", "form:"))]


def about(data: str) -> int | None:
    """The first number in a button's data."""
    return next((int(word) for word in data.split(":") if word.isdecimal()), None)


def test_nothing_is_beside_the_gate() -> None:
    """Every handler is bound through the gate, and of a sort that the matrix walks."""
    known = (CommandHandler, MessageHandler, CallbackQueryHandler, InlineQueryHandler)
    behind = gated(_nothing, Role.PERSON).__code__
    assert [one for one in ORDER if not isinstance(one, known)] == []
    assert [one for one in ORDER if getattr(one.callback, "__code__", None) is not behind] == []


async def _nothing(_update: Any, _context: Any) -> None: ...


def test_everything_is_in_the_matrix() -> None:
    """Every verb, command and kind of form stands here with what it needs, and no other does."""
    assert {verb_of(data) for data in presses()} | {"form"} == set(VERBS)
    named = {name for one in ORDER if isinstance(one, CommandHandler) for name in one.commands}
    assert named == set(NEEDS) | set(PUBLIC_COMMANDS)
    assert set(COORDINATOR_PLACES) == set(NEEDS) == set(COORDINATOR_COMMANDS)
    assert {kind.name for kind in KINDS} == set(KIND_NEEDS)
    for kind in KINDS:
        assert KIND_NEEDS[kind.name] == (kind.needs, kind.within.name if kind.within else ""), kind.name


@dataclass
class Walk:
    """One kind of person who tries everything, in a world of their own."""

    world: World
    who: Somebody
    tried: int = 0
    wrong: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """Fill the world with one thing of each sort, and give the person their role."""
        await self.run(_fill)
        self.person = self.world.telegram.person("somebody", ID)
        if self.who.known:
            self.person.type("/start")
            await self.world.deliver()
            await self.run(lambda connection: _appoint(connection, self.who))
        if self.who.was_coordinator:
            team = self.world.bot.application.services.team
            colleague = await team.colleague(ID)
            administrator = await self.world.bot.application.services.people.meet(
                1004, "coordinator", "km", self.world.clock.now
            )
            assert colleague
            after = Somebody()
            gone = _replaced(colleague.person, after.role)
            assert await team.change(colleague.person, gone, administrator.id, [], self.world.clock.now)
        self.world.read_all("coordinator")

    async def run(self, work: Callable[[Connection], Any]) -> Any:
        async with self.world.database.write() as connection:
            return await connection.run_sync(work)

    async def says(self, text: str, allowed: bool) -> None:
        await self._try(text, allowed, lambda: self.person.type(text))

    async def presses(self, data: str, allowed: bool) -> None:
        await self._try(data, allowed, lambda: self.person.press_data(self.person.last["message_id"], data))

    async def _try(self, what: str, allowed: bool, act: Callable[[], Any]) -> None:
        """Do it; refused, the person must have been told so."""
        self.tried += 1
        self.world.clock.pass_(seconds=2)  # nobody floods the bot
        act()
        await self.world.deliver()
        said = self._said()
        refused = any(sentence in said for sentence in REFUSALS)
        if FAILED in said:
            self.wrong.append(f"{what}: failed")
        elif refused is allowed:
            self.wrong.append(f"{what}: {'refused' if refused else 'let in'}: {said[:120]}")

    async def what_is_refused(self, data: Sequence[tuple[str, Needs, str]]) -> None:
        """All that this person may not do."""
        for name, needs in NEEDS.items():
            if not self.who.may(needs, "", None):
                await self.says(f"/{name}", allowed=False)
                await self.presses(f"go:{name}", allowed=False)
        for name, (needs, scope) in KIND_NEEDS.items():
            if not self.who.may(needs, scope, 1):
                for move in ("confirm", "back", "cancel"):
                    await self.run(_draft(name, scope))
                    await self.presses(f"form:{move}:{name}:1", allowed=False)
                await self.run(_draft(name, scope))
                await self.says("អក្សរ", allowed=False)
        for one, needs, scope in data:
            if not self.who.may(needs, scope, about(one)):
                await self.presses(one, allowed=False)

    async def what_is_let_in(self, data: Sequence[tuple[str, Needs, str]]) -> None:
        """All that they may."""
        for name in (*NEEDS, *PUBLIC_COMMANDS):
            if self.who.may(NEEDS.get(name, Role.PERSON), "", None):
                await self.says(f"/{name}", allowed=True)
        for name, needs in NEEDS.items():
            if self.who.may(needs, "", None):
                await self.presses(f"go:{name}", allowed=True)
        for name, (needs, scope) in KIND_NEEDS.items():
            if self.who.may(needs, scope, 1):
                await self.run(_draft(name, scope))
                await self.presses(f"form:cancel:{name}:1", allowed=True)
        for one, needs, scope in data:
            if self.who.may(needs, scope, about(one)):
                await self.presses(one, allowed=True)

    def _said(self) -> str:
        unread = self.world.unread[ID]
        said = "\n".join(message.get("text") or message.get("caption") or "" for message in unread)
        unread.clear()
        return said


def _replaced(person: Any, role: Role) -> Any:
    return type(person)(person.id, person.name, role, person.chosen_language, person.client_language)


def _contents(world: World) -> dict[str, list[Any]]:
    """All that the database holds, but for who was seen, what Telegram sent, and forms."""
    connection = sqlite3.connect(world.database.file)
    try:
        names = [one for one in metadata.tables if one not in ("people", "updates", "forms")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    finally:
        connection.close()


def _fill(connection: Connection) -> None:
    """One thing of each sort, under number 1: all of them in HERE, and none of them one's own."""
    now = NOW
    places = {"places": [HERE]}

    def add(table: Table, **values: Any) -> None:
        connection.execute(insert(table).values(**values))

    for number in (AUTHOR, TAKER):
        add(people, id=number, name=f"person {number}", first_seen_at=now)
    add(
        events,
        id=1,
        title="វេទិកា",
        starts_at=now + timedelta(days=9),
        place="សាលាឃុំ",
        audience=places,
        created_by=AUTHOR,
        created_at=now,
    )
    add(registrations, id=1, event_id=1, person_id=TAKER, name="សុខា", state="coming", registered_at=now)
    add(
        notices,
        id=1,
        event_id=1,
        notice="7d",
        starts_at=now + timedelta(days=9),
        due_at=now + timedelta(days=2),
        useful_until=now + timedelta(days=8),
        state="due",
    )
    add(
        lessons,
        id=1,
        title="មេរៀន",
        body="អត្ថបទ",
        shared_by=AUTHOR,
        shared_at=now,
        commune_code="030101",
        state="offered",
    )
    add(
        lesson_reports,
        id=1,
        lesson_id=1,
        reported_by=TAKER,
        commune_code="030102",
        body="ល្អ",
        state="offered",
        reported_at=now,
    )
    texts = {"km": "ប្រកាស", "en": "announced"}
    add(
        broadcasts,
        id=1,
        subject="event",
        subject_id=1,
        title="វេទិកា",
        texts=texts,
        audience=places,
        created_by=AUTHOR,
        created_at=now,
        state="proposed",
        starts_at=now,
        answers={},
    )
    add(
        proposed_corrections,
        id=1,
        broadcast_id=1,
        revision=0,
        answers={"title": "វេទិកា"},
        texts=texts,
        state="waiting",
        created_by=AUTHOR,
        created_at=now,
    )
    add(
        membership_requests,
        id=1,
        person_id=AUTHOR,
        organisation="សាលាភូមិ",
        contact="សុខា",
        telephone="+855 12 345 678",
        why="ដើម្បីរៀន",
        state="new",
        created_at=now,
        waits_since=now,
        provinces=HERE,
    )
    add(inquiries, id=1, person_id=AUTHOR, question="តើ?", state="waiting", asked_at=now, spoken_at=now)


def _appoint(connection: Connection, who: Somebody) -> None:
    if who.role is Role.REPRESENTATIVE:
        member = connection.scalar(select(organisations.c.id).limit(1))
        connection.execute(insert(representatives).values(organisation_id=member, person_id=ID, since=NOW))
    if who.role >= Role.COORDINATOR or who.was_coordinator:
        role = Role.COORDINATOR if who.was_coordinator else who.role
        limits = {"abilities": " ".join(who.abilities), "provinces": who.province}
        connection.execute(insert(roles).values(person_id=ID, role=role, given_at=NOW, **limits))


def _draft(kind: str, scope: str) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        connection.execute(delete(forms).where(forms.c.chat_id == ID))
        answers = {scope: "1"} if scope else {}
        connection.execute(
            insert(forms).values(
                chat_id=ID, kind=kind, step="review", answers=answers, version=1, open=True, saved_at=NOW
            )
        )

    return write


@pytest.mark.parametrize("name", EVERYBODY)
async def test_each_may_what_they_may(small: World, name: str) -> None:
    """What one may not is refused, with a sentence and without a trace; all else works."""
    who = EVERYBODY[name]
    walk = Walk(small, who)
    await walk.begin()
    samples = presses(FORGED if name in FORGERS else KNOWN)
    data = [(one, *VERBS[verb_of(one)]) for one in samples if name == "person" or verb_of(one) in OF_WORK]
    before = _contents(small)
    await walk.what_is_refused(data)
    assert _contents(small) == before, "something was refused, and done"
    await walk.what_is_let_in(data)
    assert not walk.wrong, "\n".join(walk.wrong)
    assert walk.tried > (400 if name == "person" else 150)
