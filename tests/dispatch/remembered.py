"""What a history remembers of the facts it was given, as ``Restored``: the shortest honest one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from callcenter.calls import facts
from callcenter.calls.facts import Fact
from callcenter.calls.intercom_facts import IntercomAnswered, IntercomEnded, IntercomStarted
from callcenter.calls.requests import Intent
from callcenter.calls.restored import (
    Restored,
    RestoredAgent,
    RestoredCall,
    RestoredCallback,
    RestoredIntercom,
)
from callcenter.calls.states import AgentState, OfferOutcome
from routing.callbacks import Callback
from routing.ids import AgentId, CallbackId, CallId, IntercomId, OfferId, QueueId


class Remembered:
    """``claims`` are those in the database, with the call of each: they are kept beside the facts."""

    def __init__(self, claims: Mapping[tuple[CallbackId, int], CallId] = MappingProxyType({})) -> None:
        self.claims = claims
        self.promises: dict[CallbackId, RestoredCallback] = {}
        self.places: dict[CallId, float] = {}
        self.gave_up: dict[str, float] = {}
        self._over: set[tuple[CallbackId, int]] = set()
        self.calls: dict[CallId, RestoredCall] = {}
        self.intercoms: dict[IntercomId, RestoredIntercom] = {}
        self.agents: dict[AgentId, RestoredAgent] = {}
        self.queues: dict[OfferId, QueueId] = {}
        self.last: float | None = None

    def note(self, fact: Fact) -> None:
        self.last = fact.at
        match fact:
            case facts.CallStarted():
                self.calls[fact.call] = RestoredCall(
                    fact.call, fact.server, fact.number, fact.name, fact.dialled, None, None, 0, fact.at,
                    None, (), 0, None, None, None,
                )  # fmt: skip
            case facts.CallQueued():
                self._set(fact.call, queue=fact.queue, priority=fact.priority, queued_since=fact.since)
            case facts.FlowStepTaken():
                self._set(fact.call, position=fact.position, errand=fact.errand)
            case facts.OfferMade():
                number = self.calls[fact.call].number_of_offers + 1
                offered = (*self.calls[fact.call].offered, (fact.offer, fact.agent))
                self._set(fact.call, number_of_offers=number, offered=offered)
                self.queues[fact.offer] = fact.queue
            case facts.OfferEnded():
                live = tuple(one for one in self.calls[fact.call].offered if one[0] != fact.offer)
                self._set(fact.call, offered=live)
                if fact.outcome is OfferOutcome.DECLINED:
                    self._set(fact.call, declined_by=(*self.calls[fact.call].declined_by, fact.agent))
            case facts.TalkStarted():
                self._set(fact.call, talking_agent=fact.agent, talking_offer=fact.offer, answered_at=fact.at)
            case facts.TalkEnded():
                self._set(fact.call, talking_agent=None)
            case facts.LegStarted() if fact.station is not None:
                self._set(fact.call, legs=(*self.calls[fact.call].legs, (fact.leg, fact.station)))
            case facts.LegEnded() if fact.call in self.calls:
                legs = tuple(leg for leg in self.calls[fact.call].legs if leg[0] != fact.leg)
                self._set(fact.call, legs=legs)
            case facts.CallEnded():
                self.calls.pop(fact.call)
            case facts.AgentStateChanged():
                self._agent(fact)
            case facts.IntentChanged():
                known_agent = self._known(fact.agent)
                self.agents[fact.agent] = replace(
                    known_agent, intent=fact.intent, reason=fact.reason, by=fact.by
                )
            case IntercomStarted():
                self.intercoms[fact.intercom] = RestoredIntercom(
                    fact.intercom, fact.server, fact.agent, fact.to, fact.at, None
                )
            case IntercomAnswered():
                known = self.intercoms[fact.intercom]
                self.intercoms[fact.intercom] = replace(known, answered_at=fact.at)
            case IntercomEnded():
                del self.intercoms[fact.intercom]
            case facts.BrowserChanged():
                self.agents[fact.agent] = replace(self._known(fact.agent), browser=fact.connected)
            case _:
                self._callback(fact)

    def _callback(self, fact: Fact) -> None:
        match fact:
            case facts.CallbackPromised():
                callback = Callback(
                    fact.callback, fact.number, fact.queue, fact.since, fact.next_at, fact.until, fact.value,
                    fact.wanted, fact.language, fact.zones, fact.shown, patience=fact.patience,
                )  # fmt: skip
                self.promises[fact.callback] = RestoredCallback(
                    callback, fact.server, asked_in=fact.call, client=fact.client
                )
            case facts.CallbackChanged():
                self._change(fact.callback, number=fact.number, next_at=fact.next_at, until=fact.until)
            case facts.CallbackTried():
                self._over.add((fact.callback, fact.attempt))
                later = {} if fact.next_at is None else {"next_at": fact.next_at}
                self._change(fact.callback, attempts=fact.attempt, **later)
            case facts.CallbackEnded():
                kept = self.promises.pop(fact.callback)
                if fact.reason is facts.CallbackEnd.CALLED_IN and fact.call is not None:
                    self.places[fact.call] = kept.callback.since
            case facts.CallerGaveUp():
                self.gave_up[fact.number] = fact.at
            case facts.CallerReached():
                self.gave_up.pop(fact.number, None)
            case _:
                pass

    def _change(self, callback: CallbackId, **changes: object) -> None:
        known = self.promises[callback]
        changed = replace(known.callback, **changes)  # type: ignore[arg-type]
        self.promises[callback] = replace(known, callback=changed)

    def _open(self, known: RestoredCallback) -> RestoredCallback:
        """With the attempt that was claimed for it and has no end."""
        callback = known.callback
        for (of, attempt), call in sorted(self.claims.items()):
            if of == callback.id and attempt > callback.attempts and (of, attempt) not in self._over:
                return replace(known, claim=attempt, call=call)
        return known

    def _with_queue(self, call: RestoredCall) -> RestoredCall:
        """An agent's own call enters no queue; it is talked on in that of its offer."""
        if call.queue is not None or call.talking_agent is None or call.talking_offer is None:
            return call
        return replace(call, queue=self.queues[call.talking_offer])

    def _set(self, call: CallId, **changes: object) -> None:
        self.calls[call] = replace(self.calls[call], **changes)  # type: ignore[arg-type]

    def _known(self, agent: AgentId) -> RestoredAgent:
        return self.agents.get(agent) or RestoredAgent(agent, Intent.OFFLINE, "", None, 0.0)

    def _agent(self, fact: facts.AgentStateChanged) -> None:
        known = replace(self._known(fact.agent), wrap_up_call=None, state=fact.state, call=fact.call)
        if fact.state in (AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE):
            known = replace(known, intent=Intent(fact.state.value), reason=fact.reason, by=fact.by)
        elif fact.state is AgentState.WRAP_UP:
            known = replace(known, wrap_up_call=fact.call, wrap_up_since=fact.at)
        self.agents[fact.agent] = known

    def restored(self) -> Restored:
        oldest = sorted(self.promises.values(), key=lambda one: (one.callback.since, one.callback.id))
        return Restored(
            tuple(self.agents.values()),
            tuple(self._with_queue(call) for call in self.calls.values()),
            self.last,
            tuple(self._open(one) for one in oldest),
            tuple(self.gave_up.items()),
            tuple(self.places.items()),
            intercoms=tuple(self.intercoms.values()),
        )
