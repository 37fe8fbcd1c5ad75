"""Published versions: numbered, never overwritten, and seen by every replica."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.knowledge import Change, Entry
from storage.database import Database
from storage.knowledge import StoredVersions
from tests.storage.records import NOW

BY = 1004
ENTRY = Entry("books", "សៀវភៅ?", "Books?", "ពីរ", "Two", ("how-many", "what"), ("ចំនួនសៀវភៅ",), "…", ("a",))


@pytest.fixture
def versions(database: Database) -> StoredVersions:
    return StoredVersions(database)


async def test_versions_are_numbered(versions: StoredVersions) -> None:
    """What is published comes back as it was, newest first."""
    first = await versions.publish(Change(ENTRY, "about"), 0, BY, NOW)
    assert first and (first.number, first.change) == (1, Change(ENTRY, "about"))
    retired = Change(replace(ENTRY, answer_km="បី"), "about", retired=True)
    second = await versions.publish(retired, 1, BY, NOW)
    assert second and await versions.of("books") == [second, first]
    assert await versions.current() == [second]


async def test_nothing_is_overwritten(versions: StoredVersions, other: Database) -> None:
    """Of two coordinators who changed the same version, one publishes and the other is told."""
    await versions.publish(Change(ENTRY, "about"), 0, BY, NOW)
    published = await asyncio.gather(
        versions.publish(Change(ENTRY, "about"), 1, BY, NOW),
        StoredVersions(other).publish(Change(ENTRY, "joining"), 1, BY + 1, NOW),
    )
    assert [version is None for version in published].count(True) == 1
    assert await versions.publish(Change(ENTRY, "about"), 1, BY, NOW) is None


async def test_the_newest_number_grows(versions: StoredVersions) -> None:
    """Whatever is published changes the number by which replicas see that something is new."""
    seen = [await versions.newest()]
    for number in range(3):
        await versions.publish(Change(ENTRY, "about"), number, BY, NOW)
        seen.append(await versions.newest())
    assert seen == sorted(set(seen))
