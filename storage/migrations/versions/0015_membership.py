"""Requests are reviewed in steps and remember them; members have details, and people who speak for them."""

import sqlalchemy as sa
from alembic import op

# The function by which an approved request was matched with its organisation until now.
from bot.core.khmer import normalise

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# As messages/knowledge/members.toml spells them.
KHMER_NAMES = {
    "CIDSE": "ស៊ីសេកម្ពុជា",
    "Seila/PLG": "សីលា",
    "GTZ": "ជីធីហ្សែត",
    "VBNK": "វីប៊ីអិនខេ",
    "BfD": "ប៊ីអេហ្វឌី",
    "Oxfam GB": "អុកស្វាម",
    "CCSP": "ស៊ីស៊ីអេសភី",
    "ADI/CCC": "ស៊ីស៊ីស៊ី",
    "JICA": "ចៃកា",
    "KID": "ខេអាយឌី",
    "Pact Cambodia": "ផេកកម្ពុជា",
    "UNICEF": "យូនីសេហ្វ",
    "USAID": "យូអេសអេត",
    "Ockenden International": "អុកឃិនដិន",
    "CDRI": "ស៊ីឌីអរអាយ",
    "SIDA": "ស៊ីដា",
    "DFID": "ឌីហ្វីដ",
    "Concern Worldwide": "ខនសឺន",
}
TEXTS_OF_ORGANISATIONS = ("other_name", "provinces", "sectors", "website", "contact", "position", "email")
TEXTS_OF_REQUESTS = (
    *("other_name", "provinces", "sectors", "position", "email", "website", "heard", "document"),
)


def upgrade() -> None:
    # A refusal that was being written says not which version of the request it is about; a draft is asked on.
    op.execute("DELETE FROM forms WHERE kind = 'decline'")
    _extend_organisations()
    op.create_table(
        "representatives",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_representatives_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_representatives_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name=op.f("pk_representatives")),
    )
    op.create_index(op.f("ix_representatives_person_id"), "representatives", ["person_id"], unique=False)
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_invitations_organisation_id"),
            "organisations",
            ["organisation_id"],
            ["id"],
            ondelete="CASCADE",
        )
    _extend_requests()
    op.create_table(
        "membership_deeds",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["membership_requests.id"],
            name=op.f("fk_membership_deeds_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_deeds")),
    )
    op.create_index(op.f("ix_membership_deeds_request_id"), "membership_deeds", ["request_id"], unique=False)
    _keep_what_was_done()


def _extend_organisations() -> None:
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        for name in TEXTS_OF_ORGANISATIONS:
            batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("kind", sa.String(length=15), server_default="", nullable=False))
        batch_op.add_column(sa.Column("telephone", sa.String(length=30), server_default="", nullable=False))
        batch_op.add_column(sa.Column("contact_of", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    for name, khmer in KHMER_NAMES.items():
        op.get_bind().execute(
            sa.text("UPDATE organisations SET other_name = :khmer WHERE founding AND name = :name"),
            {"khmer": khmer, "name": name},
        )


def _extend_requests() -> None:
    with op.batch_alter_table("membership_requests", schema=None) as batch_op:
        for name in TEXTS_OF_REQUESTS:
            batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("kind", sa.String(length=15), server_default="other", nullable=False))
        batch_op.add_column(sa.Column("public", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("reminders", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("taken_by", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("waits_since", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("organisation_id", ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_membership_requests_organisation_id"),
            "organisations",
            ["organisation_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.execute("UPDATE membership_requests SET waits_since = created_at")
    with op.batch_alter_table("membership_requests", schema=None) as batch_op:
        batch_op.alter_column("waits_since", existing_type=sa.DateTime(), nullable=False)


def _keep_what_was_done() -> None:
    """Whoever was approved speaks for the organisation; sending and deciding become deeds."""
    op.execute(
        "INSERT INTO membership_deeds (request_id, kind, by, at, text) "
        "SELECT id, 'sent', person_id, created_at, '' FROM membership_requests ORDER BY id"
    )
    op.execute(
        "INSERT INTO membership_deeds (request_id, kind, by, at, text) "
        "SELECT id, state, decided_by, decided_at, reason FROM membership_requests "
        "WHERE decided_by IS NOT NULL AND decided_at IS NOT NULL ORDER BY id"
    )
    connection = op.get_bind()
    organisations = {
        normalise(row.name): row.id
        for row in connection.execute(sa.text("SELECT id, name FROM organisations ORDER BY id DESC"))
    }
    approved = connection.execute(
        sa.text(
            "SELECT id, person_id, organisation, decided_at FROM membership_requests "
            "WHERE state = 'approved' ORDER BY id"
        )
    ).all()
    for row in approved:
        values = {
            "organisation": organisations.get(normalise(row.organisation)),
            "request": row.id,
            "person": row.person_id,
            "since": row.decided_at,
        }
        if values["organisation"] is None:
            continue
        connection.execute(
            sa.text("UPDATE membership_requests SET organisation_id = :organisation WHERE id = :request"),
            values,
        )
        connection.execute(
            sa.text(
                "INSERT INTO representatives (organisation_id, person_id, since) "
                "VALUES (:organisation, :person, :since) ON CONFLICT DO NOTHING"
            ),
            values,
        )


def downgrade() -> None:
    op.execute("DELETE FROM forms WHERE kind IN ('join', 'decline')")  # they hold what there was no place for
    op.drop_table("membership_deeds")
    # What was not decided waited, by the one word for it.
    op.execute("UPDATE membership_requests SET state = 'new' WHERE state IN ('taken', 'asked')")
    with op.batch_alter_table("membership_requests", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_membership_requests_organisation_id"), type_="foreignkey")
        for name in (
            *("organisation_id", "waits_since", "taken_by", "reminders", "version", "public", "kind"),
            *TEXTS_OF_REQUESTS,
        ):
            batch_op.drop_column(name)
    # A link to speak for an organisation would give the role of a person: it must not stay.
    op.execute("DELETE FROM invitations WHERE organisation_id IS NOT NULL")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_invitations_organisation_id"), type_="foreignkey")
        batch_op.drop_column("organisation_id")
    op.drop_index(op.f("ix_representatives_person_id"), table_name="representatives")
    op.drop_table("representatives")
    op.execute("DELETE FROM organisations WHERE left_at IS NOT NULL AND NOT founding")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        for name in ("version", "left_at", "contact_of", "telephone", "kind", *TEXTS_OF_ORGANISATIONS):
            batch_op.drop_column(name)
