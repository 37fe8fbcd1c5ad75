"""What all charts share: the fonts, the size, the file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.core.people import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Fonts with Khmer letters, by the beginning of their file's name; the best at a small size first.
KHMER_FONTS: Final = ("KhmerOSsiemreap", "KhmerOSbattambang", "KhmerOScontent", "KhmerOS", "NotoSansKhmer")
# It comes with matplotlib, and draws what a Khmer font has no letters for.
_LATIN: Final = "DejaVu Sans"
# Dots an inch.
DENSITY: Final = 150
# In inches: the width of a chart with lying bars, the height of a bar, and that of all around them.
_WIDTH: Final = 6.0
_BAR_HEIGHT: Final = 0.42
_AROUND: Final = 1.6


@dataclass(frozen=True)
class Bar:
    """A lying bar: its name, how long each of its parts is, and the figures behind it."""

    name: str
    parts: Sequence[float]
    figures: str


def lying_bars(
    title: str,
    parts: Sequence[tuple[str, str]],
    bars: Sequence[Bar],
    families: list[str],
    columns: int | None = None,
) -> bytes:
    """Draw the bars, the first on top, as a PNG 900 dots wide; `parts` are their colours and names.

    The names of the parts stand under the chart in so many columns, or beside each other.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 (large; few bots draw)
    from matplotlib.patches import Patch  # noqa: PLC0415 (as above)

    figure = Figure(figsize=(_WIDTH, _AROUND + _BAR_HEIGHT * len(bars)), dpi=DENSITY, layout="constrained")
    figure.legend(
        [Patch(color=colour) for colour, _ in parts],
        [name for _, name in parts],
        loc="outside lower center",
        ncols=columns or len(parts),
        frameon=False,
        handlelength=1,
        prop={"family": families, "size": 13},
    )
    axes = figure.add_subplot()
    axes.set_title(title, family=families, size=15, pad=10)
    _draw_bars(axes, [colour for colour, _ in parts], bars, families)
    return png(figure)


def _draw_bars(axes: "Axes", colours: Sequence[str], bars: Sequence[Bar], families: list[str]) -> None:
    widest = max((sum(bar.parts) for bar in bars), default=0) or 1
    for place, bar in enumerate(bars):
        drawn = 0.0
        for part, colour in zip(bar.parts, colours, strict=True):
            axes.barh(place, part, left=drawn, color=colour, height=0.7)
            drawn += part
        axes.text(drawn + 0.01 * widest, place, bar.figures, family=families, size=12, va="center")
    axes.set_yticks(range(len(bars)), [bar.name for bar in bars], family=families, size=12)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.set_xlim(0, 1.15 * widest)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "bottom", "right"]].set_visible(False)


def language_and_fonts(language: Language, fonts: Sequence[str]) -> tuple[Language, list[str]]:
    """The language a chart can be labelled in on this machine, and the fonts for it; English without any."""
    khmer = _khmer_family(fonts) if language == "km" else None
    return ("km" if khmer else "en"), [*([khmer] if khmer else []), _LATIN]


def has_khmer_font(fonts: Sequence[str] = KHMER_FONTS) -> bool:
    """Whether a chart can be labelled in Khmer on this machine."""
    return _khmer_file(fonts) is not None


def png(figure: "Figure") -> bytes:
    """The drawing with as few colours as it needs, a third of the size that it has with all."""
    from PIL import Image  # noqa: PLC0415 (comes with matplotlib, which is large)

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DENSITY)
    with Image.open(drawn) as picture:
        picture.convert("RGB").quantize(64).save(small, "png", optimize=True)
    return small.getvalue()


def _khmer_family(fonts: Sequence[str]) -> str | None:
    """The name of the first of the fonts that is on this machine, made known to matplotlib."""
    from matplotlib.font_manager import FontProperties, fontManager  # noqa: PLC0415 (large; few bots draw)

    file = _khmer_file(fonts)
    if file is None:
        return None
    family = FontProperties(fname=file).get_name()
    if family not in fontManager.get_font_names():  # it was installed after matplotlib last looked
        fontManager.addfont(file)
    return family


def _khmer_file(fonts: Sequence[str]) -> Path | None:
    from matplotlib.font_manager import findSystemFonts  # noqa: PLC0415 (large; few bots draw)

    found = sorted(map(Path, findSystemFonts()))
    return next((file for font in fonts for file in found if file.stem.startswith(font)), None)
