"""What was asked and what came of it; versions of entries; what coordinators answered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=True),
        sa.Column("offered", sa.JSON(), nullable=False),
        sa.Column("vote", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_questions_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_topic"), ["topic"], unique=False)
    # Under the number of the inquiry, so that the buttons of old messages still lead to the right question.
    op.execute(
        "INSERT INTO questions (id, person_id, text, language, result, offered, asked_at) "
        "SELECT id, person_id, question, 'km', "
        "CASE WHEN state = 'closed' THEN 'by-person' ELSE 'unknown' END, '[]', asked_at FROM inquiries"
    )
    op.create_table(
        "entry_versions",
        sa.Column("id", ID, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.Column("chapter", sa.String(length=40), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_versions")),
        sa.UniqueConstraint("topic", "number", name=op.f("uq_entry_versions_topic_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "summaries",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_summaries")),
    )
    keep_counting = {"sqlite_autoincrement": True}
    with op.batch_alter_table("inquiries", schema=None, table_kwargs=keep_counting) as batch_op:
        batch_op.add_column(sa.Column("question_id", ID, nullable=True))
        batch_op.add_column(sa.Column("answer", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("topic", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("reminders", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_inquiries_question_id"), ["question_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_inquiries_question_id"), "questions", ["question_id"], ["id"], ondelete="SET NULL"
        )
    op.execute("UPDATE inquiries SET question_id = id")
    with op.batch_alter_table("inquiry_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("addition", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE inquiry_messages SET addition = true "
        "WHERE chat_id = (SELECT person_id FROM inquiries WHERE inquiries.id = inquiry_id)"
    )
    op.execute(
        "DELETE FROM inquiry_messages WHERE inquiry_id IN (SELECT id FROM inquiries WHERE state = 'offered')"
    )
    op.execute("DELETE FROM inquiries WHERE state = 'offered'")


def downgrade() -> None:
    with op.batch_alter_table("inquiry_messages", schema=None) as batch_op:
        batch_op.drop_column("addition")
    with op.batch_alter_table("inquiries", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_inquiries_question_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_inquiries_question_id"), type_="unique")
        for name in ("reminders", "answered_at", "topic", "answer", "question_id"):
            batch_op.drop_column(name)
    op.drop_table("summaries")
    op.drop_table("entry_versions")
    op.drop_table("questions")
