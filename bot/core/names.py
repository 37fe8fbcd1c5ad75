"""Names in Latin letters inside Khmer text: whether a question's names and a topic's names agree."""

from collections import Counter
from collections.abc import Sequence

from bot.core.khmer import ENGLISH_WORDS, words

# A name is general, and tells nothing, when more than this share of the topics mention it.
GENERAL = 0.25
# A topic is about its names when at least this share of its examples contain one.
ABOUT = 0.5


def names_in(text: str) -> frozenset[str]:
    """Return the words in Latin letters, English ones left out, of a text that is partly Khmer."""
    found = words(text)
    if all(word.isascii() for word in found):
        return frozenset()
    return frozenset(word for word in found if word.isascii() and word.isalpha()) - ENGLISH_WORDS


class Names:
    """The names that the topics' examples contain."""

    def __init__(self, topics: Sequence[Sequence[str]]) -> None:
        named = [[names_in(text) for text in texts] for texts in topics]
        self._counts = [Counter(name for names in group for name in names) for group in named]
        mentions = Counter(name for counts in self._counts for name in counts)
        self._general = {name for name, times in mentions.items() if times > GENERAL * len(topics)}
        self.known = frozenset(mentions)
        self._about = [
            sum(bool(self.in_question(text) - self._general) for text in texts) >= ABOUT * len(texts)
            for texts in topics
        ]

    def about(self, topic: int) -> bool:
        """Say whether a topic is about its names."""
        return self._about[topic]

    def share(self, names: frozenset[str], topic: int) -> bool:
        """Say whether a topic's examples have one of the names, if there are any."""
        return not names or not names.isdisjoint(self._counts[topic])

    def in_question(self, text: str) -> frozenset[str]:
        """Return a question's names; one in Latin letters only can have those that Khmer examples have."""
        return names_in(text) or self.known.intersection(words(text))

    def telling(self, text: str) -> frozenset[str]:
        """Return those of a question's names that tell it from others."""
        return self.in_question(text) - self._general

    def agree(self, names: frozenset[str], topic: int, less: int = 0) -> float:
        """Return 1 if the topic's examples have the names, -1 if the topic is about others, 0 if none tells.

        With `less` = 1 a name counts only if another example has it too.
        """
        particular = names - self._general
        if particular:
            return 1.0 if all(self._counts[topic][name] > less for name in particular) else -1.0
        return -1.0 if names and self._about[topic] else 0.0
