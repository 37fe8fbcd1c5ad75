"""Deliveries are found by their broadcast: what is due next is one look, however many there are."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_state_next_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_deliveries_change"))
        batch_op.create_index(
            batch_op.f("ix_deliveries_broadcast_id_state_next_attempt_at"),
            ["broadcast_id", "state", "next_attempt_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_deliveries_change_next_attempt_at"), ["change", "next_attempt_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deliveries_chat_id"), ["chat_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_chat_id"))
        batch_op.drop_index(batch_op.f("ix_deliveries_change_next_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_deliveries_broadcast_id_state_next_attempt_at"))
        batch_op.create_index(batch_op.f("ix_deliveries_change"), ["change"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deliveries_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )
