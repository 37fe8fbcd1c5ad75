"""Whole conversations with the real bot; each is a text file that reads as what happened."""

from pathlib import Path

import pytest

from tests.conversation import Conversation
from tests.world import World

CONVERSATIONS = sorted((Path(__file__).parent / "conversations").glob("*.txt"))


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
async def test_conversation(world: World, path: Path) -> None:
    """The bot says what the file says, and nothing else."""
    await Conversation(world).play(path)
