"""What coordinators do is put down in a table that can only be added to."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSAL = "the audit can only be added to"


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_actors_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("person_id", name=op.f("uq_actors_person_id")),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("matter", sa.String(length=15), nullable=False),
        sa.Column("about", sa.String(length=40), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_audit_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _refuse_on_sqlite() -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{deed.lower()} BEFORE {deed} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    # Else INSERT OR REPLACE would take a row away, and no other trigger would see it.
    op.execute(
        "CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit()"
    )


def downgrade() -> None:
    op.drop_table("audit")  # and its triggers
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_audit()")
    op.drop_table("actors")
