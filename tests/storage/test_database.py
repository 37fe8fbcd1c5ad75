"""The settings of every SQLite connection, and moments that keep their meaning."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from bot.core.events.event import USUAL_LENGTH
from storage.database import BUSY_TIMEOUT_MS, Database
from storage.events.events import StoredEvents
from storage.tables import events, people
from tests.storage.records import NOW, PHNOM_PENH

PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
    "synchronous": 2,  # FULL
}


@pytest.mark.parametrize(("name", "value"), PRAGMAS.items())
async def test_pragmas(database: Database, name: str, value: object) -> None:
    """Every connection has the pragmas, the second of a pool as well as the first, reading and writing."""
    async with database.read() as one, database.read() as two:
        assert (await one.execute(text(f"PRAGMA {name}"))).scalar() == value
        assert (await two.execute(text(f"PRAGMA {name}"))).scalar() == value
    async with database.write() as connection:
        assert (await connection.execute(text(f"PRAGMA {name}"))).scalar() == value


async def test_foreign_keys_hold(database: Database) -> None:
    """A row that belongs to nobody is refused."""
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(
                text("INSERT INTO roles (person_id, role, given_at) VALUES (404, 2, '2026-12-01')")
            )


async def test_write_commits(database: Database, other: Database) -> None:
    """What was written is there for everybody when the block ends."""
    async with database.write() as connection:
        await connection.execute(insert(people).values(id=1, name="សុខា", first_seen_at=NOW))
    async with other.read() as connection:
        assert (await connection.execute(select(people.c.name))).scalar_one() == "សុខា"


async def test_failure_writes_nothing(database: Database) -> None:
    """When a block fails, nothing that it wrote is kept."""
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await connection.execute(insert(people).values(id=1, name="សុខា", first_seen_at=NOW))
            raise RuntimeError
    async with database.read() as connection:
        assert not (await connection.execute(select(people))).all()


async def test_a_reader_sees_one_moment(database: Database, other: Database) -> None:
    """A reader goes on seeing what it saw first, and does not hold up a writer meanwhile."""
    async with database.read() as reading:
        assert not (await reading.execute(select(people))).all()
        async with other.write() as writing:
            await writing.execute(insert(people).values(id=1, name="សុខា", first_seen_at=NOW))
        assert not (await reading.execute(select(people))).all()
    async with database.read() as reading:
        assert (await reading.execute(select(people))).all()


async def test_reading_first_loses_no_update(database: Database, other: Database) -> None:
    """Transactions that read and then write take turns: none of 20 loses another's update."""
    async with database.write() as connection:
        await connection.execute(insert(people).values(id=1, name="0", first_seen_at=NOW))

    async def count_on(through: Database) -> None:
        async with through.write() as connection:
            name = (await connection.execute(select(people.c.name))).scalar_one()
            await connection.execute(update(people).values(name=str(int(name) + 1)))

    await asyncio.gather(*(count_on(through) for through in [database, other] * 10))
    async with database.read() as connection:
        assert (await connection.execute(select(people.c.name))).scalar_one() == "20"


async def _keep_start(database: Database, start: datetime) -> int:
    async with database.write() as connection:
        statement = insert(events).values(
            title="វេទិកា", starts_at=start, place="ភ្នំពេញ", created_by=1, created_at=NOW
        )
        return int((await connection.execute(statement.returning(events.c.id))).scalar_one())


@pytest.mark.parametrize(
    "start",
    [
        datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH),
        datetime(2027, 1, 1, 0, 0, tzinfo=PHNOM_PENH),  # still the year before in UTC
        datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=PHNOM_PENH),
        datetime(2027, 1, 15, 1, 30, tzinfo=UTC),
        datetime(2027, 1, 15, 1, 30, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    ],
    ids=str,
)
async def test_moments_keep_their_instant(database: Database, other: Database, start: datetime) -> None:
    """A moment of any time zone comes out as the same instant, with a zone, through another connection."""
    await _keep_start(database, start)
    (event,) = await StoredEvents(other).upcoming(start)
    assert event.details.starts_at == start
    assert event.details.starts_at.utcoffset() == timedelta(0)
    assert event.details.starts_at.astimezone(PHNOM_PENH).hour == start.astimezone(PHNOM_PENH).hour


async def test_moments_are_kept_in_utc(database: Database) -> None:
    """In the file a moment stands in UTC, whoever reads it."""
    await _keep_start(database, datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH))
    async with database.read() as connection:
        kept = (await connection.execute(text("SELECT starts_at FROM events"))).scalar_one()
    assert kept == "2027-01-15 01:30:00.000000"


async def test_moment_without_zone(database: Database) -> None:
    """A moment without its time zone is refused, in a value as in a comparison."""
    naive = datetime(2027, 1, 15, 8, 30)  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="time zone"):
        await _keep_start(database, naive)
    with pytest.raises(StatementError, match="time zone"):
        await StoredEvents(database).upcoming(naive)


async def test_upcoming_events(database: Database) -> None:
    """What is coming or going on is listed soonest first, and nothing that is over."""
    starts = [
        datetime(2027, 3, 1, 8, 0, tzinfo=PHNOM_PENH),
        NOW - USUAL_LENGTH + timedelta(minutes=1),
        NOW - USUAL_LENGTH,
        datetime(2027, 1, 15, 8, 30, tzinfo=PHNOM_PENH),
    ]
    for start in starts:
        await _keep_start(database, start)
    coming = await StoredEvents(database).upcoming(NOW.astimezone(UTC))
    assert [event.details.starts_at for event in coming] == [starts[1], starts[3], starts[0]]


async def test_an_error_tells_no_personal_data(database: Database) -> None:
    """The text of a database error does not repeat what was to be written."""
    with pytest.raises(IntegrityError) as caught:
        for _ in range(2):
            async with database.write() as connection:
                await connection.execute(insert(people).values(id=1, name="សុខា", first_seen_at=NOW))
    assert "សុខា" not in str(caught.value)


async def test_file_name_with_spaces_and_khmer(tmp_path: Path) -> None:
    """A file may lie in a folder whose name has spaces and Khmer letters."""
    path = tmp_path / "ទិន្នន័យ ថ្មី" / "wgpd.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.migrate()
    await database.close()
    assert path.exists()
