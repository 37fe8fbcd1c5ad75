"""Reads and plays the conversations in tests/conversations: text that staff who do not program can read.

    # a remark
    clerk > /subscribe              the clerk writes
    bot   < choose | province       the next message to the person who acted last holds both texts
    clerk [ Kampong Cham ]          the clerk presses the newest button whose label holds this text
    bot to coordinator < forum      the same for somebody else
    bot notice < old                the notice that a press is answered with
    bot at last < enough            the last of many messages to the person who acted holds the text
    clerk does share contact        also: sticker, photo, voice, album, block, unblock, speak English, flood
    time + 2 days                   time passes; also hours, minutes
    restart                         the bot is killed and started again
    clerk replies to «text» > words  the clerk replies to the newest message that holds the text
    staff fills in Sala Phum        staff answers what /join asks, up to the review; skips what may be
    second follows invite-          the newest link beginning so, that anybody was sent, is opened
    clerk founds village            a basic group with the bot in it, and all who have acted before
    clerk in village > /settings    the clerk writes in the group; the bot answers there: bot to village < …
    clerk removes bot in village    also: adds bot, promotes citizen, demotes citizen, upgrades group
    send broadcasts                 the outbox sends what is due
    begin broadcasts                the clock's tick for planned broadcasts
    make events ahead               the clock's tick for events that come again
    send notices                    the clock's tick for reminders and what is asked after events
    look after inquiries            the clock's tick for questions to a person
    look after seats                the clock's tick for offered seats, and what it has the outbox send
    ask about plans                 the clock's tick for steps of action plans whose day is over
    look after requests             the clock's ticks for membership requests and forms left alone

Everything that the bot says must be expected: somebody may act only when all that was said to them is read.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from bot.core.floods import AT_ONCE
from bot.sandbox.chats import Chat
from bot.sandbox.people import Person
from handlers.broadcasts.reports import begin_scheduled
from handlers.events.notices import send_due
from handlers.events.offers import look_after_seats
from handlers.inquiries import look_after
from handlers.membership.reviewing import remind
from handlers.plans.reporting import ask_about_steps
from handlers.privacy import forget_what_is_old
from tests.joining import fill_in
from tests.world import World

_LINE = re.compile(
    r"""
    (?P<writer>[\w-]+)\s*>\s*(?P<text>.+)
    | bot(?:\s+to\s+(?P<reader>[\w-]+))?\s*<\s*(?P<said>.+)
    | bot\s+at\s+last\s*<\s*(?P<last>.+)
    | bot\s+notice\s*<\s*(?P<notice>.+)
    | (?P<presser>[\w-]+)\s*\[\s*(?P<label>.+?)\s*\]
    | (?P<actor>[\w-]+)\s+does\s+(?P<deed>.+)
    | (?P<founder>[\w-]+)\s+founds\s+(?P<founded>\w+)
    | (?P<member>[\w-]+)\s+in\s+(?P<place>\w+)\s*>\s*(?P<remark>.+)
    | (?P<manager>[\w-]+)\s+(?P<what>adds|removes|promotes|demotes|upgrades)\s+(?P<whom>[\w-]+)
      \s+in\s+(?P<where>\w+)
    | (?P<replier>[\w-]+)\s+replies\s+to\s+«(?P<replied>.+?)»\s*>\s*(?P<reply>.+)
    | (?P<applicant>[\w-]+)\s+fills\s+in\s+(?P<organisation>.+)
    | (?P<follower>[\w-]+)\s+follows\s+(?P<link>\S+)
    | time\s*\+\s*(?P<amount>\d+)\s*(?P<unit>days|hours|minutes)
    | (?P<command>restart|send\ broadcasts|begin\ broadcasts|make\ events\ ahead|ask\ about\ plans
      |send\ notices|look\ after\ (?:inquiries|requests|seats))
    """,
    re.VERBOSE,
)


@dataclass
class Conversation:
    """One file, being played."""

    world: World
    speaker: str = ""

    async def play(self, path: Path) -> None:
        """Play every line; AssertionError names the line that went otherwise."""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                await self._play(line.strip())
            except (AssertionError, LookupError) as problem:
                raise AssertionError(f"{path.name}, line {number}: {line.strip()}\n{problem}") from problem
        for person_id, unread in self.world.unread.items():
            assert not unread, f"{path.name}: {person_id} was also told: {unread[0].get('text')}"

    async def _play(self, line: str) -> None:
        found = _LINE.fullmatch(line)
        if not found:
            raise AssertionError("this line is not understood")
        if found["said"]:
            self._expect(found["reader"] or self.speaker, found["said"])
        elif found["last"]:
            *_, last = self.world.read_all(self.speaker).split("\n---\n")
            assert found["last"] in last, f"{self.speaker} read at last:\n{last}"
        elif found["notice"]:
            toasts = self.world.person(self.speaker).toasts
            assert toasts and found["notice"] in toasts[-1].get("text", ""), f"the notices are {toasts}"
        elif found["amount"]:
            self.world.clock.pass_(**{found["unit"]: int(found["amount"])})
        elif found["command"]:
            await self._tick(found["command"])
        elif found["applicant"]:
            self.speaker = found["applicant"]
            person = self.world.person(self.speaker)
            await fill_in(self.world, person, organisation=found["organisation"] or "")
        else:
            await self._act(found.groupdict())

    async def _tick(self, command: str) -> None:
        application = self.world.bot.application
        services = application.services
        match command:
            case "restart":
                await self.world.stop()
                await self.world.start()
            case "send broadcasts":
                await self.world.send_broadcasts()
            case "begin broadcasts":
                await begin_scheduled(services, application.bot)
            case "look after seats":
                await look_after_seats(services)
                await self.world.send_broadcasts()
            case "make events ahead":
                await services.series.make_ahead(self.world.clock())
            case "ask about plans":
                await ask_about_steps(services)
                await self.world.send_broadcasts()
            case "look after requests":
                await remind(services, application.bot)
                await forget_what_is_old(services)
            case "send notices":
                await send_due(services)
            case _:
                await look_after(services, application.bot)

    def _expect(self, reader: str, said: str) -> None:
        message = self.world.read(reader)
        for part in said.split(" | "):
            assert part.strip() in message, f"{reader} read instead:\n{message}"

    async def _act(self, line: dict[str, str | None]) -> None:
        self.speaker = line["writer"] or line["presser"] or line["actor"] or ""
        self.speaker = self.speaker or line["follower"] or line["replier"] or ""
        self.speaker = self.speaker or line["founder"] or line["member"] or line["manager"] or ""
        person = self.world.person(self.speaker)
        unread = self.world.unread[person.id]
        assert not unread, f"{self.speaker} has not been told yet that the bot said: {unread[0].get('text')}"
        if line["text"]:
            person.type(line["text"].replace("\\n", "\n"))
        elif line["label"]:
            _press(person, line["label"])
        elif line["reply"]:
            replied = line["replied"] or ""
            holding = [m["message_id"] for m in person.received if replied in m.get("text", "")]
            person.type(line["reply"], reply_to=holding[-1])
        elif line["link"]:
            person.start(_newest_payload(self.world, line["link"]))
        elif line["deed"]:
            _do(person, line["deed"])
        elif line["founded"]:
            others = [one for one in self.world.telegram.people.values() if one != person]
            self.world.telegram.group(line["founded"], [person, *others], basic=True)
        elif line["remark"]:
            person.type(line["remark"], chat_id=self.world.group(line["place"] or "").id)
        elif line["what"]:
            _manage(self.world, person, line["what"], line["whom"] or "", line["where"] or "")
        await self.world.deliver()


def _newest_payload(world: World, beginning: str) -> str:
    """The payload of the newest deep link beginning so, whoever it was sent to."""
    chats = [Chat(world.telegram, number) for number in world.telegram.state.chats]
    texts = [(m["message_id"], str(m)) for chat in chats for m in chat.received]
    found = re.findall(
        rf"\?start=({re.escape(beginning)}[\w-]+)", "\n".join(text for _, text in sorted(texts))
    )
    if not found:
        raise LookupError(f"nobody was sent a link {beginning!r}")
    return str(found[-1])


def _press(person: Person, label: str) -> None:
    """Press what is nearest to the thumb: a button over the input, else the newest under a message."""
    for row in person.keyboard:
        for button in row:
            if label in button["text"]:
                person.press_reply(button["text"])
                return
    for message in reversed(person.received):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if label in button["text"]:
                    person.press(button["callback_data"], message["message_id"])
                    return
    raise LookupError(f"there is no button {label!r}")


def _manage(world: World, person: Person, what: str, whom: str, where: str) -> None:
    group = world.group(where)
    match what:
        case "adds":
            group.add_bot(person)
        case "removes":
            group.remove_bot(person)
        case "promotes":
            group.promote(world.person(whom), person)
        case "demotes":
            group.demote(world.person(whom), person)
        case _:
            group.upgrade(person)


def _do(person: Person, deed: str) -> None:
    match deed.split():
        case ["share", "contact"]:
            person.share_contact()
        case ["block"]:
            person.block()
        case ["unblock"]:
            person.unblock()
        case ["speak", language]:
            person.speak("en" if language == "English" else "km")
        case ["flood"]:
            for _ in range(2 * AT_ONCE):
                person.type("/contact")
        case ["album"]:
            person.send_album("photo", "photo", "video")
        case [kind]:
            person.send(kind)
        case _:
            raise AssertionError("nobody knows how to do this")
