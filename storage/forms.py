"""Forms in the database: saving is one conditional statement, so nothing is overwritten unseen."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.forms import Form
from storage.database import Database
from storage.tables import forms


class StoredForms:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_in(self, chat_id: int) -> Form | None:
        async with self._database.read() as connection:
            found = await connection.execute(
                select(forms).where(forms.c.chat_id == chat_id, forms.c.open.is_(True))
            )
            row = found.first()
        return _form(row) if row else None

    async def draft(self, chat_id: int, kind: str) -> Form | None:
        async with self._database.read() as connection:
            found = await connection.execute(
                select(forms).where(forms.c.chat_id == chat_id, forms.c.kind == kind)
            )
            row = found.one_or_none()
        return _form(row) if row else None

    async def save(self, form: Form, now: datetime, *, aside: bool = False) -> Form | None:
        # A new form begins at a random version: no button of an earlier one can fit it by chance.
        version = form.version + 1 if form.version else 1 + secrets.randbelow(10**9)
        values = {
            "step": form.step,
            "answers": dict(form.answers),
            "version": version,
            "open": not aside,
            "saved_at": now,
        }
        try:
            async with self._database.write() as connection:
                if not aside:
                    await connection.execute(
                        update(forms)
                        .where(forms.c.chat_id == form.chat_id, forms.c.kind != form.kind)
                        .values(open=False)
                    )
                if form.version == 0:
                    await connection.execute(
                        insert(forms).values(chat_id=form.chat_id, kind=form.kind, **values)
                    )
                else:
                    saved = await connection.execute(update(forms).where(*_exactly(form)).values(**values))
                    if saved.rowcount == 0:
                        await connection.rollback()
                        return None
        except IntegrityError:
            return None
        return Form(form.chat_id, form.kind, form.step, form.answers, version)

    async def lay_aside(self, chat_id: int) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(forms).where(forms.c.chat_id == chat_id).values(open=False))

    async def discard(self, form: Form) -> bool:
        async with self._database.write() as connection:
            return await close_form(connection, form)


async def close_form(connection: AsyncConnection, form: Form) -> bool:
    """Erase the form inside a larger transaction; False when it is gone or has changed."""
    return (await connection.execute(delete(forms).where(*_exactly(form)))).rowcount == 1


def _exactly(form: Form) -> tuple[ColumnElement[bool], ...]:
    return (
        forms.c.chat_id == form.chat_id,
        forms.c.kind == form.kind,
        forms.c.version == form.version,
    )


def _form(row: Row[*tuple[Any, ...]]) -> Form:
    return Form(row.chat_id, row.kind, row.step, row.answers, row.version)
