"""The bot as a real process, killed without warning: nothing is lost, and nothing sent twice."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.core.broadcasts import DeliveryState
from bot.core.forms import REVIEW, Form
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.server import running
from storage.accounts import StoredAccounts
from storage.database import Database
from storage.events.events import StoredEvents
from storage.forms import StoredForms
from storage.membership import StoredMembership
from storage.people import StoredPeople
from storage.plans import StoredPlans
from storage.subscriptions import StoredSubscriptions
from tests.process import alive, environment, quick_starts, until
from tests.storage.records import ANY_TIME

SUBSCRIBERS = range(2000, 2040)
COMMUNE = "120101"


def reads(person: Person, text: str) -> bool:
    """Whether the bot's latest message to the person holds the text."""
    return bool(person.received) and text in person.last["text"]


def shows(person: Person, text: str) -> bool:
    """Whether the text is in a message to the person, or on a button under one."""
    return any(text in str(message) for message in person.received)


async def test_every_step_of_a_form_survives_sigkill(tmp_path: Path) -> None:
    """Killed after every question of the form, the bot goes on where it stood; one request comes about."""
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/wgpd.db")
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        staff = telegram.people[1003]

        steps: list[tuple[str, Callable[[], object]]] = [
            ("១/១៤", lambda: staff.type("អង្គការសាកល្បង")),
            ("២/១៤", lambda: staff.press("រំលង")),
            ("ក្រុមសហគមន៍", lambda: staff.press("ក្រុមសហគមន៍")),
            ("៤/១៤", lambda: staff.type("កំពង់ចាម, សៀមរាប")),
            ("✅ សៀមរាប", lambda: staff.press("✅ រួចរាល់")),
            ("៥/១៤", lambda: staff.press("ផែនការឃុំ")),
            ("✅ ផែនការឃុំ", lambda: staff.press("✅ រួចរាល់")),
            ("៦/១៤", lambda: staff.type("ចាន់ណា")),
            ("៧/១៤", lambda: staff.type("នាយក")),
            ("៨/១៤", staff.share_contact),
            ("៩/១៤", lambda: staff.type("office@example.org")),
            ("១០/១៤", lambda: staff.press("រំលង")),
            ("១១/១៤", lambda: staff.type("ចង់ចូលរួម")),
            ("១២/១៤", lambda: staff.press("រំលង")),
            ("១៣/១៤", lambda: staff.upload("leaflet.pdf", "application/pdf", b"x")),
            ("🗑 ដកចេញទាំងអស់", lambda: staff.press("✅ រួចរាល់")),
            ("១៤/១៤", lambda: staff.press("មានតែអ្នកសម្របសម្រួល")),
            ("កែចំណុចណាមួយ", lambda: staff.press("✅ យល់ព្រម ហើយផ្ញើសំណើ")),
        ]
        staff.start("join")
        for shown, answer in steps:
            bot = await start()
            await until(telegram, partial(shows, staff, shown))
            os.kill(bot, signal.SIGKILL)
            answer()  # while the bot is away
        await start()
        await until(telegram, partial(shows, staff, "បានផ្ញើសំណើ"))
    (request,) = await StoredMembership(database).open()
    await database.close()
    assert (request.provinces, request.sectors) == (("03", "17"), ("planning",))
    assert (request.contact, request.email, len(request.document)) == ("ចាន់ណា", "office@example.org", 1)


async def test_an_announcement_survives_sigkill(tmp_path: Path) -> None:
    """Killed after the day, after the rule and after the confirmation, a series is begun once and whole."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/wgpd.db")
    await database.migrate()
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        clerk = await _subscriber(telegram, database, 1002)
        coordinator = telegram.people[1004]
        async with alive(start) as kill:
            coordinator.type("/announce")
            await until(telegram, lambda: reads(coordinator, "១/៥"))
            coordinator.press("🤝 ការប្រជុំទៀងទាត់")
            await until(telegram, lambda: reads(coordinator, "២/៥"))
            coordinator.type("ការប្រជុំប្រចាំខែ")
            await until(telegram, lambda: reads(coordinator, "៣/៥"))
            coordinator.type(f"{tomorrow:%d/%m/%Y} 23:30")
            await until(telegram, lambda: reads(coordinator, "៥/៥"))
            kill()
        coordinator.type("ភ្នំពេញ")  # written while the bot is away
        async with alive(start) as kill:
            await until(telegram, lambda: reads(coordinator, "តើផ្ញើឥឡូវនេះទេ"))
            coordinator.press("➕ ព័ត៌មានបន្ថែម")
            await until(telegram, lambda: any("✏️ ធ្វើជាទៀងទាត់" in row for row in coordinator.buttons()))
            coordinator.press("✏️ ធ្វើជាទៀងទាត់")
            await until(telegram, lambda: reads(coordinator, "តើធ្វើជាទៀងទាត់"))
            coordinator.type("រៀងរាល់ខែ")
            await until(telegram, lambda: any("⬅️ ត្រឡប់ទៅមើលសារ" in row for row in coordinator.buttons()))
            coordinator.press("⬅️ ត្រឡប់ទៅមើលសារ")
            await until(telegram, lambda: reads(coordinator, "លើកបន្ទាប់"))
            kill()
        async with alive(start) as kill:
            coordinator.press("✅ ផ្ញើ")
            await until(telegram, lambda: bool(clerk.received))
            kill()
        async with alive(start):
            await until(telegram, lambda: reads(coordinator, "បានចប់ហើយ"))
    events = await StoredEvents(database).upcoming(datetime.now(UTC))
    await database.close()
    assert len(events) == len({event.details.starts_at for event in events}) == 3
    assert {event.series_id for event in events} == {1}
    assert len(clerk.received) == 1


async def test_an_album_survives_sigkill(tmp_path: Path) -> None:
    """Of an album that is being sent when the bot is killed, each part is kept, or asked for again."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/wgpd.db")
    await database.migrate()
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        clerk = await _subscriber(telegram, database, 1002)
        await database.close()
        async with alive(start) as kill:
            clerk.start("lesson")
            await until(telegram, lambda: reads(clerk, "១/៧"))
            clerk.type("អណ្តូងទឹក")
            await until(telegram, lambda: reads(clerk, "២/៧"))
            clerk.type("ឃុំបានជីកអណ្តូងទឹកចំនួនបី។")
            await until(telegram, lambda: reads(clerk, "៣/៧"))
            clerk.press("ផែនការឃុំ")
            await until(telegram, lambda: any("✅ រួចរាល់" in row for row in clerk.buttons()))
            clerk.press("✅ រួចរាល់")
            await until(telegram, lambda: reads(clerk, "៤/៧"))
            clerk.type("Tonle Basak")
            await until(telegram, lambda: reads(clerk, "៥/៧"))
            clerk.press("រំលង")
            await until(telegram, lambda: reads(clerk, "៦/៧"))
            clerk.send_album(*["photo"] * 6)
            await until(telegram, lambda: reads(clerk, "ឯកសារចំនួន"))
            kill()
        clerk.send("voice")  # written while the bot is away
        async with alive(start):
            kept = await _files_with_voice(telegram, clerk)
            clerk.press("✅ រួចរាល់")
            await until(telegram, lambda: reads(clerk, "៧/៧"))
    told = [message for message in clerk.received if "ផ្ញើម្តងទៀត" in message["text"]]
    assert kept + len(told) >= 7
    assert kept <= 7


async def _files_with_voice(telegram: Telegram, clerk: Person) -> int:
    """How many files the form counts when the voice message, sent after the album, is among them."""
    counting = next(m["message_id"] for m in clerk.received if "ឯកសារចំនួន" in m["text"])

    def counted() -> bool:
        return clerk.last["message_id"] > counting and "ឯកសារចំនួន" in clerk.last["text"]

    await until(telegram, counted)
    number = clerk.last["text"].partition("ឯកសារចំនួន ")[2][0]
    return "០១២៣៤៥៦៧៨៩".index(number)


async def test_a_plan_survives_sigkill(tmp_path: Path) -> None:
    """A step is written through a kill at every question, and nobody is asked twice how another went."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/wgpd.db")
    await database.migrate()
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        clerk = await _subscriber(telegram, database, 1002)
        await _due_step(database, "ផ្លូវ")
        async with alive(start):
            await until(telegram, lambda: _questions(clerk)["ផ្លូវ"] == 1)
            clerk.type("/plan")
            await until(telegram, lambda: reads(clerk, "ផែនការសកម្មភាព"))
            clerk.press("➕ សកម្មភាពមួយទៀត")
            await until(telegram, lambda: reads(clerk, "១/៣"))
        clerk.type("អណ្តូង")  # while the bot is away, as all that follows
        async with alive(start):
            await until(telegram, lambda: reads(clerk, "២/៣"))
        clerk.type("មេឃុំ")
        async with alive(start):
            await until(telegram, lambda: reads(clerk, "៣/៣"))
        clerk.type("tomorrow")
        async with alive(start):
            await until(telegram, lambda: reads(clerk, "តើរក្សាទុក"))
        clerk.press("✅ រក្សាទុក")
        await _due_step(database, "ស្ពាន")  # its question shows that the clock has ticked again
        async with alive(start):
            await until(telegram, lambda: _questions(clerk)["ស្ពាន"] == 1)
    (plan,) = await StoredPlans(database, ANY_TIME).every()
    await database.close()
    assert [step.what for step in plan.steps] == ["ផ្លូវ", "ស្ពាន", "អណ្តូង"]
    assert _questions(clerk) == {"ផ្លូវ": 1, "ស្ពាន": 1}


async def _due_step(database: Database, what: str) -> None:
    """A step of the clerk's plan whose day is over."""
    now, by = datetime.now(UTC), 1002
    told = {"commune": COMMUNE, "what": what, "who": "មេភូមិ", "due": "2026-01-01"}
    form = await StoredForms(database).save(Form(by, "due", REVIEW, told), now)
    assert form
    await StoredPlans(database, ANY_TIME).add_step(form, by, now)


def _questions(clerk: Person) -> Counter[str]:
    """How often somebody was asked about each step."""
    asked = [message["text"] for message in clerk.received if "តើលទ្ធផលយ៉ាងណាដែរ" in message.get("text", "")]
    return Counter(text.split("\n")[2] for text in asked)


async def test_a_crowd_survives_sigkill(tmp_path: Path) -> None:
    """Of thirty people who write at once, each is answered once, or told to send it again."""
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        crowd = [telegram.person(f"person {number}", number) for number in range(3000, 3030)]
        async with alive(start) as kill:
            await until(telegram, lambda: telegram.waiting is not None)
            for person in crowd:
                person.start("forums")
            await until(telegram, lambda: sum(bool(person.received) for person in crowd) >= 3)
            kill()
        assert not all(person.received for person in crowd), "it was killed too late to prove anything"
        async with alive(start):
            await until(telegram, lambda: all(person.received for person in crowd))
            last = crowd[0]
            last.type("/privacy")
            await until(telegram, lambda: reads(last, "ទិន្នន័យ"))
    answers = [message["text"] for person in crowd[1:] for message in person.received]
    told = [text for text in answers if "ផ្ញើម្តងទៀត" in text]
    assert len(answers) - len(told) <= len(crowd) - 1
    assert all(sum("មិនទាន់មានវេទិកា" in m["text"] for m in person.received) <= 1 for person in crowd)


async def test_a_broadcast_survives_sigkill(tmp_path: Path) -> None:
    """Every recipient is accounted for after a kill in mid-broadcast, and nobody gets it twice."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/wgpd.db")
    await database.migrate()
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        clerks = [await _subscriber(telegram, database, number) for number in SUBSCRIBERS]
        coordinator = telegram.people[1004]
        async with alive(start) as kill:
            await _confirm_a_lesson(telegram, coordinator)
            await until(telegram, lambda: sum(bool(clerk.received) for clerk in clerks) >= 10)
            kill()
        assert not all(clerk.received for clerk in clerks), "it was killed too late to prove anything"
        async with alive(start):
            await until(telegram, lambda: reads(coordinator, "បានចប់ហើយ"))
    got = Counter({clerk.id: len(clerk.received) for clerk in clerks})
    tally = await StoredAccounts(database).tally(1)
    await database.close()
    assert max(got.values()) == 1
    assert tally[DeliveryState.SENT] + tally[DeliveryState.UNCERTAIN] == len(clerks) == tally.total
    missed = sum(1 for clerk in clerks if not clerk.received)
    assert missed <= tally[DeliveryState.UNCERTAIN]


async def _subscriber(telegram: Telegram, database: Database, number: int) -> Person:
    person = telegram.person(f"clerk {number}", number)
    person.record["started"] = True
    now = datetime.now(UTC)
    await StoredPeople(database, ()).meet(number, "clerk", "km", now)
    await StoredSubscriptions(database).subscribe(number, COMMUNE, number, now)
    return person


async def _confirm_a_lesson(telegram: Telegram, coordinator: Person) -> None:
    coordinator.type("/share")
    await until(telegram, lambda: reads(coordinator, "១/២"))
    coordinator.type("មេរៀនសាកល្បង")
    await until(telegram, lambda: reads(coordinator, "២/២"))
    coordinator.type("ខ្លឹមសារនៃមេរៀន")
    await until(telegram, lambda: reads(coordinator, "តើផ្ញើឥឡូវនេះទេ"))
    coordinator.press("✅ ផ្ញើ")
