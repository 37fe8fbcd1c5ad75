"""What councils are called, so that no two are mistaken for each other."""

from bot.core.councils import Commune, shares_full_name
from bot.core.people import Language
from messages.catalogue import Catalogue


def council_name(catalogue: Catalogue, language: Language, council: Commune) -> str:
    """A commune with the district and the province it lies in, and its code where these are not enough."""
    name = council.name(language)
    return catalogue.text(
        language,
        "council.name",
        commune=f"{name} ({council.code})" if shares_full_name(council) else name,
        district=council.district.name(language),
        province=council.province.name(language),
    ).unescape()
