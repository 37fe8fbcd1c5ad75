"""Every sentence is there in both languages, is used, fits Telegram, and passes on its values verbatim."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from markupsafe import escape

import messages.catalogue
from bot.app import KNOWLEDGE
from bot.core.audit import ALL, DEEDS
from bot.core.audit import KINDS as DEED_KINDS
from bot.core.broadcasts import NOTICES, BroadcastState, DeliveryState, Subject
from bot.core.directory import OrganisationKind
from bot.core.events.event import EventKind
from bot.core.events.notices import Notice, NoticeState
from bot.core.events.registrations import CONCERNED, Deed, Gender, RegistrationState
from bot.core.events.rules import Every
from bot.core.events.telling import Ahead
from bot.core.lessons import THEMES, LessonState
from bot.core.membership import OPEN, DeedKind, Reason, RequestState
from bot.core.people import LANGUAGES, Ability, Language
from bot.core.plans import REPORTED, StepState
from bot.core.subscribers import Category, Pause, Rhythm, Subscriber
from bot.core.team import ROLES
from bot.exchange import REASONS
from bot.knowledge import read_knowledge
from bot.sandbox.api.tdlib import parse_html, units
from handlers import councils, lessons, membership
from handlers.audit import COLUMNS as AUDIT_COLUMNS
from handlers.broadcasts import approvals
from handlers.events import (
    announcing,
    attendance,
    cancelling,
    changing,
    door,
    feedback,
    minutes,
    party,
    seats,
    walk_ins,
)
from handlers.forms import PRESS, FormKind
from handlers.forms.asking import picking
from handlers.keyboards import button
from handlers.knowledge import editing
from handlers.lessons import offering, reporting, reviewing
from handlers.membership.listing import COLUMNS as MEMBERS_COLUMNS
from handlers.menus import COMMANDS
from handlers.places import COORDINATOR_PLACES, PLACES
from handlers.plans import reporting as plans_reporting
from handlers.plans import writing as plans_writing
from handlers.plans.progress import COLUMNS
from handlers.privacy import MEANS, ORDER
from handlers.subscribers import settings
from handlers.subscribers.chosen import button_for
from handlers.team import appointing, inviting
from handlers.team.appointing import DEEDS as TEAM_DEEDS
from messages.catalogue import FOLDER, read_catalogue

ROOT = Path(messages.catalogue.__file__).parent.parent
NASTY = """<b>&"' </b> &amp; 🙂 {0} {x} ក"""
CATALOGUE = read_catalogue()
KNOWN = read_knowledge(KNOWLEDGE)
KINDS: tuple[FormKind, ...] = (
    councils.SUBSCRIBE,
    membership.JOIN,
    membership.REPLY,
    membership.ADMIT,
    membership.DECLINE,
    announcing.ANNOUNCE,
    announcing.PROPOSED,
    changing.AMEND,
    cancelling.CANCELLING,
    feedback.FEEDBACK,
    minutes.MINUTES,
    party.PARTY,
    seats.GUEST,
    door.DOOR,
    walk_ins.WALK_IN,
    membership.CLARIFY,
    membership.PROFILE,
    membership.NAMING,
    lessons.SHARE,
    lessons.CORRECT,
    approvals.REFUSE,
    offering.OFFER,
    offering.REVISE,
    reviewing.VERDICT,
    reporting.TRIED,
    plans_writing.STEP,
    plans_writing.RESTEP,
    plans_reporting.DONE,
    plans_reporting.UNDONE,
    editing.ENTRY,
    settings.PAUSE,
    inviting.INVITE,
    appointing.LIMITS,
)
FORBIDDEN_SPELLINGS = ["អោយ", "ឲ្យ", "សំរាប់", "សំរួល", "សំរេច", "ពត៌មាន", "ពត៍មាន", "ទូរសព្ទ", " ។", "\u200b។"]


def read(name: str) -> Catalog:
    with (FOLDER / name).open("rb") as file:
        return read_po(file, abort_invalid=True)


def messages_of(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


ENGLISH, KHMER = read("messages.pot"), read("km.po")
KEYS = [str(message.context) for message in messages_of(ENGLISH)]


def forms_of(text: object) -> list[str]:
    """One text, or the texts for one and for several."""
    return [str(form) for form in text] if isinstance(text, (list, tuple)) else [str(text)]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


# Where the code uses which key.


@cache
def trees() -> list[ast.Module]:
    """The code that speaks: everything but the sandbox."""
    files = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]
    return [ast.parse(file.read_text(encoding="utf-8")) for file in files if "sandbox" not in file.parts]


def nodes() -> Iterator[ast.AST]:
    for tree in trees():
        yield from ast.walk(tree)


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a function or method of this name."""
    for node in nodes():
        if isinstance(node, ast.Call) and name in {
            getattr(node.func, "attr", None),
            getattr(node.func, "id", None),
        }:
            yield node


def strings(*within: ast.AST) -> set[str]:
    """The plain strings in some code, parts of f-strings left out."""
    walked = [node for one in within for node in ast.walk(one)]
    parts = {id(part) for node in walked if isinstance(node, ast.JoinedStr) for part in node.values}
    return {
        node.value
        for node in walked
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
    }


def chosen(argument: ast.expr) -> set[str]:
    """A plain string, or either of two between which the code chooses."""
    if isinstance(argument, ast.IfExp):
        return chosen(argument.body) | chosen(argument.orelse)
    return (
        {argument.value} if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else set()
    )


def templates(*within: ast.AST) -> set[str]:
    """The f-strings in some code that make keys, such as form.{}.{}."""
    areas = tuple({key.partition(".")[0] + "." for key in KEYS if "." in key})
    found = {
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
        for one in within
        for node in ast.walk(one)
        if isinstance(node, ast.JoinedStr)
    }
    return {template for template in found if template.startswith(areas)}


def families() -> dict[str, set[str]]:
    """Every f-string that makes keys, with the keys that it can make."""
    fields = [(kind.texts, field.name) for kind in KINDS for field in kind.fields]
    verdicts = {LessonState.APPROVED, LessonState.RETURNED, LessonState.DECLINED}
    refused = {reason for call in calls("Refused") for reason in strings(*call.args)}
    reasons = refused | {reason for call in calls("Misfit") for reason in strings(*call.args[1:])}
    decided = {RequestState.APPROVED, RequestState.DECLINED}
    return {
        "form.{}.{}": {f"form.{kind}.{field}" for kind, field in fields},
        "form.{}.{}.change": {f"form.{kind}.{field}.change" for kind, field in fields},
        "form.refused.{}": {f"form.refused.{reason}" for reason in reasons},
        "files.fault.{}": {f"files.fault.{reason}" for reason in REASONS},
        "audit.deed.{}": {f"audit.deed.{deed}" for deed in DEEDS},
        "audit.kind.{}": {f"audit.kind.{kind}" for kind in (ALL, *DEED_KINDS)},
        "audit.column.{}": {f"audit.column.{column}" for column in AUDIT_COLUMNS},
        "account.{}": {
            *(f"account.{state}" for state in DeliveryState),
            *(
                f"account.{column}"
                for column in ("name", "councils", "language", "attempts", "when", "reason", "read")
            ),
            "account.state",
        },
        "audience.button.{}": {
            f"audience.button.{turn}" for turn in ("everybody", "in", "themes", "members", "event")
        },
        "personal.{}": {f"personal.{group}" for group in ORDER},
        "forget.means.{}": {f"forget.means.{group}" for group in MEANS},
        "theme.{}": {f"theme.{theme}" for theme in THEMES},
        "broadcast.now.{}": {f"broadcast.now.{state}" for state in (*BroadcastState, "recalled")},
        "broadcast.sure.{}": {f"broadcast.sure.{deed}" for deed in ("cancel", "recall", "resend")},
        "command.{}": {f"command.{name}" for name in COMMANDS},
        "menu.{}": {f"menu.{place}" for place in {*PLACES, *COORDINATOR_PLACES}},
        "broadcast.preview.{}": {f"broadcast.preview.{language}" for language in LANGUAGES},
        "approval.before.{}": {f"approval.before.{language}" for language in LANGUAGES},
        "approval.after.{}": {f"approval.after.{language}" for language in LANGUAGES},
        "broadcast.report.{}": {
            *(f"broadcast.report.{subject}" for subject in Subject if subject not in NOTICES),
            "broadcast.report.notice",
        },
        "broadcast.state.{}": {
            f"broadcast.state.{state}" for state in DeliveryState if state is not DeliveryState.SENT
        },
        "request.state.{}": {f"request.state.{state}" for state in RequestState},
        "request.decided.{}": {f"request.decided.{state}" for state in decided},
        "request.decided_by_other.{}": {f"request.decided_by_other.{state}" for state in decided},
        "request.applicant.{}": {f"request.applicant.{state}" for state in decided},
        "request.status.{}": {
            f"request.status.{state}" for state in RequestState if state is not RequestState.APPROVED
        },
        "seat.button.{}": {f"seat.button.{deed}" for deed in Deed},
        "seat.gender.{}": {f"seat.gender.{gender}" for gender in Gender},
        "seat.mark.{}": {f"seat.mark.{state}" for state in CONCERNED},
        "event.every.{}": {f"event.every.{every}" for every in Every},
        "extent.{}": {f"extent.{deed}" for deed in ("e-change", "e-cancel")},
        "event.on.{}": {f"event.on.{on}" for on in ("weekday", 1, 2, 3, 4, "last", "day", "day_or_last")},
        "door.state.{}": {
            f"door.state.{state}" for state in RegistrationState if state is not RegistrationState.COMING
        },
        "turnout.column.{}": {f"turnout.column.{column}" for column in attendance.COLUMNS},
        "turnout.state.{}": {f"turnout.state.{state}" for state in RegistrationState},
        "event.reminder.{}": {f"event.reminder.{notice}" for notice in Notice},
        "notice.ahead.{}": {f"notice.ahead.{unit}" for unit in Ahead},
        "notice.state.{}": {f"notice.state.{state}" for state in NoticeState},
        "request.decided_before.{}": {
            f"request.decided_before.{state}" for state in RequestState if state not in OPEN
        },
        "request.deed.{}": {f"request.deed.{deed}" for deed in DeedKind},
        "request.reason.{}": {f"request.reason.{reason}" for reason in Reason},
        "request.reason_button.{}": {f"request.reason_button.{reason}" for reason in Reason},
        "kind.{}": {f"kind.{kind}" for kind in OrganisationKind},
        "members.column.{}": {f"members.column.{column}" for column in MEMBERS_COLUMNS},
        "event.kind.{}": {f"event.kind.{kind}" for kind in EventKind},
        "plan.state.{}": {f"plan.state.{state}" for state in (*StepState, "overdue")},
        "plan.report.{}": {f"plan.report.{state}" for state in REPORTED},
        "plan.count.{}": {f"plan.count.{state}" for state in (*StepState, "left")},
        "plan.table.{}": {f"plan.table.{column}" for column in COLUMNS},
        "lesson.state.{}": {f"lesson.state.{state}" for state in LessonState},
        "lesson.deed.{}": {f"lesson.deed.{deed}" for deed in (*LessonState, "edited")},
        "lesson.decided.{}": {f"lesson.decided.{state}" for state in verdicts},
        "lesson.decided_by_other.{}": {f"lesson.decided_by_other.{state}" for state in verdicts},
        "lesson.author.{}": {f"lesson.author.{state}" for state in verdicts},
        "lesson.report_decided.{}": {
            f"lesson.report_decided.{state}" for state in verdicts - {LessonState.RETURNED}
        },
        "lesson.report_author.{}": {
            f"lesson.report_author.{state}" for state in verdicts - {LessonState.RETURNED}
        },
        "category.{}": {f"category.{category}" for category in Category},
        "settings.rhythm.{}": {f"settings.rhythm.{rhythm}" for rhythm in Rhythm},
        "settings.rhythm_button.{}": {f"settings.rhythm_button.{rhythm}" for rhythm in Rhythm},
        "settings.pause.{}": {f"settings.pause.{pause}" for pause in Pause},
        "invitation.accepted.{}": {f"invitation.accepted.{role.name.lower()}" for role in ROLES.values()},
        "role.{}": {f"role.{role}" for role in ROLES},
        "ability.{}": {f"ability.{ability}" for ability in Ability},
        "team.sure.{}": {f"team.sure.{deed}" for deed in (*TEAM_DEEDS, "step_down")},
        "team.yes.{}": {f"team.yes.{deed}" for deed in (*TEAM_DEEDS, "step_down")},
        "team.done.{}": {f"team.done.{deed}" for deed in (*TEAM_DEEDS, "limit")},
        "team.told.{}": {f"team.told.{deed}" for deed in (*TEAM_DEEDS, "limit")},
        "team.noted.{}": {f"team.noted.{deed}" for deed in (*TEAM_DEEDS, "limit")},
    }


def used() -> set[str]:
    """Every key that the code can ask for."""
    areas = {key.partition(".")[0] for key in KEYS if "." in key}
    dotted = {
        text
        for text in strings(*trees())
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text) and text.partition(".")[0] in areas
    }
    said = {
        key
        for name in ("say", "text", "answer_press")
        for call in calls(name)
        for argument in call.args[:2]
        for key in chosen(argument)
    }
    made = {key for keys in families().values() for key in keys}
    return dotted | made | (said - set(LANGUAGES))


def labels() -> set[str]:
    """The keys of what stands on buttons."""
    on_buttons = [call.args[0] for name in ("button", "KeyboardButton") for call in calls(name)]
    confirming = [call.args[3] for call in calls("review_rows")]
    known = families()
    return {text for text in strings(*on_buttons, *confirming) if text in KEYS} | {
        key for template in templates(*on_buttons) for key in known[template]
    }


# Keys.


def test_every_family_is_known() -> None:
    """Each f-string that makes keys is described here, so that none escapes the tests below."""
    assert templates(*trees()) == set(families())


def test_every_key_used_exists() -> None:
    """Whatever the code asks the catalogue for is there."""
    assert used() - set(KEYS) == set()


def test_no_key_is_unused() -> None:
    """Nothing is translated that the bot never says."""
    assert set(KEYS) - used() == set()


def test_same_keys() -> None:
    """The Khmer catalogue holds exactly the keys of the English one, each once, and for the same English."""
    assert len(set(KEYS)) == len(KEYS)
    english = {message.context: message.id for message in messages_of(ENGLISH)}
    assert {message.context: message.id for message in messages_of(KHMER)} == english
    assert len(messages_of(KHMER)) == len(english)


def test_nothing_fuzzy_or_obsolete() -> None:
    """No translation is a guess or left over."""
    for catalog in (ENGLISH, KHMER):
        assert not [message.context for message in catalog if message.id and message.fuzzy]
        assert not catalog.obsolete


def test_every_text_is_there() -> None:
    """Every English text has a Khmer one, in every form, and none begins or ends with a space."""
    for message in messages_of(KHMER):
        for text in (*forms_of(message.id), *forms_of(message.string)):
            assert text, message.context
            assert text == text.strip(), message.context
    assert KHMER.num_plurals == 1


def test_equal_placeholders() -> None:
    """Both languages put in the same values; only a sentence for one may leave the number out."""
    for message in messages_of(KHMER):
        *singular, several = map(placeholders, forms_of(message.id))
        assert all(one <= several for one in singular), message.context
        assert [placeholders(text) for text in forms_of(message.string)] == [several], message.context


def test_missing_value_or_key() -> None:
    """A key that there is not, or a value that is missing, is an error and not a gap."""
    with pytest.raises(KeyError):
        CATALOGUE.text("km", "no.such.key")
    with pytest.raises(KeyError):
        CATALOGUE.text("km", "council.subscribed")


def test_count_chooses() -> None:
    """English has a sentence for one and another for several; Khmer has one for both."""
    told = [CATALOGUE.text("en", "request.queue", count=count, number=count) for count in (1, 2)]
    assert ["One" in text for text in told] == [True, False]
    assert "២" in CATALOGUE.text("km", "request.queue", count=1, number="២")


# Khmer as it is written today.


def khmer_texts() -> Iterator[tuple[str, str]]:
    for message in messages_of(KHMER):
        yield from ((str(message.context), text) for text in forms_of(message.string))
    for entry in KNOWN.entries:
        yield from ((entry.id, text) for text in (entry.question_km, entry.answer_km))
    for talk in KNOWN.small_talk:
        yield talk.id, talk.answer_km


@pytest.mark.parametrize("spelling", FORBIDDEN_SPELLINGS, ids=ascii)
def test_forbidden_spelling(spelling: str) -> None:
    """What the bot says keeps to today's spelling."""
    assert not [name for name, text in khmer_texts() if spelling in text]


# What Telegram makes of it.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_telegram_takes_it(key: str, language: Language) -> None:
    """Telegram's own parser takes every text, and shows the values in it exactly as they are."""
    for count, text in zip((1, 2), CATALOGUE.sentences[language][key], strict=True):
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
        said = CATALOGUE.text(language, key, count=count, **dict.fromkeys(names, NASTY))
        plain, _ = parse_html(said)
        assert plain.count(NASTY) == len(names)
        assert plain.strip()
        assert units(plain) <= 4096


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_takes_every_answer(language: Language) -> None:
    """Telegram's own parser takes every answer of the knowledge, and shows it as it was written."""
    topics = [entry.id for entry in KNOWN.entries] + [talk.id for talk in KNOWN.small_talk]
    for topic in topics:
        answer = KNOWN.answer(topic, language)
        plain, entities = parse_html(escape(answer))
        assert plain == answer, topic
        assert not entities, topic
        assert units(plain) <= 4096, topic


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_and_descriptions(language: Language) -> None:
    """The menu, the name and the descriptions keep to Telegram's limits, and hold no markup."""
    limits = {f"command.{name}": 256 for name in COMMANDS}
    limits |= {"bot.name": 64, "bot.description": 512, "bot.short_description": 120}
    for key, limit in limits.items():
        text = CATALOGUE.text(language, key)
        assert 1 <= units(text.unescape()) <= limit, key
        assert text.striptags() == " ".join(text.unescape().split()), key


@pytest.mark.parametrize("name", COMMANDS)
def test_command_names(name: str) -> None:
    """A command's name is one that Telegram takes."""
    assert re.fullmatch(r"[a-z0-9_]{1,32}", name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels(language: Language) -> None:
    """What stands on a button is one short line without markup: a button's text is not parsed."""
    for key in labels():
        values = dict.fromkeys(placeholders(CATALOGUE.sentences[language][key][1]), "៩៩")
        text = str(CATALOGUE.text(language, key, **values))
        assert not re.search(r"[<>&{}\n]", text), key
        assert 1 <= units(text) <= 64, key


def test_labels_are_found() -> None:
    """The search for labels finds those of plain keys, of families and of confirmations."""
    assert {
        "button.back",
        "button.share_contact",
        "menu.join",
        "form.join.why.change",
        "request.send",
    } <= labels()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_buttons_of_a_message_read_the_same(language: Language) -> None:
    """Places of the menu, and changes of one form, can be told apart."""
    rows = [[f"menu.{place}" for place in (*PLACES, *COORDINATOR_PLACES)]]
    rows += [[f"form.{kind.texts}.{field.name}.change" for field in kind.fields] for kind in KINDS]
    for keys in rows:
        texts = [CATALOGUE.text(language, key) for key in keys]
        assert len(set(texts)) == len(texts), keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices(language: Language) -> None:
    """A notice over the chat, with which a press is answered, is at most 200 characters long."""
    keys = {text for call in calls("answer_press") for text in strings(*call.args)}
    assert "form.old_button" in keys
    for key in keys:
        assert 1 <= units(CATALOGUE.text(language, key, seconds="១០").striptags()) <= 200, key


def test_callback_data() -> None:
    """The data of every button fits Telegram's 64 bytes, with the largest numbers that there can be."""
    largest_id, largest_version = 10**15 - 1, 10**9 + 10**6
    data = [button("x", "topic", "km", entry.id).callback_data for entry in KNOWN.entries]
    data += [button("x", verb, largest_id).callback_data for verb in ("request", "withdraw", "lesson")]
    group = Subscriber(-largest_id)
    data.append(button_for(group, "x", "restore", 10**11 - 1).callback_data)
    data += [button_for(group, "x", "mute", theme, "off").callback_data for theme in THEMES]
    data += [button_for(group, "x", "want", category, "off").callback_data for category in Category]
    for verb in ("give", "gap-to"):
        data.append(button("x", verb, largest_id, "a" * 40).callback_data)
    for verb in ("r-approve", "r-undo", "o-ended"):
        data.append(button("x", verb, largest_id, largest_id).callback_data)
    for verb in ("k-version", "k-back", "k-tell"):
        data.append(button("x", verb, "a" * 40, 10**6).callback_data)
    data.append(button("x", "pick", "km", largest_id, 2).callback_data)
    data.append(button("x", "same-toggle", largest_id, largest_version).callback_data)
    for kind in KINDS:
        moves = ["back", "skip", "empty", "done", "confirm", "cancel"]
        moves += [f"change-{field.name}" for field in kind.fields]
        moves += [picking(value) for field in kind.fields for value in (*field.choices, "120101")]
        moves += ["month-2027-01", "pick-2027-01-15", "idle"]
        for move in moves:
            pressed = button("x", "form", move, kind.name, largest_version).callback_data
            assert isinstance(pressed, str)
            assert re.fullmatch(PRESS, pressed)
            data.append(pressed)
    assert all(isinstance(one, str) and 1 <= len(one.encode()) <= 64 for one in data)
