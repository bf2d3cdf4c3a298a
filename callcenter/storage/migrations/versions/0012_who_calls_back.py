"""whether the agent calls back himself, of a note that is not sent yet

Revision: 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_notes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("callback_mine", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("call_notes", schema=None) as batch_op:
        batch_op.alter_column("callback_mine", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("call_notes", schema=None) as batch_op:
        batch_op.drop_column("callback_mine")
