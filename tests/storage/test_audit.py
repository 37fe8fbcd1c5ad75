"""The audit can only be added to, in the transaction of the deed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.core.audit import Acting, Chosen, Matter, acting, made, months_since
from bot.core.people import Role
from storage.audit import StoredAudit
from storage.database import Database
from storage.deeds import BOOKKEEPING
from storage.tables import audit, organisations, people
from tests.storage.records import COORDINATOR, NOW, PHNOM_PENH, meet

NAMED = insert(organisations).values(name="Phnum Sruoch")


@contextmanager
def somebody(role: Role = Role.COORDINATOR, deed: str = "profile", about: str = "") -> Iterator[None]:
    """Somebody does something."""
    with acting(Acting(COORDINATOR, role, NOW, deed, about)):
        yield


async def count(database: Database) -> int:
    async with database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(audit)) or 0


@pytest.mark.parametrize(
    "wanted", ["UPDATE audit SET deed = 'x'", "DELETE FROM audit", "INSERT OR REPLACE INTO audit VALUES {}"]
)
async def test_only_added_to(database: Database, wanted: str) -> None:
    """The database itself refuses to change, to delete and to replace a row."""
    await meet(database, COORDINATOR)
    with somebody():
        async with database.write() as connection:
            await connection.execute(NAMED)
    row = "(1, '2026-12-01 02:00:00', 1, 1, 'x', 'nothing', '')"
    with pytest.raises(IntegrityError, match="can only be added to"):
        async with database.write() as connection:
            await connection.execute(text(wanted.format(row)))
    (found,) = await StoredAudit(database, PHNOM_PENH).all(Chosen())
    assert (found.deed, found.role, found.at, found.actor.name) == (
        "profile",
        Role.COORDINATOR,
        NOW,
        f"person {COORDINATOR}",
    )


async def test_what_counts(database: Database) -> None:
    """Only what really changes rows, by somebody who coordinates, outside of what is private."""
    await meet(database, COORDINATOR)
    nothing = update(organisations).where(organisations.c.id == 0).values(name="x")
    for role, statement in (
        (Role.PERSON, NAMED),
        (Role.COORDINATOR, nothing),
        (Role.COORDINATOR, nothing.returning(organisations.c.id)),
        (Role.COORDINATOR, select(organisations)),
        (Role.COORDINATOR, update(people).values(topic="x")),
        (Role.COORDINATOR, update(organisations).values(website="x").execution_options(**BOOKKEEPING)),
    ):
        with somebody(role):
            async with database.write() as connection:
                await connection.execute(statement)
        assert await count(database) == 0, statement
    async with database.write() as connection:  # the clock
        await connection.execute(update(organisations).values(website="y"))
    assert await count(database) == 0
    for number, changed in enumerate(
        (
            update(organisations).where(organisations.c.id == 1).values(name="z"),
            update(organisations)
            .where(organisations.c.id == 1)
            .values(name="y")
            .returning(organisations.c.id),
            delete(organisations).where(organisations.c.id == 1),
        ),
        1,
    ):
        with somebody(Role.ADMINISTRATOR):
            async with database.write() as connection:
                await connection.execute(changed)
        assert await count(database) == number, changed


async def test_what_is_taken_back(database: Database) -> None:
    """A transaction that is rolled back, by itself or by an error, leaves nothing; the next one counts."""
    await meet(database, COORDINATOR)
    with somebody():
        async with database.write() as connection:
            await connection.execute(NAMED)
            await connection.rollback()
        with pytest.raises(RuntimeError):
            async with database.write() as connection:
                await connection.execute(NAMED)
                raise RuntimeError
        assert await count(database) == 0
        for name in ("one", "two"):  # two transactions of one deed
            async with database.write() as connection:
                await connection.execute(NAMED.values(name=name))
        assert await count(database) == 1


async def test_what_a_deed_makes(database: Database) -> None:
    """What had no number when the deed began is told with the number that it got."""
    await meet(database, COORDINATOR)
    with somebody(deed="share"):
        async with database.write() as connection:
            await connection.execute(NAMED)
            made(Matter.LESSON, 3)
            made(Matter.BROADCAST, 5)
    (found,) = await StoredAudit(database, PHNOM_PENH).all(Chosen())
    assert (found.matter, found.about, found.title) == (Matter.BROADCAST, "5", None)


async def test_months_are_local(database: Database) -> None:
    """A month begins at midnight in the group's time zone."""
    await meet(database, COORDINATOR)
    first = NOW.replace(hour=0)  # still November in UTC
    with acting(Acting(COORDINATOR, Role.COORDINATOR, first, "profile")):
        async with database.write() as connection:
            await connection.execute(NAMED)
    stored = StoredAudit(database, PHNOM_PENH)
    assert [len(await stored.all(Chosen(month=month))) for month in ("2026-11", "2026-12")] == [0, 1]
    assert await stored.first_at() == first
    assert months_since(first, NOW.replace(year=2027, month=2)) == ["2027-02", "2027-01", "2026-12"]
