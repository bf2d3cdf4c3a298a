"""States of a call, a leg, an offer and an agent.

Theory of operation (the transition tables below are the rules; the diagrams in the docs are drawn from them).

A *call* arrives, waits in a queue, is offered to one agent at a time, is talked, and ends. While it is
offered it keeps its place at the head of its queue. It is ``fallback`` while Asterisk's own queue has it
because we were away.

An *offer* is one ringing of one agent: shown (card sent, gate open), ringing (Redirect sent), then over.

An *agent* has what he wants (his *intent*: offline, ready, or paused with a reason) and what he is held
by (an *engagement*: an offer, a conversation, a wrap-up). The state shown is the engagement if there is
one, else the intent; so the system never overrides a wish, it only adds an engagement, and RONA is the
one change of intent it may make itself.
"""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    ARRIVING = "arriving"
    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    FALLBACK = "fallback"
    ENDED = "ended"


class LegRole(StrEnum):
    CALLER = "caller"
    AGENT = "agent"


class LegState(StrEnum):
    STARTED = "started"
    RINGING = "ringing"
    BRIDGED = "bridged"
    ENDED = "ended"


class OfferState(StrEnum):
    SHOWN = "shown"  # the card is out, the phone does not ring yet
    RINGING = "ringing"  # the Redirect is sent
    ENDED = "ended"


class OfferOutcome(StrEnum):
    ANSWERED = "answered"
    DECLINED = "declined"  # the agent refused, on the phone or in the console
    NO_ANSWER = "no_answer"  # RONA
    CALLER_LEFT = "caller_left"
    UNREACHABLE = "unreachable"  # the station could not be rung
    WITHDRAWN = "withdrawn"  # we took it back: agent went away, link lost


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class Author(StrEnum):
    """Who made a change."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class CallOutcome(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"  # hung up while waiting or ringing
    FALLBACK = "fallback"  # ended in Asterisk's own queue; whether answered there is not known
    UNKNOWN = "unknown"  # ended while we were blind
