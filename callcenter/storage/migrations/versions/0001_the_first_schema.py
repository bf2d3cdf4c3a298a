"""the first schema

Revision: 0001, after nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "agent_browsers",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_agent_browsers")),
    )
    op.create_table(
        "agent_intents",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_agent_intents")),
    )
    op.create_table(
        "agent_states",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("term", "number", name=op.f("pk_agent_states")),
    )
    op.create_index("ix_agent_states_agent_since", "agent_states", ["agent", "since"])
    op.create_index("ix_agent_states_agent_term_number", "agent_states", ["agent", "term", "number"])
    op.create_index(
        "ix_agent_states_current",
        "agent_states",
        ["agent"],
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )

    op.create_table(
        "blind_intervals",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("term", "number", name=op.f("pk_blind_intervals")),
    )
    op.create_index(op.f("ix_blind_intervals_since"), "blind_intervals", ["since"])

    op.create_table(
        "calls",
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dialled", sa.String(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fell_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("waited", sa.Float(), nullable=True),
        sa.Column("talked", sa.Float(), nullable=True),
        sa.Column("talking_agent", sa.String(), nullable=True),
        sa.Column("talking_offer", sa.String(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("wrap_up", sa.Float(), nullable=True),
        sa.Column("disposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disposed_by", sa.String(), nullable=True),
        sa.Column("healed", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.Column("last_term", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_agent_started_at", "calls", ["agent", "started_at"])
    op.create_index("ix_calls_client_id_started_at", "calls", ["client_id", "started_at"])
    op.create_index(
        "ix_calls_open",
        "calls",
        ["call"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_calls_queue_started_at", "calls", ["queue", "started_at"])
    op.create_index("ix_calls_started_at_call", "calls", ["started_at", "call"])

    op.create_table(
        "clients",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("rank", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_index(op.f("ix_clients_search_text"), "clients", ["search_text"])

    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "dispositions",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("ru", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.Column("note_required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dispositions")),
    )
    op.create_table(
        "ledger",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("term", "number", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_agent_at", "ledger", ["agent", "at"])
    op.create_index(op.f("ix_ledger_at"), "ledger", ["at"])
    op.create_index("ix_ledger_call", "ledger", ["call", "term", "number"])

    op.create_table(
        "legs",
        sa.Column("leg", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talk_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talk_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("leg", name=op.f("pk_legs")),
    )
    op.create_index(op.f("ix_legs_call"), "legs", ["call"])

    op.create_table(
        "offers",
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gate", sa.Float(), nullable=True),
        sa.Column("waited", sa.Float(), nullable=True),
        sa.Column("idle", sa.Float(), nullable=True),
        sa.Column("painted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ring_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead", sa.Float(), nullable=True),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("offer", name=op.f("pk_offers")),
    )
    op.create_index("ix_offers_agent_made_at", "offers", ["agent", "made_at"])
    op.create_index(op.f("ix_offers_call"), "offers", ["call"])

    op.create_table(
        "pause_reasons",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("ru", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_pause_reasons")),
    )
    op.create_table(
        "queues",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ring_seconds", sa.Integer(), nullable=False),
        sa.Column("wrap_up_seconds", sa.Integer(), nullable=False),
        sa.Column("service_level_seconds", sa.Integer(), nullable=False),
        sa.Column("short_abandon_seconds", sa.Integer(), nullable=False),
        sa.Column("takes_unknown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
    )
    op.create_index(
        "uq_queues_takes_unknown",
        "queues",
        ["takes_unknown"],
        unique=True,
        sqlite_where=sa.text("takes_unknown"),
        postgresql_where=sa.text("takes_unknown"),
    )

    op.create_table(
        "skills",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ru", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skills")),
    )
    op.create_table(
        "users",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_users")),
    )
    op.create_table(
        "agents",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["users.login"], name=op.f("fk_agents_login"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_agents")),
        sa.UniqueConstraint("station", name=op.f("uq_agents_station")),
    )
    op.create_table(
        "caller_picks",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_caller_picks_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_picks")),
    )
    op.create_index(op.f("ix_caller_picks_client_id"), "caller_picks", ["client_id"])
    op.create_index("ix_caller_picks_key_id", "caller_picks", ["key", "id"])

    op.create_table(
        "client_phones",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("e164", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digits", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_phones_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_phones")),
        sa.UniqueConstraint("client_id", "key", name=op.f("uq_client_phones_client_id_key")),
    )
    op.create_index(op.f("ix_client_phones_key"), "client_phones", ["key"])

    op.create_table(
        "client_tasks",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_tasks_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_tasks")),
    )
    op.create_index("ix_client_tasks_client_id_done_at", "client_tasks", ["client_id", "done_at"])

    op.create_table(
        "deals",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_deals_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
    )
    op.create_index("ix_deals_client_id_closed_at", "deals", ["client_id", "closed_at"])

    op.create_table(
        "disposition_queues",
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disposition"],
            ["dispositions.code"],
            name=op.f("fk_disposition_queues_disposition"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_disposition_queues_queue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("disposition", "queue", name=op.f("pk_disposition_queues")),
    )
    op.create_table(
        "queue_numbers",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_queue_numbers_queue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_queue_numbers")),
    )
    op.create_index(op.f("ix_queue_numbers_queue"), "queue_numbers", ["queue"])

    op.create_table(
        "queue_skills",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 10", name=op.f("ck_queue_skills_level")),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_queue_skills_queue"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["skill"], ["skills.id"], name=op.f("fk_queue_skills_skill")),
        sa.PrimaryKeyConstraint("queue", "skill", name=op.f("pk_queue_skills")),
    )
    op.create_table(
        "tickets",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_tickets_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_client_id_closed_at", "tickets", ["client_id", "closed_at"])

    op.create_table(
        "web_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["login"], ["users.login"], name=op.f("fk_web_sessions_login"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_login"), "web_sessions", ["login"])
    op.create_index(op.f("ix_web_sessions_seen_at"), "web_sessions", ["seen_at"])

    op.create_table(
        "agent_queues",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent"], ["agents.login"], name=op.f("fk_agent_queues_agent"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["queue"], ["queues.id"], name=op.f("fk_agent_queues_queue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent", "queue", name=op.f("pk_agent_queues")),
    )
    op.create_table(
        "agent_skills",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 10", name=op.f("ck_agent_skills_level")),
        sa.ForeignKeyConstraint(
            ["agent"], ["agents.login"], name=op.f("fk_agent_skills_agent"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["skill"], ["skills.id"], name=op.f("fk_agent_skills_skill")),
        sa.PrimaryKeyConstraint("agent", "skill", name=op.f("pk_agent_skills")),
    )


def downgrade() -> None:
    for table in (
        "agent_skills",
        "agent_queues",
        "web_sessions",
        "tickets",
        "queue_skills",
        "queue_numbers",
        "disposition_queues",
        "deals",
        "client_tasks",
        "client_phones",
        "caller_picks",
        "agents",
        "users",
        "skills",
        "queues",
        "pause_reasons",
        "offers",
        "legs",
        "ledger",
        "dispositions",
        "counters",
        "clients",
        "calls",
        "blind_intervals",
        "agent_states",
        "agent_intents",
        "agent_browsers",
    ):
        op.drop_table(table)
