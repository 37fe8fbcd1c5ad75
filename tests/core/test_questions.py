"""What the bot decides about a question, on a knowledge of its own and on the working group's."""

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.asked import denies, halves, kinds_asked
from bot.core.khmer import load_segmenter
from bot.core.knowledge import Knowledge
from bot.core.questions import Answer, Answerer, Answers, Reply, SmallTalk, Suggest, Unknown
from bot.knowledge import read_knowledge
from tests.core.library import BOOKS, LIBRARY
from tests.core.test_khmer import typed_otherwise

FOLDER = Path(__file__).parents[2] / "messages" / "knowledge"


@pytest.fixture(scope="module")
def library() -> Answerer:
    return Answerer(LIBRARY)


@pytest.fixture(scope="module")
def group() -> Answerer:
    return Answerer(read_knowledge(FOLDER))


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("តើបណ្ណាល័យបើកនៅឆ្នាំណា?", "opened-when"),
        ("សៀវភៅមានប៉ុន្មានក្បាល", "books"),
        ("ខ្ចីសៀវភៅម៉េចដែរ", "borrow"),
        ("How many books are there in the library?", "books"),
    ],
)
def test_a_question_close_to_an_example_is_answered(library: Answerer, question: str, topic: str) -> None:
    """A question that resembles a way of asking gets that topic's answer, with the others as alternatives."""
    reply = library.reply(question)
    assert isinstance(reply, Answer)
    assert reply.topic == topic
    assert set(reply.alternatives) == {"opened-when", "books", "borrow"} - {topic}
    assert 0 <= reply.confidence <= 1


def test_small_talk_is_recognised(library: Answerer) -> None:
    """A greeting is small talk, not a question."""
    assert isinstance(library.reply("សួស្ដី"), SmallTalk)


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "\n",
        "😀😀",
        "?!…។៕",
        "\u200b\u200b",
        "\ud800",
        "\x00",
        "ក" * 100_000,
        "\u200b" * 100_000,
        "a " * 900,
    ],
)
def test_what_is_no_question_is_unknown_at_once(library: Answerer, question: str) -> None:
    """Empty, emoji, punctuation, invisible characters and very long texts are unknown, in no time."""
    begun = time.perf_counter()
    assert library.reply(question) == Unknown()
    assert time.perf_counter() - begun < 0.2


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_any_string_gets_a_reply(question: str) -> None:
    """Any string gets a reply, and the same one when asked again."""
    answerer = _library()
    assert answerer.reply(question) == answerer.reply(question)


def _library(made: list[Answerer] = []) -> Answerer:  # noqa: B006 (made once for all examples)
    if not made:
        made.append(Answerer(LIBRARY))
    return made[0]


def test_an_example_is_always_recognised(library: Answerer) -> None:
    """A listed way of asking gets its topic for certain, and a listed unanswerable question no answer."""
    for entry in LIBRARY.entries:
        for question in entry.asks:
            reply = library.reply(f" {question}?? ")
            assert isinstance(reply, Answer)
            assert (reply.topic, reply.confidence) == (entry.id, 1.0)
    for question in LIBRARY.unanswerable:
        assert isinstance(library.reply(question), Unknown)


def test_an_unsure_bot_suggests(group: Answerer) -> None:
    """Between sure and ignorant the bot offers at most three different topics, the likeliest first."""
    reply = group.reply("អង្គការណាខ្លះជាសមាជិក")
    assert isinstance(reply, Suggest | Answer)
    topics = reply.topics if isinstance(reply, Suggest) else (reply.topic, *reply.alternatives)
    assert topics[0] == "members-list"
    assert len(set(topics)) == len(topics)
    replies = [
        group.reply(question) for question in ("សមាជិក", "សិក្ខាសាលា", "ក្រុមការងារធ្វើម៉េច", "members of the group")
    ]
    assert all(len(reply.topics) <= 3 for reply in replies if isinstance(reply, Suggest))
    assert any(isinstance(reply, Suggest) for reply in replies)


def test_training_twice_gives_the_same(library: Answerer) -> None:
    """Two answerers of one knowledge agree to the last digit."""
    other = Answerer(LIBRARY)
    for question in ("សៀវភៅ", "library", "តើថ្ងៃស្អែកមានភ្លៀងទេ", "សួស្តី"):
        assert library.reply(question) == other.reply(question)


@pytest.mark.parametrize(
    "knowledge",
    [
        Knowledge(entries=(replace(BOOKS, asks=("សៀវភៅ",)),)),
        Knowledge(entries=LIBRARY.entries),
        Knowledge(entries=LIBRARY.entries, unanswerable=LIBRARY.unanswerable),
        replace(LIBRARY, unanswerable=()),
    ],
)
def test_little_knowledge_is_enough_to_start(knowledge: Knowledge) -> None:
    """One entry, no small talk or no unanswerable questions: the bot still answers what it was told."""
    reply = Answerer(knowledge).reply("តើបណ្ណាល័យមានសៀវភៅប៉ុន្មាន?")
    assert isinstance(reply, Answer | Suggest)


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("តើក្រុមការងារបង្កើតឡើងនៅពេលណា?", {"when"}),
        ("បង្កើតអង្កាល់", {"when"}),
        ("ថ្ងៃទីប៉ុន្មាន", {"when"}),
        ("មានសមាជិកប៉ុន្មាន", {"how-many"}),
        ("ប្រជុំប៉ុន្មានដងក្នុងមួយឆ្នាំ", {"how-often"}),
        ("ត្រូវបង់ប្រាក់ប៉ុន្មាន", {"how-much"}),
        ("អ្នកណាសម្របសម្រួល", {"who"}),
        ("ការិយាល័យនៅឯណា", {"where"}),
        ("ហេតុអីបានជាបង្កើត", {"why"}),
        ("ចូលរួមយ៉ាងម៉េច", {"how"}),
        ("មានអង្គការណាខ្លះ", {"which"}),
        ("WGPD ជាស្អី", {"what"}),
        ("តើ JICA ជាសមាជិកឬទេ?", {"yes-no"}),
        ("How often does it meet?", {"how-often"}),
        ("In what year was it formed", {"when"}),
        ("Is JICA a member?", {"yes-no"}),
        ("somewhat showing", set()),
        ("WGPD", set()),
        ("samachik mean ponman", {"how-many"}),
        ("DFWG was formed in 1999, right?", {"yes-no", "when"}),
        ("មានសមាជិកតែ ៣ មែនទេ?", {"yes-no", "how-many"}),
        ("សមាជិកទាំងអស់ប៉ុន្មាន", {"how-many"}),
    ],
)
def test_what_is_asked_for(question: str, kinds: set[str]) -> None:
    """Formal and colloquial question words say what is asked for."""
    assert kinds_asked(question) == kinds


@pytest.mark.parametrize(
    "question", ["តើក្រុមការងារបង្កើតឡើងនៅពេលណា?", "When was the working group formed?", "WGPD កើតឆ្នាំណា"]
)
def test_the_founding_question_is_answered(group: Answerer, question: str) -> None:
    """The question when the working group was formed is answered, in both languages."""
    reply = group.reply(question)
    assert isinstance(reply, Answer)
    assert reply.topic == "founded-when"


@pytest.mark.parametrize("question", ["តើថ្ងៃស្អែកមានភ្លៀងទេ?", "តម្លៃមាសថ្ងៃនេះ", "who won the football match"])
def test_questions_about_the_world_are_not_answered(group: Answerer, question: str) -> None:
    """The bot does not answer questions about weather, prices and sport."""
    assert isinstance(group.reply(question), Unknown)


def test_every_question_on_a_button_is_answered(group: Answerer) -> None:
    """Pressing or typing an entry's own question, in either language, never leads to another answer."""
    for entry in read_knowledge(FOLDER).entries:
        for question in (entry.question_km, entry.question_en):
            reply = group.reply(question)
            assert isinstance(reply, Answer), question
            assert reply.topic == entry.id, question


def test_the_decision_is_the_same_however_it_is_typed(group: Answerer) -> None:
    """Orders of marks, look-alikes, doubled marks and invisible characters change nothing in the reply."""
    chance = random.Random(20)
    for entry in read_knowledge(FOLDER).entries:
        for question in (entry.question_km, *entry.asks[:3]):
            assert group.reply(typed_otherwise(question, chance)) == group.reply(question)


def test_training_is_quick() -> None:
    """Training on the working group's knowledge takes less than two seconds, once khmer-nltk is loaded."""
    knowledge = read_knowledge(FOLDER)
    load_segmenter()
    begun = time.process_time()
    Answerer(knowledge)
    assert time.process_time() - begun < 4  # of processor time, on a busy machine


def topics(reply: Reply) -> tuple[str, ...]:
    """Return what a reply answers."""
    match reply:
        case Answer(topic):
            return (topic,)
        case Answers(told):
            return told
    return ()


@pytest.mark.parametrize(
    ("after", "question", "topic"),
    [
        ("contact-person", "ចុះលេខទូរស័ព្ទ?", "contact-phone"),
        ("dfwg-what", "and when was it formed?", "dfwg-when"),
        ("ddwg-what", "បង្កើតនៅឆ្នាំណា?", "ddwg-when"),
        ("dfwg-when", "ចុះ DDWG វិញ?", "ddwg-when"),
        ("org-gtz", "what about UNICEF?", "org-unicef"),
    ],
)
def test_a_follow_up_is_understood(group: Answerer, after: str, question: str, topic: str) -> None:
    """What a question leaves out is taken from the topic before it."""
    assert topics(group.reply(question, after)) == (topic,)


@pytest.mark.parametrize("after", ["org-gtz", "dfwg-when", "workshop-2003", "hello", "no-such-topic", None])
def test_a_question_that_stands_alone_is_not_bent(group: Answerer, after: str | None) -> None:
    """A whole question gets the same answer whatever was said before, known or not."""
    for question in ("តើ WGPD មានសមាជិកប៉ុន្មាន?", "How can our organisation join the working group?", "អរគុណ"):
        assert topics(group.reply(question, after)) == topics(group.reply(question))


@pytest.mark.parametrize(
    ("after", "question"),
    [
        ("contact-person", "ហើយអាយុប៉ុន្មាន?"),
        ("first-workshop", "and in which city?"),
        ("org-jica", "ចុះលេខទូរស័ព្ទ?"),
    ],
)
def test_a_follow_up_that_nobody_can_answer_stays_unanswered(
    group: Answerer, after: str, question: str
) -> None:
    """What the brief does not say of a topic is not made up from its relatives."""
    assert topics(group.reply(question, after)) == ()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is DFWG? When was DDWG formed?", ("dfwg-what", "ddwg-when")),
        ("តើ DFWG ជាអ្វី ហើយ DDWG បង្កើតឆ្នាំណា?", ("dfwg-what", "ddwg-when")),
        ("DDWG and DFWG, when were they formed", ("ddwg-when", "dfwg-when")),
    ],
)
def test_two_questions_get_two_answers(group: Answerer, question: str, told: tuple[str, ...]) -> None:
    """Two sure questions in one message are both answered, in the order in which they were asked."""
    assert topics(group.reply(question)) == told


def test_one_question_is_not_taken_for_two(group: Answerer) -> None:
    """No listed way of asking is taken for two questions, with whatever conjunctions it has."""
    for entry in read_knowledge(FOLDER).entries:
        for question in (entry.question_km, *entry.asks):
            assert not isinstance(group.reply(question), Answers), question


@pytest.mark.parametrize(
    "question",
    [
        "I do not want to join",
        "ខ្ញុំមិនចង់ចូលរួមទេ",
        "which organisations are not members?",
        "អង្គការណាខ្លះមិនមែនជាសមាជិក WGPD",
        "who never took part in the workshop",
    ],
)
def test_what_is_denied_is_not_answered(group: Answerer, question: str) -> None:
    """A question about what is not so, or not wanted, is not answered with what is."""
    assert isinstance(group.reply(question), Unknown)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("DFWG was formed in 1999, right?", "dfwg-when"),
        ("DDWG បង្កើតឆ្នាំ ១៩៩៨ មែនទេ", "ddwg-when"),
        ("Isn't JICA a member?", "org-jica"),
    ],
)
def test_a_false_premise_is_put_right(group: Answerer, question: str, topic: str) -> None:
    """What is put up for confirmation is answered with what is so."""
    assert topics(group.reply(question)) == (topic,)


@pytest.mark.parametrize(
    ("question", "denied"),
    [
        ("មានលេខទូរស័ព្ទអត់", False),
        ("ខ្ញុំមិនដឹងលេខទូរស័ព្ទ សុំផង", False),
        ("I don't know how to join", False),
        ("គេមិនយកលុយទេ អញ្ចឹងបានលុយពីណា", False),
        ("isn't it in Khmer", False),
        ("minutes and kommunes", False),
        ("កុំផ្ញើលេខមកខ្ញុំ", True),
        ("អត់ចូលរួម", True),
        ("nobody joined", True),
    ],
)
def test_denying(question: str, denied: bool) -> None:
    """Question particles, not knowing and things put up for confirmation deny nothing."""
    assert denies(question) is denied


def test_a_message_is_parted_at_marks_first() -> None:
    """Marks part a message before conjunctions do, and registering is no conjunction."""
    assert next(halves("តើ DFWG ជាអ្វី? អ្នកណារៀបចំវេទិកា ហើយនៅណា")) == ("តើ DFWG ជាអ្វី", " អ្នកណារៀបចំវេទិកា ហើយនៅណា")
    assert list(halves("អ្នកណាចុះឈ្មោះនៅណា")) == []
