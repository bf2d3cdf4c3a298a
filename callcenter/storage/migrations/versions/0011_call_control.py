"""what is recorded and answered by itself, of a queue; holds, transfers and the recording, of a call

Revision: 0011, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(sa.Column("record", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("auto_answer", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held", sa.Float(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("transfers", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("recording", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("dialled_by", sa.String(), nullable=True))
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.alter_column("held", server_default=None)
        batch_op.alter_column("transfers", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        for column in ("dialled_by", "recording", "transfers", "held"):
            batch_op.drop_column(column)
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.drop_column("auto_answer")
        batch_op.drop_column("record")
