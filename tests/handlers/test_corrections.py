"""Correcting and recalling what has arrived, on coordinators' phones."""

from tests.handlers.phones import begin_coordinators, labels, tap
from tests.handlers.subscribing import COORDINATOR, share
from tests.world import World


async def test_any_title(world: World) -> None:
    """A title is words, also with signs that mean something to Telegram: it can be corrected."""
    await begin_coordinators(world)
    kept = await share(world, "ទឹក <២០០ & >១០០")
    shown = await tap(world, COORDINATOR, f"b-correct:{kept.id}")
    assert "✅ កែសារ" in labels(shown)
