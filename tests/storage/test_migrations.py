"""The migrations build what storage.tables describes, however often they are run and undone."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, DefaultClause, inspect, text

import storage.database
from bot.core.membership import DeedKind, RequestState
from storage.database import Database
from storage.directory import StoredDirectory
from storage.lessons import StoredLessons
from storage.membership import StoredMembership
from storage.people import StoredPeople
from storage.tables import metadata
from tests.storage.records import NOW, url_of

SCRIPTS = Path(storage.database.__file__).parent / "migrations"


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings for a connection, as storage.database makes them."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def tables_of(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def differences(connection: Connection) -> list[object]:
    """Where the file differs from storage.tables: columns, types, defaults, keys and indexes."""
    options = {"compare_type": True, "compare_server_default": defaults_differ, "target_metadata": metadata}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def defaults_differ(
    _: object, __: object, column: Column[Any], found: str | None, *___: object
) -> bool | None:
    """Alembic (None: let it compare) does not see that an empty text and '' are the same default."""
    default = column.server_default
    both_empty = isinstance(default, DefaultClause) and isinstance(default.arg, str) and not default.arg
    return False if both_empty and found in {"''", "('')"} else None


async def tables(database: Database) -> set[str]:
    async with database.read() as connection:
        return await connection.run_sync(tables_of)


async def test_empty_file(tmp_path: Path) -> None:
    """Migrating a file that does not exist yet makes it, its folder and every table."""
    database = Database(url_of(tmp_path / "not" / "yet" / "wgpd.db"))
    await database.migrate()
    assert await tables(database) == set(metadata.tables)
    await database.close()


async def test_twice(database: Database) -> None:
    """Migrating again changes nothing and keeps every row."""
    await StoredPeople(database, ()).meet(7, "សុខា", "km", NOW)
    await database.migrate()
    await database.migrate()
    found = await StoredPeople(database, ()).find(7)
    assert found
    assert found.name == "សុខា"
    assert len(await StoredDirectory(database).organisations()) == 18


async def test_no_difference(database: Database) -> None:
    """A migrated file differs in nothing from the tables that the code describes."""
    async with database.read() as connection:
        assert not await connection.run_sync(differences)


async def test_a_difference_would_be_found(database: Database) -> None:
    """The comparison sees a column, an index and a table that are missing."""
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE summaries"))
        await connection.execute(text("DROP INDEX ix_events_starts_at"))
        await connection.execute(text("ALTER TABLE people DROP COLUMN blocked_at"))
    async with database.read() as connection:
        found = await connection.run_sync(differences)
    assert len(found) == 3


def _down_and_up(connection: Connection) -> tuple[set[str], set[str]]:
    command.downgrade(configuration(connection), "base")
    between = tables_of(connection)
    command.upgrade(configuration(connection), "head")
    return between, tables_of(connection)


async def test_down_and_up(database: Database) -> None:
    """Every migration can be undone down to nothing, and done again to the same tables."""
    async with database.engine.connect() as connection:
        between, after = await connection.run_sync(_down_and_up)
        await connection.commit()
    assert between == set()
    assert after == set(metadata.tables)
    async with database.read() as reading:
        assert not await reading.run_sync(differences)
    assert len(await StoredDirectory(database).organisations()) == 18


def test_one_line_of_migrations() -> None:
    """The migrations form one line with one head, so that upgrading is never ambiguous."""
    scripts = ScriptDirectory.from_config(configuration())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    for script in scripts.walk_revisions():
        assert script.doc


async def test_a_failed_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """When a migration breaks off, nothing of it stays, and the next one can begin anew."""
    database = Database(url_of(tmp_path / "wgpd.db"))
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE subscriptions (id INTEGER)"))  # in the migration's way
    with pytest.raises(Exception, match="already exists"):
        await database.migrate()
    assert await tables(database) == {"subscriptions"}
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE subscriptions"))
    await database.migrate()
    assert await tables(database) == set(metadata.tables)
    await database.close()


async def test_lessons_of_before(tmp_path: Path) -> None:
    """A lesson that was shared before lessons were reviewed is approved, and what it says is a version."""
    database = Database(url_of(tmp_path / "wgpd.db"))
    async with database.engine.connect() as connection:
        await connection.run_sync(partial(_upgrade_to, "0003"))
        await connection.commit()
    async with database.write() as connection:
        for statement in BEFORE:
            await connection.execute(text(statement))
    await database.migrate()
    stored = StoredLessons(database)
    (lesson,), _ = await stored.newest(0)
    (version,) = await stored.versions(lesson.id)
    assert (lesson.title, lesson.state, lesson.version, lesson.themes) == ("ទឹក", "approved", 1, ())
    assert (version.content, version.deed, version.by, version.at) == (lesson.content, "approved", 7, NOW)
    await database.close()


def _upgrade_to(revision: str, connection: Connection) -> None:
    command.upgrade(configuration(connection), revision)


BEFORE = (
    "INSERT INTO people (id, name, first_seen_at) VALUES (7, 'x', '2026-12-01')",
    *(
        "INSERT INTO inquiries (id, person_id, question, state, asked_at, spoken_at) "
        f"VALUES ({number}, 7, 'q', '{state}', '2026-12-01', '2026-12-01')"
        for number, state in enumerate(("offered", "waiting", "closed"), 1)
    ),
    *(
        f"INSERT INTO inquiry_messages (chat_id, message_id, inquiry_id) VALUES ({chat}, {number}, {number})"
        for number in (1, 2, 3)
        for chat in (7, 8)
    ),
    "INSERT INTO lessons (id, title, body, shared_by, shared_at) "
    "VALUES (1, 'ទឹក', 'អណ្តូង', 7, '2026-12-01 02:00:00.000000')",
    "INSERT INTO broadcasts (id, subject, subject_id, title, texts, created_by, created_at) "
    "VALUES (1, 'lesson', 1, 't', '{}', 7, '2026-12-01')",
    "INSERT INTO deliveries (broadcast_id, chat_id, language, state, next_attempt_at) "
    "VALUES (1, 7, 'km', 'pending', '2026-12-01')",
)


async def test_rows_that_point_to_others_survive(tmp_path: Path) -> None:
    """Changing a table keeps what points to it: messages of inquiries, deliveries of broadcasts."""
    database = Database(url_of(tmp_path / "wgpd.db"))
    async with database.engine.connect() as connection:
        await connection.run_sync(partial(_upgrade_to, "0003"))
        await connection.commit()
    async with database.write() as connection:
        for statement in BEFORE:
            await connection.execute(text(statement))
    await database.migrate()
    async with database.read() as connection:
        messages = await connection.execute(
            text("SELECT chat_id, inquiry_id, addition FROM inquiry_messages ORDER BY inquiry_id, chat_id")
        )
        assert [tuple(row) for row in messages] == [(7, 2, 1), (8, 2, 0), (7, 3, 1), (8, 3, 0)]
        states = await connection.execute(text("SELECT id, result FROM questions ORDER BY id"))
        assert [tuple(row) for row in states] == [(1, "unknown"), (2, "unknown"), (3, "by-person")]
        sending = await connection.execute(
            text("SELECT b.state, d.state FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id")
        )
        assert [tuple(row) for row in sending] == [("sending", "pending")]
        assert not (await connection.execute(text("PRAGMA foreign_key_check"))).all()
        made = await connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'inquiries'"))
        assert "AUTOINCREMENT" in str(made)
    await database.close()


REQUESTS_OF_BEFORE = (
    *(
        f"INSERT INTO people (id, name, first_seen_at) VALUES ({number}, 'x', '2026-12-01')"
        for number in (1, 7, 8, 9)
    ),
    "INSERT INTO organisations (id, name, joined_at) VALUES (19, 'អង្គការ ក', '2026-12-01 03:00:00')",
    *(
        "INSERT INTO membership_requests (id, person_id, organisation, contact, telephone, why, state, "
        "created_at, decided_by, decided_at, reason) VALUES "
        f"({number}, {number}, '{name}', 'c', '+855 12 345 678', 'w', '{state}', "
        f"'2026-12-01 02:00:00', {decided})"
        for number, name, state, decided in (
            (7, "អង្គការ  ក", "approved", "1, '2026-12-01 03:00:00', ''"),
            (8, "UNICEF", "declined", "1, '2026-12-01 03:00:00', 'y'"),
            (9, "ថ្មី", "new", "NULL, NULL, ''"),
        )
    ),
    "INSERT INTO invitations (digest, role, created_by, created_at, expires_at) "
    "VALUES ('d', 1, 1, '2026-12-01', '2026-12-02')",
)


async def test_requests_of_before(tmp_path: Path) -> None:
    """Requests that were made before they had steps stand as they stood, with what was done to them."""
    database = Database(url_of(tmp_path / "wgpd.db"))
    async with database.engine.connect() as connection:
        await connection.run_sync(partial(_upgrade_to, "0009"))
        await connection.commit()
    async with database.write() as connection:
        for statement in REQUESTS_OF_BEFORE:
            await connection.execute(text(statement))
    await database.migrate()
    stored, directory = StoredMembership(database), StoredDirectory(database)
    approved, declined, new = [await stored.request(number) for number in (7, 8, 9)]
    assert approved and declined and new
    assert (approved.state, approved.organisation_id) == (RequestState.APPROVED, 19)
    assert (declined.state, declined.reason, declined.organisation_id) == (RequestState.DECLINED, "y", None)
    assert (await stored.open(), new.waits_since) == ([new], NOW)
    deeds = [(deed.kind, deed.by, deed.text) for deed in await stored.deeds(8)]
    assert deeds == [(DeedKind.SENT, 8, ""), (DeedKind.DECLINED, 1, "y")]
    assert [one.person_id for one in await directory.representatives(19)] == [7]
    assert "ស៊ីសេកម្ពុជា" in [one.other_name for one in await directory.organisations()]
    assert await StoredPeople(database, ()).grant_of("d", NOW)
    await database.close()
