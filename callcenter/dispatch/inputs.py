"""Everything that can reach the core: the one union its ``handle`` takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls.requests import Request
from callcenter.calls.restored import Restored
from callcenter.telephony.events import TelephonyEvent
from routing.acd.model import RoutingPlan
from routing.ids import CallId, ClientId


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of an earlier ``wake_at`` has come."""


@dataclass(frozen=True, slots=True)
class ClientFound:
    """The look-up of a caller ended. ``client`` is ``None`` for nobody or several; ``candidates`` counts
    the matches."""

    call: CallId
    client: ClientId | None
    candidates: int


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """The routing plan is this from now on. Comes first of all inputs, and again at each change; never
    ends a call."""

    plan: RoutingPlan


Input: TypeAlias = TelephonyEvent | Request | Tick | ClientFound | PlanChanged | Restored
