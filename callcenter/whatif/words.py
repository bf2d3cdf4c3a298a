"""Reports for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from routing.acd.simulation.figures import Interval, Report, Summary

_CALLS = (
    ("offered", "offered", "count"),
    ("served", "served", "count"),
    ("gave up", "abandoned", "count"),
    ("never served", "unserved", "count"),
    ("gave up %", "abandonment", "share"),
    ("in time %", "service_level", "share"),
    ("ASA s", "asa", "seconds"),
    ("longest s", "longest_wait", "seconds"),
    ("cost", "cost", "count"),
    ("wait error s", "expected_wait_error", "seconds"),
)
_POOLS = (
    ("agents", "agents", "count"),
    ("calls each", "calls_per_agent", "count"),
    ("occupied %", "occupancy", "share"),
    ("spread", "load_cv", "ratio"),
)


def as_json(report: Report) -> dict[str, Any]:
    """``mean`` and ``half`` (half the 95 % interval; null for a single replication) of each figure."""
    return {
        "replications": report.replications,
        "total": _json_of(report.total),
        "queues": {name: _json_of(one) for name, one in report.queues.items()},
        "types": {name: _json_of(one) for name, one in report.types.items()},
        "pools": {name: _json_of(one) for name, one in report.pools.items()},
    }


def _json_of(summary: Summary) -> dict[str, Any]:
    return {
        name: {
            "mean": None if math.isinf(one.mean) else round(one.mean, 6),
            "half": None if math.isinf(one.half) else round(one.half, 6),
            "of": one.of,
        }
        for name, one in summary.items()
    }


def as_table(report: Report) -> str:
    """One table of queues, types and the whole, one of pools; ``±`` is half the 95 % interval."""
    rows = [("all", report.total)]
    rows += [(f"queue {name}", one) for name, one in report.queues.items()]
    # A type that is its queue's only one says the same again.
    if len(report.types) > len(report.queues):
        rows += [(f"type {name}", one) for name, one in report.types.items()]
    pools = [(f"pool {name}", one) for name, one in report.pools.items()]
    return "\n\n".join([_table(rows, _CALLS), _table(pools, _POOLS)])


def side_by_side(reports: Mapping[str, Report]) -> str:
    """The same figures of several reports, one column each."""
    lines: list[list[str]] = [["", *reports]]
    first = next(iter(reports.values()))
    for queue in (None, *first.queues):
        parts = [one.total if queue is None else one.queues.get(queue, {}) for one in reports.values()]
        for label, figure, kind in _CALLS:
            cells = [_cell(part.get(figure), kind) for part in parts]
            if any(cells):
                lines.append([f"{'all' if queue is None else f'queue {queue}'}: {label}", *cells])
    for label, figure, kind in _POOLS:
        for name in first.pools:
            cells = [_cell(one.pools.get(name, {}).get(figure), kind) for one in reports.values()]
            if any(cells):
                lines.append([f"pool {name}: {label}", *cells])
    return _aligned(lines)


def _table(rows: Sequence[tuple[str, Summary]], columns: Sequence[tuple[str, str, str]]) -> str:
    shown = [column for column in columns if any(column[1] in summary for _, summary in rows)]
    lines = [["", *(label for label, _, _ in shown)]]
    for title, summary in rows:
        lines.append([title, *(_cell(summary.get(figure), kind) for _, figure, kind in shown)])
    return _aligned(lines)


def _cell(one: Interval | None, kind: str) -> str:
    if one is None:
        return ""
    if math.isinf(one.mean):
        return "endless"
    scale, places = {"count": (1, 1), "share": (100, 1), "seconds": (1, 1), "ratio": (1, 3)}[kind]
    text = f"{one.mean * scale:.{places}f}"
    if one.half > 0 and not math.isinf(one.half):
        text += f" ±{one.half * scale:.{places}f}"
    return text


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
