"""Draw how far the councils are with their plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.charts.drawing import KHMER_FONTS, Bar, language_and_fonts, lying_bars
from bot.core.people import Language
from bot.core.plans import Progress, StepState
from messages.dates import digits

COUNCILS: Final = 15
"""How many have a bar of their own; the others share one."""
# From the axis on. They differ in lightness as well as in hue, for people who see few colours.
COLOURS: Final = {
    StepState.DONE: "#34659c",
    StepState.PARTLY: "#a9cbe8",
    StepState.NOT_YET: "#e3a04f",
    StepState.OPEN: "#d9d9d9",
}


@dataclass(frozen=True)
class PlanLabels:
    """The words of the chart in one language; `councils`: a name for each progress."""

    title: str
    states: Mapping[StepState, str]
    councils: Sequence[str]


def plan_chart(
    progress: Sequence[Progress],
    labels: Mapping[Language, PlanLabels],
    language: Language,
    fonts: Sequence[str] = KHMER_FONTS,
) -> bytes:
    """Draw a bar a council, the first on top: the shares of its steps by state, and how many are done.

    All bars are as long: those of many councils together would make the others too short to read.

    A PNG 900 dots wide. Where none of the fonts is on the machine, Khmer is replaced by English, which must
    be among the labels.
    """
    shown, families = language_and_fonts(language, fonts)
    words = labels[shown]
    bars = [
        Bar(
            name,
            [one.counts.get(state, 0) / (one.total or 1) for state in COLOURS],
            digits(shown, f"{one.counts.get(StepState.DONE, 0)}/{one.total}"),
        )
        for one, name in zip(progress, words.councils, strict=True)
    ]
    parts = [(colour, words.states[state]) for state, colour in COLOURS.items()]
    return lying_bars(words.title, parts, bars, families, columns=2)
