"""Who is reminded of a question to a person, and when."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.inquiries import (
    ESCALATE_AFTER,
    REMIND_AFTER,
    Inquiry,
    InquiryState,
    Reminder,
    reminder_due,
)

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh"))
MOMENT = timedelta(seconds=1)
WAITING = Inquiry(1, 2, 1001, "?", InquiryState.WAITING, None, NOW, NOW)
TAKEN = replace(WAITING, state=InquiryState.TAKEN, taken_by=1004)


@pytest.mark.parametrize("inquiry", [WAITING, TAKEN], ids=["waiting", "taken"])
@pytest.mark.parametrize(
    ("reminders", "worked", "due"),
    [
        (0, timedelta(), None),
        (0, REMIND_AFTER - MOMENT, None),
        (0, REMIND_AFTER, Reminder.COORDINATORS),
        # A bot that was away for days reminds the coordinators first.
        (0, 3 * ESCALATE_AFTER, Reminder.COORDINATORS),
        (1, REMIND_AFTER, None),
        (1, ESCALATE_AFTER - MOMENT, None),
        (1, ESCALATE_AFTER, Reminder.ADMINISTRATORS),
        (2, ESCALATE_AFTER, None),
        (2, 2 * ESCALATE_AFTER - MOMENT, None),
        (2, 2 * ESCALATE_AFTER, Reminder.ADMINISTRATORS),
        (3, 2 * ESCALATE_AFTER, None),
        (3, 3 * ESCALATE_AFTER, Reminder.ADMINISTRATORS),
    ],
)
def test_reminder_due(inquiry: Inquiry, reminders: int, worked: timedelta, due: Reminder | None) -> None:
    """Coordinators after 4 office hours, administrators after each 24: each once, waiting or taken."""
    assert reminder_due(replace(inquiry, reminders=reminders), worked) is due


@pytest.mark.parametrize("reminders", [0, 1, 2])
def test_answered_or_closed(reminders: int) -> None:
    """Nobody is reminded of what a coordinator has answered, or what was closed."""
    long = 10 * ESCALATE_AFTER
    assert reminder_due(replace(TAKEN, answered_at=NOW, reminders=reminders), long) is None
    assert reminder_due(replace(WAITING, state=InquiryState.CLOSED, reminders=reminders), long) is None
