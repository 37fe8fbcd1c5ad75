"""Write or change an entry: a form like any other, with a trial before it is published."""

import asyncio
import secrets
from dataclasses import replace
from hashlib import sha256
from typing import Final

from markupsafe import Markup
from telegram import InlineKeyboardMarkup, Update

from bot.context import Context
from bot.core import entries as core
from bot.core.forms import Form
from bot.core.history import ASKERS_KEPT
from bot.core.knowledge import Change, Knowledge, Version, lead
from bot.core.people import Ability
from bot.core.questions import answered
from bot.live import trained
from bot.trial import Trial, try_out
from handlers import forms
from handlers.forms import FormKind, review_rows
from handlers.keyboards import button, keyboard
from handlers.links import say_links
from handlers.routing import groups_of
from messages.dates import digits

LONGEST_TRIED: Final = 300
"""So much of an answer is shown in a trial, in characters."""
OTHERS: Final = "others"
"""The chapter of entries that were not written for another."""
MOST_SHOWN: Final = 5
"""So many questions that a change would take away are shown."""


async def edit(update: Update, context: Context) -> None:
    """Change an entry that there is."""
    await context.answer_press(update)
    (topic,) = groups_of(context)
    known = context.services.knowledge
    if topic not in known:
        await context.say("unknown_press")
        return
    newest = (await context.services.live.versions_of(topic))[0]
    await begin(update, context, replace(newest.change, retired=False), newest.number)


async def add(update: Update, context: Context) -> None:
    """Write a new entry for a chapter."""
    await context.answer_press(update)
    (chapter,) = groups_of(context)
    if chapter not in [one.id for one in context.services.knowledge.chapters]:
        await context.say("unknown_press")
        return
    await begin_new(update, context, chapter, {})


async def begin(update: Update, context: Context, change: Change, after: int) -> None:
    """Open the form with the entry as it would be; a draft that is open must be ended first."""
    await _open(update, context, core.answers_of(change, after))


async def begin_new(update: Update, context: Context, chapter: str, filled: dict[str, str]) -> None:
    """Open the form for an entry that there is not yet, perhaps with some of it filled in."""
    topic = f"entry-{secrets.token_hex(4)}"
    await _open(update, context, {"topic": topic, "chapter": chapter, "after": "0", **filled})


async def go_on(update: Update, context: Context) -> None:
    """Go on with the draft."""
    await context.answer_press(update)
    if await context.services.forms.draft(context.person.id, ENTRY.name):
        await forms.begin(update, context, ENTRY)
    else:
        await context.say("form.closed")


async def try_draft(update: Update, context: Context) -> None:
    """What the draft would do: to the questions whose right answer is known, and to other entries."""
    form = await _draft(update, context)
    if form is None:
        return
    await context.typing()
    services = context.services
    change = core.change_of(form.answers, services.knowledge)
    trial = await try_out(services.knowledge, services.live.with_change(change))
    await context.send(
        context.person.id,
        Markup("\n\n").join([trial_text(context, trial, change), context.text("trial.ask")]),
    )


async def try_question(update: Update, context: Context, text: str) -> None:
    """A question written at the review: what is answered to it now, and what would be."""
    form = await context.services.forms.open_in(context.person.id)
    if form is None:
        return
    await context.typing()
    services = context.services
    after = services.live.with_change(core.change_of(form.answers, services.knowledge))
    then = await asyncio.to_thread(trained, after)
    await context.say(
        "trial.question",
        question=text[:200],
        now=_answered(context, services.knowledge, answered(services.answerer.reply(text))),
        then=_answered(context, after, answered(then.reply(text))),
    )
    await _review(update, context, form)


def trial_text(context: Context, trial: Trial, *changes: Change) -> Markup:
    """What a trial showed, in words; the questions that would be taken away are named."""
    language, known = context.person.language, context.services.knowledge
    parts = [
        context.text(
            "trial.taken" if trial.taken else "trial.fine",
            tried=digits(language, trial.tried),
            taken=digits(language, len(trial.taken)),
            gained=digits(language, trial.gained),
            unsure=digits(language, trial.unsure),
        )
    ]
    titles = {change.entry.id: change.entry.question_km for change in changes}
    for one in trial.taken[:MOST_SHOWN]:
        title = (
            known.question(one.right, language) if one.right in known else titles.get(one.right, one.right)
        )
        parts.append(context.text("trial.one_taken", question=one.question, right=title))
    for ask, other in core.asked_elsewhere([change.entry for change in changes], known)[:MOST_SHOWN]:
        parts.append(context.text("trial.elsewhere", ask=ask, other=known.question(other, language)))
    return Markup("\n").join(parts)


async def _open(update: Update, context: Context, answers: dict[str, str]) -> None:
    draft = await context.services.forms.draft(context.person.id, ENTRY.name)
    if draft:
        going_on = button(context.text("knowledge.go_on"), "k-draft")
        await context.say(
            "knowledge.draft_first", keyboard([going_on], [forms.cancel_button(context, draft)])
        )
        return
    await forms.begin(update, context, ENTRY, answers)


async def _review(update: Update, context: Context, form: Form) -> None:
    change = core.change_of(form.answers, context.services.knowledge)
    trying = button(context.text("trial.button"), "k-try", form.version)
    rows = review_rows(context, ENTRY, form, "knowledge.publish")
    text = [context.text("knowledge.review"), draft_text(context, change)]
    chapters = [one for one in context.services.knowledge.chapters if one.id == change.chapter]
    titles = [one.title(context.person.language) for one in chapters]
    text += [context.text("knowledge.in_chapter", title=title) for title in titles]
    if core.one_language_changed(change.entry, context.services.knowledge):
        text.append(context.text("knowledge.one_changed"))
    shown = await context.send(context.person.id, Markup("\n\n").join(text), keyboard([trying], *rows))
    await say_links(context, shown)


async def _publish(update: Update, context: Context, form: Form) -> None:
    """Publish the draft; the first time, only if it takes no question from another entry."""
    services = context.services
    change = core.change_of(form.answers, services.knowledge)
    await context.typing()
    if core.too_many(services.live.with_change(change)):
        await context.say("knowledge.too_many")
        return
    trial = await try_out(services.knowledge, services.live.with_change(change))
    elsewhere = core.asked_elsewhere([change.entry], services.knowledge)
    if (trial.taken or elsewhere) and form.answers.get("warned") != _warning(change):
        warned = replace(form, answers={**form.answers, "warned": _warning(change)})
        saved = await services.forms.save(warned, context.now)
        if saved:
            rows = review_rows(context, ENTRY, saved, "knowledge.publish_anyway")
            await context.send(context.person.id, trial_text(context, trial, change), keyboard(*rows))
        return
    after = int(form.answers["after"])
    published = await services.versions.publish_form(form, [(change, after)], context.person.id, context.now)
    if published is None:
        await context.say("form.old_button")
    elif published:
        await services.live.refresh()
        await say_published(update, context, published[0])
    else:
        await _say_meanwhile(update, context, form)


async def _say_meanwhile(update: Update, context: Context, form: Form) -> None:
    """Somebody published meanwhile: theirs can be looked at, and who goes on knows what is replaced."""
    topic = form.answers["topic"]
    newest = (await context.services.live.versions_of(topic))[0].number
    opening = button(context.text("knowledge.open"), "k-entry", topic)
    await context.say("knowledge.meanwhile", keyboard([opening]))
    caught_up = replace(form, answers={**form.answers, "after": str(newest)})
    saved = await context.services.forms.save(caught_up, context.now)
    if saved:
        await _review(update, context, saved)


async def say_published(update: Update, context: Context, published: Version) -> None:
    """Say in the place of the button that it is live, and offer to tell those who got the answer before."""
    await context.show(update, *_published(context, published))
    await offer_correction(context, published)


async def say_kept(context: Context, published: Version) -> None:
    """Say in a message of its own that it is live."""
    await context.send(context.person.id, *_published(context, published))


def _published(context: Context, published: Version) -> tuple[Markup, InlineKeyboardMarkup]:
    entry, retired = published.change.entry, published.change.retired
    title = entry.question(context.person.language)
    text = context.text("knowledge.is_retired" if retired else "knowledge.published", question=title)
    return text, keyboard([button(context.text("knowledge.open"), "k-entry", published.topic)])


async def offer_correction(context: Context, version: Version) -> None:
    """After a change: name what still says the old, and offer to tell those who got the answer before."""
    versions = await context.services.live.versions_of(version.topic)
    before = next((one.change for one in versions if one.number < version.number), None)
    now = version.change
    if before is None or before.retired or now.retired:
        return
    if (before.entry.answer_km, before.entry.answer_en) == (now.entry.answer_km, now.entry.answer_en):
        return
    known, language = context.services.knowledge, context.person.language
    for piece, topics in core.left_elsewhere(before.entry, now.entry, known).items():
        rows = [[button(known.question(topic, language), "k-entry", topic)] for topic in topics]
        await context.say("knowledge.still_elsewhere", keyboard(*rows), piece=piece)
    told = await told_before(context, version)
    if told:
        number = digits(context.person.language, len(told))
        telling = button(context.text("correction.tell"), "k-tell", version.topic, version.number)
        await context.say("correction.offer", keyboard([telling]), number=number, count=len(told))


async def told_before(context: Context, version: Version) -> list[int]:
    """Who got the answer in the last 90 days before this version, the coordinator excepted."""
    if version.published_at is None:
        return []
    since = version.published_at - ASKERS_KEPT
    told = await context.services.history.told(version.topic, since, version.published_at)
    return [person_id for person_id in told if person_id != context.person.id]


def draft_text(context: Context, change: Change) -> Markup:
    """What people would read, and by which words they would find it."""
    entry = change.entry
    lines = [Markup("• {}").format(ask) for ask in entry.asks[:MOST_ASKS]]
    if len(entry.asks) > MOST_ASKS:
        rest = digits(context.person.language, len(entry.asks) - MOST_ASKS)
        lines.append(context.text("knowledge.more_asks", number=rest))
    asks = Markup("\n").join(lines)
    if (entry.question_en, entry.answer_en) == (entry.question_km, entry.answer_km):
        return context.text(
            "knowledge.entry_in_khmer",
            question=entry.question_km,
            answer=entry.answer_km,
            number=digits(context.person.language, len(entry.asks)),
            asks=asks,
        )
    return context.text(
        "knowledge.entry",
        question_km=entry.question_km,
        answer_km=entry.answer_km,
        question_en=entry.question_en,
        answer_en=entry.answer_en,
        number=digits(context.person.language, len(entry.asks)),
        asks=asks,
    )


def chapter_for_new(known: Knowledge) -> str:
    """Where an entry goes that was not written for a chapter: OTHERS, else the last there is."""
    chapters = [chapter.id for chapter in known.chapters]
    return OTHERS if OTHERS in chapters else chapters[-1] if chapters else ""


async def _draft(update: Update, context: Context) -> Form | None:
    """The draft whose button was pressed, whole and in this very version."""
    (version,) = groups_of(context)
    form = await context.services.forms.draft(context.person.id, ENTRY.name)
    if form is None or form.version != int(version):
        await context.answer_press(update, "form.old_button" if form else "form.closed")
        return None
    await context.answer_press(update)
    return form


def _answered(context: Context, known: Knowledge, topics: tuple[str, ...]) -> Markup:
    language = context.person.language
    said = [lead(known.answer(topic, language), LONGEST_TRIED) for topic in topics if topic in known]
    return Markup(" · ").join(said) if said else context.text("trial.nothing")


def _warning(change: Change) -> str:
    """A short mark of what was warned of: the warning holds for this draft only."""
    return sha256(repr(change).encode()).hexdigest()[:16]


MOST_ASKS: Final = 3
ENTRY: Final = FormKind(
    "entry", Ability.ANSWER, core.FIELDS, _review, _publish, at_review=try_question, takes_questions=True
)
