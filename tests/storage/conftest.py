"""A database in a real file, and a second way into the same file, as another process would have."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.storage.records import new_file


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """The address of a migrated file."""
    return await new_file(tmp_path)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The database in that file."""
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[Database]:
    """A second database object on the same file."""
    database = Database(url)
    yield database
    await database.close()
