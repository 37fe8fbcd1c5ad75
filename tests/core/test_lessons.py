"""What a lesson tells: its languages, its commune, and the ways in which it is written down."""

from datetime import UTC, datetime

import pytest

from bot.core.attachments import Attachment, AttachmentKind
from bot.core.forms import Moment, Refused
from bot.core.lessons import (
    OFFER_FIELDS,
    REVISE_FIELDS,
    SHARE_FIELDS,
    THEMES,
    Content,
    Lesson,
    LessonState,
    content_as_json,
    content_from_json,
    content_of,
    known_commune,
    may_be_read_by,
)

MOMENT = Moment(datetime(2026, 12, 1, tzinfo=UTC))
FILE = Attachment(AttachmentKind.PHOTO, "f", "u", "d", "ទឹក", "a")
FULL = Content("អណ្តូងទឹក", "ក្រុមប្រឹក្សា\nជីកអណ្តូង", ("planning", "services"), "120101", "CARE", (FILE,))
BARE = Content("Wells", "The council dug three wells.")


def lesson(state: LessonState) -> Lesson:
    return Lesson(title="x", body="y", id=1, author_id=7, state=state, version=1, shared_at=MOMENT.now)


@pytest.mark.parametrize("content", [FULL, BARE])
def test_written_and_read(content: Content) -> None:
    """What a form or the database holds of a lesson is read again as it was."""
    assert content_of(content.answers) == content
    assert content_from_json(content_as_json(content)) == content


def test_unknown_themes_fall_away() -> None:
    """Only themes of the list are kept, in its order and each once."""
    answers = {**BARE.answers, "themes": "services planning nothing planning"}
    assert content_of(answers).themes == ("planning", "services")


@pytest.mark.parametrize(
    ("body", "languages"),
    [
        ("ក្រុមប្រឹក្សាជីកអណ្តូង", ("km",)),
        ("The council dug three wells.", ("en",)),
        ("ក្រុមប្រឹក្សាជីកអណ្តូង\nThe council dug three wells.", ("km", "en")),
        ("ក្រុមប្រឹក្សា និង CARE ជីកអណ្តូង", ("km",)),
        ("12345", ()),
    ],
)
def test_languages(body: str, languages: tuple[str, ...]) -> None:
    """The languages of a lesson are found from its text; a name in Latin letters is no English."""
    assert Content("2026", body).languages == languages


def test_known_commune() -> None:
    """A commune is taken by its code or a name that only it has; else those that may be meant are named."""
    assert known_commune("120101", MOMENT) == "120101"
    assert known_commune("Tonle Basak", MOMENT) == "120101"
    several = known_commune("Svay Chek", MOMENT)
    assert isinstance(several, Refused)
    assert several.reason == "which_commune"
    assert len(several.choices) > 1
    assert all(known_commune(code, MOMENT) == code for code in several.choices)
    for nothing in ("999999", "no such place at all", "", "12"):
        assert known_commune(nothing, MOMENT) == Refused("no_commune")


@pytest.mark.parametrize("state", LessonState)
def test_who_may_read(state: LessonState) -> None:
    """Everybody reads what is approved; before, only its author and coordinators do."""
    everybody = state is LessonState.APPROVED
    assert may_be_read_by(lesson(state), 8, coordinates=False) is everybody
    assert may_be_read_by(lesson(state), 7, coordinates=False)
    assert may_be_read_by(lesson(state), 8, coordinates=True)


def test_forms_and_contents_agree() -> None:
    """Every form of a lesson asks for what a lesson holds, and themes are those that there are."""
    assert {field.name for field in REVISE_FIELDS} == set(BARE.answers) == {f.name for f in SHARE_FIELDS}
    assert {field.name for field in OFFER_FIELDS} == {*BARE.answers, "named"}
    assert len(set(THEMES)) == len(THEMES)
    assert all(theme.isascii() and theme.isalpha() and len(theme) <= 20 for theme in THEMES)
