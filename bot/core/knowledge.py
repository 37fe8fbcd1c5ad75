"""What the bot knows: entries that answer, small talk, and examples of questions that it cannot answer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.core.people import Language

Asked = Literal[
    "what", "who", "when", "where", "why", "how", "how-many", "how-much", "how-often", "which", "yes-no"
]


@dataclass(frozen=True)
class Entry:
    """One topic: its question, its answer, what it can be asked for, and ways of asking it."""

    id: str
    question_km: str
    question_en: str
    answer_km: str
    answer_en: str
    asked: tuple[Asked, ...]
    asks: tuple[str, ...]
    source: str
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class SmallTalk:
    """A greeting, thanks and the like: what people say, and what the bot says back.

    `place` is for people who say in words what a command does: where in the bot that leads.
    """

    id: str
    answer_km: str
    answer_en: str
    asks: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True)
class Chapter:
    """A part of the knowledge that people can look through: its title, and its topics in order."""

    id: str
    title_km: str
    title_en: str
    topics: tuple[str, ...]

    def title(self, language: Language) -> str:
        """Return the title in a language."""
        return self.title_en if language == "en" else self.title_km


@dataclass(frozen=True)
class Knowledge:
    """All of it. Ids are unique over entries and small talk; `unanswerable` are whole questions."""

    entries: tuple[Entry, ...]
    small_talk: tuple[SmallTalk, ...] = ()
    unanswerable: tuple[str, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def entry(self, topic: str) -> Entry:
        """Return an entry by its id. Raises KeyError for anything else."""
        return self._entries[topic]

    def question(self, topic: str, language: Language) -> str:
        """Return the question that an entry answers, for a button or a list. Raises KeyError."""
        entry = self._entries[topic]
        return entry.question_en if language == "en" else entry.question_km

    def answer(self, topic: str, language: Language) -> str:
        """Return what an entry or a piece of small talk answers. Raises KeyError."""
        told = self._entries.get(topic) or self._small_talk[topic]
        return told.answer_en if language == "en" else told.answer_km

    def chapter(self, chapter_id: str) -> Chapter:
        """Return a chapter by its id. Raises KeyError."""
        return {chapter.id: chapter for chapter in self.chapters}[chapter_id]

    def related(self, topic: str) -> tuple[Entry, ...]:
        """Return the entries that follow naturally from an entry. Raises KeyError."""
        return tuple(self._entries[other] for other in self._entries[topic].related)

    def place(self, topic: str) -> str:
        """Return where in the bot a piece of small talk leads, empty for most. Raises KeyError."""
        return self._small_talk[topic].place

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def _small_talk(self) -> dict[str, SmallTalk]:
        return {talk.id: talk for talk in self.small_talk}
