"""A database in a real file, and a second way into the same file, as another process would have."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.events.offers import StoredOffers
from storage.events.registrations import StoredRegistrations
from tests.storage.records import ANY_TIME, new_file
from tests.storage.seating import SEATS, codes


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


@pytest.fixture
def seats(database: Database) -> StoredRegistrations:
    """Registrations, with codes that are drawn twice."""
    return StoredRegistrations(database, ANY_TIME, codes(), SEATS)


@pytest.fixture
def offers(database: Database, seats: StoredRegistrations) -> StoredOffers:
    """Offers of the same seats."""
    return StoredOffers(database, ANY_TIME, seats.new_code)
