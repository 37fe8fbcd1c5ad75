"""What an organisation tells of itself when it asks to become a member: the form, its checks, its content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import phonenumbers
from pydantic import HttpUrl, TypeAdapter, ValidationError

from bot.core.attachments import Attachment, from_text, to_text
from bot.core.councils import find_areas, provinces
from bot.core.directory import EVERYWHERE, Organisation, OrganisationKind
from bot.core.forms import Field, Moment, Refused, files_only, no_question, one_of, text_between
from bot.core.lessons import THEMES

COUNTRY: Final = "KH"
MOST_DOCUMENTS: Final = 3
YES, NO = "yes", "no"


@dataclass(frozen=True, kw_only=True)
class Application:
    """What an organisation tells, as it was typed; what it left out is empty.

    `other_name` is in the other letters, Khmer or Latin; `provinces` are official codes, or EVERYWHERE;
    `sectors` are of THEMES; `telephone` is in international form, as "+855 23 217 855". `public` says that
    members may see how to reach it.
    """

    organisation: str
    contact: str
    telephone: str
    why: str
    other_name: str = ""
    kind: OrganisationKind = OrganisationKind.OTHER
    provinces: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    position: str = ""
    email: str = ""
    website: str = ""
    heard: str = ""
    document: tuple[Attachment, ...] = ()
    public: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.organisation, self.other_name) if self.other_name else (self.organisation,)

    @property
    def answers(self) -> dict[str, str]:
        """As a form holds it; `application_of` reads it again."""
        return {
            **{name: str(getattr(self, name)) for name in _PLAIN},
            "kind": self.kind.value,
            "provinces": " ".join(self.provinces),
            "sectors": " ".join(self.sectors),
            "document": to_text(self.document),
            "public": YES if self.public else NO,
        }


_PLAIN: Final = (
    *("organisation", "other_name", "contact", "position", "telephone"),
    *("email", "website", "why", "heard"),
)


def application_of(answers: Mapping[str, str]) -> Application:
    """What a form tells."""
    return Application(
        organisation=answers["organisation"],
        contact=answers["contact"],
        telephone=answers["telephone"],
        why=answers["why"],
        other_name=answers["other_name"],
        kind=OrganisationKind(answers["kind"]),
        provinces=tuple(answers["provinces"].split()),
        sectors=tuple(answers["sectors"].split()),
        position=answers["position"],
        email=answers["email"],
        website=answers["website"],
        heard=answers["heard"],
        document=from_text(answers["document"]),
        public=answers["public"] == YES,
    )


def telephone(text: str, _: Moment) -> str | Refused:
    """A form's check: the first valid telephone number, Khmer digits welcome, in international form."""
    found = list(phonenumbers.PhoneNumberMatcher(text[:100], COUNTRY))
    if not found:
        return Refused("no_telephone")
    return phonenumbers.format_number(found[0].number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def email(text: str, _: Moment) -> str | Refused:
    """A form's check: one e-mail address. Whether it exists only a letter could tell."""
    typed = text.strip().removeprefix("mailto:")
    return typed if len(typed) <= 254 and _EMAIL.fullmatch(typed) else Refused("no_email")


def website(text: str, _: Moment) -> str | Refused:
    """A form's check: the address of a page, with or without https:// before it."""
    typed = text.strip()
    try:
        address = _WEBSITE.validate_python(typed if "://" in typed else f"https://{typed}")
    except ValidationError:
        return Refused("no_website")
    named = address.host and _HOST.fullmatch(address.host) and not address.username
    return str(address).rstrip("/") if named and len(typed) <= 200 else Refused("no_website")


def known_provinces(text: str, _: Moment) -> str | Refused:
    """A form's check: the codes of the provinces that are named, with spaces between; or EVERYWHERE."""
    if text in PROVINCES:
        return text
    codes = [_province_named(part) for part in _BETWEEN.split(text[:500]) if part.strip()]
    known = [code for code in codes if code]
    return " ".join(dict.fromkeys(known)) if known and len(known) == len(codes) else Refused("no_province")


def _province_named(name: str) -> str | None:
    return next((area.code for area in find_areas(name) if len(area.code) == 2), None)


# Letters, digits and a few signs; a domain of at least two parts: what is in use, not all of RFC 5322.
_EMAIL: Final = re.compile(
    r"(?!\.)(?!.*\.\.)[A-Za-z0-9._%+'-]{1,64}(?<!\.)@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_WEBSITE: Final = TypeAdapter(HttpUrl)
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]+)")
_BETWEEN: Final = re.compile(r"[,;/\n។]|និង|\s(?:and|&)\s")
_NAME: Final = no_question(text_between(2, 150))
PROVINCES: Final = (*(province.code for province in provinces()), EVERYWHERE)
KINDS: Final = tuple(kind.value for kind in OrganisationKind)

FIELDS: Final = (
    Field("organisation", _NAME),
    Field("other_name", _NAME, optional=True),
    Field("kind", one_of(KINDS), choices=KINDS),
    Field("provinces", known_provinces, choices=PROVINCES, several=True),
    Field("sectors", one_of(THEMES), choices=THEMES, several=True),
    Field("contact", no_question(text_between(2, 100))),
    Field("position", no_question(text_between(2, 100))),
    Field("telephone", telephone, contact=True),
    Field("email", email, optional=True),
    Field("website", website, optional=True),
    Field("why", text_between(3, 1000, lines=True)),
    Field("heard", text_between(2, 300), optional=True),
    Field("document", files_only, optional=True, files=MOST_DOCUMENTS),
    Field("public", one_of((YES, NO)), choices=(YES, NO)),
)
_SHOWN: Final = (*("kind", "provinces", "sectors", "contact", "position", "telephone", "email", "website"),)
_NEEDED: Final = ("kind", "provinces", "sectors")
# What a member shows of itself beside its name: how to reach it is told, and so agreed to, or left out.
PROFILE_FIELDS: Final = tuple(
    replace(field, optional=field.name not in _NEEDED) for field in FIELDS if field.name in _SHOWN
)

NAME_FIELDS: Final = (Field("name", _NAME), Field("other_name", _NAME, optional=True))
"""What a member is called, in Khmer and in Latin letters."""


def profile_answers(organisation: Organisation) -> dict[str, str]:
    """What a member shows, as a form holds it; what it never told is left open."""
    told = {
        "kind": organisation.kind.value if organisation.kind else "",
        "provinces": " ".join(organisation.provinces),
        "sectors": " ".join(organisation.sectors),
        "contact": organisation.contact,
        "position": organisation.position,
        "telephone": organisation.telephone,
        "email": organisation.email,
        "website": organisation.website,
    }
    return {name: value for name, value in told.items() if value or name not in _NEEDED}


def described(organisation: Organisation, answers: Mapping[str, str]) -> Organisation:
    """The member as it shows itself after a form of PROFILE_FIELDS."""
    return replace(
        organisation,
        kind=OrganisationKind(answers["kind"]),
        provinces=tuple(answers["provinces"].split()),
        sectors=tuple(answers["sectors"].split()),
        contact=answers["contact"],
        position=answers["position"],
        telephone=answers["telephone"],
        email=answers["email"],
        website=answers["website"],
    )
