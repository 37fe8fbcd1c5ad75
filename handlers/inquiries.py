"""Questions to a person: passed on by the asker, taken by one coordinator, talked over, and ended by either.

Who speaks is always said: a coordinator's words carry their name. While the two talk, the bot answers nothing
but commands and buttons.
"""

from typing import Final

from telegram import Bot, InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.context import Context, Services, tell
from bot.core.forms import Form
from bot.core.inquiries import Inquiry, InquiryState, Sighting
from bot.core.people import Person, Role
from handlers import forms
from handlers.forms import FormKind
from handlers.keyboards import button, keyboard
from handlers.routing import number_of


async def ask_person(update: Update, context: Context) -> None:
    """/person: write a question to a coordinator."""
    await forms.begin(update, context, PERSON, {})


async def _invite_to_write(update: Update, context: Context, form: Form) -> None:
    await context.say("inquiry.write", keyboard([forms.cancel_button(context, form)]))


async def take_question(update: Update, context: Context, text: str) -> None:
    """The question that /person asked for."""
    services = context.services
    draft = await services.forms.draft(context.person.id, PERSON.name)
    if draft and not await services.forms.discard(draft):
        return
    offered = await services.inquiries.offer(context.person.id, text, context.now)
    message = update.message
    if message and message.text is None:  # a picture whose caption is the question
        await services.inquiries.remember(offered.id, Sighting(message.chat_id, message.message_id))
    await _pass_on(context, offered.id)


async def pass_on(update: Update, context: Context) -> None:
    """The bot did not know, and the asker presses to ask a person."""
    await context.answer_press(update)
    await _pass_on(context, number_of(context))


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
        taken = context.text("inquiry.taken", asker.language, name=context.person.name)
        await context.tell(asker.id, taken, _ending(context, inquiry, asker))
        await _tell_others(context, inquiry)
    yours = context.text("inquiry.yours", name=asker.name, question=inquiry.question)
    try:
        await context.show(update, yours, _ending(context, inquiry, context.person))
    finally:
        if fresh:
            await _hand_over_additions(context, inquiry)


async def end(update: Update, context: Context) -> None:
    """The asker or the coordinator ends it; both are told."""
    services = context.services
    closed = await services.inquiries.close(number_of(context), context.person.id, context.now)
    await context.answer_press(update)
    if closed is None:
        await context.say("inquiry.not_open")
        return
    for person_id in filter(None, (closed.person_id, closed.taken_by)):
        await _say_to(services, context.bot, person_id, "inquiry.ended")


async def relay(update: Update, context: Context) -> bool:
    """Carry a message between an asker and their coordinator; False when it is for the bot itself.

    A reply goes where the message replied to belongs. Without one, words are carried only when there is just
    one talk they can be meant for, and no form is open.
    """
    message = update.message
    if message is None:
        return False
    inquiries, me = context.services.inquiries, context.person
    if message.reply_to_message:
        meant = await inquiries.of_message(Sighting(message.chat_id, message.reply_to_message.message_id))
        if meant:
            return await _carry_reply(context, meant, message)
    if await context.services.forms.open_in(me.id):
        return False
    talks = await inquiries.talks_of(me.id)
    if len(talks) > 1:
        await context.say("inquiry.which")
        return True
    if talks:
        return await _carry(context, talks[0], message)
    waiting = await inquiries.waiting_of(me.id)
    if waiting and message.text is None:
        await _add(context, waiting, message)
        return True
    return False


async def look_after(services: Services, bot: Bot) -> None:
    """End conversations left alone, and bring up questions that have waited long; the askers are told."""
    now = services.clock()
    for closed in await services.inquiries.close_silent(now):
        for person_id in filter(None, (closed.person_id, closed.taken_by)):
            await _say_to(services, bot, person_id, "inquiry.ended_by_silence")
    for waiting in await services.inquiries.bring_up(now):
        reminded = await _announce_to_all(services, bot, waiting)
        await _say_to(
            services, bot, waiting.person_id, "inquiry.still_waiting" if reminded else "inquiry.nobody"
        )


async def _pass_on(context: Context, inquiry_id: int) -> None:
    """Put the question before the coordinators, and tell the asker the truth about it."""
    services = context.services
    inquiry = await services.inquiries.pass_on(inquiry_id, context.person.id, context.now)
    if inquiry is None:
        known = await services.inquiries.inquiry(inquiry_id)
        waits = known and known.person_id == context.person.id and known.state is InquiryState.WAITING
        await context.say("inquiry.waits" if waits else "inquiry.not_open")
        return
    told = await _announce_to_all(services, context.bot, inquiry)
    withdrawing = keyboard([button(context.text("inquiry.withdraw"), "end", inquiry.id)])
    await context.say("inquiry.passed" if told else "inquiry.nobody", withdrawing)


async def _announce_to_all(services: Services, bot: Bot, inquiry: Inquiry) -> bool:
    """Tell every coordinator but the asker; whether anybody was reached."""
    coordinators = [one for one in await services.people.coordinators() if one.id != inquiry.person_id]
    return any([await _announce(services, bot, inquiry, coordinator) for coordinator in coordinators])


async def _announce(services: Services, bot: Bot, inquiry: Inquiry, coordinator: Person) -> bool:
    asker = await services.people.find(inquiry.person_id)
    taking = button(services.catalogue.text(coordinator.language, "inquiry.take"), "take", inquiry.id)
    text = services.catalogue.text(
        coordinator.language, "inquiry.new", name=asker.name if asker else "", question=inquiry.question
    )
    sent = await tell(services, bot, coordinator.id, text, keyboard([taking]))
    await _remember(services, inquiry, coordinator, sent)
    return bool(sent)


async def _say_to(services: Services, bot: Bot, person_id: int, key: str) -> None:
    person = await services.people.find(person_id)
    if person:
        await tell(services, bot, person.id, services.catalogue.text(person.language, key))


async def _remember(services: Services, inquiry: Inquiry, reader: Person, sent: list[Message]) -> None:
    """Note whose inquiry the messages belong to, so that a reply to any of them finds its way."""
    for message in sent:
        await services.inquiries.remember(inquiry.id, Sighting(reader.id, message.message_id))


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


async def _hand_over_additions(context: Context, inquiry: Inquiry) -> None:
    """Copy what the asker added while the question waited."""
    for sighting in await context.services.inquiries.sightings(inquiry.id):
        if sighting.chat_id == inquiry.person_id:
            await _copy(context, inquiry, sighting, context.person.id)


async def _add(context: Context, inquiry: Inquiry, message: Message) -> None:
    """A photo, a voice message or the like, added to a question that waits."""
    await context.services.inquiries.remember(inquiry.id, Sighting(message.chat_id, message.message_id))
    await context.say("inquiry.added")


async def _carry_reply(context: Context, inquiry: Inquiry, message: Message) -> bool:
    """Carry a reply to a message of an inquiry, or say why it cannot be."""
    if inquiry.state is InquiryState.TAKEN and context.person.id in (inquiry.person_id, inquiry.taken_by):
        return await _carry(context, inquiry, message)
    if inquiry.state is InquiryState.WAITING and inquiry.person_id != context.person.id:
        await context.say("inquiry.take_first")
    else:
        await context.say("inquiry.not_open")
    return True


async def _carry(context: Context, inquiry: Inquiry, message: Message) -> bool:
    """Say a text under the speaker's name, or copy what is no text; the speaker hears when it fails."""
    services, me = context.services, context.person
    asking = me.id == inquiry.person_id
    reader = await services.people.find((inquiry.taken_by or 0) if asking else inquiry.person_id)
    coordinator = reader if asking else me
    if reader is None or coordinator is None or not coordinator.may(Role.COORDINATOR):
        await services.inquiries.close(inquiry.id, me.id, context.now)
        await context.say("inquiry.ended")
        return True
    key = "inquiry.from_asker" if asking else "inquiry.from_coordinator"
    spoken = context.text(key, reader.language, name=me.name, words=message.text or "")
    sent = await context.tell(reader.id, spoken, _ending(context, inquiry, reader))
    await _remember(services, inquiry, reader, sent)
    delivered = bool(sent)
    if delivered and message.text is None:
        delivered = await _copy(context, inquiry, Sighting(message.chat_id, message.message_id), reader.id)
    if delivered:
        await services.inquiries.touch(inquiry.id, context.now)
    else:
        await context.say("inquiry.not_delivered")
    return True


async def _copy(context: Context, inquiry: Inquiry, sighting: Sighting, to: int) -> bool:
    try:
        copy = await context.bot.copy_message(to, sighting.chat_id, sighting.message_id)
    except TelegramError:
        return False
    await context.services.inquiries.remember(inquiry.id, Sighting(to, copy.message_id))
    return True


def _ending(context: Context, inquiry: Inquiry, reader: Person) -> InlineKeyboardMarkup:
    return keyboard([button(context.text("inquiry.end", reader.language), "end", inquiry.id)])


PERSON: Final = FormKind(
    "person", Role.PERSON, (), _invite_to_write, take=take_question, takes_questions=True
)
