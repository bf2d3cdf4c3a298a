"""A past for the demo: earlier calls, told as facts and written as any others are."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls import facts as f
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.states import CallOutcome, LegRole, OfferOutcome
from callcenter.history.documents import read_document, write_document
from callcenter.history.store import FactStore
from callcenter.storage.database import Database
from routing.acd.model import Agent, RoutingPlan
from routing.ids import CallId, ClientId, LegId, QueueId, ServerId, call_id, offer_id

_TERM = 0  # before every real term, and the same at every start, so that the past is written once
_DAY = 86_400.0
_SPAN = 60.0  # days
_BATCH = 500
_NORMAL_CLEARING = 16
Dispositions: TypeAlias = Mapping[QueueId, Sequence[str]]
_NOTES = (
    "",
    "",
    "Просил выслать документы на почту.",
    "Всё объяснил, вопросов не осталось.",
    "Перезвонит после выходных.",
    "Уточнили адрес и сроки.",
    "Недоволен ожиданием, извинились.",
)


@dataclass(frozen=True, slots=True)
class PastCaller:
    """Someone who called before; ``number`` as a trunk sends it."""

    client: ClientId
    name: str
    number: str
    calls: int


async def seed_past(
    database: Database,
    callers: Sequence[PastCaller],
    plan: RoutingPlan,
    dispositions: Dispositions,
    *,
    server: ServerId,
    now: float,
    seed: int,
) -> int:
    """Give every caller his calls in the last 60 days, closed with one of the queue's ``dispositions``; how
    many facts were new (none the second time)."""
    entries = past(callers, plan, dispositions, server, now, seed)
    documents = [read_document(write_document(entry)) for entry in entries]
    store, written = FactStore(database), 0
    for start in range(0, len(documents), _BATCH):
        written += await store.write(documents[start : start + _BATCH])
    return written


def past(
    callers: Sequence[PastCaller],
    plan: RoutingPlan,
    dispositions: Dispositions,
    server: ServerId,
    now: float,
    seed: int,
) -> list[LedgerEntry]:
    """The facts of all these calls, in the order of time. The same arguments give the same calls."""
    chance = random.Random(seed)
    facts: list[Fact] = []
    number = 0
    for caller in callers:
        for _ in range(caller.calls):
            number += 1
            at = _office_hours(now - chance.uniform(0.2, _SPAN) * _DAY, chance)
            facts += _call(number, at, caller, plan, dispositions, server, chance)
    facts.sort(key=lambda fact: fact.at)
    return [LedgerEntry(_TERM, place, fact) for place, fact in enumerate(facts, 1)]


def _office_hours(at: float, chance: random.Random) -> float:
    """Some moment between 6 and 17 h UTC of that day: a working day in Moscow."""
    return at - at % _DAY + chance.uniform(6 * 3600, 17 * 3600) - _DAY


def _call(
    number: int,
    at: float,
    caller: PastCaller,
    plan: RoutingPlan,
    dispositions: Dispositions,
    server: ServerId,
    chance: random.Random,
) -> list[Fact]:
    queue = chance.choice(plan.queues)
    call = call_id(server, f"{int(at)}.d{number}")
    since = at + 0.05
    wait = chance.uniform(2.0, 40.0)
    dialled = queue.numbers[0] if queue.numbers else ""
    facts: list[Fact] = [
        f.CallStarted(at, call, server, caller.number, caller.name, dialled),
        f.LegStarted(at, call, LegId(call), LegRole.CALLER, None, None),
        f.ClientMatched(at + 0.02, call, caller.client, 1),
        f.CallQueued(since, call, queue.id, queue.priority, since, False),
    ]
    serving = [agent for agent in plan.agents if queue.id in agent.queues]
    if not serving or chance.random() < 0.12:
        end = since + wait
        return [
            *facts,
            f.LegEnded(end, call, LegId(call), _NORMAL_CLEARING),
            f.CallEnded(end, call, CallOutcome.ABANDONED, wait, 0.0),
        ]
    choices = dispositions.get(queue.id, ())
    disposition = chance.choice(choices) if choices else "other"
    return facts + _talk(call, chance.choice(serving), queue.id, since, wait, disposition, chance)


def _talk(
    call: CallId,
    agent: Agent,
    queue: QueueId,
    since: float,
    wait: float,
    disposition: str,
    chance: random.Random,
) -> list[Fact]:
    offer, leg = offer_id(call, 1), LegId(f"{call}0")
    answered = since + wait
    offered = answered - min(wait, 1.8)
    talked = chance.uniform(35.0, 420.0)
    end = answered + talked
    wrap_up = chance.uniform(4.0, 25.0)
    waited = offered - since
    return [
        f.OfferMade(offered, call, offer, queue, agent.id, agent.station, 0.15, waited, 25.0),
        f.CardPainted(offered + 0.06, call, offer, agent.id),
        f.RingSent(offered + 0.06, call, offer, agent.id, True, 0.0),
        f.LegStarted(offered + 0.08, call, leg, LegRole.AGENT, agent.station, agent.id),
        f.PhoneRang(offered + 0.15, call, offer, agent.id, leg),
        f.TalkStarted(answered, call, offer, agent.id, leg),
        f.OfferEnded(answered, call, offer, agent.id, OfferOutcome.ANSWERED),
        f.TalkEnded(end, call, agent.id, leg, talked),
        f.LegEnded(end, call, leg, _NORMAL_CLEARING),
        f.LegEnded(end, call, LegId(call), _NORMAL_CLEARING),
        f.CallEnded(end, call, CallOutcome.ANSWERED, wait, talked),
        f.CallDisposed(end + wrap_up, call, agent.id, disposition, chance.choice(_NOTES), wrap_up),
    ]
