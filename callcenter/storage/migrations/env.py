"""Alembic's entry. The server calls it through ``storage.schema`` with an open connection; a developer
makes a new revision with ``python -m callcenter.storage.new_revision "what changes"``."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from callcenter.storage.base import Moment
from callcenter.storage.catalogue import all_tables


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations are frozen in time, so they name plain types rather than ours."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
if not isinstance(connection, Connection):
    raise TypeError("run migrations through callcenter.storage.schema")
context.configure(
    connection=connection,
    target_metadata=all_tables(),
    render_as_batch=True,  # SQLite can't alter most things in place
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
