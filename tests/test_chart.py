"""The weekly figures are drawn as a small picture, in Khmer where the machine has a font for it."""

import io
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PIL import Image

from bot.charts.drawing import KHMER_FONTS, has_khmer_font
from bot.charts.plans import PlanLabels, plan_chart
from bot.charts.provinces import ProvinceLabels, province_chart
from bot.charts.weekly import WEEKS, ChartLabels, weekly_chart
from bot.core.accounts import ProvinceCount
from bot.core.history import Week
from bot.core.people import Language
from bot.core.plans import Progress, StepState

LANGUAGES: tuple[Language, ...] = ("km", "en")


def weeks(number: int) -> list[Week]:
    first = date(2026, 4, 6)
    return [
        Week(first + timedelta(weeks=index), 40 + 3 * index, 10 - index % 4, index % 7)
        for index in range(number)
    ]


def labels(number: int) -> Mapping[Language, ChartLabels]:
    return {
        "km": ChartLabels("សំណួរក្នុងមួយសប្តាហ៍", "បានឆ្លើយ", "បានស្នើ", "មិនបានឆ្លើយ", ["១១\nឧសភា"] * number),
        "en": ChartLabels("Questions a week", "answered", "offered", "not answered", ["11\nMay"] * number),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, WEEKS, 30])
def test_a_small_picture(number: int, language: Language) -> None:
    """The picture is a PNG for a slow connection and a small screen, however many weeks there are."""
    picture = weekly_chart(weeks(number), labels(number), language)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) < 60_000
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (900, 750)


@pytest.mark.parametrize("figures", [(0, 0, 0), (1, 0, 0), (0, 0, 1), (123_456, 7, 0)])
def test_any_figures(figures: tuple[int, int, int]) -> None:
    """Weeks without questions, and with very many, can be drawn."""
    assert weekly_chart([Week(date(2026, 6, 1), *figures)], labels(1), "en")


def test_the_last_weeks() -> None:
    """Only the last weeks are shown."""
    assert weekly_chart(weeks(20), labels(20), "en") == weekly_chart(weeks(20)[-WEEKS:], labels(WEEKS), "en")


def test_nothing_is_cut_off() -> None:
    """Nothing touches the upper and lower edge of the picture."""
    for language in LANGUAGES:
        with Image.open(io.BytesIO(weekly_chart(weeks(WEEKS), labels(WEEKS), language))) as image:
            grey = image.convert("L")
            rows = [list(grey.crop((0, row, 900, row + 1)).tobytes()) for row in (0, 749)]
            assert all(min(row) > 200 for row in rows)


def test_no_khmer_font() -> None:
    """Where there is no font for Khmer, the labels are English."""
    assert not has_khmer_font(fonts=())
    english = weekly_chart(weeks(3), labels(3), "en")
    assert weekly_chart(weeks(3), labels(3), "km", fonts=()) == english
    assert (weekly_chart(weeks(3), labels(3), "km") != english) == has_khmer_font()


def test_a_label_a_week() -> None:
    """A week without a label is a mistake."""
    with pytest.raises(ValueError, match="zip"):
        weekly_chart(weeks(3), labels(2), "en")


def test_nothing_is_loaded_before_it_is_needed() -> None:
    """A bot that never draws does not pay for the library that draws."""
    program = (
        "import sys, bot.charts.weekly, bot.charts.provinces; "
        "sys.exit('matplotlib' in sys.modules or 'PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("fonts", [KHMER_FONTS, ()])
def test_provinces(fonts: tuple[str, ...]) -> None:
    """A broadcast's chart is as wide as a phone shows, and as high as it has provinces, font or none."""
    khmer = ProvinceLabels("តាមខេត្ត", "បានទទួល", "មិនបានទទួល", ("ភ្នំពេញ", "កំពត", "តាកែវ"))
    english = ProvinceLabels("By province", "got it", "did not", ("Phnom Penh", "Kampot", "Takeo"))
    counts = [ProvinceCount("12", 40, 2), ProvinceCount("07", 0, 3), ProvinceCount("21", 5, 0)]
    sizes = []
    for number in (1, 3):
        labels: Mapping[Language, ProvinceLabels] = {
            "km": replace(khmer, provinces=khmer.provinces[:number]),
            "en": replace(english, provinces=english.provinces[:number]),
        }
        body = province_chart(counts[:number], labels, "km", fonts)
        with Image.open(io.BytesIO(body)) as picture:
            sizes.append(picture.size)
    assert {width for width, _ in sizes} == {900}
    assert sizes[0][1] < sizes[1][1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [1, 16])
def test_plans(number: int, language: Language) -> None:
    """Plans are drawn a bar a council, small enough for a slow connection, also where nothing is done."""
    progress = [Progress("120101", {StepState.OPEN: 2000, StepState.DONE: n}) for n in range(number)]
    titles: Mapping[Language, str] = {"km": "ផែនការ", "en": "Plans"}
    words = {
        one: PlanLabels(title, dict.fromkeys(StepState, title), [title] * number)
        for one, title in titles.items()
    }
    picture = plan_chart(progress, words, language)
    assert len(picture) < 60_000
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size[0] == 900
        assert image.size[1] < 1500
