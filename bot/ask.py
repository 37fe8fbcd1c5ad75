"""`python -m bot ask`: put questions to the answering engine from the terminal, without Telegram."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypedDict

from bot.core.khmer import language_of
from bot.core.knowledge import Knowledge
from bot.core.people import Language
from bot.core.questions import Answer, Answerer, Answers, Reply, SmallTalk, Suggest, Unknown
from bot.knowledge import read_knowledge


@dataclass(frozen=True)
class Phrases:
    """The sentences around an answer that the caller owns, in both languages."""

    unknown_km: str
    unknown_en: str
    suggest_km: str
    suggest_en: str

    def unknown(self, language: Language) -> str:
        """Say that the bot does not know."""
        return self.unknown_en if language == "en" else self.unknown_km

    def suggest(self, language: Language) -> str:
        """Introduce the questions that are offered instead."""
        return self.suggest_en if language == "en" else self.suggest_km


class Asked(TypedDict):
    """One line of `ask_jsonl`; other programs read these keys."""

    question: str
    kind: str
    topic: str | None
    confidence: float
    text: str
    alternatives: list[str]


def ask(
    question: str,
    *,
    knowledge: Path,
    phrases: Phrases,
    language: Language | None = None,
    out: TextIO | None = None,
) -> None:
    """Answer one question in the terminal, in the language given or else its own. Raises KnowledgeError."""
    known = read_knowledge(knowledge)
    reply = Answerer(known).reply(question)
    language = language or language_of(question) or "km"
    lines = [_text(reply, known, phrases, language)]
    if isinstance(reply, Suggest):
        lines += [f"• {known.question(topic, language)}" for topic in reply.topics]
    elif isinstance(reply, Answer):
        lines += [f"→ {known.question(entry.id, language)}" for entry in known.related(reply.topic)]
    print("\n".join(lines), file=out)


def ask_jsonl(
    lines: Iterable[bytes],
    out: TextIO,
    *,
    knowledge: Path,
    phrases: Phrases,
    language: Language | None = None,
) -> None:
    """Answer a question a line (UTF-8, `sys.stdin.buffer`) with a JSON object a line. Raises KnowledgeError.

    Bytes that are not UTF-8 become U+FFFD. A blank line is answered as well: line n of `out` answers line n.
    """
    known = read_knowledge(knowledge)
    answerer = Answerer(known)
    for line in lines:
        question = line.decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r")
        told = _told(
            question, answerer.reply(question), known, phrases, language or language_of(question) or "km"
        )
        out.write(json.dumps(told, ensure_ascii=False) + "\n")
        out.flush()


def _told(question: str, reply: Reply, knowledge: Knowledge, phrases: Phrases, language: Language) -> Asked:
    best: str | None
    match reply:
        case Answer(topic, confidence, alternatives):
            kind, best, others = "answer", topic, alternatives
        case Answers((topic, *alternatives), confidence):
            kind, best, others = "answer", topic, tuple(alternatives)
        case Suggest(topics, confidence):
            kind, best, others = "suggest", topics[0], topics[1:]
        case SmallTalk(topic, confidence):
            kind, best, others = "small_talk", topic, ()
        case Unknown(confidence, alternatives):
            kind, best, others = "unknown", None, alternatives
    return Asked(
        question=question,
        kind=kind,
        topic=best,
        confidence=confidence,
        text=_text(reply, knowledge, phrases, language),
        alternatives=list(others),
    )


def _text(reply: Reply, knowledge: Knowledge, phrases: Phrases, language: Language) -> str:
    match reply:
        case Answer(topic) | SmallTalk(topic):
            return knowledge.answer(topic, language)
        case Answers(topics):
            return "\n\n".join(knowledge.answer(topic, language) for topic in topics)
        case Suggest():
            return phrases.suggest(language)
        case Unknown():
            return phrases.unknown(language)
