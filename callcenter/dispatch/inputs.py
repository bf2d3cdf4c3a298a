"""Everything that can reach the core: the one union its ``handle`` takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls.callers import KnownAgent
from callcenter.calls.requests import Request
from callcenter.calls.restored import Restored, RestoredCallback
from callcenter.telephony.events import TelephonyEvent
from routing.acd.model import RoutingPlan
from routing.flows.model import FlowPlan
from routing.ids import CallbackId, CallId, ClientId

_NO_FLOWS = FlowPlan()


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of an earlier ``wake_at`` has come."""


@dataclass(frozen=True, slots=True)
class ClientFound:
    """The look-up of a caller ended. ``client`` is ``None`` for nobody or several; ``candidates`` counts
    the matches; ``value`` and ``agents`` as in ``CallerFound``. ``typed`` repeats the look-up's."""

    call: CallId
    client: ClientId | None
    candidates: int
    value: str = ""
    agents: tuple[KnownAgent, ...] = ()
    typed: bool = False


@dataclass(frozen=True, slots=True)
class ClaimAnswered:
    """The answer to ``ClaimCallback``. ``granted``: whether the attempt is ours to make; ``None`` when the
    database did not say, and then nothing may be dialled."""

    callback: CallbackId
    attempt: int
    call: CallId
    granted: bool | None


@dataclass(frozen=True, slots=True)
class CallbacksKept:
    """The open promises as the database has them now, which may lag behind what the core knows."""

    callbacks: tuple[RestoredCallback, ...]


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """The routing plan and the flows are these from now on. Comes first of all inputs, and again at each
    change; never ends a call. Both are checked by who kept them."""

    plan: RoutingPlan
    flows: FlowPlan = _NO_FLOWS


Input: TypeAlias = (
    TelephonyEvent | Request | Tick | ClientFound | ClaimAnswered | CallbacksKept | PlanChanged | Restored
)
