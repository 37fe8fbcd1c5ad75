"""An event is moved or cancelled on a coordinator's phone, and exactly those concerned are told."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.core.broadcasts import BroadcastState, Subject
from bot.core.events.event import Event, EventState
from bot.core.events.notices import NoticeState
from storage.accounts import StoredAccounts
from storage.broadcasts import StoredBroadcasts
from storage.events.events import StoredEvents
from storage.tables import events
from tests.events import WAITING, begun, planned, seat, tick
from tests.handlers.phones import begin_coordinators, data_of, press, tap, write
from tests.handlers.test_notices import come, forum, number
from tests.world import PHNOM_PENH, World

NEW_WEEK = datetime(2027, 1, 15, 8, 0, tzinfo=PHNOM_PENH)


async def stored(world: World, event_id: int) -> Event:
    event = await StoredEvents(world.database).event(event_id)
    assert event
    return event


async def subscribed_forum(world: World) -> int:
    """A forum of which `clerk` and `reader` got the announcement: clerk comes, citizen waits."""
    await write(world, "reader", "/start")
    for name in ("clerk", "reader"):
        await write(world, name, "/start")
        await write(world, name, "/subscribe")
        await write(world, name, "Tonle Basak")
        await press(world, name, "✅")
    event = await forum(world)
    await come(world, event, "clerk")
    await seat(world.database, event, number(world, "citizen"), WAITING)
    for name in ("clerk", "reader"):
        assert "វេទិកា" in world.read_all(name)
    return event


async def move(world: World, name: str, event: int, field: str, value: str) -> str:
    """A coordinator opens the form that changes an event, and writes another value; what the review says."""
    await tap(world, name, f"e:{event}")
    await press(world, name, "✏️ កែប្រែ")
    await press(world, name, field)
    return await write(world, name, value)


async def test_moving(world: World) -> None:
    """Moved, those who come or wait get old and new, all who were told see it corrected, reminders follow."""
    event = await subscribed_forum(world)
    review = await move(world, "coordinator", event, "✏️ ថ្ងៃ", "២២ មករា ២០២៧")
    assert "ថ្ងៃសុក្រ ទី១៥ ខែមករា ឆ្នាំ២០២៧ → ថ្ងៃសុក្រ ទី២២ ខែមករា ឆ្នាំ២០២៧" in review
    assert "ចំនួន ២ នាក់" in review and "អ្នកប្រើភាសាខ្មែរ" in review
    await world.stop()
    await world.start()
    assert "២ នាក់" in await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    await world.send_broadcasts()
    for name in ("clerk", "citizen"):
        told = world.read_all(name)
        assert "ពីមុន៖ ថ្ងៃសុក្រ ទី១៥" in told and "ឥឡូវ៖ ថ្ងៃសុក្រ ទី២២" in told, name
        assert "📍 ភ្នំពេញ" in told and "📌" not in told  # the same place and title
        assert data_of(world, "ប្រតិទិន", name) == [f"e-file:{event}"]
    corrected = world.read_all("reader")  # the announcement, edited
    assert "ទី២២" in corrected and "ពីមុន" not in corrected
    assert (await stored(world, event)).sequence == 1
    await tick(world, NEW_WEEK - timedelta(days=7))
    assert not world.read_all("clerk")
    await tick(world, NEW_WEEK)
    assert "៧ ថ្ងៃទៀត" in world.read_all("clerk")


async def test_a_reminder_comes_again_for_the_new_date(world: World) -> None:
    """A reminder that was sent for the old date is sent for the new one; one that was on its way is not."""
    event = await subscribed_forum(world)
    await tick(world, NEW_WEEK - timedelta(days=7))
    assert "៧ ថ្ងៃទៀត" in world.read_all("clerk")
    (sent,) = await begun(world.database, Subject.REMINDER)
    services = world.bot.application.services
    world.clock.now = NEW_WEEK - timedelta(days=1)
    (due,) = await services.notices.due(world.clock())
    assert await services.notices.send(
        due, await stored(world, event), {"km": "x", "en": "x"}, [], world.clock()
    )
    await move(world, "coordinator", event, "✏️ ថ្ងៃ", "22/1/2027")
    await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    await tick(world, NEW_WEEK)
    told = world.read_all("clerk")
    assert "៧ ថ្ងៃទៀត" in told and "ពីមុន" in told
    assert [one.state for one in await begun(world.database, Subject.REMINDER)] == [
        BroadcastState.DONE,
        BroadcastState.CANCELLED,
        BroadcastState.DONE,
    ]
    assert (await StoredAccounts(world.database).tally(sent.id)).total == 1


async def test_a_small_change(world: World) -> None:
    """What moves no calendar is corrected where it arrived, and nobody is disturbed."""
    event = await subscribed_forum(world)
    await tap(world, "coordinator", f"e:{event}")
    await press(world, "coordinator", "✏️ កែប្រែ")
    assert "មិនទាន់មានអ្វីផ្លាស់ប្តូរ" in await _more(world, "✏️ អ្នកទំនាក់ទំនង", leave=True)
    review = await _more(world, "✏️ អ្នកទំនាក់ទំនង", "សុខា <012>")
    assert "– → សុខា <012>" in review and "មិនផ្ញើសារថ្មី" in review
    await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    await world.send_broadcasts()
    (corrected,) = world.read_all("clerk").split("\n---\n")  # the announcement, edited
    assert "☎️ សុខា <012>" in corrected
    assert (await stored(world, event)).sequence == 0


async def _more(world: World, field: str, value: str = "", leave: bool = False) -> str:
    """Open what is not asked at first, change one of it, or leave it, and come back to the review."""
    await press(world, "coordinator", "➕")
    await press(world, "coordinator", field)
    if leave:
        await press(world, "coordinator", "ទុកដដែល")
    else:
        await write(world, "coordinator", value)
    return await press(world, "coordinator", "⬅️")


async def test_cancelling_in_english(world: World) -> None:
    """Cancelled for a reason, through a restart: who comes or waits reads why, and nothing more is due."""
    event = await subscribed_forum(world)
    for name in ("coordinator", "clerk"):
        await write(world, name, "/language")
        await press(world, name, "English")
    await tap(world, "coordinator", f"e:{event}")
    assert "Why is it cancelled?" in await press(world, "coordinator", "Cancel the event")
    await world.stop()
    await world.start()
    review = await write(world, "coordinator", "The road is <flooded>.")
    assert "2 people who registered or wait will be told" in review and "15 January 2027" in review
    done = await press(world, "coordinator", "Yes, cancel it")
    assert "People who are told: 2. Messages that are corrected: 2." in done
    await world.send_broadcasts()
    told = world.read_all("clerk")
    assert "This will not take place" in told and "The road is <flooded>." in told
    assert "ត្រូវបានលុបចោល" in world.read_all("citizen")
    assert world.read_all("reader").startswith("❌ បានលុបចោល។ The road is <flooded>.")  # the announcement
    now = await stored(world, event)
    assert (now.state, now.sequence, now.reason) == (EventState.CANCELLED, 1, "The road is <flooded>.")
    assert {one.state for one in (await planned(world.database, event)).values()} == {NoticeState.DROPPED}
    world.read_all("coordinator")
    assert "been cancelled already" in await tap(world, "coordinator", f"e-change:{event}")
    assert "been cancelled already" in await tap(world, "coordinator", f"e-cancel:{event}")
    await tick(world, NEW_WEEK)
    assert not world.read_all("clerk")


async def test_cancelled_before_it_is_announced(world: World) -> None:
    """The announcement of a cancelled event that has not gone out yet does not go out."""
    event = await subscribed_forum(world)
    (kept,) = await begun(world.database, Subject.EVENT)
    async with world.database.write() as connection:
        await connection.exec_driver_sql("UPDATE deliveries SET state = 'pending', message_id = NULL")
        await connection.exec_driver_sql("UPDATE broadcasts SET state = 'scheduled'")
    await tap(world, "coordinator", f"e-cancel:{event}")
    await write(world, "coordinator", "ភ្លៀងធ្លាក់ខ្លាំង")
    await press(world, "coordinator", "🚫 យល់ព្រម លុបចោល")
    found = await StoredBroadcasts(world.database).broadcast(kept.id)
    assert found and found.state is BroadcastState.CANCELLED
    await world.send_broadcasts()
    assert not world.read_all("reader")


async def test_two_coordinators(world: World) -> None:
    """The second of two who change an event is told, keeps the draft, and overwrites nothing."""
    await begin_coordinators(world, "second")
    event = await subscribed_forum(world)
    await move(world, "second", event, "✏️ ទីកន្លែង", "កំពត")
    await move(world, "coordinator", event, "✏️ ម៉ោង", "2 pm")
    await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    told = await press(world, "second", "✅ យល់ព្រម កែប្រែ")
    assert "អ្នកសម្របសម្រួលម្នាក់ទៀតទើបតែកែប្រែ" in told
    now = (await stored(world, event)).details
    assert (now.place, now.starts_at.astimezone(PHNOM_PENH).hour) == ("ភ្នំពេញ", 14)
    assert "ភ្នំពេញ → កំពត" in told and "✏️ ម៉ោង៖" not in told
    await press(world, "second", "✅ យល់ព្រម កែប្រែ")
    now = (await stored(world, event)).details
    assert (now.place, now.starts_at.astimezone(PHNOM_PENH).hour) == ("កំពត", 14)


async def test_cancelled_while_another_changes_it(world: World) -> None:
    """Who confirms a change of an event that was cancelled meanwhile is told so, and changes nothing."""
    await begin_coordinators(world, "second")
    event = await subscribed_forum(world)
    await move(world, "second", event, "✏️ ទីកន្លែង", "កំពត")
    await tap(world, "coordinator", f"e-cancel:{event}")
    await write(world, "coordinator", "ភ្លៀងធ្លាក់ខ្លាំង")
    await press(world, "coordinator", "🚫 យល់ព្រម លុបចោល")
    assert "បានលុបចោលរួចហើយ" in await press(world, "second", "✅ យល់ព្រម កែប្រែ")
    assert (await stored(world, event)).details.place == "ភ្នំពេញ"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("✏️ ម៉ោងបញ្ចប់", "7:00", "ម៉ោងបញ្ចប់មុនម៉ោងចាប់ផ្តើម"),
        ("✏️ ថ្ងៃផុតកំណត់", "16/1/2027", "ស្ថិតនៅក្រោយពេលចាប់ផ្តើម"),
        ("✏️ ចំនួនកន្លែង", "1", "ច្រើនជាងចំនួនកន្លែងនេះ"),
    ],
)
async def test_what_does_not_go_together(world: World, field: str, value: str, reason: str) -> None:
    """An end before the start, a deadline after it or too few seats are refused there, with the reason."""
    event = await subscribed_forum(world)
    await come(world, event, "reader")
    await tap(world, "coordinator", f"e-change:{event}")
    said = await _more(world, field, value)
    assert reason in said and "ឥឡូវនេះ៖" in said  # and asked again at the field
    assert (await stored(world, event)).version == 1


async def test_full_before_the_confirmation(world: World) -> None:
    """Fewer seats than are held by the time of the confirmation are refused, whatever the review said."""
    event = await subscribed_forum(world)
    await tap(world, "coordinator", f"e-change:{event}")
    await _more(world, "✏️ ចំនួនកន្លែង", "1")
    await come(world, event, "reader")
    assert "ច្រើនជាងចំនួនកន្លែងនេះ" in await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    assert (await stored(world, event)).details.capacity is None


async def test_past(world: World) -> None:
    """An event that has begun can be changed no more, nor can one whose form lay open until then."""
    event = await subscribed_forum(world)
    await move(world, "coordinator", event, "✏️ ទីកន្លែង", "កំពត")
    async with world.database.write() as connection:
        await connection.execute(update(events).values(starts_at=world.clock()))
    assert "បានចាប់ផ្តើមហើយ" in await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    assert "បានចាប់ផ្តើមហើយ" in await tap(world, "coordinator", f"e-cancel:{event}")
    assert "✏️ កែប្រែ" not in await tap(world, "coordinator", f"e:{event}")


async def test_correct_leads_to_the_event(world: World) -> None:
    """«Correct» under the announcement opens the form of the event, which tells those concerned as well."""
    event = await subscribed_forum(world)
    (kept,) = await begun(world.database, Subject.EVENT)
    await tap(world, "coordinator", f"b-correct:{kept.id}")
    await press(world, "coordinator", "✏️ ចំណងជើង")
    assert "ចំនួន ២ នាក់" in await write(world, "coordinator", "វេទិកាថ្មី")
    await press(world, "coordinator", "✅ យល់ព្រម កែប្រែ")
    assert (await stored(world, event)).details.title == "វេទិកាថ្មី"
