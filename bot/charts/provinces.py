"""Draw who got a broadcast, by province."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.charts.drawing import DENSITY, KHMER_FONTS, language_and_fonts, png
from bot.core.accounts import ProvinceCount
from bot.core.people import Language
from messages.dates import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# In inches: the width, the height of a bar, and that of all around them.
_WIDTH: Final = 6.0
_BAR_HEIGHT: Final = 0.42
_AROUND: Final = 1.6
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
    from matplotlib.figure import Figure  # noqa: PLC0415 (large; few bots draw)
    from matplotlib.patches import Patch  # noqa: PLC0415 (as above)

    shown, families = language_and_fonts(language, fonts)
    words = labels[shown]
    height = _AROUND + _BAR_HEIGHT * len(counts)
    figure = Figure(figsize=(_WIDTH, height), dpi=DENSITY, layout="constrained")
    figure.legend(
        [Patch(color=_REACHED), Patch(color=_MISSED)],
        [words.reached, words.missed],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        handlelength=1,
        prop={"family": families, "size": 13},
    )
    axes = figure.add_subplot()
    axes.set_title(words.title, family=families, size=15, pad=10)
    _draw(axes, counts, words.provinces, shown, families)
    return png(figure)


def _draw(
    axes: "Axes",
    counts: Sequence[ProvinceCount],
    names: Sequence[str],
    language: Language,
    families: list[str],
) -> None:
    """Draw the bars with their figures: how many were reached, of how many."""
    widest = max((one.reached + one.missed for one in counts), default=0) or 1
    for place, one in enumerate(counts):
        total = one.reached + one.missed
        axes.barh(place, one.reached, color=_REACHED, height=0.7)
        axes.barh(place, one.missed, left=one.reached, color=_MISSED, height=0.7)
        figure = digits(language, f"{one.reached}/{total}" if one.missed else one.reached)
        axes.text(total + 0.01 * widest, place, figure, family=families, size=12, va="center")
    axes.set_yticks(range(len(counts)), names, family=families, size=12)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.set_xlim(0, 1.15 * widest)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "bottom", "right"]].set_visible(False)
