"""Counters that only grow and survive restarts: lease terms, the version of the routing plan."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, String, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class CounterRow(Base):
    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def upsert(connection: AsyncConnection, table: Any) -> Any:
    """The dialect's ``INSERT``, which has ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


async def advance(connection: AsyncConnection, name: str, *, above: int = 0) -> int:
    """The counter's next value: one more than its last, and more than ``above``. One atomic statement, so
    two processes never get the same value."""
    insert = upsert(connection, CounterRow).values(name=name, value=above + 1)
    grown = CounterRow.value + 1
    larger = insert.on_conflict_do_update(
        index_elements=[CounterRow.name],
        set_={"value": _greater(connection, grown, insert.excluded.value)},
    ).returning(CounterRow.value)
    return int((await connection.execute(larger)).scalar_one())


async def value_of(connection: AsyncConnection, name: str) -> int:
    """The counter's last value, 0 before its first."""
    found = await connection.scalar(select(CounterRow.value).where(CounterRow.name == name))
    return int(found or 0)


def _greater(connection: AsyncConnection, left: Any, right: Any) -> Any:
    return (func.greatest if connection.dialect.name == "postgresql" else func.max)(left, right)
