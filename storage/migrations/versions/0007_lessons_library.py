"""Lessons that are offered and reviewed, their versions, who found them useful, reports from elsewhere."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("lessons", schema=None) as batch_op:
        for name in ("themes", "organisation", "attachments", "reason"):
            batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("commune_code", sa.String(length=6), server_default="", nullable=False))
        batch_op.add_column(sa.Column("named", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("decided_by", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(), nullable=True))
    op.execute("UPDATE lessons SET state = 'approved'")
    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(length=10), nullable=False)
        batch_op.create_index(batch_op.f("ix_lessons_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_lessons_commune_code"), ["commune_code"], unique=False)
    op.create_table(
        "lesson_versions",
        sa.Column("id", ID, nullable=False),
        sa.Column("lesson_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("deed", sa.String(length=10), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_versions_lesson_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_versions")),
        sa.UniqueConstraint("lesson_id", "number", name=op.f("uq_lesson_versions_lesson_id_number")),
        sqlite_autoincrement=True,
    )
    _keep_first_versions()
    op.create_table(
        "lesson_useful",
        sa.Column("lesson_id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_useful_lesson_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_lesson_useful_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lesson_id", "person_id", name=op.f("pk_lesson_useful")),
    )
    op.create_table(
        "lesson_reports",
        sa.Column("id", ID, nullable=False),
        sa.Column("lesson_id", ID, nullable=False),
        sa.Column("reported_by", sa.BigInteger(), nullable=False),
        sa.Column("commune_code", sa.String(length=6), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_reports_lesson_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_reports")),
    )
    with op.batch_alter_table("lesson_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_reports_lesson_id"), ["lesson_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_reports_state"), ["state"], unique=False)


def _keep_first_versions() -> None:
    """Of the lessons that there are, what they say now is the first version."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, title, body, shared_by, shared_at FROM lessons")).all()
    for row in rows:
        empty = {"themes": [], "commune_code": "", "organisation": "", "attachments": ""}
        content = json.dumps({"title": row.title, "body": row.body, **empty})
        connection.execute(
            sa.text(
                "INSERT INTO lesson_versions (lesson_id, number, content, deed, by, at) "
                "VALUES (:lesson_id, 1, :content, 'approved', :by, :at)"
            ),
            {"lesson_id": row.id, "content": content, "by": row.shared_by, "at": row.shared_at},
        )


def downgrade() -> None:
    op.execute("DELETE FROM lessons WHERE state <> 'approved'")  # before, every lesson was for everybody
    for table in ("lesson_reports", "lesson_useful", "lesson_versions"):
        op.drop_table(table)
    with op.batch_alter_table("lessons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lessons_commune_code"))
        batch_op.drop_index(batch_op.f("ix_lessons_state"))
        for name in (
            *("decided_at", "decided_by", "version", "state", "named", "commune_code"),
            *("reason", "attachments", "organisation", "themes"),
        ):
            batch_op.drop_column(name)
