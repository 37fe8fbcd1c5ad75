"""One person does everything that the bot lets people do, and leaves recognisable words wherever they can."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Table, insert

from bot.core.attachments import Attachment, AttachmentKind, to_text
from bot.core.broadcasts import Subject
from bot.core.forms import REVIEW, Form
from bot.core.lessons import LessonState
from bot.core.membership import RequestState
from bot.core.people import Role
from storage.lessons import StoredLessons
from storage.membership import StoredMembership
from storage.tables import (
    broadcasts,
    deliveries,
    entry_versions,
    feedback,
    invitations,
    lesson_reports,
    proposed_corrections,
    questions,
    readings,
    series,
    step_reports,
    subscribers,
)
from tests.attending import forum, seat
from tests.handlers.phones import begin_coordinators, press, tap, write
from tests.handlers.subscribing import follow, share
from tests.joining import fill_in
from tests.storage.records import TONLE_BASAK
from tests.world import World

NAME, NUMBER = "Zznameperson", 987_654_321_012
TELEPHONE, EMAIL, WORD = "017 776 655", "zzmail@zzhouse.org", "zzword"
TRACES: Final = (NAME, str(NUMBER), "17 776 655", "17776655", EMAIL, "zzhouse", WORD)
"""None of these may be found anywhere afterwards."""
PUBLISHED: Final = "ជីកអណ្តូងទឹក"
GUEST: Final = "Guest Visal"
_PHOTO: Final = to_text([Attachment(AttachmentKind.PHOTO, WORD, WORD)])


async def live(world: World) -> dict[str, int]:
    """Everything, as a citizen, a representative, a participant, a planner, an author and a coordinator.

    Returns the numbers of what the counts are taken of afterwards.
    """
    await begin_coordinators(world, "second")
    await follow(world, NAME, "clerk")
    await _ask(world)
    await _belong(world)
    numbers = await _come(world)
    await _plan_and_tell(world, numbers)
    numbers |= await _receive(world)
    await _coordinate(world, numbers)
    for name in ("coordinator", "second", "clerk", "staff", "citizen", NAME):
        world.read_all(name)
    return numbers


async def put(world: World, table: Table, **values: Any) -> int:
    """A row; the number that it got, if it has one."""
    async with world.database.write() as connection:
        done = await connection.execute(insert(table).values(values))
        key = done.inserted_primary_key
    return int(key[0]) if key else 0


async def _ask(world: World) -> None:
    await write(world, NAME, f"{WORD} {NAME} តើក្រុមការងារបង្កើតឡើងនៅពេលណា?")
    await write(world, NAME, "/person")
    await write(world, NAME, f"{WORD} តើខ្ចីតង់បានទេ?")
    await tap(world, "second", "take:1")
    await write(world, "second", f"ជម្រាបសួរ {NAME}")
    await write(world, NAME, f"{WORD} អរគុណ")
    await tap(world, NAME, "end:1")
    await tap(world, NAME, "want:meetings:off")
    await world.bot.application.services.subscribers.mute(NUMBER, "budget", True)
    await put(world, subscribers, chat_id=-1005, title="ភូមិ")
    await world.bot.application.services.subscriptions.subscribe(-1005, TONLE_BASAK, NUMBER, world.clock())


async def _belong(world: World) -> None:
    me = world.person(NAME)
    told = {
        "contact": f"{WORD} {NAME}",
        "position": WORD,
        "telephone": TELEPHONE,
        "email": EMAIL,
        "why": WORD,
    }
    await fill_in(world, me, organisation="Sala Phum", heard=WORD, website="salaphum.org", **told)
    world.read_all(NAME)
    await press(world, NAME, "✅ យល់ព្រម")
    await tap(world, "coordinator", "request:1")
    await press(world, "coordinator", "❓")
    await write(world, "coordinator", "សូមប្រាប់បន្ថែម")
    await press(world, "coordinator", "✅")
    await press(world, NAME, "✍️")
    await write(world, NAME, f"{WORD} ចម្លើយ")
    for label in ("រំលង", "✅"):
        await press(world, NAME, label)
    await tap(world, "coordinator", "request:1")
    await press(world, "coordinator", "✅ យល់ព្រម")
    await press(world, "coordinator", "✅ យល់ព្រមទទួល")
    # The profile names them as the contact; a colleague's invitation waits; another request is half written.
    organisation = (await world.bot.application.services.directory.of_person(NUMBER))[0]
    await tap(world, NAME, f"o-invite:{organisation.id}")
    # Somebody else's request for another organisation, which this person asked for as well.
    await fill_in(world, world.person("staff"), organisation="Prek Thmey")
    world.read_all("staff")
    await press(world, "staff", "✅ យល់ព្រម")
    form = await _form(world, NUMBER, "join", _application("Prek Thmey"))
    await StoredMembership(world.database).submit(form, NUMBER, world.clock())
    await fill_in(world, world.person("citizen"), organisation="Third House")
    world.read_all("citizen")
    await press(world, "citizen", "✅ យល់ព្រម")
    await _form(world, NUMBER, "lesson", {"title": WORD})


def _application(organisation: str) -> dict[str, str]:
    told = dict.fromkeys(("other_name", "heard", "document", "website"), "")
    told |= {"organisation": organisation, "kind": "local", "provinces": "05", "sectors": "women"}
    return told | {
        "contact": f"{WORD} {NAME}",
        "position": WORD,
        "telephone": "+855 17 776 655",
        "email": EMAIL,
        "why": WORD,
        "public": "yes",
    }


async def _form(world: World, chat_id: int, kind: str, answers: dict[str, str]) -> Form:
    saved = await world.bot.application.services.forms.save(
        Form(chat_id, kind, REVIEW, answers), world.clock()
    )
    assert saved
    return saved


async def _come(world: World) -> dict[str, int]:
    now = world.clock()
    coming = await forum(world.database, now + timedelta(days=30), capacity=1)
    await tap(world, NAME, f"e-come:{coming}")
    await tap(world, "clerk", f"e-come:{coming}")
    past = await forum(world.database, now - timedelta(days=30))
    details: dict[str, Any] = {
        "gender": "f",
        "commune_code": TONLE_BASAK,
        "attended_at": now - timedelta(days=30),
    }
    await seat(world.database, past, NAME, "ZZCODE", person_id=NUMBER, own=True, organisation=WORD, **details)
    await seat(world.database, past, GUEST, "GUESTS", person_id=NUMBER, **details)
    await put(
        world, feedback, event_id=past, person_id=NUMBER, stars=4, sentence=f"{WORD} {NAME}", given_at=now
    )
    return {"coming": coming, "past": past}


async def _plan_and_tell(world: World, numbers: dict[str, int]) -> None:
    now, services = world.clock(), world.bot.application.services
    await tap(world, NAME, f"p-new:{TONLE_BASAK}")
    for words in ("ជួសជុលអណ្តូង", f"{NAME} {WORD}", "10/12/2026"):
        await write(world, NAME, words)
    await press(world, NAME, "✅ រក្សាទុក")
    told = {"state": "done", "sentence": WORD, "photo": _PHOTO, "reported_by": NUMBER, "reported_at": now}
    await put(world, step_reports, step_id=1, **told)
    lessons = StoredLessons(world.database)
    waiting = {"title": WORD, "body": f"{WORD} {NAME}", "attachments": _PHOTO, "named": "yes"}
    assert await lessons.offer(await _form(world, NUMBER, "offer", waiting), NUMBER, now)
    told_to_all = {"title": PUBLISHED, "body": PUBLISHED, "named": "named"}
    lesson = await lessons.offer(await _form(world, NUMBER, "offer", told_to_all), NUMBER, now)
    assert lesson
    await lessons.decide(
        lesson.id, lesson.version, LessonState.APPROVED, world.person("second").id, world.clock()
    )
    about = {"lesson_id": lesson.id, "commune_code": TONLE_BASAK, "reported_by": NUMBER, "reported_at": now}
    await put(world, lesson_reports, body=WORD, state="offered", **about)
    await put(world, lesson_reports, body=PUBLISHED, state="approved", **about)
    for name in (NAME, "clerk"):
        await services.lessons.find_useful(lesson.id, world.person(name).id, True, now)
        await services.readings.note(lesson.id, world.person(name).id, world.person(name).id, now)
    read = {"commune_code": TONLE_BASAK, "read_at": now, "person_id": NUMBER}
    await put(world, readings, lesson_id=lesson.id, chat_id=-1005, **read)
    numbers["lesson"] = lesson.id


async def _receive(world: World) -> dict[str, int]:
    sent = await share(world, "ទឹកស្អាត")
    await world.send_broadcasts()
    await world.bot.application.services.readings.note(sent.subject_id, NUMBER, NUMBER, world.clock())
    pending = await share(world, "ថវិកា")
    return {"sent": sent.id, "pending": pending.id}


async def _coordinate(world: World, numbers: dict[str, int]) -> None:
    now = world.clock()
    await write(world, "coordinator", "/invite")
    invitation = await press(world, "coordinator", "បង្កើតតំណ")
    world.person(NAME).start(invitation.partition("?start=")[2].split()[0])
    await world.deliver()
    given = {"role": Role.COORDINATOR, "created_at": now, "expires_at": now + timedelta(days=1)}
    await put(world, invitations, digest="0" * 64, created_by=NUMBER, **given)
    # Another's question is in their hands, another's request too; a third one they declined.
    await write(world, "citizen", "/person")
    await write(world, "citizen", "តើមានតុទេ?")
    await tap(world, NAME, "take:2")
    await write(world, NAME, f"{WORD} មាន")
    requests = StoredMembership(world.database)
    await requests.take(2, NUMBER, now)
    third = await requests.request(3)
    assert third
    await requests.decide(3, third.version, RequestState.DECLINED, NUMBER, now, "incomplete")
    await _publish(world, numbers)
    await _decide(world, numbers)
    await write(world, NAME, "/lesson")  # and a form stays open in the middle
    await write(world, NAME, WORD)


async def _publish(world: World, numbers: dict[str, int]) -> None:
    """What they told others, with their name and telephone in it."""
    now, by = world.clock(), {"created_by": NUMBER, "created_at": world.clock()}
    contact = f"{NAME} {TELEPHONE}"
    await forum(world.database, now + timedelta(days=60), created_by=NUMBER, contact=contact)
    told = {"title": "វេទិកា", "contact": contact}
    await put(world, series, rule="FREQ=WEEKLY", starts_at=now, answers=told, **by)
    asked = {"person_id": NUMBER, "text": f"{WORD} តង់?", "language": "km", "result": "unknown"}
    await put(world, questions, offered=[], asked_at=now, **asked)
    shown = {"km": f"«{WORD} តង់?» {NAME}៖ មាន", "en": f"{NAME}: yes, {contact}"}
    values = {"subject_id": 1, "title": f"{WORD} តង់?", "texts": shown, "state": "done", "starts_at": now}
    values |= {"approved_by": NUMBER, "watch_chat_id": NUMBER, "watch_message_id": 5, **by}
    to_others = await put(world, broadcasts, subject=Subject.ANSWER, **values)
    to_me = await put(world, broadcasts, subject=Subject.SEAT, **values)
    copy = {"language": "km", "state": "sent", "message_id": 7, "next_attempt_at": now}
    await put(world, deliveries, broadcast_id=to_others, chat_id=world.person("clerk").id, **copy)
    await put(world, deliveries, broadcast_id=to_me, chat_id=NUMBER, **copy)
    version = {"topic": "x", "number": 1, "entry": {}, "chapter": "", "retired": True}
    await put(world, entry_versions, published_by=NUMBER, published_at=now, **version)
    words = {"answers": {}, "texts": {}, "state": "approved", "revision": 0, "decided_by": NUMBER}
    await put(world, proposed_corrections, broadcast_id=numbers["sent"], **words, **by)


async def _decide(world: World, numbers: dict[str, int]) -> None:
    """What they did to what others told."""
    now, clerk = world.clock(), world.person("clerk").id
    await seat(world.database, numbers["past"], "Mao", added_by=NUMBER, attended_by=NUMBER, attended_at=now)
    told = {"commune_code": TONLE_BASAK, "reported_by": clerk, "reported_at": now, "body": "ល្អ"}
    values = {"lesson_id": numbers["lesson"], "state": "approved", "decided_by": NUMBER}
    await put(world, lesson_reports, **told, **values)
    lessons = StoredLessons(world.database)
    form = await _form(world, clerk, "offer", {"title": "ក", "body": "ខ"})
    lesson = await lessons.offer(form, clerk, now)
    assert lesson
    await lessons.decide(lesson.id, lesson.version, LessonState.APPROVED, NUMBER, now)
