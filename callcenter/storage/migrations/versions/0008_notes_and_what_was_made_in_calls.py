"""notes on clients; when, by whom and in which call deals, tickets and tasks were made

Revision: 0008, after 0005.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("deals", "tickets", "client_tasks")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
            batch_op.add_column(sa.Column("created_by", sa.String(), nullable=False, server_default=""))
            if table != "client_tasks":
                batch_op.add_column(sa.Column("call", sa.String(), nullable=True))
            if table == "tickets":
                batch_op.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="request"))
                batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    # When it was made was not kept: the last change is the nearest that is known. A message's task bears the
    # moment that it was left at; of another task only that it was there by now.
    op.execute("UPDATE deals SET created_at = updated_at")
    op.execute("UPDATE tickets SET created_at = updated_at")
    op.execute("UPDATE client_tasks SET created_at = due_at WHERE recording IS NOT NULL")
    op.execute("UPDATE client_tasks SET created_at = done_at WHERE created_at IS NULL")
    tasks = sa.table("client_tasks", sa.column("created_at", sa.DateTime(timezone=True)))
    op.execute(sa.update(tasks).where(tasks.c.created_at.is_(None)).values(created_at=_now()))
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("created_at", existing_type=sa.DateTime(timezone=True), nullable=False)
            batch_op.alter_column("created_by", existing_type=sa.String(), server_default=None)
            if table == "tickets":
                batch_op.alter_column("kind", existing_type=sa.String(), server_default=None)
            batch_op.create_index(f"ix_{table}_client_id_created_at_id", ["client_id", "created_at", "id"])
            batch_op.create_index(batch_op.f(f"ix_{table}_call"), ["call"])
    op.create_table(
        "client_notes",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_notes_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_notes")),
    )
    op.create_index(
        "ix_client_notes_client_id_created_at_id", "client_notes", ["client_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_client_notes_call"), "client_notes", ["call"])


def _now() -> datetime:
    """As ``storage.base.Moment`` keeps it."""
    now = datetime.now(UTC)
    return now if op.get_bind().dialect.name == "postgresql" else now.replace(tzinfo=None)


def downgrade() -> None:
    op.drop_table("client_notes")
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_call"))
            batch_op.drop_index(f"ix_{table}_client_id_created_at_id")
            for name in ("created_at", "created_by"):
                batch_op.drop_column(name)
            if table != "client_tasks":
                batch_op.drop_column("call")
            if table == "tickets":
                batch_op.drop_column("due_at")
                batch_op.drop_column("kind")
