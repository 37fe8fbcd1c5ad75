"""Many recipients at once, and what became of each: in the database, and in Telegram."""

from collections.abc import Iterable

from sqlalchemy import insert, select

from bot.core.broadcasts import DeliveryState
from bot.sandbox.telegram import Telegram
from storage.database import Database
from storage.tables import deliveries, people, subscriptions
from tests.storage.records import NOW, TONLE_BASAK


async def gather_crowd(telegram: Telegram, database: Database, chats: Iterable[int]) -> None:
    """People who pressed Start and subscribed a council."""
    everybody = list(chats)
    for chat in everybody:
        telegram.person(f"person {chat}", chat).record["started"] = True
    async with database.write() as connection:
        await connection.execute(
            insert(people),
            [{"id": chat, "name": f"person {chat}", "first_seen_at": NOW} for chat in everybody],
        )
        await connection.execute(
            insert(subscriptions),
            [
                {"chat_id": chat, "commune_code": TONLE_BASAK, "person_id": chat, "subscribed_at": NOW}
                for chat in everybody
            ],
        )


async def states(database: Database) -> dict[int, DeliveryState]:
    """Where each recipient's delivery stands."""
    async with database.read() as connection:
        rows = await connection.execute(select(deliveries.c.chat_id, deliveries.c.state))
        return {chat: DeliveryState(state) for chat, state in rows}


def those(found: dict[int, DeliveryState], *wanted: DeliveryState) -> set[int]:
    """Who stands in one of these states."""
    return {chat for chat, state in found.items() if state in wanted}


def copies(telegram: Telegram, chats: Iterable[int]) -> dict[int, int]:
    """How many messages each has received."""
    return {chat: len(telegram.people[chat].received) for chat in chats}
