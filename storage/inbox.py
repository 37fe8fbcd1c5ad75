"""Received updates in the database, each until it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.inbox import REMEMBERED, KeptUpdate
from storage.database import Database
from storage.tables import updates

WAITING, BEGUN, DONE = "waiting", "begun", "done"


class StoredInbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, update_id: int, payload: Mapping[str, Any], now: datetime) -> bool:
        async with self._database.write() as connection:
            kept = await connection.execute(
                insert(updates)
                .values(id=update_id, payload=dict(payload), state=WAITING, received_at=now)
                .on_conflict_do_nothing()
            )
        return kept.rowcount == 1

    async def begin(self, update_id: int) -> bool:
        return await self._move(update_id, WAITING, state=BEGUN)

    async def finish(self, update_id: int) -> bool:
        return await self._move(update_id, BEGUN, state=DONE, payload=None)

    async def left_over(self) -> list[KeptUpdate]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(updates)
                .where(updates.c.state != DONE, updates.c.payload.is_not(None))
                .order_by(updates.c.id)
            )
            return [KeptUpdate(row.payload, row.state == BEGUN) for row in rows]

    async def forget_done(self, now: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                delete(updates).where(updates.c.state == DONE, updates.c.received_at < now - REMEMBERED)
            )

    async def _move(self, update_id: int, before: str, **values: object) -> bool:
        """Note how far an update is, where it was so far before: two processes may know of the same."""
        async with self._database.write() as connection:
            moved = await connection.execute(
                update(updates).where(updates.c.id == update_id, updates.c.state == before).values(**values)
            )
        return moved.rowcount == 1


async def empty_updates_of(connection: AsyncConnection, person_id: int) -> None:
    """Forget what somebody sent that is not handled yet, inside a larger transaction.

    It is handled all the same, by the process that holds it: they come as somebody new.
    """
    held = await connection.execute(select(updates).where(updates.c.payload.is_not(None)))
    theirs = [row.id for row in held if _sender(row.payload) == person_id]
    await connection.execute(update(updates).where(updates.c.id.in_(theirs)).values(payload=None))


def _sender(payload: Mapping[str, Any]) -> int | None:
    """Whose action an update tells of."""
    told = next((one for one in payload.values() if isinstance(one, Mapping) and "from" in one), {})
    number = told.get("from", {}).get("id")
    return number if isinstance(number, int) else None
