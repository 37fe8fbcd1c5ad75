"""An event between its row and the core."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from bot.core.attachments import Attachment, from_text, to_text
from bot.core.audiences import audience_from
from bot.core.events.event import Details, Event, EventKind, EventState
from bot.core.events.notices import Notice
from bot.core.people import LANGUAGES


def values_of(details: Details) -> dict[str, object]:
    """The columns that hold what is told of an event."""
    return {
        "kind": details.kind,
        "title": details.title,
        "starts_at": details.starts_at,
        "place": details.place,
        "ends_at": details.ends_at,
        "description": details.description,
        "languages": " ".join(details.languages),
        "pin": _text(details.pin),
        "host": details.host,
        "agenda": _text(details.agenda),
        "capacity": details.capacity,
        "closes_at": details.closes_at,
        "contact": details.contact,
        "reminders": " ".join(details.reminders),
        "audience": asdict(details.audience),
    }


def event_of(row: Row[*tuple[Any, ...]]) -> Event:
    return Event(
        id=row.id,
        details=Details(
            kind=EventKind(row.kind),
            title=row.title,
            starts_at=row.starts_at,
            place=row.place,
            ends_at=row.ends_at,
            description=row.description,
            languages=tuple(one for one in LANGUAGES if one in row.languages.split()),
            pin=_first(from_text(row.pin)),
            host=row.host,
            agenda=_first(from_text(row.agenda)),
            capacity=row.capacity,
            closes_at=row.closes_at,
            contact=row.contact,
            reminders=tuple(Notice(one) for one in row.reminders.split()),
            audience=audience_from(row.audience),
        ),
        state=EventState(row.state),
        version=row.version,
        sequence=row.sequence,
        taken=row.taken,
        organiser=row.created_by,
        changed_at=row.changed_at or row.created_at,
        series_id=row.series_id,
        occurrence_at=row.occurrence_at,
        reason=row.reason,
        has_minutes=row.minutes_at is not None,
    )


def _text(attachment: Attachment | None) -> str:
    return to_text([attachment]) if attachment else ""


def _first(attachments: Sequence[Attachment]) -> Attachment | None:
    return attachments[0] if attachments else None
