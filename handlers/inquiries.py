"""Questions to a person: passed on by the asker, taken by one coordinator, ended by either."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup
from telegram import Bot, Update
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.context import Context, Services, tell
from bot.core.forms import Form
from bot.core.history import Result
from bot.core.inquiries import REMIND_AFTER, Inquiry, InquiryState, Reminder, Sighting, reminder_due
from bot.core.khmer import language_of
from bot.core.people import Ability, Person, Role
from handlers import forms, talks
from handlers.forms import FormKind
from handlers.keyboards import button, keyboard
from handlers.knowledge.answers import offer_to_keep
from handlers.questions import when_answered
from handlers.routing import number_of
from messages.dates import day_and_time


async def ask_person(update: Update, context: Context) -> None:
    """/person: write a question to a coordinator."""
    await forms.begin(update, context, PERSON, {})


async def _invite_to_write(update: Update, context: Context, form: Form) -> None:
    when = when_answered(context.services, context.person.language, context.now)
    text = Markup("\n\n").join([context.text("inquiry.write"), when])
    await context.send(context.person.id, text, keyboard([forms.cancel_button(context, form)]))


async def take_question(update: Update, context: Context, text: str) -> None:
    """The question that /person asked for."""
    services = context.services
    draft = await services.forms.draft(context.person.id, PERSON.name)
    if draft and not await services.forms.discard(draft):
        return
    language = language_of(text) or context.person.language
    asked = await services.history.keep(context.person.id, text, language, Result.PERSON, context.now)
    await _pass_on(update, context, asked.id)


async def pass_on(update: Update, context: Context) -> None:
    """The bot did not know, and the asker presses to ask a person."""
    await context.answer_press(update)
    await _pass_on(update, context, number_of(context))


async def write_more(update: Update, context: Context) -> None:
    """The asker wants to add a sentence to a question that waits."""
    await context.answer_press(update)
    inquiry = await context.services.inquiries.inquiry(number_of(context))
    if inquiry is None or inquiry.person_id != context.person.id or not inquiry.is_open:
        await context.say("inquiry.not_open")
    elif inquiry.state is InquiryState.TAKEN:
        await context.say("inquiry.just_write")
    else:
        await forms.begin(update, context, ADDITION, {"inquiry": str(inquiry.id)})


async def _invite_to_add(update: Update, context: Context, form: Form) -> None:
    await context.say("inquiry.add", keyboard([forms.cancel_button(context, form)]))


async def take_addition(update: Update, context: Context, text: str) -> None:
    """The sentence that was asked for."""
    services = context.services
    draft = await services.forms.draft(context.person.id, ADDITION.name)
    if draft is None or update.message is None or not await services.forms.discard(draft):
        return
    inquiry = await services.inquiries.inquiry(int(draft.answers["inquiry"]))
    if inquiry is None or not inquiry.is_open:
        await context.say("inquiry.not_open")
    elif inquiry.state is InquiryState.WAITING:
        await talks.add(context, inquiry, update.message)
    else:
        await talks.relay(update, context)


async def take(update: Update, context: Context) -> None:
    """A coordinator takes a question; the others are told who. A second press shows it once more."""
    services, inquiry_id = context.services, number_of(context)
    await context.answer_press(update)
    fresh = await services.inquiries.take(inquiry_id, context.person.id, context.now)
    inquiry = await services.inquiries.inquiry(inquiry_id)
    asker = await services.people.find(inquiry.person_id) if inquiry else None
    if inquiry is None or asker is None or inquiry.taken_by != context.person.id:
        await context.show(update, context.text("inquiry.not_waiting"))
        return
    if inquiry.state is not InquiryState.TAKEN:
        await context.show(update, context.text("inquiry.not_open"))
        return
    if fresh:
        # What was being filled in is laid aside: from now on words go to the other.
        for person_id in (asker.id, context.person.id):
            await services.forms.lay_aside(person_id)
        taken = context.text(
            "inquiry.taken", asker.language, name=context.person.name, question=inquiry.question
        )
        await context.tell(asker.id, taken, talks.ways_on(context, inquiry, asker))
        await _tell_others(context, inquiry)
    # What was pressed stands far above by now: what comes next is at the bottom.
    await context.show(update, context.text("inquiry.you_took", question=inquiry.question))
    yours = context.text("inquiry.yours", name=asker.name, question=inquiry.question)
    try:
        sent = await context.tell(context.person.id, yours, talks.ways_on(context, inquiry, context.person))
        await talks.remember(services, inquiry, context.person, sent)
    finally:
        if fresh:
            await talks.hand_over_additions(context, inquiry)


async def end(update: Update, context: Context) -> None:
    """The asker or the coordinator ends it; both are told, and the coordinator can keep the answer."""
    services = context.services
    closed = await services.inquiries.close(number_of(context), context.person.id, context.now)
    await context.answer_press(update)
    if closed is None:
        await context.say("inquiry.not_open")
        return
    await _say_to(services, context.bot, closed.person_id, "inquiry.ended")
    asker = await services.people.find(closed.person_id)
    if closed.taken_by and asker:
        await _say_to(services, context.bot, closed.taken_by, "inquiry.ended_with", name=asker.name)
    await offer_to_keep(services, context.bot, closed)


async def put_back(context: Context, inquiry: Inquiry) -> None:
    """Whoever had taken it coordinates no longer: it is put before the others, and the asker hears of it."""
    services = context.services
    told = await _announce(services, context.bot, inquiry, await _coordinators(services, inquiry))
    await _say_to(services, context.bot, inquiry.person_id, "inquiry.put_back" if told else "inquiry.nobody")


async def look_after(services: Services, bot: Bot) -> None:
    """End conversations left alone, and remind of questions without an answer; the askers hear the truth."""
    now = services.clock()
    for closed in await services.inquiries.close_silent(now):
        for person_id in filter(None, (closed.person_id, closed.taken_by)):
            await _say_to(services, bot, person_id, "inquiry.ended_by_silence")
        await offer_to_keep(services, bot, closed)
    for inquiry in await services.inquiries.unanswered():
        match reminder_due(inquiry, services.office.worked(inquiry.asked_at, now)):
            case Reminder.COORDINATORS:
                await _remind(services, bot, inquiry)
            case Reminder.ADMINISTRATORS:
                await _escalate(services, bot, inquiry)


async def put_again(services: Services, bot: Bot, inquiry_id: int) -> None:
    """The coordinator who had a question is gone: the others can take it, and the asker hears that."""
    inquiry = await services.inquiries.inquiry(inquiry_id)
    if inquiry is None or inquiry.state is not InquiryState.WAITING:
        return
    reached = await _announce(services, bot, inquiry, await _coordinators(services, inquiry))
    await _say_to(services, bot, inquiry.person_id, "inquiry.still_waiting" if reached else "inquiry.nobody")


async def _remind(services: Services, bot: Bot, inquiry: Inquiry) -> None:
    """Remind the coordinator who took it, or all of them."""
    if not await services.inquiries.note_reminder(inquiry, services.clock(), release=False):
        return
    coordinators = await _coordinators(services, inquiry)
    if inquiry.taken_by:
        coordinators = [one for one in coordinators if one.id == inquiry.taken_by]
    reached = await _announce(services, bot, inquiry, coordinators, "inquiry.remind")
    await _say_to(services, bot, inquiry.person_id, "inquiry.still_waiting" if reached else "inquiry.nobody")


async def _escalate(services: Services, bot: Bot, inquiry: Inquiry) -> None:
    """Tell the administrators; a question that was taken and left without a word is open to all again."""
    now = services.clock()
    left = inquiry.taken_by is not None and services.office.worked(inquiry.spoken_at, now) >= REMIND_AFTER
    if not await services.inquiries.note_reminder(inquiry, now, release=left):
        return
    coordinators = await _coordinators(services, inquiry)
    administrators = [one for one in coordinators if one.may(Role.ADMINISTRATOR)]
    reached = await _announce(services, bot, inquiry, administrators, "inquiry.overdue")
    if left:
        others = [one for one in coordinators if one not in administrators]
        reached |= await _announce(services, bot, inquiry, others, "inquiry.remind")
    await _say_to(services, bot, inquiry.person_id, "inquiry.escalated" if reached else "inquiry.nobody")


async def _pass_on(update: Update, context: Context, question_id: int) -> None:
    """Put the question before the coordinators, and tell the asker the truth about it."""
    services = context.services
    asked = await services.history.question(question_id)
    if asked is None or asked.person_id != context.person.id:
        await context.say("inquiry.not_open")
        return
    inquiry = await services.inquiries.pass_on(asked, context.now)
    if inquiry is None:
        known = await services.inquiries.of_question(asked.id)
        await context.say("inquiry.waits" if known and known.is_open else "inquiry.not_open")
        return
    message = update.message
    if message and message.text is None:  # a picture whose caption is the question
        addition = Sighting(message.chat_id, message.message_id, addition=True)
        await services.inquiries.remember(inquiry.id, addition)
    told = await _announce(services, context.bot, inquiry, await _coordinators(services, inquiry))
    buttons = keyboard(
        [button(context.text("inquiry.add_button"), "add", inquiry.id)],
        [button(context.text("inquiry.withdraw"), "end", inquiry.id)],
    )
    text = [context.text("inquiry.passed" if told else "inquiry.nobody")]
    if told:
        text.append(when_answered(services, context.person.language, context.now))
    sent = await context.tell(context.person.id, Markup("\n\n").join(text), buttons)
    await talks.remember(services, inquiry, context.person, sent)


async def _coordinators(services: Services, inquiry: Inquiry) -> list[Person]:
    return [one for one in await services.people.coordinators(Ability.ANSWER) if one.id != inquiry.person_id]


async def _announce(
    services: Services, bot: Bot, inquiry: Inquiry, readers: Iterable[Person], key: str = "inquiry.new"
) -> bool:
    """Put the question before these coordinators, to be taken; whether anybody was reached."""
    asker = await services.people.find(inquiry.person_id)
    asked_at = inquiry.asked_at.astimezone(services.timezone)
    reached = False
    for reader in readers:
        text = services.catalogue.text(
            reader.language,
            key,
            name=asker.name if asker else "",
            question=inquiry.question,
            asked_at=day_and_time(reader.language, asked_at),
        )
        taking = button(services.catalogue.text(reader.language, "inquiry.take"), "take", inquiry.id)
        sent = await tell(services, bot, reader.id, text, keyboard([taking]))
        await talks.remember(services, inquiry, reader, sent)
        reached |= bool(sent)
    return reached


async def _say_to(services: Services, bot: Bot, person_id: int, key: str, **values: object) -> None:
    person = await services.people.find(person_id)
    if person:
        await tell(services, bot, person.id, services.catalogue.text(person.language, key, **values))


async def _tell_others(context: Context, inquiry: Inquiry) -> None:
    """Say in the other coordinators' notices who has taken it."""
    services = context.services
    for sighting in await services.inquiries.sightings(inquiry.id):
        if sighting.chat_id in (inquiry.person_id, context.person.id):
            continue
        other = await services.people.find(sighting.chat_id)
        if other is None:
            continue
        text = services.catalogue.text(
            other.language, "inquiry.taken_by_other", name=context.person.name, question=inquiry.question
        )
        try:
            await context.bot.edit_message_text(
                text, other.id, sighting.message_id, parse_mode=ParseMode.HTML
            )
        except TelegramError:
            continue


PERSON: Final = FormKind(
    "person", Role.PERSON, (), _invite_to_write, take=take_question, takes_questions=True
)
ADDITION: Final = FormKind(
    "addition", Role.PERSON, (), _invite_to_add, take=take_addition, takes_questions=True
)
