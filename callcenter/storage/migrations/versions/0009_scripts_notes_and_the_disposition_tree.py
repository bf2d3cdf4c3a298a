"""scripts in versions, answers and notes of calls, the tree of dispositions, how long a wrap-up may get

Revision: 0009, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scripts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
    )
    op.create_table(
        "script_versions",
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["script"], ["scripts.id"], name=op.f("fk_script_versions_script")),
        sa.PrimaryKeyConstraint("script", "version", name=op.f("pk_script_versions")),
    )
    op.create_table(
        "script_queues",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_script_queues_queue"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["script"], ["scripts.id"], name=op.f("fk_script_queues_script")),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_script_queues")),
    )
    op.create_index(op.f("ix_script_queues_script"), "script_queues", ["script"])
    op.create_table(
        "call_scripts",
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["script", "version"],
            ["script_versions.script", "script_versions.version"],
            name=op.f("fk_call_scripts_script_version"),
        ),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_call_scripts")),
    )
    op.create_table(
        "call_notes",
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("amount", sa.String(), nullable=True),
        sa.Column("callback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call", "agent", name=op.f("pk_call_notes")),
    )
    with op.batch_alter_table("dispositions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column("callback", sa.String(), server_default=sa.text("'no'"), nullable=False)
        )
        batch_op.add_column(sa.Column("amount", sa.String(), server_default=sa.text("'no'"), nullable=False))
        batch_op.add_column(sa.Column("answers", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("wrap_up_longest", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("preview_next", sa.String(), server_default=sa.text("'no'"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.drop_column("preview_next")
        batch_op.drop_column("wrap_up_longest")
    with op.batch_alter_table("dispositions", schema=None) as batch_op:
        for name in ("answers", "amount", "callback", "parent"):
            batch_op.drop_column(name)
    for table in ("call_notes", "call_scripts", "script_queues", "script_versions", "scripts"):
        op.drop_table(table)
