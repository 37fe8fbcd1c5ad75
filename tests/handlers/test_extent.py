"""One of a series, or all that follow, is changed or cancelled on a coordinator's phone."""

from datetime import datetime, timedelta

import pytest

from bot.core.events.event import EventState
from storage.events.events import StoredEvents
from tests.events import seat
from tests.handlers.phones import FAILED, begin, begin_coordinators, press, rows, tap, write
from tests.handlers.test_changing import stored
from tests.handlers.test_notices import number
from tests.handlers.test_series import _begin_series as begin_series
from tests.world import PHNOM_PENH, World

ONLY_THIS, FOLLOWING = "តែថ្ងៃអង្គារ ទី៩", "លើកនេះ និងលើកក្រោយៗទាំងអស់"
CHANGE_IT, CANCEL_IT = "✅ យល់ព្រម កែប្រែ", "🚫 យល់ព្រម លុបចោល"


async def starts(world: World) -> list[str]:
    """When the coming events start."""
    upcoming = await StoredEvents(world.database).upcoming(world.clock())
    return [f"{event.details.starts_at.astimezone(PHNOM_PENH):%m-%d %H:%M}" for event in upcoming]


async def test_moving_all_that_follow(small: World) -> None:
    """From the second on, on another weekday at another time: each concerned is told of their own, once."""
    await begin_series(small)
    await begin(small, "clerk")
    await seat(small.database, 3, number(small, "clerk"))
    asked = await tap(small, "coordinator", "e-change:2")
    assert "🔁 រៀងរាល់ខែ នៅថ្ងៃអង្គារទី២" in asked and "ទី៩ ខែកុម្ភៈ" in asked and "ទី៩ ខែមីនា" in asked
    assert "ទី១២ ខែមករា" not in asked  # it comes before
    await press(small, "coordinator", FOLLOWING)
    await press(small, "coordinator", "✏️ ម៉ោង")
    await write(small, "coordinator", "9:00")
    await press(small, "coordinator", "✏️ ថ្ងៃ")
    await small.stop()
    await small.start()
    review = await write(small, "coordinator", "10/2/2027")
    assert "🔁 រៀងរាល់ខែ នៅថ្ងៃពុធទី២" in review
    assert "ទី៩ ខែមីនា ឆ្នាំ២០២៧ ម៉ោង ៨:៣០ ព្រឹក → ថ្ងៃពុធ ទី១០ ខែមីនា ឆ្នាំ២០២៧ ម៉ោង ៩:០០" in review
    assert "ចំនួន ១ នាក់" in review
    assert "អ្នកដែលទទួលដំណឹង៖ ១" in await press(small, "coordinator", CHANGE_IT)
    await small.send_broadcasts()
    told = small.read_all("clerk")
    assert "ពីមុន៖ ថ្ងៃអង្គារ ទី៩ ខែមីនា" in told and "ឥឡូវ៖ ថ្ងៃពុធ ទី១០ ខែមីនា" in told and "កុម្ភៈ" not in told
    assert await starts(small) == ["01-12 08:30", "02-10 09:00", "03-10 09:00"]
    small.clock.now += timedelta(days=60)
    assert await small.bot.application.services.series.make_ahead(small.clock()) == 1
    assert (await starts(small))[-1] == "04-14 09:00"


async def test_only_this_one(small: World) -> None:
    """Changed alone, the others and the series stay as they are."""
    await begin_series(small)
    await tap(small, "coordinator", "e-change:2")
    await press(small, "coordinator", ONLY_THIS)
    await press(small, "coordinator", "✏️ ថ្ងៃ")
    review = await write(small, "coordinator", "10/2/2027")
    assert "លើកក្រោយៗ" not in review
    await press(small, "coordinator", CHANGE_IT)
    assert await starts(small) == ["01-12 08:30", "02-10 08:30", "03-09 08:30"]


async def test_a_place_for_all(small: World) -> None:
    """What is no day or time is carried over, one moved alone stays there, and later ones have it."""
    await begin_series(small)
    await tap(small, "coordinator", "e-change-this:3")
    await press(small, "coordinator", "✏️ ថ្ងៃ")
    await write(small, "coordinator", "11/3/2027")
    await press(small, "coordinator", CHANGE_IT)
    await tap(small, "coordinator", "e-change-following:2")
    await press(small, "coordinator", "✏️ ទីកន្លែង")
    review = await write(small, "coordinator", "កំពត")
    assert "• ថ្ងៃព្រហស្បតិ៍ ទី១១ ខែមីនា" in review and "ទី១១ ខែមីនា ឆ្នាំ២០២៧ ម៉ោង ៨:៣០ ព្រឹក →" not in review
    await press(small, "coordinator", CHANGE_IT)
    small.clock.now = datetime(2027, 2, 10, 9, 0, tzinfo=PHNOM_PENH)
    await small.bot.application.services.series.make_ahead(small.clock())
    upcoming = await StoredEvents(small.database).upcoming(small.clock())
    assert {event.details.place for event in upcoming} == {"កំពត"}
    assert await starts(small) == ["03-11 08:30", "04-13 08:30", "05-11 08:30"]


async def test_one_of_them_cannot(small: World) -> None:
    """Where a later one cannot be changed so, that is said with its day and the reason, and asked again."""
    await begin_series(small)
    for name in ("clerk", "citizen"):
        await begin(small, name)
        await seat(small.database, 3, number(small, name))
    await tap(small, "coordinator", "e-change-following:2")
    await press(small, "coordinator", "➕")
    await press(small, "coordinator", "ចំនួនកន្លែង")
    await write(small, "coordinator", "1")
    refused = await press(small, "coordinator", "⬅️")
    assert "ទី៩ ខែមីនា" in refused and CHANGE_IT not in refused
    await write(small, "coordinator", "2")
    assert CHANGE_IT in await press(small, "coordinator", "⬅️")


async def test_cancelling_all_that_follow(small: World) -> None:
    """Cancelled with all that follow, each who comes is told, and no more are made; the one before stays."""
    await begin_series(small)
    await begin(small, "clerk")
    await seat(small.database, 3, number(small, "clerk"))
    await tap(small, "coordinator", "e-cancel:2")
    await press(small, "coordinator", FOLLOWING)
    review = await write(small, "coordinator", "ភ្លៀងធ្លាក់ខ្លាំង")
    assert "មិនរៀបចំលើកថ្មីទៀត" in review and "ទី៩ ខែមីនា" in review and "ចំនួន ១ នាក់" in review
    await press(small, "coordinator", CANCEL_IT)
    await small.send_broadcasts()
    told = small.read_all("clerk")
    assert "ទី៩ ខែមីនា" in told and "ភ្លៀងធ្លាក់ខ្លាំង" in told and "កុម្ភៈ" not in told
    assert await starts(small) == ["01-12 08:30"]
    assert await small.bot.application.services.series.make_ahead(small.clock()) == 0
    assert (await stored(small, 3)).state is EventState.CANCELLED


async def test_the_last_of_an_ended_series(small: World) -> None:
    """Where nothing follows and the series has ended, nothing is asked."""
    await begin_series(small)
    assert FOLLOWING in await tap(small, "coordinator", "e-change:3")
    await tap(small, "coordinator", "e-series-end:3")
    assert FOLLOWING not in await tap(small, "coordinator", "e-change:3")
    assert FOLLOWING in await tap(small, "coordinator", "e-change:2")


async def test_two_coordinators(small: World) -> None:
    """Who changes all that follow, of which another changed one meanwhile, looks again; nothing is lost."""
    await begin_series(small)
    await tap(small, "coordinator", "e-change-following:2")
    await press(small, "coordinator", "✏️ ទីកន្លែង")
    await write(small, "coordinator", "កំពត")
    await tap(small, "staff", "e-change-this:3")
    await press(small, "staff", "✏️ ម៉ោង")
    await write(small, "staff", "2 pm")
    await press(small, "staff", CHANGE_IT)
    told = await press(small, "coordinator", CHANGE_IT)
    assert "អ្នកសម្របសម្រួលម្នាក់ទៀតទើបតែកែប្រែ" in told and "ម៉ោង ២:០០ រសៀល" in told
    await press(small, "coordinator", CHANGE_IT)
    third = (await stored(small, 3)).details
    assert (third.place, third.starts_at.astimezone(PHNOM_PENH).hour) == ("កំពត", 14)


@pytest.mark.parametrize("deed", ["e-change", "e-cancel"])
@pytest.mark.parametrize("extent", ["this", "following"])
async def test_forged(small: World, deed: str, extent: str) -> None:
    """A press for all that follow an event of no series is for it alone; for none, nothing fails."""
    await begin_coordinators(small, "staff")
    assert FAILED not in await tap(small, "staff", f"{deed}-{extent}:99")
    await begin(small, "clerk")
    before = rows(small)
    await tap(small, "clerk", f"{deed}-{extent}:1")
    assert rows(small)["forms"] == before["forms"]
