"""Draw who got a broadcast, by province."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.charts.drawing import KHMER_FONTS, Bar, language_and_fonts, lying_bars
from bot.core.accounts import ProvinceCount
from bot.core.people import Language
from messages.dates import digits

# They differ in lightness as well as in hue, for people who see few colours.
_REACHED, _MISSED = "#34659c", "#e3a04f"


@dataclass(frozen=True)
class ProvinceLabels:
    """The words of the chart in one language; `provinces`: a name for each count."""

    title: str
    reached: str
    missed: str
    provinces: Sequence[str]


def province_chart(
    counts: Sequence[ProvinceCount],
    labels: Mapping[Language, ProvinceLabels],
    language: Language,
    fonts: Sequence[str] = KHMER_FONTS,
) -> bytes:
    """Draw a bar a province, the first on top: those reached, then those missed; a PNG 900 dots wide.

    Where none of the fonts is on the machine, Khmer is replaced by English, which must be among the labels.
    """
    shown, families = language_and_fonts(language, fonts)
    words = labels[shown]
    bars = [
        Bar(name, (one.reached, one.missed), digits(shown, _figures(one)))
        for one, name in zip(counts, words.provinces, strict=True)
    ]
    return lying_bars(words.title, ((_REACHED, words.reached), (_MISSED, words.missed)), bars, families)


def _figures(one: ProvinceCount) -> str:
    """How many were reached, of how many."""
    return f"{one.reached}/{one.reached + one.missed}" if one.missed else str(one.reached)
