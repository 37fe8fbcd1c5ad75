"""Reminders of lessons that were not read, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminds", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reminder", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_broadcasts_reminds_reminder"), ["reminds", "reminder"]
        )


def downgrade() -> None:
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_broadcasts_reminds_reminder"), type_="unique")
        for name in ("reminder", "reminds"):
            batch_op.drop_column(name)
