"""What a coordinator answered goes further: into the knowledge, and to everyone who asked the same.

Also the other way round: those who got an answer that has changed since are told the new one, once.
"""

import asyncio
from dataclasses import replace
from typing import Final

from markupsafe import Markup, escape
from telegram import Bot, InlineKeyboardMarkup, Update

from bot.context import Context, Services, tell
from bot.core.entries import LONGEST_ASK, asked_elsewhere, kinds, too_many, with_asks
from bot.core.forms import Form
from bot.core.grouping import groups
from bot.core.history import ASKERS_KEPT, Question
from bot.core.inquiries import Inquiry
from bot.core.knowledge import Change, Entry
from bot.core.people import LANGUAGES, Ability, Language
from bot.trial import try_out
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import Row, button, column, keyboard
from handlers.knowledge import editing
from handlers.links import say_links
from handlers.routing import groups_of, number_of
from messages.dates import digits

LONGEST_SHOWN: Final = 300
LONGEST_NAME: Final = 100
MOST_SAME: Final = 20
"""So many questions are offered as the same, each with its own button."""


async def offer_to_keep(services: Services, bot: Bot, inquiry: Inquiry) -> None:
    """After a talk: offer the coordinator to keep the answer, and to send it to others who asked the same."""
    coordinator = await services.people.find(inquiry.taken_by or 0)
    answer = _answer(services, inquiry, coordinator.language) if coordinator else ""
    if coordinator is None or not answer:
        return
    text = services.catalogue.text(
        coordinator.language,
        "same.answered_by_entry" if _entry_given(services, inquiry) else "same.answered",
        question=inquiry.question,
        answer=answer,
    )
    askers = len({question.person_id for question in await _same(services, inquiry)})
    label = services.catalogue.text(
        coordinator.language, "same.offer", number=digits(coordinator.language, askers), count=askers
    )
    keeping = services.catalogue.text(coordinator.language, "same.keep")
    editing_first = services.catalogue.text(coordinator.language, "same.keep_edited")
    rows: list[Row] = [
        [button(keeping, "keep", inquiry.id)],
        [button(editing_first, "keep-edited", inquiry.id)],
    ]
    if askers:
        rows.append([button(label, "same", inquiry.id)])
    await tell(services, bot, coordinator.id, text, keyboard(*rows))


async def keep(update: Update, context: Context) -> None:
    """One tap: the answer becomes an entry with the questions as its ways of asking.

    When it would take questions from other entries, it opens as a draft, with the warning.
    """
    await context.answer_press(update)
    inquiry = await _own(context, number_of(context))
    if inquiry is None:
        await context.say("same.gone")
        return
    await context.typing()
    services = context.services
    change, after = await _as_change(services, inquiry)
    if after and not _entry_given(services, inquiry):
        opening = button(context.text("knowledge.open"), "k-entry", change.entry.id)
        await context.say("knowledge.kept_before", keyboard([opening]))
        return
    with_it = services.live.with_change(change)
    trial = await try_out(services.knowledge, with_it)
    if trial.taken or asked_elsewhere([change.entry], services.knowledge) or too_many(with_it):
        await context.send(context.person.id, editing.trial_text(context, trial, change))
        await editing.begin(update, context, change, after)
        return
    published = await services.versions.publish(change, after, context.person.id, context.now)
    if published is None:
        await context.say("knowledge.kept_before")
        return
    await services.live.refresh()
    await context.take_row(update, "keep")
    await editing.say_kept(context, published)


async def keep_edited(update: Update, context: Context) -> None:
    """The same as a draft, to be edited before it is published."""
    await context.answer_press(update)
    inquiry = await _own(context, number_of(context))
    if inquiry is None:
        await context.say("same.gone")
        return
    change, after = await _as_change(context.services, inquiry)
    await editing.begin(update, context, change, after)


async def show_same(update: Update, context: Context) -> None:
    """The questions that read like the one answered, each to be left out or kept in."""
    await context.answer_press(update)
    inquiry = await _own(context, number_of(context))
    same = await _same(context.services, inquiry) if inquiry else []
    if inquiry is None or not same:
        await context.say("same.nobody")
        return
    numbers = ",".join(str(question.id) for question in same)
    await forms.begin(
        update, context, SAME, {"inquiry": str(inquiry.id), "questions": numbers, "chosen": numbers}
    )


async def toggle(update: Update, context: Context) -> None:
    """A question is left out, or taken in again."""
    question_id, version = groups_of(context)
    form = await context.services.forms.draft(context.person.id, SAME.name)
    if form is None or form.version != int(version):
        await context.answer_press(update, "form.old_button" if form else "form.closed")
        return
    await context.answer_press(update)
    chosen = set(_numbers(form, "chosen")) ^ {int(question_id)}
    kept = [number for number in _numbers(form, "questions") if number in chosen]
    changed = replace(form, answers={**form.answers, "chosen": ",".join(map(str, kept))})
    saved = await context.services.forms.save(changed, context.now)
    if saved:
        await context.services.forms.lay_aside(context.person.id)
        await context.show(update, *await _same_page(context, saved))


async def _say_same(update: Update, context: Context, form: Form) -> None:
    text, buttons = await _same_page(context, form)
    await say_links(context, await context.send(context.person.id, text, buttons))
    # It takes no text: what the coordinator writes now goes to whom they talk with.
    await context.services.forms.lay_aside(context.person.id)


async def _send_same(update: Update, context: Context, form: Form) -> None:
    """Send the answer to those who asked the chosen questions."""
    services = context.services
    inquiry = await _own(context, int(form.answers["inquiry"]))
    chosen = _numbers(form, "chosen")
    if inquiry is None or not chosen:
        await context.say("same.none_chosen" if inquiry else "same.gone")
        return
    texts = {language: _answer_text(context, inquiry, language) for language in LANGUAGES}
    sent = await services.broadcasts.send_answer(
        form, chosen, inquiry.question[:200], texts, context.person.id, context.now
    )
    await context.show(update, context.text("same.sending" if sent else "same.nobody"))
    services.wake_outbox()


async def tell_correction(update: Update, context: Context) -> None:
    """Send the new answer to those who got the one before."""
    await context.answer_press(update)
    topic, number = groups_of(context)
    versions = await context.services.versions.of(topic)
    version = next((one for one in versions if one.number == int(number)), None)
    if version is None or version is not versions[0]:
        await context.say("correction.outdated")
        return
    entry = version.change.entry
    texts: dict[Language, str] = {
        "km": context.text("correction.broadcast", "km", question=entry.question_km, answer=entry.answer_km),
        "en": context.text("correction.broadcast", "en", question=entry.question_en, answer=entry.answer_en),
    }
    told = await editing.told_before(context, version)
    sent = await context.services.broadcasts.send_correction(
        version, told, texts, context.person.id, context.now
    )
    await context.show(update, context.text("same.sending" if sent else "correction.done_before"))
    context.services.wake_outbox()


async def _same(services: Services, inquiry: Inquiry) -> list[Question]:
    """Questions of others, still without an answer that served, that read like this one."""
    gaps = await services.history.gaps(services.clock() - ASKERS_KEPT)
    others = [gap for gap in gaps if gap.person_id not in (None, inquiry.person_id, inquiry.taken_by)]
    texts = [inquiry.question, *(gap.text for gap in others)]
    grouped = await asyncio.to_thread(lambda: groups(texts, services.answerer.likeness(texts)))
    alike = next(group for group in grouped if 0 in group)
    return [others[place - 1] for place in alike if place][:MOST_SAME]


async def _as_change(services: Services, inquiry: Inquiry) -> tuple[Change, int]:
    """The entry that the talk makes, and the number of the version that it follows."""
    asks = [inquiry.question, *(question.text for question in await _same(services, inquiry))]
    asks = [" ".join(ask.split())[:LONGEST_ASK] for ask in asks]
    if topic := _entry_given(services, inquiry):
        newest = (await services.live.versions_of(topic))[0]
        return replace(newest.change, entry=with_asks(newest.change.entry, asks)), newest.number
    entry = Entry(
        id=f"asked-{inquiry.id}",
        question_km=asks[0],
        question_en=asks[0],
        answer_km=inquiry.answer,
        answer_en=inquiry.answer,
        asked=kinds(asks),
        asks=tuple(dict.fromkeys(asks)),
        source="",
    )
    versions = await services.live.versions_of(entry.id)
    return Change(entry, editing.chapter_for_new(services.knowledge)), versions[0].number if versions else 0


async def _own(context: Context, inquiry_id: int) -> Inquiry | None:
    """An inquiry that this coordinator answered, while the answer is still there."""
    inquiry = await context.services.inquiries.inquiry(inquiry_id)
    if inquiry is None or inquiry.taken_by != context.person.id:
        return None
    return inquiry if _answer(context.services, inquiry, context.person.language) else None


def _entry_given(services: Services, inquiry: Inquiry) -> str | None:
    """The entry that was the answer, unless it was retired since; words beside it are only talk."""
    return inquiry.topic if inquiry.topic and inquiry.topic in services.knowledge else None


def _answer(services: Services, inquiry: Inquiry, language: Language) -> str:
    """What was answered: the entry, else the coordinator's words; empty when there is neither."""
    topic = _entry_given(services, inquiry)
    return services.knowledge.answer(topic, language) if topic else inquiry.answer


def _answer_text(context: Context, inquiry: Inquiry, language: Language) -> Markup:
    """What the others get: one message, whatever the question's length."""
    question = inquiry.question
    return context.text(
        "same.broadcast",
        language,
        question=question if len(question) <= LONGEST_SHOWN else f"{question[:LONGEST_SHOWN]} …",
        name=context.person.name[:LONGEST_NAME],
        answer=escape(_answer(context.services, inquiry, language)),
    )


async def _same_page(context: Context, form: Form) -> tuple[Markup, InlineKeyboardMarkup]:
    inquiry = await context.services.inquiries.inquiry(int(form.answers["inquiry"]))
    chosen = _numbers(form, "chosen")
    buttons: Row = []
    for number in _numbers(form, "questions"):
        question = await context.services.history.question(number)
        if question:
            mark = "✅" if number in chosen else "⬜"
            buttons.append(button(f"{mark} {question.text[:60]}", "same-toggle", number, form.version))
    sending = button(
        context.text("same.send", number=digits(context.person.language, len(chosen)), count=len(chosen)),
        "form",
        "confirm",
        SAME.name,
        form.version,
    )
    text = Markup("\n\n").join(
        [
            context.text("same.choose"),
            _answer_text(context, inquiry, context.person.language) if inquiry else Markup(""),
        ]
    )
    return text, keyboard(*column(buttons), [sending], [forms.cancel_button(context, form)])


def _numbers(form: Form, name: str) -> list[int]:
    return [int(number) for number in form.answers[name].split(",") if number]


SAME: Final = FormKind("same", Ability.ANSWER, (), _say_same, _send_same)
