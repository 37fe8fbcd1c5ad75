"""A station for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.station import Station
from tests.storage.records import new_file


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    station = Station(await new_file(tmp_path))
    yield station
    await station.close()
