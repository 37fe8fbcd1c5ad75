"""Lessons in pages, newest first."""

import pytest

from bot.core.broadcasts import Subject
from bot.core.lessons import PAGE_SIZE
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.lessons import StoredLessons
from tests.storage.records import COORDINATOR, LESSON, NOW, TEXTS, filled_form


async def share(database: Database, number: int) -> None:
    """So many lessons, titled by their numbers."""
    for title in range(1, number + 1):
        form = await filled_form(database, "share", {**LESSON, "title": str(title)})
        kept = await StoredBroadcasts(database).confirm(
            form, Subject.LESSON, str(title), TEXTS, COORDINATOR, NOW
        )
        assert kept


async def titles(database: Database, page: int) -> list[str]:
    return [lesson.title for lesson in (await StoredLessons(database).newest(page))[0]]


async def test_none(database: Database) -> None:
    """Before the first lesson there are no pages."""
    assert await StoredLessons(database).newest(0) == ([], 0)
    assert await StoredLessons(database).lesson(1) is None


async def test_one(database: Database) -> None:
    """A shared lesson is kept as it was typed, with its moment."""
    await share(database, 1)
    (lesson,), pages = await StoredLessons(database).newest(0)
    assert (lesson.title, lesson.body, lesson.shared_at, pages) == ("1", LESSON["body"], NOW, 1)
    assert await StoredLessons(database).lesson(lesson.id) == lesson


@pytest.mark.parametrize(
    ("number", "pages"),
    [(PAGE_SIZE - 1, 1), (PAGE_SIZE, 1), (PAGE_SIZE + 1, 2), (2 * PAGE_SIZE, 2), (2 * PAGE_SIZE + 1, 3)],
)
async def test_pages(database: Database, number: int, pages: int) -> None:
    """Every lesson stands on one page, newest first, and no page is empty."""
    await share(database, number)
    assert (await StoredLessons(database).newest(0))[1] == pages
    told = [await titles(database, page) for page in range(pages)]
    assert all(told)
    assert [title for page in told for title in page] == [str(title) for title in range(number, 0, -1)]


@pytest.mark.parametrize("page", [1, 2, 999_999])
async def test_beyond_the_last_page(database: Database, page: int) -> None:
    """A page beyond the last is empty, and still says how many there are."""
    await share(database, 2)
    assert await StoredLessons(database).newest(page) == ([], 1)
