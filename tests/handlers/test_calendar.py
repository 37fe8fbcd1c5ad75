"""A calendar of buttons under a question for a day, pressed as people and modified clients do."""

import pytest

from tests.handlers.phones import FAILED, OLD_BUTTON, begin, notice, press, rows, tap, write
from tests.world import World


async def _at_the_day(small: World) -> str:
    """The coordinator stands at the day of an announcement; the version of the form."""
    await begin(small, "coordinator")
    await write(small, "coordinator", "/announce")
    await press(small, "coordinator", "🤝")
    await write(small, "coordinator", "ការប្រជុំប្រចាំខែ")
    first_row = small.person("coordinator").last["reply_markup"]["inline_keyboard"][0]
    return str(first_row[0]["callback_data"]).rpartition(":")[2]


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("pick-2027-02-30", "ខ្ញុំមិនយល់កាលបរិច្ឆេទ"),
        ("pick-2027-13-45", "ខ្ញុំមិនយល់កាលបរិច្ឆេទ"),
        ("pick-0000-00-00", "ខ្ញុំមិនយល់កាលបរិច្ឆេទ"),
        ("pick-2026-11-30", "កន្លងផុតហើយ"),
        ("pick-2090-01-01", "ឆ្ងាយជាងបីឆ្នាំ"),
        ("month-0000-00", ""),
        ("month-9999-99", ""),
        ("month-9999-12", "ធ្នូ ២០២៩"),
        ("month-1999-12", ""),
        ("idle", ""),
    ],
)
async def test_forged_days_and_months(small: World, move: str, said: str) -> None:
    """A day that no calendar offers is refused, a month is the nearest there is; nothing is kept of them."""
    version = await _at_the_day(small)
    before = rows(small)
    read = await tap(small, "coordinator", f"form:{move}:announce:{version}")
    assert said in read
    assert FAILED not in read
    assert rows(small) == before


async def test_a_calendar_of_before(small: World) -> None:
    """A calendar counts for the form as it was shown with: not after an answer, nor for somebody else."""
    version = await _at_the_day(small)
    await press(small, "coordinator", "១៥")
    before = rows(small)
    for move in ("pick-2027-01-20", "month-2027-01"):
        await tap(small, "coordinator", f"form:{move}:announce:{version}")
        assert OLD_BUTTON in notice(small, "coordinator")
    await begin(small, "clerk")
    told = await tap(small, "clerk", f"form:pick-2027-01-20:announce:{version}")
    assert "មានតែអ្នកសម្របសម្រួលទេ" in told
    assert rows(small) == before


async def test_a_calendar_where_none_is(small: World) -> None:
    """At a field that asks for no day, a forged turn of the calendar changes nothing."""
    await begin(small, "coordinator")
    await write(small, "coordinator", "/announce")
    first_row = small.person("coordinator").last["reply_markup"]["inline_keyboard"][0]
    version = str(first_row[0]["callback_data"]).rpartition(":")[2]
    before = rows(small)
    assert await tap(small, "coordinator", f"form:month-2027-01:announce:{version}") == ""
    assert rows(small) == before


async def test_a_pause_until_a_day_that_is_pressed(small: World) -> None:
    """The day until which nothing comes can be pressed as well; today is refused with the reason."""
    await begin(small, "clerk")
    await write(small, "clerk", "/settings")
    assert "[ ធ្នូ ២០២៦ ]" in await press(small, "clerk", "⏸ ដល់ថ្ងៃ")
    assert "នេះជាថ្ងៃនេះ" in await press(small, "clerk", "១")
    assert "[ មករា ២០២៧ ]" in await press(small, "clerk", "›")
    assert "ទី១៥ ខែមករា ឆ្នាំ២០២៧" in await press(small, "clerk", "១៥")
