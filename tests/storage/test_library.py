"""The library of lessons: offered, decided once, changed unseen by nobody, counted once a person."""

import asyncio

import pytest

from bot.core.forms import Form
from bot.core.lessons import (
    AlreadyDecided,
    Changed,
    Decided,
    Lesson,
    LessonState,
    OwnLesson,
    Report,
    content_of,
)
from bot.library import Library
from storage.database import Database
from storage.lessons import StoredLessons
from tests.storage.records import COORDINATOR, LATER, LESSON, NOW, TONLE_BASAK, filled_form, meet

AUTHOR, SECOND = 7, 2
OFFER = {**LESSON, "themes": "budget women", "commune": TONLE_BASAK, "named": "yes", "attachments": ""}


async def offered(database: Database, **answers: str) -> Lesson:
    form = await filled_form(database, "offer", {**OFFER, **answers}, AUTHOR)
    lesson = await StoredLessons(database).offer(form, AUTHOR, NOW)
    assert lesson
    return lesson


async def approved(database: Database, **answers: str) -> Lesson:
    lesson = await offered(database, **answers)
    decision = await StoredLessons(database).decide(
        lesson.id, lesson.version, LessonState.APPROVED, COORDINATOR, NOW
    )
    assert isinstance(decision, Decided)
    return decision.lesson


async def revision(database: Database, lesson: Lesson, by: int, **answers: str) -> Form:
    seen = {"lesson": str(lesson.id), "version": str(lesson.version)}
    return await filled_form(database, "revise", {**lesson.content.answers, **seen, **answers}, by)


async def test_offered(database: Database) -> None:
    """An offered lesson is kept as it was typed, waits, and stands in no list."""
    lesson = await offered(database)
    assert lesson.content == content_of(OFFER)
    assert (lesson.state, lesson.version, lesson.named, lesson.author_id) == ("offered", 1, True, AUTHOR)
    stored = StoredLessons(database)
    assert await stored.waiting() == [lesson] == await stored.of_author(AUTHOR)
    assert await stored.newest(0) == ([], 0)
    assert await stored.by_id([lesson.id]) == []
    assert await stored.themes() == {} == await stored.provinces()


async def test_offered_once(database: Database) -> None:
    """The same form, confirmed twice, is one lesson."""
    form = await filled_form(database, "offer", OFFER, AUTHOR)
    stored = StoredLessons(database)
    made = await asyncio.gather(*(stored.offer(form, AUTHOR, NOW) for _ in range(5)))
    assert len([one for one in made if one]) == 1
    assert len(await stored.waiting()) == 1


async def test_two_reviewers(database: Database, other: Database) -> None:
    """Of many decisions at once, from two processes, one counts; the others learn which."""
    lesson = await offered(database)
    states = (LessonState.APPROVED, LessonState.RETURNED, LessonState.DECLINED)
    decisions = await asyncio.gather(
        *(
            StoredLessons(where).decide(lesson.id, 1, state, by, NOW, "why")
            for state in states
            for where, by in ((database, COORDINATOR), (other, SECOND))
        )
    )
    first = [one.lesson for one in decisions if isinstance(one, Decided)]
    before = [one.lesson for one in decisions if isinstance(one, AlreadyDecided)]
    assert len(first) == 1
    assert before == first * 5
    assert [one.deed for one in await StoredLessons(database).versions(lesson.id)] == [
        first[0].state,
        "offered",
    ]


async def test_own(database: Database) -> None:
    """Nobody decides on what they offered themselves."""
    lesson = await offered(database)
    decision = await StoredLessons(database).decide(lesson.id, 1, LessonState.APPROVED, AUTHOR, NOW)
    assert decision == OwnLesson(lesson)
    assert await StoredLessons(database).lesson(lesson.id) == lesson


async def test_decided_unseen(database: Database) -> None:
    """What was changed since it was looked at is not decided on; what there is not, neither."""
    lesson, stored = await offered(database), StoredLessons(database)
    changed = await stored.revise(await revision(database, lesson, SECOND, title="New"), SECOND, NOW)
    assert changed
    assert await stored.decide(lesson.id, 1, LessonState.APPROVED, COORDINATOR, NOW) == Changed(changed)
    assert await stored.decide(99, 1, LessonState.APPROVED, COORDINATOR, NOW) is None


async def test_returned_and_offered_again(database: Database) -> None:
    """A returned lesson is changed by its author only, waits again, and every version is kept."""
    lesson, stored = await offered(database), StoredLessons(database)
    decision = await stored.decide(lesson.id, 1, LessonState.RETURNED, COORDINATOR, NOW, "how many?")
    assert isinstance(decision, Decided)
    returned = decision.lesson
    assert await stored.revise(await revision(database, returned, SECOND), SECOND, NOW) is None
    again = await stored.revise(await revision(database, returned, AUTHOR, body="120 people"), AUTHOR, LATER)
    assert again
    assert (again.state, again.body, again.reason, again.version) == ("offered", "120 people", "", 3)
    versions = await stored.versions(lesson.id)
    assert [(one.number, one.deed, one.by, one.at) for one in versions] == [
        (3, "edited", AUTHOR, LATER),
        (2, "returned", COORDINATOR, NOW),
        (1, "offered", AUTHOR, NOW),
    ]
    assert [one.content.body for one in versions] == ["120 people", LESSON["body"], LESSON["body"]]
    assert versions[1].reason == "how many?"


async def test_two_editors(database: Database) -> None:
    """Of two who edit the same version, the second is refused, and keeps the form."""
    lesson, stored = await approved(database), StoredLessons(database)
    forms = [await revision(database, lesson, by, title=str(by)) for by in (COORDINATOR, SECOND)]
    assert await stored.revise(forms[0], COORDINATOR, NOW)
    assert await stored.revise(forms[1], SECOND, NOW) is None
    found = await stored.lesson(lesson.id)
    assert found
    assert (found.title, found.state, found.author_id) == (str(COORDINATOR), "approved", AUTHOR)


async def test_declined_is_final(database: Database) -> None:
    """A declined lesson is changed by nobody."""
    lesson, stored = await offered(database), StoredLessons(database)
    decision = await stored.decide(lesson.id, 1, LessonState.DECLINED, COORDINATOR, NOW, "no lesson")
    assert isinstance(decision, Decided)
    for by in (AUTHOR, COORDINATOR):
        assert await stored.revise(await revision(database, decision.lesson, by), by, NOW) is None


async def test_lists(database: Database) -> None:
    """Lessons are listed by theme and by province, with their numbers; those without have none."""
    first = await approved(database)
    second = await approved(database, themes="women", commune="010201")
    await approved(database, themes="", commune="")
    stored = StoredLessons(database)
    assert await stored.themes() == {"budget": 1, "women": 2}
    assert await stored.provinces() == {"01": 1, "12": 1}
    assert await stored.newest(0, theme="women") == ([second, first], 1)
    assert await stored.newest(0, theme="budget") == ([first], 1)
    assert await stored.newest(0, theme="wom") == ([], 0)
    assert await stored.newest(0, province="01") == ([second], 1)
    assert await stored.newest(0, province="02") == ([], 0)
    assert await stored.by_id([first.id, 99, second.id]) == [first, second]


async def test_useful(database: Database, other: Database) -> None:
    """Each person counts once, however many press at once, and a second press takes it back."""
    lesson, stored = await approved(database), StoredLessons(database)
    await meet(database, *range(10, 20))
    pressed = await asyncio.gather(
        *(
            StoredLessons(where).find_useful(lesson.id, person, None, NOW)
            for person, where in zip(range(10, 20), (database, other) * 5, strict=True)
        )
    )
    assert pressed == [True] * 10
    assert await stored.useful(lesson.id) == 10
    # Two presses of one person at once, on two processes: one gives, one takes back.
    await meet(database, 20)
    both = await asyncio.gather(
        *(StoredLessons(where).find_useful(lesson.id, 20, None, NOW) for where in (database, other))
    )
    assert sorted(map(bool, both)) == [False, True]
    assert await stored.find_useful(lesson.id, 10, None, NOW) is False
    assert await stored.useful(lesson.id) == 9


async def test_useful_only_what_can_be_read(database: Database) -> None:
    """What is not approved, or not there, is found useful by nobody."""
    lesson, stored = await offered(database), StoredLessons(database)
    await meet(database, 10)
    assert await stored.find_useful(lesson.id, 10, None, NOW) is None
    assert await stored.find_useful(99, 10, None, NOW) is None


async def reported(database: Database, lesson: Lesson) -> Report | None:
    answers = {"lesson": str(lesson.id), "commune": "010201", "body": "It went well."}
    form = await filled_form(database, "tried", answers, AUTHOR)
    return await StoredLessons(database).report(form, AUTHOR, NOW)


async def test_report(database: Database) -> None:
    """A report becomes part of the lesson once somebody else let it through, and is decided on once."""
    lesson, stored = await approved(database), StoredLessons(database)
    report = await reported(database, lesson)
    assert report
    assert await stored.waiting_reports() == [report]
    assert await stored.reports(lesson.id) == []
    assert not await stored.decide_report(report.id, LessonState.APPROVED, AUTHOR, NOW)
    decided = await asyncio.gather(
        *(
            stored.decide_report(report.id, state, COORDINATOR, NOW)
            for state in (LessonState.APPROVED, LessonState.DECLINED)
        )
    )
    assert sorted(decided) == [False, True]
    assert await stored.waiting_reports() == []
    shown = await stored.reports(lesson.id)
    assert [one.body for one in shown] == (["It went well."] if decided[0] else [])


async def test_report_about_what_nobody_can_read(database: Database) -> None:
    """Of a lesson that is not approved nothing is reported."""
    assert await reported(database, await offered(database)) is None


@pytest.mark.parametrize("same_process", [True, False])
async def test_the_index_follows(database: Database, other: Database, same_process: bool) -> None:
    """Every process finds a lesson as soon as it is approved, and only by what it says now."""
    library = Library(StoredLessons(database if same_process else other))
    lesson = await offered(database, title="Clean water")
    assert await library.search("water") == []
    stored = StoredLessons(database)
    await stored.decide(lesson.id, 1, LessonState.APPROVED, COORDINATOR, NOW)
    assert [one.id for one in await library.search("water")] == [lesson.id]
    found = await stored.lesson(lesson.id)
    assert found
    assert await stored.revise(await revision(database, found, COORDINATOR, title="Roads"), COORDINATOR, NOW)
    assert await library.search("water") == []
    assert [one.title for one in await library.search("roads")] == ["Roads"]
    assert not await library.refresh()
