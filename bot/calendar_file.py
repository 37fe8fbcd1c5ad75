"""Events as calendar files (RFC 5545): a later file replaces what an earlier one put into a calendar."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import icalendar
from icalendar import Calendar
from icalendar.enums import STATUS

from bot.core.events.event import Event

MAKER: Final = "-//WGPD//wgpd-bot//EN"


def to_calendar(events: Iterable[Event], zone: ZoneInfo, domain: str) -> bytes:
    """Return an .ics file; times stand in `zone`, `domain` keeps the ids apart from other calendars'."""
    calendar = Calendar.new(prodid=MAKER, method="PUBLISH", uid=domain)
    for event in events:
        calendar.add_component(_entry(event, zone, domain))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _entry(event: Event, zone: ZoneInfo, domain: str) -> icalendar.Event:
    details = event.details
    entry = icalendar.Event.new(
        uid=f"event-{event.id}@{domain}",
        sequence=event.sequence,
        stamp=event.changed_at,
        summary=details.title,
        start=_local(details.starts_at, zone),
        end=_local(event.ends_at, zone),
        location=details.place,
        description="\n\n".join(part for part in (details.description, details.contact) if part),
        status=STATUS.CONFIRMED if event.is_planned else STATUS.CANCELLED,
    )
    if details.pin and details.pin.place:
        entry.add("geo", details.pin.place)
    return entry


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone)
