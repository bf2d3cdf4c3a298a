"""calls between two agents

Revision: 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from callcenter.storage.base import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intercoms",
        sa.Column("intercom", sa.String(), nullable=False),
        sa.Column("by_agent", sa.String(), nullable=False),
        sa.Column("to_agent", sa.String(), nullable=False),
        sa.Column("started_at", Moment(timezone=True), nullable=False),
        sa.Column("answered_at", Moment(timezone=True), nullable=True),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("intercom", name=op.f("pk_intercoms")),
    )
    op.create_index("ix_intercoms_by_agent_started_at", "intercoms", ["by_agent", "started_at"])
    op.create_index("ix_intercoms_to_agent_started_at", "intercoms", ["to_agent", "started_at"])
    op.create_index("ix_intercoms_started_at", "intercoms", ["started_at"])
    op.create_index(
        "ix_intercoms_open",
        "intercoms",
        ["intercom"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("intercoms")
