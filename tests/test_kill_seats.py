"""The bot killed without warning while people register: no seat is lost, and none is held twice."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.core.events.codes import new_code
from bot.sandbox.people import Person
from bot.sandbox.telegram import Telegram
from bot.sandbox.web.server import running
from storage.database import Database
from storage.events.offers import StoredOffers
from storage.events.registrations import StoredRegistrations
from tests.process import alive, environment, quick_starts, until
from tests.storage.records import ANY_TIME, announced, new_file, subscribe

NEXT_YEAR = f"{datetime.now(UTC).year + 1}-01-15"
CLERK, STAFF = 1002, 1003
# The bot dies where a seat is free, and nobody has been asked yet whether they take it.
RELEASE_AND_DIE = """
import asyncio, os, signal, sys
from bot.core.events.codes import new_code
from storage.database import Database
from storage.events.registrations import StoredRegistrations
from tests.storage.records import ANY_TIME

async def release():
    seats = StoredRegistrations(Database(sys.argv[1]), ANY_TIME, new_code, 5)
    assert await seats.release(1, int(sys.argv[2]))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(release())
"""


def reads(person: Person, text: str) -> bool:
    """Whether the bot's latest message to the person holds the text."""
    return bool(person.received) and text in person.last.get("text", "")


async def test_seats_survive_sigkill(tmp_path: Path) -> None:
    """A form for others goes on where it stood and counts once; a seat freed before it is offered once."""
    url = await new_file(tmp_path)
    database = Database(url)
    seats = StoredRegistrations(database, ANY_TIME, new_code, 5)
    telegram = Telegram(clock=lambda: datetime.now(UTC))
    async with running(telegram) as address, quick_starts(environment(tmp_path, address)) as start:
        clerk, staff = telegram.people[CLERK], telegram.people[STAFF]
        staff.record["started"] = True
        event_id = await announced(database, date=NEXT_YEAR, capacity="1")
        await subscribe(database, CLERK, STAFF)
        for person_id in (CLERK, STAFF):
            await seats.register(event_id, person_id, "somebody", "", datetime.now(UTC))
        async with alive(start) as kill:
            clerk.start(f"event-{event_id}")
            await until(telegram, lambda: reads(clerk, "វេទិកាថ្នាក់ជាតិ"))
            clerk.press("➕ ចុះឈ្មោះឱ្យអ្នកផ្សេង")
            await until(telegram, lambda: reads(clerk, "១/២"))
            clerk.type("សុខា")
            await until(telegram, lambda: reads(clerk, "២/២"))
            kill()
        dying = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RELEASE_AND_DIE, url, str(CLERK), cwd=Path(__file__).parent.parent
        )
        assert await dying.wait() == -signal.SIGKILL
        offers = StoredOffers(database, ANY_TIME, new_code)
        assert len(await offers.next_to_offer(datetime.now(UTC))) == 1, "nobody was asked yet"
        clerk.press("ស្រី")  # while no bot is there; then once more
        clerk.press("ស្រី")
        async with alive(start):
            await until(telegram, lambda: any("⏳ សុខា" in m.get("text", "") for m in clerk.received))
            await until(telegram, lambda: reads(staff, "មានកន្លែងទំនេរជូនលោកអ្នកហើយ"))
            staff.press("✅ យកកន្លែងនេះ")
            await until(telegram, lambda: reads(staff, "លោកអ្នកបានចុះឈ្មោះហើយ"))
    listed = await seats.of_event(event_id)
    await database.close()
    assert sum("មានកន្លែងទំនេរជូន" in message.get("text", "") for message in staff.received) == 1
    assert [(one.person_id, one.own, one.name, one.state) for one in listed] == [
        (STAFF, True, "somebody", "coming"),
        (CLERK, False, "សុខា", "waiting"),
    ]
