"""/knowledge: look through the entries, find one, read it, retire it, bring an earlier version back."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core.forms import Form
from bot.core.history import ASKERS_KEPT
from bot.core.khmer import normalise
from bot.core.knowledge import Change, Entry, Knowledge, Version
from bot.core.people import Ability
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, grid, keyboard
from handlers.knowledge import editing
from handlers.questions import CONTACT
from handlers.routing import groups_of
from messages.dates import day, digits

FOUND: Final = 8
"""So many entries are shown for what was searched."""


async def knowledge(update: Update, context: Context) -> None:
    """/knowledge, or /knowledge WORDS to find an entry."""
    if words := " ".join(context.args or ()):
        await say_found(update, context, words)
    else:
        await context.say("knowledge.chapters", _chapters(context))


async def show_chapters(update: Update, context: Context) -> None:
    """Back to the chapters."""
    await context.answer_press(update)
    await context.show(update, context.text("knowledge.chapters"), _chapters(context))


async def show_chapter(update: Update, context: Context) -> None:
    """The entries of one chapter."""
    await context.answer_press(update)
    found = [c for c in context.services.knowledge.chapters if c.id == groups_of(context)[0]]
    if not found:
        await context.say("unknown_press")
        return
    adding = button(context.text("knowledge.add"), "k-add", found[0].id)
    up = button(context.text("button.back"), "k-all")
    title = context.text("knowledge.chapter", title=found[0].title(context.person.language))
    await context.show(update, title, keyboard(*column(_entries(context, found[0].topics)), [adding], [up]))


async def show_retired(update: Update, context: Context) -> None:
    """The entries that were retired."""
    await context.answer_press(update)
    retired = [one for one in await context.services.versions.current() if one.change.retired]
    rows = [button(_title(context, version.change.entry), "k-entry", version.topic) for version in retired]
    up = button(context.text("button.back"), "k-all")
    await context.show(update, context.text("knowledge.retired"), keyboard(*column(rows), [up]))


async def find(update: Update, context: Context) -> None:
    """Ask for words to find an entry by."""
    await context.answer_press(update)
    await forms.begin(update, context, FIND, {})


async def _ask_for_words(update: Update, context: Context, form: Form) -> None:
    await context.say("knowledge.find_words", keyboard([forms.cancel_button(context, form)]))


async def _take_words(update: Update, context: Context, text: str) -> None:
    draft = await context.services.forms.draft(context.person.id, FIND.name)
    if draft and await context.services.forms.discard(draft):
        await say_found(update, context, text)


async def say_found(update: Update, context: Context, words: str) -> None:
    """The entries that hold the words, then those that come nearest to them."""
    live = context.services.live
    topics = [*_holding(live.knowledge, words), *live.answerer.closest(words, FOUND)]
    found = list(dict.fromkeys(topics))[:FOUND]
    finding = button(context.text("knowledge.find"), "k-find")
    up = button(context.text("knowledge.all"), "k-all")
    await context.say(
        "knowledge.found" if found else "knowledge.nothing_found",
        keyboard(*column(_entries(context, found)), [finding, up]),
        words=words[:100],
    )


async def show_entry(update: Update, context: Context) -> None:
    """One entry whole, with what may be done to it."""
    await context.answer_press(update)
    (topic,) = groups_of(context)
    versions = await context.services.live.versions_of(topic)
    if not versions:
        await context.say("unknown_press")
        return
    await context.show(update, await _whole(context, versions[0]), await _choices(context, versions[0]))


async def show_versions(update: Update, context: Context) -> None:
    """The versions of an entry, newest first."""
    await context.answer_press(update)
    (topic,) = groups_of(context)
    versions = await context.services.live.versions_of(topic)
    if not versions:
        await context.say("unknown_press")
        return
    rows = [
        button(await _version_line(context, version), "k-version", topic, version.number)
        for version in versions[:MOST_VERSIONS]
    ]
    up = button(context.text("button.back"), "k-entry", topic)
    await context.show(update, context.text("knowledge.versions"), keyboard(*column(rows), [up]))


async def show_version(update: Update, context: Context) -> None:
    """An earlier version, whole."""
    await context.answer_press(update)
    version = await _version(context)
    if version is None:
        await context.say("unknown_press")
        return
    back = button(context.text("knowledge.bring_back"), "k-back", version.topic, version.number)
    up = button(context.text("button.back"), "k-versions", version.topic)
    await context.show(update, await _whole(context, version), keyboard([back], [up]))


async def bring_back(update: Update, context: Context) -> None:
    """Publish an earlier version again, as the newest."""
    await context.answer_press(update)
    version = await _version(context)
    if version is None:
        await context.say("unknown_press")
        return
    newest = (await context.services.live.versions_of(version.topic))[0].number
    await _publish(update, context, replace(version.change, retired=False), newest)


async def ask_to_retire(update: Update, context: Context) -> None:
    """Retiring is asked once more, with how often the entry was said."""
    await context.answer_press(update)
    (topic,) = groups_of(context)
    known = context.services.knowledge
    if topic == CONTACT:
        await context.say("knowledge.pinned")
        return
    if topic not in known:
        await context.say("unknown_press")
        return
    uses = await context.services.history.uses(context.now - ASKERS_KEPT)
    times = next((use.times for use in uses if use.topic == topic), 0)
    language = context.person.language
    newest = (await context.services.live.versions_of(topic))[0].number
    yes = button(context.text("knowledge.retire_yes"), "k-retired", topic, newest)
    no = button(context.text("button.back"), "k-entry", topic)
    text = context.text(
        "knowledge.retire_sure", question=known.question(topic, language), times=digits(language, times)
    )
    await context.show(update, text, keyboard([yes], [no]))


async def retire(update: Update, context: Context) -> None:
    """Retire an entry: the bot no longer answers with it; it can be brought back."""
    await context.answer_press(update)
    topic, number = groups_of(context)
    version = await _version(context)
    if topic == CONTACT or version is None or topic not in context.services.knowledge:
        await context.say("unknown_press")
        return
    await _publish(update, context, replace(version.change, retired=True), int(number))


async def _publish(update: Update, context: Context, change: Change, after: int) -> None:
    services = context.services
    await context.typing()
    published = await services.versions.publish(change, after, context.person.id, context.now)
    if published is None:
        await context.say("knowledge.meanwhile")
        return
    await services.live.refresh()
    await editing.say_published(update, context, published)


async def _version(context: Context) -> Version | None:
    topic, number = groups_of(context)
    versions = await context.services.live.versions_of(topic)
    return next((version for version in versions if version.number == int(number)), None)


async def _version_line(context: Context, version: Version) -> str:
    language = context.person.language
    number = digits(language, version.number)
    if version.published_at is None or version.published_by is None:
        return context.text("knowledge.version_of_files", number=number).unescape()
    publisher = await context.services.people.find(version.published_by)
    return context.text(
        "knowledge.version_retired" if version.change.retired else "knowledge.version",
        number=number,
        name=publisher.name if publisher else "",
        published_on=day(language, version.published_at.astimezone(context.services.timezone)),
    ).unescape()


async def _whole(context: Context, version: Version) -> Markup:
    language = context.person.language
    uses = await context.services.history.uses(context.now - ASKERS_KEPT)
    use = next((use for use in uses if use.topic == version.topic), None)
    used = context.text(
        "knowledge.used",
        times=digits(language, use.times if use else 0),
        up=digits(language, use.up if use else 0),
        down=digits(language, use.down if use else 0),
    )
    line = Markup("<i>{}</i>").format(await _version_line(context, version))
    return Markup("\n\n").join([editing.draft_text(context, version.change), Markup("\n").join([line, used])])


async def _choices(context: Context, version: Version) -> InlineKeyboardMarkup:
    topic = version.topic
    chapter = version.change.chapter
    rows: list[Row] = []
    if version.change.retired:
        rows.append([button(context.text("knowledge.bring_back_it"), "k-back", topic, version.number)])
    else:
        rows.append(
            [
                button(context.text("knowledge.edit"), "k-edit", topic),
                button(context.text("knowledge.retire"), "k-retire", topic),
            ]
        )
        talks = await context.services.inquiries.talks_of(context.person.id)
        rows += [
            [button(context.text("inquiry.send_entry"), "give", talk.id, topic)]
            for talk in talks
            if talk.taken_by == context.person.id
        ]
    up = ("k-chapter", chapter) if chapter else ("k-all",)
    rows.append([button(context.text("knowledge.show_versions"), "k-versions", topic)])
    return keyboard(*rows, [button(context.text("button.back"), *up)])


def _chapters(context: Context) -> InlineKeyboardMarkup:
    language = context.person.language
    chapters = [
        button(
            f"{chapter.title(language)} ({digits(language, len(chapter.topics))})", "k-chapter", chapter.id
        )
        for chapter in context.services.knowledge.chapters
    ]
    more = [
        button(context.text("knowledge.find"), "k-find"),
        button(context.text("knowledge.show_retired"), "k-retired-list"),
        button(context.text("knowledge.files"), "k-files"),
        button(context.text("command.gaps"), "gaps"),
    ]
    return keyboard(*column(chapters), *grid(more))


def _entries(context: Context, topics: Iterable[str]) -> Row:
    known = context.services.knowledge
    return [
        button(_title(context, known.entry(topic)), "k-entry", topic) for topic in topics if topic in known
    ]


def _title(context: Context, entry: Entry) -> str:
    return entry.question(context.person.language)


def _holding(known: Knowledge, words: str) -> list[str]:
    wanted = normalise(words)
    return [
        entry.id
        for entry in known.entries
        if wanted
        and any(
            wanted in normalise(text)
            for text in (
                entry.id,
                entry.question_km,
                entry.question_en,
                entry.answer_km,
                entry.answer_en,
                *entry.asks,
            )
        )
    ]


MOST_VERSIONS: Final = 20
FIND: Final = FormKind("find", Ability.ANSWER, (), _ask_for_words, take=_take_words, takes_questions=True)
