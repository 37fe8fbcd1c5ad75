"""Representatives get a rank below coordinators, and coordinators can be limited."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("roles", "invitations")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("abilities", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("provinces", sa.Text(), nullable=False, server_default=""))
        op.execute(f"UPDATE {table} SET role = role + 1 WHERE role > 0")
    op.execute("UPDATE invitations SET role = 1 WHERE organisation_id IS NOT NULL")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"UPDATE {table} SET role = role - 1 WHERE role > 0")
        op.drop_column(table, "provinces")
        op.drop_column(table, "abilities")
