"""What councils and provinces are called; no two councils are mistaken for each other."""

from collections.abc import Iterable

from bot.context import Context
from bot.core.councils import Commune, place, shares_full_name
from bot.core.directory import EVERYWHERE
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


def province_name(context: Context, code: str, language: Language | None = None) -> str:
    if code == EVERYWHERE:
        return context.text("members.everywhere", language).unescape()
    province = place(code)
    return province.name(language or context.person.language) if province else code


def province_names(context: Context, codes: Iterable[str], language: Language | None = None) -> str:
    return ", ".join(province_name(context, code, language) for code in codes)
