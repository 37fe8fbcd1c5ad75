"""Questions whose right topic is known, in tests/questions: what every change is held against."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

QUESTIONS = Path(__file__).parents[1] / "tests" / "questions"

Split = Literal["development", "test"]
SPLITS: tuple[Split, ...] = ("development", "test")


@dataclass(frozen=True)
class Labelled:
    """One line of tests/questions. No topic: it cannot be answered. Two topics: two questions in one."""

    question: str
    topics: tuple[str, ...]
    style: str
    near: str = ""
    after: str | None = None


def read_questions(kind: str, split: Split, folder: Path = QUESTIONS) -> list[Labelled]:
    """Read the questions of one kind: answerable, unanswerable, dialogues, double or negation."""
    lines = (folder / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_labelled(told) for told in map(json.loads, lines) if told["split"] == split]


def _labelled(told: dict[str, Any]) -> Labelled:
    topics = told.get("topics") or ([told["topic"]] if told.get("topic") else [])
    after = told.get("first_topic")
    return Labelled(
        question=str(told.get("then") or told["question"]),
        topics=tuple(map(str, topics or ())),
        style=str(told["style"]),
        near=str(told.get("near", "")),
        after=None if after is None else str(after),
    )
