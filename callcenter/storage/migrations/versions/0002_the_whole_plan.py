"""the whole routing plan, flows and the audit trail

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_at"), ["at"], unique=False)
        batch_op.create_index(
            "ix_audit_entries_entity_entity_id_number", ["entity", "entity_id", "number"], unique=False
        )
        batch_op.create_index("ix_audit_entries_who_number", ["who", "number"], unique=False)

    op.create_table(
        "emergency",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_emergency_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency")),
    )
    op.create_table(
        "flows",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flows")),
    )
    op.create_table(
        "hours",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours")),
    )
    op.create_table(
        "prompts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "language", name=op.f("pk_prompts")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "value_classes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_classes")),
    )
    op.create_table(
        "flow_numbers",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flow"], ["flows.id"], name=op.f("fk_flow_numbers_flow"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_flow_numbers")),
    )
    with op.batch_alter_table("flow_numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flow_numbers_flow"), ["flow"], unique=False)

    op.create_table(
        "queue_preferred_skills",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 10", name=op.f("ck_queue_preferred_skills_level")),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_queue_preferred_skills_queue"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["skill"], ["skills.id"], name=op.f("fk_queue_preferred_skills_skill")),
        sa.PrimaryKeyConstraint("queue", "skill", name=op.f("pk_queue_preferred_skills")),
    )
    op.create_table(
        "team_queues",
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_team_queues_queue"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name=op.f("fk_team_queues_team"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team", "queue", name=op.f("pk_team_queues")),
    )
    op.create_table(
        "agent_queue_weights",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent"], ["agents.login"], name=op.f("fk_agent_queue_weights_agent"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_agent_queue_weights_queue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent", "queue", name=op.f("pk_agent_queue_weights")),
    )
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "work",
                sa.JSON(),
                server_default=sa.text('\'["inbound", "callback", "outbound"]\''),
                nullable=False,
            )
        )
        batch_op.create_index(batch_op.f("ix_agents_team"), ["team"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_agents_team"), "teams", ["team"], ["id"])

    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(sa.Column("value", sa.Float(), server_default=sa.text("1"), nullable=False))
        batch_op.add_column(sa.Column("rings", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(
            sa.Column("preferred_patience", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("strategy", sa.String(), server_default=sa.text("'least_occupied'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("preset", sa.String(), server_default=sa.text("'balanced'"), nullable=False)
        )
        batch_op.add_column(sa.Column("scoring", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
        batch_op.add_column(sa.Column("most_at_once", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.drop_column("most_at_once")
        batch_op.drop_column("scoring")
        batch_op.drop_column("preset")
        batch_op.drop_column("strategy")
        batch_op.drop_column("preferred_patience")
        batch_op.drop_column("rings")
        batch_op.drop_column("value")

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_agents_team"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_agents_team"))
        batch_op.drop_column("work")
        batch_op.drop_column("team")

    op.drop_table("agent_queue_weights")
    op.drop_table("team_queues")
    op.drop_table("queue_preferred_skills")
    with op.batch_alter_table("flow_numbers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flow_numbers_flow"))

    op.drop_table("flow_numbers")
    op.drop_table("value_classes")
    op.drop_table("teams")
    op.drop_table("prompts")
    op.drop_table("hours")
    op.drop_table("flows")
    op.drop_table("emergency")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_who_number")
        batch_op.drop_index("ix_audit_entries_entity_entity_id_number")
        batch_op.drop_index(batch_op.f("ix_audit_entries_at"))

    op.drop_table("audit_entries")
