"""The directory of members: by name, by province, by sector, by words; one organisation; all in Excel."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.account import to_workbook
from bot.context import Context
from bot.core.authority import may_look_after
from bot.core.councils import provinces
from bot.core.directory import EVERYWHERE, LONGEST_SEARCH, Organisation, find
from bot.core.forms import Form
from bot.core.lessons import THEMES
from bot.core.people import Ability, Role
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.membership.wording import dated, label, sector_name, sector_names
from handlers.naming import province_name, province_names
from handlers.routing import groups_of, number_of
from messages.dates import digits


async def members(update: Update, context: Context) -> None:
    """/members: every organisation, those of the brief first; /members WORDS: those that fit."""
    words = " ".join(context.args or ())
    if words:
        await _say_found(update, context, words)
        return
    text, buttons = await _overview(context)
    await context.send(context.person.id, text, buttons)


async def show_overview(update: Update, context: Context) -> None:
    """Back to all of them."""
    await context.answer_press(update)
    text, buttons = await _overview(context)
    await context.show(update, text, buttons)


async def show_by_name(update: Update, context: Context) -> None:
    """A button for each, in the order of their names."""
    await context.answer_press(update)
    members = await context.services.directory.organisations()
    by_name = sorted(members, key=lambda one: one.name.casefold())
    await context.show(update, context.text("members.choose"), _listed(context, by_name, number_of(context)))


async def show_provinces(update: Update, context: Context) -> None:
    """The provinces in which members work."""
    await context.answer_press(update)
    members = await context.services.directory.organisations()
    codes = [one.code for one in provinces()] + [EVERYWHERE]
    counts = {code: sum(code in one.provinces for one in members) for code in codes}
    rows = grid(_counted(context, "o-province", counts, province_name))
    text = context.text("members.choose_province" if rows else "members.no_provinces")
    await context.show(update, text, keyboard(*rows, [_back(context)]))


async def show_province(update: Update, context: Context) -> None:
    """The members that work in one province, those that work everywhere among them."""
    await context.answer_press(update)
    code = groups_of(context)[0]
    members = await context.services.directory.organisations()
    found = [one for one in members if one.works_in(code)]
    await _show_some(update, context, found, province_name(context, code))


async def show_sectors(update: Update, context: Context) -> None:
    """The sectors in which members work."""
    await context.answer_press(update)
    members = await context.services.directory.organisations()
    counts = {sector: sum(sector in one.sectors for one in members) for sector in THEMES}
    rows = column(_counted(context, "o-sector", counts, sector_name))
    text = context.text("members.choose_sector" if rows else "members.no_sectors")
    await context.show(update, text, keyboard(*rows, [_back(context)]))


async def show_sector(update: Update, context: Context) -> None:
    """The members that work in one sector."""
    await context.answer_press(update)
    sector = groups_of(context)[0]
    members = await context.services.directory.organisations()
    found = [one for one in members if sector in one.sectors]
    await _show_some(update, context, found, sector_name(context, sector))


async def search(update: Update, context: Context) -> None:
    """Ask for the words to find members by."""
    await context.answer_press(update)
    await forms.begin(update, context, SEEK, {})


async def open_organisation(update: Update, context: Context) -> None:
    """One member, whole."""
    await context.answer_press(update)
    organisation = await context.services.directory.organisation(number_of(context))
    if organisation is None:
        await context.show(update, context.text("members.gone"), keyboard([_back(context)]))
        return
    await show_organisation(update, context, organisation)


async def show_organisation(
    update: Update, context: Context, organisation: Organisation, first: Markup | None = None
) -> None:
    """A member as this reader may see it, and what they may do; `first` stands above it."""
    services, person = context.services, context.person
    represented = await services.directory.of_person(person.id)
    speaks = organisation in represented
    parts = [first] if first else []
    parts.append(_described(context, organisation))
    if person.may(Role.REPRESENTATIVE):
        parts += _reachable(context, organisation)
    rows: list[Row] = []
    looks_after = may_look_after(context.person, organisation)
    if speaks or looks_after:
        colleagues = await services.directory.representatives(organisation.id)
        names = Markup(", ").join(one.name for one in colleagues)
        known = context.text("members.representatives", names=names)
        parts.append(known if colleagues else context.text("members.no_representatives"))
        rows.append([button(context.text("members.edit"), "o-edit", organisation.id)])
        if person.may(Ability.REVIEW):
            rows[-1].append(button(context.text("members.rename"), "o-name", organisation.id))
        else:
            parts.append(context.text("members.ask_rename"))
        rows.append([button(context.text("members.invite"), "o-invite", organisation.id)])
        rows.append([button(context.text("members.leave"), "o-leave", organisation.id)])
        if looks_after:
            ending = (one for one in colleagues if one.person_id != person.id)
            rows += column(
                button(
                    context.text("members.end", name=one.name[:30]).unescape(),
                    "o-end",
                    organisation.id,
                    one.person_id,
                )
                for one in ending
            )
    if speaks:
        rows.insert(2, [button(context.text("members.step_down"), "o-end", organisation.id, person.id)])
    await context.show(update, Markup("\n\n").join(parts), keyboard(*rows, [_back(context)]))


async def export(update: Update, context: Context) -> None:
    """All members as an Excel file."""
    await context.answer_press(update)
    members = await context.services.directory.organisations()
    headings = [context.text(f"members.column.{name}").unescape() for name in COLUMNS]
    rows = [_row(context, one) for one in members]
    await context.typing()
    title = context.text("members.title").unescape()
    body = await asyncio.to_thread(to_workbook, title, headings, rows, _WIDTHS)
    await context.export(body, "wgpd-members.xlsx")


def _row(context: Context, organisation: Organisation) -> Sequence[str | int]:
    """What stands in the columns of COLUMNS."""
    joined = organisation.joined_at
    return (
        organisation.name,
        organisation.other_name,
        label(context, "kind", organisation.kind.value) if organisation.kind else "",
        province_names(context, organisation.provinces),
        sector_names(context, organisation.sectors),
        organisation.contact,
        organisation.position,
        organisation.telephone,
        organisation.email,
        organisation.website,
        f"{joined.astimezone(context.services.timezone):%Y-%m-%d}" if joined else "",
        "✓" if organisation.founding else "",
    )


async def _ask_for_words(update: Update, context: Context, form: Form) -> None:
    await context.say("members.search_words", keyboard([forms.cancel_button(context, form)]))


async def _say_found(update: Update, context: Context, text: str) -> None:
    """Search; the next text is no search again."""
    draft = await context.services.forms.draft(context.person.id, SEEK.name)
    if draft:
        await context.services.forms.discard(draft)
    members = await context.services.directory.organisations()
    found = await asyncio.to_thread(find, members, text)
    rows = column(map(_line, found[:_PAGE]))
    again = button(context.text("members.search"), "o-search")
    shown = context.text("members.found" if found else "members.not_found", words=text[:LONGEST_SEARCH])
    await context.send(context.person.id, shown, keyboard(*rows, [again], [_back(context)]))


async def _show_some(update: Update, context: Context, members: Iterable[Organisation], what: str) -> None:
    text = context.text("members.in", what=what)
    await context.show(update, text, keyboard(*column(map(_line, members)), [_back(context)]))


async def _overview(context: Context) -> tuple[Markup, InlineKeyboardMarkup]:
    members = await context.services.directory.organisations()
    language = context.person.language
    founding = [one for one in members if one.founding]
    joined = [one for one in members if not one.founding]
    paragraphs = [context.text("members.founding", number=digits(language, len(founding))), _names(founding)]
    if joined:
        paragraphs += [context.text("members.joined", number=digits(language, len(joined))), _names(joined)]
    ways = [
        button(context.text("members.search"), "o-search"),
        button(context.text("members.by_name"), "o-names", 0),
        button(context.text("members.by_province"), "o-provinces"),
        button(context.text("members.by_sector"), "o-sectors"),
    ]
    rows = grid(ways)
    if context.person.may(Ability.REVIEW):
        rows.append([button(context.text("members.export"), "o-export")])
    rows.append([button(context.text("menu.join"), "go", "join")])
    return Markup("\n\n").join(paragraphs), keyboard(*rows)


def presented(context: Context, organisation: Organisation) -> Markup:
    """A member as other members see it."""
    return Markup("\n\n").join([_described(context, organisation), *_reachable(context, organisation)])


def _described(context: Context, organisation: Organisation) -> Markup:
    """What everybody may know of a member."""
    since = context.text("members.is_founding")
    if not organisation.founding and organisation.joined_at:
        since = context.text("members.since", joined_on=dated(context, organisation.joined_at))
    lines = {
        "🔤": organisation.other_name,
        "🗂": label(context, "kind", organisation.kind.value) if organisation.kind else "",
        "📍": province_names(context, organisation.provinces),
        "🏷": sector_names(context, organisation.sectors),
        "🔗": organisation.website,
    }
    told = [Markup("🏢 <b>{}</b>").format(organisation.name), since]
    told += [Markup("{} {}").format(mark, said) for mark, said in lines.items() if said]
    return Markup("\n").join(told)


def _reachable(context: Context, organisation: Organisation) -> list[Markup]:
    """How to reach it, where it agreed."""
    person = ", ".join(filter(None, (organisation.contact, organisation.position)))
    lines = {"👤": person, "☎️": organisation.telephone, "✉️": organisation.email}
    told = [Markup("{} {}").format(mark, said) for mark, said in lines.items() if said]
    return [Markup("\n").join(told)] if told else []


def _listed(context: Context, members: Sequence[Organisation], page: int) -> InlineKeyboardMarkup:
    """One page of buttons, and the ways to the others."""
    shown = members[page * _PAGE : (page + 1) * _PAGE]
    turns = []
    if page > 0:
        turns.append(button("‹", "o-names", page - 1))
    if len(members) > (page + 1) * _PAGE:
        turns.append(button("›", "o-names", page + 1))
    return keyboard(*column(map(_line, shown)), turns, [_back(context)])


def _line(organisation: Organisation) -> InlineKeyboardButton:
    """A button that opens a member; those of the brief are marked."""
    mark = "⭐" if organisation.founding else "🏢"
    return button(f"{mark} {organisation.name[:50]}", "o", organisation.id)


def _back(context: Context) -> InlineKeyboardButton:
    return button(context.text("members.all"), "o-all")


def _counted(
    context: Context, verb: str, counts: Mapping[str, int], name: Callable[[Context, str], str]
) -> list[InlineKeyboardButton]:
    """A button for each province or sector that members work in, with how many do."""
    return [
        button(f"{name(context, one)} ({digits(context.person.language, number)})", verb, one)
        for one, number in counts.items()
        if number
    ]


def _names(members: Iterable[Organisation]) -> Markup:
    return Markup("\n").join(Markup("• {}").format(one.name) for one in members)


_PAGE: Final = 12
COLUMNS: Final = (
    *("name", "other_name", "kind", "provinces", "sectors", "contact", "position"),
    *("telephone", "email", "website", "joined", "founding"),
)
_WIDTHS: Final = (36, 28, 22, 40, 40, 24, 24, 20, 28, 30, 14, 14)
SEEK: Final = FormKind("seek", Role.PERSON, (), _ask_for_words, take=_say_found, takes_questions=True)
