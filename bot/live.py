"""What the bot knows at this moment: the files' knowledge with everything that coordinators published."""

import asyncio
from functools import lru_cache

from bot.core.knowledge import Change, Knowledge, Version, Versions, changed
from bot.core.questions import Answerer


@lru_cache(maxsize=2)
def trained(knowledge: Knowledge) -> Answerer:
    """Train on the knowledge, or return what was trained on the very same before. Takes under two seconds."""
    return Answerer(knowledge)


class LiveKnowledge:
    """The knowledge, and the answerer trained on it. Each replica asks `refresh` whether something is new."""

    def __init__(self, shipped: Knowledge, answerer: Answerer, versions: Versions) -> None:
        """`shipped` is the knowledge of the files, on which `answerer` was trained."""
        self.shipped = shipped
        self.knowledge = shipped
        self.answerer = answerer
        self._versions = versions
        self._seen = 0
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> bool:
        """Take up what was published since the last look; whether there was anything."""
        async with self._refreshing:
            newest = await self._versions.newest()
            if newest == self._seen:
                return False
            current = await self._versions.current()
            knowledge = changed(self.shipped, [version.change for version in current])
            self.answerer = await asyncio.to_thread(trained, knowledge)
            self.knowledge, self._seen = knowledge, newest
            return True

    def with_change(self, *changes: Change) -> Knowledge:
        """Return the knowledge as it would be."""
        return changed(self.knowledge, changes)

    async def versions_of(self, topic: str) -> list[Version]:
        """Every version of an entry, newest first; the last is the files' own, if they have it."""
        published = await self._versions.of(topic)
        if topic not in self.shipped:
            return published
        original = Change(self.shipped.entry(topic), self.shipped.chapter_of(topic))
        return [*published, Version(topic, 0, original, None, None)]
