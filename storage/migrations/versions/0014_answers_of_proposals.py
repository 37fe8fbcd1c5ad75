"""What waits for approval keeps what its form told: nothing of it is public before."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("answers", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("broadcasts", "answers")
