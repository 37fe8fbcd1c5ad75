"""Broadcasts that are scheduled, paused, cancelled, corrected and recalled."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("starts_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("recalled_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("watch_chat_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("watch_message_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE broadcasts SET starts_at = created_at, "
        "state = CASE WHEN finished_at IS NULL THEN 'sending' ELSE 'done' END"
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(length=10), nullable=False)
        batch_op.alter_column("starts_at", existing_type=sa.DateTime(), nullable=False)
        batch_op.create_index(batch_op.f("ix_broadcasts_state"), ["state"], unique=False)
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settled_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("change", sa.String(length=10), nullable=True))
        batch_op.create_index(batch_op.f("ix_deliveries_change"), ["change"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_change"))
        for name in ("change", "revision", "settled_at"):
            batch_op.drop_column(name)
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcasts_state"))
        for name in (
            "watch_message_id",
            "watch_chat_id",
            "recalled_at",
            "revision",
            "failures",
            "reason",
            "starts_at",
            "state",
        ):
            batch_op.drop_column(name)
