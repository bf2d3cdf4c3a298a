"""What a store may answer besides its result."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import ColumnCollectionConstraint

from callcenter.errors import PeerError
from callcenter.storage.base import Base


class DatabaseUnavailableError(PeerError):
    """The database can't be reached, or gave up in the middle; nothing of the attempt was kept, unless the
    connection broke during the commit itself. Try again later."""


class StoreError(PeerError):
    """A change was refused. ``field`` is the argument's name as the API knows it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotFoundError(StoreError):
    """There is no such thing (``field`` says what: ``user``, ``client``, ``queue`` ...)."""


class DuplicateError(StoreError):
    """Another one already has this value."""


class UnknownReferenceError(StoreError):
    """The value names something that does not exist, such as a queue."""


class InvalidFieldError(StoreError):
    """The value itself can't be used."""


class ChangedMeanwhileError(StoreError):
    """It was saved by somebody else, or in another tab, since it was read; nothing was kept. Read it again
    (``now`` is the version or revision it has), and save on top of that."""

    def __init__(self, field: str, now: int, message: str) -> None:
        super().__init__(field, message)
        self.now = now


def duplicate(error: IntegrityError) -> DuplicateError:
    """The refusal that a violated unique rule stands for; ``field`` is the last column of the rule.

    SQLite names the columns (``UNIQUE constraint failed: agents.station``), PostgreSQL the constraint, whose
    name our naming convention makes findable. Raises ``error`` again when it is no unique rule.
    """
    text = str(error.orig)
    _, found, columns = text.partition("UNIQUE constraint failed: ")
    if found:
        field = columns.split(",")[-1].strip().rpartition(".")[2]
        return DuplicateError(field, "is already taken")
    name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    for table in Base.metadata.tables.values():
        rules: list[Index | ColumnCollectionConstraint] = [*table.indexes]
        rules += [rule for rule in table.constraints if isinstance(rule, ColumnCollectionConstraint)]
        for rule in rules:
            if name is not None and rule.name == name and rule.columns:
                return DuplicateError(list(rule.columns)[-1].name, "is already taken")
    raise error
