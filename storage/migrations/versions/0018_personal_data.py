"""A group's subscription, and a lesson found useful, outlive the person who is forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_subscriptions_person_id"), type_="foreignkey")
        batch_op.alter_column("person_id", existing_type=sa.BigInteger(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_subscriptions_person_id"), "people", ["person_id"], ["id"], ondelete="SET NULL"
        )
    with op.batch_alter_table("lesson_useful", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lesson_useful_person_id"), type_="foreignkey")


def downgrade() -> None:
    op.execute("DELETE FROM lesson_useful WHERE person_id NOT IN (SELECT id FROM people)")
    with op.batch_alter_table("lesson_useful", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_lesson_useful_person_id"), "people", ["person_id"], ["id"], ondelete="CASCADE"
        )
    # Somebody has to have made them: there is nobody else who could be named.
    op.execute("DELETE FROM subscriptions WHERE person_id IS NULL")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_subscriptions_person_id"), type_="foreignkey")
        batch_op.alter_column("person_id", existing_type=sa.BigInteger(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_subscriptions_person_id"), "people", ["person_id"], ["id"], ondelete="CASCADE"
        )
