"""The tables, in one place; `storage/migrations` builds them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows up by itself only in a column of exactly this type.
Id = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A point in time, kept in UTC: SQLite forgets time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


people = Table(
    "people",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # Telegram's user id
    Column("name", Text, nullable=False),
    Column("chosen_language", String(2)),
    Column("client_language", String(35)),
    Column("first_seen_at", Moment, nullable=False),
    Column("blocked_at", Moment),
    Column("topic", String(40)),
    Column("topic_at", Moment),
)

roles = Table(
    "roles",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Integer, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("abilities", Text),  # with spaces between; null for all
    Column("provinces", Text, nullable=False, server_default=""),  # codes with spaces between; empty for all
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("role", Integer, nullable=False),
    Column("created_by", BigInteger),  # nobody: the claim link that a start prints
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("organisation_id", ForeignKey("organisations.id", ondelete="CASCADE")),  # to speak for it
    Column("used_by", BigInteger),
    Column("used_at", Moment),
    Column("abilities", Text),  # of the coordinator to be
    Column("provinces", Text, nullable=False, server_default=""),
)

# Who did what the audit tells: a number that stays when the person is erased.
actors = Table(
    "actors",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL"), unique=True),
)

# What coordinators did. Triggers refuse to change or to delete a row.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("actor_id", ForeignKey("actors.id"), nullable=False, index=True),
    Column("role", Integer, nullable=False),  # at that moment
    Column("deed", String(40), nullable=False),
    Column("matter", String(15), nullable=False),  # what `about` is the number of
    Column("about", String(40), nullable=False, server_default=""),
)

updates = Table(
    "updates",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # Telegram's update_id
    Column("payload", JSON(none_as_null=True)),  # taken away when the update is done
    Column("state", String(10), nullable=False, index=True),
    Column("received_at", Moment, nullable=False, index=True),
)

forms = Table(
    "forms",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("step", String(30), nullable=False),
    Column("answers", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("open", Boolean, nullable=False, server_default=false()),
    Column("saved_at", Moment, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("commune_code", String(6), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL")),  # nobody: whoever did it is forgotten
    Column("subscribed_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

# What a chat wants; one without a row wants everything, at once, outside the quiet hours of the settings.
subscribers = Table(
    "subscribers",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False, server_default=""),  # of a group
    Column("language", String(2)),  # of a group
    Column("left_at", Moment),  # of a group: the bot is no longer in it
    Column("lessons", Boolean, nullable=False, server_default=true()),
    Column("forums", Boolean, nullable=False, server_default=true()),
    Column("meetings", Boolean, nullable=False, server_default=true()),
    Column("rhythm", String(10), nullable=False, server_default="at-once"),
    Column("quiet_from", Integer),  # minutes of the local day; the same twice for none
    Column("quiet_to", Integer),
    Column("paused_until", Moment),
)

muted_themes = Table(
    "muted_themes",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("theme", String(20), primary_key=True),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("founding", Boolean, nullable=False, server_default=false()),
    Column("joined_at", Moment),
    Column("left_at", Moment),
    Column("other_name", Text, nullable=False, server_default=""),
    Column("kind", String(15), nullable=False, server_default=""),
    Column("provinces", Text, nullable=False, server_default=""),  # codes with spaces between, or "all"
    Column("sectors", Text, nullable=False, server_default=""),
    Column("website", Text, nullable=False, server_default=""),
    # Only where the organisation agreed that members see them.
    Column("contact", Text, nullable=False, server_default=""),
    Column("position", Text, nullable=False, server_default=""),
    Column("telephone", String(30), nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("contact_of", BigInteger),  # the person who gave them
    Column("version", Integer, nullable=False, server_default="1"),
)

# Who speaks for which member.
representatives = Table(
    "representatives",
    metadata,
    Column("organisation_id", ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("since", Moment, nullable=False),
)

membership_requests = Table(
    "membership_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("organisation", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("telephone", String(30), nullable=False),
    Column("why", Text, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
    Column("reason", Text, nullable=False, server_default=""),
    Column("other_name", Text, nullable=False, server_default=""),
    Column("kind", String(15), nullable=False, server_default="other"),
    Column("provinces", Text, nullable=False, server_default=""),
    Column("sectors", Text, nullable=False, server_default=""),
    Column("position", Text, nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("website", Text, nullable=False, server_default=""),
    Column("heard", Text, nullable=False, server_default=""),
    Column("document", Text, nullable=False, server_default=""),  # JSON
    Column("public", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("waits_since", Moment, nullable=False),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("taken_by", BigInteger),
    Column("organisation_id", ForeignKey("organisations.id", ondelete="SET NULL")),
)

membership_deeds = Table(
    "membership_deeds",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "request_id", ForeignKey("membership_requests.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("kind", String(10), nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL"), index=True),
    Column("text", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("result", String(12), nullable=False),
    Column("topic", String(40), index=True),
    Column("offered", JSON, nullable=False),
    Column("vote", Integer, nullable=False, server_default="0"),
    Column("asked_at", Moment, nullable=False, index=True),
    sqlite_autoincrement=True,  # an old button must not lead to a later question that got the same number
)

entry_versions = Table(
    "entry_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("entry", JSON, nullable=False),
    Column("chapter", String(40), nullable=False),
    Column("retired", Boolean, nullable=False, server_default=false()),
    Column("published_by", BigInteger, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("told_at", Moment),
    UniqueConstraint("topic", "number"),
    sqlite_autoincrement=True,  # replicas see by the highest number whether something is new
)

summaries = Table(
    "summaries",
    metadata,
    Column("week", String(8), primary_key=True),  # of ISO 8601, as 2026-W48
    Column("sent_at", Moment, nullable=False),
)

inquiries = Table(
    "inquiries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("question_id", ForeignKey("questions.id", ondelete="SET NULL"), unique=True),
    Column("question", Text, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("taken_by", BigInteger),
    Column("asked_at", Moment, nullable=False),
    Column("spoken_at", Moment, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),
    Column("topic", String(40)),
    Column("answered_at", Moment),
    Column("reminders", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,  # an old button must not lead to a later question that got the same number
)

inquiry_messages = Table(
    "inquiry_messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("inquiry_id", ForeignKey("inquiries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("addition", Boolean, nullable=False, server_default=false()),
)

series = Table(
    "series",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", Text, nullable=False),  # of RFC 5545, for example FREQ=MONTHLY;BYDAY=2TU
    Column("starts_at", Moment, nullable=False),  # the first occurrence that follows the rule
    Column("answers", JSON, nullable=False),  # of the form that told it: what every occurrence begins with
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("ended_at", Moment),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False, server_default="local"),
    Column("title", Text, nullable=False),
    Column("starts_at", Moment, nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("ends_at", Moment),
    Column("description", Text, nullable=False, server_default=""),
    Column("languages", String(20), nullable=False, server_default=""),
    Column("pin", Text, nullable=False, server_default=""),  # JSON
    Column("host", Text, nullable=False, server_default=""),
    Column("agenda", Text, nullable=False, server_default=""),  # JSON
    Column("capacity", Integer),
    Column("closes_at", Moment),
    Column("contact", Text, nullable=False, server_default=""),
    Column("reminders", String(60), nullable=False, server_default="7d 1d 2h"),
    Column("audience", JSON, nullable=False, server_default="{}"),
    Column("state", String(10), nullable=False, server_default="planned", index=True),
    Column("reason", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("sequence", Integer, nullable=False, server_default="0"),  # of its calendar file
    Column("taken", Integer, nullable=False, server_default="0"),  # seats that are held
    Column("series_id", ForeignKey("series.id", ondelete="SET NULL"), index=True),
    Column("occurrence_at", Moment),  # when the rule of its series wanted it
    Column("minutes", Text, nullable=False, server_default=""),
    Column("minutes_files", Text, nullable=False, server_default=""),  # JSON
    Column("minutes_at", Moment),
    Column("lesson_id", BigInteger),  # the lesson that its minutes became
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment),
    UniqueConstraint("series_id", "occurrence_at"),
)

# One seat each. `person_id` is who holds it, also for others of their council; nobody for a walk-in.
registrations = Table(
    "registrations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL"), index=True),
    Column("own", Boolean, nullable=False, server_default=false()),  # the holder's own seat
    Column("name", Text, nullable=False, server_default=""),
    Column("gender", String(1), nullable=False, server_default=""),
    Column("commune_code", String(6), nullable=False, server_default=""),
    Column("organisation", Text, nullable=False, server_default=""),
    Column("state", String(10), nullable=False),
    Column("code", String(10), unique=True),  # told at the door
    Column("registered_at", Moment, nullable=False),
    Column("queued_at", Moment),  # since when they wait
    Column("offered_until", Moment, index=True),
    Column("added_by", BigInteger),  # a coordinator
    Column("attended_at", Moment),
    Column("attended_by", BigInteger),  # the coordinator at the door
    Index(None, "event_id", "state"),
    Index(
        "uq_registrations_own",
        "event_id",
        "person_id",
        unique=True,
        sqlite_where=text("own"),
        postgresql_where=text("own"),
    ),
    sqlite_autoincrement=True,  # an old button must not lead to a later seat that got the same number
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("notice", String(12), nullable=False),
    Column("starts_at", Moment, nullable=False),  # the start that it was reckoned from
    Column("due_at", Moment, nullable=False),
    Column("useful_until", Moment, nullable=False),  # sent later, it would be of no use
    Column("state", String(10), nullable=False),
    Column("broadcast_id", ForeignKey("broadcasts.id", ondelete="SET NULL")),
    Column("settled_at", Moment),
    UniqueConstraint("event_id", "notice", "starts_at"),
    Index(None, "state", "due_at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL")),
    Column("stars", Integer, nullable=False),
    Column("sentence", Text, nullable=False, server_default=""),
    Column("given_at", Moment, nullable=False),
    UniqueConstraint("event_id", "person_id"),
)

# What the people of one council decided to do, after an event or by themselves.
plans = Table(
    "plans",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", ForeignKey("events.id", ondelete="SET NULL")),
    Column("commune_code", String(6), nullable=False, index=True),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("event_id", "commune_code"),
    Index(
        "uq_plans_own",
        "commune_code",
        unique=True,
        sqlite_where=text("event_id IS NULL"),
        postgresql_where=text("event_id IS NULL"),
    ),
)

plan_steps = Table(
    "plan_steps",
    metadata,
    Column("id", Id, primary_key=True),
    Column("plan_id", ForeignKey("plans.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL"), index=True),  # who is asked about it
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("due_on", String(10), nullable=False),  # a local day, as 2027-01-15
    Column("state", String(10), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("ask_at", Moment, index=True),  # when its people are asked next; None: not any more
    Column("asked", Integer, nullable=False, server_default="0"),  # since its day was set
    Column("waiting", Boolean, nullable=False, server_default=false()),  # for the answer to a question
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,  # an old button must not lead to a later step that got the same number
)

step_reports = Table(
    "step_reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("step_id", ForeignKey("plan_steps.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("sentence", Text, nullable=False, server_default=""),
    Column("photo", Text, nullable=False, server_default=""),  # JSON
    Column("reported_by", BigInteger, nullable=False),
    Column("reported_at", Moment, nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("shared_by", BigInteger, nullable=False),
    Column("shared_at", Moment, nullable=False),
    Column("themes", Text, nullable=False, server_default=""),  # with a space before and after each
    Column("commune_code", String(6), nullable=False, server_default="", index=True),
    Column("organisation", Text, nullable=False, server_default=""),
    Column("attachments", Text, nullable=False, server_default=""),  # JSON
    Column("named", Boolean, nullable=False, server_default=false()),
    Column("state", String(10), nullable=False, index=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
    Column("reason", Text, nullable=False, server_default=""),
    Column("event_id", ForeignKey("events.id", ondelete="SET NULL"), index=True),  # where it was told
)

lesson_versions = Table(
    "lesson_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("deed", String(10), nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("lesson_id", "number"),
    sqlite_autoincrement=True,  # by the highest number each process sees whether something is new
)

lesson_useful = Table(
    "lesson_useful",
    metadata,
    Column("lesson_id", ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "person_id", BigInteger, primary_key=True, autoincrement=False
    ),  # also strangers: forgotten people
    Column("at", Moment, nullable=False),
)

lesson_reports = Table(
    "lesson_reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("lesson_id", ForeignKey("lessons.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reported_by", BigInteger, nullable=False),
    Column("commune_code", String(6), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("reported_at", Moment, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
)

# Somebody in a chat read a lesson, for every council that the chat followed then.
readings = Table(
    "readings",
    metadata,
    Column("lesson_id", ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True),
    Column("commune_code", String(6), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL")),
    Column("read_at", Moment, nullable=False),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject", String(10), nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("texts", JSON, nullable=False),
    Column("category", String(10)),  # of what subscribers may decline; none: it is meant for these people
    Column("themes", JSON, nullable=False, server_default="[]"),
    Column("audience", JSON, nullable=False, server_default="{}"),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("approved_by", BigInteger),
    Column("finished_at", Moment),
    Column("state", String(10), nullable=False, index=True),
    Column("starts_at", Moment, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("recalled_at", Moment),
    Column("watch_chat_id", BigInteger),  # the message that shows how it goes on
    Column("watch_message_id", BigInteger),
    Column("reminds", BigInteger),  # the broadcast whose readers it calls
    Column("reminder", Integer),
    Column("answers", JSON(none_as_null=True)),  # of its form, until it is approved
    UniqueConstraint("reminds", "reminder"),
)

# New words for a broadcast, as the form tells them, until another coordinator approves.
proposed_corrections = Table(
    "proposed_corrections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("broadcast_id", ForeignKey("broadcasts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),  # of the text that it is to replace
    Column("answers", JSON, nullable=False),
    Column("texts", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
    Column("reason", Text, nullable=False, server_default=""),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("broadcast_id", ForeignKey("broadcasts.id", ondelete="CASCADE"), nullable=False),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Moment, nullable=False),
    Column("message_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Column("settled_at", Moment),
    Column("revision", Integer, nullable=False, server_default="0"),  # of the text that was sent
    Column("change", String(10)),  # to a message that arrived: due, doing, done, refused
    UniqueConstraint("broadcast_id", "chat_id"),
    Index(None, "broadcast_id", "state", "next_attempt_at"),  # what is due next, what is left, and how many
    Index(None, "change", "next_attempt_at"),
)
