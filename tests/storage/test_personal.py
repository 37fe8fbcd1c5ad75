"""What becomes of every column once somebody is forgotten, and what is forgotten by itself in time."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Column, String, insert, select, update
from sqlalchemy.dialects import postgresql

from bot.core.broadcasts import BroadcastState, DeliveryState, Ended, Later, Subject, settle
from bot.core.personal import Differs, Forgotten
from bot.core.retention import Retention
from storage import tables
from storage.accounts import StoredAccounts
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.deliveries import StoredDeliveries
from storage.inbox import StoredInbox
from storage.personal.declared import ERASED_WORDS, STAYS, rules
from storage.personal.forgetting import StoredPersonalData
from storage.personal.keeping import StoredKeeping
from storage.personal.numbers import LEAST_STRANGER, stranger
from storage.tables import metadata
from tests.attending import forum, seat
from tests.storage.records import COORDINATOR, NOW, TEXTS, broadcast, filled_form, meet, subscribe

ME, OTHER = 7001, 7002
LONG_AGO = NOW - timedelta(days=5000)


@pytest.fixture
async def personal(database: Database) -> StoredPersonalData:
    await meet(database, ME, OTHER)
    return StoredPersonalData(database, ())


async def forget(personal: StoredPersonalData, person_id: int = ME) -> Forgotten:
    told = await personal.farewell(person_id, NOW)
    done = await personal.forget(person_id, told.digest, NOW)
    assert isinstance(done, Forgotten)
    return done


async def put(database: Database, table: Any, **values: Any) -> int:
    async with database.write() as connection:
        key = (await connection.execute(insert(table).values(values))).inserted_primary_key
        return int(key[0]) if key else 0


async def row(database: Database, table: Any) -> Mapping[str, Any]:
    async with database.read() as connection:
        return dict((await connection.execute(select(table))).mappings().one())


# The declaration.


def is_technical(column: Column[Any]) -> bool:
    """The row's own number, or one that leads to a row which is no person."""
    if column.foreign_keys:
        return all(key.column.table is not tables.people for key in column.foreign_keys)
    return column.name == "id" and column.table is not tables.people and column.table is not tables.updates


def may_be_personal(column: Column[Any]) -> bool:
    long = isinstance(column.type, String) and (column.type.length or 99) > 20
    return isinstance(column.type, BigInteger | JSON) or bool(column.foreign_keys) or long


def test_every_column_is_declared() -> None:
    """Each column that can hold a person's number or words has a rule, or stays for a reason."""
    every = rules(NOW)
    numbers = {str(rule.column) for rule in every}
    changed = {f"{rule.table.name}.{name}" for rule in every for name in rule.after or ()}
    # Whole rows of a person's own go, whatever else stands in them.
    gone = {rule.table for rule in every if rule.goes and not rule.where}
    gone |= {tables.forms}  # by two rules
    undeclared = []
    for table in metadata.sorted_tables:
        for column in table.c:
            if not may_be_personal(column) or is_technical(column):
                continue
            declared = {str(column)} & (numbers | changed | set(STAYS))
            is_number = isinstance(column.type, BigInteger)
            if not declared and (is_number or table not in gone):
                undeclared.append(str(column))
    assert undeclared == []


def test_nothing_is_declared_that_there_is_not() -> None:
    """What stays is a column that there is, and for which no rule says otherwise."""
    columns = {str(column) for table in metadata.tables.values() for column in table.c}
    assert set(STAYS) <= columns
    taken_out = {f"{rule.table.name}.{name}" for rule in rules(NOW) for name in rule.after or ()}
    # Emptied with another, and told here as well: nothing else stands twice.
    assert set(STAYS) & taken_out == {"broadcasts.watch_message_id"}


def test_strangers_on_both_databases() -> None:
    """PostgreSQL draws strangers' numbers in its own words."""
    dialect: Any = postgresql.asyncpg
    written = str(stranger().compile(dialect=dialect.dialect()))
    assert "floor(random()" in written and "::bigint" in written


async def test_strangers(database: Database) -> None:
    """Every row gets a number of its own, which no chat of Telegram has."""
    async with database.read() as connection:
        drawn = [await connection.scalar(select(stranger())) for _ in range(100)]
    assert len(set(drawn)) == 100
    assert all(number is not None and -(2**54) <= number <= LEAST_STRANGER for number in drawn)


# Forgetting.


async def test_nothing_is_done_half(personal: StoredPersonalData, database: Database) -> None:
    """When something has changed since it was told, nothing at all is erased."""
    told = await personal.farewell(ME, NOW)
    await subscribe(database, ME)
    before = await personal.records(ME, NOW)
    assert await personal.forget(ME, told.digest, NOW) == Differs()
    assert await personal.records(ME, NOW) == before != []


@pytest.mark.parametrize("category", ["forums", None])
async def test_a_copy_on_its_way(
    personal: StoredPersonalData, database: Database, category: str | None
) -> None:
    """A copy that is being sent when its reader is forgotten is counted, and not tried a second time."""
    await subscribe(database, ME, OTHER)
    kept = await broadcast(database)
    async with database.write() as connection:  # without a category it is meant for them, subscribed or not
        await connection.execute(update(tables.broadcasts).values(category=category))
    deliveries = StoredDeliveries(database)
    parcels = await deliveries.claim(NOW, most=2)
    await forget(personal)
    failed = settle(Later("no network", timedelta(0)), 1, NOW)
    await deliveries.settle([Ended(one, failed) for one in parcels], NOW)
    again = await deliveries.claim(NOW + timedelta(hours=1), most=2)
    assert [one.chat_id for one in again] == [OTHER]
    tally = await StoredAccounts(database).tally(kept.id)
    assert (tally[DeliveryState.SKIPPED], tally.total) == (1, 2)
    names = [one.name for one in await StoredAccounts(database).recipients(kept.id)]
    assert sorted(names) == ["", f"person {OTHER}"]


async def test_two_people_found_the_same_useful(personal: StoredPersonalData, database: Database) -> None:
    """Votes of several forgotten people for one lesson stay apart."""
    lesson = {"title": "ក", "body": "ខ", "shared_by": 1, "shared_at": NOW, "state": "approved"}
    lesson_id = await put(database, tables.lessons, **lesson)
    for person_id in (ME, OTHER):
        await put(database, tables.lesson_useful, lesson_id=lesson_id, person_id=person_id, at=NOW)
        read = {"commune_code": "120101", "chat_id": person_id, "person_id": person_id, "read_at": NOW}
        await put(database, tables.readings, lesson_id=lesson_id, **read)
    await forget(personal)
    await forget(personal, OTHER)
    async with database.read() as connection:
        for table in (tables.lesson_useful, tables.readings):
            assert len((await connection.execute(select(table))).all()) == 2


async def test_updates_that_wait(personal: StoredPersonalData, database: Database) -> None:
    """What the person sent and nobody has handled is emptied; what others sent stays."""
    inbox = StoredInbox(database)
    for number, person_id in enumerate((ME, OTHER)):
        sent = {"update_id": number, "message": {"from": {"id": person_id}, "text": "ជម្រាបសួរ"}}
        await inbox.keep(number, sent, NOW)
    await forget(personal)
    assert [one.payload["update_id"] for one in await inbox.left_over()] == [1]


async def test_a_seat_that_was_used(personal: StoredPersonalData, database: Database) -> None:
    """Who is checked in before the event begins has come: the seat stays taken, as nobody's."""
    event = await forum(database, NOW + timedelta(hours=1))
    await seat(database, event, "សុខា", "AAAAAA", person_id=ME, own=True, attended_at=NOW)
    assert (await forget(personal)).events == []
    kept = await row(database, tables.registrations)
    assert (kept["person_id"], kept["name"], kept["code"]) == (None, "", None)
    assert kept["attended_at"] == NOW
    assert (await row(database, tables.events))["taken"] == 1


async def test_names_in_others_messages(personal: StoredPersonalData, database: Database) -> None:
    """A coordinator's name goes out of what is still to be sent; a longer word that holds it stays."""
    form = await filled_form(
        database,
        "announce",
        {"kind": "local", "title": "ក", "date": "2027-01-15", "time": "08:30", "place": "ខ"},
        ME,
    )
    texts: Mapping[Any, str] = {"km": f"ពី person {ME}។", "en": f"person {ME}: person {ME}0"}
    confirm = StoredBroadcasts(database).confirm
    assert await confirm(form, Subject.EVENT, f"person {ME}", texts, ME, NOW)
    await forget(personal)
    kept = await row(database, tables.broadcasts)
    assert kept["texts"] == {"km": f"ពី {ERASED_WORDS}។", "en": f"{ERASED_WORDS}: person {ME}0"}
    assert kept["title"] == ERASED_WORDS
    assert (kept["created_by"], kept["state"]) == (0, BroadcastState.SENDING)


# In time.


KEPT = Retention(askers=10, talks=20, drafts=30, requests=40, names=50, deliveries=60, invitations=70)


@pytest.fixture
async def aged(database: Database) -> AsyncIterator[Database]:
    """One of everything that is kept for a time, as old as NOW."""
    await meet(database, ME)
    asked = {"text": "សំណួរ", "language": "km", "result": "unknown", "offered": [], "asked_at": NOW}
    await put(database, tables.questions, person_id=ME, **asked)
    talk = {"question": "សំណួរ", "asked_at": NOW, "spoken_at": NOW}
    await put(database, tables.inquiries, person_id=ME, state="closed", **talk)
    await put(database, tables.inquiries, person_id=ME, state="waiting", **talk)
    await filled_form(database, "join", {"organisation": "ក"}, ME)
    request = {"person_id": ME, "organisation": "ក", "contact": "ខ", "telephone": "012", "why": "គ"}
    times = {"created_at": NOW, "waits_since": NOW, "decided_at": NOW}
    for state in ("declined", "withdrawn", "approved", "new"):
        await put(database, tables.membership_requests, state=state, **request, **times)
    event = await forum(database, NOW)
    await seat(database, event, "សុខា", "AAAAAA", person_id=ME, own=True, gender="f", attended_at=NOW)
    told = {"event_id": event, "person_id": ME, "stars": 5, "sentence": "ល្អ", "given_at": NOW}
    await put(database, tables.feedback, **told)
    sent = {"texts": dict(TEXTS), "created_by": COORDINATOR, "created_at": NOW, "starts_at": NOW}
    for subject in (Subject.LESSON, Subject.SEAT):
        values = {"subject": subject, "subject_id": 1, "title": "ក", "state": "done", "finished_at": NOW}
        kept = await put(database, tables.broadcasts, **values, **sent)
        copy = {"chat_id": ME, "language": "km", "state": "sent", "message_id": 5, "next_attempt_at": NOW}
        await put(database, tables.deliveries, broadcast_id=kept, **copy)
    links = {"a": (NOW, None), "b": (NOW, NOW), "c": (NOW + timedelta(days=9999), None)}
    async with database.write() as connection:
        for digest, (expires_at, used_at) in links.items():
            made: dict[str, Any] = {"digest": digest, "expires_at": expires_at, "used_at": used_at}
            made |= {"role": 1, "created_by": ME, "created_at": NOW}
            await connection.execute(insert(tables.invitations).values(made))
    yield database


ALL = {"askers": 1, "talks": 1, "drafts": 1, "requests": 2, "names": 2, "deliveries": 3, "invitations": 2}


async def test_each_in_its_time(aged: Database) -> None:
    """Each thing is forgotten when it is older than its setting says, not before, and once."""
    keeping = StoredKeeping(aged, KEPT)
    done: list[str] = []
    for days in range(10, 80, 10):
        assert await keeping.tidy(NOW + timedelta(days=days)) == {}
        forgotten = await keeping.tidy(NOW + timedelta(days=days, seconds=1))
        (name,) = forgotten
        assert forgotten == {name: ALL[name]}
        done.append(name)
    assert done == list(ALL)
    assert await keeping.tidy(NOW + timedelta(days=3650)) == {}


async def test_counts_stay_in_time(aged: Database) -> None:
    """What is counted stays: questions, who came by gender, stars, deliveries; so do open requests."""
    await StoredKeeping(aged, KEPT).tidy(NOW + timedelta(days=3000))
    question = await row(aged, tables.questions)
    assert (question["person_id"], question["text"]) == (None, "សំណួរ")
    registration = await row(aged, tables.registrations)
    assert (registration["person_id"], registration["name"], registration["code"]) == (None, "", None)
    assert (registration["gender"], registration["attended_at"]) == ("f", NOW)
    assert (await row(aged, tables.feedback))["stars"] == 5
    async with aged.read() as connection:
        states = set(await connection.scalars(select(tables.membership_requests.c.state)))
        chats = list(await connection.scalars(select(tables.deliveries.c.chat_id)))
        titles = list(await connection.scalars(select(tables.broadcasts.c.title)))
    assert states == {"approved", "new"}
    assert len(chats) == 2 and max(chats) <= LEAST_STRANGER
    assert titles == ["ក", ERASED_WORDS]
    assert (await row(aged, tables.inquiries))["state"] == "waiting"


async def test_the_defaults(aged: Database) -> None:
    """With the settings as they are, a question is nobody's after 90 days, and a draft is gone after 30."""
    keeping = StoredKeeping(aged, Retention())
    assert await keeping.tidy(NOW + timedelta(days=30)) == {}
    assert set(await keeping.tidy(NOW + timedelta(days=31))) == {"drafts", "invitations"}
    assert set(await keeping.tidy(NOW + timedelta(days=91))) == {"askers", "talks"}


async def test_what_is_erased_is_overwritten(database: Database) -> None:
    """After the nightly tidying nothing of what it erased is left in the file or its log."""
    await filled_form(database, "join", {"why": "ZZERASED" * 500}, ME)
    async with database.write() as connection:
        await connection.execute(update(tables.forms).values(saved_at=LONG_AGO))
    assert await StoredKeeping(database, Retention()).tidy(NOW) == {"drafts": 1}
    for ending in ("", "-wal"):
        assert b"ZZERASED" not in database.file.with_name(f"{database.file.name}{ending}").read_bytes()


async def test_somebody_reads_meanwhile(database: Database) -> None:
    """While another process reads, what is erased is erased; the file is cleaned by the next one."""
    assert await database.scrub()
    async with database.read() as connection:
        await connection.execute(select(tables.people))
        hasty = Database(str(database.engine.url), busy_timeout_ms=50)
        assert not await hasty.scrub()
        await hasty.close()
    assert await database.scrub()
