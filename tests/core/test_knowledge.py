"""Reading the knowledge, what is refused, and what the working group's own must hold."""

import io
import json
from pathlib import Path

import pytest

from bot.ask import Phrases, ask, ask_jsonl
from bot.core.khmer import normalise
from bot.core.knowledge import Knowledge
from bot.knowledge import KnowledgeError, read_knowledge
from tests.core.library import LIBRARY

FOLDER = Path(__file__).parents[2] / "messages" / "knowledge"
PHRASES = Phrases("មិនដឹង", "I do not know", "ចង់សួរមួយណា?", "Did you mean one of these?")

ENTRY = """
[[entry]]
id = "books"
question_km = "តើមានសៀវភៅប៉ុន្មាន?"
question_en = "How many books?"
answer_km = "ពីរពាន់"
answer_en = "Two thousand"
asked = ["how-many"]
asks = ["ចំនួនសៀវភៅ", "number of books"]
source = "…"
related = []
"""
TALK = """
[[small_talk]]
id = "hello"
answer_km = "សួស្តី"
answer_en = "Hello"
asks = ["សួស្តី", "hi"]
"""


@pytest.fixture(scope="module")
def group() -> Knowledge:
    return read_knowledge(FOLDER)


def test_any_file_may_hold_anything(tmp_path: Path) -> None:
    """Entries, small talk and unanswerable questions are gathered from all files of the folder."""
    (tmp_path / "a.toml").write_text('questions = ["តើមានភ្លៀងទេ?"]\n' + ENTRY, encoding="utf-8")
    (tmp_path / "b.toml").write_text('questions = ["is it raining?"]\n' + TALK, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not knowledge", encoding="utf-8")
    knowledge = read_knowledge(tmp_path)
    assert knowledge.entry("books").asked == ("how-many",)
    assert knowledge.question("books", "km") == "តើមានសៀវភៅប៉ុន្មាន?"
    assert knowledge.question("books", "en") == "How many books?"
    assert knowledge.answer("books", "en") == "Two thousand"
    assert knowledge.answer("hello", "km") == "សួស្តី"
    assert knowledge.unanswerable == ("តើមានភ្លៀងទេ?", "is it raining?")
    with pytest.raises(KeyError):
        knowledge.entry("hello")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ENTRY.replace('answer_en = "Two thousand"\n', ""), "a.toml: entry 'books', answer_en: is missing."),
        (ENTRY.replace('id = "books"\n', ""), "a.toml: entry number 1, id: is missing."),
        (ENTRY + 'colour = "red"', "a.toml: entry 'books', colour: is not a known key."),
        ("colour = 1\n" + ENTRY, "a.toml: colour: is not a known key."),
        (ENTRY.replace('"how-many"', '"whither"'), "a.toml: entry 'books', asked, 0: Input should be 'what'"),
        (
            ENTRY.replace('asked = ["how-many"]', "asked = []"),
            "a.toml: entry 'books', asked: List should have",
        ),
        (ENTRY.replace('"number of books"', '" "'), "a.toml: entry 'books', asks, 1: String should have"),
        (ENTRY.replace('"number of books"', "7"), "a.toml: entry 'books', asks, 1: Input should be"),
        (ENTRY.replace('id = "books"', 'id = "Books!"'), "a.toml: entry 'Books!', id: String should match"),
        (ENTRY + ENTRY, "a.toml: the id 'books' is already used in a.toml."),
        (ENTRY + TALK.replace("hello", "books"), "a.toml: the id 'books' is already used in a.toml."),
        (ENTRY.replace("related = []", 'related = ["cars"]'), "a.toml: entry 'books' is related to 'cars'"),
        (ENTRY.replace("related = []", 'related = ["books"]'), "a.toml: entry 'books' is related to 'books'"),
        ("[[entry]\n", "a.toml: cannot be read as TOML"),
        ("entry = 5\n", "a.toml: entry: Input should be"),
        ("entry = [5]\n", "a.toml: entry number 1: Input should be"),
        (TALK, "there is no [[entry]]"),
    ],
)
def test_a_fault_is_named_in_one_sentence(tmp_path: Path, text: str, fault: str) -> None:
    """What is wrong with a file is said with the file, the entry and the fault."""
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        read_knowledge(tmp_path)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    """A file in another encoding is refused by name."""
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(KnowledgeError, match=r"a\.toml: cannot be read"):
        read_knowledge(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A wrong path does not start a bot that knows nothing."""
    with pytest.raises(KnowledgeError, match="nowhere"):
        read_knowledge(tmp_path / "nowhere")


def test_every_source_stands_in_the_brief(group: Knowledge) -> None:
    """Every entry names a passage that the brief contains word for word."""
    brief = (FOLDER / "brief.km.txt").read_text(encoding="utf-8")
    assert [entry.id for entry in group.entries if entry.source not in brief] == []


def test_the_knowledge_is_large_enough(group: Knowledge) -> None:
    """There are at least 35 entries, each with at least eight ways of asking, and small talk."""
    assert len(group.entries) >= 35
    assert [entry.id for entry in group.entries if len(entry.asks) < 8] == []
    assert group.small_talk


def test_no_question_belongs_to_two_topics(group: Knowledge) -> None:
    """One way of asking leads to one topic, and is not listed as unanswerable."""
    owners: dict[str, set[str]] = {}
    for entry in group.entries:
        for ask_ in (entry.question_km, entry.question_en, *entry.asks):
            owners.setdefault(normalise(ask_), set()).add(entry.id)
    for talk in group.small_talk:
        for ask_ in talk.asks:
            owners.setdefault(normalise(ask_), set()).add(talk.id)
    for question in group.unanswerable:
        owners.setdefault(normalise(question), set()).add("unanswerable")
    assert {ask_: ids for ask_, ids in owners.items() if len(ids) > 1} == {}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    tables = []
    for entry in LIBRARY.entries:
        fields = vars(entry) | {"source": "…"}
        tables.append("[[entry]]\n" + _toml({name: fields[name] for name in entry.__match_args__}))
    tables += ["[[small_talk]]\n" + _toml(vars(talk)) for talk in LIBRARY.small_talk]
    questions = f"questions = {json.dumps(LIBRARY.unanswerable, ensure_ascii=False)}\n"
    (tmp_path / "library.toml").write_text(questions + "\n".join(tables), encoding="utf-8")
    return tmp_path


def _toml(fields: dict[str, object]) -> str:
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())


def test_ask_jsonl_keeps_its_contract(library: Path) -> None:
    """A line in, a JSON object with the same keys out: blank lines and broken UTF-8 too."""
    lines = [
        "តើបណ្ណាល័យបើកនៅឆ្នាំណា?\n".encode(),
        b"How many books are there in the library?\r\n",
        "សួស្តី\n".encode(),
        b"\n",
        b"\xff\xfe\n",
        "ឡានថ្លៃប៉ុន្មាន នៅបណ្ណាល័យ".encode(),
    ]
    out = io.StringIO()
    ask_jsonl(lines, out, knowledge=library, phrases=PHRASES)
    assert "\\u" not in out.getvalue().replace("\\ufffd", "")
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    keys = ["question", "kind", "topic", "confidence", "text", "alternatives"]
    assert [list(line) for line in told] == [keys] * len(lines)
    assert [line["kind"] for line in told[:5]] == ["answer", "answer", "small_talk", "unknown", "unknown"]
    assert told[0]["topic"] == "opened-when"
    assert told[0]["text"] == "បណ្ណាល័យបើកនៅឆ្នាំ១៩៩៨។"
    assert told[1]["question"] == "How many books are there in the library?"
    assert told[1]["text"] == "There are two thousand books."
    assert told[3] | {"confidence": 0} == {
        "question": "",
        "kind": "unknown",
        "topic": None,
        "confidence": 0,
        "text": "មិនដឹង",
        "alternatives": [],
    }
    assert told[4]["question"] == "\ufffd\ufffd"
    assert told[5]["kind"] == "suggest"
    assert told[5]["text"] == "ចង់សួរមួយណា?"
    assert told[5]["topic"] not in told[5]["alternatives"]


def test_ask_prints_the_answer_in_the_language_wanted(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ask` prints the answer in the question's language or in the one wanted, and what else to ask."""
    ask("តើបណ្ណាល័យបើកនៅឆ្នាំណា?", knowledge=library, phrases=PHRASES)
    assert capsys.readouterr().out == "បណ្ណាល័យបើកនៅឆ្នាំ១៩៩៨។\n→ តើបណ្ណាល័យមានសៀវភៅប៉ុន្មាន?\n"
    ask("តើបណ្ណាល័យបើកនៅឆ្នាំណា?", knowledge=library, phrases=PHRASES, language="en")
    assert capsys.readouterr().out == "The library opened in 1998.\n→ How many books are there?\n"
    ask("", knowledge=library, phrases=PHRASES)
    assert capsys.readouterr().out == "មិនដឹង\n"


def test_two_questions_are_answered_together(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two questions in one line print both answers, and `ask_jsonl` names the second as an alternative."""
    question = "តើបណ្ណាល័យបើកនៅឆ្នាំណា? តើបណ្ណាល័យមានសៀវភៅប៉ុន្មាន?"
    both = "បណ្ណាល័យបើកនៅឆ្នាំ១៩៩៨។\n\nមានសៀវភៅពីរពាន់ក្បាល។"
    ask(question, knowledge=library, phrases=PHRASES)
    assert capsys.readouterr().out == both + "\n"
    out = io.StringIO()
    ask_jsonl([question.encode()], out, knowledge=library, phrases=PHRASES)
    told = json.loads(out.getvalue())
    assert (told["kind"], told["topic"], told["alternatives"]) == ("answer", "opened-when", ["books"])
    assert told["text"] == both


def test_every_entry_can_be_reached_by_pressing() -> None:
    """Every entry stands in exactly one chapter, and no chapter has more questions than fit on a phone."""
    knowledge = read_knowledge(FOLDER)
    topics = [topic for chapter in knowledge.chapters for topic in chapter.topics]
    assert sorted(topics) == sorted(entry.id for entry in knowledge.entries)
    assert max(len(chapter.topics) for chapter in knowledge.chapters) < 30


def test_half_a_title(tmp_path: Path) -> None:
    """A file with a title in one language only is refused, by name."""
    (tmp_path / "one.toml").write_text('title_km = "ប្រវត្តិ"\n' + ENTRY, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"one\.toml: a title is needed in both languages"):
        read_knowledge(tmp_path)
