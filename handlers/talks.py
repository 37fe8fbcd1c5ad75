"""The talk between an asker and a coordinator: words are said under the speaker's name, the rest is copied.

Who speaks is always said. While the two talk, the bot answers nothing but commands and buttons.
"""

from markupsafe import escape
from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import TelegramError

from bot.context import Context, Services
from bot.core.inquiries import Inquiry, InquiryState, Sighting
from bot.core.people import Ability, Person
from bot.core.questions import Answer, Answers, Suggest, Unknown
from handlers.keyboards import button, column, keyboard
from handlers.routing import groups_of, number_of

CHOICES = 5
"""So many entries are offered to answer with."""


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
        await add(context, waiting, message)
        return True
    return False


async def add(context: Context, inquiry: Inquiry, message: Message) -> None:
    """Something added to a question that waits; it is handed over when somebody takes the question."""
    addition = Sighting(message.chat_id, message.message_id, addition=True)
    await context.services.inquiries.remember(inquiry.id, addition)
    await context.say("inquiry.added")


async def hand_over_additions(context: Context, inquiry: Inquiry) -> None:
    """Copy what the asker added while the question waited, under the asker's name."""
    sightings = await context.services.inquiries.sightings(inquiry.id)
    additions = [sighting for sighting in sightings if sighting.addition]
    asker = await context.services.people.find(inquiry.person_id)
    if additions and asker:
        await context.say("inquiry.added_by", name=asker.name)
    for sighting in additions:
        await _copy(context, inquiry, sighting, context.person.id)


async def remember(services: Services, inquiry: Inquiry, reader: Person, sent: list[Message]) -> None:
    """Note whose inquiry the messages belong to, so that a reply to any of them finds its way."""
    for message in sent:
        await services.inquiries.remember(inquiry.id, Sighting(reader.id, message.message_id))


def ways_on(context: Context, inquiry: Inquiry, reader: Person) -> InlineKeyboardMarkup:
    """The buttons under what is said in a talk; the coordinator may also answer with an entry."""
    giving = button(context.text("inquiry.entries", reader.language), "entries", inquiry.id)
    ending = button(context.text("inquiry.end", reader.language), "end", inquiry.id)
    return keyboard([giving] if reader.id == inquiry.taken_by else [], [ending])


async def show_entries(update: Update, context: Context) -> None:
    """The entries that come nearest to the question, for the coordinator to answer with one of them."""
    inquiry = await _own_talk(update, context, number_of(context))
    if inquiry is None:
        return
    knowledge, language = context.services.knowledge, context.person.language
    topics = _likely(context, inquiry.question)
    if not topics:
        await context.say("knowledge.nothing_found")
        return
    choices = [button(knowledge.question(topic, language), "give", inquiry.id, topic) for topic in topics]
    await context.say("inquiry.choose_entry", keyboard(*column(choices)))


async def give_entry(update: Update, context: Context) -> None:
    """The coordinator answers with an entry: the asker reads it in their own language."""
    number, topic = groups_of(context)
    inquiry = await _own_talk(update, context, int(number))
    if inquiry is None:
        return
    services = context.services
    asker = await services.people.find(inquiry.person_id)
    if asker is None or topic not in services.knowledge:
        await context.say("unknown_press")
        return
    words = services.knowledge.answer(topic, asker.language)
    if await _speak(context, inquiry, asker, words):
        await services.inquiries.answer(inquiry.id, "", topic, context.now)
        await context.show(update, context.text("inquiry.entry_sent", words=words))


def _likely(context: Context, question: str) -> tuple[str, ...]:
    """The topics of the bot's own reply to the question, and the nearest others."""
    match context.services.answerer.reply(question):
        case Answer(topic, _, others):
            found: tuple[str, ...] = (topic, *others)
        case Answers(topics) | Suggest(topics) | Unknown(_, topics):
            found = topics
        case _:
            found = ()
    nearest = context.services.answerer.closest(question, 2 * CHOICES)
    return tuple(dict.fromkeys([*found, *nearest]))[:CHOICES]


async def _own_talk(update: Update, context: Context, inquiry_id: int) -> Inquiry | None:
    """The talk that this coordinator has taken and not ended; else they are told that it is over."""
    await context.answer_press(update)
    inquiry = await context.services.inquiries.inquiry(inquiry_id)
    if inquiry and inquiry.state is InquiryState.TAKEN and inquiry.taken_by == context.person.id:
        return inquiry
    await context.say("inquiry.not_open")
    return None


async def _carry_reply(context: Context, inquiry: Inquiry, message: Message) -> bool:
    """Carry a reply to a message of an inquiry, or say why it cannot be."""
    if inquiry.state is InquiryState.TAKEN and context.person.id in (inquiry.person_id, inquiry.taken_by):
        return await _carry(context, inquiry, message)
    if inquiry.state is InquiryState.WAITING and inquiry.person_id == context.person.id:
        await add(context, inquiry, message)
    elif inquiry.state is InquiryState.WAITING:
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
    if reader is None or coordinator is None or not coordinator.may(Ability.ANSWER):
        with context.doing("end", inquiry.id):
            await services.inquiries.close(inquiry.id, me.id, context.now)
        await context.say("inquiry.ended")
        return True
    with context.doing("answer", inquiry.id):
        return await _say(context, inquiry, reader, message)


async def _say(context: Context, inquiry: Inquiry, reader: Person, message: Message) -> bool:
    services, asking = context.services, context.person.id == inquiry.person_id
    delivered = await _speak(context, inquiry, reader, message.text or "")
    if delivered and message.text is None:
        delivered = await _copy(context, inquiry, Sighting(message.chat_id, message.message_id), reader.id)
    if not delivered:
        await context.say("inquiry.not_delivered")
    elif asking:
        await services.inquiries.touch(inquiry.id, context.now)
    else:
        await services.inquiries.answer(inquiry.id, message.text or message.caption or "", None, context.now)
    return True


async def _speak(context: Context, inquiry: Inquiry, reader: Person, words: str) -> bool:
    """Say words to the other side under the speaker's name; whether they arrived."""
    speaker = "inquiry.from_coordinator" if reader.id == inquiry.person_id else "inquiry.from_asker"
    spoken = context.text(speaker, reader.language, name=context.person.name, words=escape(words))
    sent = await context.tell(reader.id, spoken, ways_on(context, inquiry, reader))
    await remember(context.services, inquiry, reader, sent)
    return bool(sent)


async def _copy(context: Context, inquiry: Inquiry, sighting: Sighting, to: int) -> bool:
    try:
        copy = await context.bot.copy_message(to, sighting.chat_id, sighting.message_id)
    except TelegramError:
        return False
    await context.services.inquiries.remember(inquiry.id, Sighting(to, copy.message_id))
    return True
