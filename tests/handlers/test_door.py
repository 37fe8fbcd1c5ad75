"""At the door of an event: tickets, codes, names, parties, walk-ins and who came, on people's phones."""

import io
import sqlite3
from datetime import datetime, timedelta
from typing import Any

import pytest
import segno
from openpyxl import load_workbook
from PIL import Image

from bot.core.events.registrations import RegistrationState
from handlers.events.tickets import picture
from tests.attending import FORUM, cancel, counted, forum, seat
from tests.handlers.phones import NOT_ALLOWED, begin_coordinators, data_of, labels, press, tap, write
from tests.world import PEOPLE, PHNOM_PENH, World

MORNING = datetime(2026, 12, 1, 14, 0, tzinfo=PHNOM_PENH)  # five hours after the world begins
CLERK, CITIZEN = PEOPLE["clerk"], PEOPLE["citizen"]


async def begun(world: World, **values: Any) -> int:
    """A forum today, with a clerk's party of three and a citizen who waits; its id."""
    await begin_coordinators(world, "staff")
    await write(world, "clerk", "/start")
    await write(world, "citizen", "/start")
    event_id = await forum(world.database, MORNING, **values)
    await seat(
        world.database,
        event_id,
        "សុខ សុភា",
        "34ACDE",
        person_id=CLERK,
        own=True,
        gender="f",
        commune_code="120101",
    )
    await seat(world.database, event_id, "ចាន់ ណា", "67ACDE", person_id=CLERK, commune_code="120101")
    await seat(world.database, event_id, "Keo <b>Dara", "99ACDE", person_id=CLERK, commune_code="120101")
    await seat(
        world.database,
        event_id,
        "រង់ចាំ សុខ",
        state=RegistrationState.WAITING,
        person_id=CITIZEN,
        own=True,
    )
    return event_id


async def follow(world: World, name: str, payload: str) -> str:
    """Somebody opens a deep link."""
    world.person(name).start(payload)
    await world.deliver()
    return world.read_all(name)


async def at_the_door(world: World, name: str, event_id: int) -> str:
    """A coordinator goes to the door from the event's page."""
    assert "[ 🚪 កត់វត្តមាន ]" in await tap(world, name, f"e:{event_id}")
    return await press(world, name, "🚪 កត់វត្តមាន")


def shown(world: World, name: str) -> str:
    """What the newest message of somebody shows now, pressed or not."""
    return str(world.person(name).last.get("text", ""))


async def test_the_ticket(world: World) -> None:
    """Whoever has seats gets a picture and their code, and the codes of those whom they registered."""
    event_id = await begun(world)
    page = await tap(world, "clerk", f"e:{event_id}")
    assert "[ 🎟 លេខកូដរបស់ខ្ញុំ ]" in page
    assert "🚪" not in page
    ticket = await press(world, "clerk", "🎟")
    for part in (FORUM, "សាលាខេត្តកំពង់ចាម", "ម៉ោង ២:០០ រសៀល", "សុខ សុភា", "34ACDE", "67ACDE", "99ACDE"):
        assert part in ticket
    assert "Keo <b>Dara" in ticket
    assert world.person("clerk").last["photo"]


async def test_the_picture_holds_the_link(world: World) -> None:
    """The picture of a ticket is the QR code of the link that opens the seat, square by square."""

    link = "https://t.me/wgpd_bot?start=door-34ACDE"
    image = Image.open(io.BytesIO(picture(link))).convert("L")
    matrix = [list(row) for row in segno.make_qr(link, error="m").matrix_iter(border=4)]
    side = image.width // len(matrix)
    squares = [
        [image.getpixel((x * side + side // 2, y * side + side // 2)) == 0 for x in range(len(matrix))]
        for y in range(len(matrix))
    ]
    assert squares == [[bool(module) for module in row] for row in matrix]


async def test_a_large_party(world: World) -> None:
    """The codes of a party that is too large for a caption go on in a message."""
    event_id = await begun(world)
    for number in range(60):
        await seat(world.database, event_id, f"ភ្ញៀវ {number}", f"34AC{number + 10}", person_id=CLERK)
    ticket = await tap(world, "clerk", f"e-ticket:{event_id}")
    assert all(f"34AC{number + 10}" in ticket for number in range(60))


async def test_no_ticket(world: World) -> None:
    """Who waits, or has nothing, gets no ticket; nor does anybody for a cancelled event."""
    event_id = await begun(world)
    assert "🎟" not in await tap(world, "citizen", f"e:{event_id}")
    assert "មិនមានកន្លែង" in await tap(world, "citizen", f"e-ticket:{event_id}")
    assert "មិនមានកន្លែង" in await tap(world, "citizen", "e-ticket:999")
    await cancel(world.database, event_id)
    assert "🎟" not in await tap(world, "clerk", f"e:{event_id}")
    assert "បានលុបចោល" in await tap(world, "clerk", f"e-ticket:{event_id}")


async def test_one_after_another(world: World) -> None:
    """A coordinator checks in by code after code, however they are typed, also after a restart."""
    event_id = await begun(world)
    door = await at_the_door(world, "coordinator", event_id)
    assert "បានមកដល់៖ ០ នាក់\nអ្នកមានកន្លែង៖ ៣ នាក់" in door
    assert "មិនទាន់មកដល់" in await write(world, "coordinator", "៣៤ ac de")
    await press(world, "coordinator", "✅ បានមកដល់")
    assert "បានមកដល់ម៉ោង ៩:០០ ព្រឹក" in shown(world, "coordinator")
    await world.stop()
    await world.start()
    assert "ចាន់ ណា" in await write(world, "coordinator", "67acde")
    await press(world, "coordinator", "✅ បានមកដល់")
    assert "បានមកដល់៖ ២ នាក់" in await press(world, "coordinator", "🚪 អ្នកបន្ទាប់")
    await press(world, "coordinator", "🏁 បញ្ចប់")
    assert "មិនទាន់មកដល់" not in await write(world, "coordinator", "99ACDE")


async def test_a_scanned_ticket(world: World) -> None:
    """The link of a ticket opens the seat for a coordinator, with the holder's others, each a toggle."""
    await begun(world)
    seen = await follow(world, "coordinator", "door-34ACDE")
    for part in ("សុខ សុភា", "ទន្លេបាសាក់", FORUM, "មិនទាន់មកដល់", "[ ⬜ ចាន់ ណា · "):
        assert part in seen
    await press(world, "coordinator", "⬜ ចាន់ ណា")
    await press(world, "coordinator", "⬜ Keo")
    assert "មិនទាន់មកដល់" in shown(world, "coordinator")
    assert data_of(world, "✅ ចាន់ ណា")
    await press(world, "coordinator", "✅ Keo")
    assert data_of(world, "⬜ Keo")
    await press(world, "coordinator", "✅ បានមកដល់")
    await press(world, "coordinator", "↩️")
    assert "មិនទាន់មកដល់" in shown(world, "coordinator")


async def test_two_coordinators(world: World) -> None:
    """The second of two coordinators is told when somebody came, and who checked them in."""
    await begun(world)
    for name in ("coordinator", "staff"):
        await follow(world, name, "door-34ACDE")
    await press(world, "coordinator", "✅ បានមកដល់")
    world.clock.pass_(minutes=7)
    await press(world, "staff", "✅ បានមកដល់")
    assert "បានមកដល់ម៉ោង ៩:០០ ព្រឹក" in shown(world, "staff")
    assert "កត់ដោយ coordinator" in shown(world, "staff")


async def test_of_a_party_by_two(world: World) -> None:
    """Whoever toggles what another coordinator did a moment ago sees that seat, with when and by whom."""
    await begun(world)
    for name in ("coordinator", "staff"):
        await follow(world, name, "door-34ACDE")
    await press(world, "coordinator", "⬜ ចាន់ ណា")
    await press(world, "staff", "⬜ ចាន់ ណា")
    assert "ចាន់ ណា" in shown(world, "staff")
    assert "កត់ដោយ coordinator" in shown(world, "staff")


async def test_found_by_name(world: World) -> None:
    """Part of a name finds somebody in Khmer or Latin letters; several are offered to choose from."""
    event_id = await begun(world)
    await at_the_door(world, "coordinator", event_id)
    assert "Keo <b>Dara" in await write(world, "coordinator", "dara")
    found = await write(world, "coordinator", "សុខ")
    assert "រកឃើញ ២ នាក់" in found
    assert "⬜ សុខ សុភា · ទន្លេបាសាក់" in labels(found)
    await press(world, "coordinator", "⏳ រង់ចាំ សុខ")
    assert "នៅក្នុងបញ្ជីរង់ចាំ" in shown(world, "coordinator")
    for number in range(14):
        await seat(world.database, event_id, f"ហេង {number}")
    many = await write(world, "coordinator", "ហេង")
    assert "រកឃើញ ១៤ នាក់" in many
    assert sum("ហេង" in label for label in labels(many)) == 12
    missing = await write(world, "coordinator", "គ្មាននរណា")
    assert "រកមិនឃើញ" in missing
    assert "➕ អ្នកមិនបានចុះឈ្មោះ" in labels(missing)


async def test_who_waits_is_let_in(world: World) -> None:
    """Somebody without a seat who stands at the door is let in, and counted beyond the capacity."""
    event_id = await begun(world, capacity=3)
    await at_the_door(world, "coordinator", event_id)
    await write(world, "coordinator", "រង់ចាំ")
    await press(world, "coordinator", "✅ អនុញ្ញាតឱ្យចូល")
    assert "បានមកដល់ម៉ោង" in shown(world, "coordinator")
    assert await counted(world.database, event_id) == (4, 4)


async def test_a_seat_of_another_event(world: World) -> None:
    """A code of another event says so, and of which."""
    event_id = await begun(world)
    other = await forum(world.database, MORNING, title="ការប្រជុំមួយទៀត")
    await seat(world.database, other, "ដារ៉ា", "ACDEFG")
    await at_the_door(world, "coordinator", event_id)
    seen = await write(world, "coordinator", "ACDEFG")
    assert "កន្លែងនេះជារបស់ព្រឹត្តិការណ៍ផ្សេង" in seen
    assert "ការប្រជុំមួយទៀត" in seen
    assert "ព្រឹត្តិការណ៍ផ្សេង" not in await write(world, "coordinator", "34ACDE")


async def test_another_day(world: World) -> None:
    """Before the day nobody is checked in, and the day is told; after it, who came can still be noted."""
    await begun(world)
    world.clock.now -= timedelta(days=3)
    early = await follow(world, "coordinator", "door-34ACDE")
    assert "ធ្វើនៅថ្ងៃអង្គារ ទី១ ខែធ្នូ ឆ្នាំ២០២៦" in early
    assert "✅ បានមកដល់" not in labels(early)
    seats = data_of(world, "ចាន់ ណា")
    assert seats == ["e-door-seat:2"]
    await tap(world, "coordinator", "e-in:1:1")
    assert "មិនទាន់" not in shown(world, "coordinator")
    assert "↩️" not in str(world.person("coordinator").last)
    world.clock.now += timedelta(days=5)
    late = await follow(world, "coordinator", "door-34ACDE")
    assert "បានធ្វើនៅថ្ងៃអង្គារ" in late
    await press(world, "coordinator", "✅ បានមកដល់")
    assert "↩️" in str(world.person("coordinator").last)


async def test_a_cancelled_event(world: World) -> None:
    """At a cancelled event nobody is checked in, and that is said at the door and of every code."""
    event_id = await begun(world)
    await at_the_door(world, "coordinator", event_id)
    await cancel(world.database, event_id)
    seen = await write(world, "coordinator", "34ACDE")
    assert "ត្រូវបានលុបចោល" in seen
    assert "✅ បានមកដល់" not in labels(seen)
    assert "ត្រូវបានលុបចោល" in await tap(world, "coordinator", f"e-door:{event_id}")
    assert "ត្រូវបានលុបចោល" in await tap(world, "coordinator", f"e-walk:{event_id}")


@pytest.mark.parametrize("payload", ["door-34ACDE", "door-AAAAAA", "door-", "door-x", "door-34acde"])
async def test_a_stranger_learns_nothing(world: World, payload: str) -> None:
    """Who opens the link of another's ticket reads the same as for a code that nobody has."""
    await begun(world)
    read = await follow(world, "citizen", payload)
    if payload != "door-":
        assert "សូមបង្ហាញជូនអ្នកសម្របសម្រួល" in read
    assert "សុខ" not in read
    assert FORUM not in read


async def test_the_holder_opens_their_link(world: World) -> None:
    """Who opens the link of their own ticket gets the ticket."""
    await begun(world)
    assert "34ACDE" in await follow(world, "clerk", "door-34ACDE")
    assert world.person("clerk").last["photo"]
    assert "គ្មានកន្លែងណាមានលេខកូដនេះ" in await follow(world, "coordinator", "door-AAAAAA")


FORGED = (
    *("e-door:1", "e-door-seat:1", "e-in:1:1", "e-let:4:4", "e-out:1:1", "e-door-end"),
    *("e-walk:1", "e-came:1", "e-came-file:1"),
)


async def test_forged_presses(world: World) -> None:
    """Nothing at the door moves for a person who is no coordinator, nor for buttons that lead nowhere."""
    event_id = await begun(world)
    before = _seats(world)
    for data in FORGED:
        read = await tap(world, "citizen", data)
        assert NOT_ALLOWED in read
        assert "សុខ" not in read
    for data in ("e-in:999:1", "e-out:999:999", "e-let:1:1", "e-door-seat:999", "e-walk:999", "e-came:99"):
        assert "មានបញ្ហា" not in await tap(world, "coordinator", data)
    assert _seats(world) == before
    assert await counted(world.database, event_id) == (3, 3)


async def test_a_coordinator_no_more(world: World) -> None:
    """Who is no coordinator any more finds the door closed."""
    event_id = await begun(world)
    await at_the_door(world, "staff", event_id)
    await world.database.close()
    _execute(world, "DELETE FROM roles")
    assert "សុខ សុភា" not in await write(world, "staff", "34ACDE")


async def walk_in(world: World, name: str, gender: str, council: str | None, organisation: str = "") -> str:
    """The coordinator writes somebody down who came without a seat; what the review shows."""
    await press(world, "coordinator", "➕ អ្នកមិនបានចុះឈ្មោះ")
    await write(world, "coordinator", name)
    asked = await press(world, "coordinator", gender)
    assert "ឃុំ/សង្កាត់" in asked
    if council:
        return await write(world, "coordinator", council)
    await press(world, "coordinator", "រំលង")
    return await write(world, "coordinator", organisation)


async def test_walk_ins(world: World) -> None:
    """People without a seat are noted at the door, of a council or an organisation, whatever the capacity."""
    event_id = await begun(world, capacity=3)
    await at_the_door(world, "coordinator", event_id)
    review = await walk_in(world, "=HYPERLINK(1)", "ស្រី", "Tonle Basak")
    for part in ("=HYPERLINK(1)", "ស្រី", "ទន្លេបាសាក់"):
        assert part in review
    noted = await press(world, "coordinator", "✅ កត់ថាបានមក")
    assert "បានកត់ថា =HYPERLINK(1) បានមកដល់" in noted
    assert "បានមកដល់៖ ១ នាក់" in noted
    await walk_in(world, "ម៉ារី", "មិនចង់ប្រាប់", None, "Pact")
    await press(world, "coordinator", "✅ កត់ថាបានមក")
    assert await counted(world.database, event_id) == (5, 5)
    assert "Pact" in await write(world, "coordinator", "ម៉ារី")
    await press(world, "coordinator", "🗑 ដកចេញពីបញ្ជី")
    assert "បានដក ម៉ារី ចេញពីបញ្ជី" in shown(world, "coordinator")
    assert await counted(world.database, event_id) == (4, 4)


async def test_who_came(world: World) -> None:
    """Who came is told in numbers, and every seat stands in an Excel file without formulas."""
    event_id = await begun(world)
    await at_the_door(world, "coordinator", event_id)
    await write(world, "coordinator", "34ACDE")
    await press(world, "coordinator", "✅ បានមកដល់")
    await press(world, "coordinator", "🚪 អ្នកបន្ទាប់")
    await walk_in(world, "=HYPERLINK(1)", "ប្រុស", None, "Pact")
    await press(world, "coordinator", "✅ កត់ថាបានមក")
    page = await press(world, "coordinator", "📊 ចំនួនអ្នកចូលរួម")
    for part in (
        "បានមក៖ ១ ក្នុងចំណោមអ្នកមានកន្លែង ៣ នាក់",
        "មិនបានចុះឈ្មោះ៖ ១",
        "សរុប៖ ២ នាក់",
        "ស្រី៖ ១ · ប្រុស៖ ១ · មិនបានប្រាប់៖ ០",
        "ទន្លេបាសាក់",
        "• Pact៖ ១",
    ):
        assert part in page
    await press(world, "coordinator", "📄 ជា Excel")
    file_id = world.person("coordinator").last["document"]["file_id"]
    kept = world.telegram.file(file_id)
    assert kept
    body = kept[1]
    sheet = load_workbook(io.BytesIO(body)).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert cells[0][:7] == [
        *("សុខ សុភា", "ស្រី", "ទន្លេបាសាក់", "ចំការមន", "រាជធានីភ្នំពេញ"),
        None,
        "មានកន្លែង",
    ]
    assert cells[0][8] == "2026-12-01 09:00"
    walked = next(row for row in cells if row[0] == "=HYPERLINK(1)")
    assert (walked[1], walked[5], walked[9]) == ("ប្រុស", "Pact", "✓")
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert len(cells) == 5


async def test_many_councils(world: World) -> None:
    """Of many organisations the largest are listed, and how many more there are."""
    event_id = await begun(world)
    for number in range(13):
        for one in range(2 if number == 7 else 1):
            await seat(
                world.database,
                event_id,
                f"ភ្ញៀវ {number} {one}",
                organisation=f"អង្គការ {number}",
                attended_at=world.clock.now,
            )
    page = await tap(world, "coordinator", f"e-came:{event_id}")
    listed = [line for line in page.splitlines() if line.startswith("• អង្គការ")]
    assert listed[0] == "• អង្គការ 7៖ ២"
    assert len(listed) == 10
    assert "… និង ៣ ទៀត" in page


async def test_in_english(world: World) -> None:
    """All of it reads in English for who speaks English."""
    event_id = await begun(world)
    for name in ("coordinator", "clerk"):
        world.person(name).speak("en")
    assert "Code: 34ACDE" in await tap(world, "clerk", f"e-ticket:{event_id}")
    assert "Came: 0\nWith a seat: 3" in await tap(world, "coordinator", f"e-door:{event_id}")
    assert "Not here yet" in await write(world, "coordinator", "34acde")
    await press(world, "coordinator", "✅ Came")
    assert "Came at 9:00 AM\nChecked in by coordinator" in shown(world, "coordinator")
    assert "Came: 1 of 3 with a seat" in await tap(world, "coordinator", f"e-came:{event_id}")


def _seats(world: World) -> list[tuple[Any, ...]]:
    return _execute(world, "SELECT * FROM registrations")


def _execute(world: World, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(world.settings.database_url.removeprefix("sqlite+aiosqlite:///"))
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()
