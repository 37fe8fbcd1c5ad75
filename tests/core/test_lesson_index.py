"""Lessons found by words: in Khmer and English, through slips and spellings, and no others."""

from datetime import UTC, datetime

import pytest

from bot.core.khmer import MAX_CHARACTERS
from bot.core.lesson_index import MOST_FOUND, LessonIndex
from bot.core.lessons import Lesson, LessonState

TEXTS = {
    1: ("សៀវភៅបញ្ជីបើកចំហ", "ឃុំបានបើកសៀវភៅបញ្ជីជូនពលរដ្ឋមើល។ ថវិកាឃុំត្រូវបានបិទផ្សាយនៅមុខសាលាឃុំ។"),
    2: ("អណ្តូងទឹកស្អាតសម្រាប់សាលារៀន", "ក្រុមប្រឹក្សាឃុំ និងអង្គការបានជីកអណ្តូងទឹកចំនួនបី។ សិស្សមានទឹកស្អាតប្រើ។"),
    3: (
        "Women plan the budget",
        "The commune invited women to the planning meeting. They want clean water.",
    ),
    4: ("យុវជន និងព្រៃសហគមន៍", "យុវជនបានដាំដើមឈើ ២០០០ ដើម ហើយការពារព្រៃឈើសហគមន៍ពីការកាប់ខុសច្បាប់។"),
    5: ("Community forest", "Youth planted trees with the council; illegal logging decreased after patrols."),
}
PLACES = {1: "120101", 3: "010201"}


def lesson(number: int, title: str, body: str, version: int = 1) -> Lesson:
    return Lesson(
        title=title,
        body=body,
        commune_code=PLACES.get(number, ""),
        id=number,
        author_id=1,
        state=LessonState.APPROVED,
        version=version,
        shared_at=datetime(2026, 12, 1, tzinfo=UTC),
    )


LESSONS = [lesson(number, *text) for number, text in TEXTS.items()]
INDEX = LessonIndex(LESSONS)


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("ទឹក", 2),
        ("ទឹកស្អាត", 2),
        ("ទឹក ស្អាត", 2),
        ("ទឺកស្អាត", 2),  # a slip
        ("អណ្ដូងទឹក", 2),  # coeng DA for coeng TA
        ("ថវិកា", 1),
        ("បញ្ចីបើកចំហ", 1),  # a slip
        ("ដើមឈើ", 4),
        ("ព្រៃឈើ", 4),
        ("budgets", 3),
        ("PLANNING", 3),
        ("how to get clean water", 3),
        ("comunity forest", 5),  # a slip
        ("trees", 5),
        ("Tonle Basak", 1),
        ("បន្ទាយមានជ័យ", 3),
        ("2000", 4),
        ("២០០០", 4),
    ],
)
def test_found(words: str, best: int) -> None:
    """Words, in any form in which people type them, lead to the lesson that holds them."""
    assert INDEX.search(words)[:1] == [best]


@pytest.mark.parametrize(
    "words",
    ["football", "បាល់ទាត់", "តម្លៃអង្ករថ្ងៃនេះ", "when is the next train", "xyz", "", " ។ ", "\u200b", "🙂"],
)
def test_nothing_fits(words: str) -> None:
    """What no lesson is about finds none."""
    assert INDEX.search(words) == []


def test_title_before_body() -> None:
    """A lesson that has the word in its title stands before one that only mentions it."""
    mentions = lesson(6, "Other", "We also talked about the forest, the road and the market at the meeting.")
    found = LessonIndex([*LESSONS, mentions]).search("forest")
    assert found == [5, 6]


def test_newer_before_older() -> None:
    """Of lessons that fit alike, the newer stands first; and no search finds too many."""
    many = [lesson(number, "Clean water", "The same text in all of them.") for number in range(1, 101)]
    assert LessonIndex(many).search("clean water") == list(range(100, 100 - MOST_FOUND, -1))


def test_the_end_of_a_long_lesson() -> None:
    """Also what stands far behind what the segmenter takes at once is found."""
    long = "ឃុំបានធ្វើការងារ។ " * (MAX_CHARACTERS // 5) + "ស្ពានឈើចាស់ត្រូវបានជួសជុល។"
    assert LessonIndex([*LESSONS, lesson(6, "x", long)]).search("ស្ពានឈើចាស់") == [6]


def test_changes_are_taken_up() -> None:
    """The next index knows new, changed and withdrawn lessons, and reads only what is new."""
    changed = lesson(1, "Roads", "A road was built.", version=2)
    after = LessonIndex([changed, *LESSONS[1:3]], INDEX)
    assert after.search("road") == [1]
    assert after.search("ថវិកា") == []
    assert after.search("trees") == []
    assert after.pages[1] is INDEX.pages[1]
    assert after.pages[0] is not INDEX.pages[0]


def test_no_lessons() -> None:
    """An empty library is searched without trouble."""
    assert LessonIndex().search("ទឹក") == []
