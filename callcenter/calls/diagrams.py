"""Draw ``docs/state-machines.md`` from the tables: ``python -m callcenter.calls.diagrams >
docs/state-machines.md``.

A test fails when the file no longer agrees with the tables.
"""

from __future__ import annotations

import sys
from enum import StrEnum

from callcenter.calls.control import GUEST
from callcenter.calls.intercoms import INTERCOM
from callcenter.calls.states import AGENT, CALL, CALLBACK, INTENT, LEG, OFFER, Table

_HEAD = """# State machines

Drawn from the tables in `callcenter/calls/states.py`, `control.py` and `intercoms.py`; don't edit by hand:

    python -m callcenter.calls.diagrams > docs/state-machines.md

An agent's shown state is what holds him (*engagement*), or, when nothing does, what he wants (*intent*).
"""


def _diagram(table: Table[StrEnum, StrEnum]) -> str:
    lines = [f"## {table.name.capitalize()}", "", "```mermaid", "stateDiagram-v2"]
    lines.append(f"    [*] --> {table.initial.value}")
    sources = {way.source for way in table.ways}
    ends: dict[StrEnum, None] = {}
    for way in table.ways:
        lines.append(f"    {way.source.value} --> {way.target.value}: {way.trigger.value}")
        if way.target not in sources:
            ends[way.target] = None
    lines.extend(f"    {end.value} --> [*]" for end in ends)
    lines.extend(["```", ""])
    return "\n".join(lines)


def document() -> str:
    """The whole file."""
    tables = (CALL, LEG, OFFER, AGENT, INTENT, GUEST, INTERCOM, CALLBACK)
    return "\n".join([_HEAD, *(_diagram(table) for table in tables)])  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.stdout.write(document())
