"""A digest on a phone: several lessons in one message, each to open, and to say that it was read."""

from bot.core.broadcasts import DeliveryState
from tests.handlers.phones import begin_coordinators, notice, tap
from tests.handlers.subscribing import follow, share, states
from tests.world import World


async def test_read_in_a_digest(world: World) -> None:
    """Every lesson of a digest has its button to say that the council has read it."""
    await begin_coordinators(world)
    await follow(world, "clerk")
    await tap(world, "clerk", "rhythm:daily")
    kept = [await share(world, title) for title in ("ទឹកស្អាត", "ផ្លូវលំ")]
    world.clock.pass_(days=1)
    await world.send_broadcasts()
    rows = world.person("clerk").last["reply_markup"]["inline_keyboard"]
    for row, one in zip(rows, kept, strict=False):
        reading = row[-1]["callback_data"]
        assert reading == f"read:{one.subject_id}"
        await tap(world, "clerk", reading)
        assert "ទន្លេបាសាក់" in notice(world, "clerk") or "កត់ត្រា" in notice(world, "clerk")
        assert (await world.bot.application.services.readings.readership(one.id)).read == 1


async def test_a_title_of_signs(world: World) -> None:
    """A lesson whose title must be cut in the middle of a tag holds up no other in the digest."""
    await begin_coordinators(world)
    await follow(world, "clerk")
    await tap(world, "clerk", "rhythm:daily")
    signs = "<b>" + "&amp;&#34;" * 90 + "</b>"
    kept = [await share(world, title) for title in (signs, "ផ្លូវលំ")]
    world.clock.pass_(days=1)
    await world.send_broadcasts()
    for one in kept:
        assert await states(world, one) == {DeliveryState.SENT: 1}
