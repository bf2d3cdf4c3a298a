"""The database: one engine for SQLite and PostgreSQL, the base of all tables, and the migrations.

Only stores use SQLAlchemy. A store takes a ``Database``, opens ``read()`` or ``write()`` for one short piece
of work, and hands out plain dataclasses.
"""

from callcenter.storage.database import Database, Dialect
from callcenter.storage.errors import (
    ChangedMeanwhileError,
    DatabaseUnavailableError,
    DuplicateError,
    InvalidFieldError,
    NotFoundError,
    StoreError,
    UnknownReferenceError,
)
from callcenter.storage.schema import Migrated, current, head, migrate

__all__ = [
    "ChangedMeanwhileError",
    "Database",
    "DatabaseUnavailableError",
    "Dialect",
    "DuplicateError",
    "InvalidFieldError",
    "Migrated",
    "NotFoundError",
    "StoreError",
    "UnknownReferenceError",
    "current",
    "head",
    "migrate",
]
