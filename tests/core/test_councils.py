"""The communes of Cambodia, and how a person finds theirs."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.councils import (
    MATCHES_SHOWN,
    Commune,
    commune,
    communes,
    districts,
    find_areas,
    find_communes,
    provinces,
    shares_full_name,
)
from bot.core.people import LANGUAGES

EVERY_COMMUNE = [
    found
    for province in provinces()
    for district in districts(province.code)
    for found in communes(district.code)
]
PREAEK_NORIN = "020501"
PHSAR_KANDAL = "011003"


def codes(text: str) -> list[str]:
    return [found.code for found in find_communes(text).communes]


def full_name(found: Commune, language: str) -> tuple[str, str, str]:
    places = (found, found.district, found.province)
    return tuple(place.km if language == "km" else place.en for place in places)  # type: ignore[return-value]


def test_numbers_of_places() -> None:
    """There are 25 provinces, 210 districts and 1,661 communes, as the official list has them."""
    assert len(provinces()) == 25
    assert sum(len(districts(province.code)) for province in provinces()) == 210
    assert len({found.code for found in EVERY_COMMUNE}) == 1661


def test_every_commune_is_named_and_placed() -> None:
    """Every commune has both names, and a code that begins with those of its district and province."""
    for found in EVERY_COMMUNE:
        assert found.km.strip() and found.en.strip()
        assert found.code.startswith(found.district.code)
        assert found.district.code.startswith(found.province.code)
        assert [len(place.code) for place in (found, found.district, found.province)] == [6, 4, 2]


def test_full_names() -> None:
    """District and province tell communes of one name apart, but for those of which the bot knows it."""
    for language in LANGUAGES:
        times = Counter(full_name(found, language) for found in EVERY_COMMUNE)
        for found in EVERY_COMMUNE:
            assert shares_full_name(found) == (times[full_name(found, language)] > 1), found.code


def test_commune_by_code() -> None:
    """A commune is found by its code, with its names in both languages."""
    found = commune(PREAEK_NORIN)
    assert found
    assert [found.name(language) for language in LANGUAGES] == ["ព្រែកនរិន្ទ", "Preaek Norin"]
    assert (found.district.en, found.province.en) == ("Aek Phnum", "Battambang")


@pytest.mark.parametrize("code", ["", "0", "02", "0205", "999999", "02050", "0205011", "abc", "០២០៥០១"])
def test_no_such_code(code: str) -> None:
    """What is no commune's code names no commune."""
    assert commune(code) is None


def test_nothing_lies_in_what_is_not() -> None:
    """There are no districts in what is no province, and no communes in what is no district."""
    assert not districts("99")
    assert not districts("0205")
    assert not communes("9999")
    assert not communes("02")


@pytest.mark.parametrize(
    "typed",
    [
        "ព្រែកនរិន្ទ",
        " ព្រែក នរិន្ទ ",
        "ព្រែក\u200bនរិន្ទ",
        "នរិន្ទ",
        "ឃុំព្រែកនរិន្ទ",
        "ឃុំ ព្រែកនរិន្ទ",
        "ឃំុព្រែកនរិន្ទ",  # the two marks in the other order
        "Preaek Norin",
        "preaek norin",
        "PREAEKNORIN",
        "Norin",
        "Khum Preaek Norin",
        "khum preaek norin",
        "Preaek-Norin!",
        "commune Preaek Norin",
    ],
)
def test_found_alone(typed: str) -> None:
    """A commune is found by its name or part of it, Khmer or Latin, also after the word commune."""
    found = find_communes(typed)
    assert [match.code for match in found.communes] == [PREAEK_NORIN]
    assert found.total == 1


@pytest.mark.parametrize(
    "typed", ["ផ្សារកណ្តាល", "ផ្សារកណ្ដាល", "សង្កាត់ផ្សារកណ្តាល", "សង្កាត់ ផ្សារកណ្ដាល", "Sangkat Phsar Kandal"]
)
def test_found_first(typed: str) -> None:
    """A sangkat is found with its word before it, and whichever of two like-looking letters is typed."""
    assert codes(typed)[0] == PHSAR_KANDAL


@pytest.mark.parametrize(
    ("typed", "official"),
    [("សម្រោង", "សំរោង"), ("សម្បូរ", "សំបូរ"), ("សម្ពៅលូន", "សំពៅលូន"), ("សម្ឡូត", "សំឡូត")],
)
def test_found_in_todays_spelling(typed: str, official: str) -> None:
    """A commune whose official name is written with សំ is found by whoever writes សម្."""
    assert codes(official)
    assert codes(typed) == codes(official)


@pytest.mark.parametrize("typed", ["Kouk Srok", "kouk srok", "គោកស្រុក", "Khum Kouk Srok"])
def test_a_name_that_holds_a_word_for_a_place(typed: str) -> None:
    """A commune whose name holds the word for district is found by its name."""
    assert codes(typed)[0] == "250103"


@pytest.mark.parametrize(
    "typed",
    ["សំរោង តាកែវ", "Samraong Takeo", "Samraong, Takeo", "ឃុំសំរោង ខេត្តតាកែវ", "Samraong commune Takeo province"],
)
def test_found_with_the_province(typed: str) -> None:
    """District or province may stand beside the name, and then tell communes of one name apart."""
    found = find_communes(typed).communes
    assert found
    assert {(match.en, match.province.en) for match in found} == {("Samraong", "Takeo")}


@pytest.mark.parametrize("typed", ["Prek Norin", "Preaek Norinn", "Preak Norin", "ព្រែកនរិន"])
def test_found_though_misspelt(typed: str) -> None:
    """A name that is written nearly right is found."""
    assert PREAEK_NORIN in codes(typed)


@pytest.mark.parametrize(
    "typed", ["Kampong Cham", "kampong cham", "កំពង់ចាម", "ខេត្តកំពង់ចាម", "Kampong Cham province"]
)
def test_areas(typed: str) -> None:
    """A province and a district are found by their whole name, with or without the word for it."""
    assert [area.code for area in find_areas(typed)] == ["03", "0305"]


@pytest.mark.parametrize("typed", ["", "ឃុំ", "Kampong", "zzz", "\ud800"], ids=ascii)
def test_no_area(typed: str) -> None:
    """What is no whole name of a province or district names none."""
    assert find_areas(typed) == []


@pytest.mark.parametrize("typed", ["សំរោង", "Samraong", "ឃុំសំរោង"])
def test_ten_communes_of_one_name(typed: str) -> None:
    """All ten communes of one name are listed before those that only hold it, each in its own district."""
    found = find_communes(typed)
    same = [match for match in found.communes if match.en == "Samraong"]
    assert len(same) == 10
    assert found.communes[:10] == same
    for language in LANGUAGES:
        assert len({full_name(match, language)[1:] for match in same}) == 10


@pytest.mark.parametrize("typed", ["សំរោងង", "Samroang"])
def test_ten_communes_though_misspelt(typed: str) -> None:
    """A slip in a name that ten communes share still lists all ten."""
    listed = find_communes(typed).communes
    assert sum(match.en == "Samraong" for match in listed) == 10


def test_best_first() -> None:
    """Whole names come first, then names that begin with the text, then those that hold it elsewhere."""
    names = [match.en for match in find_communes("Svay Chek").communes]
    assert names[0] == "Svay Chek"
    ranks = [
        0 if name == "Ou" else 1 if name.startswith("Ou") else 2
        for name in (match.en for match in find_communes("Ou").communes)
    ]
    assert all(one <= next_one for one, next_one in pairwise(ranks))


def test_total_counts_those_not_listed() -> None:
    """A list is cut at what a person can look through, and the total says how many there are."""
    found = find_communes("ព្រែក")
    assert len(found.communes) == MATCHES_SHOWN
    assert found.total > MATCHES_SHOWN


def test_narrower_finds_fewer() -> None:
    """More of the name finds no more communes than less of it, and some of the same."""
    assert find_communes("ព្រែកន").total <= find_communes("ព្រែក").total
    assert find_communes("ព្រែកនរិន្ទ").total <= find_communes("ព្រែកន").total


@pytest.mark.parametrize(
    "typed", ["", " ", "ក", "a", "!", "្", "\u200b\u200b", "ក ", "១", "🙂🙂", "\ud800\ud800"]
)
def test_too_short(typed: str) -> None:
    """Less than two letters find nothing."""
    found = find_communes(typed)
    assert (found.communes, found.total) == ([], 0)


@pytest.mark.parametrize("typed", ["zzz", "ភពព្រះអង្គារ", "ព្រែកនរិន្ទ ឆ្ងាយណាស់", "%", "__", "' OR 1=1", ".*"])
def test_not_found(typed: str) -> None:
    """A name that no commune holds finds nothing."""
    assert not find_communes(typed).total


@pytest.mark.parametrize("typed", ["ឃុំ", "សង្កាត់", "khum", "sangkat", "commune"])
def test_the_word_alone(typed: str) -> None:
    """The word for commune alone is no name: it never lists every commune."""
    assert find_communes(typed).total < 10


def test_every_commune_is_found_by_its_names() -> None:
    """Every commune is among those listed for its whole name, Khmer and Latin."""
    for found in EVERY_COMMUNE[::8]:
        for name in (found.km, found.en):
            assert found in find_communes(name).communes, name


def test_100_kilobytes() -> None:
    """A text of 100 KB finds nothing and does not fail."""
    assert not find_communes("ព្រែក" * 20_000).total


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_categories=())) | st.text("ឃុំសង្កាត់ព្រែកkhum \u200b", max_size=12))
def test_any_text(text: str) -> None:
    """Any text finds some communes or none, and never fails."""
    found = find_communes(text)
    assert len(found.communes) == min(found.total, MATCHES_SHOWN)
    assert len({match.code for match in found.communes}) == len(found.communes)
    find_areas(text)
