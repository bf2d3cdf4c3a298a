"""Parts of what a browser measured add up, whichever node takes them; on both databases."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.history.quality import QualityPart, QualityStore
from callcenter.storage import Database
from routing.ids import AgentId, CallId

CALL, ANNA, BORIS = CallId("main:1.1"), AgentId("anna"), AgentId("boris")


def part(samples: int, mos: float, round_trip: float, worst: float) -> QualityPart:
    return QualityPart(samples, mos, mos - 0.5, round_trip, worst, 5, 9, 0.01, 0.02, 50 * samples, samples)


async def test_parts_are_added_and_the_worst_is_kept(database: Database) -> None:
    store = QualityStore(database)
    await store.add(CALL, ANNA, "a1001", part(1, 4.0, 40, 90), 10.0)
    await store.add(CALL, ANNA, "a1001", part(3, 3.0, 80, 85), 20.0)
    await store.add(CALL, BORIS, "a1002", part(2, 4.2, 20, 21), 15.0)
    anna, boris = await store.of_call(CALL)
    assert (anna.agent, anna.station, anna.samples) == (ANNA, "a1001", 4)
    assert anna.mos == pytest.approx(3.25)
    assert anna.mos_worst == pytest.approx(2.5)
    assert anna.round_trip == pytest.approx(70)
    assert anna.round_trip_worst == pytest.approx(90)
    assert (anna.packets_received, anna.packets_lost) == (200, 4)
    assert (boris.agent, boris.samples) == (BORIS, 2)
    assert await store.of_call(CallId("main:2.2")) == ()


async def test_parts_of_two_nodes_at_once_are_all_kept(database: Database) -> None:
    store = QualityStore(database)
    await asyncio.gather(
        *(store.add(CALL, ANNA, "a1001", part(1, 4.0, 40, 50), float(at)) for at in range(20))
    )
    (anna,) = await store.of_call(CALL)
    assert anna.samples == 20
