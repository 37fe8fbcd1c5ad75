"""Forms in the database: nothing is overwritten unseen, and one form of a chat is open at a time."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.forms import Form
from storage.database import Database
from storage.forms import StoredForms
from tests.storage.records import LATER, NOW, REQUEST, filled_form

CHAT = 7


async def test_save_and_load(database: Database, other: Database) -> None:
    """A saved form is found again, open, as it was, by another process too."""
    answers = {"organisation": "<b>&\"' 🙂\nក", "why": ""}
    saved = await StoredForms(database).save(Form(CHAT, "join", "contact", answers), NOW)
    assert saved
    assert (saved.chat_id, saved.kind, saved.step, saved.answers) == (CHAT, "join", "contact", answers)
    assert await StoredForms(other).open_in(CHAT) == saved
    assert await StoredForms(other).draft(CHAT, "join") == saved


async def test_nothing_there(database: Database) -> None:
    """A chat without forms has none open and no draft."""
    assert await StoredForms(database).open_in(CHAT) is None
    assert await StoredForms(database).draft(CHAT, "join") is None


async def test_each_save_is_a_new_version(database: Database) -> None:
    """Every save gives the form another version, so that buttons of earlier steps no longer fit."""
    forms = StoredForms(database)
    saved = await filled_form(database, "join", REQUEST, CHAT)
    versions = [saved.version]
    for step in ("contact", "why", "review"):
        again = await forms.save(replace(saved, step=step), LATER)
        assert again
        saved = again
        versions.append(saved.version)
    assert len(set(versions)) == 4
    assert 0 not in versions
    found = await forms.open_in(CHAT)
    assert found
    assert (found.step, found.version) == ("review", versions[-1])


async def test_versions_fit_a_button(database: Database) -> None:
    """A version is at most ten digits long: that is what the buttons' data leaves room for."""
    assert 0 < (await filled_form(database, "join", REQUEST, CHAT)).version < 10**10


async def test_a_new_form_begins_at_another_version(database: Database) -> None:
    """A button of an erased form does not fit the form that is begun after it."""
    forms = StoredForms(database)
    first = await filled_form(database, "join", REQUEST, CHAT)
    assert await forms.discard(first)
    second = await filled_form(database, "join", REQUEST, CHAT)
    assert second.version != first.version


async def test_stale_save(database: Database, other: Database) -> None:
    """A form that somebody saved meanwhile is not overwritten."""
    loaded = await filled_form(database, "join", REQUEST, CHAT)
    newer = await StoredForms(other).save(replace(loaded, step="why"), LATER)
    assert newer
    assert await StoredForms(database).save(replace(loaded, step="contact"), LATER) is None
    assert await StoredForms(database).open_in(CHAT) == newer


async def test_stale_save_lays_nothing_aside(database: Database) -> None:
    """A save that is refused leaves the chat's open form open."""
    forms = StoredForms(database)
    stale = await filled_form(database, "join", REQUEST, CHAT)
    assert await forms.save(replace(stale, step="why"), NOW)
    announcing = await filled_form(database, "announce", {}, CHAT)
    assert await forms.save(replace(stale, step="contact"), LATER) is None
    assert await forms.open_in(CHAT) == announcing


async def test_second_new_form_of_a_kind(database: Database) -> None:
    """A new form does not replace one of its kind that is already there."""
    first = await filled_form(database, "join", REQUEST, CHAT)
    assert await StoredForms(database).save(Form(CHAT, "join", "organisation"), LATER) is None
    assert await StoredForms(database).open_in(CHAT) == first


async def test_save_of_an_erased_form(database: Database) -> None:
    """A form that was erased meanwhile does not come back."""
    form = await filled_form(database, "join", REQUEST, CHAT)
    assert await StoredForms(database).discard(form)
    assert await StoredForms(database).save(form, LATER) is None
    assert await StoredForms(database).draft(CHAT, "join") is None


async def test_20_concurrent_saves(database: Database, other: Database) -> None:
    """Of twenty saves of one version at once, by two processes, exactly one wins, and its answers stay."""
    form = await filled_form(database, "join", {}, CHAT)
    saves = [
        StoredForms(through).save(replace(form, answers={"organisation": str(number)}), LATER)
        for number, through in enumerate([database, other] * 10)
    ]
    won = [saved for saved in await asyncio.gather(*saves) if saved]
    assert len(won) == 1
    assert await StoredForms(database).open_in(CHAT) == won[0]


async def test_20_concurrent_beginnings(database: Database, other: Database) -> None:
    """Of twenty forms of one kind begun at once in a chat, exactly one is there."""
    begins = [
        StoredForms(through).save(Form(CHAT, "join", "organisation"), NOW)
        for through in [database, other] * 10
    ]
    won = [saved for saved in await asyncio.gather(*begins) if saved]
    assert len(won) == 1
    assert await StoredForms(database).draft(CHAT, "join") == won[0]


async def test_one_is_open(database: Database) -> None:
    """Opening a form lays the others of the chat aside, as drafts; saving one of them opens it again."""
    forms = StoredForms(database)
    joining = await filled_form(database, "join", REQUEST, CHAT)
    announcing = await filled_form(database, "announce", {}, CHAT)
    assert await forms.open_in(CHAT) == announcing
    assert await forms.draft(CHAT, "join") == joining
    again = await forms.save(joining, LATER)
    assert await forms.open_in(CHAT) == again
    assert await forms.draft(CHAT, "announce") == announcing


async def test_concurrent_kinds(database: Database, other: Database) -> None:
    """However forms of several kinds are opened at once, one of them is open in the end."""
    kinds = ["join", "announce", "share", "subscribe"]
    await asyncio.gather(
        *(
            StoredForms(through).save(Form(CHAT, kind, "title"), NOW)
            for kind, through in zip(kinds, [database, other] * 2, strict=True)
        )
    )
    drafts = [await StoredForms(database).draft(CHAT, kind) for kind in kinds]
    assert all(drafts)
    opened = await StoredForms(database).open_in(CHAT)
    assert opened in drafts
    assert opened
    assert await StoredForms(database).discard(opened)
    assert await StoredForms(database).open_in(CHAT) is None


async def test_other_chats(database: Database) -> None:
    """What happens to the forms of one chat does nothing to another's."""
    forms = StoredForms(database)
    mine = await filled_form(database, "join", REQUEST, CHAT)
    theirs = await filled_form(database, "join", {}, CHAT + 1)
    await filled_form(database, "announce", {}, CHAT + 1)
    assert await forms.open_in(CHAT) == mine
    assert not await forms.discard(replace(mine, chat_id=CHAT + 2))
    assert await forms.discard(theirs)
    assert await forms.open_in(CHAT) == mine


@pytest.mark.parametrize("change", [-1, 1])
async def test_stale_discard(database: Database, change: int) -> None:
    """A form of another version is not erased."""
    form = await filled_form(database, "join", REQUEST, CHAT)
    forms = StoredForms(database)
    assert not await forms.discard(replace(form, version=form.version + change))
    assert await forms.discard(form)
    assert not await forms.discard(form)
    assert await forms.draft(CHAT, "join") is None
