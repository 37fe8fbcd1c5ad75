"""What a coordinator changes goes into the audit, in the very transaction that changes it."""

from typing import Any, Final

from sqlalchemy import Connection, CursorResult, UpdateBase, event, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import Acting, Matter, being_done, made
from bot.core.people import Role
from storage.tables import (
    actors,
    audit,
    feedback,
    forms,
    inquiry_messages,
    lesson_useful,
    muted_themes,
    people,
    questions,
    readings,
    subscribers,
    subscriptions,
    updates,
)

PRIVATE: Final = frozenset(
    table.name
    for table in (
        *(people, updates, forms, questions, inquiry_messages),
        *(subscriptions, subscribers, muted_themes, readings, lesson_useful, feedback),
    )
)
"""What people keep for themselves, and what the bot keeps to find its way: a change of it is no deed."""

BOOKKEEPING: Final = {"bookkeeping": True}
"""The execution options of a statement that is no deed though its table is not private."""


class Watch:
    """Sees whether a transaction changes what is not private, while somebody does something that counts."""

    def __init__(self, connection: AsyncConnection, acting: Acting) -> None:
        self._connection = connection
        self._changed = self._recorded = False
        self._acting = acting
        event.listen(connection.sync_connection, "after_execute", self._note)

    def _note(
        self,
        _connection: Connection,
        statement: Any,
        _many: Any,
        _one: Any,
        options: Any,
        result: CursorResult[Any],
    ) -> None:
        if self._changed or not isinstance(statement, UpdateBase) or BOOKKEEPING.items() <= options.items():
            return
        self._changed = statement.table.description not in PRIVATE and result.rowcount != 0  # -1: not known

    async def record(self) -> None:
        """Put the deed down, unless nothing was changed or all was taken back."""
        if self._changed and self._connection.in_transaction():
            await _append(self._connection, self._acting)
            self._recorded = True

    def committed(self) -> None:
        """One deed is put down once, however many transactions it takes."""
        self._acting.recorded |= self._recorded


def watch(connection: AsyncConnection) -> Watch | None:
    """Watch a transaction that begins, if a coordinator is doing something that is not put down yet."""
    acting = being_done()
    return Watch(connection, acting) if acting and acting.counts else None


async def tell_colleague(connection: AsyncConnection, person_id: int) -> None:
    """What is being done is about this person, inside the caller's transaction."""
    if being_done():
        made(Matter.COLLEAGUE, await _actor(connection, person_id))


async def put_down_export(connection: AsyncConnection) -> None:
    """Put down that a coordinator gets a file of what is kept, though nothing is changed."""
    acting = being_done()
    if acting and acting.counts:
        await _append(connection, acting)
        acting.recorded = True


async def put_down_joining(connection: AsyncConnection, role: Role) -> None:
    """Put down that somebody becomes a coordinator by what they do, inside the caller's transaction.

    What somebody does who is one already, the transaction puts down by itself.
    """
    acting = being_done()
    if acting and acting.role < Role.COORDINATOR:
        acting.role = role
        await _append(connection, acting)
        acting.recorded = True


async def _actor(connection: AsyncConnection, person_id: int) -> int:
    """The number under which a person stands in the audit."""
    known = upsert(actors).values(person_id=person_id)
    known = known.on_conflict_do_nothing(index_elements=[actors.c.person_id])
    await connection.execute(known.execution_options(**BOOKKEEPING))
    number = await connection.scalar(select(actors.c.id).where(actors.c.person_id == person_id))
    return int(number or 0)


async def _append(connection: AsyncConnection, acting: Acting) -> None:
    row = insert(audit).values(
        at=acting.at,
        actor_id=await _actor(connection, acting.person_id),
        role=acting.role,
        deed=acting.deed,
        matter=acting.matter,
        about=acting.subject,
    )
    await connection.execute(row.execution_options(**BOOKKEEPING))
