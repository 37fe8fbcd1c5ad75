"""Draw the weekly figures as a picture for a phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.charts.drawing import DENSITY, KHMER_FONTS, language_and_fonts, png
from bot.core.history import Week
from bot.core.people import Language
from messages.dates import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How many weeks are shown, the last ones.
WEEKS: Final = 8

# In inches: 900 x 750 dots.
_SIZE: Final = (6.0, 5.0)
# From the bottom of a bar up: the colour, and the ink on it. They differ in lightness as well as in hue, for
# people who see few colours.
_COLOURS: Final = (("#34659c", "white"), ("#a9cbe8", "#222222"), ("#e3a04f", "#222222"))
# A part of a bar carries its figure from this share of the highest bar on; a smaller one has no room for it.
_ROOM: Final = 0.065


@dataclass(frozen=True)
class ChartLabels:
    """The words of a chart in one language; `weeks`: a label each, the month best on a line of its own."""

    title: str
    answered: str
    offered: str
    unanswered: str
    weeks: Sequence[str]


def weekly_chart(
    weeks: Sequence[Week],
    labels: Mapping[Language, ChartLabels],
    language: Language,
    fonts: Sequence[str] = KHMER_FONTS,
) -> bytes:
    """Draw the last WEEKS weeks as stacked bars; a PNG of 900 x 750 dots. The first takes two seconds.

    Where none of the fonts is on the machine, Khmer is replaced by English, which must be among the labels.
    Raises ValueError when there is not one label for each week.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 (large; few bots draw)
    from matplotlib.patches import Patch  # noqa: PLC0415 (as above)

    shown, families = language_and_fonts(language, fonts)
    words = labels[shown]
    last = list(zip(weeks, words.weeks, strict=True))[-WEEKS:]

    figure = Figure(figsize=_SIZE, dpi=DENSITY, layout="constrained")
    patches = [Patch(color=colour) for colour, _ in _COLOURS]
    names = [words.answered, words.offered, words.unanswered]
    figure.legend(
        patches,
        names,
        loc="outside lower center",
        ncols=3,
        frameon=False,
        handlelength=1,
        columnspacing=1.2,
        prop={"family": families, "size": 13},
    )
    axes = figure.add_subplot()
    axes.set_title(words.title, family=families, size=16, pad=14)
    _draw(axes, last, shown, families)
    return png(figure)


def _draw(axes: "Axes", weeks: Sequence[tuple[Week, str]], language: Language, families: list[str]) -> None:
    """Draw a bar a week: its parts with their figures, its total above it, its label below."""
    highest = max((week.total for week, _ in weeks), default=0) or 1
    for place, (week, _) in enumerate(weeks):
        below = 0
        parts = (week.answered, week.offered, week.unanswered)
        for part, (colour, ink) in zip(parts, _COLOURS, strict=True):
            axes.bar(place, part, bottom=below, color=colour, width=0.84)
            if part >= _ROOM * highest:
                figure = digits(language, part)
                axes.text(
                    place,
                    below + part / 2,
                    figure,
                    color=ink,
                    family=families,
                    size=12,
                    ha="center",
                    va="center",
                )
            below += part
        axes.text(
            place,
            below + 0.01 * highest,
            digits(language, below),
            family=families,
            size=13,
            ha="center",
            va="bottom",
        )
    axes.set_xticks(range(len(weeks)), [label for _, label in weeks], family=families, size=12)
    axes.tick_params(length=0)
    axes.set_ylim(0, 1.1 * highest)
    axes.yaxis.set_visible(False)
    axes.spines[["top", "left", "right"]].set_visible(False)
