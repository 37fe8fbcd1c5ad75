"""Buttons and files as answers in a form."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.attachments import Attachment, AttachmentKind, from_text
from bot.core.forms import (
    REVIEW,
    Field,
    Form,
    Moment,
    Refused,
    answer,
    attach,
    begin,
    change,
    counts,
    done,
    empty,
    files_only,
    one_of,
    pick,
    text_between,
)

MOMENT = Moment(datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh")))
GATHERING = (
    Field("title", text_between(1, 50)),
    Field("colours", one_of(("red", "blue")), choices=("red", "blue"), several=True),
    Field("files", files_only, optional=True, files=2),
    Field("size", one_of(("big", "small")), choices=("big", "small")),
    Field("remark", text_between(1, 50), optional=True, later=True),
)


def form(step: str, **answers: str) -> Form:
    return Form(7, "lesson", step, answers, 41)


def file(name: str) -> Attachment:
    return Attachment(AttachmentKind.DOCUMENT, name, f"u{name}")


def gathered(before: Form, *moves: str) -> Form:
    """The form after moves, each of which must be taken."""
    after: Form | Refused = before
    for move in moves:
        assert isinstance(after, Form)
        verb, _, value = move.partition(" ")
        match verb:
            case "pick":
                after = pick(after, GATHERING, value, MOMENT)
            case "attach":
                after = attach(after, GATHERING, file(value))
            case "done":
                after = done(after, GATHERING)
            case _:
                after = empty(after, GATHERING)
    assert isinstance(after, Form)
    return after


def test_several_are_picked_until_done() -> None:
    """Picking puts in and takes out again, and only Done goes on."""
    asked = form("colours", title="x")
    both = gathered(asked, "pick red", "pick blue")
    assert both.answers["colours"] == "red blue"
    assert both.step == "colours"
    assert gathered(both, "pick red", "done").answers["colours"] == "blue"
    assert gathered(both, "done").step == "files"


def test_quick_picks() -> None:
    """A press on a button shown before the pick before counts; one of before the picking does not."""
    asked = form("colours", title="x")
    first = replace(gathered(asked, "pick red"), version=42)
    second = replace(gathered(first, "pick blue"), version=43)
    assert counts(second, GATHERING, "pick", 43)
    assert counts(second, GATHERING, "pick", 42)
    assert counts(second, GATHERING, "pick", 41)
    assert not counts(second, GATHERING, "pick", 40)
    assert not counts(second, GATHERING, "pick", 44)
    assert not counts(second, GATHERING, "done", 42)
    further = replace(gathered(second, "done"), version=44)
    assert not counts(further, GATHERING, "pick", 43)


def test_needed_picks() -> None:
    """Where something must be picked, Done is refused until it is, also after taking all out again."""
    asked = form("colours", title="x")
    assert done(asked, GATHERING) == Refused("needed")
    assert done(gathered(asked, "pick red", "pick red"), GATHERING) == Refused("needed")
    assert empty(asked, GATHERING) == Refused("needed")


def test_one_is_picked() -> None:
    """Where one is to be picked, the press goes on; a value that is not offered is refused."""
    asked = form("size", title="x", colours="red", files="")
    picked_one = pick(asked, GATHERING, "big", MOMENT)
    assert isinstance(picked_one, Form)
    assert picked_one.answers["size"] == "big"
    for field in ("size", "colours"):
        assert pick(form(field, title="x"), GATHERING, "huge", MOMENT) == Refused("pick_please")


def test_files_are_attached_until_done() -> None:
    """Files are kept in the order sent, each once, and no more than fit; none are needed."""
    asked = form("files", title="x", colours="red")
    two = gathered(asked, "attach a", "attach b")
    assert [one.file_id for one in from_text(two.answers["files"])] == ["a", "b"]
    assert attach(two, GATHERING, file("a")) == Refused("same_file")
    assert attach(two, GATHERING, file("c")) == Refused("many_files")
    assert gathered(two, "done").step == "size"
    assert gathered(two, "empty", "done").answers["files"] == ""
    assert gathered(asked, "done").step == "size"


def test_gathering_where_nothing_is_gathered() -> None:
    """Files and Done are refused where the form asks something else, or nothing."""
    for step in ("title", "size", REVIEW):
        asked = form(step, **({} if step == "title" else {"title": "x", "colours": "red", "files": ""}))
        if step == REVIEW:
            asked = replace(asked, answers={**asked.answers, "size": "big", "remark": ""})
        assert attach(asked, GATHERING, file("a")) == Refused("review")
        assert done(asked, GATHERING) == Refused("review")


def test_later_fields_are_not_asked() -> None:
    """A field for later is empty from the beginning, and can be filled in at the review."""
    new = begin(7, "lesson", GATHERING)
    assert (new.step, new.answers) == ("title", {"remark": ""})
    whole = begin(7, "lesson", GATHERING, {"title": "x", "colours": "red", "files": "", "size": "big"})
    assert whole.step == REVIEW
    changed = answer(change(whole, GATHERING, "remark"), GATHERING, "well", MOMENT)
    assert isinstance(changed, Form)
    assert (changed.step, changed.answers["remark"]) == (REVIEW, "well")
