"""The answers held against questions written by somebody who had not seen how the bot was taught."""

import json
from collections import Counter
from pathlib import Path

from bot.app import Words
from bot.core.questions import Answer, SmallTalk, Suggest, Unknown

LABELLED = [
    json.loads(line)
    for line in Path(__file__).with_name("labelled.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_labelled_questions(words: Words) -> None:
    """At least 90 % find their topic first, 60 % are answered outright, and 5 % at most answered falsely."""
    seen = Counter(_judge(words, line["question"], line["topic"]) for line in LABELLED)
    answerable = sum(1 for line in LABELLED if line["topic"])
    unanswerable = len(LABELLED) - answerable
    found = seen["answered rightly"] + seen["found"]
    figures = dict(seen)
    assert found >= 0.90 * answerable, figures
    assert seen["answered rightly"] >= 0.60 * answerable, figures
    assert seen["answered wrongly"] <= 0.02 * answerable, figures
    assert seen["answered falsely"] <= 0.05 * unanswerable, figures


def _judge(words: Words, question: str, topic: str | None) -> str:
    """What the reply is worth; a topic that comes first counts as found even where it was not offered."""
    match words.answerer.reply(question):
        case Answer(told) | SmallTalk(told):
            if topic is None:
                return "answered falsely"
            return "answered rightly" if told == topic else "answered wrongly"
        case Suggest(topics):
            return "found" if topic == topics[0] else "not found"
        case Unknown(_, alternatives):
            return "found" if topic and topic in alternatives[:1] else "not found"
