"""Which waiting call goes to which free agent.

Theory of operation. The engine is told of changes only (a call waits or left, an agent's place changed, the
plan or the rates are others). Calls stand in lanes of equal chances (``lines``), free agents on shelves in
the order in which they would be taken (``crew``), so that a decision looks at heads alone. After ``decide``
no free agent and waiting call match, except where a named reason keeps them apart: a refusal, patience for a
preferred agent, the queue's most at once, a reserve for a more valuable queue. So a change can only make
matches in the lanes it *touched*: those are matched anew, the best match of all is made, which touches
others, until nothing is left. What time alone changes (a ring widens, a refusal grows old) has an alarm.

One ``decide`` does a bounded piece of this and says ``retry_at = now`` if more is left; every piece begins
with touched lanes, so the best match is known before any is made, however many pieces it takes.

Pure: no clock, no chance; ``now`` is an argument and every tie ends on an id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from routing.acd.agenda import Agenda
from routing.acd.alarms import Alarms
from routing.acd.credits import Credits
from routing.acd.crew import OFFLINE, Crew, Hand
from routing.acd.decisions import Decision, Decisions, Rung
from routing.acd.demand import Demand
from routing.acd.explain import KEPT, AgentExplanation, CallExplanation
from routing.acd.explaining import Explainer, Made
from routing.acd.gates import next_change
from routing.acd.learning import Learner
from routing.acd.lines import Lines
from routing.acd.matching import Matcher, Pair
from routing.acd.model import Agent, RoutingPlan, Strategy, Work
from routing.acd.need import Traffic
from routing.acd.queue import Pool, WaitingCall
from routing.acd.together import rung_with
from routing.ids import AgentId, CallId, QueueId

__all__ = ["OFFLINE", "Decision", "Decisions", "Engine", "Rung"]

PIECE = 2000
"""Work done in one ``decide``, some 15 ms of a slow core; in units of moving a call to another lane."""
COST_OF_MATCH, COST_OF_DECISION, COST_OF_AGENT = 4, 12, 20
"""Other work in that unit; an agent looked at for a shelf is one."""
PLANNED = 4
"""Pieces of a plan of needs made in one ``decide`` that has nothing else to do, some milliseconds."""
NEXT_PIECE = 0.05
"""Seconds to the next of them, so that planning takes little of a quiet server."""


class Engine:
    """``reoffer_after`` is the least time in seconds between an agent's refusal of a call and the next
    offer of the same call to him; ``seed`` is that of the strategy ``random``."""

    def __init__(self, reoffer_after: float = 10.0, seed: int = 0) -> None:
        self._demand = Demand()
        self._crew = Crew(self._demand, seed)
        self._lines = Lines(self._crew)
        self._matcher = Matcher(self._crew, self._lines, reoffer_after)
        self._learner = Learner(self._crew)
        self._now = 0.0
        self._agenda = Agenda()
        self._moves: dict[CallId, None] = {}
        self._changes: dict[AgentId, None] = {}
        self._newcomers: dict[AgentId, Hand] = {}
        self._credits = Credits(self._crew)
        self._call_alarms: Alarms[CallId] = Alarms()
        self._made: dict[QueueId, deque[Made]] = {}
        self._explainer = Explainer(self._crew, self._lines, self._matcher, self._made)

    # What is known

    def waits(self, call: CallId) -> bool:
        """Whether the call stands in a line."""
        return call in self._lines.calls

    def is_free(self, agent: AgentId) -> bool:
        hand = self._crew.hands.get(agent)
        return hand is not None and hand.idle_since is not None

    @property
    def waiting(self) -> int:
        """The number of calls in all lines."""
        return len(self._lines.calls)

    def explain_call(self, call: CallId, now: float) -> CallExplanation:
        """What a call waits for at this moment."""
        return self._explainer.call(call, now)

    def explain_agent(self, agent: AgentId, now: float) -> AgentExplanation:
        """Why an agent gets no call at this moment, and which he was passed over for while free."""
        return self._explainer.agent(agent, now)

    # What changes

    def configure(self, plan: RoutingPlan, now: float) -> None:
        """Choose by this plan from now on. May come at any instant and strands nobody: calls and agents stay
        where they are and are sorted anew, in pieces. A queue that the plan lacks keeps its last settings
        until its calls were moved; an agent that it lacks keeps his until he is placed nowhere. The plan is
        believed: what makes no sense is refused by who writes it."""
        self._hear(now)
        crew = self._crew
        changed = [queue for queue in plan.queues if crew.queues.get(queue.id) != queue]
        for queue in changed:
            crew.queues[queue.id] = queue
            crew.drop_shelves(queue.id)
            self._agenda.stir((queue.id,))
        names = {queue.id for queue in changed}
        if names:
            for call in self._lines.calls.values():
                if call.pool.queue in names:
                    self._moves[call.call] = None
        before = crew.agents
        crew.agents = {agent.id: agent for agent in plan.agents}
        for agent in plan.agents:
            hand = crew.hands.get(agent.id)
            if hand is not None and not _alike(before.get(agent.id), agent):
                self._changes[agent.id] = None
        for agent_id in before.keys() - crew.agents.keys():
            if agent_id in crew.hands:
                crew.agents[agent_id] = before[agent_id]
            else:
                self._credits.forget(agent_id)
                crew.words.pop(agent_id, None)

    def learn(self, rates: Mapping[QueueId, Traffic], now: float, *, at_once: bool = False) -> None:
        """Plan for these live rates (the values are those of the queues' settings). To be told every minute
        or so. A new plan is made when the rates, or the agents signed in, moved enough: by pieces at each
        ``decide``, and in force once it is whole. ``at_once`` makes it before returning, which takes seconds
        for hundreds of queues and is for simulations."""
        self._hear(now)
        self._learner.learn(rates)
        self._learner.begin(self._now)
        while at_once and self._learner.is_making:
            self._plan()

    def _plan(self) -> None:
        if self._learner.step(PLANNED):
            self._crew.drop_all_shelves()
            self._agenda.stir_all()

    def wait(self, call: WaitingCall, now: float | None = None) -> None:
        """A call stands in line. Told again, its place is taken anew."""
        self._hear(now)
        self.leave(call.call)
        self._credits.took_back(call.call)
        queue = call.pool.queue
        self._demand.waiting[queue] = self._demand.waiting.get(queue, 0) + 1
        self._stand(call)
        self._agenda.stir((queue,))

    def leave(self, call: CallId) -> None:
        """A call left its line; unknown calls are none of our business."""
        known = self._lines.calls.get(call)
        if known is None:
            return
        for lane in self._lines.remove(known):
            self._agenda.shortened(lane)
        self._demand.waiting[known.pool.queue] -= 1
        self._call_alarms.cancel(call)
        self._moves.pop(call, None)
        self._agenda.stir((known.pool.queue,))

    def place(
        self,
        agent: AgentId,
        pools: Iterable[Pool],
        idle_since: float | None,
        *,
        now: float | None = None,
        why: str = "",
        serving: QueueId | None = None,
    ) -> None:
        """Where the agent can take calls (``pools``: none when paused or offline), and since when he is free
        to (``None``: busy). ``why`` is the word for his state when he can't be given a call now, for
        explanations; ``OFFLINE`` ends his record. ``serving`` is the queue whose call or offer he has;
        without it a decision of the engine's counts until he is free or placed nowhere."""
        self._hear(now)
        wanted, crew = tuple(pools), self._crew
        hand = crew.hands.get(agent)
        if crew.note(agent, why, free=idle_since is not None):
            self._moves.update(self._lines.fans.get(agent, {}))
        if why == OFFLINE:
            self._credits.forget(agent)
        idle = None if not wanted else idle_since
        if serving is not None or idle is not None or not wanted:
            self._serve(agent, serving)
        if hand is not None and hand.pools == wanted and hand.idle_since == idle:
            return
        before = () if hand is None else hand.pools
        if hand is not None and hand.idle_since is not None:
            self._busy(hand, self._now)
        if hand is not None and hand.pools != wanted:
            crew.leave(hand)
            self._newcomers.pop(agent, None)
            self._abilities_changed(hand)
            hand = None
        if not wanted:
            crew.go(agent, before, self._now)
            return
        if hand is None:
            hand = self._newcomers[agent] = crew.sign_in(agent, wanted, self._now)
            self._abilities_changed(hand)
        if idle is not None:
            self._free(hand, idle)
        elif not hand.record.busy:
            hand.record.turn(self._now, busy=True)

    def answered(self, call: CallId, agent: AgentId) -> None:
        """Of those who were rung for the call together, this one has it: it counts as his from now on."""
        if (hand := self._crew.hands.get(agent)) is not None:
            self._credits.credit(hand, call)
            self._crew.sort_again(hand)

    # Deciding

    def decide(self, now: float) -> Decisions:
        """Matches that the changes since the last time allow, the best first."""
        self._hear(now)
        now = max(now, self._now)
        agenda, built, left = self._agenda, self._crew.built, PIECE
        while left > 0 and (call := self._call_alarms.pop_due(now)) is not None:
            self._moves[call] = None
            left -= 1
        while left > 0 and (key := agenda.alarms.pop_due(now)) is not None:
            lane = self._lines.find(key)
            if lane is not None:
                agenda.touch(lane)
        agenda.refresh(now)
        made: list[Decision] = []
        while left > 0:
            if self._changes:
                agent = next(iter(self._changes))
                del self._changes[agent]
                self._adopt(agent)
                left -= COST_OF_AGENT
            elif self._newcomers:
                agent = next(iter(self._newcomers))
                self._settle(self._newcomers.pop(agent))
                left -= COST_OF_AGENT
            elif self._moves:
                call = next(iter(self._moves))
                del self._moves[call]
                self._move(self._lines.calls[call], now)
            elif (lane := agenda.next_touched()) is not None:
                agenda.alarms.cancel(lane.key)
                agenda.retire(lane)
                if lane.calls:
                    agenda.note(lane, self._matcher.best(lane, now), now)
                left -= COST_OF_MATCH + self._crew.built - built
                built = self._crew.built
            elif (best := agenda.best()) is not None:
                if self._matcher.is_still_best(best[1]):
                    made.append(self._make(best[1], now))
                    left -= COST_OF_DECISION * (1 + len(made[-1].also))
                else:
                    agenda.touch(best[0])
            else:
                break
            left -= 1
        alarms = [self._call_alarms.next(), agenda.alarms.next()]
        if left > 0:
            self._learner.look(now)
            if self._learner.is_making:
                self._plan()
        if (
            self._changes
            or self._newcomers
            or self._moves
            or agenda
            or any(at is not None and at <= now for at in alarms)
        ):
            return Decisions(tuple(made), now)
        if self._learner.is_making:
            alarms.append(now + NEXT_PIECE)
        return Decisions(tuple(made), min((at for at in alarms if at is not None), default=None))

    def _make(self, pair: Pair, now: float) -> Decision:
        call, hand = pair.call, pair.hand
        idle_since = hand.idle_since
        assert idle_since is not None
        why = self._explainer.why(pair, now)
        queue = self._crew.queue(call.pool.queue)
        also: tuple[Rung, ...] = ()
        if queue.strategy is Strategy.RING_ALL and call.work is Work.INBOUND:
            self._take(pair, now)
            also, why = rung_with(pair, why, self._lines, self._matcher, self._take, now)
            self.leave(call.call)
        else:
            self.leave(call.call)
            self._take(pair, now)
            self._credits.credit(hand, call.call)
        self._made.setdefault(queue.id, deque(maxlen=KEPT)).append(
            Made(now, call.call, pair.shelf.gate, hand.id, why.score.total, also)
        )
        self._agenda.made()
        return Decision(call.call, hand.id, call.pool, idle_since, why, also)

    def _take(self, pair: Pair, now: float) -> None:
        """The agent is offered the call, and nothing else meanwhile."""
        hand, queue = pair.hand, pair.call.pool.queue
        self._busy(hand, now)
        hand.record.offered[queue] = now
        self._serve(hand.id, queue)

    # What a change touches

    def _hear(self, now: float | None) -> None:
        if now is not None:
            self._now = max(self._now, now)

    def _stand(self, call: WaitingCall) -> None:
        for lane in self._lines.add(call, self._now):
            if lane.calls[0][1] == call.call:
                self._agenda.touch(lane)
        at = next_change(call, self._crew.queue(call.pool.queue), self._now)
        if at is not None:
            self._call_alarms.set(call.call, at)

    def _move(self, call: WaitingCall, now: float) -> None:
        """Bring the call into the lanes it belongs to now."""
        if self._lines.moved(call, now):
            for lane in self._lines.remove(call):
                self._agenda.shortened(lane)
            self._stand(call)
            return
        for lane in self._lines.of(call.call):
            if lane.calls[0][1] == call.call:
                self._agenda.touch(lane)  # the queue's settings may be others
        at = next_change(call, self._crew.queue(call.pool.queue), now)
        if at is None:
            self._call_alarms.cancel(call.call)
        else:
            self._call_alarms.set(call.call, at)

    def _free(self, hand: Hand, idle_since: float) -> None:
        self._crew.set_free(hand, idle_since)
        self._agenda.stir(hand.group)
        if hand.settled:
            self._show(hand)

    def _settle(self, hand: Hand) -> None:
        self._crew.settle(hand)
        if hand.idle_since is not None:
            self._show(hand)

    def _show(self, hand: Hand) -> None:
        """Touch all that a free agent could be given."""
        for pool in hand.pools:
            for gate, lanes in self._lines.behind.get(pool, {}).items():
                shelf = self._crew.known_shelf(pool, gate)
                if shelf is None or shelf.admits(hand.profile):
                    self._agenda.touch_all(lanes)
        for lane in self._lines.personal.get(hand.id, {}).values():
            self._agenda.touch(lane)

    def _busy(self, hand: Hand, now: float) -> None:
        self._crew.set_busy(hand, now)
        self._agenda.taken(hand.id)

    def _serve(self, agent: AgentId, queue: QueueId | None) -> None:
        relieved = self._crew.serve(agent, queue)
        if relieved is not None and self._crew.queue(relieved).most_at_once is not None:
            for pool in [pool for pool in self._lines.behind if pool.queue == relieved]:
                for lanes in self._lines.behind[pool].values():
                    self._agenda.touch_all(lanes)
            for lanes in self._lines.personal.values():
                for lane in lanes.values():
                    if lane.key.pool.queue == relieved:
                        self._agenda.touch(lane)

    def _abilities_changed(self, hand: Hand) -> None:
        """An agent can take calls of these pools now, or can't any more: calls that prefer him may be kept
        for him or let go, and one able agent fewer may free a call from waiting for him to decide."""
        for call in self._lines.fans.get(hand.id, ()):
            self._moves[call] = None
        for pool in hand.pools:
            for lanes in self._lines.behind.get(pool, {}).values():
                for key, lane in lanes.items():
                    if key.solo:
                        self._agenda.touch(lane)

    def _adopt(self, agent: AgentId) -> None:
        """Place an agent anew whose settings changed."""
        hand = self._crew.hands.get(agent)
        if hand is None:
            return
        pools, idle, serving = hand.pools, hand.idle_since, self._crew.serving.get(agent)
        self.place(agent, (), None)
        self.place(agent, pools, idle, serving=serving)


def _alike(before: Agent | None, after: Agent) -> bool:
    """Whether nothing changed that choosing looks at."""
    return before is not None and all(
        getattr(before, name) == getattr(after, name) for name in ("skills", "work", "weights")
    )
