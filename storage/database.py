"""The database: its engine, its transactions, its migrations."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.deeds import watch

log = structlog.get_logger()

BUSY_TIMEOUT_MS = 15_000
"""How long a transaction waits for another process to end its own."""


class Database:
    """One database. `write()` is a transaction that commits at its end; `read()` sees one moment.

    What a coordinator changes in `write()` goes into the audit with it; see `storage.deeds`.
    """

    def __init__(self, url: str, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        """`url` is SQLAlchemy's, such as sqlite+aiosqlite:///data/wgpd.db; its folder is made if missing."""
        self._url = parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        self.engine = _engine(parsed, busy_timeout_ms)

    @property
    def file(self) -> Path:
        """Where it is kept, by the same name for whoever opens it."""
        return Path(self._url.database or "").resolve()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.begin() as connection:
            deed = watch(connection)
            yield connection
            if deed:
                await deed.record()
        if deed:
            deed.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.connect() as connection:
            yield await connection.execution_options(read_only=True)

    async def migrate(self) -> None:
        """Bring the tables up to date; nothing happens when they are."""
        # SQLite changes a table by making it anew: with foreign keys on, what points to it would be deleted.
        engine = _engine(self._url, BUSY_TIMEOUT_MS, foreign_keys=False)
        try:
            async with engine.connect() as connection:
                # Alembic opens and commits its own transaction.
                await connection.run_sync(_upgrade)
                await connection.commit()
        finally:
            await engine.dispose()

    async def scrub(self) -> bool:
        """Leave nothing of what was erased in free pages and in the log; False while somebody else reads.

        SQLite keeps the bytes of erased rows until it needs their place. VACUUM writes the file anew, and the
        checkpoint empties the log. PostgreSQL does the like by itself.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        async with self.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            try:
                await driver.execute("VACUUM")
                cursor = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = await cursor.fetchone()
            except sqlite3.OperationalError as problem:
                log.warning("erased data could not be overwritten yet", error=type(problem).__name__)
                return False
        return not busy

    async def close(self) -> None:
        await self.engine.dispose()


def _engine(url: URL, busy_timeout_ms: int, foreign_keys: bool = True) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True)
    if url.get_backend_name() == "sqlite":
        set_up = partial(_set_up_sqlite, busy_timeout_ms=busy_timeout_ms, foreign_keys=foreign_keys)
        event.listen(engine.sync_engine, "connect", set_up)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _upgrade(connection: Connection) -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def _set_up_sqlite(connection: Any, _record: Any, busy_timeout_ms: int, foreign_keys: bool) -> None:
    # Python's sqlite3 would begin transactions late and by itself; _begin_sqlite does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would otherwise fail, or lose another's update.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
