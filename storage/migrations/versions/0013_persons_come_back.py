"""Only groups are left: a person who blocked the bot once is reached again when they come back."""

from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE subscribers SET left_at = NULL WHERE chat_id > 0")


def downgrade() -> None:
    """What it took away was wrong; the tables are the same."""
