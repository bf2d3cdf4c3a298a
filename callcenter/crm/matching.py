"""Who of those with this number is calling: a ranking that says why.

An operator's own pick for the number decides. Otherwise a single client with the number is the caller, and of
several nobody is until an operator says who; they are listed likeliest first. The weights are only for that
order: whom we spoke with lately comes before whom we have something open with, and that before rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from callcenter.crm.views import ClientRank, ClientSummary, RankedCandidate, Reason, ReasonCode
from routing.ids import ClientId

_DAY = 86_400.0
_PICKED, _NUMBER, _SPOKE, _TICKET, _DEAL, _TASK = 1000.0, 10.0, 40.0, 15.0, 8.0, 6.0
_SPOKE_HALVES = 30 * _DAY  # after this many seconds having spoken counts half
_RANKS = {ClientRank.VIP: 5.0, ClientRank.REGULAR: 2.0, ClientRank.NEW: 1.0, ClientRank.RISK: 0.0}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one client with the caller's number. ``label`` is the number's; ``picked_by`` the
    operator whose pick for this number is the newest of all; ``spoke_at`` the start of the last finished
    call. The rest count what is open."""

    client: ClientSummary
    label: str
    picked_by: str | None
    spoke_at: float | None
    tickets: int
    deals: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Match:
    """``client`` is who it is taken to be, ``None`` for nobody or several."""

    client: ClientId | None
    candidates: tuple[RankedCandidate, ...]


def rank(evidence: Sequence[Evidence], now: float) -> Match:
    """Rank the clients with a number, likeliest first; equals by id, so that the order is always the same."""
    ranked = sorted((_weigh(each, now) for each in evidence), key=lambda one: (-one.score, one.client.id))
    picked = [one for one in ranked if any(reason.code is ReasonCode.PICKED for reason in one.reasons)]
    sure = picked[:1] if picked else ranked if len(ranked) == 1 else []
    return Match(sure[0].client.id if sure else None, tuple(ranked))


def _weigh(evidence: Evidence, now: float) -> RankedCandidate:
    reasons: list[Reason] = []
    score = _NUMBER
    if evidence.picked_by is not None:
        score += _PICKED
        reasons.append(Reason(ReasonCode.PICKED, evidence.picked_by))
    reasons.append(Reason(ReasonCode.NUMBER, evidence.label))
    if evidence.spoke_at is not None:
        score += _SPOKE * 0.5 ** (max(0.0, now - evidence.spoke_at) / _SPOKE_HALVES)
        moment = datetime.fromtimestamp(evidence.spoke_at, UTC)
        reasons.append(Reason(ReasonCode.SPOKE, moment.isoformat(timespec="seconds").replace("+00:00", "Z")))
    for count, weight, code in (
        (evidence.tickets, _TICKET, ReasonCode.TICKET),
        (evidence.deals, _DEAL, ReasonCode.DEAL),
        (evidence.tasks, _TASK, ReasonCode.TASK),
    ):
        if count:
            score += weight
            reasons.append(Reason(code, str(count)))
    score += _RANKS[evidence.client.rank]
    if evidence.client.rank is ClientRank.VIP or evidence.client.rank is ClientRank.RISK:
        reasons.append(Reason(ReasonCode.RANK, evidence.client.rank.value))
    return RankedCandidate(evidence.client, tuple(reasons), round(score, 3))
