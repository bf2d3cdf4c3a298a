"""Yesterday's calls once more: as they were, and as the engine would have served them by this plan or that.

What a replay can't know it says (``Past.caveats``): a caller who was served might have waited longer than
he did, nobody knows how much; one who gave up left no length of a conversation. Both are drawn, the patience
from what Kaplan and Meier's estimate (or a mean that counts censored waits) has beyond the wait seen, the
handling from that day's answered calls of the queue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from callcenter.calls.states import AgentState, CallOutcome, OfferOutcome
from callcenter.history.past import PastCall, PastOffer, PastState
from routing.acd.directory import PlanDirectory
from routing.acd.model import RoutingPlan
from routing.acd.queue import Pool
from routing.acd.simulation.chance import Constant, Distribution, Empirical, Exponential, Never, Survival
from routing.acd.simulation.figures import Sections, sections
from routing.acd.simulation.scenario import CallType, Habits, RecordedCall, Scenario, Shift
from routing.acd.simulation.tally import AgentTally, Tally, TypeTally
from routing.acd.simulation.world import SERVER
from routing.ids import AgentId, QueueId


class Patience(StrEnum):
    """How the patience of served callers is estimated."""

    KAPLAN_MEIER = "kaplan-meier"
    EXPONENTIAL = "exponential"


_AWAY = (AgentState.OFFLINE, AgentState.PAUSED, AgentState.INTERNAL)
"""States in which an agent is there for no client."""
_USUAL_HANDLE = 180.0
"""Seconds, for a queue of which no call was answered on the day."""


@dataclass(frozen=True, slots=True)
class Past:
    """A day as the history has it, moments counted from its beginning in seconds. ``actual`` are its
    figures; ``caveats`` say in sentences what the comparison can't know or left out."""

    calls: tuple[PastCall, ...]
    scenario: Scenario
    actual: Sections
    caveats: tuple[str, ...]


def past_day(
    name: str,
    plan: RoutingPlan,
    calls: Sequence[PastCall],
    offers: Sequence[PastOffer],
    states: Sequence[PastState],
    since: float,
    until: float,
    patience: Patience = Patience.KAPLAN_MEIER,
) -> Past:
    """``since`` and ``until`` bound the day in epoch seconds; the rest is what ``PastQueries`` found in it.
    Raises ``ValueError`` when there is no call or nobody was there."""
    queues = {queue.id for queue in plan.queues}
    known = [call for call in calls if call.queue in queues]
    told = [call for call in known if call.outcome in (CallOutcome.ANSWERED, CallOutcome.ABANDONED)]
    if not told:
        raise ValueError("no call of a queue of the plan was answered or given up in that time")
    agents = {agent.id for agent in plan.agents}
    shifts = _presence([state for state in states if state.agent in agents], since)
    if not shifts:
        raise ValueError("no agent of the plan was signed in in that time")
    order = [queue.id for queue in plan.queues if any(call.queue == queue.id for call in told)]
    types = tuple(_type(queue, [call for call in told if call.queue == queue], patience) for queue in order)
    recorded = tuple(_recorded(call, order.index(call.queue), since) for call in told)
    scenario = Scenario(name, plan, types, shifts, 0.0, until - since, recorded, _habits(offers))
    actual = sections(scenario, _tally(scenario, told, offers, states, since))
    strangers = {state.agent for state in states if state.state not in _AWAY} - agents
    return Past(
        tuple(told), scenario, actual, tuple(_caveats(calls, known, told, strangers, scenario, patience))
    )


def under(scenario: Scenario, plan: RoutingPlan) -> Scenario:
    """The same day by another plan. Raises ``ValueError`` when that lacks a queue that was called; agents
    whom it lacks stay at home."""
    queues = {queue.id for queue in plan.queues}
    missing = [kind.queue for kind in scenario.types if kind.queue not in queues]
    if missing:
        raise ValueError(f"the plan lacks {', '.join(missing)}, which was called that day")
    agents = {agent.id for agent in plan.agents}
    return replace(
        scenario, plan=plan, shifts=tuple(shift for shift in scenario.shifts if shift.agent in agents)
    )


def _presence(states: Sequence[PastState], since: float) -> tuple[Shift, ...]:
    """Stretches in which an agent was there for clients."""
    stretches: dict[AgentId, list[list[float]]] = defaultdict(list)
    for state in states:
        if state.state in _AWAY or state.until <= state.since:
            continue
        of = stretches[state.agent]
        if of and state.since - since <= of[-1][1]:
            of[-1][1] = max(of[-1][1], state.until - since)
        else:
            of.append([state.since - since, state.until - since])
    return tuple(Shift(agent, start, end) for agent in sorted(stretches) for start, end in stretches[agent])


def _type(queue: QueueId, calls: Sequence[PastCall], patience: Patience) -> CallType:
    handled = [call.handled for call in calls if call.outcome is CallOutcome.ANSWERED]
    handle = Empirical.of(handled) if handled else Exponential(_USUAL_HANDLE)
    gave_up = [call.waited for call in calls if call.outcome is CallOutcome.ABANDONED]
    served = [call.waited for call in calls if call.outcome is CallOutcome.ANSWERED]
    estimate: Distribution
    if patience is Patience.KAPLAN_MEIER:
        estimate = Survival.fitted(gave_up, served)
    elif gave_up and sum(gave_up) + sum(served) > 0:
        estimate = Exponential((sum(gave_up) + sum(served)) / len(gave_up))
    else:
        estimate = Never()
    return CallType(str(queue), queue, handle, estimate)


def _recorded(call: PastCall, kind: int, since: float) -> RecordedCall:
    at = call.queued_at - since
    if call.outcome is CallOutcome.ANSWERED:
        return RecordedCall(at, kind, handle=call.handled, patience_beyond=call.waited)
    return RecordedCall(at, kind, patience=call.waited)


def _habits(offers: Sequence[PastOffer]) -> Habits:
    answered = [offer.answered_after for offer in offers if offer.answered_after is not None]
    declined = sum(offer.outcome in (OfferOutcome.DECLINED, OfferOutcome.NO_ANSWER) for offer in offers)
    asked = len(answered) + declined
    # Were all declined, no call would ever be answered.
    share = min(declined / asked, 0.95) if asked else 0.0
    return Habits(answer=Empirical.of(answered) if answered else Constant(0.0), declines=share)


def _tally(
    scenario: Scenario,
    calls: Sequence[PastCall],
    offers: Sequence[PastOffer],
    states: Sequence[PastState],
    since: float,
) -> Tally:
    """What really happened, counted as a simulated day is."""
    tally = Tally(scenario.until - scenario.since, [TypeTally() for _ in scenario.types])
    directory = PlanDirectory(scenario.plan)
    order = {kind.queue: index for index, kind in enumerate(scenario.types)}
    for call in calls:
        kind, queue = tally.types[order[call.queue]], directory.queues[call.queue]
        kind.offered += 1
        if call.outcome is CallOutcome.ANSWERED:
            kind.served += 1
            kind.waited += call.waited > 0
            kind.wait += call.waited
            kind.longest = max(kind.longest, call.waited)
            kind.handle += call.handled
            kind.within += call.waited <= queue.service_level_seconds
        else:
            kind.abandoned += 1
            kind.lost_wait += call.waited
            kind.late += call.waited > queue.service_level_seconds
            kind.short += call.waited <= queue.short_abandon_seconds
    present = {shift.agent for shift in scenario.shifts}
    for agent in sorted(present):
        pools = tuple(Pool(SERVER, queue) for queue in directory.served_by(directory.agents[agent]))
        one = AgentTally(agent, pools)
        for state in states:
            if state.agent == agent and state.state not in _AWAY:
                seconds = max(0.0, state.until - state.since)
                if state.state is AgentState.READY:
                    one.ready += seconds
                else:
                    one.busy += seconds
        mine = [offer for offer in offers if offer.agent == agent]
        one.offers = len(mine)
        one.calls = sum(offer.outcome is OfferOutcome.ANSWERED for offer in mine)
        one.declined = sum(offer.outcome is OfferOutcome.DECLINED for offer in mine)
        tally.agents.append(one)
    return tally


def _caveats(
    calls: Sequence[PastCall],
    known: Sequence[PastCall],
    told: Sequence[PastCall],
    strangers: set[AgentId],
    scenario: Scenario,
    patience: Patience,
) -> list[str]:
    served = sum(call.outcome is CallOutcome.ANSWERED for call in told)
    how = "Kaplan-Meier" if patience is Patience.KAPLAN_MEIER else "an exponential of the censored mean"
    lost = len(told) - served
    found = [
        f"{served} of {len(told)} callers were answered; how long else they would wait is drawn by {how}.",
        f"{lost} gave up; how long they would have talked is drawn from the queue's answered calls.",
        "Agents are there when they were there; a pause after a missed call stays where it was.",
        "Who gave up and called again counts each time; some would not have had to.",
    ]
    hopeless = [kind.name for kind in scenario.types if kind.patience.mean == float("inf")]
    if hopeless:
        found.append(f"Of {', '.join(hopeless)} nobody gave up: these callers are taken to wait for ever.")
    if len(calls) > len(known):
        found.append(f"{len(calls) - len(known)} calls of queues that the plan lacks are left out.")
    if len(known) > len(told):
        found.append(f"{len(known) - len(told)} calls whose outcome is not known are left out.")
    if strangers:
        found.append(f"Agents whom the plan lacks are left out: {', '.join(sorted(strangers))}.")
    return found
