"""What a look-up of a caller finds; made by ``crm``, used by ``dispatch``, which do not know each other."""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import ClientId


@dataclass(frozen=True, slots=True)
class CallerFound:
    """``client`` is ``None`` for nobody or several; ``candidates`` counts the matches; ``card`` is the
    caller's card as JSON, ready to be sent."""

    client: ClientId | None
    candidates: int
    card: bytes
