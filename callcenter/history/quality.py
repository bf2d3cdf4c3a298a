"""How well a call was heard, as the agent's browser measured it.

A browser sends what it measured since it last did, and that is added in one atomic statement: a reload, or
another node, goes on where the one before stopped. A row is of one agent's part in a call, whatever legs it
took.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Float, Integer, String, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment
from callcenter.storage.database import Database
from routing.ids import AgentId, CallId


class LegQualityRow(Base):
    """Sums over ``samples`` measurements, and the worst of them. Times are ms, loss a share of the packets,
    MOS from 1 to 4.5."""

    __tablename__ = "leg_quality"

    call: Mapped[str] = mapped_column(String, primary_key=True)
    agent: Mapped[str] = mapped_column(String, primary_key=True)
    station: Mapped[str] = mapped_column(String)
    first_at: Mapped[float] = mapped_column(Moment)
    last_at: Mapped[float] = mapped_column(Moment)
    samples: Mapped[int] = mapped_column(Integer)
    mos_sum: Mapped[float] = mapped_column(Float)
    mos_worst: Mapped[float] = mapped_column(Float)
    round_trip_sum: Mapped[float] = mapped_column(Float)
    round_trip_worst: Mapped[float] = mapped_column(Float)
    jitter_sum: Mapped[float] = mapped_column(Float)
    jitter_worst: Mapped[float] = mapped_column(Float)
    loss_sum: Mapped[float] = mapped_column(Float)
    loss_worst: Mapped[float] = mapped_column(Float)
    packets_received: Mapped[int] = mapped_column(BigInteger)
    packets_lost: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class QualityPart:
    """What was measured since the part before: means over ``samples`` of them, and the worst. ``packets_*``
    are counts since then."""

    samples: int
    mos: float
    mos_worst: float
    round_trip: float
    round_trip_worst: float
    jitter: float
    jitter_worst: float
    loss: float
    loss_worst: float
    packets_received: int
    packets_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuality(QualityPart):
    """An agent's part in a call: the means of all measurements, and the worst of each."""

    agent: AgentId
    station: str


_SUMS = ("mos", "round_trip", "jitter", "loss")
_HIGH_IS_WORSE = ("round_trip", "jitter", "loss")


class QualityStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, call: CallId, agent: AgentId, station: str, part: QualityPart, at: float) -> None:
        """Take a part of what was measured."""
        row: dict[str, object] = {
            "call": call,
            "agent": agent,
            "station": station,
            "first_at": at,
            "last_at": at,
            "samples": part.samples,
            "packets_received": part.packets_received,
            "packets_lost": part.packets_lost,
        }
        for name in _SUMS:
            row[f"{name}_sum"] = getattr(part, name) * part.samples
            row[f"{name}_worst"] = getattr(part, f"{name}_worst")
        async with self._database.write() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            insert = dialect.insert(LegQualityRow).values(**row)
            new, old = insert.excluded, LegQualityRow
            changes: dict[str, object] = {
                name: getattr(old, name) + getattr(new, name)
                for name in (
                    *(f"{name}_sum" for name in _SUMS),
                    "samples",
                    "packets_received",
                    "packets_lost",
                )
            }
            for name in _SUMS:
                worst = f"{name}_worst"
                had, has = getattr(old, worst), getattr(new, worst)
                worse = has > had if name in _HIGH_IS_WORSE else has < had
                changes[worst] = case((worse, has), else_=had)
            changes["last_at"] = new.last_at
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["call", "agent"], set_=changes)
            )

    async def of_call(self, call: CallId) -> tuple[LegQuality, ...]:
        """Of each agent who talked in a browser, in the order in which they began."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(*LegQualityRow.__table__.columns)
                .where(LegQualityRow.call == call)
                .order_by(LegQualityRow.first_at, LegQualityRow.agent)
            )
            return tuple(
                LegQuality(
                    agent=AgentId(row.agent),
                    station=row.station,
                    samples=row.samples,
                    mos=row.mos_sum / row.samples,
                    mos_worst=row.mos_worst,
                    round_trip=row.round_trip_sum / row.samples,
                    round_trip_worst=row.round_trip_worst,
                    jitter=row.jitter_sum / row.samples,
                    jitter_worst=row.jitter_worst,
                    loss=row.loss_sum / row.samples,
                    loss_worst=row.loss_worst,
                    packets_received=row.packets_received,
                    packets_lost=row.packets_lost,
                )
                for row in rows
            )
