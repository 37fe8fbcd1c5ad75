"""What the bot knows: entries that answer, small talk, and examples of questions that it cannot answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, Protocol

from bot.core.forms import Form
from bot.core.people import Language

Asked = Literal[
    "what", "who", "when", "where", "why", "how", "how-many", "how-much", "how-often", "which", "yes-no"
]

# An answer that is longer is said in part, with a button for the rest; in characters.
LONG_ANSWER: Final = 600
_SENTENCE_ENDS: Final = ("\n", "។ ", "៕ ", "។", ". ", "? ", "! ")


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

    def question(self, language: Language) -> str:
        """Return the question in a language."""
        return self.question_en if language == "en" else self.question_km

    def answer(self, language: Language) -> str:
        """Return the answer in a language."""
        return self.answer_en if language == "en" else self.answer_km


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

    def __contains__(self, topic: object) -> bool:
        """Whether there is an entry of this id."""
        return topic in self._entries

    def entry(self, topic: str) -> Entry:
        """Return an entry by its id. Raises KeyError for anything else."""
        return self._entries[topic]

    def question(self, topic: str, language: Language) -> str:
        """Return the question that an entry answers, for a button or a list. Raises KeyError."""
        return self._entries[topic].question(language)

    def answer(self, topic: str, language: Language) -> str:
        """Return what an entry or a piece of small talk answers. Raises KeyError."""
        told = self._entries.get(topic) or self._small_talk[topic]
        return told.answer_en if language == "en" else told.answer_km

    def chapter(self, chapter_id: str) -> Chapter:
        """Return a chapter by its id. Raises KeyError."""
        return {chapter.id: chapter for chapter in self.chapters}[chapter_id]

    def chapter_of(self, topic: str) -> str:
        """Return the id of the chapter that holds an entry, empty if none does."""
        return next((chapter.id for chapter in self.chapters if topic in chapter.topics), "")

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


def lead(answer: str, longest: int = LONG_ANSWER) -> str:
    """Return the beginning of a long answer, up to the end of a sentence if there is one; else all of it."""
    if len(answer) <= longest:
        return answer
    ends = [answer.rfind(end, longest // 3, longest) + len(end) for end in _SENTENCE_ENDS]
    cut = max((end for end in ends if end > longest // 3), default=answer.rfind(" ", 1, longest))
    return answer[: cut if cut > 0 else longest].rstrip() + " …"


@dataclass(frozen=True)
class Change:
    """An entry as somebody wants it to be from now on, and the chapter that it is found in."""

    entry: Entry
    chapter: str
    retired: bool = False


@dataclass(frozen=True)
class Version:
    """A change that was published. `number` counts from 1 for each entry; 0 is the entry of the files."""

    topic: str
    number: int
    change: Change
    published_by: int | None
    published_at: datetime | None


def changed(knowledge: Knowledge, changes: Iterable[Change]) -> Knowledge:
    """Return the knowledge with the changes made: entries put in, replaced or retired.

    Retired entries are no longer named as related. An entry of an unknown chapter is in no chapter.
    """
    entries = {entry.id: entry for entry in knowledge.entries}
    chapters = {chapter.id: list(chapter.topics) for chapter in knowledge.chapters}
    for change in changes:
        topic = change.entry.id
        entries.pop(topic, None) if change.retired else entries.update({topic: change.entry})
        for chapter_id, topics in chapters.items():
            if topic in topics and (change.retired or chapter_id != change.chapter):
                topics.remove(topic)
        if not change.retired and topic not in chapters.get(change.chapter, [topic]):
            chapters[change.chapter].append(topic)
    return replace(
        knowledge,
        entries=tuple(
            replace(entry, related=tuple(other for other in entry.related if other in entries))
            for entry in entries.values()
        ),
        chapters=tuple(replace(one, topics=tuple(chapters[one.id])) for one in knowledge.chapters),
    )


class Versions(Protocol):
    """What coordinators published."""

    async def newest(self) -> int:
        """A number that grows with everything published."""

    async def current(self) -> list[Version]:
        """The newest version of each entry that was ever changed, in the order in which they were first."""

    async def of(self, topic: str) -> list[Version]:
        """Every published version of an entry, newest first."""

    async def publish(self, change: Change, after: int, by: int, now: datetime) -> Version | None:
        """Publish a version after the one with that number; None when somebody published meanwhile."""

    async def publish_form(
        self, form: Form, changes: Sequence[tuple[Change, int]], by: int, now: datetime
    ) -> list[Version] | None:
        """Publish what a form holds, each after the version of that number, and close the form: all at once.

        What somebody published meanwhile is left alone, and not returned. When that is all, the form stays.
        None when the form is gone or has changed.
        """
