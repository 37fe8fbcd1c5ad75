"""The lessons as they can be searched: an index in memory that follows the database."""

import asyncio

from bot.core.lesson_index import LessonIndex
from bot.core.lessons import Lesson, Lessons


class Library:
    """Finds lessons. Each process looks before a search whether something is new, and takes up only that.

    Reading and weighing words happens in a thread: the bot goes on talking with others meanwhile.
    """

    def __init__(self, lessons: Lessons) -> None:
        self._lessons = lessons
        self._index = LessonIndex()
        self._seen = 0
        self._refreshing = asyncio.Lock()

    async def search(self, text: str) -> list[Lesson]:
        """Approved lessons that fit the text, best first."""
        await self.refresh()
        found = await asyncio.to_thread(self._index.search, text)
        return await self._lessons.by_id(found)

    async def refresh(self) -> bool:
        """Take up what has changed since the last look; whether there was anything."""
        async with self._refreshing:
            newest = await self._lessons.last_change()
            if newest == self._seen:
                return False
            lessons = await self._lessons.all()
            self._index = await asyncio.to_thread(LessonIndex, lessons, self._index)
            self._seen = newest
            return True
