"""messages that callers left, as tasks of a queue

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("client_tasks", schema=None) as batch_op:
        batch_op.alter_column("client_id", existing_type=BigId, nullable=True)
        batch_op.add_column(sa.Column("queue", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("call", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("recording", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("seconds", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_client_tasks_recording"), ["recording"])
        batch_op.create_index("ix_client_tasks_queue_done_at", ["queue", "done_at"])


def downgrade() -> None:
    op.execute("DELETE FROM client_tasks WHERE client_id IS NULL")
    with op.batch_alter_table("client_tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_client_tasks_queue_done_at")
        batch_op.drop_constraint(batch_op.f("uq_client_tasks_recording"), type_="unique")
        for name in ("seconds", "recording", "call", "number", "queue"):
            batch_op.drop_column(name)
        batch_op.alter_column("client_id", existing_type=BigId, nullable=False)
