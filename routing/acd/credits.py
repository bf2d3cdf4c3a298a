"""Whose call is whose, for the strategy of the fewest calls: a call counts for the agent it was given to,
until it waits again."""

from __future__ import annotations

from routing.acd.crew import Crew, Hand
from routing.ids import AgentId, CallId


class Credits:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._given: dict[CallId, AgentId] = {}

    def credit(self, hand: Hand, call: CallId) -> None:
        """The call counts as one of his, until it is known that it came to nothing."""
        if self._given.get(call) == hand.id:
            return
        hand.record.calls += 1
        if hand.record.given is not None:
            self._given.pop(hand.record.given, None)
        hand.record.given = call
        self._given[call] = hand.id

    def took_back(self, call: CallId) -> None:
        """A call that was given away waits again: it was no call for whom it was given to."""
        agent = self._given.pop(call, None)
        record = None if agent is None else self._crew.records.get(agent)
        if agent is None or record is None:
            return
        record.given = None
        record.calls -= 1
        if (hand := self._crew.hands.get(agent)) is not None:
            self._crew.sort_again(hand)

    def forget(self, agent: AgentId) -> None:
        """The agent signed out."""
        record = self._crew.records.pop(agent, None)
        if record is not None and record.given is not None:
            self._given.pop(record.given, None)
