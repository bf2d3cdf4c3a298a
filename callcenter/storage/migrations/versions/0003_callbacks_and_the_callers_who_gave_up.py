"""callbacks and the callers who gave up

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "callback_attempts",
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dialled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("callback", "attempt", name=op.f("pk_callback_attempts")),
    )
    op.create_index("ix_callback_attempts_call", "callback_attempts", ["call"])

    op.create_table(
        "callbacks",
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("promised", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column(
            "wanted",
            Json,
            nullable=False,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column(
            "zones",
            Json,
            nullable=False,
        ),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=True),
        sa.Column("asked_in", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("closed", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_call", sa.String(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("last_term", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("callback", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_closed_call", "callbacks", ["closed_call"])
    op.create_index("ix_callbacks_closed_next_at", "callbacks", ["closed", "next_at"])
    op.create_index("ix_callbacks_number", "callbacks", ["number"])

    op.create_table(
        "missed_callers",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("dialled", sa.String(), nullable=False),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.Column("client", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_by", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_term", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_missed_callers")),
    )
    op.create_index("ix_missed_callers_state_last_at", "missed_callers", ["state", "last_at"])


def downgrade() -> None:
    op.drop_table("missed_callers")
    op.drop_table("callbacks")
    op.drop_table("callback_attempts")
