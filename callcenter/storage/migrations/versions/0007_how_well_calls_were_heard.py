"""how well a call was heard, as the agent's browser measured it

Revision: 0007, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leg_quality",
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("mos_sum", sa.Float(), nullable=False),
        sa.Column("mos_worst", sa.Float(), nullable=False),
        sa.Column("round_trip_sum", sa.Float(), nullable=False),
        sa.Column("round_trip_worst", sa.Float(), nullable=False),
        sa.Column("jitter_sum", sa.Float(), nullable=False),
        sa.Column("jitter_worst", sa.Float(), nullable=False),
        sa.Column("loss_sum", sa.Float(), nullable=False),
        sa.Column("loss_worst", sa.Float(), nullable=False),
        sa.Column("packets_received", sa.BigInteger(), nullable=False),
        sa.Column("packets_lost", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call", "agent", name=op.f("pk_leg_quality")),
    )


def downgrade() -> None:
    op.drop_table("leg_quality")
