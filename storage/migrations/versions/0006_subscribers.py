"""What each subscriber wants, groups as subscribers, who has read what, and whom a broadcast is for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.Column("lessons", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("forums", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("meetings", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("rhythm", sa.String(length=10), server_default="at-once", nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("paused_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_subscribers")),
    )
    op.create_table(
        "muted_themes",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("theme", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "theme", name=op.f("pk_muted_themes")),
    )
    op.create_table(
        "readings",
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commune_code", sa.String(length=6), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_readings_lesson_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_readings_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("lesson_id", "commune_code", "chat_id", name=op.f("pk_readings")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=10), server_default="local", nullable=False))
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("category", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("themes", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("audience", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("approved_by", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE broadcasts SET category = "
        "CASE subject WHEN 'event' THEN 'forums' WHEN 'lesson' THEN 'lessons' END"
    )


def downgrade() -> None:
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        for name in ("approved_by", "audience", "themes", "category"):
            batch_op.drop_column(name)
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_column("kind")
    op.drop_table("readings")
    op.drop_table("muted_themes")
    op.drop_table("subscribers")
