from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from callcenter.calls import diagrams
from callcenter.calls.intercoms import INTERCOM
from callcenter.calls.states import (
    AGENT,
    CALL,
    INTENT,
    LEG,
    OFFER,
    CallState,
    CallTrigger,
    Engagement,
    LegState,
    OfferState,
    Table,
    Way,
)
from callcenter.errors import InvariantError

TABLES = (CALL, LEG, OFFER, AGENT, INTENT, INTERCOM)


def test_the_diagrams_agree_with_the_tables() -> None:
    """Run ``python -m callcenter.calls.diagrams > docs/state-machines.md`` after a change of the tables."""
    drawn = Path(__file__).parents[2] / "docs" / "state-machines.md"
    assert drawn.read_text(encoding="utf-8") == diagrams.document()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_state_can_be_reached_and_left_or_is_an_end(table: Table[Any, Any]) -> None:
    reached = {table.initial}
    while more := {way.target for way in table.ways if way.source in reached} - reached:
        reached |= more
    states = set(type(table.initial))
    assert reached == states
    ends = states - {way.source for way in table.ways}
    assert {end.value for end in ends} <= {"ended"}


def test_there_is_no_way_but_the_tables() -> None:
    assert CALL.after(CallState.WAITING, CallTrigger.OFFER) is CallState.OFFERED
    assert not CALL.allows(CallState.ENDED, CallTrigger.HOLD)
    with pytest.raises(InvariantError, match="no way from ended by HOLD"):
        CALL.after(CallState.ENDED, CallTrigger.HOLD)


def test_a_trigger_leads_one_way() -> None:
    class Trigger(StrEnum):
        GO = "go"

    ways = (
        Way(LegState.STARTED, Trigger.GO, LegState.ENDED),
        Way(LegState.STARTED, Trigger.GO, LegState.RINGING),
    )
    with pytest.raises(InvariantError, match="two ways"):
        Table("broken", LegState.STARTED, ways)


def test_the_ends_are_final() -> None:
    assert all(way.source is not CallState.ENDED for way in CALL.ways)
    assert all(way.source is not OfferState.ENDED for way in OFFER.ways)
    assert {way.source for way in AGENT.ways} == set(Engagement)
