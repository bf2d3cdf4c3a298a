"""From facts to rows, without a database: what each fact adds to the record of its call.

Theory of operation. A record is the fold of the call's facts in the order of the ledger, (term, number). The
writer folds new facts onto the record it remembers as long as they come in that order and nobody else wrote;
otherwise it folds all facts of the call anew. So facts may arrive late, twice, or from two nodes in any
order, and the rows end up the same. Within the fold each rule is written to bear a fact that is missing or
repeated: first times stay, sums grow, and a call whose beginning is unknown begins with the first that is
known of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, assert_never

from callcenter.calls import control_facts as c, facts as f
from callcenter.calls.chat_facts import ChatRead, ChatSent, HandLowered, HandRaised
from callcenter.calls.intercom_facts import IntercomAnswered, IntercomEnded, IntercomStarted
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.states import CallOutcome
from callcenter.history.records import CallRecord, LegRecord, OfferRecord
from routing.ids import AgentId, CallId, LegId, OfferId, server_of


def call_concerned(fact: f.Fact) -> CallId | None:
    """The call whose record the fact adds to. An agent's change of state mentions a call but adds nothing to
    it."""
    return None if isinstance(fact, f.AgentStateChanged) else mentioned_call(fact)


def mentioned_call(fact: f.Fact) -> CallId | None:
    call: CallId | None = getattr(fact, "call", None)
    return call


def fold_all(entries: Iterable[LedgerEntry]) -> CallRecord | None:
    """The record of one call from all its facts, in any order and with repetitions."""
    record: CallRecord | None = None
    for _, entry in sorted({(entry.term, entry.number): entry for entry in entries}.items()):
        record = fold(record, entry)
    return record


def follows(record: CallRecord | None, entry: LedgerEntry) -> bool:
    """Whether the entry comes after all that the record is made of."""
    return record is None or (record.last_term, record.last_number) < (entry.term, entry.number)


def fold(record: CallRecord | None, entry: LedgerEntry) -> CallRecord:
    """The record with one more fact of its call, which must follow the record's."""
    fact = entry.fact
    call = call_concerned(fact)
    if call is None:
        raise ValueError(f"{type(fact).__name__} is about no call")
    if record is None:
        record = CallRecord(call, server_of(call), fact.at)
    changes = _changes(record, fact)
    return replace(record, **changes, last_term=entry.term, last_number=entry.number, facts=record.facts + 1)


def _changes(record: CallRecord, fact: f.Fact) -> dict[str, Any]:
    match fact:
        case f.CallStarted():
            # Told again after a restart: what was known first stays.
            return {
                "started_at": min(record.started_at, fact.at),
                "server": fact.server,
                "number": record.number or fact.number,
                "name": record.name or fact.name,
                "dialled": record.dialled or fact.dialled,
            }
        case f.ClientMatched():
            client = record.client_id if record.picked else fact.client
            return {"candidates": fact.candidates, "client_id": client}
        case f.ClientPicked():
            return {"client_id": fact.client, "picked": fact.client is not None}
        case f.CallQueued():
            since = fact.since if record.queued_at is None else min(record.queued_at, fact.since)
            return {"queue": fact.queue, "priority": fact.priority, "queued_at": since}
        case f.FlowEntered() | f.FlowStepTaken() | f.WaitTold() | f.MessageLeft():
            return {}  # told by the facts themselves, see ``queries`` and ``restore``
        case (
            f.CallbackPromised()
            | f.CallbackChanged()
            | f.CallbackDialled()
            | f.CallbackTried()
            | f.CallbackEnded()
            | f.CallerGaveUp()
            | f.CallerReached()
        ):
            return {}  # kept by ``callbacks``, of their own
        case ChatSent() | ChatRead() | HandRaised() | HandLowered():
            return {}  # kept by ``chat``
        case IntercomStarted() | IntercomAnswered() | IntercomEnded():
            return {}  # kept by ``intercoms``
        case f.CallFellBack():
            return {"fell_back_at": _first(record.fell_back_at, fact.at)}
        case f.OfferMade():
            return _offer(
                record,
                fact.offer,
                fact.agent,
                queue=fact.queue,
                station=fact.station,
                made_at=fact.at,
                gate=fact.gate,
                waited=fact.waited,
                idle=fact.idle,
            )
        case f.CardPainted():
            known = record.offers.get(fact.offer)
            return _offer(
                record,
                fact.offer,
                fact.agent,
                painted_at=_first(known.painted_at if known else None, fact.at),
            )
        case f.RingSent():
            return _offer(record, fact.offer, fact.agent, ring_sent_at=fact.at, lead=fact.lead)
        case f.PhoneRang():
            return {
                **_offer(record, fact.offer, fact.agent, rang_at=fact.at),
                **_leg(record, fact.leg, agent=fact.agent, rang_at=fact.at),
            }
        case f.OfferEnded():
            return _offer(record, fact.offer, fact.agent, ended_at=fact.at, outcome=fact.outcome)
        case f.LegStarted():
            return _leg(
                record,
                fact.leg,
                role=fact.role,
                station=fact.station,
                agent=fact.agent,
                started_at=fact.at,
            )
        case f.LegEnded():
            return _leg(record, fact.leg, ended_at=fact.at, cause=fact.cause)
        case f.TalkStarted():
            leg = record.legs.get(fact.leg)
            return {
                "answered_at": _first(record.answered_at, fact.at),
                "agent": fact.agent,
                "talking_agent": fact.agent,
                "talking_offer": fact.offer,
                **_offer(record, fact.offer, fact.agent, answered_at=fact.at),
                **_leg(
                    record,
                    fact.leg,
                    agent=fact.agent,
                    talk_started_at=_first(leg.talk_started_at if leg else None, fact.at),
                ),
            }
        case f.TalkEnded():
            leg = record.legs.get(fact.leg)
            talked = (leg.talked if leg else 0.0) + fact.seconds - _talked_before(record, leg)
            over = record.talking_agent == fact.agent
            return {
                "talked": (record.talked or 0.0) + fact.seconds,
                "talking_agent": None if over else record.talking_agent,
                "talking_offer": None if over else record.talking_offer,
                **_leg(record, fact.leg, agent=fact.agent, talk_ended_at=fact.at, talked=talked),
            }
        case f.CallEnded():
            if record.ended_at is not None and record.outcome is not CallOutcome.UNKNOWN:
                return {}  # who took over could not know; who was there could
            return {
                "ended_at": fact.at,
                "outcome": fact.outcome,
                "waited": fact.waited,
                "talked": fact.talked,
                "talking_agent": None,
                "talking_offer": None,
            }
        case f.CallDisposed():
            return {
                "disposition": fact.disposition,
                "note": fact.note,
                "wrap_up": fact.wrap_up,
                "disposed_at": fact.at,
                "disposed_by": fact.agent,
            }
        case c.HoldEnded():
            return {"held": record.held + fact.seconds}
        case c.CallTransferred():
            return {"transfers": record.transfers + 1}
        case c.RecordingStarted():
            return {"recording": record.recording or fact.recording}
        case c.ClientDialled():
            return {"dialled_by": fact.agent}
        case c.GuestAnswered():
            return _leg(record, fact.leg, agent=fact.guest)
        case c.VoiceMoved():
            old = record.legs.get(fact.old)
            talked = max(0.0, fact.seconds - _talked_before(record, old))
            left = _leg(record, fact.old, agent=fact.agent, talk_ended_at=fact.at, talked=talked)
            return _leg(replace(record, **left), fact.leg, agent=fact.agent, talk_started_at=fact.at)
        case (
            c.HoldStarted()
            | c.GuestAsked()
            | c.GuestJoined()
            | c.GuestGone()
            | c.TransferFailed()
            | c.CallFetched()
            | c.RecordingPaused()
            | c.RecordingResumed()
        ):
            return {}  # told by the facts themselves
        case f.WrapUpExtended():
            return {}  # how long it was comes with its end
        case f.Healed():
            return {"healed": record.healed + 1}
        case f.Quarantined():
            return {"quarantined": True}
        case (
            f.AgentStateChanged() | f.IntentChanged() | f.BrowserChanged() | f.LinkLost() | f.BlindInterval()
        ):
            return {}
        case _:
            assert_never(fact)


def _first(known: float | None, now: float) -> float:
    return now if known is None else known


def _talked_before(record: CallRecord, leg: LegRecord | None) -> float:
    """Seconds of the same conversation on the legs that this one took it over from."""
    if leg is None or leg.talk_started_at is None:
        return 0.0
    for other in record.legs.values():
        if other.agent == leg.agent and other.leg != leg.leg and other.talk_ended_at == leg.talk_started_at:
            return other.talked + _talked_before(record, other)
    return 0.0


def _leg(record: CallRecord, leg: LegId, **changes: Any) -> dict[str, Any]:
    before = record.legs.get(leg) or LegRecord(leg, record.call)
    return {"legs": MappingProxyType({**record.legs, leg: replace(before, **changes)})}


def _offer(record: CallRecord, offer: OfferId, agent: AgentId, **changes: Any) -> dict[str, Any]:
    before = record.offers.get(offer) or OfferRecord(offer, record.call, agent)
    return {"offers": MappingProxyType({**record.offers, offer: replace(before, **changes)})}
