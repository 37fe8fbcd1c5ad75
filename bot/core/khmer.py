"""Khmer text: one spelling for what looks or means the same, its words, and the language of a text."""

import importlib
import logging
import pickle
import re
import threading
import unicodedata
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.core.people import LANGUAGES, Language
from bot.core.spelling import (
    BASES,
    COENG,
    COMPOSED_VOWELS,
    ENGLISH,
    KHMER_SOUNDS,
    LATIN_SOUNDS,
    MARKS,
    MUUSIKATOAN_LETTERS,
    REPLACED_CODE_POINTS,
    ROBAT,
    SHIFTERS,
    VARIANTS,
    VOWELS,
)

# The longest text that is segmented, in characters after normalising (1,000 take about 15 ms).
MAX_CHARACTERS = 1_000

ENGLISH_WORDS = frozenset(ENGLISH.split())

_KHMER_LETTERS = BASES + MARKS + COENG

# Controls, zero-width characters, the two invisible vowels, variation selectors, tags and lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_REPLACED = str.maketrans(REPLACED_CODE_POINTS)
_SYLLABLE = re.compile(f"[{BASES}]?(?:{COENG}+[{BASES}]?|[{MARKS}])+")
_PART = re.compile(f"{COENG}[{BASES}]|[{MARKS}]")
_TOKEN = re.compile(f"[{_KHMER_LETTERS}]+|(?:(?![{BASES}])[^\\W\\d_]|(?<=\\w)'(?=\\w))+|\\d+")
_KHMER = re.compile(f"[{BASES}]")
_LATIN_WORD = re.compile("[a-z]+(?:'[a-z]+)?")


def normalise(text: str) -> str:
    """Give every way of typing the same text one form. Idempotent; takes any string and never raises.

    Used before everything that compares text: questions, search, place names, duplicates.
    Steps: characters that cannot be seen go; compatibility forms; discouraged code points and Khmer digits;
    canonical order inside each syllable; lower case; single spaces; spelling variants.
    """
    return _normalised(text) if len(text) <= MAX_CHARACTERS else _normalised.__wrapped__(text)


@lru_cache(maxsize=8_192)
def _normalised(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFKC", text.lower()).translate(_REPLACED)
    text = unicodedata.normalize("NFKC", _SYLLABLE.sub(_canonical_syllable, text))
    return _VARIANT.sub(lambda found: _KEPT[found[0]], " ".join(text.split()))


def words(text: str) -> list[str]:
    """Split a text into words, normalised: Khmer ones by khmer-nltk, then Latin words and numbers.

    Punctuation, symbols and whatever follows MAX_CHARACTERS are dropped. Loads the model when nobody has.
    """
    return list(_words(normalise(text)[:MAX_CHARACTERS]))


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for run in _TOKEN.findall(text):
        found.extend(_segmenter.load()(run) if _KHMER.search(run) else [run])
    return tuple(found)


def language_of(text: str) -> Language | None:
    """Say in which language to answer a text; None for romanised Khmer, bare names, digits, emoji."""
    text = normalise(text[: 4 * MAX_CHARACTERS])
    if _KHMER.search(text):
        return "km"
    latin = _LATIN_WORD.findall(text)
    english = sum(word.removesuffix("'s") in ENGLISH_WORDS for word in latin)
    return "en" if english and 2 * english >= len(latin) else None


def languages_in(text: str) -> tuple[Language, ...]:
    """Say in which languages a longer text is written, line by line: both, one, or none that can be told.

    Some Latin words in a Khmer line are names; a line of words of which some are English is English.
    """
    lines = [normalise(line) for line in text.splitlines()]
    khmer = any(_KHMER.search(line) for line in lines)
    english = any(_is_english(line) for line in lines if not _KHMER.search(line))
    return tuple(one for one, there in zip(LANGUAGES, (khmer, english), strict=True) if there)


def _is_english(line: str) -> bool:
    words_of_line = _LATIN_WORD.findall(line)
    return len(words_of_line) >= 3 and not ENGLISH_WORDS.isdisjoint(words_of_line)


@lru_cache(maxsize=16_384)
def sounds(word: str) -> str:
    """Return the consonants that are heard in a normalised word, so that Khmer and its romanisings meet.

    Vowels have no agreed spelling in Latin letters and go; so do final h, r, s, v and y, which are often not
    written, and an r that closes a syllable. A word of vowels only is "a".
    """
    if _KHMER.search(word):
        word = _SILENT.sub("", word).replace("ហ្វ", "វ").replace("ំង", "ង").replace("ំ", "ម")
        spelt = "".join(KHMER_SOUNDS.get(letter, "a" if letter in _VOWELS else "") for letter in word)
    else:
        spelt = _LATIN_SOUND.sub(lambda found: _LATIN_SOUND_OF[found.lastindex or 0], word)
    spelt = _NOT_HEARD.sub("", spelt) or spelt[:1]
    return re.sub("[^knctpmyrlvsh]", "", re.sub(r"(.)\1+", r"\1", spelt)) or "a"


def load_segmenter() -> None:
    """Load khmer-nltk's model (about 1 s and 115 MB), so that the first question need not wait for it.

    The model is kept in memory; no temporary file is written. Safe to call again and from any thread.
    """
    _segmenter.load()


def _canonical_syllable(found: re.Match[str]) -> str:
    """Order one syllable: base, robat, subscripts (RO last), shifter, vowels, signs; each mark once."""
    text = found[0]
    base = text[0] if _KHMER.match(text) else ""
    parts = dict.fromkeys(_PART.findall(text, len(base)))
    below = dict.fromkeys(part.replace("ដ", "ត") for part in parts if part[0] == COENG)
    vowels = "".join(sorted(part for part in parts if part in _VOWELS))
    for strokes, vowel in COMPOSED_VOWELS:
        if set(strokes) <= set(vowels):
            vowels = "".join(sorted(set(vowels) - set(strokes) | {vowel}))
    shifter = next((part for part in sorted(parts) if part in SHIFTERS), "")
    crowded = not _ABOVE.isdisjoint(vowels) or ("ា" in vowels and "ំ" in parts)
    if crowded and (shifter or "ុ" in vowels):
        shifter = "៉" if base and base in MUUSIKATOAN_LETTERS else "៊"
        vowels = vowels.replace("ុ", "")
    signs = "".join(sorted(part for part in parts if part in _SIGNS))
    robat = ROBAT if ROBAT in parts else ""
    return base + robat + "".join(sorted(below, key="្រ".__eq__)) + shifter + vowels + signs


def _variant_pattern() -> re.Pattern[str]:
    """Match a spelling variant that is made of whole syllables, the longest first."""
    spellings = "|".join(sorted(_KEPT, key=len, reverse=True))
    return re.compile(f"(?<!{COENG})(?:{spellings})(?![{MARKS}{COENG}])")


_VOWELS = frozenset("ាិីឹឺុូួើឿៀេែៃោៅ")
_SIGNS = frozenset("ំះៈ់៍៎៏័៑៝")
_ABOVE = frozenset("ិីឹឺើ")
_SILENT = re.compile(f"[{BASES}](?:{COENG}[{BASES}])?[{VOWELS}]?៍")
_NOT_HEARD = re.compile("[hrsvy]+$|(?<=[aeiou])r(?![aeiou])|(?<!^)y(?![aeiou])")
_LATIN_SOUND = re.compile("|".join(f"({spelt})" for spelt, _ in LATIN_SOUNDS))
_LATIN_SOUND_OF = ["", *(sound for _, sound in LATIN_SOUNDS)]
_KEPT = {_SYLLABLE.sub(_canonical_syllable, typed): kept for typed, kept in VARIANTS.items()}
_VARIANT = _variant_pattern()


class _Model:
    """khmer-nltk's conditional random field, held in memory and used by one thread at a time."""

    def __init__(self, tagger: Any, data: bytes) -> None:
        self._tagger = tagger
        self._data = data  # the tagger points into it
        self._lock = threading.Lock()

    def predict(self, sequences: list[Any]) -> list[list[str]]:
        with self._lock:
            return [self._tagger.tag(sequence) for sequence in sequences]


class _InMemory:
    """Stands in for the pickled class that would write its 17.7 MB to a temporary file."""

    data: bytes

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.data = state["__FILE_RESOURCE_DATA__"]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _InMemory if name == "FileResource" else super().find_class(module, name)


class _Segmenter:
    """khmer-nltk, imported and loaded once, on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokenize: Any = None

    def load(self) -> Any:
        """Return khmer-nltk's `word_tokenize` with its model in place."""
        with self._lock:
            if self._tokenize is None:
                self._tokenize = self._loaded()
        return self._tokenize

    @staticmethod
    def _loaded() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its regular expressions have invalid escapes
            module = importlib.import_module("khmernltk.word_tokenize")
            tagger = importlib.import_module("pycrfsuite").Tagger()
        logger = logging.getLogger("khmer-nltk")
        logger.handlers.clear()  # it writes coloured lines to the terminal
        logger.setLevel(logging.WARNING)
        with Path(module.model_path).open("rb") as file:
            data = _Unpickler(file).load().modelfile.data
        tagger.open_inmemory(data)
        vars(module)["crf_model"] = _Model(tagger, data)
        return vars(module)["word_tokenize"]


_segmenter = _Segmenter()
