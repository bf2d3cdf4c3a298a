"""how long an agent with the skills that a client wished for is waited for, of a callback

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("patience", sa.Float(), nullable=False, server_default="600"))
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.alter_column("patience", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_column("patience")
