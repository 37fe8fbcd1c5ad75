"""What many tests need."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Words
from bot.run import read_words, settle_memory
from tests.world import World, begin_world


@pytest.fixture(scope="session")
def words() -> Words:
    """The catalogue, the knowledge and the trained answerer: read once."""
    words = read_words()
    settle_memory()
    return words


@pytest.fixture
async def world(tmp_path: Path, words: Words) -> AsyncIterator[World]:
    """A whole bot, new for every test."""
    world = await begin_world(tmp_path, words)
    yield world
    await world.stop()
