"""A bot that knows little: its trials take a moment."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import trial
from bot.app import Words
from bot.core.knowledge import Change, changed
from bot.core.questions import Answerer
from handlers.questions import CONTACT, EXAMPLES
from tests.world import World, begin_world

KNOWN = (CONTACT, *EXAMPLES, "how-it-began", "years-of-work")


@pytest.fixture(scope="session")
def few_words(words: Words) -> Words:
    """The whole catalogue, and a few entries of the knowledge in their chapters."""
    others = [entry for entry in words.knowledge.entries if entry.id not in KNOWN]
    few = changed(words.knowledge, [Change(entry, "", retired=True) for entry in others])
    return Words(words.catalogue, few, Answerer(few))


@pytest.fixture
async def small(tmp_path: Path, few_words: Words, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A whole bot that knows a few entries, and tries changes with a few questions about them."""
    asked = [pair for pair in trial._labelled() if pair[1] in few_words.knowledge]
    monkeypatch.setattr(trial, "_labelled", lambda: tuple(asked[:30]))
    trial._replies.cache_clear()
    world = await begin_world(tmp_path, few_words)
    yield world
    await world.stop()
    trial._replies.cache_clear()
