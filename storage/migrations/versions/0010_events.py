"""All that is told of events, seats at them, notices by the clock, what came of them, and action plans."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), server_default="", nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_feedback_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_feedback_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_feedback_event_id_person_id")),
    )
    op.create_table(
        "notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("notice", sa.String(length=12), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("useful_until", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_notices_broadcast_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_notices_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "event_id", "notice", "starts_at", name=op.f("uq_notices_event_id_notice_starts_at")
        ),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=True),
        sa.Column("commune_code", sa.String(length=6), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_plans_event_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("event_id", "commune_code", name=op.f("uq_plans_event_id_commune_code")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_commune_code"), ["commune_code"], unique=False)
        batch_op.create_index(
            "uq_plans_own",
            ["commune_code"],
            unique=True,
            sqlite_where=sa.text("event_id IS NULL"),
            postgresql_where=sa.text("event_id IS NULL"),
        )

    op.create_table(
        "registrations",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("own", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("gender", sa.String(length=1), server_default="", nullable=False),
        sa.Column("commune_code", sa.String(length=6), server_default="", nullable=False),
        sa.Column("organisation", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=True),
        sa.Column("registered_at", sa.DateTime(), nullable=False),
        sa.Column("queued_at", sa.DateTime(), nullable=True),
        sa.Column("offered_until", sa.DateTime(), nullable=True),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column("attended_at", sa.DateTime(), nullable=True),
        sa.Column("attended_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_registrations_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_registrations_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("code", name=op.f("uq_registrations_code")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registrations_event_id_state"), ["event_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_registrations_offered_until"), ["offered_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_registrations_own",
            ["event_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("own"),
            postgresql_where=sa.text("own"),
        )

    op.create_table(
        "plan_steps",
        sa.Column("id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("ask_at", sa.DateTime(), nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_plan_steps_person_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_steps_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_steps")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("plan_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_steps_ask_at"), ["ask_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_steps_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_steps_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "step_reports",
        sa.Column("id", ID, nullable=False),
        sa.Column("step_id", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sentence", sa.Text(), server_default="", nullable=False),
        sa.Column("photo", sa.Text(), server_default="", nullable=False),
        sa.Column("reported_by", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"], ["plan_steps.id"], name=op.f("fk_step_reports_step_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_reports")),
    )
    with op.batch_alter_table("step_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_reports_step_id"), ["step_id"], unique=False)
    _add_details()


def _add_details() -> None:
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("description", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("languages", sa.String(length=20), server_default="", nullable=False))
        batch_op.add_column(sa.Column("pin", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("host", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("agenda", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("capacity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("closes_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("contact", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("reminders", sa.String(length=60), server_default="7d 1d 2h", nullable=False)
        )
        batch_op.add_column(sa.Column("audience", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(
            sa.Column("state", sa.String(length=10), server_default="planned", nullable=False)
        )
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("series_id", ID, nullable=True))
        batch_op.add_column(sa.Column("occurrence_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("minutes", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("minutes_files", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("minutes_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("lesson_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_events_series_id"), ["series_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_events_state"), ["state"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_events_series_id_occurrence_at"), ["series_id", "occurrence_at"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_events_series_id"), "series", ["series_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("event_id", ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_lessons_event_id"), ["event_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_lessons_event_id"), "events", ["event_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    _drop_details()
    with op.batch_alter_table("step_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_step_reports_step_id"))

    op.drop_table("step_reports")
    with op.batch_alter_table("plan_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_steps_plan_id"))
        batch_op.drop_index(batch_op.f("ix_plan_steps_person_id"))
        batch_op.drop_index(batch_op.f("ix_plan_steps_ask_at"))

    op.drop_table("plan_steps")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_registrations_own", sqlite_where=sa.text("own"), postgresql_where=sa.text("own")
        )
        batch_op.drop_index(batch_op.f("ix_registrations_person_id"))
        batch_op.drop_index(batch_op.f("ix_registrations_offered_until"))
        batch_op.drop_index(batch_op.f("ix_registrations_event_id_state"))

    op.drop_table("registrations")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_commune_code"))

    op.drop_table("plans")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_state_due_at"))

    op.drop_table("notices")
    op.drop_table("feedback")
    op.drop_table("series")


def _drop_details() -> None:
    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lessons_event_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_lessons_event_id"))
        batch_op.drop_column("event_id")

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_events_series_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_events_series_id_occurrence_at"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_events_state"))
        batch_op.drop_index(batch_op.f("ix_events_series_id"))
        batch_op.drop_column("changed_at")
        batch_op.drop_column("lesson_id")
        batch_op.drop_column("minutes_at")
        batch_op.drop_column("minutes_files")
        batch_op.drop_column("minutes")
        batch_op.drop_column("occurrence_at")
        batch_op.drop_column("series_id")
        batch_op.drop_column("taken")
        batch_op.drop_column("sequence")
        batch_op.drop_column("version")
        batch_op.drop_column("reason")
        batch_op.drop_column("state")
        batch_op.drop_column("audience")
        batch_op.drop_column("reminders")
        batch_op.drop_column("contact")
        batch_op.drop_column("closes_at")
        batch_op.drop_column("capacity")
        batch_op.drop_column("agenda")
        batch_op.drop_column("host")
        batch_op.drop_column("pin")
        batch_op.drop_column("languages")
        batch_op.drop_column("description")
        batch_op.drop_column("ends_at")
