"""A database file with so many subscribers, and a broadcast that waits for all of them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import insert

from bot.core.broadcasts import Broadcast
from storage.database import Database
from storage.tables import people, subscriptions
from tests.storage.records import TONLE_BASAK, broadcast

BATCH: Final = 20_000


async def gather_crowd(url: str, chats: range) -> None:
    """Make the file, with a subscriber for each chat."""
    database, now = Database(url), datetime.now(UTC)
    await database.migrate()
    for start in range(chats.start, chats.stop, BATCH):
        batch = range(start, min(start + BATCH, chats.stop))
        persons = [
            {"id": chat, "name": "clerk", "client_language": "km", "first_seen_at": now} for chat in batch
        ]
        subscribed = [
            {"chat_id": chat, "commune_code": TONLE_BASAK, "person_id": chat, "subscribed_at": now}
            for chat in batch
        ]
        async with database.write() as connection:
            await connection.execute(insert(people), persons)
            await connection.execute(insert(subscriptions), subscribed)
    await database.close()


async def announce(url: str) -> Broadcast:
    """Confirm a broadcast to everybody."""
    database = Database(url)
    try:
        return await broadcast(database, now=datetime.now(UTC))
    finally:
        await database.close()


def url_in(folder: Path) -> str:
    """The file where the bot under measurement looks for it."""
    return f"sqlite+aiosqlite:///{folder}/wgpd.db"
