"""How much one person may send: a burst, then one a second; one notice for a flood; no memory of the idle."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.floods import AT_ONCE, QUIET, SECONDS_EACH, TRY_AGAIN, Floods, Verdict, _Sender

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
WELCOME, NOTICE, DROPPED = Verdict.WELCOME, Verdict.NOTICE, Verdict.DROPPED


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def floods() -> Floods:
    return Floods()


def test_a_burst_then_one_notice_then_silence(floods: Floods) -> None:
    """So many at once are welcome; the next is told so; what follows is dropped."""
    verdicts = [floods.judge("a", NOW) for _ in range(AT_ONCE + 60)]
    assert verdicts == [WELCOME] * AT_ONCE + [NOTICE] + [DROPPED] * 59


def test_the_notice_tells_the_truth(floods: Floods) -> None:
    """After the time that the notice names, as many more are welcome."""
    for _ in range(AT_ONCE + 5):
        floods.judge("a", NOW)
    verdicts = [floods.judge("a", after(TRY_AGAIN)) for _ in range(TRY_AGAIN + 1)]
    assert verdicts == [WELCOME] * TRY_AGAIN + [DROPPED]


def test_one_a_second_for_ever(floods: Floods) -> None:
    """Somebody who goes on and on at the bot's own pace is never stopped."""
    assert {floods.judge("a", after(number * SECONDS_EACH)) for number in range(1000)} == {WELCOME}


@pytest.mark.parametrize("a_second", [2, 3])
def test_ticking_all_provinces(floods: Floods, a_second: int) -> None:
    """Twenty-five provinces and ten more presses, two or three a second, are no flood."""
    assert {floods.judge("a", after(number / a_second)) for number in range(35)} == {WELCOME}


def test_going_on_and_on(floods: Floods) -> None:
    """Who floods for an hour gets one notice, and one update a second is heard."""
    verdicts = [floods.judge("a", after(number / 10)) for number in range(36_000)]
    assert verdicts.count(NOTICE) == 1
    assert verdicts.count(WELCOME) == pytest.approx(3600 / SECONDS_EACH + AT_ONCE, abs=2)


def test_another_flood(floods: Floods) -> None:
    """After some quiet, a flood is another one, and told again."""
    for _ in range(AT_ONCE + 5):
        floods.judge("a", NOW)
    again = [floods.judge("a", after(QUIET + 1)) for _ in range(AT_ONCE + 5)]
    assert again.count(NOTICE) == 1


def test_each_for_themselves(floods: Floods) -> None:
    """A flood of one takes nothing from another."""
    for _ in range(500):
        floods.judge("a", NOW)
    assert floods.judge("b", NOW) is WELCOME


def test_an_album_counts_as_one(floods: Floods) -> None:
    """Ten parts count as one; where the first was dropped, all are."""
    for number in range(AT_ONCE):
        assert {floods.judge("a", NOW, f"album {number}") for _ in range(10)} == {WELCOME}
    assert [floods.judge("a", NOW, "one more") for _ in range(3)] == [NOTICE, DROPPED, DROPPED]


def test_forgiven(floods: Floods) -> None:
    """Who may send as much begins anew."""
    for _ in range(AT_ONCE + 5):
        floods.judge("a", NOW)
    floods.forgive("a")
    assert floods.judge("a", NOW) is WELCOME


def test_the_clock_is_set_back(floods: Floods) -> None:
    """When the machine's clock is set back, nobody is locked out, and nobody is remembered for ever."""
    for _ in range(AT_ONCE + 5):
        floods.judge("a", NOW)
    assert floods.judge("a", after(-7200)) is WELCOME
    floods.judge("b", after(-7000))
    assert len(floods) == 1


def test_memory(floods: Floods) -> None:
    """A hundred thousand people at once take little; once idle they take nothing."""
    for number in range(100_000):
        floods.judge(number, NOW)
    assert len(floods) == 100_000
    assert sys.getsizeof(_Sender(0.0)) <= 80
    floods.judge("a", after(QUIET + AT_ONCE + 1))
    assert len(floods) == 1
