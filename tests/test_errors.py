"""When something breaks inside: the person hears it in their language, and the bot goes on."""

from sqlalchemy import text
from structlog.testing import capture_logs

from tests.world import World


async def test_a_failure_is_told(world: World) -> None:
    """A person whose request fails is told so, the log names nobody, and the bot goes on."""
    citizen = world.person("citizen")
    citizen.start()
    await world.deliver()
    world.read_all("citizen")
    async with world.database.write() as connection:
        await connection.execute(text("ALTER TABLE events RENAME TO lost"))
    citizen.type("/forums")
    with capture_logs() as logs:
        await world.deliver()
    assert "សូមអភ័យទោស" in world.read("citizen")
    assert logs[0]["event"] == "an update failed"
    assert not {"citizen", "/forums", "1001"} & {str(value) for value in logs[0].values()}
    citizen.type("/lessons")
    await world.deliver()
    assert world.read("citizen")


async def test_a_failure_of_the_memory_is_told(world: World) -> None:
    """Even when nobody can be looked up, the person is told."""
    citizen = world.person("citizen")
    async with world.database.write() as connection:
        await connection.execute(text("ALTER TABLE people RENAME TO lost"))
    citizen.start()
    await world.deliver()
    assert "សូមអភ័យទោស" in world.read("citizen")
