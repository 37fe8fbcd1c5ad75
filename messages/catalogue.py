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


@dataclass(frozen=True)
class Catalogue:
    """The sentences by language and key; each is a pair, for one and for several."""

    sentences: Mapping[str, Mapping[str, tuple[str, str]]]

    def text(self, language: str, key: str, **values: object) -> Markup:
        """The sentence with its values put in, escaped; `count` chooses between one and several.

        Raises KeyError for an unknown key or a value that is missing.
        """
        one, several = self.sentences[language][key]
        return Markup(one if values.get("count") == 1 else several).format(**values)


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
