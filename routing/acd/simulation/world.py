"""The world around the engine, on a virtual clock: callers who arrive, wait and give up, agents who answer,
talk, pause and go home.

Theory of operation. A heap of moments yet to come; the earliest is taken, the engine is told of what changed
then, decides, and its decisions are carried out, as ``callcenter.dispatch`` does: a call that waits or left,
an agent placed with the moment since when he is idle, the time to decide again. A moment that was overtaken
(a caller who would have given up, but was answered) is left in the heap and found stale.

Whatever belongs to a call (its arrival, length, patience) is drawn as it arrives, which no router can
influence; so two routers with generators of one seed meet the very same calls (common random numbers).
"""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import Any

from routing.acd.decisions import Decision
from routing.acd.directory import PlanDirectory
from routing.acd.queue import Pool, WaitingCall
from routing.acd.simulation.chance import Chance
from routing.acd.simulation.ports import Learner, Router, StuckError, Watch
from routing.acd.simulation.scenario import CallType, RecordedCall, Scenario, Shift
from routing.acd.simulation.tally import AgentTally, Tally, TypeTally
from routing.ids import AgentId, CallId, ServerId

SERVER = ServerId("simulated")

_ARRIVE, _RECORDED, _GIVE_UP, _ANSWER, _DONE, _COME, _GO, _RESTED, _RETRY = range(9)

_MOST_DECISIONS = 10_000


class _Call:
    __slots__ = ("answered", "attempt", "counted", "declined", "expected", "gone", "handle", "id", "kind",
                 "patience", "rung", "since")  # fmt: skip

    def __init__(self, id_: CallId, kind: int, since: float, handle: float, patience: float) -> None:
        self.id, self.kind, self.since, self.handle, self.patience = id_, kind, since, handle, patience
        self.rung: list[_Seat] = []
        self.answered = self.gone = self.counted = False
        self.attempt = 0
        self.declined: tuple[tuple[AgentId, float], ...] = ()
        self.expected: float | None = None


class _Seat:
    __slots__ = ("absent", "busy_since", "call", "id", "idle_since", "index", "pools", "ready_since",
                 "resting", "tally")  # fmt: skip

    def __init__(self, tally: AgentTally, index: int) -> None:
        self.id, self.pools, self.tally, self.index = tally.agent, tally.pools, tally, index
        self.absent = 1  # how many reasons there are for not being ready; the first is: not here
        self.call: _Call | None = None
        self.idle_since = self.busy_since = 0.0
        self.ready_since: float | None = None
        self.resting = False


class World:
    """One run. ``router`` must be new. ``calls`` is drawn from for calls alone, ``people`` for what agents
    do; both must be seeded by the caller. ``learner`` may be the router itself."""

    def __init__(
        self,
        scenario: Scenario,
        router: Router,
        calls: Chance,
        people: Chance,
        learner: Learner | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._scenario = scenario
        self._router = router
        self._calls = calls
        self._people = people
        self._learner = learner
        self._watch = watch
        self._heap: list[tuple[float, int, int, Any]] = []
        self._pushed = 0
        self._number = 0
        self._retry = math.inf
        self._from = scenario.since + scenario.warm_up
        self._until = scenario.until
        self._directory = PlanDirectory(scenario.plan)
        self._tally = Tally(max(0.0, self._until - self._from), [TypeTally() for _ in scenario.types])
        self._open: dict[CallId, _Call] = {}
        self._queues = [self._directory.queues[kind.queue] for kind in scenario.types]
        classes = {value.id: value.value for value in scenario.plan.values}
        self._values = [1.0 if kind.client is None else classes[kind.client] for kind in scenario.types]
        self._pools = [Pool(SERVER, queue.id) for queue in self._queues]
        self._seats: dict[AgentId, _Seat] = {}
        self._busy = 0
        self._asks: _Call | None = None

    def run(self) -> Tally:
        """Raises ``StuckError``."""
        for index, kind in enumerate(self._scenario.types):
            self._next_arrival(index, kind, self._scenario.since)
        for recorded in self._scenario.recorded:
            self._push(recorded.at, _RECORDED, recorded)
        for shift in self._scenario.shifts:
            self._plan_shift(shift)
        heap = self._heap
        while heap:
            now, _, what, of = heappop(heap)
            if what == _ARRIVE:
                self._arrive(now, of)
            elif what == _GIVE_UP:
                if not self._give_up(now, of):
                    continue
            elif what == _DONE:
                self._done(now, of)
            elif what == _RETRY:
                if now != self._retry:
                    continue
                self._retry = math.inf
            elif what == _RECORDED:
                self._arrive_recorded(now, of)
            elif what == _ANSWER:
                if not self._answer(now, *of):
                    continue
            elif what == _COME:
                self._come(now, of)
            elif what == _GO:
                self._go(now, of)
            else:
                of.resting = False
                if of.call is None:
                    self._place(now, of)
            self._route(now)
            if self._watch is not None:
                self._watch.settled(now)
            if now >= self._until and not self._busy and (not self._open or self._all_gone()):
                break
        self._close()
        return self._tally

    # Calls

    def _next_arrival(self, index: int, kind: CallType, now: float) -> None:
        """The next moment of a Poisson process whose rate changes by the clock."""
        pieces = kind.arrivals
        if not pieces:
            return
        need = self._calls.expovariate(1.0)
        for piece in pieces:
            start = max(piece.since, now)
            end = min(piece.until, self._until)
            if end <= start or piece.per_hour <= 0:
                continue
            rate = piece.per_hour / 3600.0
            if need < (end - start) * rate:
                self._push(start + need / rate, _ARRIVE, index)
                return
            need -= (end - start) * rate

    def _arrive(self, now: float, index: int) -> None:
        kind = self._scenario.types[index]
        self._enter(now, index, kind.handle.draw(self._calls), kind.patience.draw(self._calls))
        self._next_arrival(index, kind, now)

    def _arrive_recorded(self, now: float, recorded: RecordedCall) -> None:
        kind = self._scenario.types[recorded.type]
        # Both are drawn always, so that one call's being known doesn't shift the next one's chance.
        handle = kind.handle.draw(self._calls)
        patience = kind.patience.draw_beyond(self._calls, recorded.patience_beyond)
        self._enter(
            now,
            recorded.type,
            handle if recorded.handle is None else recorded.handle,
            patience if recorded.patience is None else recorded.patience,
        )

    def _enter(self, now: float, index: int, handle: float, patience: float) -> None:
        self._number += 1
        call = _Call(CallId(f"{SERVER}:{self._number:09d}"), index, now, handle, patience)
        if self._from <= now < self._until:
            call.counted = True
            self._tally.types[index].offered += 1
        self._open[call.id] = call
        if self._watch is not None:
            self._watch.arrived(now, index)
        if self._learner is not None:
            self._learner.arrived(self._queues[index].id, now)
            self._asks = call
        self._stand(call, now)
        # Before anybody answers: a caller of no patience leaves in this moment, after the engine's decision.
        if patience != math.inf:
            self._push(now + patience, _GIVE_UP, call)

    def _stand(self, call: _Call, now: float) -> None:
        pool, queue, value = self._pools[call.kind], self._queues[call.kind], self._values[call.kind]
        self._router.wait(WaitingCall(call.id, pool, queue.priority, call.since, call.declined, value), now)

    def _give_up(self, now: float, call: _Call) -> bool:
        if call.answered:
            return False
        call.gone = True
        del self._open[call.id]
        self._router.leave(call.id)
        if self._watch is not None:
            self._watch.left(now, call.kind)
        for seat in call.rung:
            self._free(now, seat)
        if self._learner is not None:
            self._learner.abandoned(self._queues[call.kind].id, call.patience, now)
        if call.counted:
            self._count_lost(call)
        return True

    def _count_lost(self, call: _Call) -> None:
        tally, queue = self._tally.types[call.kind], self._queues[call.kind]
        tally.abandoned += 1
        tally.lost_wait += call.patience
        if call.patience > queue.service_level_seconds:
            tally.late += 1
        if call.patience <= queue.short_abandon_seconds:
            tally.short += 1

    # Offers and conversations

    def _route(self, now: float) -> None:
        router, tally = self._router, self._tally
        for _ in range(_MOST_DECISIONS):
            decisions = router.decide(now)
            tally.decisions += 1
            for decision in decisions.made:
                self._offer(now, decision)
            retry = decisions.retry_at
            if not decisions.made and (retry is None or retry > now):
                break
        else:
            raise StuckError(f"asked {_MOST_DECISIONS} times at {now!r}, and not done yet")
        if retry is None:
            self._retry = math.inf
        elif retry != self._retry:
            self._retry = retry
            self._push(retry, _RETRY, None)
        asks, self._asks = self._asks, None
        if asks is not None and self._learner is not None and asks.id in self._open and not asks.rung:
            asks.expected = self._learner.expects(self._queues[asks.kind].id, now)

    def _offer(self, now: float, decision: Decision) -> None:
        call, habits = self._open[decision.call], self._scenario.habits
        call.rung = [self._seats[one.agent] for one in decision.rung]
        call.attempt += 1
        self._router.leave(call.id)
        for seat in call.rung:
            seat.call, seat.busy_since = call, now
            self._count_ready(now, seat)
            seat.tally.offers += 1
            self._busy += 1
            self._router.place(seat.id, seat.pools, None, now=now)
        for seat in call.rung:
            delay = habits.answer.draw(self._people)
            if delay <= 0.0 and not habits.declines:
                self._begin(now, call, seat)
                break
            self._push(now + delay, _ANSWER, (call, call.attempt, seat))

    def _answer(self, now: float, call: _Call, attempt: int, seat: _Seat) -> bool:
        if call.gone or call.answered or call.attempt != attempt:
            return False
        habits = self._scenario.habits
        if habits.declines and self._people.random() < habits.declines:
            seat.tally.declined += 1
            others = tuple(pair for pair in call.declined if pair[0] != seat.id)
            call.declined = (*others, (seat.id, now))
            call.rung.remove(seat)
            seat.idle_since = now
            if habits.rest > 0:
                seat.resting = True
                self._push(now + habits.rest, _RESTED, seat)
            self._free(now, seat)
            if not call.rung:
                self._stand(call, now)
        else:
            self._begin(now, call, seat)
        return True

    def _begin(self, now: float, call: _Call, seat: _Seat) -> None:
        call.answered = True
        for other in [one for one in call.rung if one is not seat]:
            self._free(now, other)
        del self._open[call.id]
        seat.tally.calls += 1
        if self._watch is not None:
            self._watch.began(now, call.kind, seat.index)
        waited = now - call.since
        if self._learner is not None:
            self._learner.answered(self._queues[call.kind].id, waited, now, call.expected)
        if call.counted:
            tally = self._tally.types[call.kind]
            tally.served += 1
            tally.wait += waited
            tally.handle += call.handle
            if waited > 0:
                tally.waited += 1
                tally.longest = max(tally.longest, waited)
            if waited <= self._queues[call.kind].service_level_seconds:
                tally.within += 1
            if call.expected is not None:
                tally.told += 1
                tally.told_error += abs(call.expected - waited)
                tally.told_bias += call.expected - waited
        self._push(now + call.handle, _DONE, seat)

    def _done(self, now: float, seat: _Seat) -> None:
        call = seat.call
        assert call is not None
        if self._watch is not None:
            self._watch.ended(now, call.kind, seat.index)
        if self._learner is not None:
            self._learner.handled(self._queues[call.kind].id, call.handle, now)
        seat.idle_since = now
        self._free(now, seat)

    # Agents

    def _plan_shift(self, shift: Shift) -> None:
        seat = self._seats.get(shift.agent)
        if seat is None:
            agent = self._directory.agents[shift.agent]
            pools = tuple(Pool(SERVER, queue) for queue in self._directory.served_by(agent))
            tally = AgentTally(agent.id, pools)
            seat = self._seats[shift.agent] = _Seat(tally, len(self._tally.agents))
            self._tally.agents.append(tally)
        self._push(shift.since, _COME, seat)
        if shift.until != math.inf:
            self._push(shift.until, _GO, seat)
        for since, until in shift.pauses:
            self._push(since, _GO, seat)
            self._push(until, _COME, seat)
        habits = self._scenario.habits
        if habits.pauses_per_hour > 0:
            rate = habits.pauses_per_hour / 3600.0
            at = shift.since + self._people.expovariate(rate)
            while at < shift.until:
                back = at + habits.pause.draw(self._people)
                self._push(at, _GO, seat)
                self._push(back, _COME, seat)
                at = back + self._people.expovariate(rate)

    def _come(self, now: float, seat: _Seat) -> None:
        seat.absent -= 1
        if seat.absent == 0 and seat.call is None:
            seat.idle_since = now
            self._place(now, seat)

    def _go(self, now: float, seat: _Seat) -> None:
        seat.absent += 1
        if seat.absent == 1:
            self._count_ready(now, seat)
            # Also of one who has a call: he will not come back by himself.
            self._router.place(seat.id, (), None, now=now)

    def _free(self, now: float, seat: _Seat) -> None:
        """His offer or call is over."""
        seat.tally.busy += self._counted(seat.busy_since, now)
        seat.call = None
        self._busy -= 1
        self._place(now, seat)

    def _place(self, now: float, seat: _Seat) -> None:
        if seat.absent:
            self._router.place(seat.id, (), None, now=now)
            return
        if seat.ready_since is None:
            seat.ready_since = now
        idle_since = None if seat.resting else seat.idle_since
        self._router.place(seat.id, seat.pools, idle_since, now=now)

    def _count_ready(self, now: float, seat: _Seat) -> None:
        if seat.ready_since is not None:
            seat.tally.ready += self._counted(seat.ready_since, now)
            seat.ready_since = None

    def _all_gone(self) -> bool:
        """Nobody is here, and nobody comes any more: who still waits will give up, if he ever does."""
        return all(seat.absent for seat in self._seats.values()) and not any(
            what == _COME for _, _, what, _ in self._heap
        )

    def _counted(self, since: float, until: float) -> float:
        return max(0.0, min(until, self._until) - max(since, self._from))

    def _close(self) -> None:
        for seat in self._seats.values():
            self._count_ready(self._until, seat)
        for call in self._open.values():
            if call.counted and call.patience == math.inf:
                self._tally.types[call.kind].unserved += 1
            elif call.counted:
                self._count_lost(call)

    def _push(self, at: float, what: int, of: Any) -> None:
        self._pushed += 1
        heappush(self._heap, (at, self._pushed, what, of))
