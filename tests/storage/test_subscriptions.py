"""Which councils a chat follows, and whom a broadcast would reach."""

import asyncio

import pytest

from bot.core.people import Language
from storage.audiences import StoredAudiences, chats_of
from storage.database import Database
from storage.people import StoredPeople
from storage.subscriptions import StoredSubscriptions
from tests.storage.records import (
    BANTEAY_NEANG,
    EVERYTHING,
    LATER,
    NOW,
    PREAEK_NORIN,
    TONLE_BASAK,
    meet,
    subscribe,
)

CHAT = 7


async def followed(database: Database, chat_id: int) -> list[str]:
    return [commune.code for commune in await StoredSubscriptions(database).of_chat(chat_id)]


async def audience(database: Database) -> tuple[int, int, set[str]]:
    """How many chats and councils a broadcast would reach now, and the languages they read."""
    found = await StoredAudiences(database).reach(EVERYTHING)
    return found.chats, found.councils, set(found.languages)


async def addressees(database: Database) -> dict[int, str]:
    """Every chat that a broadcast would reach now, with its language."""
    async with database.read() as connection:
        rows = (await connection.execute(chats_of(EVERYTHING))).all()
    assert len({row.chat_id for row in rows}) == len(rows)
    return {row.chat_id: row.language for row in rows}


async def test_subscribe(database: Database) -> None:
    """A subscribed council is followed; subscribing it again says that it already was."""
    await meet(database, CHAT)
    subscriptions = StoredSubscriptions(database)
    assert await subscriptions.subscribe(CHAT, TONLE_BASAK, CHAT, NOW)
    assert not await subscriptions.subscribe(CHAT, TONLE_BASAK, CHAT, LATER)
    assert await followed(database, CHAT) == [TONLE_BASAK]


async def test_several_councils(database: Database) -> None:
    """A chat may follow several councils, listed in the order of their codes; others' are not among them."""
    for commune in (TONLE_BASAK, BANTEAY_NEANG, PREAEK_NORIN):
        await subscribe(database, CHAT, commune=commune)
    await subscribe(database, CHAT + 1)
    assert await followed(database, CHAT) == [BANTEAY_NEANG, PREAEK_NORIN, TONLE_BASAK]


async def test_again_after_ending(database: Database) -> None:
    """A subscription that ended can be begun again, as if it were new."""
    await subscribe(database, CHAT)
    subscriptions = StoredSubscriptions(database)
    assert await subscriptions.unsubscribe(CHAT, TONLE_BASAK, NOW) == 1
    assert await followed(database, CHAT) == []
    assert await subscriptions.subscribe(CHAT, TONLE_BASAK, CHAT, LATER)
    assert await followed(database, CHAT) == [TONLE_BASAK]
    assert await audience(database) == (1, 1, {"km"})


async def test_end_one(database: Database) -> None:
    """Ending one subscription leaves the others; ending it again ends nothing."""
    for commune in (TONLE_BASAK, BANTEAY_NEANG):
        await subscribe(database, CHAT, commune=commune)
    subscriptions = StoredSubscriptions(database)
    assert await subscriptions.unsubscribe(CHAT, TONLE_BASAK, NOW) == 1
    assert await subscriptions.unsubscribe(CHAT, TONLE_BASAK, NOW) == 0
    assert await followed(database, CHAT) == [BANTEAY_NEANG]


async def test_end_all(database: Database) -> None:
    """Ending all ends every subscription of the chat, and of no other."""
    for commune in (TONLE_BASAK, BANTEAY_NEANG):
        await subscribe(database, CHAT, CHAT + 1, commune=commune)
    subscriptions = StoredSubscriptions(database)
    assert await subscriptions.unsubscribe(CHAT, None, NOW) == 2
    assert await subscriptions.unsubscribe(CHAT, None, NOW) == 0
    assert await followed(database, CHAT) == []
    assert len(await followed(database, CHAT + 1)) == 2


async def test_end_what_never_was(database: Database) -> None:
    """Ending a subscription that there never was ends nothing."""
    assert await StoredSubscriptions(database).unsubscribe(CHAT, TONLE_BASAK, NOW) == 0


async def test_twenty_presses_at_once(database: Database, other: Database) -> None:
    """Of twenty presses of one button at once, one subscribes, and the chat follows the council once."""
    await meet(database, CHAT)
    fresh = await asyncio.gather(
        *(
            StoredSubscriptions(through).subscribe(CHAT, TONLE_BASAK, CHAT, NOW)
            for through in [database, other] * 10
        )
    )
    assert fresh.count(True) == 1
    assert await followed(database, CHAT) == [TONLE_BASAK]


async def test_audience_of_nobody(database: Database) -> None:
    """Without subscriptions a broadcast reaches nobody."""
    await meet(database, CHAT)
    assert await audience(database) == (0, 0, set())


async def test_audience_counts_chats_once(database: Database) -> None:
    """A chat counts once however many councils it follows, and a council once however many follow it."""
    for commune in (TONLE_BASAK, BANTEAY_NEANG, PREAEK_NORIN):
        await subscribe(database, CHAT, commune=commune)
    await subscribe(database, 8, 9)
    assert await audience(database) == (3, 3, {"km"})
    assert set(await addressees(database)) == {CHAT, 8, 9}


async def test_ended_subscriptions_do_not_count(database: Database) -> None:
    """A chat whose subscriptions have all ended is not reached."""
    await subscribe(database, CHAT, 8)
    await StoredSubscriptions(database).unsubscribe(CHAT, None, NOW)
    assert await audience(database) == (1, 1, {"km"})
    assert set(await addressees(database)) == {8}


async def test_blocked_persons_do_not_count(database: Database) -> None:
    """Who blocked the bot is not counted, and counts again as soon as they write."""
    await subscribe(database, CHAT, 8)
    await StoredPeople(database, ()).mark_blocked(CHAT, NOW)
    assert await audience(database) == (1, 1, {"km"})
    assert set(await addressees(database)) == {8}
    await meet(database, CHAT)
    assert await audience(database) == (2, 1, {"km"})
    assert set(await addressees(database)) == {CHAT, 8}
    assert await followed(database, CHAT) == [TONLE_BASAK]


async def test_languages_of_the_audience(database: Database) -> None:
    """The audience's languages are those that its chats read, and no others'."""
    await subscribe(database, CHAT, 8)
    await meet(database, 9, client_language="en")  # subscribes nothing
    assert await audience(database) == (2, 1, {"km"})
    await StoredPeople(database, ()).choose_language(8, "en")
    assert await audience(database) == (2, 1, {"km", "en"})
    await StoredPeople(database, ()).mark_blocked(CHAT, NOW)
    assert await audience(database) == (1, 1, {"en"})


@pytest.mark.parametrize("chosen", [None, "km", "en"])
@pytest.mark.parametrize("client", [None, "", "km", "en", "EN", "en-US", "fr", "ენ", "e%n"])
async def test_language_of_a_recipient(
    database: Database, chosen: Language | None, client: str | None
) -> None:
    """A recipient is written to in the same language as in the chat, by the same rule."""
    await meet(database, CHAT, client_language=client)
    await StoredSubscriptions(database).subscribe(CHAT, TONLE_BASAK, CHAT, NOW)
    people = StoredPeople(database, ())
    if chosen:
        await people.choose_language(CHAT, chosen)
    person = await people.find(CHAT)
    assert person
    assert await addressees(database) == {CHAT: person.language}
