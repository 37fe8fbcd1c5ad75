"""Events that come again on the coordinators' phones: two at once, old buttons, and forged ones."""

import pytest

from tests.handlers.phones import (
    FAILED,
    NOT_ALLOWED,
    begin,
    begin_coordinators,
    data_of,
    notice,
    press,
    rows,
    tap,
    write,
)
from tests.world import World


async def _begin_series(small: World) -> None:
    """The coordinator announces a meeting of every second Tuesday of a month; its second one is event 2."""
    await begin_coordinators(small, "staff")
    await write(small, "coordinator", "/announce")
    await press(small, "coordinator", "🤝")
    await write(small, "coordinator", "ការប្រជុំក្រុមការងារ")
    await write(small, "coordinator", "12/1/2027 8:30")
    await write(small, "coordinator", "ភ្នំពេញ")
    await press(small, "coordinator", "➕")
    await press(small, "coordinator", "ធ្វើជាទៀងទាត់")
    await press(small, "coordinator", "ថ្ងៃអង្គារទី២")
    assert "🔁" in await press(small, "coordinator", "⬅️")
    await press(small, "coordinator", "✅ ផ្ញើ")


async def test_two_coordinators_announce_one(small: World) -> None:
    """Two who announce the same one at once: the second is told, and nothing is sent or overwritten."""
    await _begin_series(small)
    for name in ("coordinator", "staff"):
        assert "✅ ផ្ញើ" in await tap(small, name, "e-announce:2")
    await press(small, "coordinator", "✅ ផ្ញើ")
    before = rows(small)
    told = await press(small, "staff", "✅ ផ្ញើ")
    assert "មានអ្នកបានកែ" in told
    after = rows(small)
    assert after["broadcasts"] == before["broadcasts"]
    assert after["forms"] == []
    assert "[ 📣 ប្រកាស ]" not in await press(small, "staff", "បើកមើល")


async def test_a_rule_of_two_meanings(small: World) -> None:
    """Where «every second Tuesday» is written, both meanings can be pressed, and the time is taken over."""
    await begin(small, "coordinator")
    await write(small, "coordinator", "/announce")
    await press(small, "coordinator", "🤝")
    await write(small, "coordinator", "ការប្រជុំក្រុមការងារ")
    await write(small, "coordinator", "12/1/2027 8:00")
    await write(small, "coordinator", "ភ្នំពេញ")
    await press(small, "coordinator", "➕")
    await press(small, "coordinator", "ធ្វើជាទៀងទាត់")
    asked = await write(small, "coordinator", "every second Tuesday 9:30")
    assert "✅ ៩:៣០ ព្រឹក" in asked
    assert "តើពីរសប្តាហ៍ម្តង ឬមួយខែម្តង?" in asked
    assert asked.count("[ ពីរសប្តាហ៍ម្តង") == asked.count("[ រៀងរាល់ខែ") == 1
    await press(small, "coordinator", "ពីរសប្តាហ៍ម្តង")
    review = await press(small, "coordinator", "⬅️")
    assert "ទី១២ ខែមករា ឆ្នាំ២០២៧ ម៉ោង ៩:៣០ ព្រឹក" in review
    assert "លើកបន្ទាប់៖\nថ្ងៃអង្គារ ទី២៦ ខែមករា ឆ្នាំ២០២៧" in review


async def test_a_rule_instead_of_a_day(small: World) -> None:
    """Whoever writes how often where the day is asked for is understood; what is not clear is asked first."""
    await begin(small, "coordinator")
    await write(small, "coordinator", "/announce")
    await press(small, "coordinator", "🤝")
    await write(small, "coordinator", "ការប្រជុំក្រុមការងារ")
    asked = await write(small, "coordinator", "every second Tuesday 8:30")
    assert "✅ ៨:៣០ ព្រឹក" in asked
    assert "តើពីរសប្តាហ៍ម្តង ឬមួយខែម្តង?" in asked
    asked = await press(small, "coordinator", "ថ្ងៃអង្គារទី២")
    assert "✅ រៀងរាល់ខែ នៅថ្ងៃអង្គារទី២" in asked
    assert "ជំហាន ៣/៥" in asked
    asked = await write(small, "coordinator", "រៀងរាល់ថ្ងៃអង្គារទី២")
    assert "✅ ថ្ងៃអង្គារ ទី៨ ខែធ្នូ ឆ្នាំ២០២៦" in asked
    assert "ជំហាន ៥/៥" in asked
    assert "🔁 រៀងរាល់ខែ នៅថ្ងៃអង្គារទី២" in await write(small, "coordinator", "ភ្នំពេញ")


async def test_a_draft_is_not_lost(small: World) -> None:
    """An announcement that was begun comes first when another is to be announced, and is not erased."""
    await _begin_series(small)
    await write(small, "coordinator", "/announce")
    await press(small, "coordinator", "🎓")
    assert "លោកអ្នកបានបំពេញខ្លះរួចហើយ" in await tap(small, "coordinator", "e-announce:2")
    assert "ជំហាន ៣/៥" in await write(small, "coordinator", "សិក្ខាសាលា")


async def test_one_that_is_there_begins_no_series(small: World) -> None:
    """One of a series that is announced cannot begin a second one."""
    await _begin_series(small)
    await tap(small, "coordinator", "e-announce:2")
    await press(small, "coordinator", "➕")
    await press(small, "coordinator", "ធ្វើជាទៀងទាត់")
    await write(small, "coordinator", "រៀងរាល់ខែ")
    assert "មានក្នុងប្រតិទិនរួចហើយ" in await press(small, "coordinator", "⬅️")
    await press(small, "coordinator", "🗑 ទុកឱ្យទទេ")
    assert "✅ ផ្ញើ" in await press(small, "coordinator", "⬅️")


@pytest.mark.parametrize("data", ["e-announce:2", "e-series:2", "e-series-end:2"])
async def test_only_coordinators(small: World, data: str) -> None:
    """Who is no coordinator finds none of the buttons, and a forged press does nothing."""
    await _begin_series(small)
    await begin(small, "clerk")
    page = await tap(small, "clerk", "e:2")
    assert "[ 📣" not in page
    assert "⏹" not in page
    before = rows(small)
    assert NOT_ALLOWED in await tap(small, "clerk", data)
    assert rows(small) == before
    assert "⏹" in await tap(small, "coordinator", "e:2")


@pytest.mark.parametrize("verb", ["e-announce", "e-series", "e-series-end"])
@pytest.mark.parametrize("number", ["99", "999999999999999"])
async def test_no_such_event(small: World, verb: str, number: str) -> None:
    """A press for an event that there is not is answered, and fails nowhere."""
    await begin(small, "coordinator")
    read = await tap(small, "coordinator", f"{verb}:{number}")
    assert FAILED not in read
    assert read


async def test_a_series_ends_once(small: World) -> None:
    """After the series has ended, its button is gone, and an old one says that it has."""
    await _begin_series(small)
    await tap(small, "coordinator", "e-series:2")
    ending = data_of(small, "⏹")[0]
    assert "បានឈប់" in await tap(small, "coordinator", ending)
    assert "បានឈប់" in await tap(small, "staff", "e-series:2")
    assert "⏹" not in await tap(small, "coordinator", "e:2")
    assert notice(small, "coordinator") == ""
