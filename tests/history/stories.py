"""Calls as the core tells them, for tests of the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callcenter.calls import facts as f
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.states import AgentState, Author, CallOutcome, LegRole, OfferOutcome
from routing.ids import AgentId, CallId, ClientId, LegId, QueueId, ServerId, StationId, offer_id

MAIN, SALES = ServerId("main"), QueueId("sales")
ANNA, BORIS = AgentId("anna"), AgentId("boris")
A1001 = StationId("a1001")
START = 1764000000.125


def answered_call(n: int, at: float = START, agent: AgentId = ANNA, client: int | None = 7) -> list[Fact]:
    """Arrives at ``at``, waits 4 s, talks 60 s, is closed 10 s later. Boris declined the first offer."""
    call, caller, leg = CallId(f"main:{n}.1"), LegId(f"main:{n}.1"), LegId(f"main:{n}.2")
    first, second = offer_id(call, 1), offer_id(call, 2)
    known = None if client is None else ClientId(client)
    return [
        f.CallStarted(at, call, MAIN, "+79990001001", "Пётр Ёлкин", "74951230001"),
        f.LegStarted(at, call, caller, LegRole.CALLER, None, None),
        f.ClientMatched(at + 0.01, call, known, 1 if client else 0),
        f.CallQueued(at + 0.02, call, SALES, 0, at + 0.02, False),
        f.OfferMade(at + 1, call, first, SALES, BORIS, StationId("a1002"), 0.15, 0.98, 30.0),
        f.OfferEnded(at + 2, call, first, BORIS, OfferOutcome.DECLINED),
        f.CallQueued(at + 2, call, SALES, 0, at + 0.02, True),
        f.OfferMade(at + 3, call, second, SALES, agent, A1001, 0.15, 2.98, 12.5),
        f.CardPainted(at + 3.05, call, second, agent),
        f.RingSent(at + 3.05, call, second, agent, True, 0.0),
        f.LegStarted(at + 3.1, call, leg, LegRole.AGENT, A1001, agent),
        f.PhoneRang(at + 3.2, call, second, agent, leg),
        f.TalkStarted(at + 4, call, second, agent, leg),
        f.OfferEnded(at + 4, call, second, agent, OfferOutcome.ANSWERED),
        f.TalkEnded(at + 64, call, agent, leg, 60.0),
        f.LegEnded(at + 64, call, leg, 16),
        f.LegEnded(at + 64, call, caller, 16),
        f.CallEnded(at + 64, call, CallOutcome.ANSWERED, 3.98, 60.0),
        f.CallDisposed(at + 74, call, agent, "sold", "перезвонить в пятницу", 10.0),
    ]


def rung_at_all(n: int, at: float = START) -> list[Fact]:
    """Boris and Anna are rung together; he is quicker. The first 6 facts are of the ring."""
    call, caller, leg = CallId(f"main:{n}.1"), LegId(f"main:{n}.1"), LegId(f"main:{n}.3")
    first, second = offer_id(call, 1), offer_id(call, 2)
    return [
        f.CallStarted(at, call, MAIN, "+79990001001", "", "74951230001"),
        f.CallQueued(at, call, SALES, 0, at, False),
        f.OfferMade(at + 1, call, first, SALES, ANNA, A1001, 0.0, 1.0, 30.0),
        f.OfferMade(at + 1, call, second, SALES, BORIS, StationId("a1002"), 0.0, 1.0, 12.5),
        f.RingSent(at + 1, call, first, ANNA, False, None),
        f.RingSent(at + 1, call, second, BORIS, False, None),
        f.OfferEnded(at + 4, call, first, ANNA, OfferOutcome.ANSWERED_ELSEWHERE),
        f.TalkStarted(at + 4, call, second, BORIS, leg),
        f.OfferEnded(at + 4, call, second, BORIS, OfferOutcome.ANSWERED),
        f.TalkEnded(at + 64, call, BORIS, leg, 60.0),
        f.LegEnded(at + 64, call, caller, 16),
        f.CallEnded(at + 64, call, CallOutcome.ANSWERED, 4.0, 60.0),
    ]


def agent_day(agent: AgentId = ANNA, at: float = START) -> list[Fact]:
    """Signs on, is ready, offered, talks, wraps up, ready, paused, offline: 100 s in all."""
    call = CallId("main:1.1")
    s = AgentState
    steps = [
        (0.0, s.OFFLINE, s.READY, "", Author.AGENT, None),
        (3.0, s.READY, s.OFFERED, "", Author.SYSTEM, call),
        (4.0, s.OFFERED, s.TALKING, "", Author.SYSTEM, call),
        (64.0, s.TALKING, s.WRAP_UP, "", Author.SYSTEM, call),
        (74.0, s.WRAP_UP, s.READY, "", Author.AGENT, None),
        (80.0, s.READY, s.PAUSED, "lunch", Author.AGENT, None),
        (100.0, s.PAUSED, s.OFFLINE, "", Author.AGENT, None),
    ]
    return [
        f.AgentStateChanged(at + delay, agent, state, previous, reason, by, about)
        for delay, previous, state, reason, by, about in steps
    ]


def entries(facts: Iterable[Fact], term: int = 1, first: int = 1) -> list[LedgerEntry]:
    return [LedgerEntry(term, number, fact) for number, fact in enumerate(facts, first)]


def many_calls(count: int, term: int = 1) -> Sequence[LedgerEntry]:
    """The facts of many calls, one call after another."""
    return entries((fact for n in range(count) for fact in answered_call(n, START + n)), term)
