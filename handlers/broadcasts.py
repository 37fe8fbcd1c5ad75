"""Broadcasts as a coordinator sees them: the preview, the confirmation, and what became of each."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from markupsafe import Markup
from telegram import Bot, Update

from bot.context import Context, Services, tell
from bot.core.broadcasts import Broadcast, DeliveryState, Subject, Tally
from bot.core.forms import Form
from bot.core.people import LANGUAGES, Language
from handlers.forms import FormKind, review_rows
from handlers.keyboards import keyboard
from messages.catalogue import Catalogue
from messages.dates import day, digits


async def preview(context: Context, kind: FormKind, form: Form, texts: Mapping[Language, str]) -> None:
    """Send the coordinator what recipients will get, in each language that some read, and their number."""
    audience = await context.services.subscriptions.audience()
    language = context.person.language
    for read in sorted(audience.languages or {language}, key=LANGUAGES.index):
        await context.say(f"broadcast.preview.{read}")
        await context.send(context.person.id, texts[read])
    await context.say(
        "broadcast.confirm" if audience.chats else "broadcast.confirm_nobody",
        keyboard(*review_rows(context, kind, form, "broadcast.send")),
        count=audience.chats,
        chats=digits(language, audience.chats),
        councils=digits(language, audience.councils),
    )


async def confirm(
    update: Update, context: Context, form: Form, subject: Subject, texts: Mapping[Language, str]
) -> None:
    """Keep the broadcast and let the outbox send it."""
    services = context.services
    kept = await services.broadcasts.confirm(
        form, subject, form.answers["title"], texts, context.person.id, context.now
    )
    if kept is None:
        await context.say("form.old_button")
        return
    tally = await services.broadcasts.tally(kept.id)
    await context.show(
        update,
        context.text(
            "broadcast.sending", count=tally.total, chats=digits(context.person.language, tally.total)
        ),
    )
    services.wake_outbox()


async def broadcasts(update: Update, context: Context) -> None:
    """/broadcasts: the last ones, with how many were reached."""
    newest = await context.services.broadcasts.newest()
    if not newest:
        await context.say("broadcast.none")
        return
    items = [
        report(
            context.services.catalogue,
            context.person.language,
            broadcast,
            await context.services.broadcasts.tally(broadcast.id),
            context.services.timezone,
        )
        for broadcast in newest
    ]
    await context.send(context.person.id, Markup("\n\n").join([context.text("broadcast.list"), *items]))


def report(
    catalogue: Catalogue, language: Language, broadcast: Broadcast, tally: Tally, timezone: ZoneInfo
) -> Markup:
    """What became of a broadcast: how many were reached of how many, and every other state that occurred."""
    lines = [
        catalogue.text(
            language,
            f"broadcast.report.{broadcast.subject}",
            title=broadcast.title,
            sent_on=day(language, broadcast.created_at.astimezone(timezone)),
            reached=digits(language, tally[DeliveryState.SENT]),
            total=digits(language, tally.total),
        )
    ]
    lines += [
        catalogue.text(language, f"broadcast.state.{state}", number=digits(language, tally[state]))
        for state in DeliveryState
        if state is not DeliveryState.SENT and tally[state]
    ]
    return Markup("\n").join(lines)


async def tell_finished(services: Services, bot: Bot, broadcast: Broadcast) -> None:
    """Tell the coordinator who confirmed a broadcast what became of it."""
    coordinator = await services.people.find(broadcast.created_by)
    if coordinator is None:
        return
    tally = await services.broadcasts.tally(broadcast.id)
    text = Markup("\n\n").join(
        [
            services.catalogue.text(coordinator.language, "broadcast.done"),
            report(services.catalogue, coordinator.language, broadcast, tally, services.timezone),
        ]
    )
    await tell(services, bot, coordinator.id, text)
