"""Every sentence that the bot says, in Khmer and English, read once from the gettext catalogues.

`messages.pot` holds each sentence's key (msgctxt) and its English; `km.po` adds the Khmer.
Sentences are Telegram HTML; what is put into them is escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from markupsafe import Markup

FOLDER: Final = Path(__file__).parent
# What Unicode calls Bidi_Control: embeddings, overrides, isolates and marks.
_DIRECTIONS: Final = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True)
class Catalogue:
    """The sentences by language and key; each is a pair, for one and for several."""

    sentences: Mapping[str, Mapping[str, tuple[str, str]]]

    def text(self, language: str, key: str, **values: object) -> Markup:
        """The sentence with its values put in, escaped; `count` chooses between one and several.

        No value can turn the direction of the sentence.
        Raises KeyError for an unknown key or a value that is missing.
        """
        one, several = self.sentences[language][key]
        told = {name: _undirected(value) for name, value in values.items()}
        return Markup(one if values.get("count") == 1 else several).format(**told)


def _undirected(value: object) -> object:
    """A value without the signs by which a name could turn the sentence around it from right to left."""
    return value.translate(_DIRECTIONS) if isinstance(value, str) else value


def read_catalogue() -> Catalogue:
    """The catalogues of this folder."""
    english = _read(FOLDER / "messages.pot")
    khmer = _read(FOLDER / "km.po")
    return Catalogue(
        {
            "en": {str(message.context): _pair(message.id) for message in english if message.id},
            "km": {str(message.context): _pair(message.string) for message in khmer if message.id},
        }
    )


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _pair(text: object) -> tuple[str, str]:
    """One text for both numbers (Khmer has one), or the two that English has."""
    if isinstance(text, (list, tuple)):
        return str(text[0]), str(text[-1])
    return str(text), str(text)
