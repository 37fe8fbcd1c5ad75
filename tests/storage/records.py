"""Files and rows to begin with: a migrated file, people, subscribers, forms, broadcasts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.core.audiences import EVERYBODY, Offer
from bot.core.broadcasts import Broadcast, BroadcastState, Delivery, Parcel, Subject
from bot.core.forms import REVIEW, Form
from bot.core.people import Language
from bot.core.subscribers import Hours, QuietHours
from bot.telegram_sender import Letter
from storage.broadcasts import StoredBroadcasts
from storage.database import Database
from storage.forms import StoredForms
from storage.people import StoredPeople
from storage.subscriptions import StoredSubscriptions

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=PHNOM_PENH)
LATER = NOW + timedelta(hours=1)
TONLE_BASAK, BANTEAY_NEANG, PREAEK_NORIN = "120101", "010201", "020501"

COORDINATOR = 1
EVERYTHING = Offer(EVERYBODY, None, (), NOW)
"""What nobody declined."""
ANY_TIME = Hours(PHNOM_PENH, QuietHours(0, 0))
"""Nobody has quiet hours."""
TEXTS: Mapping[Language, str] = {"km": "<b>វេទិកា</b>", "en": "<b>Forum</b>"}
REQUEST = {
    "organisation": "ភ្នំស្រួច",
    "other_name": "Phnum Sruoch",
    "kind": "local",
    "provinces": "05 03",
    "sectors": "planning women",
    "contact": "សុខា",
    "position": "នាយក",
    "telephone": "+855 12 345 678",
    "email": "office@example.org",
    "website": "https://example.org",
    "why": "ចង់ចែករំលែក",
    "heard": "",
    "document": "",
    "public": "yes",
}
EVENT = {
    "kind": "national",
    "title": "វេទិកាថ្នាក់ជាតិ",
    "date": "2027-01-15",
    "time": "08:30",
    "place": "ភ្នំពេញ",
}
LESSON = {"title": "ការជួបប្រជុំ", "body": "មួយ\nពីរ"}


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def new_file(folder: Path) -> str:
    """The address of a migrated database file without any rows but those that a migration wrote."""
    path = folder / "wgpd.db"
    if not _MIGRATED:
        database = Database(url_of(path))
        await database.migrate()
        await database.close()
        _MIGRATED.append(path.read_bytes())
    path.write_bytes(_MIGRATED[0])
    return url_of(path)


_MIGRATED: list[bytes] = []  # the file once migrated, to be copied


def parcel(chat_id: int, html: str) -> Parcel:
    """One copy of a broadcast that says this."""
    told = Broadcast(
        id=1,
        subject=Subject.ANSWER,
        subject_id=1,
        title="",
        texts={"km": html, "en": html},
        created_by=COORDINATOR,
        created_at=NOW,
        finished_at=None,
        state=BroadcastState.SENDING,
        starts_at=NOW,
        reason="",
        revision=0,
        recalled_at=None,
    )
    return Parcel(chat_id, "km", (Delivery(1, told, 1),))


def as_written(sent: Parcel) -> Letter:
    """A parcel of one copy as it is, without buttons."""
    return Letter(sent.deliveries[0].broadcast.texts[sent.language])


async def meet(database: Database, *person_ids: int, client_language: str | None = "km") -> None:
    """Somebody wrote to the bot."""
    for person_id in person_ids:
        await StoredPeople(database, ()).meet(person_id, f"person {person_id}", client_language, NOW)


async def subscribe(database: Database, *person_ids: int, commune: str = TONLE_BASAK) -> None:
    """People wrote to the bot and subscribed one council."""
    await meet(database, *person_ids)
    for person_id in person_ids:
        await StoredSubscriptions(database).subscribe(person_id, commune, person_id, NOW)


async def unsubscribe(database: Database, person_id: int) -> None:
    """Somebody ended all their subscriptions."""
    await StoredSubscriptions(database).unsubscribe(person_id, None, NOW)


async def filled_form(
    database: Database, kind: str, answers: Mapping[str, str], chat_id: int = COORDINATOR
) -> Form:
    """A form that stands at its review, saved."""
    saved = await StoredForms(database).save(Form(chat_id, kind, REVIEW, dict(answers)), NOW)
    assert saved
    return saved


async def announced(database: Database, **answers: str) -> int:
    """A forum that was announced, as EVENT unless answered otherwise; its id."""
    form = await filled_form(database, "announce", EVENT | answers)
    confirm = StoredBroadcasts(database).confirm
    kept = await confirm(form, Subject.EVENT, EVENT["title"], TEXTS, COORDINATOR, NOW)
    assert kept
    return kept.subject_id


async def broadcast(database: Database, title: str = "វេទិកាថ្នាក់ជាតិ", now: datetime = NOW) -> Broadcast:
    """A confirmed broadcast of a forum to whoever subscribes now."""
    form = await filled_form(database, "announce", EVENT)
    kept = await StoredBroadcasts(database).confirm(form, Subject.EVENT, title, TEXTS, COORDINATOR, now)
    assert kept
    return kept


async def shared(database: Database, now: datetime = NOW) -> Broadcast:
    """A confirmed broadcast of a lesson to whoever subscribes now."""
    form = await filled_form(database, "share", LESSON)
    confirm = StoredBroadcasts(database).confirm
    kept = await confirm(form, Subject.LESSON, LESSON["title"], TEXTS, COORDINATOR, now)
    assert kept
    return kept
