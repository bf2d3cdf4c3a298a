"""conversations of colleagues, raised hands, callbacks that an agent promised, figures of people

Revision: 0010, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from callcenter.storage.base import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "number", name=op.f("pk_chat_messages")),
        sa.UniqueConstraint(
            "conversation", "sender", "message", name=op.f("uq_chat_messages_conversation_sender_message")
        ),
    )
    op.create_index("ix_chat_messages_at", "chat_messages", ["at"])
    op.create_table(
        "chat_conversations",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("one", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("last_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_chat_conversations")),
    )
    for column in ("last_at", "one", "other"):
        op.create_index(f"ix_chat_conversations_{column}", "chat_conversations", [column])
    op.create_table(
        "chat_marks",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "reader", name=op.f("pk_chat_marks")),
    )
    op.create_table(
        "agent_hands",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("since", Moment(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_agent_hands")),
    )
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent", sa.String(), nullable=True))
        batch_op.create_index("ix_callbacks_agent_closed", ["agent", "closed"])
    with op.batch_alter_table("client_tasks", schema=None) as batch_op:
        batch_op.create_index("ix_client_tasks_assignee_done_at", ["assignee", "done_at"])
    op.create_index("ix_calls_disposed_by_disposed_at", "calls", ["disposed_by", "disposed_at"])


def downgrade() -> None:
    op.drop_index("ix_calls_disposed_by_disposed_at", table_name="calls")
    with op.batch_alter_table("client_tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_client_tasks_assignee_done_at")
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_index("ix_callbacks_agent_closed")
        batch_op.drop_column("agent")
    for table in ("agent_hands", "chat_marks", "chat_conversations", "chat_messages"):
        op.drop_table(table)
