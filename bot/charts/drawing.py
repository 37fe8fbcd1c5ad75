"""What all charts share: the fonts, the size, the file."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.core.people import Language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Fonts with Khmer letters, by the beginning of their file's name; the best at a small size first.
KHMER_FONTS: Final = ("KhmerOSsiemreap", "KhmerOSbattambang", "KhmerOScontent", "KhmerOS", "NotoSansKhmer")
# It comes with matplotlib, and draws what a Khmer font has no letters for.
_LATIN: Final = "DejaVu Sans"
# Dots an inch.
DENSITY: Final = 150


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
