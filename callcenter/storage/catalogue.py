"""Where the tables are declared. Imported by name, since stores know ``storage`` and not the other way."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import MetaData

from callcenter.storage.base import Base

MODEL_MODULES = (
    "callcenter.storage.counters",
    "callcenter.people.models",
    "callcenter.flows.models",
    "callcenter.callbacks.models",
    "callcenter.chat.models",
    "callcenter.crm.models",
    "callcenter.scripts.models",
    "callcenter.history.models",
    "callcenter.history.quality",
    "callcenter.history.intercoms",
)


def all_tables() -> MetaData:
    """The metadata with every table of the product in it."""
    for module in MODEL_MODULES:
        import_module(module)
    return Base.metadata
